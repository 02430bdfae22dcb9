package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// event is the audit event of one write. It holds ids, versions and field
// names, never anybody's words; those are in the version tables.
type event struct {
	id       uuid.UUID
	action   audit.Action
	actor    uuid.NullUUID // not valid: whose access it is
	persona  uuid.NullUUID
	campaign uuid.NullUUID
	version  int // of the persona, for an action that left it as it was
	details  details
	brought  []assignment // of campaigns that an import brought
}

// assignment is who answers for a campaign now, and who did before; not valid: the
// default.
type assignment struct {
	campaign     uuid.UUID
	was, becomes uuid.NullUUID
}

// assigned returns what the event changed of who answers for which campaign.
func (e *event) assigned() []assignment {
	d := e.details
	if e.campaign.Valid && (d.From.Valid || d.To.Valid) {
		return []assignment{{e.campaign.UUID, d.From, d.To}}
	}
	list := slices.Clone(e.brought)
	for i, id := range d.Campaigns {
		to := assignment{id, d.From, d.To}
		if e.action == audit.PersonaDeleted {
			to.was, to.becomes = e.persona, uuid.NullUUID{}
		}
		if d.Were != nil {
			to.was = d.Were[i]
		}
		if d.Became != nil {
			to.becomes = d.Became[i]
		}
		list = append(list, to)
	}
	return list
}

type details struct {
	Fields    []string        `json:"fields,omitempty"`    // form fields that changed
	Campaigns []uuid.UUID     `json:"campaigns,omitempty"` // that have another persona now
	Were      []uuid.NullUUID `json:"were,omitempty"`      // the persona of each of Campaigns before, where they were given one
	Became    []uuid.NullUUID `json:"became,omitempty"`    // and after, where that is not To
	From      uuid.NullUUID   `json:"from,omitzero"`       // the persona before
	To        uuid.NullUUID   `json:"to,omitzero"`         // the persona after
	User      uuid.NullUUID   `json:"user,omitzero"`       // whom it concerns
	Grant     uuid.NullUUID   `json:"grant,omitzero"`      // the support grant that it gave or ended
	Role      string          `json:"role,omitempty"`      // that they have now
	Token     uuid.NullUUID   `json:"token,omitzero"`      // that was made or revoked
	Lead      uuid.NullUUID   `json:"lead,omitzero"`       // whom it concerns
	Draft     uuid.NullUUID   `json:"draft,omitzero"`      // which it concerns
	Drafts    int             `json:"drafts,omitempty"`    // how many are drafted anew
	Leads     int             `json:"leads,omitempty"`     // how many were forgotten
	Reason    string          `json:"reason,omitempty"`    // why it was rejected or skipped, one of a list
	Added     int             `json:"added,omitempty"`     // campaigns that were added or renamed
	Webhook   uuid.NullUUID   `json:"webhook,omitzero"`    // which it concerns
	Proposal  uuid.NullUUID   `json:"proposal,omitzero"`   // which it concerns; User made it
	Proposed  uuid.NullUUID   `json:"proposed,omitzero"`   // what was proposed besides, because a second person has to approve it
	Schedule  uuid.NullUUID   `json:"schedule,omitzero"`   // which it concerns or is a step of; User made it
	Rules     []string        `json:"rules,omitempty"`     // that a repair found broken
	Trial     *persona.Trial  `json:"trial,omitempty"`     // what somebody thought of the voice

	HouseVersion int           `json:"houseVersion,omitempty"` // of House
	House        uuid.NullUUID `json:"house,omitzero"`         // the house persona that it took or merged
	Tried        uuid.NullUUID `json:"tried,omitzero"`         // the event that keeps such a trial of both versions
}

func (e *event) about(id uuid.UUID) { e.persona = valid(id) }

func valid(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} }

const maxTries = 3

// change is one try of a write: its transaction, and the event that it will
// record.
type change struct {
	pgx.Tx
	event
	unchanged bool // everything was as it should be, so no event is recorded

	db         *DB
	access     Access
	heard      bool // a webhook or a person may want to be told
	two        bool // a second person approves what changes the default or its words
	recorded   bool // the event is
	committed  bool // by last
	deliveries []river.JobArgs
}

