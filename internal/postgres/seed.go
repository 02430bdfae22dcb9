package postgres

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"
)

// seedBatch is how many workspaces one transaction of a Seed adds, and seedSteps how many
// transactions fill a large one.
const (
	seedBatch = 250
	seedSteps = 50
)

// Seed is how much a database is to hold for measuring: so many workspaces, and in each so many
// personas, campaigns, leads (each with a message and a score) and events.
type Seed struct {
	Workspaces, Personas, Campaigns, Leads, Events int
}

// ErrNotSeeded says that a database holds workspaces that no Seed added.
var ErrNotSeeded = errors.New("this database holds workspaces of people; use one that is empty")

// Seeded returns how many workspaces were added by an earlier Seed, and how many events the
// large one holds, which is not counted with them. It fails with ErrNotSeeded.
func (db *DB) Seeded(ctx context.Context) (workspaces, large int, err error) {
	var seeded bool
	err = db.writes.QueryRow(ctx, `with counted as (select count(*) as n from workspaces where id <> md5('workspace 0')::uuid)
		select n, n = (select count(*) from generate_series(1, n) i join workspaces w on w.id = md5('workspace ' || i)::uuid),
			coalesce((select rev from workspace_revisions where workspace_id = md5('workspace 0')::uuid), 0)
		from counted`).Scan(&workspaces, &seeded, &large)
	if err == nil && !seeded {
		err = ErrNotSeeded
	}
	return workspaces, large, explain(err)
}

// SeedMore adds some of the workspaces after the first have, at most as many as s says, under
// all rules and triggers, and returns how many there are then. Whatever it adds is the same each
// time, and owned by people who cannot sign in.
func (db *DB) SeedMore(ctx context.Context, s Seed, have int) (int, error) {
	last := min(have+seedBatch, s.Workspaces)
	part := seedPart{Seed: s, first: have + 1, last: last, lead: 1, event: 1, newest: s.Events}
	if err := db.seed(ctx, part, slices.Concat(seedFirst, seedWithin), last == s.Workspaces); err != nil {
		return have, err
	}
	return last, nil
}

// SeedLarge adds to the large workspace, which has the events to have, some of what s says of
// one workspace, and returns how many events it has then. All of its personas and campaigns come first.
func (db *DB) SeedLarge(ctx context.Context, s Seed, have int) (int, error) {
	last := min(have+(s.Events+seedSteps-1)/seedSteps, s.Events)
	part := seedPart{Seed: s, lead: have*s.Leads/s.Events + 1, event: have + 1, newest: s.Events}
	part.Leads, part.Events = last*s.Leads/s.Events, last
	statements := seedWithin
	if have == 0 {
		statements = slices.Concat(seedFirst, seedWithin)
	}
	if err := db.seed(ctx, part, statements, last == s.Events); err != nil {
		return have, err
	}
	return last, nil
}

// seedPart is what one transaction adds: to the workspaces from first to last, their leads and events from
// these on.
type seedPart struct {
	Seed
	first, last, lead, event, newest int
}

