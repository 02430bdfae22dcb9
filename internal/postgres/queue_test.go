package postgres_test

import (
	"testing"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestDraftsAreListedWithFewRowsReadWhereTheTablesWereFilledAMomentAgo has 400 leads of whose
// drafts PostgreSQL has counted nothing yet, so that it takes each way to them for as good as any.
func TestDraftsAreListedWithFewRowsReadWhereTheTablesWereFilledAMomentAgo(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	d.Exec(t, `with l as (insert into leads (workspace_id, external_id) select $1, n::text from generate_series(1, 400) n returning id),
		m as (insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
			select $1, id, 'email', gen_random_uuid(), 'Hello?', now() from l returning id)
		insert into drafts (workspace_id, message_id, channel, state, version, source, prompt_key, body, made_at)
			select $1, id, 'email', 'waiting', 1, 'settings', 'composer:v1:email:persona=settings', 'Hi,', now() from m
			where pg_stat_force_next_flush() is not null -- what this reads is counted now, not later`, a.Workspace())
	const read = `select sum(coalesce(idx_tup_fetch, 0) + seq_tup_read) from pg_stat_user_tables where relname in ('leads', 'messages')`
	server := d.ServerSQL.Config().ConnConfig
	// A connection that ends has counted all that it read.
	closed := func() {
		d.Close()
		d.Until(t, 0, `select count(*) from pg_stat_activity where datname = $1 and usename = $2`, server.Database, server.User)
	}
	closed()
	before := d.Count(t, read)
	d.Through(t, server.ConnString(), postgres.Options{})
	list := must(d.Drafts(t.Context(), a, lead.DraftFilter{}, 1, persona.Offer{}))(t)
	same(t, "drafts", len(list.Drafts), postgres.DraftsPageSize)
	answers, _, err := d.Answers(t.Context(), a, lead.DraftWaiting, 0, 50)
	same(t, "answers", []any{len(answers), err}, []any{50, nil})
	closed()
	if n := d.Count(t, read) - before; n > 200_000 {
		t.Errorf("%d rows were read for 100 drafts", n)
	}
}
