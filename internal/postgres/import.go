package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/origin"
	"personae/internal/persona"
)

// Arrivals brings workspaces over from the origin's database.
type Arrivals struct {
	db      *DB
	only    *pgxpool.Conn // holds the lock that makes this the only import; nil: nothing is written
	speaker persona.Side
	users   map[string]uuid.UUID // by the origin's id
	added   int
}

// Arrived is what came over; of a dry run, what would.
type Arrived struct {
	Workspaces, Personas, Campaigns, Members, Leads, Messages int
	// Of so many leads and messages of theirs, whether they came over before or not.
	LeadsSeen, MessagesSeen int
	// Followed is how many leads and messages that are here heard what became of
	// them there since; Outbound is how many messages stay there.
	Followed, Outbound int
	Repairs            []origin.Repair
}

// Any tells whether something came over.
func (a Arrived) Any() bool {
	return a.Workspaces+a.Personas+a.Campaigns+a.Members+a.Leads+a.Messages+a.Followed > 0
}

// Add counts what came over with another.
func (a *Arrived) Add(b Arrived) {
	a.Workspaces += b.Workspaces
	a.Personas += b.Personas
	a.Campaigns += b.Campaigns
	a.Members += b.Members
	a.Leads += b.Leads
	a.Messages += b.Messages
	a.LeadsSeen += b.LeadsSeen
	a.MessagesSeen += b.MessagesSeen
	a.Followed += b.Followed
	a.Outbound += b.Outbound
}

// Arrive begins to bring over an origin's workspaces: whoever of its people has
// no account gets one, without a password. speaker says whose words go on where
// a default persona contradicts the settings. A dry run reads only. It fails
// with a sentence while another import is under way.
func (db *DB) Arrive(ctx context.Context, people []origin.Person, speaker persona.Side, dry bool) (*Arrivals, error) {
	a := &Arrivals{db: db, speaker: speaker}
	if !dry {
		if err := a.lock(ctx); err != nil {
			return nil, err
		}
	}
	if err := a.accounts(ctx, people, dry); err != nil {
		a.Close()
		return nil, unmigrated(explain(err))
	}
	return a, nil
}

func (a *Arrivals) lock(ctx context.Context) (err error) {
	if a.only, err = a.db.writes.Acquire(ctx); err != nil {
		return explain(err)
	}
	// Plans that triggers keep are made while the tables are still empty, where
	// reading all of a table looks cheap: it would cost half of the time later.
	var alone bool
	err = a.only.QueryRow(ctx, `select pg_try_advisory_lock(hashtext('personae import')) from set_config('enable_seqscan', 'off', false)`).Scan(&alone)
	if err == nil && !alone {
		err = errors.New("another import is under way; nothing was changed. Wait until it has ended, then run this again")
	}
	if err != nil {
		a.Close()
	}
	return err
}

// Close ends what Arrive began.
func (a *Arrivals) Close() {
	if a.only == nil {
		return
	}
	// Closing the connection gives the lock back, whatever state it is in.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = a.only.Conn().Close(ctx)
	a.only.Release()
	a.only = nil
}

// Accounts gives how many people got an account.
func (a *Arrivals) Accounts() int { return a.added }

