package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

// ActivityPage is how many events a page of the audit log holds.
const ActivityPage = 50

// ActivityFilter narrows the audit log. Zero values narrow nothing.
type ActivityFilter struct {
	Person  uuid.NullUUID
	Action  string // the part before the dot, such as "persona"
	Persona uuid.NullUUID
	Before  int // only events with a smaller rev
}

// Activity is one event of the audit log, with the names of what it is about.
type Activity struct {
	ID       uuid.UUID
	Rev      int
	At       time.Time
	Who      string // empty: the operator
	Capacity Capacity
	Grantor  string // who let support in; empty: it was no support
	Reason   string
	Action   string
	Persona  string // its name then
	Campaign string
	From, To string // names of personas: the default, or a campaign's, before and after
	User     string // whom it concerns
	Role     string
	Fields   []string // form fields that changed
	Mirrored bool     // settings changed with it
	Versions [2]int   // of the persona; 0: none
	Before   *Version // the persona's words before and after; nil: unchanged or not there
	After    *Version

	PersonaID, CampaignID, GrantID uuid.NullUUID
}

// Named is something to filter by.
type Named struct {
	ID   uuid.UUID
	Name string
}

const selectActivity = `select e.id, e.rev, e.at, coalesce(u.name, ''), e.capacity, coalesce(gb.name, ''), coalesce(g.reason, ''), e.action,
		coalesce((select v.name from persona_versions v where v.workspace_id = e.workspace_id and v.persona_id = e.persona_id
			and v.version <= coalesce(e.to_version, 2147483647) order by v.version desc limit 1), ''),
		coalesce(c.name, ''),
		coalesce((select v.name from persona_versions v where v.workspace_id = e.workspace_id and v.persona_id = (e.details->>'from')::uuid order by v.version desc limit 1), ''),
		coalesce((select v.name from persona_versions v where v.workspace_id = e.workspace_id and v.persona_id = (e.details->>'to')::uuid order by v.version desc limit 1), ''),
		coalesce((select x.name from users x where x.id = (e.details->>'user')::uuid), ''), coalesce(e.details->>'role', ''),
		coalesce(e.details->'fields', '[]'), e.details ? 'settings', coalesce(e.from_version, 0), coalesce(e.to_version, 0),
		e.persona_id, e.campaign_id, e.grant_id
	from audit_events e
	left join users u on u.id = e.actor_id
	left join support_grants g on g.workspace_id = e.workspace_id and g.id = e.grant_id
	left join users gb on gb.id = g.granted_by
	left join campaigns c on c.workspace_id = e.workspace_id and c.id = e.campaign_id
	where e.workspace_id = $1 and ($2::uuid is null or e.actor_id = $2) and ($3 = '' or split_part(e.action, '.', 1) = $3)
		and ($4::uuid is null or e.persona_id = $4 or e.details->>'from' = $4::text or e.details->>'to' = $4::text) and ($5 = 0 or e.rev < $5)
	order by e.rev desc limit $6`

func scanActivity(row pgx.CollectableRow) (Activity, error) {
	var x Activity
	var fields []byte
	err := row.Scan(&x.ID, &x.Rev, &x.At, &x.Who, &x.Capacity, &x.Grantor, &x.Reason, &x.Action, &x.Persona, &x.Campaign, &x.From, &x.To,
		&x.User, &x.Role, &fields, &x.Mirrored, &x.Versions[0], &x.Versions[1], &x.PersonaID, &x.CampaignID, &x.GrantID)
	if err == nil {
		err = json.Unmarshal(fields, &x.Fields)
	}
	return x, err
}

// Activities gives a page of the audit log, the latest first, and what its
// filters offer: people and personas that appear in it.
func (db *DB) Activities(ctx context.Context, a Access, f ActivityFilter) (events []Activity, people, personas []Named, err error) {
	batch := &pgx.Batch{}
	batch.Queue(selectActivity, a.workspace, f.Person, f.Action, f.Persona, f.Before, ActivityPage+1).Query(func(rows pgx.Rows) (err error) {
		events, err = pgx.CollectRows(rows, scanActivity)
		return err
	})
	// The words before and after, of all events of the page at once.
	batch.Queue(`with page as (select e.id, e.workspace_id, e.persona_id, e.from_version, e.to_version from audit_events e
			where e.workspace_id = $1 and ($2::uuid is null or e.actor_id = $2) and ($3 = '' or split_part(e.action, '.', 1) = $3)
				and ($4::uuid is null or e.persona_id = $4 or e.details->>'from' = $4::text or e.details->>'to' = $4::text) and ($5 = 0 or e.rev < $5)
			order by e.rev desc limit $6)
		select page.id, `+versionColumns+` from page
		join persona_versions v on v.workspace_id = page.workspace_id and v.persona_id = page.persona_id and v.version in (page.from_version, page.to_version)
		left join audit_events e on false left join users u on false
		where page.from_version is distinct from page.to_version`,
		a.workspace, f.Person, f.Action, f.Persona, f.Before, ActivityPage+1).Query(func(rows pgx.Rows) error {
		at := map[uuid.UUID]*Activity{}
		for i := range events {
			at[events[i].ID] = &events[i]
		}
		for rows.Next() {
			var id uuid.UUID
			var v Version
			if err := rows.Scan(&id, &v.Name, &v.DisplayName, &v.Tone, &v.Greeting, &v.SMSGreeting, &v.Signature, &v.Goals, &v.ServiceDescription,
				&v.IdealCustomerProfile, &v.Number, &v.IsDefault, &v.Deleted, &v.At, &v.Who, &v.Capacity, &v.Action); err != nil {
				return err
			}
			if x := at[id]; x != nil && v.Number == x.Versions[0] {
				x.Before = &v
			} else if x != nil {
				x.After = &v
			}
		}
		return rows.Err()
	})
	named := func(into *[]Named) func(pgx.Rows) error {
		return func(rows pgx.Rows) (err error) {
			*into, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Named])
			return err
		}
	}
	batch.Queue(`select u.id, u.name from users u where exists (select from audit_events e where e.workspace_id = $1 and e.actor_id = u.id)
		order by u.name collate "und-x-icu", u.id`, a.workspace).Query(named(&people))
	batch.Queue(`select persona_id, name from (select distinct on (persona_id) persona_id, name from persona_versions where workspace_id = $1
		order by persona_id, version desc) latest order by name collate "und-x-icu", persona_id`, a.workspace).Query(named(&personas))
	return events, people, personas, db.readAll(ctx, a, batch)
}

// EachActivity calls do with every event that the filter lets through, the
// latest first, in pages, so that a long log needs little memory.
func (db *DB) EachActivity(ctx context.Context, a Access, f ActivityFilter, do func(Activity) error) error {
	if !a.May(Read) {
		return persona.ErrNotFound
	}
	const page = 1000
	for {
		rows, err := db.reads.Query(ctx, selectActivity, a.workspace, f.Person, f.Action, f.Persona, f.Before, page)
		if err != nil {
			return explain(err)
		}
		events, err := pgx.CollectRows(rows, scanActivity)
		if err != nil {
			return explain(err)
		}
		for _, x := range events {
			if err := do(x); err != nil {
				return err
			}
		}
		if len(events) < page {
			return nil
		}
		f.Before = events[page-1].Rev
	}
}
