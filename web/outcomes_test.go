package web_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// counted makes a workspace with three drafts: one approved as it was, one with other
// words, and one that waits.
func (s *site) counted(t *testing.T) postgres.Access {
	t.Helper()
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "=Sales coach")
	inbox := s.Inbox(t, ws)
	for i, words := range []string{"", "Hello there", "-"} {
		message := dbtest.Inbound("m-" + string(rune('a'+i)))
		received, err := s.Receive(t.Context(), inbox, message)
		if err != nil {
			t.Fatal(err)
		}
		by := persona.Resolve(persona.ResolveInput{Workspace: "Harbor", Channel: persona.Email, Default: &p})
		if _, _, err := s.StoreDraft(t.Context(), postgres.DraftJob{Workspace: ws.Workspace(), Draft: received.Draft}, 0,
			postgres.MadeDraft{By: by, PromptKey: by.PromptKey("composer:v1:email"), Text: "Hello Liv"}); err != nil {
			t.Fatal(err)
		}
		if words == "-" {
			continue
		}
		s.Exec(t, `update drafts set state = 'approved', decided_at = made_at + interval '20 minutes',
			version = version + ($2 <> '')::int, body = coalesce(nullif($2, ''), body) where id = $1`, received.Draft, words)
	}
	return ws
}

func TestOutcomesSayWhatBecameOfTheDrafts(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.counted(t)
	b := s.as(t, ws.Workspace(), access.Member)
	before := s.Snapshot(t)
	row := []string{"=Sales coach", "1 word added, 1 removed", "1 waiting", "Half within 20 minutes", "nine of ten within 20 minutes"}
	b.get(at(ws, "outcomes")).is(http.StatusOK).says(row...)
	b.get(at(ws, "outcomes?by=version")).is(http.StatusOK).says("=Sales coach, version 1")
	b.get(at(ws, "outcomes?by=campaign")).is(http.StatusOK).says("No campaign")
	b.get(at(ws, "outcomes?by=channel&channel=email")).is(http.StatusOK).says("1 word added, 1 removed")
	b.get(at(ws, "outcomes?by=week")).is(http.StatusOK).says("From ", "1 word added, 1 removed")
	b.get(at(ws, "outcomes?channel=sms")).is(http.StatusOK).says("No draft was made in this time, or none of these.")
	b.get(at(ws, "outcomes?to=2026-01-31")).is(http.StatusOK).says("No draft was made in this time")
	b.get(at(ws, "activity")).says("Outcomes")
	same(t, "tables", s.Snapshot(t), before)
}

func TestOutcomesOfNothingThatThereIsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.counted(t)
	b := s.as(t, ws.Workspace(), access.Member)
	for query, message := range map[string]string{
		"from=yesterday":                "Enter a day as year, month and day, like 2026-03-31",
		"to=2026-02-31":                 "Enter a day as year, month and day, like 2026-03-31",
		"from=2026-03-02&to=2026-03-01": "Choose a last day that is not before the first",
		"from=2020-01-01&to=2026-03-01": "Choose three years at the most",
		"by=lead":                       "Choose what to count by from the list",
		"channel=fax":                   "Choose a channel from the list",
		"persona=Ana":                   "Choose a persona from the list",
		"campaign=Spring":               "Choose a campaign from the list",
	} {
		b.get(at(ws, "outcomes?"+query)).is(http.StatusUnprocessableEntity).says(message)
		b.get(at(ws, "outcomes.csv?"+query)).is(http.StatusUnprocessableEntity)
	}
	page := b.get(at(ws, "outcomes?from=yesterday"))
	if !strings.Contains(page.body, `value="yesterday"`) {
		t.Error("what was typed is gone")
	}
	token := s.token(t, ws, "read")
	for query, field := range map[string]string{"from=yesterday": "from", "by=lead": "by", "channel=fax": "channel",
		"from=2026-03-02&to=2026-03-01": "to"} {
		if got := s.ask(t, token, "GET", api(ws, "outcomes?"+query), "").is(http.StatusUnprocessableEntity); !strings.Contains(got.body, `"`+field+`":`) {
			t.Errorf("%s: %s", query, got.body)
		}
	}
}

func TestOutcomesAreTheSameInCSVAndJSON(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.counted(t)
	csvPage := s.as(t, ws.Workspace(), access.Member).get(at(ws, "outcomes.csv")).is(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(csvPage.body, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatal(err, rows)
	}
	same(t, "row", strings.Join(rows[1][1:], "|"), "'=Sales coach||||||3|1|1|0|0|0|1|0|0|1|1|1200|1200|")
	token := s.token(t, ws, "read")
	today := time.Now().UTC().Format(time.DateOnly)
	data := s.ask(t, token, "GET", api(ws, "outcomes?to="+today), "").is(http.StatusOK).object()
	same(t, "last day", data["to"], any(today))
	one := data["rows"].([]any)[0].(map[string]any)
	for _, o := range []map[string]any{one, data["total"].(map[string]any)} {
		same(t, "numbers", []any{o["drafts"], o["approved"], o["approvedEdited"], o["rejected"], o["waiting"], o["wordsAdded"],
			o["wordsRemoved"], o["medianSeconds"]}, []any{3.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1200.0})
	}
	same(t, "persona", one["personaName"], any("=Sales coach"))
	week := s.ask(t, token, "GET", api(ws, "outcomes?by=week"), "").is(http.StatusOK).object()["rows"].([]any)[0].(map[string]any)
	if _, err := time.Parse(time.DateOnly, week["week"].(string)); err != nil || week["personaName"] != nil {
		t.Error(week, err)
	}
}

// TestOutcomesAreCountedInTheDaysOfWhoeverAsks has drafts made on a Sunday evening of UTC,
// which is Monday in Auckland.
func TestOutcomesAreCountedInTheDaysOfWhoeverAsks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.counted(t)
	s.Exec(t, `update draft_outcomes set made_at = '2026-03-01T20:00:00Z', decided_at = null, decision = null, edited = false`)
	b := s.as(t, ws.Workspace(), access.Member)
	const week = "outcomes?by=week&from=2026-02-23&to="
	b.get(at(ws, week+"2026-03-01")).is(http.StatusOK).says("From 23 February 2026", "the zone of UTC")
	s.Exec(t, `update users set time_zone = 'Pacific/Auckland' where id = $1`, b.user)
	b.get(at(ws, week+"2026-03-01")).is(http.StatusOK).says("No draft was made in this time")
	b.get(at(ws, week+"2026-03-02")).is(http.StatusOK).says("From 2 March 2026", "the zone of Pacific/Auckland")
	if file := b.get(at(ws, strings.Replace(week, "outcomes", "outcomes.csv", 1)+"2026-03-02")).is(http.StatusOK).body; !strings.Contains(file, ",2026-03-02,") {
		t.Error(file)
	}
	token := s.token(t, ws, "read")
	for zone, monday := range map[string]string{"": "2026-02-23", "&zone=UTC": "2026-02-23", "&zone=Pacific/Auckland": "2026-03-02"} {
		rows := s.ask(t, token, "GET", api(ws, week+"2026-03-02"+zone), "").is(http.StatusOK).object()["rows"].([]any)
		same(t, "week of "+zone, rows[0].(map[string]any)["week"], any(monday))
	}
	answer := s.ask(t, token, "GET", api(ws, week+"2026-03-02&zone=Atlantis"), "").is(http.StatusUnprocessableEntity)
	same(t, "field", answer.Fields["zone"] != "", true)
}
