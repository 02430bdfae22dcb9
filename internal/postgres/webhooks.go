package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/webhook"
)

// WebhookQueue is River's queue for deliveries: receivers that are slow hold up
// no draft.
const WebhookQueue = "webhooks"

// webhooksMost is how many webhooks a workspace may have.
const webhooksMost = 20

// DeliverJob asks for a round of tries of one delivery.
type DeliverJob struct {
	Workspace uuid.UUID `json:"workspace"`
	Delivery  uuid.UUID `json:"delivery"`
	Round     int       `json:"round"`
}

// Kind names the job to River.
func (DeliverJob) Kind() string { return "deliver" }

// InsertOpts puts the job into its queue.
func (DeliverJob) InsertOpts() river.InsertOpts { return river.InsertOpts{Queue: WebhookQueue} }

// insertDeliveries ends a statement that has events in told, each with what it is about and
// its data, and makes a delivery of each for every webhook of the workspace that wants it.
func insertDeliveries(workspace string) string {
	return `insert into webhook_deliveries (workspace_id, webhook_id, event, about, data)
	select ` + workspace + `, w.id, told.event, told.about, told.data from webhooks w join told on told.event = any(w.events)
	where w.workspace_id = ` + workspace + ` and w.paused_at is null
	for share of w -- a pause under way is waited for
	returning workspace_id, id, round`
}

// insertTold ends a statement as insertDeliveries does, and returns what scanTold reads: the
// deliveries, and a notice of each event for every member n who wants it, for whom a condition holds.
func insertTold(workspace, condition string) string {
	return `, delivered as (` + insertDeliveries(workspace) + `)
	select workspace_id, id, round, null::uuid, '', null::jsonb from delivered
	union all
	select n.workspace_id, null, 0, n.user_id, told.event, told.data from notice_choices n join told on told.event = n.event
	where n.workspace_id = ` + workspace + ` and ` + condition
}

// tellSQL makes deliveries of the events that a query selects, whose first argument is the
// workspace.
func tellSQL(events string) string { return `with told as (` + events + `) ` + insertDeliveries("$1") }

// tell tells webhooks of the events that a query selects, whose first argument is the
// workspace.
func (db *DB) tell(ctx context.Context, tx pgx.Tx, events string, arguments ...any) error {
	deliveries, err := queryAll(ctx, tx, pgx.RowToStructByPos[DeliverJob], tellSQL(events), arguments...)
	if err != nil {
		return err
	}
	return deliver(ctx, db, tx, deliveries)
}

// deliver adds the jobs of what this transaction tells.
func deliver[J river.JobArgs](ctx context.Context, db *DB, tx pgx.Tx, jobs []J) error {
	if len(jobs) == 0 {
		return nil
	}
	add := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		add[i] = river.InsertManyParams{Args: j}
	}
	_, err := db.queue.InsertManyTx(ctx, tx, add)
	return err
}

const selectWebhooks = `select w.id, w.version, w.url, w.events, w.slack, w.paused_at, w.gone, w.created_at, coalesce(u.name, ''), w.secret_made_at,
		d.id, coalesce(d.event, ''), d.occurred_at, coalesce(d.state, ''), d.next_try_at, t.at, t.status, coalesce(t.problem, '')
	from webhooks w left join users u on u.id = w.created_by
	left join lateral (select * from webhook_deliveries d where d.workspace_id = w.workspace_id and d.webhook_id = w.id
		order by d.occurred_at desc, d.id limit 1) d on true
	left join lateral (select * from webhook_tries t where t.workspace_id = w.workspace_id and t.delivery_id = d.id order by t.seq desc limit 1) t on true
	where w.workspace_id = $1 and ($2::uuid is null or w.id = $2) order by w.created_at, w.id`

