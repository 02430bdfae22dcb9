package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"personae/internal/access"
	"personae/internal/testing/dbtest"
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
	b := s.as(t, ws.Workspace(), access.Member)
	before := s.Snapshot(t)
	page := b.get(at(ws, "health")).is(http.StatusOK).says("All is well: every rule holds.",
		"The guards of the database were last looked at on")
	if page.button("Let the settings follow the persona") != nil {
		t.Error("a repair is offered where nothing is broken")
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestDriftIsShownAndRepairedEitherWay(t *testing.T) {
	t.Parallel()
	for button, want := range map[string]string{"Let the settings follow the persona": "Hello from Default",
		"Let the persona take the settings’ words": "Drifted"} {
		s := newSite(t)
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Default")
		s.NewPersona(t, ws, "Other")
		s.sabotage(t, `update workspace_settings set ai_greeting = 'Drifted'`)
		b := s.as(t, ws.Workspace(), access.Admin)
		b.get(at(ws, "health")).is(http.StatusOK).says("Something is not as it should be", "Settings: Drifted",
			"Persona: Hello from Default").
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
		b := s.as(t, ws.Workspace(), access.Admin)
		b.get(at(ws, "health")).is(http.StatusOK).says("are the default; it must be exactly one").
			submit("Let the settings follow the persona", nil).is(http.StatusOK)
		same(t, name, s.Broken(t), []string{})
		same(t, "the oldest stays", s.defaultGreeting(t, ws.Workspace()), "Hello from Default")
	}
}

func TestRepairingWhatIsNotBrokenSaysSo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	b.post(at(ws, "health"), url.Values{"right": {"persona"}}).is(http.StatusOK).
		says("Nothing was broken", "Every rule holds, so nothing was changed.")
	s.Exec(t, `drop index personas_one_default`)
	b.post(at(ws, "health"), url.Values{"right": {"persona"}}).is(http.StatusOK).
		says("Nothing was changed", "cannot be repaired here", "Whoever owns the database has to put it back.")
	same(t, "tables", s.Snapshot(t), before)
}

func TestWhatIsWrongWithGuardsIsSaidInGermanToo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.Exec(t, `drop index personas_one_default`)
	s.Exec(t, `alter table personas disable trigger persona_record`)
	b := s.as(t, ws.Workspace(), access.Admin)
	b.languages = "de"
	b.get(at(ws, "health")).is(http.StatusOK).says("eindeutiger Index personas_one_default fehlt. Die Betreiber der Datenbank müssen das wiederherstellen.",
		"Trigger persona_record auf personas fehlt oder ist abgeschaltet.")
	b.languages = ""
	b.get(at(ws, "health")).is(http.StatusOK).says("The unique index personas_one_default is missing. Whoever owns the database has to put it back.")
}

func TestAHistoryThatIsNotWholeGetsTheWordsAsTheyRead(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"other words": `update personas set goals = 'By SQL' where name = 'Other'`,
		"a version is missing": `delete from persona_versions where persona_id in (select id from personas
			where name = 'Other')`,
		"of the default": `update personas set name = 'Renamed' where is_default`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			ws := s.Workspace(t, "Harbor")
			s.NewPersona(t, ws, "Default")
			s.NewPersona(t, ws, "Other")
			s.Exec(t, `alter table persona_versions disable trigger user`)
			s.sabotage(t, sql)
			s.Exec(t, `alter table persona_versions enable trigger user`)
			b := s.as(t, ws.Workspace(), access.Admin)
			kept := `select string_agg(v::text, ' ' order by v.persona_id, v.version) from persona_versions v
				where event_id in (select id from audit_events where action = 'persona.created')`
			read := `select string_agg((name, is_default, greeting, goals)::text, ' ' order by id) from personas`
			words, versions, settings := s.words(t, read), s.words(t, kept), s.defaultGreeting(t, ws.Workspace())
			page := b.get(at(ws, "health")).is(http.StatusOK).says("The history does not hold")
			if page.button("Let the settings follow the persona") != nil {
				t.Error("it is asked whose words are right where nothing differs")
			}
			page.submit("Record them in the history", nil).is(http.StatusOK).
				says("Repaired", "The history holds the personas and the settings as they read now.", "All is well")
			same(t, "words", s.words(t, read), words)
			same(t, "settings", s.defaultGreeting(t, ws.Workspace()), settings)
			same(t, "the versions before", s.words(t, kept), versions)
			same(t, "personas with a latest version that reads like them", s.Count(t, `select count(*) from personas p
				join persona_versions v on v.persona_id = p.id and v.version = p.version
				where (v.name, v.is_default, v.greeting, v.goals, v.deleted) is not distinct
				from (p.name, p.is_default, p.greeting, p.goals, false)`), 2)
			same(t, "events", s.Count(t, `select count(*) from audit_events e
				join persona_versions v on v.event_id = e.id where e.action = 'workspace.repaired'`), 1)
			b.get(at(ws, "activity")).says("Repaired the workspace")
		})
	}
}