// accounts finds the account of each of the people who has an address, first
// by the origin's id, which stays when an address changes, then by the address.
func (a *Arrivals) accounts(ctx context.Context, people []origin.Person, dry bool) error {
	var ids, emails, names, all []string
	for _, p := range people {
		p = p.Repaired()
		all = append(all, p.ID)
		if p.Email != "" {
			ids, emails, names = append(ids, p.ID), append(emails, p.Email), append(names, p.Name)
		}
	}
	a.users = map[string]uuid.UUID{}
	find := func(tx pgx.Tx) error {
		// By the address first, so that the id has the last word.
		for _, found := range []struct {
			sql  string
			args []any
		}{
			{`select i.id, u.id from unnest($1::text[], $2::text[]) i (id, email) join users u on lower(u.email) = lower(i.email)`, []any{ids, emails}},
			{`select origin_id, id from users where origin_id = any($1)`, []any{all}},
		} {
			var theirs string
			var ours uuid.UUID
			known := func() { a.users[theirs] = ours }
			if err := queryEach(ctx, tx, []any{&theirs, &ours}, known, found.sql, found.args...); err != nil {
				return err
			}
		}
		return nil
	}
	if dry {
		tx, err := a.begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
		if err := find(tx); err != nil {
			return err
		}
		fresh := map[string]uuid.UUID{}
		for i, id := range ids {
			if _, known := a.users[id]; known {
				continue
			}
			key := strings.ToLower(emails[i])
			if fresh[key] == uuid.Nil {
				fresh[key] = uuid.New()
			}
			a.users[id] = fresh[key]
		}
		a.added = len(fresh)
		return nil
	}
	return pgx.BeginFunc(ctx, a.only, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `insert into users (email, name, origin_id)
			select i.email, i.name, i.id from unnest($1::text[], $2::text[], $3::text[]) with ordinality i (id, email, name, n)
			where not exists (select from users u where u.origin_id = i.id) order by i.n
			on conflict do nothing`, ids, emails, names)
		if err != nil {
			return err
		}
		a.added = int(tag.RowsAffected())
		// Who was here before is known by the origin's id from now on.
		if _, err := tx.Exec(ctx, `update users u set origin_id = i.id
			from (select distinct on (lower(email)) id, email from unnest($1::text[], $2::text[]) with ordinality i (id, email, n) order by lower(email), n) i
			where lower(u.email) = lower(i.email) and u.origin_id is null
				and not exists (select from users o where o.origin_id = i.id)`, ids, emails); err != nil {
			return err
		}
		return find(tx)
	})
}

// Bring brings workspaces over in one transaction, with their leads, which it
// reads from source: all of them, or none. What came over before is left as it
// is, whatever became of it here, and is locked like by any write; a new
// workspace is nobody's to see before COMMIT. It calls progress with what was
// seen of the list so far and what of it came over.
func (a *Arrivals) Bring(ctx context.Context, source *origin.Source, list []origin.Workspace, progress func(Arrived)) (Arrived, error) {
	for try := 1; ; try++ {
		arrived, err := a.bring(ctx, source, list, progress)
		if !collided(err) || try == maxTries {
			return arrived, unmigrated(explain(err))
		}
	}
}

func (a *Arrivals) bring(ctx context.Context, source *origin.Source, list []origin.Workspace, progress func(Arrived)) (Arrived, error) {
	var arrived Arrived
	tx, err := a.begin(ctx)
	if err != nil {
		return arrived, err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	here, err := a.look(ctx, tx, list)
	if err != nil {
		return arrived, err
	}
	batch := &pgx.Batch{}
	for _, w := range list {
		known := here.of(w.ID)
		plan := w.Plan(known.Known, a.speaker == persona.PersonaIsRight, here.fold, func(person string) bool { return a.users[person] != uuid.Nil })
		arrived.Repairs = append(arrived.Repairs, plan.Repairs...)
		if known.Here && plan.Empty() {
			continue
		}
		if !known.Here {
			known.id = here.idFor(w.ID)
			here.workspaces[w.ID] = known
			arrived.Workspaces++
		}
		known.told = true
		arrived.Personas += len(plan.Personas)
		arrived.Campaigns += len(plan.Campaigns)
		arrived.Members += len(plan.Members)
		if err := a.queue(batch, w, plan, known, here); err != nil {
			return arrived, err
		}
	}
	if here.foldErr != nil {
		return arrived, here.foldErr
	}
	if a.only != nil && batch.Len() > 0 {
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return arrived, err
		}
	}
	if err := a.bringLeads(ctx, tx, source, list, here, &arrived, progress); err != nil || a.only == nil {
		return arrived, err
	}
	if err := a.db.deliver(ctx, tx, here.deliveries); err != nil {
		return arrived, err
	}
	return arrived, tx.Commit(ctx)
}

