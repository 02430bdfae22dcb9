package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/testing/browser"
	"personae/internal/webhook"
)

func TestAFormSentTwiceIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Guide")
	b := s.as(t, ws.Workspace(), access.Admin)
	form := b.get(at(ws, "personas", "new"))
	typed := url.Values{"name": {"Twice"}, "make_default": {"true"}}
	for range 2 {
		form.submit("Create persona", typed).is(http.StatusOK).says("“Twice” was created")
	}
	same(t, "personas", s.Count(t, `select count(*) from personas`), 2)
	same(t, "events", s.Count(t, `select count(*) from audit_events where action = 'persona.created'
		and actor_id = $1`, b.user), 1)
	// Other words are another form.
	form.submit("Create persona", url.Values{"name": {"Twice"}, "goals": {"Others"}}).is(http.StatusConflict)
	list := b.get(at(ws, "personas"))
	for range 2 {
		list.submit("Duplicate Guide", nil).is(http.StatusOK).says("“Guide (copy)” was created")
	}
	same(t, "copies", s.Count(t, `select count(*) from personas where name like 'Guide (copy%'`), 1)
	b.get(at(ws, "personas")).submit("Duplicate Guide", nil).says("“Guide (copy 2)” was created")
	edit, settings := b.get(at(ws, "personas", s.named(t, ws, "Guide").ID.String())), b.get(at(ws, "settings"))
	for range 2 {
		edit.submit("Save changes", url.Values{"goals": {"Once"}}).is(http.StatusOK).says("“Guide” was saved")
		settings.submit("Save settings", url.Values{"company_name": {"Harbor"}}).is(http.StatusOK).says("Settings saved")
	}
	same(t, "edits", s.words(t, `select action from audit_events where action like '%.edited'`),
		"persona.edited\nsettings.edited")
}

// TestWhatWasDoneAlreadyIsNoError sends forms twice whose fields say what they
// found, so that the second finds it done, and then once more when something else
// has happened since.
func TestWhatWasDoneAlreadyIsNoError(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	p := s.NewPersona(t, ws, "Guide")
	b, reader := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	milo := s.signIn(t, access.NewUser{Name: "Milo"})
	s.Member(t, ws.Workspace(), milo.user, access.Member)
	twice := func(form *page, button string, typed url.Values, first, second string) {
		t.Helper()
		form.submit(button, typed).is(http.StatusOK).says(first)
		before := s.Snapshot(t)
		form.submit(button, typed).is(http.StatusOK).says(second)
		same(t, button+": tables", s.Snapshot(t), before)
	}
	path := at(ws, "personas", p.ID.String())
	edit := func(goals string) {
		t.Helper()
		b.get(path).submit("Save changes", url.Values{"goals": {goals}}).is(http.StatusOK)
	}

	edit("Others")
	history := b.get(path + "/history")
	twice(history, "Restore this version (1)", nil, "“Guide” reads as in version 1 again",
		"It already read like this, so nothing changed.")
	b.post(path+"/history/1/restore", url.Values{"version": {"99"}}).is(http.StatusConflict)
	edit("Newer")
	history.submit("Restore this version (1)", nil).is(http.StatusConflict)

	// It is there.
	b.post(at(ws, "personas", s.named(t, ws, "Default").ID.String(), "delete"),
		url.Values{"successor": {uuid.NewString()}}).is(http.StatusNotFound)
	outdated := b.get(path + "/delete")
	edit("Newest")
	gone := b.get(path + "/delete")
	twice(gone, "Delete Guide", nil, "“Guide” was deleted", "It was already deleted, so nothing changed.")
	b.post(path+"/delete", nil).is(http.StatusOK).says("It was already deleted") // names no version
	never := b.post(at(ws, "personas", uuid.NewString(), "delete"), nil).is(http.StatusNotFound)
	same(t, "by a form from before", outdated.submit("Delete Guide", nil).is(http.StatusNotFound).body, never.body)
	same(t, "of another workspace", b.post(at(ws, "personas",
		s.NewPersona(t, s.Workspace(t, "Cedar"), "Foreign").ID.String(), "delete"), nil).is(http.StatusNotFound).body,
		never.body)
	reader.post(path+"/delete", nil).is(http.StatusForbidden)

	twice(b.get(path+"/history"), "Restore this version (1)", nil, "“Guide” is back", "It already read like this")
	gone.submit("Delete Guide", nil).is(http.StatusConflict) // it is another version by now

	members := b.get(at(ws, "members"))
	twice(members, "Save the role of Milo", url.Values{"role": {"admin"}}, "Milo is an admin now", "Milo is an admin now")
	same(t, "events", s.Count(t, `select count(*) from audit_events where action = 'member.role_changed'`), 1)
}

