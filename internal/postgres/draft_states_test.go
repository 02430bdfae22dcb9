package postgres_test

import (
	"cmp"
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"personae/internal/testing/dbtest"
	"personae/migrations"
)

func TestADraftKeepsItsPlaceAndAnOlderPersonaeMayGoOnWritingAroundTheMigration(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.Exec(t, `insert into leads (workspace_id, external_id, first_name) values ($1, 'liv', 'Liv')`, a.Workspace())
	d.Exec(t, wrote, a.Workspace(), []string{"Liv", "Liv", "Liv", "Liv"}, []int{4, 3, 2, 1})
	// As the migrations before left it.
	d.Exec(t, `drop view legacy."AIDraft"; drop trigger draft_state on drafts; drop table draft_states;
		alter table drafts drop state_at cascade, drop state_seq cascade, drop taken_at cascade, drop taken_by cascade,
			drop sent_at cascade, drop sent_id cascade`)
	d.Exec(t, `insert into drafts (workspace_id, message_id, channel, state, version, source, prompt_key, body, made_at, decided_at, problem, asked_at)
		select m.workspace_id, m.id, m.channel, s.state, s.version, s.source, s.prompt, s.body, s.at, s.decided, s.problem, now() - n * interval '1 hour'
		from (select *, row_number() over (order by sent_at) as n from messages) m
		join (values (1, 'failed', 0, null, null, null, null::timestamptz, null::timestamptz, 'No answer came.'),
			(2, 'approved', 1, 'settings', 'x:persona=settings', 'Hi', now() - interval '1 minute', now(), ''),
			(3, 'waiting', 1, 'settings', 'x:persona=settings', 'Hi', now() - interval '2 minutes', null, ''),
			(4, 'making', 0, null, null, null, null, null, '')) s (i, state, version, source, prompt, body, at, decided, problem) on s.i = m.n`)
	migration, err := migrations.FS.ReadFile("00044_draft_states.sql")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // also where it was cut short before
		for _, statement := range statements(string(migration)) {
			d.Exec(t, statement)
		}
	}
	read := func() []string {
		rows, _ := d.SQL.Query(t.Context(), `select state || ' ' || problem from drafts order by state_seq`)
		got, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if diff := gocmp.Diff([]string{"making ", "waiting ", "approved ", "unmade No answer came."}, read()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}

	// What an older personae does in its words.
	d.Exec(t, `update drafts set state = 'failed', problem = 'Still none.' where state = 'making'`)
	d.Exec(t, `update drafts set state = 'approved', decided_at = now() where state = 'waiting'`)
	if diff := gocmp.Diff([]string{"approved ", "unmade No answer came.", "unmade Still none.", "approved "}, read()); diff != "" {
		t.Errorf("an older personae's words (-want +got):\n%s", diff)
	}
}

// statements returns what a migration without a transaction does one after the other.
func statements(migration string) (list []string) {
	whole := false
	var now strings.Builder
	for line := range strings.Lines(migration) {
		whole = whole && !strings.Contains(line, "+goose StatementEnd") || strings.Contains(line, "+goose StatementBegin")
		if now.WriteString(line); !whole && strings.HasSuffix(strings.TrimSpace(line), ";") || strings.Contains(line, "+goose StatementEnd") {
			list = append(list, now.String())
			now.Reset()
		}
	}
	return list
}