func scanWebhook(row pgx.CollectableRow) (webhook.Webhook, error) {
	var w webhook.Webhook
	var last webhook.Delivery
	var try webhook.Try
	var id uuid.NullUUID
	var paused, at, next, tried *time.Time
	var status *int
	err := row.Scan(&w.ID, &w.Version, &w.URL, &w.Events, &w.Slack, &paused, &w.Gone, &w.CreatedAt, &w.CreatedBy, &w.SecretMadeAt,
		&id, &last.Event, &at, &last.State, &next, &tried, &status, &try.Problem)
	set(&w.PausedAt, paused)
	if id.Valid {
		last.ID = id.UUID
		set(&last.At, at)
		set(&last.NextTryAt, next)
		w.Last = &last
	}
	if tried != nil {
		set(&try.At, tried)
		set(&try.Status, status)
		last.Tries = []webhook.Try{try}
	}
	return w, err
}

// Webhooks returns the webhooks of a workspace, the oldest first.
func (db *DB) Webhooks(ctx context.Context, a Access) ([]webhook.Webhook, error) {
	var list []webhook.Webhook
	batch := &pgx.Batch{}
	collect(batch.Queue(selectWebhooks, a.workspace, uuid.NullUUID{}), &list, scanWebhook)
	return list, db.readAll(ctx, a, batch)
}

// DeliveriesPageSize is how many deliveries a page of the log holds.
const DeliveriesPageSize = 25

// Webhook returns one webhook with one page (from 1) of its deliveries, the newest
// first, and whether more follow. It fails with persona.ErrNotFound.
func (db *DB) Webhook(
	ctx context.Context, a Access, id uuid.UUID, page int,
) (w webhook.Webhook, log []webhook.Delivery, more bool, err error) {
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectWebhooks, a.workspace, id), &w, scanWebhook)
	const shown = `(select * from webhook_deliveries where workspace_id = $1 and webhook_id = $2 order by occurred_at desc, id limit $3 offset $4) d`
	skip := (page - 1) * DeliveriesPageSize
	collect(batch.Queue(`select d.id, d.event, d.occurred_at, d.state, d.next_try_at from `+shown+` order by d.occurred_at desc, d.id`, a.workspace, id, DeliveriesPageSize+1, skip), &log, func(row pgx.CollectableRow) (webhook.Delivery, error) {
		var d webhook.Delivery
		var next *time.Time
		err := row.Scan(&d.ID, &d.Event, &d.At, &d.State, &next)
		set(&d.NextTryAt, next)
		return d, err
	})
	var of uuid.UUID
	var t webhook.Try
	collectEach(batch.Queue(`select t.delivery_id, t.at, coalesce(t.status, 0), t.problem from `+shown+`
		join webhook_tries t on t.workspace_id = d.workspace_id and t.delivery_id = d.id order by t.seq`, a.workspace, id, DeliveriesPageSize, skip), []any{&of, &t.At, &t.Status, &t.Problem}, func() {
		i := slices.IndexFunc(log, func(d webhook.Delivery) bool { return d.ID == of })
		log[i].Tries = append(log[i].Tries, t)
	})
	if err := db.readAll(ctx, a, batch); err != nil {
		return webhook.Webhook{}, nil, false, err
	}
	if len(log) > DeliveriesPageSize {
		log, more = log[:DeliveriesPageSize], true
	}
	return w, log, more, nil
}

// AddWebhook adds a webhook that is on and returns its id. It fails with an
// InvalidError. Whether anything may be sent to its address is not asked here.
func (db *DB) AddWebhook(ctx context.Context, a Access, w webhook.Choice, secret string) (uuid.UUID, error) {
	if err := checkEvents(w.Events); err != nil {
		return uuid.Nil, err
	}
	return db.signWebhook(ctx, a, audit.WebhookAdded, uuid.New(), secret, func(c *change, id uuid.UUID) error {
		others, err := besides(ctx, c, a, id, w.URL)
		if err != nil {
			return err
		}
		if others >= webhooksMost {
			return wrongURL(i18n.Say("There are %s webhooks, and a workspace may have no more. Delete one first", strconv.Itoa(others)))
		}
		sealed, err := db.sealSecret(ctx, c, webhookRow(id), secret)
		if err != nil {
			return err
		}
		_, err = c.Exec(ctx, `insert into webhooks (id, workspace_id, url, events, slack, secret, created_by)
			values ($1, $2, $3, $4, $5, $6, $7)`, id, a.workspace, w.URL, w.Events, w.Slack, sealed, a.user)
		return err
	})
}