// begin begins a transaction: of a dry run one that PostgreSQL lets only read.
// It may wait for the origin, and take many rows at once.
func (a *Arrivals) begin(ctx context.Context) (tx pgx.Tx, err error) {
	if a.only == nil {
		tx, err = a.db.reads.Begin(ctx)
	} else {
		tx, err = a.only.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite})
	}
	if err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `select set_config('idle_in_transaction_session_timeout', '0', true), set_config('statement_timeout', '0', true)`); err != nil {
		return nil, errors.Join(err, tx.Rollback(context.WithoutCancel(ctx)))
	}
	return tx, nil
}

// residence is what is here of some workspaces of the origin.
type residence struct {
	workspaces map[string]*resident
	folded     map[string]string
	taken      map[uuid.UUID]bool // ids that a workspace, persona or campaign has
	foldOne    func(string) (string, error)
	foldErr    error
	deliveries []DeliverJob // of what webhooks are told
}

type resident struct {
	origin.Known
	id        uuid.UUID
	personas  map[string]uuid.UUID // by the origin's id; only those that are still there
	came      map[string]uuid.UUID // campaigns likewise
	campaigns map[string]uuid.UUID // by their external id
	members   map[uuid.UUID]bool
	told      bool // an event says that something came over
}

func (r *residence) of(id string) *resident {
	if known := r.workspaces[id]; known != nil {
		return known
	}
	return &resident{personas: map[string]uuid.UUID{}, came: map[string]uuid.UUID{}}
}

// fold gives a name as the index that keeps names apart sees it.
func (r *residence) fold(name string) string {
	if folded, ok := r.folded[name]; ok {
		return folded
	}
	folded, err := r.foldOne(name)
	if err != nil && r.foldErr == nil {
		r.foldErr = err
	}
	if err != nil {
		folded = uuid.NewString() // taken by nobody, so that the search for a name ends
	}
	r.folded[name] = folded
	return folded
}

// idFor keeps an id that is a UUID, so that links go on working, unless another
// row has it.
func (r *residence) idFor(theirs string) uuid.UUID {
	id, err := uuid.Parse(theirs)
	if err != nil || id.String() != theirs || id == uuid.Nil || r.taken[id] {
		id = uuid.New()
	}
	r.taken[id] = true
	return id
}

