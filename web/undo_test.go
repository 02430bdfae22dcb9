package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

func TestADefaultByTickIsUndoneFromReceiptListAndActivity(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	s.NewCampaign(t, ws, "Spring")
	b := s.as(t, ws.Workspace(), access.Admin)
	edit := func() *page {
		t.Helper()
		return b.get(at(ws, "personas", second.ID.String())).submit("Save changes",
			url.Values{"make_default": {"true"}, "greeting": {"Reworded"}}).is(http.StatusOK).
			says("“Second” was saved and is now the default", "It takes over from “First”.")
	}
	const saved = "Undo this: “Second” was saved and is now the default"

	receipt := edit()
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Reworded")
	receipt.submit(saved, nil).is(http.StatusOK).says("Undone: “First” is the default again")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from First")
	same(t, "the words stay", s.Count(t, `select count(*) from personas where name = 'Second' and greeting = 'Reworded'
		and not is_default`), 1)
	before := s.Snapshot(t)
	receipt.submit(saved, nil).is(http.StatusOK).says("It was already undone")
	same(t, "pressed twice is done once", s.Snapshot(t), before)

	edit()
	b.get(at(ws, "activity")).submit("Undo this: Edited “Second” and made it the default", nil).is(http.StatusOK).
		says("Undone: “First” is the default again")
	edit()
	b.get(at(ws, "personas")).submit("Undo this: the switch from “First”", nil).is(http.StatusOK)

	made := b.get(at(ws, "personas", "new")).submit("Create persona",
		url.Values{"name": {"Third"}, "greeting": {"Ahoy"}, "make_default": {"true"}}).is(http.StatusOK)
	there := b.get(at(ws, "activity"))
	made.submit("Undo this: “Third” was created and is now the default", nil).is(http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from First")
	same(t, "the created one stays", s.Count(t, `select count(*) from personas where name = 'Third'
		and not is_default`), 1)
	there.submit("Undo this: Created “Third” as the default", nil).is(http.StatusOK).says("It was already undone")

	// Somebody else is faster.
	receipt = edit()
	other := s.as(t, ws.Workspace(), access.Admin)
	other.get(at(ws, "personas", first.ID.String())).submit("Save changes", url.Values{"goals": {"New"}}).is(http.StatusOK)
	before = s.Snapshot(t)
	receipt.submit(saved, nil).is(http.StatusConflict).says("“First” was changed since")
	same(t, "refused", s.Snapshot(t), before)
	same(t, "broken", s.Broken(t), []string{})
}

func TestADecisionAboutADraftIsTakenBack(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	lead, draft := s.drafted(t, ws)
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	path := at(ws, "leads", lead)
	decide := func(how string) *page {
		t.Helper()
		version := s.words(t, `select version::text from drafts`)
		return b.post(path+"/drafts/"+draft+"/"+how, url.Values{"version": {version}, "body": {"Hi Liv,"}}).is(http.StatusOK)
	}
	button := func(p *page, prefix string) string {
		for n := range p.doc().Descendants() {
			if n.Data == "button" && strings.HasPrefix(textOf(n), prefix) {
				return textOf(n)
			}
		}
		return ""
	}
	const approval, rejection = "Take back the approval", "Take back the rejection"
	state := func() string { return s.words(t, `select state || coalesce(decided_at::text, '') from drafts`) }

	approved := decide("approve")
	same(t, "a member is offered nothing", button(reader.get(path), approval), "")
	approved.submit(button(approved, approval), nil).is(http.StatusOK).
		says("The decision was taken back", "The draft waits again")
	same(t, "draft", state(), "waiting")
	before := s.Snapshot(t)
	approved.submit(button(approved, approval), nil).is(http.StatusOK)
	same(t, "pressed twice is done once", s.Snapshot(t), before)

	rejected := decide("reject")
	before = s.Snapshot(t)
	approved.submit(button(approved, approval), nil).is(http.StatusConflict).says("Somebody decided anew")
	b.post(path+"/drafts/"+draft+"/reopen", nil).is(http.StatusConflict)
	same(t, "who looked at an approval takes no rejection back", s.Snapshot(t), before)
	rejected.submit(button(rejected, rejection), nil).is(http.StatusOK)
	same(t, "draft", state(), "waiting")
	b.get(at(ws, "activity")).says("Took back what was decided about a draft")

	other := s.as(t, s.Workspace(t, "Cedar").Workspace(), access.Admin)
	approved = decide("approve")
	other.post(path+"/drafts/"+draft+"/reopen", url.Values{"state": {"approved"}}).is(http.StatusNotFound)
	s.Exec(t, `update drafts set taken_at = now()`)
	before = s.Snapshot(t)
	approved.submit(button(approved, approval), nil).is(http.StatusConflict).says("A sender has this draft by now")
	same(t, "a sender has it", s.Snapshot(t), before)
	same(t, "nothing is offered", button(b.get(path), approval), "")
}

func TestASingleAssignmentNamesWhoAnsweredAndIsUndone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	coach, guide := s.NewPersona(t, ws, "Coach"), s.NewPersona(t, ws, "Guide")
	spring := s.NewCampaign(t, ws, "Spring")
	b := s.as(t, ws.Workspace(), access.Admin)
	list := b.get(at(ws, "campaigns?q=spr"))
	give := func(to string) *page {
		t.Helper()
		return list.submit("Save the persona for Spring", url.Values{"persona": {to}}).is(http.StatusOK)
	}
	undo := func(by string) string { return "Undo this: “Spring” is answered by " + by }

	give(coach.ID.String()).says("Before, it was answered by the workspace default.")
	receipt := give(guide.ID.String()).says("“Spring” is answered by “Guide”", "Before, it was answered by “Coach”.")
	undone := receipt.submit(undo("“Guide”"), nil).is(http.StatusOK).says("Undone: 1 campaign is answered as before")
	same(t, "assigned", s.holding(t, coach), []string{"Spring"})
	same(t, "the search is kept", formFields(undone.button("Search")).Get("q"), "spr")

	before := s.Snapshot(t)
	if give(coach.ID.String()).says("It was already, so nothing was changed now.").button(undo("“Coach”")) != nil {
		t.Error("an undo of nothing is offered")
	}
	same(t, "no change, no event", s.Snapshot(t), before)

	receipt = give("")
	b.get(at(ws, "activity")).submit("Undo this: Gave the campaign “Spring” the workspace default instead of the "+
		"persona “Coach”", nil).is(http.StatusOK)
	same(t, "assigned", s.holding(t, coach), []string{"Spring"})

	// Somebody else is faster, and somebody else's search is none of the undo's.
	other := s.as(t, ws.Workspace(), access.Admin)
	other.post(at(ws, "campaigns", spring.String(), "persona"), url.Values{"persona": {guide.ID.String()}}).
		is(http.StatusOK)
	before = s.Snapshot(t)
	receipt.submit(undo("the workspace default"), nil).is(http.StatusConflict).
		says("Somebody chose since who answers for “Spring”")
	same(t, "refused", s.Snapshot(t), before)

	many := list.submit("Assign to the chosen campaigns",
		url.Values{"campaign": {spring.String()}, "persona": {coach.ID.String()}}).is(http.StatusOK)
	undone = many.submit("Undo this: 1 campaign is now answered by “Coach”", nil).is(http.StatusOK)
	same(t, "the search is kept", formFields(undone.button("Search")).Get("q"), "spr")
	same(t, "assigned", s.holding(t, guide), []string{"Spring"})
}

