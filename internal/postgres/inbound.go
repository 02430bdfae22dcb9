package postgres

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/lead"
	"personae/internal/persona"
)

// Inbox is the database's word that whoever sends knows a workspace's inbound
// secret. Only VisitInbox makes one; the zero Inbox takes nothing.
type Inbox struct {
	workspace uuid.UUID
	secret    string
	archived  bool // the workspace is, so nothing is stored
}

// Workspace returns the workspace's id.
func (i Inbox) Workspace() uuid.UUID { return i.workspace }

// noSecret is what a signature is compared with where there is no secret, so
// that this takes as long. Nobody signs with it, and it opens nothing.
const noSecret = "whsec_0000000000000000000000000000000000000000000"

// VisitInbox returns the inbox of a workspace to whoever's signature is right with
// its secret. It fails with access.ErrSignedOut, alike for a wrong signature, a
// workspace without a secret and one that does not exist.
func (db *DB) VisitInbox(ctx context.Context, workspace uuid.UUID, right func(secret string) bool) (Inbox, error) {
	secret, found := noSecret, true
	var archived bool
	err := db.reads.QueryRow(ctx, `select s.secret, w.archived_at is not null
		from inbound_secrets s join workspaces w on w.id = s.workspace_id and w.erasing_at is null
		where s.workspace_id = $1`, workspace).Scan(&secret, &archived)
	if errors.Is(err, pgx.ErrNoRows) {
		found = false
	} else if err != nil {
		return Inbox{}, explain(err)
	}
	if !right(secret) || !found {
		return Inbox{}, access.ErrSignedOut
	}
	return Inbox{workspace, secret, archived}, nil
}

