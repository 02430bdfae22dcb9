package postgres_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestFewAreFoundAmongManyByAnIndex fills thirty workspaces with messages, one of
// them with many leads, and
// asks PostgreSQL how it would look for a few of them.
func TestFewAreFoundAmongManyByAnIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ws := d.Workspace(t, "Harbor").Workspace()
	for _, sql := range []string{
		`insert into workspaces (name) select 'Workspace ' || n from generate_series(1, 29) n`,
		`insert into leads (workspace_id, external_id, score_problem) select w.id, n, case when n = 7 then 'The model declines.' else '' end
			from workspaces w, generate_series(1, 50) n`,
		`insert into leads (workspace_id, external_id) select id, 'quiet ' || n from workspaces w, generate_series(1, 3000) n where w.name = 'Harbor'`,
		`insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
			select l.workspace_id, l.id, 'email', l.external_id || ' ' || n, 'Hello', now() - n * interval '1 minute' from leads l, generate_series(1, 10) n where l.external_id not like 'quiet%'`,
		`insert into drafts (workspace_id, message_id, channel, state) select workspace_id, id, channel, case when external_id = '7 3' then 'unmade' else 'making' end from messages`,
		`analyze`,
	} {
		d.Exec(t, sql)
	}
	for name, c := range map[string]struct {
		sql       string
		args      []any
		takes, no []string
	}{
		"the last messages": {postgres.SelectRecentMessages, []any{ws, 200, 8}, []string{"messages_recent"},
			[]string{"Seq Scan on messages", "Seq Scan on leads", "Sort"}},
		"the leads of a page": {postgres.SelectLeads, []any{ws, "", 11, 10}, []string{"leads_last_at"},
			[]string{"Seq Scan on leads"}},
		"what failed": {postgres.CountFailed, nil, []string{"drafts_unmade", "leads_unscored"},
			[]string{"Seq Scan"}},
		"the drafts that nobody asked for": {postgres.AddDrafts, []any{time.Minute, 500}, []string{"messages_lead"},
			[]string{"Seq Scan on messages"}},
		"the scores that nobody asked for": {postgres.AskScores, []any{time.Minute, 500}, []string{"messages_lead"},
			[]string{"Seq Scan on messages"}},
	} {
		rows, err := d.ServerSQL.Query(t.Context(), `explain (costs off) `+c.sql, c.args...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(lines, "\n")
		for _, index := range c.takes {
			if !strings.Contains(plan, index) {
				t.Errorf("%s are not found by %s:\n%s", name, index, plan)
			}
		}
		for _, step := range c.no {
			if strings.Contains(plan, step) {
				t.Errorf("%s are found by a %s:\n%s", name, step, plan)
			}
		}
	}
}
