package web_test

import (
	"crypto/sha256"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// token makes a token with this scope for whoever a is.
func (s *site) token(t testing.TB, a postgres.Access, scope string) string {
	t.Helper()
	text := "pat_" + uuid.NewString()
	sum := sha256.Sum256([]byte(text))
	if _, err := s.CreateToken(t.Context(), a, access.NewToken{Name: "Program", Scope: access.TokenScope(scope),
		Days: 30, Hash: sum[:]}); err != nil {
		t.Fatal(err)
	}
	return text
}

func api(a postgres.Access, parts ...string) string { return "/api/v1" + at(a, parts...) }

// told is an answer to a program.
type told struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   string
	data   any
	Error  string
	Code   string
	Fields map[string]string
	// Version is what a change must be made from now, of a refusal.
	Version any
}

// send sends a request as a program does, and returns the answer, read to its end.
// A header is written "Name: value".
func (s *site) send(t testing.TB, token, method, path, body string, headers ...string) *told {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	answer, err := s.hops.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &told{t: t, what: method + " " + path, status: answer.StatusCode, header: answer.Header, body: string(text)}
}

// ask sends a request and looks whether the answer has the shape of all.
func (s *site) ask(t testing.TB, token, method, path, body string, headers ...string) *told {
	t.Helper()
	a := s.send(t, token, method, path, body, headers...)
	if !strings.HasPrefix(path, "/api/") {
		return a
	}
	var envelope struct {
		Success *bool
		Data    any
		Error   string
		Code    string
		Fields  map[string]string
		Version any
	}
	if err := json.Unmarshal([]byte(a.body), &envelope); err != nil || envelope.Success == nil ||
		a.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s: not the shape of an answer (%v): %s", a.what, err, a.body)
	}
	if *envelope.Success != (a.status < 300) || !*envelope.Success && (envelope.Error == "" || envelope.Code == "") {
		t.Errorf("%s: status %d with %s", a.what, a.status, a.body)
	}
	if a.header.Get("Set-Cookie") != "" {
		t.Errorf("%s: a program is given a cookie", a.what)
	}
	a.data, a.Error, a.Code, a.Fields, a.Version = envelope.Data, envelope.Error, envelope.Code, envelope.Fields,
		envelope.Version
	return a
}

func (a *told) is(status int) *told {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d\n%s", a.what, a.status, status, a.body)
	}
	return a
}

// refused is is for an error with a code.
func (a *told) refused(status int, code string) *told {
	a.t.Helper()
	same(a.t, a.what, []any{a.status, a.Code}, []any{status, code})
	return a
}

func (a *told) object() map[string]any {
	a.t.Helper()
	o, ok := a.data.(map[string]any)
	if !ok {
		a.t.Fatalf("%s: no object: %s", a.what, a.body)
	}
	return o
}

// apiRoutes returns a request that is right in itself for each route, by the
// scope that it needs.
func apiRoutes(ws postgres.Access, p persona.Persona, campaign uuid.UUID, lead, draft string) map[string][][3]string {
	id, draft := "personas/"+p.ID.String(), "leads/"+lead+"/drafts/"+draft
	return map[string][][3]string{
		"read": {{"GET", api(ws, "personas")}, {"GET", api(ws, id)}, {"GET", api(ws, "campaigns")},
			{"GET", api(ws, "resolve") + "?channel=sms&campaign=" + campaign.String()}, {"GET", api(ws, "settings")},
			{"GET", api(ws, "activity")},
			{"GET", api(ws, id, "impact")}, {"GET", api(ws, id, "history")}, {"GET", api(ws, "personas/deleted")},
			{"GET", api(ws, "health")},
			{"GET", api(ws, "leads")}, {"GET", api(ws, "leads", lead)}, {"GET", api(ws, "personas/export")},
			{"POST", api(ws, "preview"), `{"message":"x"}`}},
		"switch": {{"POST", api(ws, id, "default")}, {"POST", api(ws, "default/undo"), `{"event":"` + uuid.NewString() +
			`"}`}},
		"write": {{"POST", api(ws, "personas"), `{"name":"` + uuid.NewString() + `"}`}, {"POST", api(ws, "personas/import")},
			{"PATCH", api(ws, id), `{"goals":"x","version":1}`}, {"POST", api(ws, id, "duplicate")}, {"DELETE", api(ws, id)},
			{"PUT", api(ws, "campaigns", campaign.String(), "persona"), `{"personaId":"` + p.ID.String() + `"}`},
			{"PATCH", api(ws, "settings"), `{"companyName":"x","version":1}`},
			{"PUT", api(ws, "campaigns/persona"), `{"campaignIds":["` + campaign.String() + `"],"personaId":null}`},
			{"POST", api(ws, "health/repair"), `{"right":"persona"}`},
			{"POST", api(ws, "personas/load"), `{"file":{"version":1,"personas":[{"name":"` + uuid.NewString() + `"}]}}`},
			{"POST", api(ws, id, "history/1/restore"), `{"version":1}`}, {"POST", api(ws, "leads", lead, "draft")},
			{"POST", api(ws, "leads", lead, "score")},
			{"PATCH", api(ws, draft), `{"body":"x","version":1}`}, {"POST", api(ws, draft, "approve"), `{"version":1}`},
			{"POST", api(ws, draft, "reject"), `{"version":1}`}},
	}
}