func TestNoDraftComesIntoAStateThatDoesNotFollow(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.Exec(t, `insert into leads (workspace_id, external_id, first_name) values ($1, 'liv', 'Liv')`, a.Workspace())
	d.Exec(t, wrote, a.Workspace(), []string{"Liv"}, []int{1})
	d.Exec(t, `insert into drafts (workspace_id, message_id, channel) select workspace_id, id, channel from messages`)
	const written = `state = 'waiting', version = version + 1, source = 'settings', prompt_key = 'x:persona=settings', made_at = now(), body = 'Hi' || version`
	const decided = `, decided_at = now()`
	for _, step := range []struct{ set, refused string }{
		{`state = 'approved'` + decided, "draft_state"},
		{written, ""},
		{`state = 'sent', sent_at = now()` + decided, "draft_state"},
		{`state = 'approved'`, "drafts_decided"},
		{`state = 'approved'` + decided, ""},
		{`version = version + 1, body = 'Other words'`, "draft_state"},
		{`state = 'sent'`, "drafts_sent"},
		{`taken_at = now()`, ""},
		{`state = 'waiting', decided_at = null`, "draft_taken"},
		{`state = 'withdrawn'`, "draft_taken"},
		{`state = 'failed'`, "drafts_failed_why"},
		{`state = 'failed', problem = 'The mailbox is full.'`, ""},
		{`state = 'waiting', decided_at = null`, ""}, // a person looks again, and no sender has it
		{`state = 'approved'` + decided, ""},
		{`state = 'sent', sent_at = now(), sent_id = '<1@x>'`, ""},
		{`state = 'making', decided_at = null`, "draft_state"},
		{`sent_id = '<2@x>'`, "draft_state"},
	} {
		_, err := d.SQL.Exec(t.Context(), `update drafts set `+step.set)
		if got := constraintOf(err); got != step.refused {
			t.Fatalf("%s: %v, not %q", step.set, err, step.refused)
		}
	}
}

// TestEachRuleOfADraftIsRefusedByItsName breaks one rule after the other, without the triggers that
// refuse some of it before.
func TestEachRuleOfADraftIsRefusedByItsName(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.Exec(t, `insert into leads (workspace_id, external_id, first_name) values ($1, 'liv', 'Liv')`, a.Workspace())
	d.Exec(t, wrote, a.Workspace(), []string{"Liv"}, []int{1})
	d.Exec(t, `insert into drafts (workspace_id, message_id, channel, state, version, source, prompt_key, body, made_at)
		select workspace_id, id, channel, 'waiting', 1, 'settings', 'x:persona=settings', 'Hi', now() from messages`)
	d.Exec(t, `alter table drafts disable trigger user`)
	for _, rule := range []struct{ set, name string }{
		{`body = ''`, "drafts_body_check"},
		{`channel = 'fax'`, "drafts_channel_check"},
		{`made_at = null`, "drafts_check"},
		{`persona_version = 1`, "drafts_check2"},
		{`prompt_key = 'x:persona=default'`, "drafts_check3"},
		{`decided_at = now()`, "drafts_decided"},
		{`state = 'failed', decided_at = now()`, "drafts_failed_why"},
		{`language = 'de'`, "drafts_language"},
		{`source = 'default', prompt_key = 'x:persona=default', persona_id = id, persona_version = 1, language = 'German'`, "drafts_language"},
		{`reject_reason = 'because'`, "drafts_reject_reason_check"},
		{`sent_at = now()`, "drafts_sent"},
		{`sent_id = 'x'`, "drafts_sent"},
		{`state = 'sent', decided_at = now(), sent_at = now(), sent_id = ''`, "drafts_sent_id_check"},
		{`source = 'model', prompt_key = 'x:persona=model', persona_id = id, persona_version = 1`, "drafts_source_check"},
		{`state = 'lost'`, "drafts_state_check"},
		{`state_seq = null`, "drafts_state_known"},
		{`taken_at = now()`, "drafts_taken"},
		{`taken_by = id`, "drafts_taken_by"},
		{`version = 0, body = null, source = null, prompt_key = null, made_at = null`, "drafts_written"},
		{`body = repeat('ü', 40000), problem = 'None.'`, ""},
	} {
		_, err := d.SQL.Exec(t.Context(), `update drafts set `+rule.set)
		if got := constraintOf(err); got != rule.name {
			t.Errorf("%s: %v, not %q", rule.set, err, rule.name)
		}
	}
}

// constraintOf names the constraint that an error says was broken; "" for none.
func constraintOf(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return cmp.Or(pg.ConstraintName, pg.Message)
	}
	return ""
}
