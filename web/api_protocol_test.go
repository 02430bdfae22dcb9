package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestAProgramNamesTheVersionThatItChangesAsAnETag(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, empty := s.Workspace(t, "Harbor"), s.Workspace(t, "Empty")
	p := s.NewPersona(t, ws, "Default")
	token, other := s.token(t, ws, "write"), s.token(t, empty, "write")
	edit := func(body string, headers ...string) *told {
		t.Helper()
		return s.ask(t, token, "PATCH", api(ws, "personas", p.ID.String()), body, headers...)
	}
	edit(`{"goals": "a"}`, `If-Match: "1"`).is(http.StatusOK)
	edit(`{"goals": "b"}`, `If-Match: W/"2"`).is(http.StatusOK)
	edit(`{"goals": "c"}`, `If-Match: 3`).is(http.StatusOK)
	before := s.Snapshot(t, "api_tokens")
	for _, wrong := range []string{`"+4"`, `""4""`, `"4`, `4"`, `"04"`, `"-4"`, `w/"4"`, `W/4`, `"4", "5"`, `*`, `" 4"`,
		`"92233720368547758079"`} {
		refused := edit(`{"goals": "d"}`, "If-Match: "+wrong).refused(http.StatusUnprocessableEntity, "invalid")
		if refused.Fields["version"] == "" {
			t.Errorf("%s: does not name version: %s", wrong, refused.body)
		}
	}
	for _, stale := range []*told{
		edit(`{"goals": "d"}`, `If-Match: W/"1"`),
		edit(`{"goals": "d", "version": 99}`),
		s.ask(t, token, "DELETE", api(ws, "personas", p.ID.String()), `{"version": 1}`),
	} {
		stale.refused(http.StatusConflict, "stale_version")
		same(t, "its version now", []any{stale.Version, stale.Fields["version"]}, []any{4.0, "It is at version 4 now"})
	}
	settings := s.ask(t, other, "PATCH", api(empty, "settings"),
		`{"companyName": "x", "version": 1}`).refused(http.StatusConflict, "stale_version")
	same(t, "of settings that were never written", settings.Version, any(0.0))
	same(t, "of another refusal", edit(`{"version": 4, "name": ""}`).refused(http.StatusUnprocessableEntity,
		"invalid").Version, nil)
	same(t, "tables", s.Snapshot(t, "api_tokens"), before)
}

func TestWhatAProgramHasAlreadyIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	token := s.token(t, ws, "write")
	for _, path := range []string{api(ws, "personas", p.ID.String()), api(ws, "settings")} {
		etag := s.ask(t, token, "GET", path, "").is(http.StatusOK).header.Get("ETag")
		for _, sent := range []string{etag, "W/" + etag, `"0", ` + etag, `"0",W/` + etag + `, "9"`, "*"} {
			for _, method := range []string{"GET", "HEAD"} {
				same := s.send(t, token, method, path, "", "If-None-Match: "+sent).is(http.StatusNotModified)
				if same.body != "" || same.header.Get("ETag") != etag {
					t.Errorf("%s of %s with %s: %q under %s", method, path, sent, same.body, same.header.Get("ETag"))
				}
			}
		}
		for _, sent := range []string{`"0"`, `W/"0"`, `1`, ``, `"*"`} {
			s.ask(t, token, "GET", path, "", "If-None-Match: "+sent).is(http.StatusOK)
		}
	}
	path := api(ws, "personas", p.ID.String())
	etag := s.ask(t, token, "GET", path, "").header.Get("ETag")
	s.ask(t, token, "PATCH", path, `{"goals": "x"}`, "If-Match: "+etag, "If-None-Match: *").is(http.StatusOK)
	s.ask(t, token, "GET", path, "", "If-None-Match: "+etag).is(http.StatusOK)
	s.ask(t, s.token(t, s.Workspace(t, "Cedar"), "read"), "GET", path, "",
		"If-None-Match: *").refused(http.StatusNotFound, "not_found")
	s.ask(t, token, "GET", api(ws, "personas", uuid.NewString()), "", "If-None-Match: *").refused(http.StatusNotFound,
		"not_found")
}

