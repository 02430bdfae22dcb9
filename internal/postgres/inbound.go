package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/webhook"
)

// Inbox is the database's word that whoever sends knows a workspace's inbound
// secret. Only VisitInbox makes one; the zero Inbox takes nothing.
type Inbox struct {
	workspace uuid.UUID
	made      time.Time // when that secret was made, by which it is told from the next
	archived  bool      // the workspace is, so nothing is stored
}

// Workspace returns the workspace's id.
func (i Inbox) Workspace() uuid.UUID { return i.workspace }

// noSecret is what a signature is compared with where there is no secret, so
// that this takes as long. Nobody signs with it, and it opens nothing.
const noSecret = "whsec_0000000000000000000000000000000000000000000"

// VisitInbox returns the inbox of a workspace to whoever's signature is right with
// its secret. It fails with access.ErrSignedOut, alike for a wrong signature, a
// workspace without a secret and one that does not exist, and with seal.ErrUnreadable.
func (db *DB) VisitInbox(ctx context.Context, workspace uuid.UUID, right func(secret string) bool) (Inbox, error) {
	secret, found := noSecret, true
	var archived bool
	var made time.Time
	err := db.reads.QueryRow(ctx, `select s.secret, s.made_at, w.archived_at is not null
		from inbound_secrets s join workspaces w on w.id = s.workspace_id and w.erasing_at is null
		where s.workspace_id = $1`, workspace).Scan(&secret, &made, &archived)
	if errors.Is(err, pgx.ErrNoRows) {
		found = false
	} else if err != nil {
		return Inbox{}, explain(err)
	}
	if secret, err = db.openSecret(inboundRow(workspace), secret); err != nil {
		return Inbox{}, err
	}
	if !right(secret) || !found {
		return Inbox{}, access.ErrSignedOut
	}
	return Inbox{workspace, made, archived}, nil
}

// Receive stores a message, who wrote it and the draft that is to answer it, and
// adds the job that writes the draft: all of it or nothing. Who may not be written
// to, and what is a refusal, an opt-out or an automatic reply, gets no draft, and
// nobody does where the settings say so. A campaign that is not known is added first,
// while there is room. The same external id and channel again return the same draft. It
// fails with an InvalidError, and with access.ErrSignedOut when the secret was replaced
// meanwhile.
func (db *DB) Receive(ctx context.Context, in Inbox, m lead.Inbound) (lead.Received, error) {
	return db.ReceiveAnswered(ctx, in, m, Answer{})
}

// Answer writes the draft and the score of a message that was stored, before it is
// committed, so that both must be made at once and without asking anybody. What it does
// not make, or fails at, a job makes.
type Answer struct {
	Draft func(DraftTask) (MadeDraft, error)
	Score func(ScoreTask) (lead.Score, error) // of a lead that has none
}

// ReceiveAnswered is Receive with the draft and the score that answer makes.
func (db *DB) ReceiveAnswered(ctx context.Context, in Inbox, m lead.Inbound, answer Answer) (lead.Received, error) {
	m = m.Clean()
	if err := m.Check(); err != nil {
		return lead.Received{}, err
	}
	if in.archived {
		return lead.Received{Why: "The workspace is archived, so the message was not stored."}, nil
	}
	r, err := db.receive(ctx, in, m, answer, true)
	if errors.Is(err, errNewCampaign) {
		var added uuid.UUID
		if added, err = db.addNamed(ctx, in, m); err == nil {
			r, err = db.receive(ctx, in, m, answer, false)
			r.NewCampaign = added
		}
	}
	return r, explain(err)
}

// errNewCampaign is a message that names a campaign which is not known. Nothing was
// stored.
var errNewCampaign = errors.New("the message names a campaign that is not known")

