package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
)

func (s *site) defaultGreeting(t testing.TB, workspace uuid.UUID) string {
	t.Helper()
	var persona, settings string
	err := s.SQL.QueryRow(t.Context(), `select coalesce(p.greeting, ''), coalesce(s.ai_greeting, '')
		from personas p join workspace_settings s on s.workspace_id = p.workspace_id
		where p.workspace_id = $1 and p.is_default`, workspace).Scan(&persona, &settings)
	if err != nil {
		t.Fatal(err)
	}
	if persona != settings {
		t.Errorf("the default says %q and the settings say %q", persona, settings)
	}
	return persona
}

// TestAdminImportsEditsAndSwitchesWithPlainForms is the main task of a
// workspace admin, from the empty state to a switched default.
func TestAdminImportsEditsAndSwitchesWithPlainForms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Northwind Legal")
	s.Exec(t, `insert into workspace_settings (workspace_id, ai_persona_name, ai_greeting, ideal_customer_profile)
		values ($1, 'Elena', 'Dear {firstName},', 'Companies of 20 to 200')`, ws.Workspace())
	b := s.as(t, ws.Workspace(), access.Admin)

	before := s.Snapshot(t)
	for range 10 {
		b.get(at(ws, "personas")).is(http.StatusOK).says("There is no persona yet")
	}
	same(t, "opening the page changed nothing", s.Snapshot(t), before)

	list := b.get(at(ws, "personas")).submit("Create Default Persona", nil).is(http.StatusOK)
	list.says("“Default Persona” was created and is the default", "Dear {firstName},")
	if list.button("Create Default Persona") != nil {
		t.Error("the import is still offered although there is a persona")
	}
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Dear {firstName},")

	id := ""
	if err := s.SQL.QueryRow(t.Context(), `select id from personas`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	b.get(at(ws, "personas", id)).is(http.StatusOK).
		submit("Save changes", url.Values{"greeting": {"Good morning {firstName},\r\nhow are you?"}}).is(http.StatusOK).
		says("“Default Persona” was saved", "The workspace settings follow: greeting.")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Good morning {firstName},\nhow are you?")
	same(t, "other fields stay", s.Count(t, `select count(*) from workspace_settings
		where ideal_customer_profile = 'Companies of 20 to 200'`), 1)

	b.get(at(ws, "personas", "new")).
		submit("Create persona", url.Values{"name": {"Sales coach"}, "greeting": {"Hey {firstName}"}}).is(http.StatusOK).
		says("“Sales coach” was created It is not the default, so the workspace settings are unchanged.")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Good morning {firstName},\nhow are you?")

	b.get(at(ws, "personas")).submit("Make the default: Sales coach", nil).is(http.StatusOK).
		says("“Sales coach” is now the default", "It takes over from “Default Persona”.")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hey {firstName}")
	b.get(at(ws, "settings")).is(http.StatusOK).says("These words follow the default persona, Sales coach",
		"Hey {firstName}")
}

func TestTwoHundredClicksOnTwoPersonasLeaveOneDefault(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p, q := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	before := s.Count(t, `select count(*) from audit_events`)
	defaults := s.Count(t, `select count(*) from persona_versions where is_default`)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			id := p.ID
			if i%2 == 0 {
				id = q.ID
			}
			for { // whoever is told to try again does
				switch status := b.post(at(ws, "personas", id.String(), "default"), nil).status; status {
				case http.StatusSeeOther:
					return
				case http.StatusServiceUnavailable:
				default:
					t.Errorf("status %d", status)
					return
				}
			}
		})
	}
	all.Wait()
	same(t, "defaults", s.Count(t, `select count(*) from personas where is_default`), 1)
	same(t, "broken", s.Broken(t), []string{})
	// Whoever found its persona to be the default already changed nothing.
	switches := s.Count(t, `select count(*) from persona_versions where is_default`) - defaults
	same(t, "events, one for each switch", s.Count(t, `select count(*) from audit_events`)-before, switches)
	if switches < 1 || switches > 200 {
		t.Errorf("%d switches by 200 clicks", switches)
	}
}

