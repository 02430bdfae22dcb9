package postgres_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestFewAreFoundAmongManyByAnIndex fills thirty workspaces with messages, one of
// them with many leads, and
// asks PostgreSQL how it would look for a few of them.
func TestFewAreFoundAmongManyByAnIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	ws := a.Workspace()
	d.NewPersona(t, a, "First")
	for _, sql := range []string{
		`insert into workspaces (name) select 'Workspace ' || n from generate_series(1, 29) n`,
		`insert into leads (workspace_id, external_id, score_problem) select w.id, n, case when n = 7 then 'The model declines.' else '' end
			from workspaces w, generate_series(1, 50) n`,
		`insert into leads (workspace_id, external_id) select id, 'quiet ' || n from workspaces w, generate_series(1, 3000) n where w.name = 'Harbor'`,
		`insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
			select l.workspace_id, l.id, 'email', l.external_id || ' ' || n, 'Hello', now() - n * interval '5 days' from leads l, generate_series(1, 10) n where l.external_id not like 'quiet%'`,
		`insert into drafts (workspace_id, message_id, channel, state) select workspace_id, id, channel, case when external_id = '7 3' then 'unmade' else 'making' end from messages`,
		`insert into draft_outcomes (workspace_id, draft_id, version, source, channel, made_at, decision, decided_at, reason)
			select d.workspace_id, d.id, 1, 'settings', d.channel, now() - n * interval '40 days', 'rejected', now(), 'tone'
			from (select *, row_number() over (partition by workspace_id) as n from drafts) d`,
		`insert into campaigns (workspace_id, name, persona_id) select w.id, n, case when n % 2 = 0 then p.id end
			from workspaces w left join personas p on p.workspace_id = w.id, generate_series(1, 200) n`,
		`insert into persona_versions (workspace_id, persona_id, version, name, is_default)
			select workspace_id, id, version + n, name, true from personas, generate_series(1, 3000) n`,
		`analyze`,
	} {
		d.Exec(t, sql)
	}
	quarter := []any{ws, time.Now().AddDate(0, 0, -84), time.Now(), nil, nil, ""}
	for name, c := range map[string]struct {
		sql       string
		args      []any
		takes, no []string
	}{
		"the last messages": {postgres.SelectRecentMessages, []any{ws, 200, 8}, []string{"messages_recent"},
			[]string{"Seq Scan on messages", "Seq Scan on leads", "Sort"}},
		"the leads of a page": {postgres.SelectLeads, []any{ws, 11, 10, 1000}, []string{"leads_last_at"},
			[]string{"Seq Scan on leads l"}},
		"the personas that were deleted": {postgres.CountPersonas, []any{ws, "", 1000}, []string{"persona_versions_deleted"},
			[]string{"Seq Scan on persona_versions"}},
		"the campaigns of each persona": {postgres.SelectPersonas, []any{ws, "", nil, 0}, []string{"campaigns_of"},
			[]string{"Seq Scan on campaigns"}},
		"what failed": {postgres.CountFailed, nil, []string{"drafts_unmade", "leads_unscored"},
			[]string{"Seq Scan"}},
		"the drafts that nobody asked for": {postgres.AddDrafts, []any{time.Minute, 500}, []string{"messages_unanswered", "messages_lead"},
			[]string{"Seq Scan on messages", "Seq Scan on leads", "Seq Scan on drafts"}},
		"the scores that nobody asked for": {postgres.AskScores, []any{time.Minute, 500}, []string{"messages_unanswered"},
			[]string{"Seq Scan on messages"}},
		"outcomes of a time": {postgres.SelectOutcomes(lead.OutcomeFilter{By: lead.ByPersona}), quarter, []string{"draft_outcomes_made"},
			[]string{"Seq Scan on draft_outcomes"}},
		"outcomes by week": {postgres.SelectOutcomes(lead.OutcomeFilter{By: lead.ByWeek}), append(slices.Clone(quarter), []time.Time{time.Now().AddDate(0, 0, -84)}),
			[]string{"draft_outcomes_made"}, []string{"Seq Scan on draft_outcomes"}},
		"why drafts were rejected": {postgres.SelectReasons(lead.OutcomeFilter{By: lead.ByVersion}), quarter, []string{"draft_outcomes_made"},
			[]string{"Seq Scan on draft_outcomes"}},
		"the leads to forget": {postgres.SelectSilent, []any{ws, time.Now().AddDate(-1, 0, 0), 50}, []string{"leads_last_at"},
			[]string{"Seq Scan on messages", "Seq Scan on leads"}},
	} {
		plan := planOf(t, d, c.sql, c.args)
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

func planOf(t *testing.T, d *dbtest.Database, sql string, arguments []any) string {
	t.Helper()
	rows, err := d.ServerSQL.Query(t.Context(), `explain (costs off) `+sql, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// TestAPageOfEventsIsFoundByOneIndex looks at how the events of a page are found among
// many, of many workspaces, however they are filtered: in the order in which they are
// shown, so that nothing else is read.
func TestAPageOfEventsIsFoundByOneIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "First").ID
	person := uuid.NullUUID{UUID: d.User(t, access.NewUser{}), Valid: true}
	for _, sql := range []string{
		`insert into workspaces (name) select 'Workspace ' || n from generate_series(1, 9) n`,
		`insert into audit_events (workspace_id, rev, at, actor_id, capacity, action, persona_id, details)
			select w.id, 1000 + n, now() - n * interval '1 minute', u.ids[1 + n % 2], case when n % 3 = 0 then 'operator' else 'admin' end,
				case when n % 5 = 0 then 'persona.default_set' else 'campaign.assigned' end, case when n % 5 = 0 then p.id end,
				case when n % 2 = 0 then jsonb_build_object('from', case when n % 7 = 0 then p.id else w.id end, 'to', u.ids[1]) else '{}' end
			from workspaces w, (select array_agg(id) as ids from users) u, personas p, generate_series(1, 1000) n`,
		`analyze`,
	} {
		d.Exec(t, sql)
	}
	day := time.Now().Add(-8 * time.Hour)
	for name, c := range map[string]struct {
		filter audit.Filter
		takes  []string
	}{
		"all":            {audit.Filter{}, []string{"audit_events_at"}},
		"older ones":     {audit.Filter{Before: 1500}, []string{"audit_events_at"}},
		"of a person":    {audit.Filter{Person: person}, []string{"audit_events_person"}},
		"of a time":      {audit.Filter{From: &day, To: &day}, []string{"audit_events_at"}},
		"by operators":   {audit.Filter{Operator: true}, []string{"audit_events_operator"}},
		"of a kind":      {audit.Filter{Action: "campaign"}, []string{"audit_events_kind"}},
		"of the default": {audit.Filter{Action: "default"}, []string{"audit_events_moved"}},
		"of a persona": {audit.Filter{Persona: uuid.NullUUID{UUID: p, Valid: true}},
			[]string{"audit_events_persona", "audit_events_from", "audit_events_to"}},
	} {
		sql, arguments := postgres.FoundEvents(a, c.filter)
		plan := planOf(t, d, sql, arguments)
		for _, index := range c.takes {
			if !strings.Contains(plan, "Index Scan Backward using "+index) {
				t.Errorf("events %s are not found by %s:\n%s", name, index, plan)
			}
		}
		if strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Bitmap") {
			t.Errorf("events %s are looked for one by one:\n%s", name, plan)
		}
	}
}