func checkEvents(events []string) error {
	unknown := func(e string) bool { return !slices.Contains(webhook.Events(), e) }
	if len(events) == 0 || slices.ContainsFunc(events, unknown) {
		return &persona.InvalidError{Fields: []persona.FieldError{{Field: "events", Message: i18n.Say("Choose what to send")}}}
	}
	return nil
}

func wrongURL(message i18n.Text) error {
	return &persona.InvalidError{Fields: []persona.FieldError{{Field: "url", Message: message}}}
}

// besides counts the webhooks beside one that is to have this address, and fails
// with an InvalidError where one of them has it.
func besides(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID, url string) (others int, err error) {
	var taken bool
	err = tx.QueryRow(ctx, `select count(*), coalesce(bool_or(url = $3), false) from webhooks
		where workspace_id = $1 and id <> $2`, a.workspace, id, url).Scan(&others, &taken)
	if err == nil && taken {
		err = wrongURL(i18n.Say("There is a webhook with this address already"))
	}
	return others, err
}

// EditWebhook changes where a webhook, which was read at this version, sends
// which events in which shape, and returns the form fields that changed. Its secret stays, and what
// waits for a try goes to where it sends by then. It fails with
// persona.ErrNotFound, an InvalidError or a StaleError. Whether anything may
// be sent to its address is not asked here.
func (db *DB) EditWebhook(
	ctx context.Context, a Access, id uuid.UUID, version int, w webhook.Choice,
) ([]string, error) {
	if err := checkEvents(w.Events); err != nil {
		return nil, err
	}
	return write(ctx, db, a, access.Manage, audit.WebhookEdited, func(c *change) (changed []string, err error) {
		theirs, err := queryWebhook(ctx, c, a, id)
		if err != nil {
			return nil, err
		}
		if theirs.Version != version {
			return nil, &webhook.StaleError{Theirs: theirs}
		}
		if _, err := besides(ctx, c, a, id, w.URL); err != nil {
			return nil, err
		}
		if w.URL != theirs.URL {
			changed = append(changed, "url")
		}
		if !slices.Equal(w.Events, theirs.Events) {
			changed = append(changed, "events")
		}
		if w.Slack != theirs.Slack {
			changed = append(changed, "shape")
		}
		c.details.Webhook, c.details.Fields = valid(id), changed
		if len(changed) == 0 {
			return nil, nil
		}
		// Another address has not said that it wants nothing more.
		_, err = c.Exec(ctx, `update webhooks set url = $3, events = $4, slack = $5, gone = gone and url = $3,
			version = version + 1 where workspace_id = $1 and id = $2`, a.workspace, id, w.URL, w.Events, w.Slack)
		return changed, err
	})
}

// signWebhook is a write that gives a webhook its secret, and returns the webhook's
// id. Whoever did it before, by the same form, gets a persona.TooLateError where
// that is not the secret any more, so that nobody copies one that signs nothing.
func (db *DB) signWebhook(
	ctx context.Context, a Access, action audit.Action, id uuid.UUID, secret string, do func(*change, uuid.UUID) error,
) (uuid.UUID, error) {
	return writer[uuid.UUID]{
		action: action,
		admit:  admit(a, access.Manage),
		replay: func(tx pgx.Tx, id uuid.UUID) (uuid.UUID, error) {
			return id, db.secretHolds(tx.QueryRow(ctx,
				`select secret from webhooks where workspace_id = $1 and id = $2`, a.workspace, id), webhookRow(id), secret)
		},
		do: func(c *change) (uuid.UUID, error) {
			c.details.Webhook = valid(id)
			return id, do(c, id)
		},
	}.write(ctx, db, a)
}