func TestTwoPeopleImportAtOnceAndTheSecondIsTold(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Northwind")
	texts := make([]string, 2)
	browsers := []*client{s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Admin)}
	var all sync.WaitGroup
	for i, b := range browsers {
		all.Go(func() { texts[i] = b.post(at(ws, "personas", "import"), nil).text() })
	}
	all.Wait()
	same(t, "personas", s.Count(t, `select count(*) from personas`), 1)
	both := strings.Join(texts, "\n")
	if !strings.Contains(both, "was created and is the default") || !strings.Contains(both, "There is a persona already") {
		t.Error(both)
	}
}

func TestBadInputKeepsWhatWasTypedAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	s.NewPersona(t, ws, "Taken")
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	for name, c := range map[string]struct {
		typed  url.Values
		status int
		says   string
	}{
		"blank name": {url.Values{"name": {"  "}}, http.StatusUnprocessableEntity, "Enter a name for this persona"},
		"name that flips": {url.Values{"name": {"abc\u202edef"}}, http.StatusUnprocessableEntity,
			"Name holds an invisible character at character 4 (U+202E)"},
		"name of nothing": {url.Values{"name": {"\u200b\u2060"}}, http.StatusUnprocessableEntity,
			"Enter a name for this persona"},
		"name taken": {url.Values{"name": {"tAKEN"}}, http.StatusConflict, "Another persona here is called “Taken”"},
		"long greeting": {url.Values{"greeting": {strings.Repeat("é", 501)}}, http.StatusUnprocessableEntity,
			"Greeting must be 500 characters or fewer; it has 501"},
		"control character": {url.Values{"goals": {"a\x00b"}}, http.StatusUnprocessableEntity,
			"Goals holds an invisible control character at character 2"},
		"not UTF-8": {url.Values{"goals": {"\xff"}}, http.StatusUnprocessableEntity,
			"Goals holds characters that cannot be read"},
		"un-ticked":  {url.Values{"make_default": nil}, http.StatusUnprocessableEntity, "There must be one default"},
		"no version": {url.Values{"version": nil}, http.StatusUnprocessableEntity, "did not say which version"},
	} {
		c.typed.Set("signature", "Typed <b>& kept</b>")
		answer := b.get(at(ws, "personas", p.ID.String())).submit("Save changes", c.typed).is(c.status).says(c.says)
		if !strings.HasPrefix(answer.title(), "Error: ") {
			t.Errorf("%s: title is %q", name, answer.title())
		}
		kept := formFields(answer.button("Save changes"))
		same(t, name+": signature", kept.Get("signature"), "Typed <b>& kept</b>")
		for field := range c.typed {
			if field != "version" && field != "make_default" && field != "goals" {
				same(t, name+": "+field, kept.Get(field), c.typed.Get(field))
			}
		}
	}
	both := url.Values{"name": {"tAKEN"}, "greeting": {strings.Repeat("é", 501)}}
	for button, path := range map[string]string{"Save changes": p.ID.String(), "Create persona": "new"} {
		b.get(at(ws, "personas", path)).submit(button, both).is(http.StatusUnprocessableEntity).
			says("Another persona here is called “tAKEN”", "Greeting must be 500 characters or fewer")
	}
	own := b.get(at(ws, "personas", p.ID.String())).submit("Save changes",
		url.Values{"name": {"DEFAULT"}, "greeting": {strings.Repeat("é", 501)}}).is(http.StatusUnprocessableEntity)
	if strings.Contains(own.text(), "Another persona here") {
		t.Error("a persona is in the way of itself")
	}
	b.get(at(ws, "personas", "new")).submit("Create persona",
		url.Values{"name": {""}, "greeting": {"Typed"}, "make_default": {"true"}}).
		is(http.StatusUnprocessableEntity).says("Enter a name")
	same(t, "tables", s.Snapshot(t), before)
}

func TestSampleShowsHowTheFormReadsAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	reader := s.as(t, ws.Workspace(), access.Member)
	path := at(ws, "personas", p.ID.String())
	before := s.Snapshot(t)
	edit := b.get(path).is(http.StatusOK)
	edit.says("How it reads", "To Ana Silva of Acme")
	typed := url.Values{"name": {""}, "greeting": {"Dear {firstName}, {nick} <b>"}, "sms_greeting": {""},
		"signature": {"Bye {firstName"}, "goals": {"Unsaved"}}
	warnings := []string{"Greeting holds {nick}, which is not a placeholder", "Signature has a brace without its " +
		"partner, at “{firstName”"}
	sampled := edit.submit("Check the sample", typed).is(http.StatusOK)
	sampled.says("Dear Ana, {nick} <b>", "Dear, {nick} <b>", "Without a first name: the same").says(warnings...)
	kept := formFields(sampled.button("Save changes"))
	for field := range typed {
		same(t, field, kept.Get(field), typed.Get(field))
	}
	same(t, "tables", s.Snapshot(t), before)
	sampled.submit("Save changes", url.Values{"name": {"Default"}}).is(http.StatusOK).says("“Default” was saved").
		says(warnings...)
	same(t, "a warning is no refusal", s.defaultGreeting(t, ws.Workspace()), "Dear {firstName}, {nick} <b>")

	before = s.Snapshot(t)
	unsaved := b.get(at(ws, "personas", "new")).submit("Check the sample",
		url.Values{"greeting": {"{company}!"}, "make_default": {"true"}}).is(http.StatusOK).says("Acme!")
	kept = formFields(unsaved.button("Create persona"))
	same(t, "kept", []string{kept.Get("greeting"), kept.Get("make_default")}, []string{"{company}!", "true"})
	live := reader.inPlace(http.MethodPost, path+"/sample",
		url.Values{"greeting": {"Good day {firstName}"}, "choose_signature": {"theirs"},
			"theirs_signature": {"Theirs"}}).is(http.StatusOK)
	live.says("Good day Ana", "Without a first name: Good day", "Signature Theirs")
	if strings.Contains(live.body, "<main") {
		t.Error("htmx gets the whole page")
	}
	reader.post(at(ws, "personas", uuid.NewString(), "sample"), nil).is(http.StatusNotFound)
	same(t, "tables", s.Snapshot(t), before)
}

func TestSampleAskedForTooLateKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	email := ""
	if err := s.SQL.QueryRow(t.Context(), `select email from users where id = $1`, b.user).Scan(&email); err != nil {
		t.Fatal(err)
	}
	form := b.get(at(ws, "personas", p.ID.String()))
	b.post("/account/sessions/end", nil)
	again := form.submit("Check the sample", url.Values{"greeting": {"Typed"}}).is(http.StatusUnauthorized).
		submit("Sign in", url.Values{"email": {email}, "password": {password}}).is(http.StatusOK).
		says("nothing was saved yet")
	same(t, "typed", formFields(again.button("Save changes")).Get("greeting"), "Typed")
	again.submit("Save changes", nil).is(http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Typed")
}

func TestOutdatedEditIsRefusedAndMergedInTheForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	path := at(ws, "personas", p.ID.String())
	mine := b.get(path)
	b.get(path).submit("Save changes", url.Values{"greeting": {"Theirs"}, "goals": {"Their goals"}}).is(http.StatusOK)
	before := s.Snapshot(t)

	conflict := mine.submit("Save changes", url.Values{"greeting": {"Mine"}, "signature": {"My signature"}}).
		is(http.StatusConflict)

	same(t, "tables", s.Snapshot(t), before)
	conflict.says("Hello from Default", "Theirs")
	kept := formFields(conflict.button("Save changes"))
	same(t, "what was typed", []string{kept.Get("greeting"), kept.Get("signature")}, []string{"Mine", "My signature"})
	same(t, "what only they changed", kept.Get("goals"), "Their goals")

	conflict.says("Ada Morgan changed this while you were editing, last on ",
		"Only Ada Morgan changed these, and the form has them now: Goals.")
	unchosen := conflict.submit("Save changes", url.Values{"signature": {"My better signature"}}).
		is(http.StatusUnprocessableEntity).
		says("Choose theirs or yours for Greeting", "Ada Morgan changed this while you were editing")
	same(t, "tables", s.Snapshot(t), before)
	same(t, "kept", formFields(unchosen.button("Save changes")).Get("signature"), "My better signature")
	conflict.submit("Save changes", url.Values{"choose_greeting": {"yours"}}).is(http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Mine")
	same(t, "both are kept", s.Count(t, `select count(*) from personas where goals = 'Their goals'
		and signature = 'My signature'`), 1)
}