// TestWhatEachTokenMayDo holds each kind of token against each route. What is
// refused changes nothing.
func TestWhatEachTokenMayDo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	s.NewPersona(t, ws, "Default")
	p := s.NewPersona(t, ws, "Other")
	campaign := s.NewCampaign(t, ws, "Spring")
	lead, draft := s.drafted(t, ws)
	s.User(t, access.NewUser{Superadmin: true}) // somebody has to stay
	made := func(change string) string {
		user := s.User(t, access.NewUser{Superadmin: strings.Contains(change, "superadmin")})
		if !strings.Contains(change, "superadmin") {
			s.Member(t, ws.Workspace(), user, access.Admin)
		}
		token := s.token(t, s.Access(t, user, ws.Workspace()), "write")
		s.Exec(t, change, user)
		return token
	}
	expired := "pat_" + uuid.NewString()
	sum := sha256.Sum256([]byte(expired))
	s.Exec(t, `insert into api_tokens (workspace_id, name, scope, token_hash, created_by, created_at, expires_at)
		select workspace_id, 'Old', 'write', $1, user_id, now() - interval '30 days', now() - interval '1 second' from members where workspace_id = $2 limit 1`, sum[:], ws.Workspace())
	const no, notHere, small = http.StatusUnauthorized, http.StatusNotFound, http.StatusForbidden
	for _, c := range []struct {
		name                 string
		token                string
		read, switch_, write int // 0: it may
	}{
		{"none", "", no, no, no},
		{"garbage", "pat_garbage", no, no, no},
		{"another kind of secret", "ghp_x", no, no, no},
		{"read", s.token(t, ws, "read"), 0, small, small},
		{"switch", s.token(t, ws, "switch"), 0, 0, small},
		{"of another workspace", s.token(t, other, "write"), notHere, notHere, notHere},
		{"expired", expired, no, no, no},
		{"revoked", made(`update api_tokens set revoked_at = now() where created_by = $1`), no, no, no},
		{"its maker was demoted", made(`update members set role = 'member' where user_id = $1`), no, no, no},
		{"its maker was removed", made(`delete from members where user_id = $1`), no, no, no},
		{"its maker is no superadmin any more", made(`update users set superadmin = false where id = $1`), no, no, no},
		{"its maker is support now", made(`with gone as (delete from members where user_id = $1) update users set support = true where id = $1`), no, no, no},
		{"write", s.token(t, ws, "write"), 0, 0, 0},
		{"made by a superadmin", made(`select $1::uuid /* superadmin */`), 0, 0, 0},
	} {
		if c.read == 0 {
			s.ask(t, c.token, http.MethodGet, api(ws, "settings"), "").is(http.StatusOK) // its use is noted
		}
		before := s.Snapshot(t)
		for scope, status := range map[string]int{"read": c.read, "switch": c.switch_, "write": c.write} {
			for _, route := range apiRoutes(ws, p, campaign, lead, draft)[scope] {
				if status == 0 && scope != "read" {
					continue // what it may write is tested by its outcome
				}
				answer := s.ask(t, c.token, route[0], route[1], route[2])
				if status == 0 {
					answer.is(http.StatusOK)
					continue
				}
				same(t, c.name+": "+answer.what, answer.status, status)
				if status == no && answer.header.Get("WWW-Authenticate") != "Bearer" {
					t.Errorf("%s: not asked for a token", answer.what)
				}
			}
		}
		same(t, c.name+": tables", s.Snapshot(t), before)
	}
}