// secretHolds fails with a persona.TooLateError where what row reads, which is stored in
// the row called at, is not the secret any more.
func (db *DB) secretHolds(row pgx.Row, at, secret string) error {
	var stored string
	if err := row.Scan(&stored); err != nil {
		return err
	}
	if now, err := db.openSecret(at, stored); err == nil && now == secret {
		return nil
	}
	return &persona.TooLateError{
		Reason: i18n.Say("This form made a secret before, and another was made since. Load the page again if you need a new one.")}
}

// changeWebhook is a write about one webhook, which it returns as it is then. It
// fails with persona.ErrNotFound where there is none.
func (db *DB) changeWebhook(
	ctx context.Context, a Access, action audit.Action, id uuid.UUID, do func(*change) error,
) (webhook.Webhook, error) {
	return write(ctx, db, a, access.Manage, action, func(c *change) (webhook.Webhook, error) {
		c.details.Webhook = valid(id)
		if err := do(c); err != nil {
			return webhook.Webhook{}, err
		}
		return queryWebhook(ctx, c, a, id)
	})
}

func queryWebhook(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) (webhook.Webhook, error) {
	return queryOne(ctx, tx, scanWebhook, selectWebhooks, a.workspace, id)
}

// PauseWebhook sends nothing more, and stops what waits for a try; one that is
// paused stays so. It fails with persona.ErrNotFound.
func (db *DB) PauseWebhook(ctx context.Context, a Access, id uuid.UUID) (webhook.Webhook, error) {
	return db.changeWebhook(ctx, a, audit.WebhookPaused, id, func(c *change) error {
		return pauseWebhook(ctx, c, a.workspace, id, "")
	})
}

// pauseWebhook pauses a webhook: because the receiver at the address gone wants
// nothing more, if one is named and it still sends there.
func pauseWebhook(ctx context.Context, tx pgx.Tx, workspace, id uuid.UUID, gone string) error {
	_, err := tx.Exec(ctx, `update webhooks set paused_at = clock_timestamp(), gone = $3 <> ''
		where workspace_id = $1 and id = $2 and paused_at is null and $3 in ('', url)`, workspace, id, gone)
	if err == nil {
		_, err = tx.Exec(ctx, stopDeliveries, workspace, id)
	}
	return err
}

const stopDeliveries = `update webhook_deliveries d set state = 'stopped', next_try_at = null from webhooks w
	where d.workspace_id = $1 and d.webhook_id = $2 and d.state = 'waiting'
		and w.workspace_id = $1 and w.id = $2 and w.paused_at is not null`

// StopDeliveries stops what still waits though its webhook is paused, as what an
// older version added meanwhile.
func (db *DB) StopDeliveries(ctx context.Context, workspace, webhook uuid.UUID) error {
	_, err := db.writes.Exec(ctx, stopDeliveries, workspace, webhook)
	return explain(err)
}

// ResumeWebhook sends again what happens from now on. It fails with
// persona.ErrNotFound.
func (db *DB) ResumeWebhook(ctx context.Context, a Access, id uuid.UUID) (webhook.Webhook, error) {
	return db.changeWebhook(ctx, a, audit.WebhookResumed, id, func(c *change) error {
		_, err := c.Exec(ctx, `update webhooks set paused_at = null, gone = false where workspace_id = $1 and id = $2`,
			a.workspace, id)
		return err
	})
}

