package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"personae/internal/chromium"
	"personae/internal/postgres"
)

func TestAFormSentTwiceIsDoneOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Guide")
	b := s.as(t, ws.Workspace(), postgres.Admin)
	form := b.get(at(ws, "personas", "new"))
	typed := url.Values{"name": {"Twice"}, "make_default": {"true"}}
	for range 2 {
		form.submit("Create persona", typed).is(http.StatusOK).says("“Twice” is created")
	}
	same(t, "personas", s.Count(t, `select count(*) from personas`), 2)
	same(t, "events", s.Count(t, `select count(*) from audit_events where action = 'persona.created' and actor_id = $1`, b.user), 1)
	form.submit("Create persona", url.Values{"name": {"Twice"}, "goals": {"Others"}}).is(http.StatusConflict) // other words are another form
	list := b.get(at(ws, "personas"))
	for range 2 {
		list.submit("Duplicate Guide", nil).is(http.StatusOK).says("“Guide (copy)” is created")
	}
	same(t, "copies", s.Count(t, `select count(*) from personas where name like 'Guide (copy%'`), 1)
	b.get(at(ws, "personas")).submit("Duplicate Guide", nil).says("“Guide (copy 2)” is created")
	edit, settings := b.get(at(ws, "personas", s.named(t, ws, "Guide").ID.String())), b.get(at(ws, "settings"))
	for range 2 {
		edit.submit("Save changes", url.Values{"goals": {"Once"}}).is(http.StatusOK).says("“Guide” is saved")
		settings.submit("Save settings", url.Values{"company_name": {"Harbor"}}).is(http.StatusOK).says("Settings saved")
	}
	same(t, "edits", s.words(t, `select action from audit_events where action like '%.edited'`), "persona.edited\nsettings.edited")
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
			tab, user, email := s.person(t, script, postgres.NewUser{Name: "Ada Morgan"})
			s.Member(t, ws.Workspace(), user, postgres.Admin)
			personas := at(ws, "personas")

			tab.Get(personas)
			tab.PressTwice("Make Coach the default")
			tab.Says("Coach")
			same(t, "switches", s.Count(t, `select count(*) from audit_events where action = 'persona.default_set' and details->>'from' <> details->>'to'`), 1)
			tab.Reload()
			same(t, "after a reload", s.Count(t, `select count(*) from personas where is_default and name = 'Coach'`), 1)

			tab.Get(personas + "/new")
			tab.Type("Name", "Twice")
			tab.PressTwice("Create persona")
			tab.Says("“Twice” is created")
			tab.Reload()
			tab.Back()

			same(t, "personas", s.Count(t, `select count(*) from personas where name = 'Twice'`), 1)
			tab.Get(personas)
			tab.PressTwice("Duplicate Guide")
			same(t, "copies", s.Count(t, `select count(*) from personas where name like 'Guide (copy%'`), 1)

			other := chromium.Open(t, s.url, script)
			signInThere(other, email)
			for _, window := range []*chromium.Tab{tab, other} {
				window.Get(personas + "/" + p.ID.String())
			}
			tab.Type("Goals (optional)", "From the first window")
			tab.Press("Save changes")
			other.Type("Signature (optional)", "From the second window")
			other.Press("Save changes")
			same(t, "asked", strings.HasPrefix(other.Title(), "Error: "), true)
			other.Press("Save changes")
			same(t, "both are kept", s.words(t, `select goals || ', ' || signature from personas where name = 'Guide'`), "From the first window, From the second window")
			if said := append(tab.Reported(), other.Reported()...); len(said) > 1 { // the 409 itself
				t.Errorf("the browser complains: %q", said)
			}
		})
	}
}