func TestProgramDoesWhatThePagesDoAndTheMirrorFollows(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Northwind")
	spring := s.NewCampaign(t, ws, "Spring")
	s.Exec(t, `insert into workspace_settings (workspace_id, ai_greeting, ideal_customer_profile) values ($1, 'Dear {firstName},', 'Ports')`, ws.Workspace())
	token := s.token(t, ws, "write")
	ask := func(method, path, body string, headers ...string) *told {
		t.Helper()
		return s.ask(t, token, method, api(ws, path), body, headers...)
	}
	same(t, "no personas", ask("GET", "personas", "").is(http.StatusOK).data, any([]any{}))
	same(t, "settings answer", ask("GET", "resolve", "").is(http.StatusOK).object()["source"], any("settings"))

	made := ask("POST", "personas/import", "").is(http.StatusCreated)
	first := made.object()
	same(t, "keys", slices.Sorted(maps.Keys(first)), []string{"campaignCount", "createdAt", "goals", "greeting", "id",
		"idealCustomerProfile", "isDefault",
		"name", "personaName", "serviceDescription", "signature", "smsGreeting", "tone", "updatedAt", "variants", "version", "warnings"})
	same(t, "imported", []any{first["name"], first["isDefault"], first["greeting"], first["idealCustomerProfile"],
		first["personaName"], first["campaignCount"]},
		[]any{"Default Persona", true, "Dear {firstName},", "Ports", nil, 1.0})
	same(t, "tag", made.header.Get("ETag"), `"1"`)
	path := "personas/" + first["id"].(string)
	same(t, "location", made.header.Get("Location"), api(ws, path))
	ask("POST", "personas/import", "{}").refused(http.StatusConflict, "persona_exists")

	ask("PATCH", path, `{"personaName": " Elena ", "smsGreeting": "Hi", "version": 1}`).is(http.StatusOK)
	edited := ask("PATCH", path, `{"tone": "direct", "smsGreeting": null}`, `If-Match: "2"`).is(http.StatusOK)
	same(t, "what was not sent stays", edited.object()["greeting"], any("Dear {firstName},"))
	same(t, "edits", []any{edited.object()["personaName"], edited.object()["tone"], edited.object()["smsGreeting"],
		edited.object()["version"], edited.header.Get("ETag")},
		[]any{"Elena", "direct", nil, 3.0, `"3"`})
	same(t, "mirror", s.Count(t, `select count(*) from workspace_settings where ai_persona_name = 'Elena' and ai_tone = 'direct' and ai_sms_greeting is null
		and ai_greeting = 'Dear {firstName},' and ideal_customer_profile = 'Ports'`), 1)
	words := edited.object()
	same(t, "nothing to warn of", words["warnings"], any([]any{}))
	delete(words, "warnings")
	same(t, "read back", ask("GET", path, "").is(http.StatusOK).object(), words)

	coach := ask("POST", "personas", `{"name": "Sales coach", "greeting": "Hey"}`).is(http.StatusCreated).object()
	same(t, "the first stays the default", coach["isDefault"], any(false))
	coachID := coach["id"].(string)
	same(t, "switched", ask("POST", "personas/"+coachID+"/default", "").is(http.StatusOK).object()["isDefault"], any(true))
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hey")
	same(t, "copy", ask("POST", "personas/"+coachID+"/duplicate", "").is(http.StatusCreated).object()["name"],
		any("Sales coach (copy)"))
	ask("PATCH", path, `{"isDefault": true, "greeting": "Good day", "version": 4}`).is(http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Good day")
	list := ask("GET", "personas", "").is(http.StatusOK).data.([]any)
	same(t, "the default first", []any{len(list), list[0].(map[string]any)["id"]}, []any{3, first["id"]})
	same(t, "found", len(ask("GET", "personas?q=sALES", "").is(http.StatusOK).data.([]any)), 2)

	assigned := ask("PUT", "campaigns/"+spring.String()+"/persona", `{"personaId": "`+coachID+`"}`).is(http.StatusOK)
	campaign := func(of any) []any {
		c := of.(map[string]any)
		return []any{c["id"], c["name"], c["externalId"], c["personaId"], c["archivedAt"], c["version"]}
	}
	same(t, "campaign", campaign(assigned.data), []any{spring.String(), "Spring", nil, coachID, nil, 1.0})
	answering := ask("GET", "resolve?channel=sms&campaign="+spring.String(), "").is(http.StatusOK).object()
	same(t, "who answers", []any{answering["source"], answering["personaId"], answering["name"],
		answering["personaName"], answering["opening"]},
		[]any{"campaign", coachID, "Sales coach", "Northwind", "Hey"})
	same(t, "their fields", answering["fields"].([]any)[0].(map[string]any)["field"], any("personaName"))
	ask("PUT", "campaigns/"+spring.String()+"/persona", `{"personaId": null}`).is(http.StatusOK)
	campaigns := ask("GET", "campaigns", "").is(http.StatusOK).data.([]any)
	same(t, "campaigns", len(campaigns), 1)
	same(t, "campaign", campaign(campaigns[0]), []any{spring.String(), "Spring", nil, nil, nil, 1.0})

	settings := ask("GET", "settings", "").is(http.StatusOK)
	ask("PATCH", "settings", `{"companyName": "Northwind"}`, "If-Match: "+settings.header.Get("ETag")).is(http.StatusOK)
	saved := ask("GET", "settings", "").object()
	same(t, "settings", []any{saved["companyName"], saved["greeting"], saved["qualificationQuestions"]},
		[]any{"Northwind", "Good day", nil})

	gone := ask("DELETE", path+"?successor="+coachID, "", `If-Match: "5"`).is(http.StatusOK).object()
	same(t, "successor", gone["successor"].(map[string]any)["id"], any(coachID))
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hey")
	ask("GET", path, "").refused(http.StatusNotFound, "not_found")
	same(t, "each write left one event", s.Count(t, `select count(*) from audit_events where capacity = 'token'`), 11)
	same(t, "broken", s.Broken(t), []string{})
}

func TestSettingsWithoutAPersonaAreChangedByFieldAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Northwind")
	token := s.token(t, ws, "write")
	s.ask(t, token, "PATCH", api(ws, "settings"), `{"greeting": "Dear {firstName},", "companyName": "Northwind", "version": 0}`).is(http.StatusOK)
	saved := s.ask(t, token, "PATCH", api(ws, "settings"),
		`{"personaName": "Elena", "qualificationQuestions": "Who?", "version": 1}`).is(http.StatusOK).object()
	same(t, "all", []any{saved["greeting"], saved["companyName"], saved["personaName"], saved["qualificationQuestions"],
		saved["version"]},
		[]any{"Dear {firstName},", "Northwind", "Elena", "Who?", 2.0})

	s.NewPersona(t, ws, "Default")
	before := s.Snapshot(t, "api_tokens")
	now := s.Count(t, `select version from workspace_settings`)
	refused := s.ask(t, token, "PATCH", api(ws, "settings"), `{"companyName": "x", "tone": "direct"}`,
		`If-Match: "`+strconv.Itoa(now)+`"`).refused(http.StatusUnprocessableEntity, "invalid")
	same(t, "fields", refused.Fields, map[string]string{"tone": "Tone follows the default persona. Change it there"})
	s.ask(t, token, "PATCH", api(ws, "settings"), `{"companyName": "x", "version": 2}`).refused(http.StatusConflict,
		"stale_version")
	s.ask(t, token, "PATCH", api(ws, "settings"), `{"companyName": "x"}`).refused(http.StatusUnprocessableEntity,
		"invalid")
	same(t, "tables", s.Snapshot(t, "api_tokens"), before)
}