func TestAHistoryThatNothingIsAddedToSaysWhatCanBeDone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	s.Exec(t, `alter table personas disable trigger persona_record`)
	s.Exec(t, `update personas set name = 'Renamed'`)
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	page := b.get(at(ws, "health")).says("The history does not hold “Renamed” as it reads now. It can be repaired " +
		"once whoever owns the database has put the triggers persona_number and persona_record on personas back.")
	if page.button("Record them in the history") != nil {
		t.Error("a repair is offered that does nothing")
	}
	b.post(at(ws, "health"), url.Values{"right": {"persona"}}).is(http.StatusOK).
		says("Nothing was changed", "cannot be repaired here")
	same(t, "tables", s.Snapshot(t), before)
	s.Exec(t, `alter table personas enable trigger persona_record`)
	b.get(at(ws, "health")).submit("Record them in the history", nil).says("All is well")
}

func TestARepairOfBothSidesMakesTheHistoryWholeToo(t *testing.T) {
	t.Parallel()
	for button, want := range map[string]string{"Let the settings follow the persona": "Drifted",
		"Let the persona take the settings’ words": "Hello from Default"} {
		s := newSite(t)
		ws := s.Workspace(t, "Harbor")
		s.NewPersona(t, ws, "Default")
		s.sabotage(t, `update personas set greeting = 'Drifted'`)
		b := s.as(t, ws.Workspace(), access.Admin)
		b.get(at(ws, "health")).says("The history does not hold", "Settings: Hello from Default").submit(button, nil).
			is(http.StatusOK).says("Repaired", "gave way", "All is well")
		same(t, button, s.defaultGreeting(t, ws.Workspace()), want)
		same(t, "kept", s.Count(t, `select count(*) from persona_versions where greeting = 'Drifted'`) > 0, true)
	}
}

func TestRepairWithWordsThatNoPersonaCanHoldIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	s.sabotage(t, `update workspace_settings set ai_greeting = repeat('x', 501)`)
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	b.get(at(ws, "health")).submit("Let the persona take the settings’ words", nil).
		is(http.StatusUnprocessableEntity).says("Greeting must be 500 characters or fewer")
	b.post(at(ws, "health"), url.Values{"right": {"nonsense"}}).is(http.StatusUnprocessableEntity)
	same(t, "tables", s.Snapshot(t), before)
}

func TestHealthSeesASwitchedOffGuard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Member)
	s.Exec(t, `alter table personas disable trigger default_holds_update`)
	s.Exec(t, `drop index personas_one_default`)
	b.get(at(ws, "health")).is(http.StatusOK).says("trigger default_holds_update on personas is missing or "+
		"switched off", "unique index personas_one_default is missing")
}

// TestThePageTellsOfEveryBrokenRule breaks each in a workspace of its own, and repairs
// by page what can be.
func TestThePageTellsOfEveryBrokenRule(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.sealSecrets(t)
	s.NewPersona(t, s.Workspace(t, "Whole"), "Theirs")
	root := s.signIn(t, access.NewUser{Superadmin: true})
	for _, broken := range dbtest.Breakages() {
		ws := s.Lived(t, broken.Rule)
		s.Break(t, ws, broken)
		page := root.get(at(ws, "health")).is(http.StatusOK).says("Something is not as it should be", broken.Says)
		switch button := page.button("Record what is missing"); {
		case broken.Rule == "versions" || broken.Rule == "drafts" || broken.Rule == "events" && broken.Repaired:
			page.submit("Record what is missing", nil).says("Repaired", "The log says what was missing, and that it is known.")
			root.get(at(ws, "activity")).says("Repaired the workspace")
		case button != nil:
			t.Errorf("it is offered to record what is not lost: %s", broken.SQL)
		}
	}
}