// TestAnotherPersonaOfACampaignIsSentAgain changes what no version of a campaign grows with.
func TestAnotherPersonaOfACampaignIsSentAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	def, coach := s.NewPersona(t, ws, "Default"), s.NewPersona(t, ws, "Coach")
	token := s.token(t, ws, "write")
	path := api(ws, "campaigns", s.ask(t, token, "POST", api(ws, "campaigns"), `{"name": "Spring"}`).
		is(http.StatusCreated).object()["id"].(string))
	assign := func(p string) { s.ask(t, token, "PUT", path+"/persona", `{"personaId": `+p+`}`).is(http.StatusOK) }
	etag := s.ask(t, token, "GET", path, "").header.Get("ETag")
	same(t, "the tag of one that names none", etag, `"1"`)
	for i, change := range []func(){
		func() { assign(strconv.Quote(coach.ID.String())) },
		func() { assign(strconv.Quote(def.ID.String())) },
		func() { s.ask(t, token, "POST", path+"/archive", "").is(http.StatusOK) },
	} {
		s.send(t, token, "GET", path, "", "If-None-Match: "+etag).is(http.StatusNotModified)
		change()
		etag = s.ask(t, token, "GET", path, "", "If-None-Match: "+etag).is(http.StatusOK).header.Get("ETag")
		if !strings.HasPrefix(etag, `"1-`) {
			t.Errorf("after change %d: %s", i, etag)
		}
	}
	edited := s.ask(t, token, "PATCH", path, `{"name": "Summer"}`, "If-Match: W/"+etag).is(http.StatusOK)
	same(t, "the version", edited.object()["version"], any(2.0))
	s.ask(t, token, "PATCH", path, `{"name": "Late"}`, "If-Match: "+etag).refused(http.StatusConflict, "stale_version")
}

func TestASwitchSaysWhatItDid(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	s.NewCampaign(t, ws, "Spring")
	s.NewCampaign(t, ws, "Autumn")
	token := s.token(t, ws, "switch")
	path := api(ws, "personas", second.ID.String(), "default")
	done := s.ask(t, token, "POST", path, "", key+"switch").is(http.StatusOK)
	did := done.object()
	same(t, "the persona", []any{did["id"], did["name"], did["isDefault"], did["greeting"], done.header.Get("ETag")},
		[]any{second.ID.String(), "Second", true, "Hello from Second", `"2"`})
	previous := did["previous"].(map[string]any)
	same(t, "what it did", []any{previous["id"], previous["isDefault"], did["campaignsMoved"]},
		[]any{first.ID.String(), true, 2.0})
	same(t, "its event", did["event"], any(s.words(t,
		`select id::text from audit_events where action = 'persona.default_set'`)))

	before := s.Snapshot(t, "api_tokens", "idempotency_keys")
	same(t, "sent again", s.ask(t, token, "POST", path, "", key+"switch").is(http.StatusOK).body, done.body)
	again := s.ask(t, token, "POST", path, "", key+"again").is(http.StatusOK)
	same(t, "already", []any{again.object()["id"], again.object()["previous"], again.object()["campaignsMoved"],
		again.object()["event"]},
		[]any{second.ID.String(), nil, 0.0, did["event"]})
	same(t, "recorded", s.Snapshot(t, "api_tokens", "idempotency_keys"), before)
	s.ask(t, token, "POST", api(ws, "default/undo"), `{"event": "`+again.object()["event"].(string)+`"}`).is(http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from First")
	same(t, "already, and nothing to undo", s.ask(t, token, "POST", api(ws, "personas", first.ID.String(), "default"),
		"").is(http.StatusOK).object()["event"], nil)
	same(t, "sent again though it was undone", s.ask(t, token, "POST", path, "", key+"switch").is(http.StatusOK).body,
		done.body)
	same(t, "events", s.Count(t, `select count(*) from audit_events where capacity = 'token'`), 2)
}

func TestATokenSaysWhatItMayDo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	for _, scope := range []string{"read", "switch", "write"} {
		token := s.token(t, ws, scope)
		said := s.ask(t, token, "GET", "/api/v1/token", "").is(http.StatusOK).object()
		expires, err := time.Parse(time.RFC3339, said["expiresAt"].(string))
		if days := time.Until(expires).Hours() / 24; err != nil || days < 29.9 || days > 30.1 {
			t.Errorf("it expires at %s", said["expiresAt"])
		}
		delete(said, "expiresAt")
		same(t, "token", said, map[string]any{"workspaceId": ws.Workspace().String(), "workspaceName": "Harbor",
			"scope": scope})
		s.Exec(t, `update api_tokens set revoked_at = now() where revoked_at is null`)
		s.ask(t, token, "GET", "/api/v1/token", "").refused(http.StatusUnauthorized, "unauthorized")
	}
	s.ask(t, "", "GET", "/api/v1/token", "").refused(http.StatusUnauthorized, "unauthorized")
	s.ask(t, "pat_garbage", "GET", "/api/v1/token", "").refused(http.StatusUnauthorized, "unauthorized")
}