func TestWhatAProgramSendsWrongIsRefusedInWordsAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	q := s.NewPersona(t, ws, "Taken")
	campaign := s.NewCampaign(t, ws, "Spring")
	foreign := s.NewPersona(t, s.Workspace(t, "Cedar"), "Foreign")
	token := s.token(t, ws, "write")
	s.ask(t, token, "PATCH", api(ws, "personas", p.ID.String()), `{"goals": "x", "version": 1}`).is(http.StatusOK)
	before := s.Snapshot(t)
	const unprocessable, conflict = http.StatusUnprocessableEntity, http.StatusConflict
	for _, c := range []struct {
		body, header string
		status       int
		code, says   string
	}{
		{``, "", unprocessable, "invalid", "Say which version"},
		{`{"goals": "y"}`, "", unprocessable, "invalid", "Say which version"},
		{`{"goals": "y", "version": 1}`, "", conflict, "stale_version", "version 2 now"},
		{`{"goals": "y", "version": 99}`, "", conflict, "stale_version", "version 2 now"},
		{`{"goals": "y", "version": -1}`, "", conflict, "stale_version", "version 2 now"},
		{`{"goals": "y", "version": 9223372036854775807}`, "", conflict, "stale_version", "version 2 now"},
		{`{"goals": "y", "version": 92233720368547758079}`, "", unprocessable, "invalid", "version must be a whole number"},
		{`{"goals": "y", "version": 2.5}`, "", unprocessable, "invalid", "version must be a whole number"},
		{`{"goals": "y", "version": "2"}`, "", unprocessable, "invalid", "version must be a whole number"},
		{`{"goals": "y", "version": null}`, "", unprocessable, "invalid", "version must be a whole number"},
		{`{"goals": "y", "version": 2}`, `If-Match: "1"`, unprocessable, "invalid", "Send one version"},
		{`{"goals": "y"}`, `If-Match: "1"`, conflict, "stale_version", "version 2 now"},
		{`{"goals": "y"}`, `If-Match: *`, unprocessable, "invalid", "Send one version"},
		{`{"goals": "y"}`, `If-Match: "1", "2"`, unprocessable, "invalid", "Send one version"},
		{`{"name": " ", "version": 2}`, "", unprocessable, "invalid", "Enter a name"},
		{`{"name": null, "version": 2}`, "", unprocessable, "invalid", "Enter a name"},
		{`{"name": "tAKEN", "version": 2}`, "", conflict, "name_taken", "Another persona here is called “Taken”"},
		{`{"smsGreeting": "` + strings.Repeat("é", 321) + `", "version": 2}`, "", unprocessable, "invalid",
			"SMS greeting must be 320 characters or fewer"},
		{`{"goals": "a\u0000b", "version": 2}`, "", unprocessable, "invalid", "invisible control character"},
		{`{"goals": "a\ud800b", "version": 2}`, "", unprocessable, "invalid", "half of a surrogate pair"},
		{`{"goals": 7, "version": 2}`, "", unprocessable, "invalid", "goals must be a text or null"},
		{`{"goals": {"a": 1}, "version": 2}`, "", unprocessable, "invalid", "goals must be a text or null"},
		{`{"isDefault": false, "version": 2}`, "", unprocessable, "invalid", "There must be one default"},
		{`{"isDefault": "true", "version": 2}`, "", unprocessable, "invalid", "isDefault must be true or false"},
		{`{"isDefault": null, "version": 2}`, "", unprocessable, "invalid", "isDefault must be true or false"},
		{`{"goals": "y", "Secretkey": 1, "version": 2}`, "", unprocessable, "invalid", "“Secretkey” is not a key"},
		{`{"Goals": "y", "version": 2}`, "", unprocessable, "invalid", "“Goals” is not a key"},
		{`{"display_name": "y", "version": 2}`, "", unprocessable, "invalid", "“display_name” is not a key"},
		{`{"id": "` + q.ID.String() + `", "version": 2}`, "", unprocessable, "invalid", "“id” is not a key"},
		{`{"goals": "y", "goals": "z", "version": 2}`, "", unprocessable, "invalid", "goals is sent twice"},
		{`{"goals": "y", "g\u006fals": "z", "version": 2}`, "", unprocessable, "invalid", "goals is sent twice"},
		{`{"goals": "y", "version": 2} {}`, "", unprocessable, "invalid", "nothing after it"},
		{`{"goals": "y", "version": 2`, "", unprocessable, "invalid", "one JSON object"},
		{`{"goals": "y", "version": 2,}`, "", unprocessable, "invalid", "one JSON object"},
		{`[{"goals": "y", "version": 2}]`, "", unprocessable, "invalid", "one JSON object"},
		{`null`, "", unprocessable, "invalid", "one JSON object"},
		{" ", "", unprocessable, "invalid", "one JSON object"},
		{"{\"goals\": \"\xff\", \"version\": 2}", "", unprocessable, "invalid", "in UTF-8"},
		{`goals=y&version=2`, "Content-Type: application/x-www-form-urlencoded", http.StatusUnsupportedMediaType,
			"unsupported_media_type", "Send JSON"},
		{`{"goals": "y", "version": 2}`, "Content-Type: text/plain", http.StatusUnsupportedMediaType,
			"unsupported_media_type", "Send JSON"},
		{`{"goals": "` + strings.Repeat("x", 1<<20) + `"}`, "", http.StatusRequestEntityTooLarge, "too_large",
			"one megabyte"},
		{`{"goals": "y", "version": 2}`, "Origin: https://evil.example", http.StatusForbidden, "foreign_origin",
			"another site"},
	} {
		var headers []string
		if c.header != "" {
			headers = []string{c.header}
		}
		answer := s.ask(t, token, "PATCH", api(ws, "personas", p.ID.String()), c.body, headers...).refused(c.status, c.code)
		if !strings.Contains(answer.Error, c.says) {
			t.Errorf("%.80s: says %q", c.body, answer.Error)
		}
	}
	taken := s.ask(t, token, "POST", api(ws, "personas"), `{"name": "taken", "smsGreeting": "x"}`).refused(conflict,
		"name_taken")
	same(t, "fields", slices.Collect(maps.Keys(taken.Fields)), []string{"name"})
	two := s.ask(t, token, "POST", api(ws, "personas"), `{"personaName": "a\nb"}`).refused(unprocessable, "invalid")
	same(t, "fields", slices.Sorted(maps.Keys(two.Fields)), []string{"name", "personaName"})
	for _, c := range []struct{ method, path, body string }{
		{"POST", "personas/" + p.ID.String() + "/default", `{"x": 1}`},
		{"POST", "personas/" + p.ID.String() + "/duplicate", `[]`},
		{"POST", "personas/import", `{"name": "x"}`},
		{"PUT", "campaigns/" + campaign.String() + "/persona", `{}`},
		{"PUT", "campaigns/" + campaign.String() + "/persona", ``},
		{"PUT", "campaigns/" + campaign.String() + "/persona", `{"personaId": 7}`},
		{"DELETE", "personas/" + p.ID.String(), `{"successor": 7}`},
		{"GET", "resolve?channel=pigeon", ``},
	} {
		s.ask(t, token, c.method, api(ws, c.path), c.body).refused(unprocessable, "invalid")
	}
	s.ask(t, token, "DELETE", api(ws, "personas", p.ID.String()), `{"version": 1}`).refused(conflict, "stale_version")
	s.ask(t, token, "DELETE", api(ws, "personas", p.ID.String()), ``, `If-Match: "0"`).refused(conflict, "stale_version")
	s.ask(t, token, "POST", api(ws, "settings"), ``).refused(http.StatusMethodNotAllowed, "method_not_allowed")

	nothing := s.ask(t, token, "GET", api(ws, "personas", uuid.NewString()), "").refused(http.StatusNotFound,
		"not_found").body
	for _, id := range []string{foreign.ID.String(), "nonsense", strings.ToUpper(p.ID.String()) + "0"} {
		for _, c := range []struct{ method, path, body string }{
			{"GET", "personas/" + id, ""}, {"PATCH", "personas/" + id, `{"goals": "y", "version": 1}`},
			{"DELETE", "personas/" + id, ""},
			{"POST", "personas/" + id + "/default", ""}, {"POST", "personas/" + id + "/duplicate", ""},
			{"GET", "resolve?campaign=" + id, ""},
			{"PUT", "campaigns/" + campaign.String() + "/persona", `{"personaId": "` + id + `"}`},
			{"PUT", "campaigns/" + id + "/persona", `{"personaId": null}`},
			{"DELETE", "personas/" + p.ID.String() + "?successor=" + id, ""},
			{"DELETE", "personas/" + p.ID.String(), `{"successor": "` + id + `"}`},
		} {
			same(t, c.method+" "+c.path, s.ask(t, token, c.method, api(ws, c.path), c.body).refused(http.StatusNotFound,
				"not_found").body, nothing)
		}
	}
	for _, path := range []string{"/api/v1/workspaces/" + foreign.WorkspaceID.String() + "/personas",
		"/api/v1/workspaces/nonsense/personas", "/api/v1/nonsense", "/api/"} {
		same(t, path, s.ask(t, token, "GET", path, "").refused(http.StatusNotFound, "not_found").body, nothing)
	}
	same(t, "tables", s.Snapshot(t), before)
	for _, secret := range []string{token, token[4:20], "Secretkey", "tAKEN", "Bearer"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func TestNoSessionOpensWhatIsForPrograms(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	q := s.NewPersona(t, ws, "Other")
	b := s.as(t, ws.Workspace(), access.Owner)
	token := s.token(t, ws, "write")
	before := s.Snapshot(t, "api_tokens") // where its use is noted
	b.get(api(ws, "personas")).is(http.StatusUnauthorized)
	b.post(api(ws, "personas", q.ID.String(), "default"), url.Values{}).is(http.StatusUnauthorized)
	for _, header := range []string{"Authorization: Basic " + token, "Authorization: " + token, "Authorization: Bearer",
		"Authorization: Bearer " + token + " x"} {
		s.ask(t, "", "GET", api(ws, "personas"), "", header).refused(http.StatusUnauthorized, "unauthorized")
	}
	s.ask(t, "", "GET", api(ws, "personas")+"?access_token="+token, "").refused(http.StatusUnauthorized, "unauthorized")
	s.ask(t, "", "GET", api(ws, "personas"), "", "Authorization: bearer "+token).is(http.StatusOK)
	same(t, "tables", s.Snapshot(t, "api_tokens"), before)
}

func TestBusyDatabaseTellsAProgramToTryAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	token := s.token(t, ws, "write")
	s.LockWorkspaces(t)
	answer := s.ask(t, token, "POST", api(ws, "personas", p.ID.String(), "default"),
		"").refused(http.StatusServiceUnavailable, "unavailable")
	if answer.header.Get("Retry-After") == "" {
		t.Error("not told when to try again")
	}
}