// Receive stores a message, who wrote it and the draft that is to answer it, and
// adds the job that writes the draft: all of it or nothing. Who may not be written
// to, and what is a refusal, an opt-out or an automatic reply, gets no draft, and
// nobody does where the settings say so. A campaign that is not known is added first,
// while there is room. The same external id and channel again return the same draft. It
// fails with an InvalidError, and with access.ErrSignedOut when the secret was replaced
// meanwhile.
func (db *DB) Receive(ctx context.Context, in Inbox, m lead.Inbound) (lead.Received, error) {
	m = m.Clean()
	if err := m.Check(); err != nil {
		return lead.Received{}, err
	}
	if in.archived {
		return lead.Received{Why: "The workspace is archived, so the message was not stored."}, nil
	}
	r, err := db.receive(ctx, in, m, true)
	if errors.Is(err, errNewCampaign) {
		var added uuid.UUID
		if added, err = db.addNamed(ctx, in, m); err == nil {
			r, err = db.receive(ctx, in, m, false)
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
			batch.Queue(`select from inbound_secrets where workspace_id = $1 and secret = $2 for share`, in.workspace, in.secret).
				Exec(func(tag pgconn.CommandTag) error {
					if tag.RowsAffected() == 0 {
						return access.ErrSignedOut
					}
					return nil
				})
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

// receive is Receive for a message that was looked at. Where mayAdd is set, it fails
// with errNewCampaign for a new message that names a campaign which is not known.
func (db *DB) receive(ctx context.Context, in Inbox, m lead.Inbound, mayAdd bool) (r lead.Received, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		draftsOff, err := lockInbox(ctx, tx, in, m)
		if err != nil {
			return err
		}
		got, draft, err := receivedBefore(ctx, tx, in.workspace, m)
		if errors.Is(err, pgx.ErrNoRows) {
			if err := m.CheckTime(time.Now()); err != nil {
				return err
			}
			if got, r.UnknownCampaign, err = insertMessage(ctx, tx, in.workspace, m); err == nil && r.UnknownCampaign && mayAdd {
				return errNewCampaign
			}
			if err == nil {
				err = db.receiveContact(ctx, tx, in.workspace, m, &got)
			}
		}
		if err != nil {
			return err
		}
		if draft.Valid {
			r.Draft, r.Before = draft.UUID, true
			return nil
		}
		if r.Why = lead.WhyNoDraft(got.from, got.kind, draftsOff); r.Why != "" {
			return nil
		}
		r.Draft, err = db.insertDraft(ctx, tx, in.workspace, got.message)
		return err
	})
	return r, err
}

// received is a message that is stored: what says whether a draft is to answer it.
type received struct {
	message uuid.UUID
	kind    lead.Kind
	from    lead.Lead // its flags
}

// contactColumns is whether a lead l may be written to; contactTargets takes them.
const contactColumns = `l.blacklisted, l.opted_out, l.unsubscribed, l.bounced`

func contactTargets(l *lead.Lead) []any {
	return []any{&l.Blacklisted, &l.OptedOut, &l.Unsubscribed, &l.Bounced}
}

// receivedBefore returns a message that came before, and its draft if it has one,
// or fails with pgx.ErrNoRows.
func receivedBefore(
	ctx context.Context, tx pgx.Tx, workspace uuid.UUID, m lead.Inbound,
) (r received, draft uuid.NullUUID, err error) {
	err = tx.QueryRow(ctx, `select m.id, m.kind, d.id, `+contactColumns+`
		from messages m
		join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
		left join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		where m.workspace_id = $1 and m.channel = $2 and m.external_id = $3`, workspace, string(m.Channel), m.ExternalID).
		Scan(append([]any{&r.message, &r.kind, &draft}, contactTargets(&r.from)...)...)
	return r, draft, err
}

// lockInbox returns whether the workspace wants no draft by itself. It fails with
// access.ErrSignedOut when the secret was replaced. The same message twice at once
// takes turns, and so do two of one lead.
func lockInbox(ctx context.Context, tx pgx.Tx, in Inbox, m lead.Inbound) (draftsOff bool, err error) {
	err = tx.QueryRow(ctx, `select coalesce((select drafts_off from workspace_settings s
			where s.workspace_id = i.workspace_id), false)
		from inbound_secrets i where workspace_id = $1 and secret = $2 for share`, in.workspace, in.secret).Scan(&draftsOff)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, access.ErrSignedOut
	}
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended(k, 0))
		from unnest(array[$1 || ' message ' || $2 || ' ' || $3, $1 || ' lead ' || $4]) with ordinality u(k, n) order by n`,
		in.workspace.String(), string(m.Channel), m.ExternalID, m.Lead.ExternalID)
	return draftsOff, err
}

// insertMessage adds a message and its lead, and reports whether the campaign
// that it names is unknown.
func insertMessage(
	ctx context.Context, tx pgx.Tx, workspace uuid.UUID, m lead.Inbound,
) (r received, unknownCampaign bool, err error) {
	var campaign uuid.NullUUID
	if m.Campaign != "" {
		err = tx.QueryRow(ctx, `select id from campaigns where workspace_id = $1 and external_id = $2`,
			workspace, m.Campaign).Scan(&campaign)
		if unknownCampaign = errors.Is(err, pgx.ErrNoRows); err != nil && !unknownCampaign {
			return r, false, err
		}
	}
	err = tx.QueryRow(ctx, upsertLead, workspace, m.Lead.ExternalID, campaign, m.Lead.FirstName, m.Lead.LastName,
		m.Lead.Email, m.Lead.Company, m.SentAt).Scan(append([]any{&r.from.ID}, contactTargets(&r.from)...)...)
	if err != nil {
		return r, false, err
	}
	r.kind = lead.KindOf(m.Body)
	err = tx.QueryRow(ctx, `
		insert into messages (workspace_id, lead_id, campaign_id, campaign_named, channel, external_id, body, sent_at, kind, subject)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id`, workspace, r.from.ID, campaign, m.Campaign,
		string(m.Channel), m.ExternalID, m.Body, m.SentAt, string(r.kind), m.Subject).Scan(&r.message)
	return r, unknownCampaign, err
}

// upsertLead adds who wrote a message or brings them up to date. A message that
// was sent before the last one fills only what is empty.
var upsertLead = `
	insert into leads as l (workspace_id, external_id, campaign_id, first_name, last_name, email, company)
	values ($1, $2, $3, $4, $5, $6, $7)
	on conflict (workspace_id, external_id) do update set updated_at = now(),
		campaign_id = case when l.last_at > $8 then coalesce(l.campaign_id, excluded.campaign_id)
			else coalesce(excluded.campaign_id, l.campaign_id) end` +
	saidLast("first_name") + saidLast("last_name") + saidLast("email") + saidLast("company") + ` returning l.id, ` +
	contactColumns

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
			return made, secretHolds(tx.QueryRow(ctx,
				`select secret = $2 from inbound_secrets where workspace_id = $1`, a.workspace, secret))
		},
		do: func(c *change) (made struct{}, err error) {
			_, err = c.Exec(ctx, `insert into inbound_secrets (workspace_id, secret, made_by) values ($1, $2, $3)
				on conflict (workspace_id) do update
				set secret = excluded.secret, made_at = now(), made_by = excluded.made_by`, a.workspace, secret, a.user)
			return made, err
		},
	}.write(ctx, db, a)
	return err
}