// write does one write in the workspace of a and returns its result: one
// transaction in which the workspace row is locked first, access is looked up
// again, do does its work and one event is recorded. All of it happens or
// nothing does.
//
// BEGIN, the lock, the access and what look queues are one round trip, and where do ends
// with change.last, what is changed, the event and COMMIT are the other.
//
// do may run again when PostgreSQL gave up one of two writers. Each try has a
// change of its own, and the result is that of the try that was committed, so
// nothing of another one is left. Where do finds nothing to do, it writes nothing
// and sets change.unchanged.
func write[T any](
	ctx context.Context, db *DB, a Access, need access.Permission, action audit.Action, do func(*change) (T, error),
) (T, error) {
	return writer[T]{action: action, admit: admit(a, need), do: do}.write(ctx, db, a)
}

// writer is what one write consists of.
type writer[T any] struct {
	action audit.Action
	admit  func(*pgx.Batch) error // queues what looks, after the lock, whether they may do this
	look   func(*pgx.Batch)       // queues the first reads of do, at each try anew; nil: none
	do     func(*change) (T, error)
	always bool // also in a workspace that is archived
	// replay returns the result of a write that was done before from what it was then,
	// or fails where that does not hold any more; nil: it always does.
	replay func(pgx.Tx, T) (T, error)
}

// write is the function of this name, for whoever has a's access by w.admit.
func (w writer[T]) write(ctx context.Context, db *DB, a Access) (T, error) {
	var none T
	id := uuid.New()
	for try := 1; ; try++ {
		result, err := w.attempt(ctx, db, a, id)
		unanswered := errors.As(err, new(*unknownCommit))
		if unanswered {
			// The connection broke while COMMIT was under way: only the
			// database knows whether it was done. pgx's SafeToRetry does not.
			recorded, lookErr := db.lookUp(ctx, a, id, func(*pgx.Batch) {})
			if lookErr != nil {
				return none, explain(lookErr)
			}
			if recorded {
				err = nil
			}
		}
		switch {
		case err == nil:
			a.idempotent.done()
			return result, nil
		case !unanswered && !collided(err):
			return none, explain(err)
		case try == maxTries && !unanswered:
			return none, fmt.Errorf("%w: still in another writer’s way after %d tries: %w", persona.ErrUnavailable, try, err)
		case try == maxTries || ctx.Err() != nil:
			return none, explain(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(try)*10*time.Millisecond + rand.N(20*time.Millisecond)):
		}
	}
}

// attempt is one try. Where it fails with an unknownCommit, its result is that of
// the write if that was done.
func (w writer[T]) attempt(ctx context.Context, db *DB, a Access, id uuid.UUID) (result T, err error) {
	conn, err := db.writes.Acquire(ctx)
	if err != nil {
		return result, err
	}
	defer endTransaction(ctx, conn)
	c := &change{event: event{id: id, action: w.action}, db: db, access: a}
	if err = w.enter(ctx, conn, c, &result); errors.Is(err, errReplayed) {
		if err = nil; w.replay != nil {
			result, err = w.replay(c, result)
		}
		if err == nil {
			// What was done may be waiting for a standby still. COMMIT waits with it, as it ends a lock.
			err = c.Commit(ctx)
		}
		return result, err
	}
	if err != nil {
		return result, err
	}
	if result, err = w.do(c); err != nil {
		return result, err
	}
	return result, c.commit(ctx, result)
}

// errReplayed is a write that was done before, so that it is not done again.
var errReplayed = errors.New("this request was answered before")

// enter begins the transaction of c: it locks the workspace, looks whether whoever has the
// access may write, names the event to the triggers that keep versions, and then
// reads what look queues. It fails with errReplayed where the request was done before, with
// its result in result; with persona.ErrNotFound where the workspace is being erased;
// and with access.ErrArchived.
func (w writer[T]) enter(ctx context.Context, conn *pgxpool.Conn, c *change, result *T) error {
	// One round trip, but one statement after the other: the server begins none
	// before the one ahead of it holds its lock.
	a := c.access
	var factor, archived, erasing bool
	batch := &pgx.Batch{}
	c.db.writes.queueBegin(batch)
	batch.Queue(lockWorkspace, a.workspace).QueryRow(func(row pgx.Row) error {
		err := row.Scan(&factor, &archived, &erasing, &c.two)
		if err == nil && erasing {
			return persona.ErrNotFound
		}
		return err
	})
	if err := w.admit(batch); err != nil {
		return err
	}
	if err := a.idempotent.queueReplay(batch, a, result); err != nil {
		return err
	}
	batch.Queue(beginEvent, c.id.String(), a.workspace).QueryRow(func(row pgx.Row) error {
		if archived && !w.always && !a.stewards {
			return access.ErrArchived
		}
		return row.Scan(&c.heard)
	})
	if w.look != nil {
		w.look(batch)
	}
	results := send(ctx, conn, batch)
	c.Tx = results.Tx()
	err := results.Close()
	if factor && a.needsFactor() && (err == nil || errors.Is(err, errReplayed)) {
		if factorErr := proven(ctx, c, a); factorErr != nil {
			return factorErr
		}
	}
	return err
}