// addNamed adds the campaign that a message names, in a write of its own, whose lock a
// message does not wait for otherwise. It returns uuid.Nil where there is one by now,
// or no room for it.
func (db *DB) addNamed(ctx context.Context, in Inbox, m lead.Inbound) (uuid.UUID, error) {
	a := Access{workspace: in.workspace, role: access.Inbound, permission: access.Write}
	added, err := writer[uuid.UUID]{
		action: audit.CampaignCreated,
		admit: func(batch *pgx.Batch) error {
			lockInbox(batch, in)
			return nil
		},
		do: func(c *change) (uuid.UUID, error) {
			err := externalIDFree(ctx, c, a, m.Campaign, uuid.Nil)
			if errors.As(err, new(*persona.ExternalIDTakenError)) {
				c.unchanged = true
				return uuid.Nil, nil
			}
			if err != nil {
				return uuid.Nil, err
			}
			made, err := insertCampaign(ctx, c, a, persona.NamedCampaign(m.CampaignName, m.Campaign), uuid.NullUUID{})
			return made.ID, err
		},
	}.write(ctx, db, a)
	if errors.As(err, new(*persona.InvalidError)) || errors.As(err, new(*persona.ExternalIDTakenError)) {
		return uuid.Nil, nil
	}
	return added, err
}

// receive is ReceiveAnswered for a message that was looked at. Where mayAdd is set, it
// fails with errNewCampaign for a new message that names a campaign which is not known.
//
// It takes two round trips: one stores the message and reads what answers it, the other
// stores the answers and commits. What came before is looked for in one between them.
func (db *DB) receive(
	ctx context.Context, in Inbox, m lead.Inbound, answer Answer, mayAdd bool,
) (r lead.Received, err error) {
	conn, err := db.writes.Acquire(ctx)
	if err != nil {
		return r, err
	}
	defer endTransaction(ctx, conn)
	tx, got, err := db.storeMessage(ctx, conn, in, m)
	if err != nil {
		return r, err
	}
	if got.before {
		if r.Draft, r.Before = got.draft.UUID, got.draft.Valid; r.Before {
			return r, tx.Commit(ctx) // which waits until a standby has what came before
		}
		answer = Answer{} // it reads what was stored then
	} else if err := m.CheckTime(time.Now()); err != nil {
		return r, err
	}
	if r.UnknownCampaign = !got.before && m.Campaign != "" && got.draftTask.Input.Campaign == nil; r.UnknownCampaign && mayAdd {
		return r, errNewCampaign
	}
	last := &lastStatements{heard: got.heard}
	if !got.before {
		queueContactOf(last, in.workspace, m, &got)
	}
	if answer.Score != nil {
		queueScoreOf(last, in.workspace, got, answer.Score)
	}
	r.Why = lead.WhyNoDraft(got.from, got.kind, got.scoreTask.Settings.DraftsOff)
	switch {
	case r.Why != "":
	case answer.Draft != nil && queueDraftOf(last, in.workspace, got, answer.Draft, &r.Draft):
	default:
		if r.Draft, err = db.insertDraft(ctx, tx, in.workspace, got.message); err != nil {
			return r, err
		}
	}
	return r, db.finishWith(ctx, tx, last)
}

// received is a message that is stored: what says whether a draft is to answer it, and
// what that draft and the score of who wrote it take.
type received struct {
	message   uuid.UUID
	before    bool          // it came before,
	draft     uuid.NullUUID // and has this draft
	kind      lead.Kind
	from      lead.Lead // its id, names, address, company and flags
	overtaken bool      // a newer message of theirs came before
	heard     bool      // some webhook may want to be told
	draftTask DraftTask
	scoreTask ScoreTask
}

// contactColumns is whether a lead l may be written to; contactTargets takes them.
const contactColumns = `l.blacklisted, l.opted_out, l.unsubscribed, l.bounced`

func contactTargets(l *lead.Lead) []any {
	return []any{&l.Blacklisted, &l.OptedOut, &l.Unsubscribed, &l.Bounced}
}