// seed adds a part by these statements in one transaction, and has PostgreSQL look at what there is after the last one.
func (db *DB) seed(ctx context.Context, p seedPart, statements []string, last bool) error {
	arguments := pgx.NamedArgs{
		"first": p.first, "last": p.last, "personas": p.Personas, "campaigns": p.Campaigns,
		"lead": p.lead, "leads": p.Leads, "event": p.event, "events": p.Events, "newest": p.newest,
	}
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(`set local statement_timeout = 0`)
		for _, sql := range statements {
			if sql != seedPersonas {
				batch.Queue(sql, arguments)
				continue
			}
			for n := p.first; n <= p.last; n++ {
				batch.Queue(sql, pgx.NamedArgs{"first": n, "personas": p.Personas})
			}
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	if err == nil && last {
		_, err = db.writes.Exec(ctx, `set statement_timeout = 0; analyze; reset statement_timeout`)
	}
	return explain(err)
}

// Ids follow from numbers, so that each statement knows what another added. Every third campaign has a
// persona of its own; scores keep the sweep from asking for them, and messages are answered.
const seedWords = `'Anna ' || i, 'friendly', 'Hi {firstName|there},', 'Kind regards' || chr(10) || 'Anna',
	rtrim(repeat('Find out what they need. ', 12)), rtrim(repeat('We keep ships and ports in touch. ', 18)),
	rtrim(repeat('Ports with more than ten berths. ', 9))`

// seedFirst are the statements that make workspaces, with personas and campaigns.
var seedFirst = []string{
	`insert into users (id, email, name) select distinct md5('user ' || n % 100)::uuid, 'owner-' || n % 100 || '@example.com', 'Owner ' || n % 100
		from generate_series(@first::int, @last::int) n on conflict do nothing`,
	`insert into workspaces (id, name) select md5('workspace ' || n)::uuid, case n when 0 then 'Large workspace' else 'Workspace ' || lpad(n::text, 6, '0') end
		from generate_series(@first::int, @last::int) n`,
	`insert into members (workspace_id, user_id, role) select md5('workspace ' || n)::uuid, md5('user ' || n % 100)::uuid, 'owner'
		from generate_series(@first::int, @last::int) n`,
	`insert into workspace_settings (workspace_id, ai_persona_name, ai_tone, ai_greeting, ai_signature, ai_goals, service_description, ideal_customer_profile)
		select md5('workspace ' || n)::uuid, ` + seedWords + ` from generate_series(@first::int, @last::int) n, (values (1)) one (i)`,
	seedPersonas,
	`insert into campaigns (id, workspace_id, external_id, name, persona_id)
		select md5('campaign ' || n || ' ' || i)::uuid, md5('workspace ' || n)::uuid, 'c-' || i, 'Campaign ' || i,
			case when i % 3 = 0 then md5('persona ' || n || ' ' || 1 + i % @personas::int)::uuid end
		from generate_series(@first::int, @last::int) n, generate_series(1, @campaigns::int) i`,
}

// seedPersonas is carried out for each workspace, as the versions of its personas name its first event.
const seedPersonas = `with event as materialized (select set_config('personae.event', md5('event ' || @first::int || ' 1')::uuid::text, true))
	insert into personas (id, workspace_id, name, is_default, display_name, tone, greeting, signature, goals, service_description, ideal_customer_profile)
	select md5('persona ' || @first || ' ' || i)::uuid, md5('workspace ' || @first)::uuid, 'Persona ' || i, i = 1, ` + seedWords + `
	from event, generate_series(1, @personas::int) i`

// seedWithin are the statements that add leads and events to workspaces.
var seedWithin = []string{
	`insert into leads (id, workspace_id, external_id, campaign_id, first_name, last_name, email, company)
		select md5('lead ' || n || ' ' || i)::uuid, md5('workspace ' || n)::uuid, 'l-' || i, md5('campaign ' || n || ' ' || 1 + i % @campaigns::int)::uuid,
			'Liv', 'Lead ' || i, 'liv.' || n || '.' || i || '@example.com', 'Port ' || i
		from generate_series(@first::int, @last::int) n, generate_series(@lead::int, @leads::int) i`,
	`insert into messages (id, workspace_id, lead_id, campaign_id, channel, external_id, body, sent_at, answered_elsewhere)
		select md5('message ' || n || ' ' || i)::uuid, md5('workspace ' || n)::uuid, md5('lead ' || n || ' ' || i)::uuid,
			md5('campaign ' || n || ' ' || 1 + i % @campaigns::int)::uuid, 'email', 'm-' || i, 'Could you tell me more about this, and what it costs?',
			now() - i * interval '1 hour', true
		from generate_series(@first::int, @last::int) n, generate_series(@lead::int, @leads::int) i`,
	`insert into scores (workspace_id, lead_id, fit, intent, overall, reason, scored_by, settings_version)
		select md5('workspace ' || n)::uuid, md5('lead ' || n || ' ' || i)::uuid, 2, 3, 3, 'They ask for more.', 'rules:v1', 1
		from generate_series(@first::int, @last::int) n, generate_series(@lead::int, @leads::int) i`,
	`insert into audit_events (id, workspace_id, rev, at, actor_id, capacity, action, persona_id, campaign_id, from_version, to_version)
		select md5('event ' || n || ' ' || i)::uuid, md5('workspace ' || n)::uuid, i, now() - (@newest::int - i) * interval '1 minute',
			md5('user ' || n % 100)::uuid, 'owner', case when i = 1 then 'persona.created' else 'campaign.assigned' end,
			md5('persona ' || n || ' ' || 1 + i % @personas::int)::uuid,
			case when i > 1 then md5('campaign ' || n || ' ' || 1 + i % @campaigns::int)::uuid end, 1, 1
		from generate_series(@first::int, @last::int) n, generate_series(@event::int, @events::int) i`,
	`update workspace_revisions r set rev = @events from generate_series(@first::int, @last::int) n
		where r.workspace_id = md5('workspace ' || n)::uuid`,
}
