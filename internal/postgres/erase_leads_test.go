package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestALeadIsErasedOnceWhateverComesAtTheSameTime has two people erase a lead while
// its messages come in, its draft is written and a sender says that another was sent.
func TestALeadIsErasedOnceWhateverComesAtTheSameTime(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	in := d.Inbox(t, a)
	for round := range 12 {
		var drafts [2]uuid.UUID
		for i, external := range []string{"m-0", "m-1"} {
			m := dbtest.Inbound(external)
			m.Body = "Vantablick?"
			drafts[i] = must(d.Receive(t.Context(), in, m))(t).Draft
		}
		made := postgres.MadeDraft{By: persona.Resolution{Source: persona.FromSettings}, Text: "Dear Vantablick,", PromptKey: "composer:v1:email:persona=settings"}
		job := func(i int) postgres.DraftJob { return postgres.DraftJob{Workspace: a.Workspace(), Draft: drafts[i]} }
		if _, _, err := d.StoreDraft(t.Context(), job(0), 0, made); err != nil {
			t.Fatal(err)
		}
		d.Exec(t, `update drafts set state = 'approved', decided_at = now() where id = $1`, drafts[0])
		var lead uuid.UUID
		if err := d.SQL.QueryRow(t.Context(), `select id from leads`).Scan(&lead); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		var erased [2]error
		at := func(step int, do func()) {
			group.Go(func() {
				time.Sleep(time.Duration((round*7+step*5)%11) * time.Millisecond / 4)
				do()
			})
		}
		for i := range erased {
			at(i, func() { erased[i] = d.EraseLead(t.Context(), a, lead) })
		}
		for i, external := range []string{"m-0", "m-2", "m-3"} { // one that came before, and new ones
			at(i, func() {
				m := dbtest.Inbound(external)
				m.Body = "Hello again"
				if _, err := d.Receive(t.Context(), in, m); err != nil {
					t.Errorf("round %d: receiving: %v", round, err)
				}
			})
		}
		at(3, func() {
			if _, err := d.ReportSent(t.Context(), a, drafts[0], "<1@example.com>", time.Time{}); err != nil && !errors.Is(err, persona.ErrNotFound) {
				t.Errorf("round %d: reporting: %v", round, err)
			}
		})
		at(4, func() {
			if _, _, err := d.StoreDraft(t.Context(), job(1), 0, made); err != nil {
				t.Errorf("round %d: drafting: %v", round, err)
			}
		})
		group.Wait()
		if !slices.Contains(erased[:], nil) || !errors.Is(errors.Join(erased[:]...), persona.ErrNotFound) {
			t.Errorf("round %d: erasing: %v", round, erased)
		}
		if dump := d.Dump(t); strings.Contains(dump, "Vantablick") || strings.Contains(dump, "<1@example.com>") {
			t.Fatalf("round %d: words are left", round)
		}
		if n := d.Count(t, `select count(*) from audit_events where action = 'lead.erased' and details->>'lead' = $1`, lead); n != 1 {
			t.Errorf("round %d: %d events", round, n)
		}
		// What came after it is another lead, whole.
		var next []uuid.UUID
		if err := d.SQL.QueryRow(t.Context(), `select array_agg(id) from leads`).Scan(&next); err != nil {
			t.Fatal(err)
		}
		for _, id := range next {
			if id == lead {
				t.Errorf("round %d: it is there", round)
			}
			if err := d.EraseLead(t.Context(), a, id); err != nil {
				t.Fatal(err)
			}
		}
		if n := d.Count(t, `select count(*) from river.river_job`); n != 0 {
			t.Errorf("round %d: %d jobs are left", round, n)
		}
	}
	d.Healthy(t)
}