// look locks those of the workspaces that are here, and finds out what they
// have. The lock is a statement of its own, so that the others see what the
// writer before left.
func (a *Arrivals) look(ctx context.Context, tx pgx.Tx, list []origin.Workspace) (*residence, error) {
	r := &residence{workspaces: map[string]*resident{}, folded: map[string]string{}, taken: map[uuid.UUID]bool{}}
	r.foldOne = func(name string) (folded string, err error) {
		err = tx.QueryRow(ctx, `select lower(normalize($1::text) collate "und-x-icu")`, name).Scan(&folded)
		return folded, err
	}
	var theirs, names []string
	var ids []uuid.UUID
	note := func(id string) {
		if parsed, err := uuid.Parse(id); err == nil {
			ids = append(ids, parsed)
		}
	}
	for _, w := range list {
		theirs = append(theirs, w.ID)
		note(w.ID)
		for _, p := range w.Personas {
			names = append(names, persona.Clean(p.Name))
			note(p.ID)
		}
		for _, c := range w.Campaigns {
			note(c.ID)
		}
	}
	find := `select origin_id, id from workspaces where origin_id = any($1) order by id`
	if a.only != nil {
		find += ` for no key update`
	}
	byID := map[uuid.UUID]*resident{}
	var here []uuid.UUID
	var key string
	var workspace, id uuid.UUID
	if err := queryEach(ctx, tx, []any{&key, &id}, func() {
		w := &resident{id: id, personas: map[string]uuid.UUID{}, came: map[string]uuid.UUID{}, campaigns: map[string]uuid.UUID{}, members: map[uuid.UUID]bool{}}
		w.Known = origin.Known{Here: true, Personas: map[string]bool{}, Campaigns: map[string]bool{}, Members: map[string]bool{}, Names: map[string]bool{}}
		r.workspaces[key], byID[id] = w, w
		here = append(here, id)
	}, find, theirs); err != nil {
		return nil, err
	}
	batch := &pgx.Batch{}
	each := func(sql string, argument any, into []any, keep func(*resident)) {
		collectEach(batch.Queue(sql, argument), into, func() {
			keep(byID[workspace])
		})
	}
	each(`select id from workspaces where id = any($1) union select id from personas where id = any($1) union select id from campaigns where id = any($1)`,
		ids, []any{&id}, func(*resident) { r.taken[id] = true })
	var folded string
	each(`select name, lower(normalize(name) collate "und-x-icu") from unnest($1::text[]) n (name)`,
		names, []any{&key, &folded}, func(*resident) { r.folded[key] = folded })
	if len(here) > 0 {
		var kind string
		var there, admin bool
		each(`select o.workspace_id, o.kind, o.origin_id, o.id, exists (select from personas p where p.workspace_id = o.workspace_id and p.id = o.id)
				or exists (select from campaigns c where c.workspace_id = o.workspace_id and c.id = o.id)
			from origin_rows o where o.workspace_id = any($1) and o.kind in ('persona', 'campaign', 'member')`, here, []any{&workspace, &kind, &key, &id, &there}, func(w *resident) {
			switch kind {
			case "persona":
				w.Personas[key] = true
				if there {
					w.personas[key] = id
				}
			case "campaign":
				w.Campaigns[key] = true
				if there {
					w.came[key] = id
				}
			case "member":
				w.Members[key] = true
			}
		})
		each(`select workspace_id, lower(normalize(name) collate "und-x-icu") from personas where workspace_id = any($1)`,
			here, []any{&workspace, &key}, func(w *resident) { w.Names[key] = true })
		each(`select workspace_id, external_id, id from campaigns where workspace_id = any($1) and external_id is not null`,
			here, []any{&workspace, &key, &id}, func(w *resident) { w.campaigns[key] = id })
		each(`select workspace_id, user_id, role in ('owner', 'admin') from members where workspace_id = any($1)`,
			here, []any{&workspace, &id, &admin}, func(w *resident) {
				w.members[id] = true
				w.Admin = w.Admin || admin
			})
		var s persona.Settings
		each(`select s.workspace_id, `+settingsColumns.words("s")+`, s.version from workspace_settings s where s.workspace_id = any($1)`,
			here, append([]any{&workspace}, append(settingsTargets(&s), &s.Version)...), func(w *resident) { w.Settings = s })
	}
	return r, tx.SendBatch(ctx, batch).Close()
}

