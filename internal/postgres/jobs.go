package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/tracing"
	"personae/internal/webhook"
)

// jobsSchema is where River keeps its tables, apart from ours.
const jobsSchema = "river"

// DraftJob asks for the text of a draft.
type DraftJob struct {
	Workspace uuid.UUID `json:"workspace"`
	Draft     uuid.UUID `json:"draft"`
}

// Kind names the job to River.
func (DraftJob) Kind() string { return "draft" }

// ScoreJob asks for a lead's score.
type ScoreJob struct {
	Workspace uuid.UUID `json:"workspace"`
	Lead      uuid.UUID `json:"lead"`
}

// Kind names the job to River.
func (ScoreJob) Kind() string { return "score" }

// JobTries is how often a job is tried: with River's waits, for over an hour.
const JobTries = 8

// Jobs returns a River client on this database. It polls, so that it holds no
// connection for itself and works behind a pooler; it does not rebuild indexes,
// which the server's role does not own. A job says in attempted_by whose it is: the
// name of the DB, and the client behind a slash.
func (db *DB) Jobs(c *river.Config) (*river.Client[pgx.Tx], error) {
	c.Schema, c.Logger, c.PollOnly, c.MaxAttempts = jobsSchema, slog.New(warnings{db.log.Handler()}), true, JobTries
	c.ID = db.name + "/" + uuid.NewString()[:8]
	c.ReindexerSchedule = river.NeverSchedule()
	c.Middleware = append(c.Middleware, &packer{})
	return river.NewClient(riverpgxv5.New(db.writes.Pool), c)
}

// JobsWait reports whether a job is at work, wherever that is, or has come to its time.
func (db *DB) JobsWait(ctx context.Context) (bool, error) {
	var wait bool
	err := db.writes.QueryRow(ctx, `select exists (select from river.river_job where state in ('available', 'pending', 'running'))
		or exists (select from river.river_job where state in ('retryable', 'scheduled') and scheduled_at <= now())`).Scan(&wait)
	return wait, explain(err)
}

// packer notes with each job whose span added it.
type packer struct{ river.MiddlewareDefaults }

// InsertMany adds jobs.
func (*packer) InsertMany(ctx context.Context, jobs []*rivertype.JobInsertParams,
	add func(context.Context) ([]*rivertype.JobInsertResult, error)) ([]*rivertype.JobInsertResult, error) {
	for _, j := range jobs {
		j.Metadata = tracing.Pack(ctx, j.Metadata)
	}
	return add(ctx)
}

// warnings passes on what River warns of, and not what it does every second.
type warnings struct{ slog.Handler }

// Enabled reports whether a record of this level is passed on.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the limit.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the limit.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

// migrateJobs applies River's own migrations. Two programs that do so at once
// take turns. Each is a transaction of its own: one uses what the one before
// added to an enum.
func (db *DB) migrateJobs(ctx context.Context) ([]string, error) {
	config := db.writes.Config()
	// A migration may well take longer than a write.
	delete(config.ConnConfig.RuntimeParams, "statement_timeout")
	delete(config.ConnConfig.RuntimeParams, "lock_timeout")
	config.MaxConns = 2
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool),
		&rivermigrate.Config{Schema: jobsSchema, Logger: slog.New(warnings{db.log.Handler()})})
	if err != nil {
		return nil, err
	}
	turn, err := pool.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer turn.Release()
	if _, err := turn.Exec(ctx, `select pg_advisory_lock(hashtext('personae river'))`); err != nil {
		return nil, err
	}
	result, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return nil, fmt.Errorf("migrating River’s tables: %w", err)
	}
	// By what a job is about, erase_lead finds it.
	if _, err := turn.Exec(ctx, `create index if not exists river_job_about on river.river_job
		((coalesce(args->>'draft', args->>'lead', args->>'delivery')))`); err != nil {
		return nil, err
	}
	var names []string
	for _, v := range result.Versions {
		names = append(names, jobMigration(v.Version, v.Name))
	}
	return names, nil
}

