package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// loading writes what a program sends to load a file.
func loading(t *testing.T, file any, more map[string]any) string {
	t.Helper()
	body := map[string]any{"file": file}
	for key, value := range more {
		body[key] = value
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// outcomes returns the name and the outcome of each persona that was loaded.
func (a *told) outcomes() []string {
	a.t.Helper()
	var all []string
	for _, p := range a.object()["personas"].([]any) {
		of := p.(map[string]any)
		all = append(all, of["name"].(string)+" "+of["outcome"].(string))
	}
	return all
}

func TestAProgramTakesPersonasFromOneWorkspaceToAnother(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	from, to := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	for _, name := range []string{"Default", "Élan & <co>"} {
		content := persona.Content{Name: name, Voice: persona.Voice{Greeting: "Hi {firstName}\n„Ü“",
			IdealCustomerProfile: "Ports"}}
		if _, err := s.Create(t.Context(), from, content, false); err != nil {
			t.Fatal(err)
		}
	}
	file := s.ask(t, s.token(t, from, "read"), "GET", api(from, "personas/export"), "").is(http.StatusOK).data
	token := s.token(t, to, "write")
	path := api(to, "personas/load")

	before := s.Snapshot(t, "api_tokens")
	planned := s.ask(t, token, "POST", path, loading(t, file, map[string]any{"dryRun": true})).is(http.StatusOK)
	same(t, "would be", planned.outcomes(), []string{"Default created", "Élan & <co> created"})
	follow := []any{map[string]any{"field": "greeting", "before": nil, "after": "Hi {firstName}\n„Ü“"},
		map[string]any{"field": "idealCustomerProfile", "before": nil, "after": "Ports"}}
	same(t, "settings", planned.object()["settings"], any(follow))
	same(t, "a dry run changes nothing", s.Snapshot(t, "api_tokens"), before)

	plan := planned.object()["plan"]
	loaded := s.ask(t, token, "POST", path, loading(t, file, map[string]any{"plan": plan})).is(http.StatusOK)
	same(t, "did", []any{loaded.outcomes(), loaded.object()["plan"], loaded.object()["dryRun"]},
		[]any{planned.outcomes(), plan, false})
	first := loaded.object()["personas"].([]any)[0].(map[string]any)
	same(t, "is the default", first["isDefault"], any(true))
	there := s.ask(t, token, "GET", api(to, "personas", first["personaId"].(string)), "").is(http.StatusOK).object()
	same(t, "its words", []any{there["name"], there["isDefault"], there["greeting"]},
		[]any{"Default", true, "Hi {firstName}\n„Ü“"})
	same(t, "the mirror", s.Count(t, `select count(*) from workspace_settings where workspace_id = $1 and ideal_customer_profile = 'Ports'`, to.Workspace()), 1)
	same(t, "exported again", s.ask(t, token, "GET", api(to, "personas/export"), "").is(http.StatusOK).data, file)

	// A second time, and with one that differs.
	events := s.Count(t, `select count(*) from audit_events`)
	same(t, "again", s.ask(t, token, "POST", path, loading(t, file, nil), key+"again").is(http.StatusOK).outcomes(),
		[]string{"Default unchanged", "Élan & <co> unchanged"})
	same(t, "events of what writes nothing", s.Count(t, `select count(*) from audit_events`), events)
	s.ask(t, token, "PATCH", api(to, "personas", first["personaId"].(string)),
		`{"greeting": "Ahoy", "version": 1}`).is(http.StatusOK)
	same(t, "its answer is kept", s.ask(t, token, "POST", path, loading(t, file, nil),
		key+"again").is(http.StatusOK).outcomes(), []string{"Default unchanged", "Élan & <co> unchanged"})
	same(t, "kept", s.ask(t, token, "POST", path, loading(t, file, nil)).is(http.StatusOK).outcomes(),
		[]string{"Default kept", "Élan & <co> unchanged"})

	before = s.Snapshot(t, "api_tokens")
	s.ask(t, token, "POST", path, loading(t, file, map[string]any{"plan": plan,
		"replace": true})).refused(http.StatusConflict, "plan_changed")
	same(t, "not as it was shown", s.Snapshot(t, "api_tokens"), before)
	same(t, "replaced", s.ask(t, token, "POST", path,
		loading(t, file, map[string]any{"replace": true})).is(http.StatusOK).outcomes(), []string{"Default replaced",
		"Élan & <co> unchanged"})
	same(t, "the mirror follows", s.Count(t, `select count(*) from workspace_settings where workspace_id = $1 and ai_greeting like 'Hi %'`, to.Workspace()), 1)
	same(t, "broken", s.Broken(t), []string{})
	if strings.Contains(s.log.String(), "Ahoy") || strings.Contains(s.log.String(), "Élan") {
		t.Error("the log holds words")
	}
}

func TestABadFileOfAProgramIsToldByItsPlacesAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	token := s.token(t, ws, "write")
	before := s.Snapshot(t, "api_tokens")
	for body, want := range map[string][]string{
		``:             {"There is nothing in it"},
		`{"file": 7}`:  {"no file of personas"},
		`{"file": {}}`: {"does not say its version"},
		`{"file": {"version": 1, "personas": [{}, {"name": "A", "tone": 7}]}}`: {"Persona 1: Enter a name",
			"Persona 2, “A”: tone must be a text or null"},
		`{"file": {"version": 1, "personas": [{"name": "A"}, {"name": "a"}]}}`:                 {"Personas 1 and 2 have the same name"},
		`{"file": {"version": 1, "personas": [{"name": "A"}, {"name": "a"}]}, "dryRun": true}`: {"Personas 1 and 2 have the same name"},
		`{"file": {"version": 1, "personas": [{"name": "A", "greeting": "` + "a\u0007" +
			`"}]}}`: {"Send one JSON object"},
		`{"file": {"version": 1, "personas": [{"name": "A", "greeting": "a\u0007"}]}, "plan": "x"}`:   {"Greeting holds an invisible control character"},
		`{"file": {"version": 1, "personas": [{"name": "B"}]}, "dryRun": "yes"}`:                      {"dryRun must be true or false"},
		`{"file": {"version": 1, "personas": [{"name": "B"}]}, "dry_run": true}`:                      {"is not a key"},
		`{"file": {"version": 1, "personas": [{"name": "B", "isDefault": true}]}, "replace": "true"}`: {"replace must be true or false"},
	} {
		a := s.ask(t, token, "POST", api(ws, "personas/load"), body).is(http.StatusUnprocessableEntity)
		for _, w := range want {
			if !strings.Contains(a.body, w) {
				t.Errorf("%s: %s", body, a.body)
			}
		}
		if strings.Contains(a.body, `"text"`) {
			t.Errorf("%s: names the field of a form: %s", body, a.body)
		}
	}
	same(t, "tables", s.Snapshot(t, "api_tokens"), before)
}

func TestAProgramRepairsWhatPlainSQLBroke(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first := s.NewPersona(t, ws, "First")
	second := s.NewPersona(t, ws, "Second")
	empty := s.Workspace(t, "Empty")
	token := s.token(t, ws, "write")
	before := s.Snapshot(t, "api_tokens", "idempotency_keys")
	repair := func(body string, headers ...string) *told {
		t.Helper()
		return s.ask(t, token, "POST", api(ws, "health/repair"), body, headers...)
	}
	for _, wrong := range []string{``, `{}`, `{"right": "both"}`, `{"right": null}`} {
		repair(wrong).refused(http.StatusUnprocessableEntity, "invalid")
	}
	healthy := repair(`{"right": "settings"}`, key+"healthy").is(http.StatusOK)
	same(t, "the default", healthy.object()["default"].(map[string]any)["id"], any(first.ID.String()))
	same(t, "where nothing is broken", s.Snapshot(t, "api_tokens", "idempotency_keys"), before)
	same(t, "without a persona", s.ask(t, s.token(t, empty, "write"), "POST", api(empty, "health/repair"),
		`{"right": "persona"}`).is(http.StatusOK).object()["default"], nil)

	s.Exec(t, `alter table personas disable trigger all`)
	s.Exec(t, `alter table workspace_settings disable trigger all`)
	s.Exec(t, `update personas set is_default = false`)
	s.Exec(t, `update workspace_settings set ai_greeting = 'Ahoy' where workspace_id = $1`, ws.Workspace())
	s.Exec(t, `alter table personas enable trigger all`)
	s.Exec(t, `alter table workspace_settings enable trigger all`)
	found := s.ask(t, token, "GET", api(ws, "health"), "").is(http.StatusOK)
	if !strings.Contains(found.body, `"rule":"one_default"`) || !strings.Contains(found.body, `"repairable":true`) {
		t.Fatalf("nothing is found broken: %s", found.body)
	}
	events := s.Count(t, `select count(*) from audit_events`)
	repaired := repair(`{"right": "settings"}`, key+"broken").is(http.StatusOK)
	same(t, "the oldest leads", repaired.object()["default"].(map[string]any)["id"], any(first.ID.String()))
	same(t, "with the settings' words", repaired.object()["default"].(map[string]any)["greeting"], any("Ahoy"))
	same(t, "events", s.Count(t, `select count(*) from audit_events`), events+1)
	same(t, "health", s.ask(t, token, "GET", api(ws, "health"), "").is(http.StatusOK).data, any([]any{}))
	same(t, "broken", s.Broken(t), []string{})
	s.Exec(t, `alter table personas disable trigger user`)
	s.Exec(t, `update personas set goals = 'Unrecorded' where id = $1`, second.ID)
	s.Exec(t, `alter table personas enable trigger user`)
	if found := s.ask(t, token, "GET", api(ws, "health"), ""); !strings.Contains(found.body,
		`"repairable":true,"rule":"history"`) {
		t.Errorf("a history that is not whole: %s", found.body)
	}
	same(t, "the default stays", repair(`{"right": "persona"}`).is(http.StatusOK).object()["default"].(map[string]any)["id"], any(first.ID.String()))
	same(t, "health", s.ask(t, token, "GET", api(ws, "health"), "").is(http.StatusOK).data, any([]any{}))
	if _, err := s.SetDefault(t.Context(), ws, second.ID); err != nil {
		t.Fatal(err)
	}
	same(t, "sent again", repair(`{"right": "settings"}`, key+"broken").is(http.StatusOK).body, repaired.body)
	s.ask(t, s.token(t, ws, "switch"), "POST", api(ws, "health/repair"),
		`{"right": "persona"}`).refused(http.StatusForbidden, "forbidden")
	s.ask(t, token, "POST", api(empty, "health/repair"), `{"right": "persona"}`).refused(http.StatusNotFound, "not_found")
	s.ask(t, token, "POST", "/api/v1/workspaces/"+uuid.NewString()+"/personas/load", `{}`).refused(http.StatusNotFound,
		"not_found")
}

func TestTheAPILoadsACharacterCard(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	token := s.token(t, ws, "write")
	s.ask(t, token, "POST", api(ws, "personas/load"),
		`{"file": {"spec": "chara_card_v2", "data": {"name": "Elena", "first_mes": "Hi {{user}}"}}}`).
		is(http.StatusOK)
	same(t, "loaded", s.Count(t, `select count(*) from personas where name = 'Elena' and greeting = 'Hi {firstName}'`), 1)
	refused := s.ask(t, token, "POST", api(ws, "personas/load"),
		`{"file": {"presetId": "1", "endpoint": "openAI"}}`).is(http.StatusUnprocessableEntity)
	if !strings.Contains(refused.body, "This is a LibreChat preset") {
		t.Error(refused.body)
	}
}