// TestALeadWhoWroteVeryOftenIsErasedWhole also looks at how long that may take: what asks
// for a page may take 5 seconds.
func TestALeadWhoWroteVeryOftenIsErasedWhole(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	lead := uuid.New()
	d.Exec(t, `insert into leads (workspace_id, id, external_id) values ($1, $2, 'often')`, a.Workspace(), lead)
	ids := `'` + a.Workspace().String() + `', '` + lead.String() + `'`
	d.Exec(t, `begin; set local session_replication_role = replica;
		insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
			select `+ids+`, 'email', n, 'Hello', now() - n * interval '1 minute' from generate_series(1, 10000) n;
		insert into drafts (workspace_id, message_id, channel, state, version, source, prompt_key, body, made_at, decided_at, state_at, state_seq)
			select workspace_id, id, channel, 'rejected', 1, 'settings', 'x:persona=settings', 'Hi', now(), now(), now(), external_id::int from messages;
		insert into draft_versions (workspace_id, draft_id, version, body, source, prompt_key)
			select workspace_id, id, 1, body, source, prompt_key from drafts;
		insert into draft_outcomes (workspace_id, draft_id, version, source, channel, made_at)
			select workspace_id, id, 1, source, channel, made_at from drafts;
		insert into river.river_job (kind, args, max_attempts, queue)
			select 'draft', jsonb_build_object('workspace', workspace_id, 'draft', id), 1, 'default' from drafts;
		create function in_time() returns trigger language plpgsql as $$
			begin if current_setting('statement_timeout') <> '1min' then raise 'it may take %', current_setting('statement_timeout'); end if; return old; end $$;
		create trigger in_time before delete on leads for each row execute function in_time(); commit; analyze`)
	begun := time.Now()
	if err := d.EraseLead(t.Context(), a, lead); err != nil {
		t.Fatal(err)
	}
	t.Log("erased in", time.Since(begun))
	if n := d.Count(t, `select (select count(*) from messages) + (select count(*) from drafts) + (select count(*) from draft_versions)
		+ (select count(*) from draft_outcomes) + (select count(*) from river.river_job) + (select count(*) from leads)`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// silent adds a lead that wrote so many days ago and whose last draft is in this state;
// empty: it has none.
func silent(t *testing.T, d *dbtest.Database, a postgres.Access, name string, days int, state string) {
	t.Helper()
	d.Exec(t, `with l as (insert into leads (workspace_id, external_id, created_at)
			values ($1, $2, now() - interval '900 days') returning *),
		m as (insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
			select $1, l.id, 'email', $2 || n, 'Hello', now() - n * $3 * interval '1 day' from l, generate_series(1, 2) n returning *)
		insert into drafts (workspace_id, message_id, channel, state, version, source, prompt_key, body, made_at, decided_at, sent_at)
		select $1, id, 'email', $4, 1, 'settings', 'x:persona=settings', 'Hi', sent_at, now(), case when $4 = 'sent' then now() end
		from m where $4 <> '' and external_id = $2 || 1`, a.Workspace(), name, days, state)
}

func TestLeadsAreForgottenAfterTheTimeThatTheSettingsSayAndNoOthers(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, off, archived := d.Workspace(t, "Harbor"), d.Workspace(t, "Cedar"), d.Workspace(t, "Archived")
	for _, ws := range []postgres.Access{a, off, archived} {
		silent(t, d, ws, "long silent", 200, "")
		silent(t, d, ws, "silent and rejected", 200, "rejected")
		silent(t, d, ws, "wrote", 100, "")
		silent(t, d, ws, "was answered", 200, "sent")
		silent(t, d, ws, "is to be answered", 200, "approved")
		d.Exec(t, `insert into leads (workspace_id, external_id, created_at) values
			($1, 'never wrote', now() - interval '200 days'), ($1, 'came over today', now())`, ws.Workspace())
	}
	for _, ws := range []postgres.Access{a, archived} {
		settings, _, err := d.Settings(t.Context(), ws)
		if err != nil {
			t.Fatal(err)
		}
		settings.ForgetAfter = 6
		if fields := must(d.SaveSettings(t.Context(), ws, settings, false))(t); !slices.Equal(fields, []string{"forget_leads_after_months"}) {
			t.Errorf("%v changed", fields)
		}
	}
	if err := d.ArchiveWorkspace(t.Context(), archived, true); err != nil {
		t.Fatal(err)
	}
	names := func(ws postgres.Access) (left string) {
		t.Helper()
		if err := d.SQL.QueryRow(t.Context(), `select string_agg(external_id, ', ' order by external_id collate "C") from leads where workspace_id = $1`,
			ws.Workspace()).Scan(&left); err != nil {
			t.Fatal(err)
		}
		return left
	}
	all := names(a)
	forget := func(now time.Time) int {
		t.Helper()
		return must(d.ForgetLeads(t.Context(), now))(t)
	}
	// For a day it can be taken back.
	if n := forget(time.Now().Add(23 * time.Hour)); n != 0 || names(a) != all {
		t.Errorf("%d leads were forgotten at once", n)
	}
	if n := forget(time.Now().Add(25 * time.Hour)); n != 6 || names(a) != "came over today, is to be answered, was answered, wrote" || names(archived) != names(a) {
		t.Errorf("%d leads were forgotten, and left are %s, and %s", n, names(a), names(archived))
	}
	if n := forget(time.Now().Add(26 * time.Hour)); n != 0 {
		t.Errorf("%d leads were forgotten again", n)
	}
	if names(off) != all {
		t.Errorf("left elsewhere are %s", names(off))
	}
	if n := d.Count(t, `select count(*) from audit_events where action = 'lead.forgotten'`); n != 2 {
		t.Errorf("%d events", n)
	}
	if n := d.Count(t, `select count(*) from audit_events where action = 'lead.forgotten' and workspace_id = $1 and capacity = 'system'
		and actor_id is null and details = '{"leads": 3}'`, a.Workspace()); n != 1 {
		t.Error("the event does not say it")
	}
	d.Exec(t, `update workspace_settings set forget_leads_after_months = null where workspace_id = $1`, archived.Workspace())
	// Who writes meanwhile stays, and so do all once the setting is taken back.
	later := time.Now().AddDate(1, 0, 0)
	m := dbtest.Inbound("m-1")
	m.Lead.ExternalID = "wrote"
	must(d.Receive(t.Context(), d.Inbox(t, a), m))(t)
	d.Exec(t, `update messages set sent_at = $1 where external_id = 'm-1'`, later)
	d.Exec(t, `update leads set last_at = $1 where external_id = 'wrote' and workspace_id = $2`, later, a.Workspace())
	if n := forget(later); n != 2 || names(a) != "is to be answered, wrote" {
		t.Errorf("%d leads were forgotten, and left are %s", n, names(a))
	}
	d.Exec(t, `update drafts set state = 'withdrawn' where state = 'approved'`)
	settings, _, err := d.Settings(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	settings.ForgetAfter = 0
	must(d.SaveSettings(t.Context(), a, settings, false))(t)
	if n := forget(later); n != 0 {
		t.Errorf("%d leads were forgotten though nobody wants that any more", n)
	}
	for _, months := range []int{-1, 121} {
		settings.ForgetAfter = months
		if _, err := d.SaveSettings(t.Context(), a, settings, false); !errors.As(err, new(*persona.InvalidError)) {
			t.Errorf("%d months: %v", months, err)
		}
	}
}

func TestAWorkspaceThatCannotForgetHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, name := range []string{"Harbor", "Cedar", "Northwind"} {
		ws := d.Workspace(t, name)
		silent(t, d, ws, "long silent", 200, "")
		settings, _, err := d.Settings(t.Context(), ws)
		if err != nil {
			t.Fatal(err)
		}
		settings.ForgetAfter = 6
		must(d.SaveSettings(t.Context(), ws, settings, false))(t)
	}
	d.Exec(t, `create sequence tries; create function fail_first() returns trigger language plpgsql security definer as $$
		begin if nextval('tries') = 1 then raise 'this one fails'; end if; return old; end $$;
		create trigger fail_first before delete on leads for each row execute function fail_first()`)
	n, err := d.ForgetLeads(t.Context(), time.Now().Add(25*time.Hour))
	if left := d.Count(t, `select count(*) from leads`); err == nil || n != 2 || left != 1 {
		t.Errorf("%d forgotten, %d left, %v", n, left, err)
	}
}
