package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"personae/internal/access"
	"personae/internal/lead"
)

// contactOf returns why a lead may not be written to, what became of its draft, and how
// many messages to webhooks and events that say so there are.
func (s *site) contactOf(t *testing.T, leadID, draft string) []any {
	t.Helper()
	var state, of string
	var told, events int
	err := s.SQL.QueryRow(t.Context(), `select concat_ws(' ', case when blacklisted then 'blacklisted' end,
			case when opted_out then 'opted_out' end, case when unsubscribed then 'unsubscribed' end, case when bounced then 'bounced' end),
			(select state from drafts where id = $2),
			(select count(*) from webhook_deliveries where event = 'lead.contact_changed' and data = jsonb_build_object('leadId', $1::uuid)),
			(select count(*) from audit_events where action = 'lead.contact_changed' and details->>'lead' = $1::text)
		from leads where id = $1`, leadID, draft).Scan(&state, &of, &told, &events)
	if err != nil {
		t.Fatal(err)
	}
	return []any{state, of, told, events}
}

// toldContact adds a webhook that is told of leads.
func (s *site) toldContact(t *testing.T) {
	t.Helper()
	s.Exec(t, `insert into webhooks (workspace_id, url, events, secret)
		select id, 'https://example.com/', '{lead.contact_changed}', repeat('s', 40) from workspaces`)
}

func TestAnAdminSaysByTheFormWhetherALeadMayBeWrittenTo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	liv, draft := s.drafted(t, ws)
	theirs, theirDraft := s.drafted(t, other)
	s.toldContact(t)
	b, member := s.as(t, ws.Workspace(), access.Admin), s.as(t, ws.Workspace(), access.Member)
	contact := at(ws, "leads", liv, "contact")

	member.get(at(ws, "leads", liv)).is(http.StatusOK)
	before := s.Snapshot(t, "sessions")
	member.post(contact, url.Values{"state": {"bounced"}}).is(http.StatusForbidden)
	b.post(at(ws, "leads", theirs, "contact"), url.Values{"state": {"bounced"}}).is(http.StatusNotFound)
	b.post(at(other, "leads", theirs, "contact"), url.Values{"state": {"bounced"}}).is(http.StatusNotFound)
	b.post(contact, url.Values{"state": {"gone"}}).is(http.StatusUnprocessableEntity).
		says("Choose whether they may be written to, or why not")
	same(t, "tables", s.Snapshot(t, "sessions"), before)
	same(t, "theirs", s.contactOf(t, theirs, theirDraft), []any{"", "waiting", 0, 0})

	for i, state := range lead.Contacts()[1:] {
		page := b.get(at(ws, "leads", liv)).is(http.StatusOK).submit("Save", url.Values{"state": {string(state)}}).
			is(http.StatusOK).says("The lead is not written to any more")
		same(t, "where it leads", page.path, at(ws, "leads", liv))
		want := []any{string(state), "withdrawn", i + 1, i + 1}
		same(t, "contact", s.contactOf(t, liv, draft), want)
		b.post(contact, url.Values{"state": {string(state)}}).is(http.StatusOK).says("The lead is not written to any more")
		same(t, "the same again", s.contactOf(t, liv, draft), want)
	}
	b.get(at(ws, "drafts")).is(http.StatusOK).says("Nothing waits for you")
	b.post(contact, url.Values{"state": {""}}).is(http.StatusOK).says("The lead may be written to", "What was withdrawn stays so")
	same(t, "empty", s.contactOf(t, liv, draft), []any{"", "withdrawn", 5, 5})
}

func TestAProgramSaysWhetherALeadMayBeWrittenTo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	liv, draft := s.drafted(t, ws)
	theirs, _ := s.drafted(t, other)
	s.toldContact(t)
	token, path := s.token(t, ws, "write"), api(ws, "leads", liv)
	tokens := map[string]string{"read": s.token(t, ws, "read"), "switch": s.token(t, ws, "switch"), "send": s.token(t, ws, "send")}

	before := s.Snapshot(t, "api_tokens")
	for scope, weak := range tokens {
		if got := s.ask(t, weak, "PATCH", path, `{"contact": "bounced"}`).is(http.StatusForbidden); got.Code == "" {
			t.Error(scope)
		}
	}
	s.ask(t, token, "PATCH", api(ws, "leads", theirs), `{"contact": "bounced"}`).is(http.StatusNotFound)
	s.ask(t, token, "PATCH", api(other, "leads", theirs), `{"contact": "bounced"}`).is(http.StatusNotFound)
	for _, wrong := range []string{`{"contact": "gone"}`, `{"contact": ""}`, `{}`} {
		answer := s.ask(t, token, "PATCH", path, wrong).is(http.StatusUnprocessableEntity)
		if answer.Fields["contact"] == "" {
			t.Errorf("%s: %s", wrong, answer.body)
		}
	}
	same(t, "tables", s.Snapshot(t, "api_tokens"), before)

	for i, state := range lead.Contacts()[1:] {
		for range 2 { // the same again changes nothing
			data := s.ask(t, token, "PATCH", path, `{"contact": "`+string(state)+`"}`).is(http.StatusOK).data.(map[string]any)
			same(t, "answer", data["contact"], any(string(state)))
			same(t, "contact", s.contactOf(t, liv, draft), []any{string(state), "withdrawn", i + 1, i + 1})
		}
	}
	data := s.ask(t, token, "PATCH", path, `{"contact": null}`).is(http.StatusOK).data.(map[string]any)
	same(t, "answer", data["contact"], any(nil))
	same(t, "null", s.contactOf(t, liv, draft), []any{"", "withdrawn", 5, 5})
}
