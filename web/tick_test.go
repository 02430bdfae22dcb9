package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

func TestATickShowsItsEffectBeforeItHappens(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, err := s.Create(t.Context(), ws, persona.Content{Name: "First",
		Voice: persona.Voice{Greeting: "Hello from First", Goals: "Sell", IdealCustomerProfile: "Ports"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	second := s.NewPersona(t, ws, "Second")
	s.NewCampaign(t, ws, "Spring ports")
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	const preview = "Preview the effect"
	effect := []string{"It would take over from First. Nothing is saved yet.", "1 campaign would be answered by this persona.",
		"Ideal customer profile becomes empty. Lead scoring reads it, so scores may fall.", "Goals becomes empty.",
		"fields of the workspace settings would change", "Spring ports"}
	before := s.Snapshot(t)
	for button, path := range map[string]string{"Create persona": "new", "Save changes": second.ID.String()} {
		form := b.get(at(ws, "personas", path)).is(http.StatusOK).
			says("saving takes the default from First, which answers for 1 campaign now")
		shown := form.submit(preview, url.Values{"name": {"Typed"}, "greeting": {"Ahoy"}, "make_default": {"true"}}).
			is(http.StatusOK).says(effect...)
		kept := formFields(shown.button(button))
		same(t, "kept", []string{kept.Get("name"), kept.Get("greeting"), kept.Get("make_default")},
			[]string{"Typed", "Ahoy", "true"})
		form.submit(preview, url.Values{"name": {""}, "goals": {"x"}}).is(http.StatusOK).says("The box is not ticked")
	}
	live := b.inPlace(http.MethodPost, at(ws, "personas", "impact"),
		url.Values{"greeting": {"Ahoy"}, "make_default": {"true"}}).is(http.StatusOK).says(effect...)
	if strings.Contains(live.body, "<main") || !strings.Contains(live.body, `name="shown"`) {
		t.Error(live.body)
	}
	gone := b.inPlace(http.MethodPost, at(ws, "personas", "impact"), url.Values{"greeting": {"Ahoy"}}).is(http.StatusOK)
	if strings.Contains(gone.body, "would change") {
		t.Error("an effect without a tick")
	}
	reader.post(at(ws, "personas", "impact"), url.Values{"make_default": {"true"}}).is(http.StatusForbidden)
	b.post(at(ws, "personas", uuid.NewString(), "impact"), url.Values{"name": {"x"}}).is(http.StatusNotFound)
	same(t, "tables", s.Snapshot(t), before)

	// A program posts once, as it always could.
	b.post(at(ws, "personas", second.ID.String()), url.Values{"version": {"1"}, "make_default": {"on"}}).is(http.StatusOK).
		says("“Second” was saved and is now the default")
	b.post(at(ws, "personas", first.Persona.ID.String(), "default"), nil).is(http.StatusOK)
}

func TestASaveIsHeldAgainstTheEffectThatWasShown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	third := s.NewPersona(t, ws, "Third")
	b, other := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Admin)
	typed := url.Values{"name": {"Typed"}, "make_default": {"true"}}
	for name, newer := range map[string]func(){
		"the default moved": func() {
			other.post(at(ws, "personas", third.ID.String(), "default"), nil).is(http.StatusOK)
		},
		"its words changed": func() {
			p := s.all(t, ws)[0]
			other.get(at(ws, "personas", p.ID.String())).submit("Save changes", url.Values{"goals": {uuid.NewString()}}).
				is(http.StatusOK)
		},
		"more campaigns are concerned": func() { s.NewCampaign(t, ws, uuid.NewString()) },
	} {
		other.post(at(ws, "personas", first.ID.String(), "default"), nil).is(http.StatusOK)
		created := b.get(at(ws, "personas", "new")).submit("Preview the effect", typed).is(http.StatusOK)
		edited := b.get(at(ws, "personas", second.ID.String())).submit("Preview the effect", typed).is(http.StatusOK)
		switched := b.get(at(ws, "personas", second.ID.String(), "impact")).is(http.StatusOK)
		newer()
		before := s.Snapshot(t)
		for button, shown := range map[string]*page{"Create persona": created, "Save changes": edited} {
			again := shown.submit(button, nil).is(http.StatusConflict).says("Somebody changed the default", "nothing was saved")
			kept := formFields(again.button(button))
			same(t, name+": kept", []string{kept.Get("name"), kept.Get("make_default")}, []string{"Typed", "true"})
			if kept.Get("shown") == formFields(shown.button(button)).Get("shown") {
				t.Errorf("%s: the effect is still that of before", name)
			}
		}
		switched.submit("Make the default: Second", nil).is(http.StatusConflict).says("nothing was changed by you")
		same(t, name, s.Snapshot(t), before)
	}
	b.get(at(ws, "personas", second.ID.String())).submit("Preview the effect", typed).
		submit("Save changes", nil).is(http.StatusOK).says("“Typed” was saved and is now the default").
		submit("Undo this: “Typed” was saved and is now the default", nil).is(http.StatusOK)
	b.get(at(ws, "personas", second.ID.String(), "impact")).submit("Make the default: Typed", nil).is(http.StatusOK)
	same(t, "broken", s.Broken(t), []string{})
}

func TestADeletedPersonaComesBackWithItsCampaignsAndAsTheDefault(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	autumn, spring, summer := s.NewCampaign(t, ws, "Autumn"), s.NewCampaign(t, ws, "Spring"), s.NewCampaign(t, ws, "Summer")
	b, other := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Admin)
	give := func(id uuid.UUID, to string) {
		t.Helper()
		other.post(at(ws, "campaigns", id.String(), "persona"), url.Values{"persona": {to}}).is(http.StatusOK)
	}
	for _, c := range []uuid.UUID{autumn, spring, summer} {
		give(c, first.ID.String())
	}
	b.get(at(ws, "personas", first.ID.String())).submit("Save changes", url.Values{"ideal_customer_profile": {"Ports"}}).
		is(http.StatusOK)
	gone := b.get(at(ws, "personas", first.ID.String(), "delete")).submit("Delete First", nil).is(http.StatusOK).
		says("“Second” is now the default.", "Ideal customer profile is now empty. Lead scoring reads it")
	give(summer, second.ID.String())
	path := at(ws, "personas", first.ID.String(), "restore")
	for from, page := range map[string]*page{"receipt": gone, "activity": b.get(at(ws, "activity")),
		"deleted": b.get(at(ws, "personas", "deleted"))} {
		same(t, from, page.link("Restore First"), path)
	}
	ask := b.get(path).is(http.StatusOK).says("Autumn", "Spring", "1 campaign that named it got another persona since",
		"Second is now, and answers for 3 campaigns")
	if strings.Contains(ask.text(), "Summer") {
		t.Error("a campaign is offered that was given another persona")
	}

	give(spring, second.ID.String()) // somebody else is faster
	before := s.Snapshot(t)
	ask.submit("Restore First", nil).is(http.StatusConflict).says("Somebody chose since who answers for one of these")
	same(t, "all or nothing", s.Snapshot(t), before)
	give(spring, "")
	other.get(at(ws, "personas", second.ID.String())).submit("Save changes", url.Values{"goals": {"New"}}).is(http.StatusOK)
	before = s.Snapshot(t)
	ask.submit("Restore First", url.Values{"make_default": {"true"}}).is(http.StatusConflict)
	same(t, "shown of another default", s.Snapshot(t), before)

	back := b.get(path).submit("Restore First", url.Values{"make_default": {"true"}}).is(http.StatusOK).
		says("“First” is back and is the default again", "It takes over from “Second”.")
	same(t, "campaigns", s.holding(t, first), []string{"Autumn", "Spring"})
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from First")
	b.get(at(ws, "activity")).says("Autumn: from the workspace default to the persona “First”")
	b.get(path).is(http.StatusOK).says("Save changes") // it is there, so there is nothing to ask
	b.get(at(ws, "personas", uuid.NewString(), "restore")).is(http.StatusNotFound)
	back.submit("Undo this: “First” is back and is the default again", nil).is(http.StatusOK).
		says("Undone: “Second” is the default again")
	same(t, "broken", s.Broken(t), []string{})

	b.get(at(ws, "personas", first.ID.String(), "delete")).submit("Delete First", nil).is(http.StatusOK)
	b.get(path).submit("Restore First", url.Values{"campaign": {spring.String()}}).is(http.StatusOK).
		says("It answers again for 1 campaign that named it.")
	same(t, "campaigns", s.holding(t, first), []string{"Spring"})
}