// TestAPageOfAListIsFoundByItsIndex looks at how a page is chosen among thousands: by an
// index that has their order, or that knows what they hold, so that the others are not read.
func TestAPageOfAListIsFoundByItsIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ws := d.Workspace(t, "Harbor").Workspace()
	d.Exec(t, `insert into workspaces (name) select 'Workspace ' || n from generate_series(1, 3000) n`)
	d.Exec(t, `update workspace_revisions set rev = 1`)
	d.Exec(t, `insert into campaigns (workspace_id, name) select $1, 'Campaign ' || n from generate_series(1, 3000) n`, ws)
	d.Exec(t, `insert into leads (workspace_id, external_id, last_name) select $1, n, 'Strand ' || n from generate_series(1, 3000) n`, ws)
	d.Exec(t, `analyze`)
	for _, c := range []struct {
		finds, not string
		sql        string
		args       []any
	}{
		{"Index Scan using workspaces_by_name", "Sort", postgres.FoundWorkspaces(false, false, false), []any{uuid.Nil, true, "", 0}},
		{"using workspaces_by_change", "Seq Scan", postgres.FoundWorkspaces(false, true, false), []any{uuid.Nil, true, "", 0}},
		{"using workspaces_archived", "workspaces_by_change", postgres.FoundWorkspaces(false, true, true), []any{uuid.Nil, true, "", 0}},
		{"Index Scan using campaigns_by_name", "Sort", postgres.SelectCampaignPage(persona.CampaignFilter{}),
			[]any{ws, "", nil, false, false, 50, 0}},
		{"Bitmap Index Scan on workspaces_search", "BitmapAnd", postgres.FoundWorkspaces(true, false, false), []any{uuid.Nil, true, "n 99", 0}},
		{"Bitmap Index Scan on campaigns_search", "BitmapAnd", postgres.SelectCampaignPage(persona.CampaignFilter{Search: "n 99"}),
			[]any{ws, "n 99", nil, false, false, 50, 0}},
		{"Bitmap Index Scan on lead_words_search", "BitmapAnd", postgres.SelectFoundLeads, []any{ws, 50, 0, "strand 99"}},
		// Each that is found by its key, and not among all leads of the workspace.
		{"Index Scan using leads_pkey on leads", "BitmapAnd", postgres.SelectFoundLeads, []any{ws, 50, 0, "strand 99"}},
	} {
		plan := planOf(t, d, c.sql, c.args)
		if !strings.Contains(plan, c.finds) || strings.Contains(plan, c.not) || strings.Contains(plan, "Seq Scan on lead_words") {
			t.Errorf("a page is found without %s or with %s:\n%s", c.finds, c.not, plan)
		}
	}
}