func TestListsAreReadInParts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	s.NewPersona(t, other, "Foreign")
	s.NewCampaign(t, other, "Foreign")
	for _, name := range []string{"Zoe", "élan", "Ana", "Maya", "Elena"} {
		s.NewPersona(t, ws, name)
		s.NewCampaign(t, ws, name)
	}
	token := s.token(t, ws, "read")
	for _, list := range []struct {
		path  string
		parts int
	}{{"personas?limit=2", 3}, {"personas?limit=5", 1}, {"personas?limit=2&q=elena", 1}, {"personas?limit=2&q=hello", 3},
		{"campaigns?limit=2", 3}, {"campaigns?limit=100", 1}} {
		before, query, _ := strings.Cut(list.path, "?")
		_, search, _ := strings.Cut(query, "&")
		whole := s.ask(t, token, "GET", api(ws, before)+"?"+search, "").is(http.StatusOK)
		same(t, "without a limit", whole.header.Get("Link"), "")
		var read []any
		next, parts := api(ws, list.path), 0
		for next != "" {
			part := s.ask(t, token, "GET", next, "").is(http.StatusOK)
			read = append(read, part.data.([]any)...)
			parts++
			next, _, _ = strings.Cut(strings.TrimPrefix(part.header.Get("Link"), "<"), ">")
		}
		same(t, list.path, []any{parts, read}, []any{list.parts, whole.data})
	}
	same(t, "after the last", s.ask(t, token, "GET", api(ws, "personas")+"?limit=5&page=2", "").is(http.StatusOK).data,
		any([]any{}))
	for wrong, field := range map[string]string{"limit=0": "limit", "limit=101": "limit", "limit=x": "limit",
		"limit=-1": "limit", "page=0&limit=1": "page", "page=1000001": "page"} {
		for _, list := range []string{"personas", "campaigns"} {
			if refused := s.ask(t, token, "GET", api(ws, list)+"?"+wrong, "").refused(http.StatusUnprocessableEntity,
				"invalid"); refused.Fields[field] == "" {
				t.Errorf("%s: %s", wrong, refused.body)
			}
		}
	}
}

func TestEachKeyOfTheWrongTypeIsNamed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	token := s.token(t, ws, "write")
	for _, c := range []struct {
		method, path, body string
		want               map[string]string
	}{
		{"PATCH", "personas/" + p.ID.String(), `{"goals": 7, "isDefault": "yes", "version": "1"}`,
			map[string]string{"goals": "goals must be a text or null", "isDefault": "isDefault must be true or false",
				"version": "version must be a whole number"}},
		{"PUT", "campaigns/persona", `{"campaignIds": [7], "personaId": []}`,
			map[string]string{"campaignIds": "campaignIds must be a list of texts", "personaId": "personaId must be an id or null"}},
		{"PUT", "campaigns/persona", `{"campaignIds": {}, "personaId": null}`,
			map[string]string{"campaignIds": "campaignIds must be a list of texts"}},
		{"POST", "preview", `{"message": [], "channel": 7}`,
			map[string]string{"message": "message must be a text or null", "channel": "channel must be a text or null"}},
		{"POST", "personas/load", `{"file": {"version": 1, "personas": [{"name": 7}]}}`,
			map[string]string{"file": "Persona 1: name must be a text or null"}},
	} {
		same(t, c.body, s.ask(t, token, c.method, api(ws, c.path), c.body).refused(http.StatusUnprocessableEntity,
			"invalid").Fields, c.want)
	}
}
