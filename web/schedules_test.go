package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// TestProgramsSchedule lets a token's schedule be done, skips what stands behind a token
// that was revoked, and refuses what is none.
func TestProgramsSchedule(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, coach := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Coach")
	s.NewCampaign(t, ws, "Spring")
	s.Exec(t, `update campaigns set external_id = 'HA-7'`)
	switches, writes := s.token(t, ws, "switch"), s.token(t, ws, "write")
	in := func(hours int) string {
		return time.Now().Add(time.Duration(hours) * time.Hour).Format(time.RFC3339)
	}
	schedule := func(token, body string, status int) *told {
		t.Helper()
		return s.ask(t, token, "POST", api(ws, "schedules"), body).is(status)
	}
	made := schedule(switches, fmt.Sprintf(`{"kind": "switch", "personaId": %q, "at": %q, "until": %q}`, coach.ID, in(1), in(3)),
		http.StatusCreated).object()
	same(t, "made", []any{made["state"], made["scheduledBy"], made["capacity"], made["previousId"], made["skipped"]},
		[]any{"waiting", "Olga Owner", "token", first.ID.String(), nil})
	given := fmt.Sprintf(`{"kind": "assignment", "campaignId": "HA-7", "personaId": %q, "at": %q}`, coach.ID, in(2))
	schedule(switches, given, http.StatusForbidden)
	assigned := schedule(writes, given, http.StatusCreated).object()
	for body, field := range map[string]string{
		`{"kind": "edit", "at": "2026-01-01T00:00:00Z"}`:                                                  "kind",
		fmt.Sprintf(`{"kind": "switch", "personaId": %q, "at": "soon"}`, coach.ID):                        "at",
		fmt.Sprintf(`{"kind": "switch", "personaId": %q, "at": %q}`, coach.ID, in(-1)):                    "at",
		fmt.Sprintf(`{"kind": "switch", "personaId": %q, "at": %q, "until": %q}`, coach.ID, in(2), in(1)): "until",
		fmt.Sprintf(`{"kind": "assignment", "campaignId": "HA-7", "at": %q}`, in(2)):                      "personaId",
	} {
		if refused := schedule(writes, body, http.StatusUnprocessableEntity); !strings.Contains(refused.body, `"`+field+`":`) {
			t.Errorf("%s: %s", body, refused.body)
		}
	}
	schedule(writes, fmt.Sprintf(`{"kind": "switch", "personaId": %q, "at": %q}`, uuid.New(), in(1)), http.StatusNotFound)
	path := func(of map[string]any) string { return api(ws, "schedules", of["id"].(string)) }
	if list := s.ask(t, switches, "GET", api(ws, "schedules"), "").is(http.StatusOK).body; !strings.Contains(list, made["id"].(string)) ||
		!strings.Contains(list, assigned["id"].(string)) {
		t.Errorf("open: %s", list)
	}

	run := func(hours int) {
		t.Helper()
		if _, err := s.RunSchedules(t.Context(), time.Now().Add(time.Duration(hours)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	run(1)
	run(1)
	active := s.ask(t, switches, "GET", path(made), "").is(http.StatusOK).object()
	same(t, "active", active["state"], "active")
	same(t, "words", s.defaultGreeting(t, ws.Workspace()), "Hello from Coach")
	s.ask(t, switches, "DELETE", path(assigned), "").is(http.StatusForbidden)
	s.ask(t, writes, "DELETE", path(assigned), "").is(http.StatusOK)
	same(t, "cancelled twice", s.ask(t, writes, "DELETE", path(assigned), "").is(http.StatusConflict).Code, "too_late")
	s.Exec(t, `update api_tokens set revoked_at = now() where scope = 'switch'`)
	run(3)
	skipped := s.ask(t, writes, "GET", path(made), "").is(http.StatusOK).object()
	same(t, "skipped", []any{skipped["state"], skipped["skipped"]},
		[]any{"skipped", "Olga Owner, who scheduled it, may not do this here any more."})
	same(t, "words", s.defaultGreeting(t, ws.Workspace()), "Hello from Coach")
	list := s.ask(t, writes, "GET", api(ws, "schedules")+"?state=closed&limit=1", "").is(http.StatusOK)
	if !strings.Contains(list.header.Get("Link"), "page=2") || !strings.Contains(list.header.Get("Link"), "state=closed") {
		t.Errorf("Link: %s", list.header.Get("Link"))
	}
	s.Healthy(t)
}