// TestOneOfALargeWorkspaceIsFoundWhereTheOthersAreSmall looks at what is looked up for each row of a page, and at what is read
// in the order of an index, while PostgreSQL takes each workspace to have few campaigns.
func TestOneOfALargeWorkspaceIsFoundWhereTheOthersAreSmall(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	ws := a.Workspace()
	d.Exec(t, `insert into campaigns (workspace_id, name) select $1, 'Campaign ' || n from generate_series(1, 3000) n`, ws)
	d.Exec(t, `insert into leads (workspace_id, external_id, campaign_id)
		select workspace_id, n, id from (select *, row_number() over () as n from campaigns) c`)
	for _, table := range []string{"campaigns", "leads"} {
		d.Exec(t, `alter table `+table+` alter column workspace_id set (n_distinct = -0.1)`)
		d.Exec(t, `vacuum analyze `+table)
	}
	events, arguments := postgres.SelectActivity(a)
	for name, c := range map[string]struct {
		finds, not string
		sql        string
		args       []any
	}{
		"the campaign of each lead":              {"campaigns_pkey", "campaigns_by_name", postgres.SelectLeads, []any{ws, 50, 0, 1000}},
		"the campaign of each message":           {"campaigns_pkey", "campaigns_by_name", postgres.SelectMessages, []any{ws, uuid.Nil, 50, nil}},
		"the campaign of each event":             {"campaigns_pkey", "campaigns_by_name", events, arguments},
		"the campaign of each message of a file": {"campaigns_pkey", "campaigns_by_name", postgres.SelectFileMessages, []any{ws, uuid.Nil}},
		"the campaign of each outcome": {"campaigns_pkey", "campaigns_by_name", postgres.SelectOutcomes(lead.OutcomeFilter{By: lead.ByCampaign}),
			[]any{ws, time.Now(), time.Now(), nil, nil, ""}},
		"the campaigns that name none": {"campaigns_of", "Sort", postgres.SelectUnnamed, []any{ws, 500}},
	} {
		if plan := planOf(t, d, c.sql, c.args); !strings.Contains(plan, c.finds) || strings.Contains(plan, c.not) {
			t.Errorf("%s: found without %s or with %s:\n%s", name, c.finds, c.not, plan)
		}
	}
}