// storeMessage begins a transaction and stores in it a message that is new, with its
// lead. It fails with access.ErrSignedOut when the secret was replaced. The same message
// twice at once takes turns, and so do two of one lead.
func (db *DB) storeMessage(
	ctx context.Context, conn *pgxpool.Conn, in Inbox, m lead.Inbound,
) (tx pgx.Tx, got received, err error) {
	batch := &pgx.Batch{}
	db.writes.queueBegin(batch)
	lockInbox(batch, in)
	batch.Queue(selectInbox, in.workspace).QueryRow(got.scanInbox)
	batch.Queue(`select pg_advisory_xact_lock(hashtextextended(k, 0))
		from unnest(array[$1 || ' message ' || $2 || ' ' || $3, $1 || ' lead ' || $4]) with ordinality u(k, n) order by n`,
		in.workspace.String(), string(m.Channel), m.ExternalID, m.Lead.ExternalID)
	queueMessage(batch, in, m, &got)
	queueAnswerers(batch, in, m, &got)
	results := send(ctx, conn, batch)
	tx = results.Tx()
	if err = results.Close(); err == nil && got.message == uuid.Nil {
		got.before = true
		err = tx.QueryRow(ctx, selectReceived, in.workspace, string(m.Channel), m.ExternalID).
			Scan(append([]any{&got.message, &got.kind, &got.draft}, contactTargets(&got.from)...)...)
	}
	return tx, got, err
}

// lockInbox has the secret stay as it is. It fails with access.ErrSignedOut where it was replaced.
func lockInbox(batch *pgx.Batch, in Inbox) {
	batch.Queue(`select from inbound_secrets where workspace_id = $1 and made_at = $2 for share`, in.workspace, in.made).
		Exec(func(tag pgconn.CommandTag) error {
			if tag.RowsAffected() == 0 {
				return access.ErrSignedOut
			}
			return nil
		})
}

// selectInbox reads whether a webhook of the workspace may want to be told, and its name,
// settings and default persona: a statement for each takes longer to begin than to carry out.
var selectInbox = `select ` + heard + `, w.name, ` + settingsWords("s") + `, coalesce(s.version, 0),
		p.id, coalesce(p.version, 0), ` + contentColumns.words("p") + `
	from workspaces w
	left join workspace_settings s on s.workspace_id = w.id
	left join personas p on p.workspace_id = w.id and p.is_default
	where w.id = $1`

func (got *received) scanInbox(row pgx.Row) error {
	input, settings := &got.draftTask.Input, &got.scoreTask.Settings
	var id uuid.NullUUID
	var p persona.Persona
	err := row.Scan(slices.Concat([]any{&got.heard, &input.Workspace}, settingsTargets(settings),
		[]any{&settings.Version, &id, &p.Version}, contentTargets(&p.Content))...)
	if p.ID = id.UUID; id.Valid {
		input.Default = &p
	}
	return err
}

// selectReceived reads a message that came before, and its draft if it has one.
const selectReceived = `select m.id, m.kind, d.id, ` + contactColumns + `
	from messages m
	join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
	left join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
	where m.workspace_id = $1 and m.channel = $2 and m.external_id = $3`

// queueMessage adds a message that is new, and its lead, and reads the campaign that it
// names, if there is one.
func queueMessage(batch *pgx.Batch, in Inbox, m lead.Inbound, got *received) {
	kind := lead.KindOf(m.Body)
	var campaign uuid.NullUUID
	var c persona.Campaign
	l := &got.from
	collectEach(batch.Queue(insertMessage, in.workspace, m.Lead.ExternalID, m.Campaign, m.Lead.FirstName, m.Lead.LastName,
		m.Lead.Email, m.Lead.Company, m.SentAt, string(m.Channel), m.ExternalID, m.Body, string(kind), m.Subject),
		append([]any{&got.message, &l.ID, &l.FirstName, &l.LastName, &l.Company, &l.Email, &got.scoreTask.Wanted,
			&got.overtaken, &campaign, &c.ExternalID, &c.Name, &c.PersonaID}, contactTargets(l)...),
		func() {
			got.kind = kind
			got.draftTask.Wanted, got.draftTask.Body, got.draftTask.Input.Channel = true, m.Body, m.Channel
			if campaign.Valid {
				c.ID, got.draftTask.Input.Campaign = campaign.UUID, &c
			}
		})
}

