package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"personae/internal/access"
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
		`{"kind": "edit", "at": "2026-01-01T00:00:00Z"}`:                                                    "kind",
		fmt.Sprintf(`{"kind": "switch", "personaId": %q, "at": "soon"}`, coach.ID):                          "at",
		fmt.Sprintf(`{"kind": "switch", "personaId": %q, "at": %q}`, coach.ID, in(-1)):                      "at",
		fmt.Sprintf(`{"kind": "switch", "personaId": %q, "at": %q, "until": %q}`, coach.ID, in(2), in(1)):   "until",
		fmt.Sprintf(`{"kind": "assignment", "campaignId": "HA-7", "at": %q}`, in(2)):                        "personaId",
		fmt.Sprintf(`{"kind": "switch", "campaignId": "HA-7", "personaId": %q, "at": %q}`, coach.ID, in(2)): "campaignId",
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

	then := s.ask(t, switches, "GET", api(ws, "resolve?at=")+url.QueryEscape(in(2)), "").is(http.StatusOK).object()
	same(t, "then", then["personaId"], any(coach.ID.String()))
	if reasons := fmt.Sprint(then["reasons"]); !strings.Contains(reasons, "as Olga Owner scheduled, “Coach” becomes the default.") {
		t.Error(reasons)
	}
	s.ask(t, switches, "GET", api(ws, "resolve?campaign=none&at=")+url.QueryEscape(in(2)), "").is(http.StatusNotFound)
	later := s.ask(t, switches, "GET", api(ws, "resolve?campaign=HA-7&at=")+url.QueryEscape(in(4)), "").is(http.StatusOK).object()
	same(t, "later", []any{later["source"], later["personaId"]}, []any{"campaign", coach.ID.String()})
	for _, at := range []string{"soon", url.QueryEscape(in(-1))} {
		if refused := s.ask(t, switches, "GET", api(ws, "resolve?at=")+at, "").is(http.StatusUnprocessableEntity); !strings.Contains(refused.body, `"at":`) {
			t.Error(refused.body)
		}
	}
	same(t, "now", s.ask(t, switches, "GET", api(ws, "resolve"), "").is(http.StatusOK).object()["personaId"], any(first.ID.String()))

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

// TestAnAdminSchedulesASwitchAndAnAssignmentOnPages types moments that are none, twice and
// over, sees what is to come and what could not be done, and cancels.
func TestAnAdminSchedulesASwitchAndAnAssignmentOnPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "First")
	coach := s.NewPersona(t, ws, "Coach")
	campaign := s.NewCampaign(t, ws, "Spring")
	admin, member := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	admin.post("/account/zone", url.Values{"zone": {"Europe/Berlin"}})
	berlin, _ := access.KnownZone("Europe/Berlin")
	const do = "Schedule this change"
	form := admin.get(admin.get(at(ws, "personas", coach.ID.String(), "impact")).link("Schedule it")).is(http.StatusOK).
		says("Schedule Coach as the default", "it would take over from First", "Europe/Berlin")
	// The next change of each kind: both are within a year.
	var back, forward string
	for day := time.Now().In(berlin).AddDate(0, 0, 1); back == "" || forward == ""; day = day.AddDate(0, 0, 1) {
		typed := day.Format("2006-01-02") + "T02:30"
		switch found, _ := access.Moments(berlin, typed); len(found) {
		case 0:
			forward = typed
		case 2:
			back = typed
		}
	}
	keeps := func(p *page, typed string) *page {
		t.Helper()
		if !strings.Contains(p.body, `value="`+typed+`"`) {
			t.Errorf("%s is not kept", typed)
		}
		return p
	}
	keeps(form.submit(do, url.Values{"at": {forward}, "until": {"soon"}}).is(http.StatusUnprocessableEntity).
		says("are put forward over this time", "Enter a day and a time"), forward)
	keeps(form.submit(do, url.Values{"at": {"2020-01-01T10:00"}}).is(http.StatusUnprocessableEntity).says("This moment is over"), "2020-01-01T10:00")
	twice := keeps(form.submit(do, url.Values{"at": {back}}).is(http.StatusUnprocessableEntity).
		says("are put back over this time", "The first, 02:30 CEST (00:30 UTC)", "The second, 02:30 CET (01:30 UTC)"), back)
	for range 2 { // a double click
		twice.submit(do, url.Values{"at": {back}, "at_twice": {"second"}}).is(http.StatusOK).
			says("It is scheduled: make “Coach” the default", "Nothing has changed yet")
	}
	moments, _ := access.Moments(berlin, back)
	same(t, "scheduled once, for the second", s.Count(t, `select count(*) from schedules where starts_at = $1`, moments[1]), 1)
	admin.get(at(ws, "personas")).says("“Coach” becomes the default on " + moments[1].In(berlin).Format("2 January 2006, 15:04"))
	if member.get(at(ws, "schedules")).is(http.StatusOK).says("Make “Coach” the default"); member.get(at(ws, "personas",
		coach.ID.String(), "schedule")).status != http.StatusForbidden {
		t.Error("a member may schedule")
	}
	admin.get(at(ws, "why?at="+moments[1].In(berlin).Add(time.Hour).Format(access.LocalTime))).is(http.StatusOK).
		says("by what is scheduled", "“Coach” becomes the default", "Hello from Coach")
	admin.get(at(ws, "why?at="+moments[1].In(berlin).Add(-24*time.Hour).Format(access.LocalTime))).is(http.StatusOK).says("Hello from First")
	admin.get(at(ws, "why?at=2020-01-01T10:00")).is(http.StatusUnprocessableEntity).says("This moment is over", "Hello from First")
	admin.get(at(ws, "schedules")).follow("Open Coach").is(http.StatusOK)
	admin.get(at(ws, "schedules")).submit("Cancel: make “Coach” the default", nil).is(http.StatusOK).says("You cancelled the schedule")

	hours := func(n int) string {
		return time.Now().In(berlin).Add(time.Duration(n) * time.Hour).Format(access.LocalTime)
	}
	place := admin.get(admin.get(at(ws, "campaigns", campaign.String())).link("Schedule who answers")).is(http.StatusOK).says("Answered now by First")
	place.submit(do, url.Values{"at": {hours(2)}, "persona": {""}}).is(http.StatusUnprocessableEntity).
		says("The campaign is answered like that already")
	place.submit(do, url.Values{"at": {hours(2)}, "until": {hours(4)}, "persona": {coach.ID.String()}}).is(http.StatusOK).
		says("give the campaign “Spring” the persona “Coach”").follow("Open Spring").is(http.StatusOK)
	form.submit(do, url.Values{"at": {hours(2)}}).is(http.StatusOK)
	if _, err := s.SetDefault(t.Context(), ws, coach.ID); err != nil {
		t.Fatal(err)
	}
	admin.get(at(ws, "schedules")).says("As things are now, it will not be done. The default has moved since.")
	if _, err := s.RunSchedules(t.Context(), time.Now().Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	admin.get(at(ws, "personas")).says("it was not done. The default has moved since.")
	admin.get(at(ws, "schedules")).says("Done on", "It was not done. The default has moved since.")
	admin.get(at(ws, "campaigns", campaign.String())).says("Answered by Coach")
	admin.get(at(ws, "activity")).says("as Ada Morgan scheduled", "Did not do what Ada Morgan scheduled", "at the moment that was chosen")
	admin.get(at(ws, "activity?action=schedule")).says("Scheduled “Coach” as the default", "Cancelled what Ada Morgan scheduled")
	s.Healthy(t)
}