// jobMigrations lists River's own migrations, under the names that migrateJobs returns.
func (db *DB) jobMigrations(ctx context.Context) ([]Migration, error) {
	migrator, err := rivermigrate.New(riverpgxv5.New(nil), &rivermigrate.Config{Schema: jobsSchema})
	if err != nil {
		return nil, err
	}
	applied := make(map[int]time.Time)
	var there bool
	if err := db.reads.QueryRow(ctx, `select to_regclass('river.river_migration') is not null`).Scan(&there); err != nil {
		return nil, err
	}
	if there {
		rows, _ := db.reads.Query(ctx, `select version, created_at from river.river_migration where line = 'main'`)
		var version int
		var when time.Time
		_, err := pgx.ForEachRow(rows, []any{&version, &when}, func() error {
			applied[version] = when
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	var list []Migration
	for _, m := range migrator.AllVersions() {
		list = append(list, Migration{jobMigration(m.Version, m.Name), applied[m.Version]})
	}
	return list, nil
}

func jobMigration(version int, name string) string {
	return fmt.Sprintf("river %03d %s", version, name)
}

// DraftTask is what writing a draft takes.
type DraftTask struct {
	Wanted  bool // somebody still waits for it
	Version int  // of the draft now
	Input   persona.ResolveInput
	Lead    persona.Recipient
	Body    string // of the message
}

// DraftTask returns what writing a draft takes, all as it stood at one moment and
// in one round trip. It writes nothing. It fails with persona.ErrNotFound.
func (db *DB) DraftTask(ctx context.Context, j DraftJob) (DraftTask, error) {
	var t DraftTask
	batch := &pgx.Batch{}
	batch.Queue(`select d.state = 'making', d.version, m.channel, m.body, l.first_name, l.last_name, l.company, w.name,
			c.id, coalesce(c.external_id, ''), coalesce(c.name, ''), c.persona_id
		from drafts d
		join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
		join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
		join workspaces w on w.id = d.workspace_id
		left join campaigns c on c.workspace_id = m.workspace_id and c.id = m.campaign_id
		where d.workspace_id = $1 and d.id = $2`, j.Workspace, j.Draft).
		QueryRow(func(row pgx.Row) error {
			var campaign uuid.NullUUID
			var c persona.Campaign
			err := row.Scan(&t.Wanted, &t.Version, &t.Input.Channel, &t.Body, &t.Lead.FirstName, &t.Lead.LastName,
				&t.Lead.Company,
				&t.Input.Workspace, &campaign, &c.ExternalID, &c.Name, &c.PersonaID)
			if campaign.Valid {
				c.ID, t.Input.Campaign = campaign.UUID, &c
			}
			return err
		})
	collectFirst(batch.Queue(`select `+personaColumns+` from personas p
		join campaigns c on c.workspace_id = p.workspace_id and c.persona_id = p.id
		join messages m on m.workspace_id = c.workspace_id and m.campaign_id = c.id
		join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		where d.workspace_id = $1 and d.id = $2`, j.Workspace, j.Draft), &t.Input.CampaignPersona, scanPersona)
	queueDefault(batch, j.Workspace, &t.Input.Default)
	queueVoice(batch, j.Workspace, &t.Input.Settings)
	return t, explain(db.reads.SendBatch(ctx, batch).Close())
}

// MadeDraft is a draft's text and whose it is.
type MadeDraft struct {
	By        persona.Resolution
	PromptKey string
	Text      string
}

// StoreDraft stores the text of a draft that was at this version, unless another
// try did so before; it reports whether it did, and how long ago the draft was
// asked for. Webhooks are told of it.
func (db *DB) StoreDraft(
	ctx context.Context, j DraftJob, version int, d MadeDraft,
) (stored bool, waited time.Duration, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			update drafts set state = 'waiting', version = version + 1, source = $4, persona_id = $5, persona_version = nullif($6, 0),
				prompt_key = $7, body = $8, language = nullif($9, ''), edited_by = null, problem = '', made_at = clock_timestamp()
			where workspace_id = $1 and id = $2 and state = 'making' and version = $3
			returning made_at - asked_at`,
			j.Workspace, j.Draft, version, string(d.By.Source), d.By.PersonaID, d.By.Version, d.PromptKey, d.Text,
			string(d.By.Language)).Scan(&waited)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		stored = true
		return db.tell(ctx, tx, draftTold, j.Workspace, j.Draft, webhook.DraftCreated)
	})
	return stored && err == nil, waited, explain(err)
}

// FailDraft notes that a draft will not be made until somebody asks again.
// Problem is a sentence without anybody's words.
func (db *DB) FailDraft(ctx context.Context, j DraftJob, problem string) error {
	_, err := db.writes.Exec(ctx, `update drafts set state = 'unmade', problem = $3 where workspace_id = $1 and id = $2 and state = 'making'`,
		j.Workspace, j.Draft, problem)
	return explain(err)
}

// scoredMessages is how many of a lead's last messages are read for its score.
const scoredMessages = 50

// ScoreTask is what scoring a lead takes. Of personas it holds nothing.
type ScoreTask struct {
	Wanted   bool // somebody still waits for it
	Settings persona.Settings
	Lead     lead.Lead // its names, address, company and flags
	Messages []string  // oldest first
}

// ScoreTask returns what scoring a lead takes, as it stood at one moment and in
// one round trip. It writes nothing. It fails with persona.ErrNotFound.
func (db *DB) ScoreTask(ctx context.Context, j ScoreJob) (ScoreTask, error) {
	var t ScoreTask
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select score_asked_at is not null, first_name, last_name, company, email, blacklisted, opted_out, unsubscribed, bounced
		from leads where workspace_id = $1 and id = $2`, j.Workspace, j.Lead), &t.Wanted, &t.Lead.FirstName, &t.Lead.LastName, &t.Lead.Company, &t.Lead.Email,
		&t.Lead.Blacklisted, &t.Lead.OptedOut, &t.Lead.Unsubscribed, &t.Lead.Bounced)
	collect(batch.Queue(`select body from (select body, sent_at, id from messages where workspace_id = $1 and lead_id = $2
		order by sent_at desc, id desc limit $3) m order by sent_at, id`, j.Workspace, j.Lead, scoredMessages), &t.Messages, pgx.RowTo[string])
	queueSettings(batch, j.Workspace, &t.Settings)
	return t, explain(db.reads.SendBatch(ctx, batch).Close())
}

// StoreScore stores a lead's score, unless another try did so before; it tells
// whether it did.
func (db *DB) StoreScore(ctx context.Context, j ScoreJob, s lead.Score) (bool, error) {
	stored := false
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update leads set score_asked_at = null, score_problem = '' where workspace_id = $1 and id = $2 and score_asked_at is not null`,
			j.Workspace, j.Lead)
		if stored = tag.RowsAffected() == 1; err != nil || !stored {
			return err
		}
		batch := &pgx.Batch{}
		queueScore(batch, j, s)
		return tx.SendBatch(ctx, batch).Close()
	})
	return stored, explain(err)
}

func queueScore(batch *pgx.Batch, j ScoreJob, s lead.Score) {
	batch.Queue(`insert into scores (workspace_id, lead_id, fit, intent, overall, reason, scored_by, settings_version)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, j.Workspace, j.Lead, s.Fit, s.Intent, s.Overall, s.Reason, s.By, s.SettingsVersion)
}