// insertMessage adds a message that is new, and whoever wrote it or brings them up to
// date. A message that was sent before the last one fills only what is empty. When a new
// lead wrote last is noted here, which spares the trigger another row of theirs.
var insertMessage = `
	with c as (
		select * from campaigns where workspace_id = $1 and external_id = $3 and $3 <> ''
	), l as (
		insert into leads as l (workspace_id, external_id, campaign_id, first_name, last_name, email, company, last_at)
		select $1::uuid, $2::text, (select id from c), $4::text, $5::text, $6::text, $7::text, $8::timestamptz
		where not exists (select from messages where workspace_id = $1 and channel = $9 and external_id = $10)
		on conflict (workspace_id, external_id) do update set updated_at = now(),
			campaign_id = case when l.last_at > $8 then coalesce(l.campaign_id, excluded.campaign_id)
				else coalesce(excluded.campaign_id, l.campaign_id) end` +
	saidLast("first_name") + saidLast("last_name") + saidLast("email") + saidLast("company") + `
		returning l.*
	), m as (
		insert into messages (workspace_id, lead_id, campaign_id, campaign_named, channel, external_id, body, sent_at, kind, subject)
		select l.workspace_id, l.id, (select id from c), $3::text, $9::text, $10::text, $11::text, $8::timestamptz, $12::text, $13::text from l
		returning id
	)
	select m.id, l.id, l.first_name, l.last_name, l.company, l.email, ` + unscored + `,
		coalesce(l.last_at > $8, false), c.id, coalesce(c.external_id, ''), coalesce(c.name, ''), c.persona_id, ` + contactColumns + `
	from l cross join m left join c on true`

// unscored is true of a lead l that nobody has scored or is about to.
const unscored = `l.score_asked_at is null and l.score_problem = ''
	and not exists (select from scores s where s.workspace_id = l.workspace_id and s.lead_id = l.id)`

// queueAnswerers reads who answers for the campaign of a message, and what its lead wrote if they
// have no score.
func queueAnswerers(batch *pgx.Batch, in Inbox, m lead.Inbound, got *received) {
	if m.Campaign != "" {
		collectFirst(batch.Queue(selectSpeaker+`p.id = (select persona_id from campaigns
			where workspace_id = $1 and external_id = $2)`, in.workspace, m.Campaign), &got.draftTask.Input.CampaignPersona,
			scanSpeaker)
	}
	collect(batch.Queue(`select body from (
			select body, sent_at, id from messages where workspace_id = $1 and lead_id = (
				select l.id from leads l where l.workspace_id = $1 and l.external_id = $2 and `+unscored+`)
			order by sent_at desc, id desc limit $3) m order by sent_at, id`,
		in.workspace, m.Lead.ExternalID, scoredMessages), &got.scoreTask.Messages, pgx.RowTo[string])
}

// selectSpeaker reads what answers of a persona p of the workspace $1.
var selectSpeaker = `select p.id, p.version, ` + contentColumns.words("p") + ` from personas p where p.workspace_id = $1 and `

func scanSpeaker(row pgx.CollectableRow) (persona.Persona, error) {
	var p persona.Persona
	err := row.Scan(append([]any{&p.ID, &p.Version}, contentTargets(&p.Content)...)...)
	return p, err
}

