package postgres

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"personae/internal/access"
	"personae/internal/webhook"
)

// NoticeJob asks for a mail to one member about what happened in a workspace.
type NoticeJob struct {
	Workspace uuid.UUID       `json:"workspace"`
	User      uuid.UUID       `json:"user"`
	Event     string          `json:"event"`
	Data      json.RawMessage `json:"data"` // as webhooks get it
}

// Kind names the job to River.
func (NoticeJob) Kind() string { return "notice" }

// InsertOpts puts the job among the deliveries, and has it tried with River's waits for a
// day.
func (NoticeJob) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: WebhookQueue, MaxAttempts: 14}
}

// scanTold reads a job of what tellEvent returns.
func scanTold(row pgx.CollectableRow) (river.JobArgs, error) {
	var j DeliverJob
	var n NoticeJob
	var delivery, user uuid.NullUUID
	err := row.Scan(&j.Workspace, &delivery, &j.Round, &user, &n.Event, &n.Data)
	if user.Valid {
		n.Workspace, n.User = j.Workspace, user.UUID
		return n, err
	}
	j.Delivery = delivery.UUID
	return j, err
}

// NoticeTask returns whom a notice goes to, in which language, where they chose one, and
// what its sentence is made of, without the address of the console. It fails with persona.ErrNotFound where they are no member any
// more, are disabled or do not want it any more.
func (db *DB) NoticeTask(ctx context.Context, j NoticeJob) (
	address, language string, told webhook.Told, err error,
) {
	err = db.reads.QueryRow(ctx, `select u.email, coalesce(u.language, u.mail_language, ''), w.name, coalesce(b.name, ''), coalesce(e.details ? 'schedule', false),
			coalesce(e.capacity = 'operator', false)
		from notice_choices n join workspaces w on w.id = n.workspace_id and w.erasing_at is null
		join users u on u.id = n.user_id and u.disabled_at is null
		left join audit_events e on e.workspace_id = n.workspace_id and e.id = ($4::jsonb->>'auditEventId')::uuid
		left join users b on b.id = e.actor_id
		where n.workspace_id = $1 and n.user_id = $2 and n.event = $3`, j.Workspace, j.User, j.Event, string(j.Data)).
		Scan(&address, &language, &told.Workspace, &told.By, &told.Scheduled, &told.Operator)
	return address, language, told, explain(err)
}

// lateDrafts are those drafts d of a workspace w that have waited for more than a day, as the queue
// counts it.
const lateDrafts = `d.workspace_id = w.id and d.state = 'waiting' and d.made_at < now() - interval '1 day'`

var (
	selectLateDrafts = `select w.id from workspaces w where w.id in (
			select workspace_id from notice_choices where event = 'drafts.waiting'
			union select workspace_id from webhooks where events @> array['drafts.waiting'] and paused_at is null)
		and w.archived_at is null and w.erasing_at is null and exists (select from drafts d where ` + lateDrafts + `)
		and not exists (select from draft_reminders r where r.workspace_id = w.id and r.told_at > now() - interval '1 day')`
	// Where two instances remind at once, the second finds it told.
	remindOfDrafts = `with late as (
			select count(*) as n from workspaces w join drafts d on ` + lateDrafts + ` where w.id = $1
		), reminder as (
			insert into draft_reminders as r (workspace_id, told_at) select $1, now() from late where n > 0
			on conflict (workspace_id) do update set told_at = excluded.told_at where r.told_at <= now() - interval '1 day'
			returning told_at
		), told as (
			select 'drafts.waiting' as event, told_at::text as about, jsonb_build_object('drafts', n) as data from late, reminder
		)` + insertTold("$1", "true")
)

// RemindOfDrafts tells of drafts that have waited for more than a day, in each workspace once a
// day at most, and returns of how many workspaces it told. It fails with what went wrong with some
// of them after all had their turn.
func (db *DB) RemindOfDrafts(ctx context.Context) (n int, err error) {
	list, err := queryAll(ctx, db.writes, pgx.RowTo[uuid.UUID], selectLateDrafts)
	if err != nil {
		return 0, explain(err)
	}
	var failed error
	for _, workspace := range list {
		told, err := db.remindOfDrafts(ctx, workspace)
		if err != nil {
			failed = errors.Join(failed, explain(err))
		} else if told {
			n++
		}
	}
	return n, failed
}

// remindOfDrafts reports whether anybody was told in a workspace.
func (db *DB) remindOfDrafts(ctx context.Context, workspace uuid.UUID) (told bool, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		jobs, err := queryAll(ctx, tx, scanTold, remindOfDrafts, workspace)
		if err != nil {
			return err
		}
		told = len(jobs) > 0
		return deliver(ctx, db, tx, jobs)
	})
	return told, err
}

// Notices returns what who has the access is told of by mail, and whether they are a member,
// whom alone one tells.
func (db *DB) Notices(ctx context.Context, a Access) (events []string, member bool, err error) {
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select exists (select from members where workspace_id = $1 and user_id = $2),
			array(select event from notice_choices where workspace_id = $1 and user_id = $2 order by event)`, a.workspace, a.user),
		&member, &events)
	return events, member, db.readAll(ctx, a, batch)
}

// SetNotices says of which events, those of webhook.Notices, who has the access is told by
// mail from now on. It is theirs alone, so it asks for no more than that they are a member, and
// leaves no event. It fails with access.ErrForbidden where they are none.
func (db *DB) SetNotices(ctx context.Context, a Access, events []string) error {
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		// The membership is held, so that nobody ends it meanwhile, and two forms take turns.
		var user uuid.UUID
		err := tx.QueryRow(ctx, `select m.user_id from members m join users u on u.id = m.user_id and u.disabled_at is null
			where m.workspace_id = $1 and m.user_id = $2 for no key update of m`, a.workspace, a.user).Scan(&user)
		if errors.Is(err, pgx.ErrNoRows) {
			return access.ErrForbidden
		}
		if err != nil {
			return err
		}
		batch := &pgx.Batch{}
		batch.Queue(`delete from notice_choices where workspace_id = $1 and user_id = $2 and event <> all(coalesce($3::text[], '{}'))`, a.workspace, user, events)
		batch.Queue(`insert into notice_choices (workspace_id, user_id, event) select $1, $2, unnest($3::text[])
			on conflict do nothing`, a.workspace, user, events)
		return tx.SendBatch(ctx, batch).Close()
	})
	return explain(err)
}