// RenewWebhookSecret replaces a webhook's secret at once. It fails with
// persona.ErrNotFound, and with a persona.TooLateError where the same form made one
// that was replaced since.
func (db *DB) RenewWebhookSecret(ctx context.Context, a Access, id uuid.UUID, secret string) error {
	_, err := db.signWebhook(ctx, a, audit.WebhookSecretMade, id, secret, func(c *change, id uuid.UUID) error {
		sealed, err := db.sealSecret(ctx, c, webhookRow(id), secret)
		if err != nil {
			return err
		}
		tag, err := c.Exec(ctx, `update webhooks set secret = $3, secret_made_at = now()
			where workspace_id = $1 and id = $2`, a.workspace, id, sealed)
		if err == nil && tag.RowsAffected() == 0 {
			err = persona.ErrNotFound
		}
		return err
	})
	return err
}

// DeleteWebhook deletes a webhook with its log. It fails with persona.ErrNotFound.
func (db *DB) DeleteWebhook(ctx context.Context, a Access, id uuid.UUID) error {
	_, err := write(ctx, db, a, access.Manage, audit.WebhookDeleted, func(c *change) (uuid.UUID, error) {
		c.details.Webhook = valid(id)
		tag, err := c.Exec(ctx, `delete from webhooks where workspace_id = $1 and id = $2`, a.workspace, id)
		if err == nil && tag.RowsAffected() == 0 {
			err = persona.ErrNotFound
		}
		return id, err
	})
	return err
}

// PingWebhook sends a webhook something to try it out by. It fails with
// persona.ErrNotFound, and with a persona.TooLateError where it is paused.
func (db *DB) PingWebhook(ctx context.Context, a Access, id uuid.UUID) (webhook.Webhook, error) {
	return db.changeWebhook(ctx, a, audit.WebhookTested, id, func(c *change) error {
		if err := isOn(ctx, c, a, id); err != nil {
			return err
		}
		j := DeliverJob{Workspace: a.workspace, Delivery: uuid.New(), Round: 1}
		_, err := c.Exec(ctx, `insert into webhook_deliveries (id, workspace_id, webhook_id, event, about, data)
			values ($1, $2, $3, $4, $1::uuid::text, '{}')`, j.Delivery, a.workspace, id, webhook.Ping)
		if err != nil {
			return err
		}
		return deliver(ctx, db, c, []DeliverJob{j})
	})
}

func isOn(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) error {
	var paused bool
	err := tx.QueryRow(ctx, `select paused_at is not null from webhooks where workspace_id = $1 and id = $2`,
		a.workspace, id).Scan(&paused)
	if err == nil && paused {
		err = &persona.TooLateError{Reason: i18n.Say("This webhook is paused. Resume it first.")}
	}
	return err
}

// SendAgain begins a new round of tries of a delivery, whatever became of it. It
// fails with persona.ErrNotFound, and with a persona.TooLateError where its
// webhook is paused.
func (db *DB) SendAgain(ctx context.Context, a Access, id, delivery uuid.UUID) (webhook.Webhook, error) {
	return db.changeWebhook(ctx, a, audit.DeliverySentAgain, id, func(c *change) error {
		if err := isOn(ctx, c, a, id); err != nil {
			return err
		}
		j := DeliverJob{Workspace: a.workspace, Delivery: delivery}
		err := c.QueryRow(ctx, `update webhook_deliveries
			set state = 'waiting', round = round + 1, tries = 0, next_try_at = now()
			where workspace_id = $1 and webhook_id = $2 and id = $3 returning round`, a.workspace, id, delivery).Scan(&j.Round)
		if err != nil {
			return err
		}
		return deliver(ctx, db, c, []DeliverJob{j})
	})
}

// DeliveryTask is what a try of a delivery takes.
type DeliveryTask struct {
	Wanted  bool // it waits for a try of this round, and the webhook is on
	Paused  bool // the webhook is not
	Tries   int  // made in this round
	Webhook uuid.UUID
	URL     string
	Secret  string // empty: it was sealed with a key that is not here
	Event   string
	At      time.Time
	Data    json.RawMessage
	Slack   bool
	Told    webhook.Told // without the address of the console; of a webhook for Slack
}