// queue adds the writes of one workspace to a batch, with one event. Words that
// a repair changed are kept as the first version, so the history has them.
func (a *Arrivals) queue(batch *pgx.Batch, w origin.Workspace, plan origin.Plan, known *resident, here *residence) error {
	ws := known.id
	e := &event{id: uuid.New(), action: audit.WorkspaceImported}
	batch.Queue(setEvent, e.id.String())
	if !known.Here {
		batch.Queue(`insert into workspaces (id, name, origin_id, created_at) values ($1, $2, $3, $4)`, ws, plan.Name, w.ID, w.CreatedAt)
		if plan.Was != nil {
			batch.Queue(upsertSettingsSQL, settingsArguments(ws, *plan.Was)...)
		}
		if plan.Settings != nil {
			batch.Queue(upsertSettingsSQL, settingsArguments(ws, *plan.Settings)...)
		}
	}
	var kinds, theirs []string
	var ours []uuid.UUID
	came := func(kind, their string, our uuid.UUID) {
		kinds, theirs, ours = append(kinds, kind), append(theirs, their), append(ours, our)
	}
	mirrored := false
	for _, p := range plan.Personas {
		id := here.idFor(p.ID)
		if p.Was != nil {
			batch.Queue(insertFirstVersion, slices.Concat([]any{ws, id, p.UpdatedAt, e.id}, contentArguments(*p.Was))...)
		}
		var maker uuid.NullUUID
		if maker.UUID = a.users[p.CreatedBy]; maker.UUID != uuid.Nil {
			maker.Valid = true
		}
		made, changed := p.CreatedAt, p.UpdatedAt
		if p.ID == "" {
			made = time.Now()
			changed = made
		} else {
			came("persona", p.ID, id)
			known.personas[p.ID] = id
		}
		batch.Queue(insertImported, slices.Concat([]any{ws, id, p.IsDefault, maker, made, changed}, contentArguments(p.Content))...)
		mirrored = mirrored || p.IsDefault
	}
	if mirrored {
		batch.Queue(mirrorDefault, ws)
	}
	for _, c := range plan.Campaigns {
		external := c.ExternalID
		if external == "" {
			external = c.ID
		}
		id, there := known.campaigns[external]
		if !there {
			id = here.idFor(c.ID)
			var chosen uuid.NullUUID
			chosen.UUID, chosen.Valid = known.personas[c.Persona]
			batch.Queue(`insert into campaigns (id, workspace_id, external_id, name, persona_id, created_at) values ($1, $2, $3, $4, $5, $6)`,
				id, ws, external, c.Name, chosen, c.CreatedAt)
		}
		came("campaign", c.ID, id)
		known.came[c.ID] = id
	}
	for _, person := range slices.Sorted(maps.Keys(plan.Members)) {
		user := a.users[person]
		if !known.members[user] {
			// Two people of the origin may share an address, and so an account.
			batch.Queue(`insert into members as m (workspace_id, user_id, role) values ($1, $2, $3)
				on conflict (workspace_id, user_id) do update set role = excluded.role where excluded.role = 'owner' or m.role = 'member'`,
				ws, user, roleOf(plan.Members[person]))
		}
		came("member", person, user)
	}
	if len(theirs) > 0 {
		batch.Queue(`insert into origin_rows (workspace_id, kind, origin_id, id) select $1, * from unnest($2::text[], $3::text[], $4::uuid[])`, ws, kinds, theirs, ours)
	}
	return here.record(batch, ws, e)
}

// record adds the event of a workspace to a batch, and notes the deliveries that
// it makes.
func (r *residence) record(batch *pgx.Batch, ws uuid.UUID, e *event) error {
	arguments, err := e.arguments(Access{workspace: ws, role: access.Operator})
	collectMore(batch.Queue(insertEvent, arguments...), &r.deliveries, pgx.RowToStructByPos[DeliverJob])
	return err
}

func roleOf(r origin.Role) access.Role {
	switch r {
	case origin.Owns:
		return access.Owner
	case origin.Administers:
		return access.Admin
	case origin.Reads:
	}
	return access.Member
}

var (
	insertFirstVersion = `
		insert into persona_versions (workspace_id, persona_id, version, is_default, recorded_at, event_id, ` + contentColumns.list() + `)
		values ($1, $2, 1, false, $3, $4, $5, ` + voiceColumns.parameters(6) + `)`
	insertImported = `
		insert into personas (workspace_id, id, is_default, created_by, created_at, updated_at, ` + contentColumns.list() + `)
		values ($1, $2, $3, $4, $5, $6, $7, ` + voiceColumns.parameters(8) + `)`
)

// unmigrated says what to do about a database that lacks what an import needs.
// A dry run applies no migration, because it changes nothing.
func unmigrated(err error) error {
	if code, _ := sqlState(err); code == "42P01" || code == "42703" {
		return fmt.Errorf("personae's database lacks a migration; run personae migrate up first: %w", err)
	}
	return err
}