func TestAFormThatHoldsSomeFieldsLeavesTheOthers(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	path := at(ws, "personas", p.ID.String())
	b.get(path).submit("Save changes", url.Values{"goals": {"A call"}, "signature": {"Nora"}}).is(http.StatusOK)
	b.post(path, url.Values{"version": {"2"}, "goals": {"A visit"}, "signature": {""}}).is(http.StatusOK)
	const whole = `select count(*) from personas join workspace_settings s using (workspace_id)
		where is_default and name = 'Default' and greeting = 'Hello from Default' and goals = 'A visit'
		and signature is null and s.ai_goals = goals`
	same(t, "saved", s.Count(t, whole), 1)

	b.post(path, url.Values{"version": {"2"}, "tone": {"formal"}}).is(http.StatusConflict)
	b.post(path, url.Values{"tone": {"formal"}}).is(http.StatusUnprocessableEntity)
	same(t, "saved", s.Count(t, whole+` and tone is null`), 1)
}

func TestAToneFromBeforePersonaeCanBeChosenAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.Exec(t, `insert into workspace_settings (workspace_id, ai_tone) values ($1, 'wry')`, ws.Workspace())
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas")).submit("Create Default Persona", nil).is(http.StatusOK)
	var id string
	if err := s.SQL.QueryRow(t.Context(), `select id from personas`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	path := at(ws, "personas", id)
	offered := func(p *page) bool { return strings.Contains(p.text(), "wry") }
	wrong := b.get(path).submit("Save changes", url.Values{"tone": {"formal"}, "name": {""}}).
		is(http.StatusUnprocessableEntity)
	if !offered(wrong) {
		t.Error("the tone is gone from a form that is shown again")
	}
	wrong.submit("Save changes", url.Values{"name": {"Guide"}}).is(http.StatusOK)
	saved := b.get(path)
	if !offered(saved) {
		t.Error("the tone is gone once another was saved")
	}
	saved.submit("Save changes", url.Values{"tone": {"wry"}}).is(http.StatusOK)
	same(t, "tone", s.Count(t, `select count(*) from personas where tone = 'wry' and version = 3`), 1)
}

func TestConflictIsChosenFieldByField(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	path := at(ws, "personas", p.ID.String())
	save := func(p *page, typed url.Values) *page { return p.submit("Save changes", typed) }
	mine := b.get(path)
	save(b.get(path), url.Values{"greeting": {"Theirs\r\nin <two> lines"}, "goals": {"Their goals"},
		"signature": {"Their signature"}}).is(http.StatusOK)
	conflict := save(mine, url.Values{"greeting": {"Mine"}, "goals": {"My goals"}, "signature": {"My signature"}}).
		is(http.StatusConflict)
	conflict.says("Greeting: theirs or yours?", "Hello from Default", "Theirs in <two> lines",
		"Goals: theirs or yours?", "Signature: theirs or yours?")
	choices := func(p *page) []string {
		kept := formFields(p.button("Save changes"))
		return []string{kept.Get("choose_greeting"), kept.Get("greeting"), kept.Get("choose_goals"),
			kept.Get("goals"), kept.Get("choose_signature"), kept.Get("signature")}
	}
	same(t, "nothing is chosen for them", choices(conflict),
		[]string{"", "Mine", "", "My goals", "", "My signature"})

	// A mistake elsewhere keeps what was typed and chosen, and the question open.
	before := s.Snapshot(t)
	wrong := save(conflict, url.Values{"choose_greeting": {"theirs"}, "choose_goals": {"yours"},
		"choose_signature": {"yours"}, "goals": {"My better goals"}, "name": {""}}).
		is(http.StatusUnprocessableEntity)
	wrong.says("Enter a name", "Greeting was changed by both of you", "Hello from Default")
	same(t, "typed and chosen", choices(wrong), []string{"theirs", "Mine", "yours", "My better goals", "yours",
		"My signature"})
	same(t, "tables", s.Snapshot(t), before)

	// So does a third person, whose words take the place of theirs: what was chosen of
	// others does not count for them.
	save(b.get(path), url.Values{"greeting": {"Newest"}, "signature": {"My signature"}}).is(http.StatusOK)
	again := save(wrong, url.Values{"name": {"Default"}}).is(http.StatusConflict).says("Hello from Default", "Newest")
	same(t, "typed and chosen", choices(again), []string{"", "Mine", "yours", "My better goals", "", "My signature"})

	save(again, url.Values{"choose_greeting": {"theirs"}}).is(http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Newest")
	same(t, "as chosen", s.Count(t, `select count(*) from personas where goals = 'My better goals'
		and signature = 'My signature' and version = 4`), 1)
}

func TestOutdatedEditDoesNotTakeTheDefaultBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p, q := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	b := s.as(t, ws.Workspace(), access.Admin)
	mine := b.get(at(ws, "personas", p.ID.String()))
	b.post(at(ws, "personas", q.ID.String(), "default"), nil).is(http.StatusOK)
	conflict := mine.submit("Save changes", url.Values{"goals": {"Mine"}}).is(http.StatusConflict)
	same(t, "the box", formFields(conflict.button("Save changes")).Get("make_default"), "")
	conflict.submit("Save changes", nil).is(http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Second")
	same(t, "saved", s.Count(t, `select count(*) from personas where goals = 'Mine'`), 1)
}

func TestDeletingTheDefaultAsksForItsSuccessor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	s.NewPersona(t, ws, "Oldest")
	chosen := s.NewPersona(t, ws, "Chosen")
	c := s.NewCampaign(t, ws, "Spring")
	if _, err := s.Assign(t.Context(), ws, c, uuid.NullUUID{UUID: p.ID, Valid: true}); err != nil {
		t.Fatal(err)
	}
	b := s.as(t, ws.Workspace(), access.Admin)
	ask := b.get(at(ws, "personas", p.ID.String(), "delete")).is(http.StatusOK).
		says("Delete Default?", "Spring", "Oldest", "Chosen")
	stale := b.get(at(ws, "personas", p.ID.String(), "delete"))
	b.get(at(ws, "personas", p.ID.String())).submit("Save changes", url.Values{"goals": {"new"}}).is(http.StatusOK)
	again := stale.submit("Delete Default", url.Values{"successor": {chosen.ID.String()}}).is(http.StatusConflict).
		says("This persona was changed meanwhile, so it was not deleted")
	same(t, "the choice is kept", formFields(again.button("Delete Default")).Get("successor"), chosen.ID.String())
	same(t, "personas", s.Count(t, `select count(*) from personas`), 3)
	again.submit("Delete Default", nil).is(http.StatusOK).says("“Default” was deleted", "“Chosen” is now the default")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Chosen")
	ask.submit("Delete Default", nil).is(http.StatusNotFound)
}