// FailScore notes that a lead will not be scored until somebody asks again.
// Problem is a sentence without anybody's words.
func (db *DB) FailScore(ctx context.Context, j ScoreJob, problem string) error {
	_, err := db.writes.Exec(ctx, `update leads set score_asked_at = null, score_problem = $3 where workspace_id = $1 and id = $2 and score_asked_at is not null`,
		j.Workspace, j.Lead, problem)
	return explain(err)
}

// sweepLimit is how many jobs of a kind one sweep adds.
const sweepLimit = 500

// addDrafts and askScores look at the messages of a week, by an index, that nobody answered before they
// came over. Nearly all have a draft and their leads a score, and only the others are looked at closely: without
// its offsets, PostgreSQL may read the drafts, scores and leads of all times. What is no ordinary message, or not the
// last of its lead, wants no draft.
const (
	unansweredLately = `messages m where m.sent_at > now() - interval '7 days' and not m.answered_elsewhere`
	addDrafts        = `
		insert into drafts (workspace_id, message_id, channel, asked_at)
		select m.workspace_id, m.id, m.channel, least(m.received_at, now() - $1::interval)
		from (select m.* from ` + unansweredLately + ` and m.kind = ''
			and not exists (select from drafts d where d.workspace_id = m.workspace_id and d.message_id = m.id offset 0) offset 0) m
		join workspaces w on w.id = m.workspace_id and w.archived_at is null
		cross join lateral (select * from leads l where l.workspace_id = m.workspace_id and l.id = m.lead_id offset 0) l
		where not (l.blacklisted or l.opted_out or l.unsubscribed or l.bounced)
			and not exists (select from messages n where n.workspace_id = m.workspace_id and n.lead_id = m.lead_id
				and (n.sent_at, n.id) > (m.sent_at, m.id) offset 0)
			and not exists (select from workspace_settings s where s.workspace_id = w.id and s.drafts_off)
		limit $2 on conflict do nothing`
	askScores = `
		update leads l set score_asked_at = now() - $1::interval where l.score_asked_at is null and (l.workspace_id, l.id) in (
			select distinct m.workspace_id, m.lead_id from (select m.* from ` + unansweredLately + `
				and not exists (select from scores s where s.workspace_id = m.workspace_id and s.lead_id = m.lead_id offset 0) offset 0) m
			join workspaces w on w.id = m.workspace_id and w.archived_at is null
			cross join lateral (select from leads l where l.workspace_id = m.workspace_id and l.id = m.lead_id
				and l.score_asked_at is null and l.score_problem = '' offset 0) l
			limit $2)`
)

