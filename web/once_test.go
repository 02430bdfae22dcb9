package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
)

const key, replayed = "Idempotency-Key: ", "Idempotent-Replayed"

// TestEachPostOfAProgramSentAgainGetsTheSameAnswer asks every route of the
// router twice with one key; a new one is asked too.
func TestEachPostOfAProgramSentAgainGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	asked := 0
	for _, route := range s.server.Routes() {
		if route.Method != http.MethodPost || !strings.HasPrefix(route.Path, "/api/") {
			continue
		}
		asked++
		ws := s.Workspace(t, "Harbor")
		x := target{ws: ws.Workspace().String()}
		if !strings.HasSuffix(route.Path, "/import") {
			s.NewPersona(t, ws, "Default")
			x = s.target(t, ws)
		}
		token := s.token(t, ws, "write")
		path := x.in(route.Path)
		body := bodies()[route.Method+" "+route.Path](x)
		first := s.ask(t, token, "POST", path, body, key+"one")
		if first.status >= 300 {
			t.Errorf("%s: status %d: %s", path, first.status, first.body)
		}
		same(t, "not replayed", first.header.Get(replayed), "")
		before := s.Snapshot(t, "api_tokens")
		again := s.ask(t, token, "POST", path, body, key+"one").is(first.status)
		same(t, path, again.body, first.body)
		same(t, "replayed", again.header.Get(replayed), "true")
		for _, h := range []string{"ETag", "Location"} {
			same(t, h, again.header.Get(h), first.header.Get(h))
		}
		s.ask(t, token, "POST", path+"?x=1", body, key+"one").refused(http.StatusUnprocessableEntity, "idempotency_mismatch")
		same(t, "tables", s.Snapshot(t, "api_tokens"), before)
	}
	if asked < 10 {
		t.Errorf("only %d routes were asked", asked)
	}
}

func TestTheAnswerToAKeyIsKeptWhateverHappensMeanwhile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	token := s.token(t, ws, "write")
	made := s.ask(t, token, "POST", api(ws, "personas"), `{"name": "Elena", "greeting": "Grüß Gott\n„Ü“"}`,
		key+"create").is(http.StatusCreated)
	id := made.object()["id"].(string)
	copied := s.ask(t, token, "POST", api(ws, "personas", id, "duplicate"), "", key+"copy").is(http.StatusCreated)
	s.ask(t, token, "PATCH", api(ws, "personas", id),
		`{"name": "Maya", "isDefault": true, "version": 1}`).is(http.StatusOK)
	same(t, "edited meanwhile", s.ask(t, token, "POST", api(ws, "personas"),
		`{"name": "Elena", "greeting": "Grüß Gott\n„Ü“"}`, key+"create").is(http.StatusCreated).body, made.body)
	s.ask(t, token, "DELETE", api(ws, "personas", id), "").is(http.StatusOK)
	smaller := s.token(t, ws, "switch")
	before := s.Snapshot(t, "api_tokens")
	same(t, "deleted meanwhile", s.ask(t, token, "POST", api(ws, "personas"),
		`{"name": "Elena", "greeting": "Grüß Gott\n„Ü“"}`, key+"create").is(http.StatusCreated).body, made.body)
	same(t, "its source deleted meanwhile", s.ask(t, token, "POST", api(ws, "personas", id, "duplicate"), "",
		key+"copy").is(http.StatusCreated).body, copied.body)
	for _, c := range []struct{ path, body string }{
		{"personas", `{"name": "Elena"}`}, {"personas", `{"name": "Elena", "greeting": "Grüß Gott\n„Ü“" }`},
		{"personas/import", ``}, {"personas/" + id + "/default", ""},
	} {
		s.ask(t, token, "POST", api(ws, c.path), c.body, key+"create").refused(http.StatusUnprocessableEntity,
			"idempotency_mismatch")
	}
	for _, wrong := range []string{"", strings.Repeat("x", 256), "schlüssel", "a\tb"} {
		s.ask(t, token, "POST", api(ws, "personas"), `{"name": "New"}`, key+wrong).refused(http.StatusUnprocessableEntity,
			"invalid")
	}
	s.ask(t, smaller, "POST", api(ws, "personas"), `{"name": "Elena", "greeting": "Grüß Gott\n„Ü“"}`,
		key+"create").refused(http.StatusForbidden, "forbidden")
	same(t, "tables", s.Snapshot(t, "api_tokens"), before)

	s.Exec(t, `update api_tokens set revoked_at = now() where scope = 'write'`)
	s.ask(t, token, "POST", api(ws, "personas"), `{"name": "Elena", "greeting": "Grüß Gott\n„Ü“"}`,
		key+"create").refused(http.StatusUnauthorized, "unauthorized")
	if strings.Contains(s.log.String(), "Grüß") {
		t.Error("the log holds words")
	}
}

// TestOnlyAPostHeedsAKey shows that what is safe to send again anyway is done
// again, as it always was.
func TestOnlyAPostHeedsAKey(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	token := s.token(t, ws, "write")
	for _, status := range []int{http.StatusOK, http.StatusConflict} {
		s.ask(t, token, "PATCH", api(ws, "personas", p.ID.String()), `{"goals": "x", "version": 1}`,
			key+uuid.Nil.String()).is(status)
	}
	same(t, "keys", s.Count(t, `select count(*) from idempotency_keys`), 0)
}