// TestADeletedDefaultComesBackInOnePress also looks at the deletion of the last persona,
// at who is too late, and at who may not.
func TestADeletedDefaultComesBackInOnePress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	spring, other := s.NewCampaign(t, ws, "Spring"), s.NewCampaign(t, ws, "Autumn")
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	assign := func(campaign uuid.UUID, to string) {
		t.Helper()
		b.post(at(ws, "campaigns", campaign.String(), "persona"), url.Values{"persona": {to}}).is(http.StatusOK)
	}
	remove := func(p persona.Persona) *page {
		t.Helper()
		return b.get(at(ws, "personas", p.ID.String(), "delete")).submit("Delete "+p.Name, nil).is(http.StatusOK)
	}
	const (
		undo  = "Undo this: “First” was deleted"
		state = `select string_agg(p.name || p.is_default || p.greeting, ' ' order by p.name) || ' ' ||
			(select string_agg(c.name || coalesce((select name from personas where id = c.persona_id), '-'), ' ' order by c.name) from campaigns c)
			|| ' ' || (select ai_greeting from workspace_settings) from personas p`
	)
	assign(spring, first.ID.String())
	assign(other, second.ID.String())
	before := s.words(t, state)

	receipt := remove(first)
	same(t, "followed", s.defaultGreeting(t, ws.Workspace()), "Hello from Second")
	events := s.Count(t, `select count(*) from audit_events`)
	receipt.submit(undo, nil).is(http.StatusOK).says("Undone: “First” is back and is the default again",
		"It takes over from “Second”.", "It answers again for 1 campaign that named it.")
	same(t, "as it was", s.words(t, state), before)
	same(t, "one event", s.Count(t, `select count(*) from audit_events`), events+1)
	kept := s.Snapshot(t)
	receipt.submit(undo, nil).is(http.StatusOK).says("Undone: “First” is back and is the default again")
	form := formFields(receipt.button(undo))
	reader.post(at(ws, "default", "undo"), form).is(http.StatusForbidden)
	same(t, "pressed twice, and by who may only read", s.Snapshot(t), kept)

	for name, meanwhile := range map[string]func(){
		"“Second” was changed since": func() {
			b.get(at(ws, "personas", second.ID.String())).submit("Save changes", url.Values{"goals": {"New"}}).is(http.StatusOK)
		},
		"Somebody chose since who answers for one of its campaigns": func() { assign(spring, second.ID.String()) },
		"“First” was restored or changed since": func() {
			b.get(at(ws, "personas", first.ID.String(), "restore")).submit("Restore First", nil).is(http.StatusOK)
		},
	} {
		receipt = remove(first)
		meanwhile()
		kept = s.Snapshot(t)
		receipt.submit(undo, nil).is(http.StatusConflict).says(name)
		same(t, name, s.Snapshot(t), kept)
		if !strings.HasPrefix(name, "“First”") {
			b.get(at(ws, "personas", first.ID.String(), "restore")).submit("Restore First", nil).is(http.StatusOK)
		}
		b.post(at(ws, "personas", first.ID.String(), "default"), nil).is(http.StatusOK)
		assign(spring, first.ID.String())
	}

	// By the activity, and by a program that may write.
	offered := func() (log *page, button string) {
		t.Helper()
		log = b.get(at(ws, "activity")).is(http.StatusOK)
		for n := range log.doc().Descendants() {
			if n.Data == "button" && strings.HasPrefix(nameOf(n), "Undo this: Deleted “First”") {
				button = nameOf(n)
			}
		}
		return log, button
	}
	remove(first)
	log, button := offered()
	log.submit(button, nil).is(http.StatusOK).says("“First” is back and is the default again")
	_, button = offered()
	same(t, "offered when it is back", button, "")
	write, weak := s.token(t, ws, "write"), s.token(t, ws, "switch")
	now, err := s.Persona(t.Context(), ws, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	deleted := s.ask(t, write, "DELETE", api(ws, "personas", first.ID.String()), fmt.Sprintf(`{"version": %d}`, now.Version)).is(http.StatusOK)
	body := fmt.Sprintf(`{"event": %q}`, deleted.object()["event"])
	s.ask(t, weak, "POST", api(ws, "default/undo"), body).is(http.StatusForbidden)
	for range 2 {
		back := s.ask(t, write, "POST", api(ws, "default/undo"), body).is(http.StatusOK)
		same(t, "back", []any{back.object()["name"], back.object()["isDefault"]}, []any{"First", true})
	}
	same(t, "as it was then", s.words(t, state), before)

	remove(second)
	receipt = remove(first)
	if _, button = offered(); button == "" {
		t.Error("the activity does not offer to undo the deletion of the last one")
	}
	settings := s.words(t, `select ai_greeting from workspace_settings`)
	receipt.submit(undo, nil).is(http.StatusOK).says("“First” is back and is the default again")
	same(t, "the last one is back", s.words(t, `select name from personas where is_default`), "First")
	same(t, "settings", s.words(t, `select ai_greeting from workspace_settings`), settings)
	receipt = remove(first)
	b.get(at(ws, "settings")).submit("Save settings", url.Values{"ai_greeting": {"Ours now"}}).is(http.StatusOK)
	_, button = offered()
	same(t, "offered when the settings changed", button, "")
	receipt.submit(undo, nil).is(http.StatusConflict).says("The workspace settings were changed since.")
	same(t, "settings", s.words(t, `select ai_greeting from workspace_settings`), "Ours now")
	same(t, "broken", s.Broken(t), []string{})
}