// Swept is how many jobs a sweep added.
type Swept struct {
	Drafts, Scores, Deliveries, Erasures int
}

// Sweep adds the jobs that nobody asked for or that got lost: a draft for the
// last message of a lead where it has none and is not a week old, a score for a
// lead that wrote and has none, and those that were asked for longer than grace
// ago and that no job will bring. A workspace whose settings say so gets no draft
// that nobody asked for. A job that a dead process left running counts as none after
// grace. Leads that may not be written to, and messages that want no answer, are left
// alone. Deliveries that no job will bring get one. While another sweep is under way, it does
// nothing.
func (db *DB) Sweep(ctx context.Context, grace time.Duration) (Swept, error) {
	var n Swept
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		// One at a time, so that two add no job twice. No page waits for it, so it may
		// take longer than what one asks.
		var alone bool
		err := tx.QueryRow(ctx, `select pg_try_advisory_xact_lock(hashtext('personae sweep')) from set_config('statement_timeout', '30s', true)`).Scan(&alone)
		if err != nil || !alone {
			return err
		}
		for _, sql := range []string{addDrafts, askScores} {
			if _, err := tx.Exec(ctx, sql, grace, sweepLimit); err != nil {
				return err
			}
		}
		drafts, err := queryAll(ctx, tx, pgx.RowToStructByPos[DraftJob], `select x.workspace_id, x.id from drafts x
			where x.state = 'making' and x.asked_at <= now() - $1::interval and `+noJob("'draft', x.id")+` limit $2`, grace, sweepLimit)
		if err != nil {
			return err
		}
		scores, err := queryAll(ctx, tx, pgx.RowToStructByPos[ScoreJob], `select x.workspace_id, x.id from leads x
			where x.score_asked_at <= now() - $1::interval and `+noJob("'lead', x.id")+` limit $2`, grace, sweepLimit)
		if err != nil {
			return err
		}
		deliveries, err := sweepDeliveries(ctx, tx, grace)
		if err != nil {
			return err
		}
		erasures, err := queryAll(ctx, tx, pgx.RowToStructByPos[EraseJob], `select x.id from workspaces x
			where x.erasing_at <= now() - $1::interval and `+noJob("'erase', x.id")+` limit $2`, grace, sweepLimit)
		if err != nil {
			return err
		}
		n = Swept{len(drafts), len(scores), len(deliveries), len(erasures)}
		var add []river.InsertManyParams
		for _, j := range erasures {
			add = append(add, river.InsertManyParams{Args: j})
		}
		for _, j := range drafts {
			add = append(add, river.InsertManyParams{Args: j})
		}
		for _, j := range scores {
			add = append(add, river.InsertManyParams{Args: j})
		}
		if len(add) > 0 {
			if _, err := db.queue.InsertManyTx(ctx, tx, add); err != nil {
				return err
			}
		}
		return deliver(ctx, db, tx, deliveries)
	})
	return n, explain(err)
}

// noJob reports whether no job has these arguments of row x and will come to it.
// One that is running will while its process has connections; when that died, for
// as long as $1. Behind a pooler nobody sees whose a connection is: River brings such a job
// back after the time that it may take.
func noJob(arguments string) string {
	return `not exists (select from river.river_job j where j.args @> jsonb_build_object(` + arguments + `)
		and (j.state in ('available', 'pending', 'retryable', 'scheduled') or j.state = 'running' and (j.attempted_at > now() - $1::interval
			or j.attempted_by[cardinality(j.attempted_by)] like '` + pooledName + `%'
			or exists (select from pg_stat_activity a where a.datname = current_database() and a.application_name = split_part(j.attempted_by[cardinality(j.attempted_by)], '/', 1)))))`
}