// last sends the last statements of a write and what reads its result, its event behind
// them and then COMMIT, so that the lock is held no longer. The server alone may refuse
// them: nothing that is found wrong with their results keeps them from being committed.
// Where deliveries want their jobs first, or the result is kept for a request that is
// sent again, commit ends what this leaves open.
func (c *change) last(ctx context.Context, batch *pgx.Batch, read func(*pgx.Batch)) error {
	read(batch)
	if err := c.queueEvent(batch); err != nil {
		return err
	}
	c.committed = !c.heard && c.access.idempotent == nil
	err := c.send(ctx, batch, c.committed)
	if errors.As(err, new(*unknownCommit)) {
		// The results went with the answer.
		if recorded, lookErr := c.db.lookUp(ctx, c.access, c.id, read); lookErr == nil && recorded {
			return nil
		}
	}
	return err
}

// queueEvent records the event, and what webhooks and people are told of it.
func (c *change) queueEvent(batch *pgx.Batch) error {
	arguments, err := c.arguments(c.access)
	c.recorded = true
	if c.heard {
		collect(batch.Queue(tellEvent, arguments...), &c.deliveries, scanTold)
	} else {
		batch.Queue(recordEvent, arguments[:11]...)
	}
	return err
}

// commit records what a try did, adds the jobs that tell of it, keeps
// the result for a request that is sent again, and commits; or what of it last left.
func (c *change) commit(ctx context.Context, result any) error {
	if c.committed {
		return nil
	}
	batch := &pgx.Batch{}
	if !c.unchanged && !c.recorded {
		if err := c.queueEvent(batch); err != nil {
			return err
		}
		if c.heard {
			if err := c.send(ctx, batch, false); err != nil {
				return err
			}
			batch = &pgx.Batch{}
		}
	}
	if err := deliver(ctx, c.db, c, c.deliveries); err != nil {
		return err
	}
	event := uuid.NullUUID{UUID: c.id, Valid: c.recorded}
	if err := c.access.idempotent.queueRemember(batch, c.access, result, event); err != nil {
		return err
	}
	return c.send(ctx, batch, true)
}

// send sends statements, and COMMIT behind them where that is asked for.
func (c *change) send(ctx context.Context, batch *pgx.Batch, commit bool) error {
	if commit {
		batch.Queue("commit")
	}
	err := c.SendBatch(ctx, batch).Close()
	if err == nil || !commit {
		return err
	}
	// 57P: the server was stopped under it; 08: a pooler lost the server.
	if code, _ := sqlState(err); code != "" && !strings.HasPrefix(code, "57P") && !strings.HasPrefix(code, "08") {
		return err
	}
	return &unknownCommit{err}
}

// lockWorkspace makes writers of one workspace take turns. It is a statement of
// its own, so that the next one sees what the writer before left; NO KEY, so
// that rows which refer to the workspace can still be added meanwhile. It tells
// whether the workspace asks its admins for a second factor, whether it is archived, whether it
// is being erased, and whether a second person approves changes of its default.
const lockWorkspace = `select require_second_factor, archived_at is not null, erasing_at is not null, require_second_person
	from workspaces where id = $1 for no key update`

// proven fails with access.ErrNoFactor when who has the access has no second
// factor.
func proven(ctx context.Context, tx pgx.Tx, a Access) error {
	var has bool
	err := tx.QueryRow(ctx, `select `+hasFactor+` from users u where id = $1`, a.user).Scan(&has)
	if err == nil && !has {
		return access.ErrNoFactor
	}
	return err
}

// setEvent names the event to the triggers that keep versions.
const setEvent = `select set_config('personae.event', $1, true)`

// beginEvent is setEvent, and reads whether a webhook or a person may want to be told: of
// webhooks as it stands under the lock, which whoever adds one takes too.
const beginEvent = `select ` + heard + ` or exists (select from notice_choices n where n.workspace_id = w.id) from workspaces w, set_config('personae.event', $1, true) where w.id = $2`

// record gives a write of which nobody is told its place in the workspace's order, and
// adds its event with the versions that this transaction made.
func record(ctx context.Context, tx pgx.Tx, a Access, e *event) error {
	arguments, err := e.arguments(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, recordEvent, arguments[:11]...)
	return err
}

// assignedMost is how many campaigns a webhook is told of at once: a message of about
// 100 kB. What assigns more tells it in several.
const assignedMost = 500

