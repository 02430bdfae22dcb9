package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"personae/internal/postgres"
)

// sabotage breaks rules that the database refuses to break, by switching its
// guards off as only the owner of the tables can.
func (s *site) sabotage(t *testing.T, sql ...string) {
	t.Helper()
	for _, table := range []string{"personas", "workspace_settings"} {
		s.Exec(t, `alter table `+table+` disable trigger user`)
		defer s.Exec(t, `alter table `+table+` enable trigger user`)
	}
	for _, statement := range sql {
		s.Exec(t, statement)
	}
}

func TestHealthSaysThatAllIsWell(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), postgres.Member)
	before := s.Snapshot(t)
	page := b.get(at(ws, "health")).is(http.StatusOK).says("All is well: every rule holds.")
	if page.button("Let the settings follow the persona") != nil {
		t.Error("a repair is offered where nothing is broken")
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestDriftIsShownAndRepairedEitherWay(t *testing.T) {
	t.Parallel()
	for button, want := range map[string]string{"Let the settings follow the persona": "Hello from Default", "Let the persona take the settings’ words": "Drifted"} {
		s := newSite(t)
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Default")
		s.NewPersona(t, ws, "Other")
		s.sabotage(t, `update workspace_settings set ai_greeting = 'Drifted'`)
		b := s.as(t, ws.Workspace(), postgres.Admin)
		b.get(at(ws, "health")).is(http.StatusOK).says("Something is not as it should be", "Settings: Drifted", "Persona: Hello from Default").
			submit(button, nil).is(http.StatusOK).says("Repaired", "All is well")
		same(t, button, s.defaultGreeting(t, ws.Workspace()), want)
		same(t, "broken", s.Broken(t), []string{})
		for _, words := range []string{"Hello from Default", "Drifted"} {
			same(t, "kept: "+words, s.Count(t, `select count(*) from (select greeting from persona_versions
				union all select ai_greeting from workspace_settings_versions) kept where greeting = $1`, words) > 0, true)
		}
	}
}

func TestLostAndDoubleDefaultsAreRepaired(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string][]string{
		"none": {`update personas set is_default = false`},
		"two":  {`drop index personas_one_default`, `update personas set is_default = true`},
	} {
		s := newSite(t)
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Default")
		s.NewPersona(t, ws, "Other")
		s.sabotage(t, sql...)
		b := s.as(t, ws.Workspace(), postgres.Admin)
		b.get(at(ws, "health")).is(http.StatusOK).says("are the default; it must be exactly one").submit("Let the settings follow the persona", nil).is(http.StatusOK)
		same(t, name, s.Broken(t), []string{})
		same(t, "the oldest stays", s.defaultGreeting(t, ws.Workspace()), "Hello from Default")
	}
}

func TestRepairWithWordsThatNoPersonaCanHoldIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	s.sabotage(t, `update workspace_settings set ai_greeting = repeat('x', 501)`)
	b := s.as(t, ws.Workspace(), postgres.Admin)
	before := s.Snapshot(t)
	b.get(at(ws, "health")).submit("Let the persona take the settings’ words", nil).is(http.StatusUnprocessableEntity).says("Greeting must be 500 characters or fewer")
	b.post(at(ws, "health"), url.Values{"right": {"nonsense"}}).is(http.StatusUnprocessableEntity)
	same(t, "tables", s.Snapshot(t), before)
}

func TestHealthSeesASwitchedOffGuard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), postgres.Member)
	s.Exec(t, `alter table personas disable trigger default_holds_update`)
	s.Exec(t, `drop index personas_one_default`)
	b.get(at(ws, "health")).is(http.StatusOK).says("trigger default_holds_update on personas is missing or switched off", "unique index personas_one_default is missing")
}