// TestASecretIsTheSameWhenItsFormIsSentTwice sends each form that shows a secret
// only once a second time: as a double click does, when the secret is no longer
// in force, and when nothing but the secret itself says that it was made.
func TestASecretIsTheSameWhenItsFormIsSentTwice(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b, other := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Owner)
	events := func(action string) int {
		return s.Count(t, `select count(*) from audit_events where action = $1`, action)
	}

	list := b.get(at(ws, "webhooks"))
	hook := url.Values{"url": {"https://example.com/"}, "events": {webhook.DraftCreated, webhook.PersonaUpdated}}
	added := s.secretOnce(t, list, "Add webhook", hook)
	inForce := `select count(*) from webhooks where secret = $1`
	same(t, "webhooks with it, of all, events", []int{s.Count(t, inForce, added),
		s.Count(t, `select count(*) from webhooks`), events("webhook.added")}, []int{1, 1, 1})
	// Other words are another form.
	list.submit("Add webhook", url.Values{"url": {"https://example.com/"}, "events": {webhook.DraftCreated}}).
		is(http.StatusUnprocessableEntity)
	one := b.get(b.get(at(ws, "webhooks")).link("https://example.com/"))
	renewed := s.secretOnce(t, one, "Make a new secret", nil)
	same(t, "in force, another, events", []any{s.Count(t, inForce, renewed), renewed != added,
		events("webhook.secret_made")}, []any{1, true, 1})
	theirs := other.get(one.path).submit("Make a new secret", nil).is(http.StatusOK).copied()
	same(t, "another person's is another", []any{theirs != renewed, s.Count(t, inForce, theirs)}, []any{true, 1})

	tokens := b.get(at(ws, "tokens"))
	token := s.secretOnce(t, tokens, "Create token", url.Values{"name": {"CRM"}})
	s.ask(t, token, http.MethodGet, api(ws, "personas"), "").is(http.StatusOK)
	same(t, "tokens, events", []int{s.Count(t, `select count(*) from api_tokens`), events("token.created")}, []int{1, 1})
	next := b.get(at(ws, "tokens")).submit("Create token", url.Values{"name": {"CRM"}}).is(http.StatusOK).copied()
	same(t, "the next form makes another", []any{next != token, s.Count(t, `select count(*) from api_tokens`)},
		[]any{true, 2})
	inbound := s.secretOnce(t, tokens, "Make a secret", nil)
	inForce = `select count(*) from inbound_secrets where secret = $1`
	same(t, "in force, events", []int{s.Count(t, inForce, inbound), events("inbound.secret_made")}, []int{1, 1})
	same(t, "the next is another", b.get(at(ws, "tokens")).submit("Make a new secret",
		nil).is(http.StatusOK).copied() != inbound, true)
	s.Exec(t, `update api_tokens set revoked_at = now() where token_hash = sha256($1::bytea)`, []byte(token))

	before := s.Snapshot(t)
	for _, form := range []struct {
		*page
		button string
		typed  url.Values
		says   string
	}{
		{list, "Add webhook", hook, "another was made since"}, {one, "Make a new secret", nil, "another was made since"},
		{tokens, "Make a secret", nil, "another was made since"},
		{tokens, "Create token", url.Values{"name": {"CRM"}}, "made a token before"},
	} {
		form.submit(form.button, form.typed).is(http.StatusConflict).says(form.says)
	}
	same(t, "tables", s.Snapshot(t), before)
	s.Exec(t, `delete from idempotency_keys`)
	tokens.submit("Create token", url.Values{"name": {"CRM"}}).is(http.StatusConflict).says("made a token before")
	if strings.Contains(s.log.String(), token[6:26]) || strings.Contains(s.log.String(), renewed[6:26]) {
		t.Error("a secret is in the log")
	}
}