// DeliveryTask returns what a try takes. It fails with persona.ErrNotFound.
func (db *DB) DeliveryTask(ctx context.Context, j DeliverJob) (DeliveryTask, error) {
	var t DeliveryTask
	err := db.reads.QueryRow(ctx, `select d.state = 'waiting' and d.round = $3 and w.paused_at is null, w.paused_at is not null, d.tries, w.id, w.url, w.secret, d.event, d.occurred_at, d.data, w.slack, s.name, coalesce(u.name, ''),
			coalesce(e.details ? 'schedule', false), coalesce(e.capacity = 'operator', false), coalesce(e.action, ''), coalesce(v.name, '')
		from webhook_deliveries d join webhooks w on w.workspace_id = d.workspace_id and w.id = d.webhook_id
		join workspaces s on s.id = d.workspace_id
		left join audit_events e on w.slack and e.workspace_id = d.workspace_id and e.id = (d.data->>'auditEventId')::uuid
		left join users u on u.id = e.actor_id
		left join persona_versions v on w.slack and v.workspace_id = d.workspace_id
			and v.persona_id = (d.data->'persona'->>'id')::uuid and v.version = (d.data->'persona'->>'version')::integer
		where d.workspace_id = $1 and d.id = $2`, j.Workspace, j.Delivery, j.Round).
		Scan(&t.Wanted, &t.Paused, &t.Tries, &t.Webhook, &t.URL, &t.Secret, &t.Event, &t.At, &t.Data, &t.Slack, &t.Told.Workspace, &t.Told.By,
			&t.Told.Scheduled, &t.Told.Operator, &t.Told.Action, &t.Told.Persona)
	if err == nil {
		t.Secret, _ = db.openSecret(webhookRow(t.Webhook), t.Secret)
	}
	return t, explain(err)
}

// NoteTry records how a try went and what comes of it: delivered, failed for
// good, or waiting for another try after wait. A receiver that is gone is named by
// its address, and its webhook is paused; empty: it is not gone.
func (db *DB) NoteTry(ctx context.Context, j DeliverJob, webhook uuid.UUID, t webhook.Try, to webhook.DeliveryState,
	wait time.Duration, gone string) error {
	return explain(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if gone != "" {
			if err := pauseWebhook(ctx, tx, j.Workspace, webhook, gone); err != nil {
				return err
			}
		}
		// Somebody may have asked for it again, or paused or deleted the webhook, meanwhile.
		_, err := tx.Exec(ctx, `with delivery as (
				update webhook_deliveries set tries = tries + (round = $3)::int,
					state = case when round = $3 and (state = 'waiting' or state = 'stopped' and $4 <> 'waiting') then $4 else state end,
					next_try_at = case when round = $3 and $4 <> 'waiting' then null when round = $3 and state = 'waiting' then clock_timestamp() + $5::interval else next_try_at end
				where workspace_id = $1 and id = $2 returning id
			) insert into webhook_tries (workspace_id, delivery_id, status, problem) select $1, id, nullif($6::integer, 0), $7 from delivery`,
			j.Workspace, j.Delivery, j.Round, string(to), wait, t.Status, t.Problem)
		return err
	}))
}

// sweepDeliveries returns the deliveries that no job will bring.
func sweepDeliveries(ctx context.Context, tx pgx.Tx, grace time.Duration) ([]DeliverJob, error) {
	return queryAll(ctx, tx, pgx.RowToStructByPos[DeliverJob],
		`select x.workspace_id, x.id, x.round from webhook_deliveries x
		where x.state = 'waiting' and x.next_try_at <= now() - $1::interval and `+noJob("'delivery', x.id, 'round', x.round")+` limit $2`, grace, sweepLimit)
}