func TestSixtyPersonasAreListedByPageAndASuccessorIsSearched(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Voice 060")
	s.Exec(t, `insert into personas (workspace_id, name, greeting)
		select $1, 'Voice ' || to_char(n, 'FM000'), 'Hello from ' || n from generate_series(1, 120) n where n <> 60`,
		ws.Workspace())
	b := s.as(t, ws.Workspace(), access.Admin)
	first := b.get(at(ws, "personas")).is(http.StatusOK).says("Page 1 of 3, 120 personas", "Voice 060")
	if got := first.title(); !strings.HasPrefix(got, "Personas, page 1 of 3 –") {
		t.Error(got)
	}
	same(t, "rows beside the default", len(first.rows()), 49)
	second := b.get(first.link("Next page")).is(http.StatusOK).says("Page 2 of 3, 120 personas")
	same(t, "rows", len(second.rows()), 50)
	same(t, "the last", len(b.get(second.link("Next page")).is(http.StatusOK).rows()), 20)
	b.get(at(ws, "personas?page=4")).is(http.StatusOK).says("There is no page 4.")
	found := b.get(at(ws, "personas?q=voice+11")).is(http.StatusOK).says("10 of 120 personas match “voice 11”.")
	same(t, "found", len(found.rows()), 10)

	id := s.words(t, `select id::text from personas where is_default`)
	ask := b.get(at(ws, "personas", id, "delete")).is(http.StatusOK).
		says("Voice 001 becomes the default", "Page 1 of 12, 119 personas")
	radios := func(p *page) int { return strings.Count(p.body, `type="radio"`) }
	same(t, "offered", radios(ask), 10)
	next := b.get(at(ws, "personas", id, "delete")+"?page=2").is(http.StatusOK).says("Page 2 of 12", "Next personas")
	same(t, "offered, and who is chosen", radios(next), 11)
	searched := b.get(at(ws, "personas", id, "delete") + "?q=117").is(http.StatusOK).says("1 of 119 personas match “117”.")
	chosen := s.words(t, `select id::text from personas where name = 'Voice 117'`)
	shown := searched.submit("Show what changes", url.Values{"successor": {chosen}}).is(http.StatusOK).
		says("Voice 117 becomes the default", "Hello from 117")
	shown.submit("Delete Voice 060", nil).is(http.StatusOK).says("“Voice 117” is now the default")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from 117")
}

func TestAWorkspaceHoldsFiveHundredPersonasHoweverTheyCome(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	s.Exec(t, `insert into personas (workspace_id, name) select $1, 'Voice ' || n from generate_series(2, 500) n`,
		ws.Workspace())
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	b.get(at(ws, "personas", "new")).submit("Create persona", url.Values{"name": {"One more"}}).
		is(http.StatusUnprocessableEntity).says("This workspace has 500 personas, and may have 500")
	file := `{"version": 1, "personas": [` + strings.TrimSuffix(strings.Repeat(`{"name": "x"},`, 501), ",") + `]}`
	b.post(at(ws, "personas", "load"), url.Values{"text": {file}}).is(http.StatusUnprocessableEntity).
		says("holds 501 personas, and one may hold 500")
	same(t, "tables", s.Snapshot(t), before)
}