// secretOnce sends a form twice and returns the secret that both answers show.
func (s *site) secretOnce(t *testing.T, form *page, button string, typed url.Values) (secret string) {
	t.Helper()
	first := form.submit(button, typed).is(http.StatusOK)
	again := form.submit(button, typed).is(http.StatusOK)
	secret = first.copied()
	same(t, button+": the second answer", []string{again.path, again.title(), again.copied()},
		[]string{first.path, first.title(), secret})
	same(t, button+": stored for that", s.Count(t, `select count(*) from idempotency_keys k
		where k::text like '%' || $1 || '%'`, secret[6:]), 0)
	return secret
}

// TestWhatABrowserRepeatsIsDoneOnce double-clicks, goes back, reloads and works
// in two windows, with JavaScript on and off.
func TestWhatABrowserRepeatsIsDoneOnce(t *testing.T) {
	t.Parallel()
	for _, script := range []bool{true, false} {
		t.Run(map[bool]string{true: "with script", false: "without"}[script], func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			ws := s.Workspace(t, "Harbor")
			p := s.NewPersona(t, ws, "Guide")
			s.NewPersona(t, ws, "Coach")
			tab, user, email := s.person(t, script, access.NewUser{Name: "Ada Morgan"})
			s.Member(t, ws.Workspace(), user, access.Admin)
			personas := at(ws, "personas")

			tab.Get(personas)
			tab.PressTwice("Make the default: Coach")
			tab.Says("Coach")
			same(t, "switches", s.Count(t, `select count(*) from audit_events where action = 'persona.default_set'
				and details->>'from' <> details->>'to'`), 1)
			tab.Reload()
			same(t, "after a reload", s.Count(t, `select count(*) from personas where is_default and name = 'Coach'`), 1)

			tab.Get(personas + "/new")
			tab.Type("Name", "Twice")
			tab.PressTwice("Create persona")
			tab.Says("“Twice” was created")
			tab.Reload()
			tab.Back()

			same(t, "personas", s.Count(t, `select count(*) from personas where name = 'Twice'`), 1)
			tab.Get(personas)
			tab.Unfold("More about Guide")
			tab.PressTwice("Duplicate Guide")
			same(t, "copies", s.Count(t, `select count(*) from personas where name like 'Guide (copy%'`), 1)

			const shown = "Copy this now. It is shown only once"
			tab.Get(at(ws, "webhooks"))
			tab.Type("Address", "https://example.com/")
			tab.PressTwice("Add webhook")
			tab.Says("The webhook to example.com was added")
			same(t, "the secret to copy", s.words(t, `select secret from webhooks`), tab.Value(shown))
			tab.PressTwice("Make a new secret")
			tab.Says("The webhook has a new secret")
			same(t, "the new secret to copy", s.words(t, `select secret from webhooks`), tab.Value(shown))
			tab.Get(at(ws, "tokens"))
			tab.Type("Name", "CRM sync")
			tab.PressTwice("Create token")
			tab.Says("“CRM sync” was created")
			same(t, "tokens like that to copy", s.Count(t, `select count(*) from api_tokens
				where token_hash = sha256($1::bytea)`, []byte(tab.Value(shown))), 1)
			same(t, "events", s.words(t, `select action from audit_events
				where action like 'webhook.%' or action like 'token.%'`), "token.created\nwebhook.added\nwebhook.secret_made")

			s.savedInTwoWindows(t, tab, script, email, personas+"/"+p.ID.String())
		})
	}
}

// savedInTwoWindows saves a persona in two windows: the second is asked, and the
// words of both are kept.
func (s *site) savedInTwoWindows(t *testing.T, tab *browser.Tab, script bool, email, persona string) {
	t.Helper()
	other := browser.Open(t, s.url, script)
	signInThere(other, email)
	for _, window := range []*browser.Tab{tab, other} {
		window.Get(persona)
	}
	tab.Type("Goals (optional)", "From the first window")
	tab.Press("Save changes")
	other.Type("Signature (optional)", "From the second window")
	other.Press("Save changes")
	same(t, "asked", strings.HasPrefix(other.Title(), "Error: "), true)
	other.Press("Save changes")
	same(t, "both are kept", s.words(t, `select goals || ', ' || signature from personas
		where name = 'Guide'`), "From the first window, From the second window")
	if said := append(tab.Reported(), other.Reported()...); len(said) > 1 { // the 409 itself
		t.Errorf("the browser complains: %q", said)
	}
}