// insertEvent takes the arguments of an event and gives it its place in the workspace's
// order and the versions that this transaction made.
const insertEvent = `
	with revision as (
		update workspace_revisions set rev = rev + 1 where workspace_id = $2 returning rev
	), made as (
		select min(version) - 1 as from_version, max(version) as to_version, bool_or(deleted) as deleted
		from persona_versions where event_id = $1 and workspace_id = $2 and persona_id = $7
	), settings as (
		select min(version) - 1 as from_version, max(version) as to_version
		from workspace_settings_versions where event_id = $1 and workspace_id = $2
	), personas as (
		select jsonb_agg(jsonb_build_object('id', persona_id, 'from', nullif(version - 1, 0),
			'to', case when not deleted then version end) order by persona_id, version) as list
		from persona_versions where event_id = $1 and workspace_id = $2
	), recorded as (
	insert into audit_events (id, workspace_id, rev, actor_id, capacity, grant_id, action, persona_id, campaign_id,
		from_version, to_version, details, token_id)
	select $1, $2, revision.rev, $3::uuid, $4, $5::uuid, $6, $7, $8::uuid,
		nullif(case when $7::uuid is null then settings.from_version else coalesce(made.from_version, $9::integer) end, 0),
		case when made.deleted then null when $7::uuid is null then settings.to_version else coalesce(made.to_version, nullif($9, 0)) end,
		$10::jsonb || jsonb_strip_nulls(jsonb_build_object('personas', personas.list,
			'settings', case when settings.to_version is not null then jsonb_build_object('from', nullif(settings.from_version, 0), 'to', settings.to_version) end)),
		$11::uuid
	from revision, made, settings, personas
	)`

// recordEvent is insertEvent where nobody may want to be told.
const recordEvent = insertEvent + ` select`

// tellEvent is insertEvent, and returns the deliveries that it makes and which members want
// a notice of it, beside whoever does it: of what a schedule does, its maker too. Whatever moved the
// default or changed a persona's words, its versions say so: touched holds what each persona
// was before and is now.
var tellEvent = insertEvent + `, touched as (
		select jsonb_build_object('id', n.persona_id, 'name', n.name, 'version', n.version) as persona, n.is_default and not n.deleted as is_now, b.is_default as was,
			n.deleted, b.version as before, not n.deleted and (` + contentColumns.of("b") + `) is distinct from (` + contentColumns.of("n") + `)
				and b.version is not null as rewritten
		from (select distinct on (persona_id) * from persona_versions where event_id = $1 and workspace_id = $2 order by persona_id, version desc) n
		left join lateral (
			select * from (select v.* from persona_versions v where v.workspace_id = n.workspace_id and v.persona_id = n.persona_id
				and v.version < n.version and v.event_id is distinct from $1 order by v.version desc limit 1) v where not v.deleted) b on true
	), told as (
		select 'persona.default_changed' as event, $1::text as about, jsonb_build_object('auditEventId', $1::uuid, 'from', f.persona, 'to', t.persona) as data
		from (select (select persona from touched where was) as persona) f, (select (select persona from touched where is_now) as persona) t
		where f.persona->'id' is distinct from t.persona->'id'
		union all
		select 'persona.updated', $1::text || ' ' || (persona->>'id'), jsonb_build_object('auditEventId', $1::uuid, 'persona', persona, 'isDefault', is_now)
		from touched where rewritten
		union all
		select 'persona.created', $1::text || ' ' || (persona->>'id'), jsonb_build_object('auditEventId', $1::uuid, 'persona', persona - 'name', 'isDefault', is_now)
		from touched where not deleted and before is null
		union all
		select 'persona.deleted', $1::text || ' ' || (persona->>'id'), jsonb_build_object('auditEventId', $1::uuid,
			'persona', jsonb_build_object('id', persona->'id', 'version', before), 'wasDefault', was)
		from touched where deleted and before is not null
		union all
		select 'campaign.assigned', $1::text || ' ' || a.part, jsonb_build_object('auditEventId', $1::uuid, 'campaigns', jsonb_agg(jsonb_build_object(
			'id', a.campaign, 'version', c.version, 'personaId', a.becomes, 'previousPersonaId', a.was) order by a.n))
		from (select a.*, (a.n - 1) / ` + strconv.Itoa(assignedMost) + ` as part
			from unnest($12::uuid[], $13::uuid[], $14::uuid[]) with ordinality a (campaign, was, becomes, n)) a
		join campaigns c on c.workspace_id = $2 and c.id = a.campaign
		group by a.part
		union all
		select 'proposal.made', $1::text, jsonb_build_object('auditEventId', $1::uuid, 'proposalId', $10::jsonb->'proposal') where $6 = 'proposal.made'
		union all
		select 'proposal.made', $1::text, jsonb_build_object('auditEventId', $1::uuid, 'proposalId', $10::jsonb->'proposed') where $10::jsonb ? 'proposed'
		union all
		select 'schedule.skipped', $1::text, jsonb_build_object('auditEventId', $1::uuid, 'scheduleId', $10::jsonb->'schedule') where $6 = 'schedule.skipped'
		union all
		select 'support.let_in', $1::text, jsonb_build_object('auditEventId', $1::uuid, 'grantId', $10::jsonb->'grant')
		where $6 in ('support.granted', 'support.approved')
	)` + insertTold("$2", `(n.user_id is distinct from $3::uuid or $10::jsonb->'schedule' is not null)`)

