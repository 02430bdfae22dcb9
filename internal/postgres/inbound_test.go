package postgres_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

const selectLead = `select concat_ws('|', first_name, last_name, email, company,
		(select external_id from campaigns c where c.workspace_id = l.workspace_id and c.id = l.campaign_id), opted_out)
	from leads l where workspace_id = $1 and external_id = 'liv'`

// leadText returns what is stored of the lead who writes.
func leadText(t *testing.T, d *dbtest.Database, a postgres.Access) (text string) {
	t.Helper()
	if err := d.SQL.QueryRow(t.Context(), selectLead, a.Workspace()).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAMessageThatArrivesLateFillsOnlyWhatIsEmpty(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	in := d.Inbox(t, a)
	d.Exec(t, `insert into campaigns (workspace_id, external_id, name) select $1, n, n from unnest(array['old', 'new']) n`, a.Workspace())
	newer, older := dbtest.Inbound("m-2"), dbtest.Inbound("m-1")
	newer.Campaign, newer.Lead.LastName = "new", ""
	older.Campaign, older.SentAt = "old", newer.SentAt.Add(-time.Hour)
	older.Lead = lead.InboundLead{ExternalID: "liv", FirstName: "Olivia", LastName: "Strand", Email: "old@example.com",
		Company: "Old Ltd"}
	for _, m := range []lead.Inbound{newer, older} {
		must(d.Receive(t.Context(), in, m))(t)
	}
	want := "Liv|Strand|liv@example.com|Strand Shipping|new|f"
	if got := leadText(t, d, a); got != want {
		t.Errorf("after the late message: %s, want %s", got, want)
	}
	last := dbtest.Inbound("m-3")
	last.SentAt, last.Lead.Company, last.Campaign = newer.SentAt.Add(time.Second), "Strand & Co", "old"
	must(d.Receive(t.Context(), in, last))(t)
	if got, want := leadText(t, d, a), "Liv|Strand|liv@example.com|Strand & Co|old|f"; got != want {
		t.Errorf("after a newer one: %s, want %s", got, want)
	}
}

func TestWhoMayNotBeWrittenToGetsNoDraftByWriting(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	in := d.Inbox(t, a)
	send := func(id string, channel persona.Channel, body string) lead.Received {
		t.Helper()
		m := dbtest.Inbound(id)
		m.Channel, m.Body = channel, body
		return must(d.Receive(t.Context(), in, m))(t)
	}
	if got := send("m-1", persona.Email, "STOP"); got.Draft != uuid.Nil || got.Why == "" {
		t.Errorf("a mail that asks for an end is answered by itself: %+v", got)
	}
	if got := leadText(t, d, a); got != "Liv|Strand|liv@example.com|Strand Shipping|f" {
		t.Errorf("a mail opts out by a keyword of the carriers: %s", got)
	}
	stop := send("m-2", persona.SMS, "Stop please")
	if stop.Draft != uuid.Nil || stop.Why != "The lead has opted out, so no draft is made." {
		t.Errorf("opting out: %+v", stop)
	}
	if again := send("m-2", persona.SMS, "Stop please"); again != stop {
		t.Errorf("the same again: %+v", again)
	}
	if got := leadText(t, d, a); got != "Liv|Strand|liv@example.com|Strand Shipping|t" {
		t.Errorf("the lead: %s", got)
	}
	for column, why := range map[string]string{
		"opted_out":    "The lead has opted out, so no draft is made.",
		"blacklisted":  "The lead is blacklisted, so no draft is made.",
		"unsubscribed": "The lead has unsubscribed, so no draft is made.",
		"bounced":      "Mail to the lead bounced, so no draft is made.",
	} {
		d.Exec(t, `update leads set opted_out = false, blacklisted = false, unsubscribed = false, bounced = false`)
		d.Exec(t, `update leads set `+column+` = true`)
		if got := send("of-"+column, persona.Email, "What does it cost?"); got.Draft != uuid.Nil || got.Why != why {
			t.Errorf("%s: %+v", column, got)
		}
	}
	if n := d.Count(t, `select count(*) from drafts`); n != 0 {
		t.Errorf("%d drafts", n)
	}
}
