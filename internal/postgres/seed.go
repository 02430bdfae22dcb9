package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// seedBatch is how many workspaces one transaction of a Seed adds.
const seedBatch = 250

// Seed is how much a database is to hold for measuring: so many workspaces, and in each so many
// personas, campaigns, leads (each with a message and a score) and events.
type Seed struct {
	Workspaces, Personas, Campaigns, Leads, Events int
}

// ErrNotSeeded says that a database holds workspaces that no Seed added.
var ErrNotSeeded = errors.New("this database holds workspaces of people; use one that is empty")

// Seeded returns how many workspaces were added by an earlier Seed. It fails with ErrNotSeeded.
func (db *DB) Seeded(ctx context.Context) (n int, err error) {
	var seeded bool
	err = db.writes.QueryRow(ctx, `with counted as (select count(*) as n from workspaces)
		select n, n = (select count(*) from generate_series(1, n) i join workspaces w on w.id = md5('workspace ' || i)::uuid)
		from counted`).Scan(&n, &seeded)
	if err == nil && !seeded {
		err = ErrNotSeeded
	}
	return n, explain(err)
}

// SeedMore adds some of the workspaces after the first have, at most as many as s says, under
// all rules and triggers, and returns how many there are then. Whatever it adds is the same each
// time, and owned by people who cannot sign in.
func (db *DB) SeedMore(ctx context.Context, s Seed, have int) (int, error) {
	last := min(have+seedBatch, s.Workspaces)
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`set local statement_timeout = 0`)
		for _, sql := range seedFirst {
			batch.Queue(sql, have+1, last)
		}
		for n := have + 1; n <= last; n++ {
			batch.Queue(`select set_config('personae.event', md5('event ' || $1::int || ' 1')::uuid::text, true)`, n)
			batch.Queue(seedPersonas, n, s.Personas)
		}
		for _, part := range []struct {
			sql   string
			sizes []any
		}{{seedCampaigns, []any{s.Campaigns, s.Personas}}, {seedLeads, []any{s.Leads, s.Campaigns}}, {seedMessages, []any{s.Leads, s.Campaigns}},
			{seedScores, []any{s.Leads}}, {seedEvents, []any{s.Events, s.Personas, s.Campaigns}}} {
			batch.Queue(part.sql, append([]any{have + 1, last}, part.sizes...)...)
		}
		batch.Queue(`update workspace_revisions r set rev = $3 from generate_series($1::int, $2::int) n
			where r.workspace_id = md5('workspace ' || n)::uuid`, have+1, last, s.Events)
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return have, explain(err)
	}
	if last == s.Workspaces {
		_, err = db.writes.Exec(ctx, `set statement_timeout = 0; analyze; reset statement_timeout`)
	}
	return last, explain(err)
}

// Ids follow from numbers, so that each statement knows what another added. Every third campaign has a
// persona of its own; scores keep the sweep from asking for them, and messages are answered.
const (
	seedPersonas = `insert into personas (id, workspace_id, name, is_default, display_name, tone, greeting, signature, goals, service_description, ideal_customer_profile)
		select md5('persona ' || $1::int || ' ' || i)::uuid, md5('workspace ' || $1)::uuid, 'Persona ' || i, i = 1, ` + seedWords + `
		from generate_series(1, $2::int) i`
	seedWords = `'Anna ' || i, 'friendly', 'Hi {firstName|there},', 'Kind regards' || chr(10) || 'Anna',
		rtrim(repeat('Find out what they need. ', 12)), rtrim(repeat('We keep ships and ports in touch. ', 18)),
		rtrim(repeat('Ports with more than ten berths. ', 9))`
	seedCampaigns = `insert into campaigns (id, workspace_id, external_id, name, persona_id)
		select md5('campaign ' || n || ' ' || i)::uuid, md5('workspace ' || n)::uuid, 'c-' || i, 'Campaign ' || i,
			case when i % 3 = 0 then md5('persona ' || n || ' ' || 1 + i % $4::int)::uuid end
		from generate_series($1::int, $2::int) n, generate_series(1, $3::int) i`
	seedLeads = `insert into leads (id, workspace_id, external_id, campaign_id, first_name, last_name, email, company)
		select md5('lead ' || n || ' ' || i)::uuid, md5('workspace ' || n)::uuid, 'l-' || i, md5('campaign ' || n || ' ' || 1 + i % $4::int)::uuid,
			'Liv', 'Lead ' || i, 'liv.' || n || '.' || i || '@example.com', 'Port ' || i
		from generate_series($1::int, $2::int) n, generate_series(1, $3::int) i`
	seedMessages = `insert into messages (id, workspace_id, lead_id, campaign_id, channel, external_id, body, sent_at, answered_elsewhere)
		select md5('message ' || n || ' ' || i)::uuid, md5('workspace ' || n)::uuid, md5('lead ' || n || ' ' || i)::uuid,
			md5('campaign ' || n || ' ' || 1 + i % $4::int)::uuid, 'email', 'm-' || i, 'Could you tell me more about this, and what it costs?',
			now() - i * interval '1 hour', true
		from generate_series($1::int, $2::int) n, generate_series(1, $3::int) i`
	seedScores = `insert into scores (workspace_id, lead_id, fit, intent, overall, reason, scored_by, settings_version)
		select md5('workspace ' || n)::uuid, md5('lead ' || n || ' ' || i)::uuid, 2, 3, 3, 'They ask for more.', 'rules:v1', 1
		from generate_series($1::int, $2::int) n, generate_series(1, $3::int) i`
	seedEvents = `insert into audit_events (id, workspace_id, rev, at, actor_id, capacity, action, persona_id, campaign_id, from_version, to_version)
		select md5('event ' || n || ' ' || i)::uuid, md5('workspace ' || n)::uuid, i, now() - ($3::int - i) * interval '1 minute',
			md5('user ' || n % 100)::uuid, 'owner', case when i = 1 then 'persona.created' else 'campaign.assigned' end,
			md5('persona ' || n || ' ' || 1 + i % $4::int)::uuid, case when i > 1 then md5('campaign ' || n || ' ' || 1 + i % $5::int)::uuid end, 1, 1
		from generate_series($1::int, $2::int) n, generate_series(1, $3::int) i`
)

// seedFirst are the statements for workspaces from $1 to $2 that come first.
var seedFirst = []string{
	`insert into users (id, email, name) select distinct md5('user ' || n % 100)::uuid, 'owner-' || n % 100 || '@example.com', 'Owner ' || n % 100
		from generate_series($1::int, $2::int) n on conflict do nothing`,
	`insert into workspaces (id, name) select md5('workspace ' || n)::uuid, 'Workspace ' || lpad(n::text, 6, '0') from generate_series($1::int, $2::int) n`,
	`insert into members (workspace_id, user_id, role) select md5('workspace ' || n)::uuid, md5('user ' || n % 100)::uuid, 'owner'
		from generate_series($1::int, $2::int) n`,
	`insert into workspace_settings (workspace_id, ai_persona_name, ai_tone, ai_greeting, ai_signature, ai_goals, service_description, ideal_customer_profile)
		select md5('workspace ' || n)::uuid, ` + seedWords + ` from generate_series($1::int, $2::int) n, (values (1)) one (i)`,
}
