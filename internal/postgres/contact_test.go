package postgres_test

import (
	"errors"
	"testing"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/testing/dbtest"
)

func TestWhoMayNotBeWrittenToGetsNothingThatWaitedOrWasApproved(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.Exec(t, `insert into webhooks (workspace_id, url, events, secret)
		values ($1, 'https://example.com/', '{lead.contact_changed}', repeat('s', 40))`, a.Workspace())
	d.Exec(t, `insert into leads (workspace_id, external_id, first_name) values ($1, 'liv', 'Liv')`, a.Workspace())
	d.Exec(t, wrote, a.Workspace(), []string{"Liv", "Liv", "Liv", "Liv", "Liv"}, []int{5, 4, 3, 2, 1})
	d.Exec(t, `insert into drafts (workspace_id, message_id, channel, state, version, source, prompt_key, body, made_at, decided_at, taken_at, sent_at)
		select m.workspace_id, m.id, m.channel, s.state, 1, 'settings', 'x:persona=settings', 'Hi', now(), s.decided, s.taken, s.sent
		from (select *, row_number() over (order by sent_at) as n from messages) m
		join (values (1, 'waiting', null::timestamptz, null::timestamptz, null::timestamptz), (2, 'approved', now(), null, null),
			(3, 'approved', now(), now(), null), (4, 'sent', now(), now(), now()), (5, 'rejected', now(), null, null)) s (n, state, decided, taken, sent) on s.n = m.n`)
	list, err := d.Leads(t.Context(), a, "", 1)
	leads := list.Items
	if err != nil {
		t.Fatal(err)
	}
	liv := leads[0].ID
	now, err := d.SetContact(t.Context(), a, liv, lead.Unsubscribed)
	if err != nil || now.Contact() != lead.Unsubscribed {
		t.Fatal(now, err)
	}
	states := func(want string) {
		t.Helper()
		var got string
		err := d.SQL.QueryRow(t.Context(), `select string_agg(d.state, ' ' order by m.sent_at)
			from drafts d join messages m on m.id = d.message_id`).Scan(&got)
		if err != nil || got != want {
			t.Errorf("%s, not %s (%v)", got, want, err)
		}
	}
	states("withdrawn withdrawn approved sent rejected") // a sender has the third
	if n := d.Count(t, `select count(*) from webhook_deliveries where data = jsonb_build_object('leadId', $1::uuid)`, liv); n != 1 {
		t.Errorf("%d deliveries", n)
	}

	// A person may have a reply drafted all the same, but none of theirs is approved.
	d.Exec(t, `update drafts set state = 'waiting', decided_at = null where state = 'withdrawn'`)
	draft := d.Count(t, `select version from drafts where state = 'waiting' limit 1`)
	answers, _, err := d.Answers(t.Context(), a, lead.DraftWaiting, 0, 10)
	if err != nil || len(answers) != 2 {
		t.Fatal(answers, err)
	}
	var late *persona.TooLateError
	_, err = d.DecideDraft(t.Context(), a, lead.Decision{Draft: answers[0].ID, Version: draft, To: lead.DraftApproved})
	if !errors.As(err, &late) {
		t.Errorf("approved: %v", err)
	}
	_, err = d.SQL.Exec(t.Context(), `update drafts set state = 'approved', decided_at = now() where id = $1`, answers[0].ID)
	if constraintOf(err) != "draft_contact" {
		t.Errorf("approved with plain SQL: %v", err)
	}
	if _, err := d.SetContact(t.Context(), a, liv, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := d.DecideDraft(t.Context(), a, lead.Decision{Draft: answers[0].ID, Version: draft, To: lead.DraftApproved}); err != nil {
		t.Error(err)
	}
	d.Exec(t, `update leads set bounced = true`) // a program with plain SQL
	states("withdrawn withdrawn approved sent rejected")
	if _, err := d.SetContact(t.Context(), a, liv, "gone"); !errors.As(err, new(*persona.InvalidError)) {
		t.Error(err)
	}
}

func TestAKeywordOptsOutAtOnceAndAMailThatAsksIsHeldForAPerson(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	inbox := d.Inbox(t, a)
	receive := func(id, who string, channel persona.Channel, body string, contact lead.Contact) lead.Summary {
		t.Helper()
		m := dbtest.Inbound(id)
		m.Lead.ExternalID, m.Lead.FirstName, m.Channel, m.Body, m.Lead.Contact = who, who, channel, body, contact
		if _, err := d.Receive(t.Context(), inbox, m); err != nil {
			t.Fatal(err)
		}
		list, err := d.Leads(t.Context(), a, who, 1)
		leads := list.Items
		if err != nil || len(leads) != 1 {
			t.Fatal(leads, err)
		}
		return leads[0]
	}
	receive("1", "Ada", persona.SMS, "What does it cost?", "")
	if l := receive("2", "Ada", persona.SMS, "STOP", ""); l.Contact() != lead.OptedOut || l.ContactAsked {
		t.Errorf("after a keyword %+v", l)
	}
	if n := d.Count(t, `select count(*) from drafts where state = 'withdrawn'`); n != 1 {
		t.Errorf("%d drafts are withdrawn", n)
	}
	bo := receive("3", "Bo", persona.Email, "Please remove me from your list.", "")
	if bo.Contact() != "" || !bo.ContactAsked {
		t.Errorf("after a mail that asks %+v", bo)
	}
	if now, err := d.SetContact(t.Context(), a, bo.ID, ""); err != nil || now.ContactAsked || now.Contact() != "" {
		t.Error("dismissed", now, err)
	}
	receive("4", "Bo", persona.Email, "I said remove me.", "")
	if now, err := d.SetContact(t.Context(), a, bo.ID, lead.Unsubscribed); err != nil || now.ContactAsked || now.Contact() != lead.Unsubscribed {
		t.Error("confirmed", now, err)
	}
	if l := receive("5", "Cy", persona.Email, "Hello", lead.Bounced); l.Contact() != lead.Bounced {
		t.Errorf("said by the sender of the message %+v", l)
	}
}