func TestDeleteShowsWhatEachSuccessorWouldChange(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	foreign := s.NewPersona(t, other, "Foreign")
	p := s.NewPersona(t, ws, "Default")
	oldest, second := s.NewPersona(t, ws, "Oldest"), s.NewPersona(t, ws, "Second")
	s.NewCampaign(t, ws, "Names nobody")
	s.Exec(t, `update personas set greeting = 'Hello from Default', goals = 'Sell' where name = 'Second'`)
	b := s.as(t, ws.Workspace(), access.Admin)
	path := at(ws, "personas", p.ID.String(), "delete")
	before := s.Snapshot(t)
	page := b.get(path).is(http.StatusOK)
	page.says("1 campaign has no persona of its own and will be answered by the new default.",
		"Campaigns without their own persona (1) Names nobody", "1 campaign would be answered by Oldest.",
		"If Oldest becomes the default", "Now After the deletion", "Greeting Hello from Default Hello from Oldest")
	chosen := page.submit("Show what changes", url.Values{"successor": {second.ID.String()}}).is(http.StatusOK)
	chosen.says("If Second becomes the default", "1 field of the workspace settings would change: goals.", "Goals Empty Sell")
	if strings.Contains(chosen.text(), "Greeting Hello from Default Hello from Oldest") {
		t.Error("the impact of another successor is shown")
	}
	same(t, "the choice is kept", formFields(chosen.button("Delete Default")).Get("successor"), second.ID.String())
	for _, bad := range []string{foreign.ID.String(), p.ID.String(), "x"} {
		b.get(path + "?successor=" + bad).is(http.StatusNotFound)
	}
	b.get(at(ws, "personas", oldest.ID.String(), "delete")).is(http.StatusOK).says("No campaign uses this persona.")

	part := b.inPlace(http.MethodGet, path+"?successor="+second.ID.String(), nil).is(http.StatusOK).
		says("If Second becomes the default", "Goals Empty Sell")
	if strings.Contains(part.body, "<main") {
		t.Error("htmx gets the whole page")
	}
	same(t, "tables", s.Snapshot(t), before)
	chosen.submit("Delete Default", nil).is(http.StatusOK).
		says("“Second” is now the default", "The workspace settings follow: goals.")
}