// queueDraftOf stores the draft that answers a message, and tells webhooks of it. It
// reports whether there is one.
func queueDraftOf(
	last *lastStatements, workspace uuid.UUID, got received, write func(DraftTask) (MadeDraft, error), id *uuid.UUID,
) bool {
	t := got.draftTask
	t.Input.Settings = got.scoreTask.Settings.Voice
	t.Lead = persona.Recipient{FirstName: got.from.FirstName, LastName: got.from.LastName, Company: got.from.Company}
	made, err := write(t)
	if err != nil {
		return false
	}
	*id = uuid.New()
	last.Queue(`insert into drafts (id, workspace_id, message_id, channel, state, version, source, persona_id, persona_version,
			prompt_key, body, made_at, language)
		values ($1, $2, $3, $4, 'waiting', 1, $5, $6, nullif($7, 0), $8, $9, clock_timestamp(), nullif($10, ''))`, *id, workspace, got.message,
		string(t.Input.Channel), string(made.By.Source), made.By.PersonaID, made.By.Version, made.PromptKey, made.Text,
		string(made.By.Language))
	last.tell(draftTold, workspace, *id, webhook.DraftCreated)
	return true
}

// queueScoreOf stores the score of whoever wrote a message, where they have none. What
// fails, the next sweep asks for.
func queueScoreOf(last *lastStatements, workspace uuid.UUID, got received, score func(ScoreTask) (lead.Score, error)) {
	t := got.scoreTask
	if !t.Wanted {
		return
	}
	t.Lead = got.from
	if s, err := score(t); err == nil {
		queueScore(&last.Batch, ScoreJob{Workspace: workspace, Lead: got.from.ID}, s)
	}
}

// saidLast sets a column of a lead to what its last message said of it.
func saidLast(column string) string {
	return strings.ReplaceAll(`,
		COLUMN = case when l.last_at > $8 then coalesce(nullif(l.COLUMN, ''), excluded.COLUMN)
			else coalesce(nullif(excluded.COLUMN, ''), l.COLUMN) end`, "COLUMN", column)
}

// insertDraft adds the draft that is to answer a message, and the job that
// writes it.
func (db *DB) insertDraft(ctx context.Context, tx pgx.Tx, workspace, message uuid.UUID) (uuid.UUID, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, `insert into drafts (workspace_id, message_id, channel)
		select workspace_id, id, channel from messages where workspace_id = $1 and id = $2
		on conflict (workspace_id, message_id) do update set asked_at = drafts.asked_at returning id`,
		workspace, message).Scan(&id)
	if err != nil {
		return id, err
	}
	_, err = db.queue.InsertTx(ctx, tx, DraftJob{Workspace: workspace, Draft: id}, nil)
	return id, err
}

const selectInboundSecret = `select s.made_at, coalesce(u.name, '')
	from inbound_secrets s left join users u on u.id = s.made_by where s.workspace_id = $1`

// MakeInboundSecret replaces the workspace's inbound secret at once. It fails with
// a persona.TooLateError where the same form made one that was replaced since.
func (db *DB) MakeInboundSecret(ctx context.Context, a Access, secret string) error {
	_, err := writer[struct{}]{
		action: audit.InboundSecretMade,
		admit:  admit(a, access.Manage),
		replay: func(tx pgx.Tx, made struct{}) (struct{}, error) {
			return made, db.secretHolds(tx.QueryRow(ctx,
				`select secret from inbound_secrets where workspace_id = $1`, a.workspace), inboundRow(a.workspace), secret)
		},
		do: func(c *change) (made struct{}, err error) {
			sealed, err := db.sealSecret(ctx, c, inboundRow(a.workspace), secret)
			if err != nil {
				return made, err
			}
			_, err = c.Exec(ctx, `insert into inbound_secrets (workspace_id, secret, made_by) values ($1, $2, $3)
				on conflict (workspace_id) do update
				set secret = excluded.secret, made_at = now(), made_by = excluded.made_by`, a.workspace, sealed, a.user)
			return made, err
		},
	}.write(ctx, db, a)
	return err
}