func TestActivityIsReadInPartsWithoutAnybodysWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	s.NewPersona(t, other, "Foreign")
	token := s.token(t, ws, "write")
	ask := func(method, path, body string) *told { return s.ask(t, token, method, api(ws, path), body) }
	first := ask("POST", "personas", `{"name": "Elena", "greeting": "Geheim"}`).object()["id"].(string)
	ask("PATCH", "personas/"+first, `{"personaName": "Geheim", "smsGreeting": "Geheim", "version": 1}`).is(http.StatusOK)
	second := ask("POST", "personas", `{"name": "Maya"}`).object()["id"].(string)
	spring := s.NewCampaign(t, ws, "Spring").String()
	ask("PUT", "campaigns/"+spring+"/persona", `{"personaId": "`+first+`"}`).is(http.StatusOK)
	ask("DELETE", "personas/"+first, "").is(http.StatusOK)
	ask("PATCH", "settings", `{"companyName": "Geheim", "version": `+strconv.Itoa(s.Count(t,
		`select version from workspace_settings where workspace_id = $1`, ws.Workspace()))+`}`).is(http.StatusOK)
	operator, err := s.Operate(t.Context(), ws.Workspace())
	if err != nil {
		t.Fatal(err)
	}
	ask("POST", "personas/"+second+"/default", "").is(http.StatusOK) // it is the default already, which nobody needs to know
	copied, err := s.Duplicate(t.Context(), operator, uuid.MustParse(second))
	if err != nil {
		t.Fatal(err)
	}
	before := s.Snapshot(t, "api_tokens")

	whole := ask("GET", "activity", "").is(http.StatusOK)
	all := whole.data.([]any)
	same(t, "all fit", whole.header.Get("Link"), "")
	field := func(key string) (values []any) {
		for _, e := range all {
			values = append(values, e.(map[string]any)[key])
		}
		return values
	}
	same(t, "actions", field("action"), []any{"persona.duplicated", "settings.edited", "persona.deleted",
		"campaign.assigned", "persona.created", "persona.edited", "persona.created", "token.created"})
	same(t, "revs", field("rev"), []any{8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0})
	same(t, "capacities", field("capacity"), []any{"operator", "token", "token", "token", "token", "token", "token",
		"owner"})
	same(t, "who", field("actorName"), []any{nil, "Olga Owner", "Olga Owner", "Olga Owner", "Olga Owner", "Olga Owner",
		"Olga Owner", "Olga Owner"})
	same(t, "fields", field("fields"), []any{[]any{}, []any{"companyName"}, []any{}, []any{}, []any{},
		[]any{"personaName", "smsGreeting"}, []any{}, []any{}})
	same(t, "versions before", field("fromVersion")[2:7], []any{2.0, 2.0, nil, 1.0, nil})
	same(t, "versions after", field("toVersion")[2:7], []any{nil, 2.0, 1.0, 2.0, 1.0})
	same(t, "personas", field("personaId"), []any{copied.ID.String(), nil, first, first, second, first, first, nil})
	same(t, "campaigns that lost it", field("campaignIds")[2], any([]any{spring}))
	same(t, "successor", []any{field("fromPersonaId")[2], field("toPersonaId")[2], field("campaignId")[3]},
		[]any{first, second, spring})
	for _, word := range []string{"Geheim", "Elena", "Maya", "Spring", "Cedar", "@"} {
		if strings.Contains(whole.body, word) {
			t.Errorf("it holds %q", word)
		}
	}

	var read []any
	next, parts := api(ws, "activity")+"?limit=3", 0
	for next != "" {
		part := s.ask(t, token, "GET", next, "").is(http.StatusOK)
		read = append(read, part.data.([]any)...)
		parts++
		next, _, _ = strings.Cut(strings.TrimPrefix(part.header.Get("Link"), "<"), ">")
	}
	same(t, "in parts", []any{parts, read}, []any{3, all})
	same(t, "none left", ask("GET", "activity?before=1", "").is(http.StatusOK).data, any([]any{}))
	same(t, "as many as can be", len(ask("GET", "activity?limit=100&before=2147483647",
		"").is(http.StatusOK).data.([]any)), 8)
	for _, wrong := range []string{"limit=0", "limit=101", "limit=-1", "limit=x", "before=0", "before=-1", "before=x",
		"before=99999999999"} {
		ask("GET", "activity?"+wrong, "").refused(http.StatusUnprocessableEntity, "invalid")
	}
	same(t, "tables", s.Snapshot(t, "api_tokens"), before)
}