func TestDeletingTheDefaultPromotesTheOldestUnlessAnotherIsChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	s.NewPersona(t, ws, "Zoe")
	s.NewPersona(t, ws, "Anna")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas", p.ID.String(), "delete")).submit("Delete Default", nil).is(http.StatusOK).
		says("“Zoe” is now the default")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Zoe")
}

func TestDuplicateAndAssign(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	s.NewCampaign(t, ws, "Spring")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas")).submit("Duplicate Default", nil).is(http.StatusOK).says("“Default (copy)” was created")
	list := b.get(at(ws, "campaigns")).is(http.StatusOK).
		submit("Save the persona for Spring", url.Values{"persona": {p.ID.String()}}).is(http.StatusOK)
	list.says("“Spring” is answered by “Default”")
	same(t, "assigned", s.Count(t, `select count(*) from campaigns where persona_id = $1`, p.ID), 1)
	list.submit("Save the persona for Spring", url.Values{"persona": {""}}).is(http.StatusOK).
		says("answered by the workspace default")
	same(t, "assigned", s.Count(t, `select count(*) from campaigns where persona_id is not null`), 0)
}

func TestFirstPersonaSaysWhichSettingsItReplaces(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Northwind")
	b := s.as(t, ws.Workspace(), access.Admin)
	s.Exec(t, `insert into workspace_settings (workspace_id, ai_greeting) values ($1, 'Dear {firstName},')`,
		ws.Workspace())
	b.get(at(ws, "personas", "new")).is(http.StatusOK).says("Dear {firstName},", "Start from current settings")
	b.get(at(ws, "personas", "new?from=settings")).submit("Create persona", nil).is(http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Dear {firstName},")
}

func TestWordsThatAFirstPersonaReplacedBecomeAPersona(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Northwind"), s.Workspace(t, "Cedar")
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	s.Exec(t, `insert into workspace_settings (workspace_id, ai_greeting, ai_tone)
		values ($1, 'Dear {firstName},', 'old-tone')`, ws.Workspace())
	s.Exec(t, `insert into workspace_settings (workspace_id, ai_greeting) values ($1, 'Secret of Cedar')`,
		other.Workspace())
	const words = "Create a persona from the words before"
	made := b.get(at(ws, "personas", "new")).is(http.StatusOK).
		says("Saving would replace 2 settings fields", "stay readable on the page Activity").
		submit("Create persona", url.Values{"name": {"First"}, "greeting": {"Hello"}, "tone": {"formal"}}).is(http.StatusOK)
	path := made.link(words)
	same(t, "where the words are", path, at(ws, "personas", "new?from=settings&version=1"))
	same(t, "under the activity", b.get(at(ws, "activity")).is(http.StatusOK).link(words), path)
	same(t, "a member is offered nothing", reader.get(at(ws, "activity")).is(http.StatusOK).link(words), "")

	before := s.Snapshot(t)
	form := b.get(path).is(http.StatusOK)
	typed := formFields(form.button("Create persona"))
	same(t, "words", []string{typed.Get("greeting"), typed.Get("tone"), typed.Get("make_default")},
		[]string{"Dear {firstName},", "old-tone", ""})
	for _, wrong := range []string{"0", "99", "x", "-1", "99999999999"} {
		b.get(at(ws, "personas", "new?from=settings&version="+wrong)).is(http.StatusNotFound)
	}
	reader.get(path).is(http.StatusForbidden)
	same(t, "tables", s.Snapshot(t), before)
	form.submit("Create persona", url.Values{"tone": {""}}).is(http.StatusOK).says("“Words from before” was created")
	same(t, "the default stays", s.defaultGreeting(t, ws.Workspace()), "Hello")
	same(t, "a create that replaced nothing", b.get(at(ws, "personas", "new")).submit("Create persona",
		url.Values{"name": {"Third"}}).link(words), "")
}

func TestUnknownPlaceholderIsFlaggedAndSaved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas", "new")).submit("Create persona", url.Values{"name": {"One"}, "greeting": {"Hi {nick}"}}).
		is(http.StatusOK).says("{nick}, which is not a placeholder")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hi {nick}")
}