func (e *event) arguments(a Access) ([]any, error) {
	actor := e.actor
	if !actor.Valid {
		actor = a.user
	}
	var campaigns []uuid.UUID
	var were, become []uuid.NullUUID
	for _, to := range e.assigned() {
		campaigns, were, become = append(campaigns, to.campaign), append(were, to.was), append(become, to.becomes)
	}
	detail, err := json.Marshal(e.details)
	return []any{e.id, a.workspace, actor, string(a.role), a.grant, e.action, e.persona, e.campaign, e.version,
		string(detail), a.token, campaigns, were, become}, err
}

// lookUp reports whether the event was committed, and reads what read queues if it was. It
// takes the lock first: the transaction in doubt may still be at work, and holds it until it
// is done.
func (db *DB) lookUp(ctx context.Context, a Access, id uuid.UUID, read func(*pgx.Batch)) (recorded bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockWorkspace, a.workspace); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `select exists (select from audit_events where workspace_id = $1 and id = $2)`, a.workspace,
			id).Scan(&recorded)
		if err != nil || !recorded {
			return err
		}
		batch := &pgx.Batch{}
		read(batch)
		return tx.SendBatch(ctx, batch).Close()
	})
	return recorded, err
}

// unknownCommit is a COMMIT that nothing answered.
type unknownCommit struct{ err error }

func (u *unknownCommit) Error() string { return "commit unanswered: " + u.err.Error() }
func (u *unknownCommit) Unwrap() error { return u.err }

// collided reports whether another writer was in the way and a second try may
// succeed. The constraints are broken only beside programs that write plain
// SQL and do not wait for the workspace's lock.
func collided(err error) bool {
	code, constraint := sqlState(err)
	switch constraint {
	case "personas_one_default", "personas_have_default", "settings_mirror_default", "persona_versions_pkey",
		"workspace_settings_versions_pkey":
		return true
	}
	return code == "40001" || code == "40P01" || errors.Is(err, errOvertaken)
}

// asNameTaken returns a NameTakenError where err says that another persona of the
// workspace has the name, and else err.
func asNameTaken(err error, name string) error {
	if _, constraint := sqlState(err); constraint == "personas_name" {
		return &persona.NameTakenError{Name: name}
	}
	return err
}

// nameTaken has a NameTakenError say the name as the other persona writes it.
func (db *DB) nameTaken(ctx context.Context, a Access, err error) error {
	return db.takenAs(ctx, err, `select name from personas
		where workspace_id = $2 and name_key(name) = name_key($1::text)`, a.workspace)
}

// takenAs has a NameTakenError say the name that a query finds for the one that was typed, $1.
func (db *DB) takenAs(ctx context.Context, err error, query string, more ...any) error {
	var taken *persona.NameTakenError
	if errors.As(err, &taken) {
		// Where it was renamed or deleted since, or cannot be asked for, the name that
		// was typed must do.
		_ = db.reads.QueryRow(ctx, query, append([]any{taken.Name}, more...)...).Scan(&taken.Name)
	}
	return err
}

// errOvertaken is a row that changed although we hold the workspace's lock: a
// program that writes plain SQL was faster.
var errOvertaken = errors.New("a program that does not take the workspace’s lock changed a row meanwhile")

// one has the server refuse a statement that does not change one row, as a collision: also
// where its COMMIT is under way behind it.
func one(change string) string {
	return `with changed as (` + change + ` returning 1) select changed_one(count(*)) from changed`
}

// changesOne fails with errOvertaken for a statement that did not change one row.
func changesOne(tag pgconn.CommandTag) error {
	if tag.RowsAffected() != 1 {
		return errOvertaken
	}
	return nil
}