func TestWhateverSavesWordsAnswersWithWarnings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	token := s.token(t, ws, "write")
	warned := func(method, path, body string, status int) (persona map[string]any, warnings any) {
		t.Helper()
		persona = s.ask(t, token, method, path, body).is(status).object()
		return persona, persona["warnings"]
	}
	want := func(field, label string) any {
		return []any{map[string]any{"field": field,
			"message": label + " holds {{firstName}}, which is sent as it stands. Write {firstName} instead."}}
	}
	_, got := warned("PATCH", api(ws, "settings"), `{"version": 0, "smsGreeting": "Hi {{firstName}}"}`, http.StatusOK)
	same(t, "settings", got, want("smsGreeting", "SMS greeting"))
	first, got := warned("POST", api(ws, "personas", "import"), ``, http.StatusCreated)
	same(t, "import", got, want("smsGreeting", "SMS greeting"))
	_, got = warned("POST", api(ws, "personas"), `{"name": "A", "greeting": "Hi {{firstName}}"}`, http.StatusCreated)
	same(t, "create", got, want("greeting", "Greeting"))
	path := api(ws, "personas", first["id"].(string))
	_, got = warned("POST", path+"/duplicate", ``, http.StatusCreated)
	same(t, "duplicate", got, want("smsGreeting", "SMS greeting"))
	_, got = warned("PATCH", path, `{"version": 1, "smsGreeting": "Hi {firstName|there}"}`, http.StatusOK)
	same(t, "none", got, any([]any{}))
	_, got = warned("POST", path+"/history/1/restore", `{"version": 2}`, http.StatusOK)
	same(t, "restore", got, want("smsGreeting", "SMS greeting"))
	loaded, _ := warned("POST", api(ws, "personas", "load"),
		`{"file": {"version": 1, "personas": [{"name": "B", "signature": "{{firstName}}"}]}, "dryRun": true}`, http.StatusOK)
	same(t, "load", loaded["personas"].([]any)[0].(map[string]any)["warnings"], want("signature", "Signature"))
}
