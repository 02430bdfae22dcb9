package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

// Inbox is the database's word that whoever sends knows a workspace's inbound
// secret. Only VisitInbox makes one; the zero Inbox takes nothing.
type Inbox struct {
	workspace uuid.UUID
	secret    string
}

// Workspace gives the workspace's id.
func (i Inbox) Workspace() uuid.UUID { return i.workspace }

// noSecret is what a signature is compared with where there is no secret, so
// that this takes as long. Nobody signs with it, and it opens nothing.
const noSecret = "whsec_0000000000000000000000000000000000000000000"

// VisitInbox gives the inbox of a workspace to whoever's signature is right with
// its secret. It fails with persona.ErrSignedOut, alike for a wrong signature, a
// workspace without a secret and one that does not exist.
func (db *DB) VisitInbox(ctx context.Context, workspace uuid.UUID, right func(secret string) bool) (Inbox, error) {
	secret, found := noSecret, true
	err := db.reads.QueryRow(ctx, `select secret from inbound_secrets where workspace_id = $1`, workspace).Scan(&secret)
	if errors.Is(err, pgx.ErrNoRows) {
		found = false
	} else if err != nil {
		return Inbox{}, explain(err)
	}
	if !right(secret) || !found {
		return Inbox{}, persona.ErrSignedOut
	}
	return Inbox{workspace, secret}, nil
}

// Inbound is a message that a lead wrote.
type Inbound struct {
	ExternalID string // the sender's; unique with the channel
	Channel    persona.Channel
	Campaign   string // the sender's id of it; empty: none
	Lead       InboundLead
	Body       string
	SentAt     time.Time // zero: not said
}

// InboundLead is who wrote it. What is empty leaves what is known alone.
type InboundLead struct {
	ExternalID, FirstName, LastName, Email, Company string
}

// How far from now a message may have been sent: one that is older is a replay
// or too late to answer, and clocks differ a little.
const (
	InboundPast   = 24 * time.Hour
	InboundFuture = 5 * time.Minute
)

// Limits of an inbound message, in characters.
const (
	inboundIDLimit      = 200
	inboundNameLimit    = 120
	inboundEmailLimit   = 254
	inboundCompanyLimit = 200
	inboundBodyLimit    = 20000
)

// clean gives m as it is stored. Mails hold all kinds of control characters; a
// message is not refused for them.
func (m Inbound) clean() Inbound {
	for _, text := range []*string{&m.ExternalID, &m.Campaign, &m.Lead.ExternalID, &m.Lead.FirstName, &m.Lead.LastName, &m.Lead.Email, &m.Lead.Company, &m.Body} {
		*text = persona.Clean(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' {
				return -1
			}
			return r
		}, *text))
	}
	for _, name := range []*string{&m.Lead.FirstName, &m.Lead.LastName, &m.Lead.Email, &m.Lead.Company} {
		*name = strings.Join(strings.Fields(*name), " ")
	}
	return m
}

func (m Inbound) check() error {
	var errs []persona.FieldError
	missing := func(key, text string) {
		if text == "" {
			errs = append(errs, persona.FieldError{Field: key, Message: key + " is missing"})
		}
	}
	missing("externalId", m.ExternalID)
	missing("lead.externalId", m.Lead.ExternalID)
	missing("body", m.Body)
	errs = persona.CheckText(errs, "externalId", "externalId", m.ExternalID, inboundIDLimit, true)
	errs = persona.CheckText(errs, "campaignExternalId", "campaignExternalId", m.Campaign, inboundIDLimit, true)
	errs = persona.CheckText(errs, "lead.externalId", "lead.externalId", m.Lead.ExternalID, inboundIDLimit, true)
	errs = persona.CheckText(errs, "lead.firstName", "lead.firstName", m.Lead.FirstName, inboundNameLimit, true)
	errs = persona.CheckText(errs, "lead.lastName", "lead.lastName", m.Lead.LastName, inboundNameLimit, true)
	errs = persona.CheckText(errs, "lead.email", "lead.email", m.Lead.Email, inboundEmailLimit, true)
	errs = persona.CheckText(errs, "lead.company", "lead.company", m.Lead.Company, inboundCompanyLimit, true)
	errs = persona.CheckText(errs, "body", "body", m.Body, inboundBodyLimit, false)
	if !slices.Contains(persona.Channels(), m.Channel) {
		errs = append(errs, persona.FieldError{Field: "channel", Message: "channel must be email, sms or linkedin"})
	}
	if m.SentAt.IsZero() {
		errs = append(errs, persona.FieldError{Field: "sentAt", Message: "sentAt is missing"})
	}
	if len(errs) > 0 {
		return &persona.InvalidError{Fields: errs}
	}
	return nil
}

// checkTime is only asked of a message that is new: who sends one again, because
// no answer came, may do so at any time.
func (m Inbound) checkTime(now time.Time) error {
	wrong := persona.FieldError{Field: "sentAt"}
	switch {
	case m.SentAt.Before(now.Add(-InboundPast)):
		wrong.Message = "sentAt is more than 24 hours ago"
	case m.SentAt.After(now.Add(InboundFuture)):
		wrong.Message = "sentAt is more than 5 minutes from now"
	default:
		return nil
	}
	return &persona.InvalidError{Fields: []persona.FieldError{wrong}}
}

// Received is what became of an inbound message.
type Received struct {
	Draft           uuid.UUID // that answers it
	Before          bool      // it came before, so nothing is new
	UnknownCampaign bool      // it named a campaign that the workspace does not have
}

// Receive stores a message, who wrote it and the draft that is to answer it, and
// adds the job that writes the draft: all of it or nothing. The same external id
// and channel again give the same draft. It fails with an InvalidError, and with
// persona.ErrSignedOut when the secret was replaced meanwhile.
func (db *DB) Receive(ctx context.Context, in Inbox, m Inbound) (Received, error) {
	m = m.clean()
	if err := m.check(); err != nil {
		return Received{}, err
	}
	var r Received
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		var one int
		err := tx.QueryRow(ctx, `select 1 from inbound_secrets where workspace_id = $1 and secret = $2 for share`, in.workspace, in.secret).Scan(&one)
		if errors.Is(err, pgx.ErrNoRows) {
			return persona.ErrSignedOut
		}
		if err != nil {
			return err
		}
		// The same message twice at once takes turns, and so do two of one lead.
		_, err = tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended(k, 0)) from unnest(array[$1 || ' message ' || $2 || ' ' || $3, $1 || ' lead ' || $4]) with ordinality u(k, n) order by n`,
			in.workspace.String(), string(m.Channel), m.ExternalID, m.Lead.ExternalID)
		if err != nil {
			return err
		}
		var message uuid.UUID
		var draft uuid.NullUUID
		err = tx.QueryRow(ctx, `select m.id, d.id from messages m left join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
			where m.workspace_id = $1 and m.channel = $2 and m.external_id = $3`, in.workspace, string(m.Channel), m.ExternalID).Scan(&message, &draft)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			if err = m.checkTime(time.Now()); err != nil {
				return err
			}
			if message, r.UnknownCampaign, err = insertMessage(ctx, tx, in.workspace, m); err != nil {
				return err
			}
		case err != nil:
			return err
		case draft.Valid:
			r.Draft, r.Before = draft.UUID, true
			return nil
		}
		r.Draft, err = db.insertDraft(ctx, tx, in.workspace, message)
		return err
	})
	return r, explain(err)
}

func insertMessage(ctx context.Context, tx pgx.Tx, workspace uuid.UUID, m Inbound) (message uuid.UUID, unknownCampaign bool, err error) {
	var campaign uuid.NullUUID
	if m.Campaign != "" {
		err = tx.QueryRow(ctx, `select id from campaigns where workspace_id = $1 and external_id = $2`, workspace, m.Campaign).Scan(&campaign)
		if unknownCampaign = errors.Is(err, pgx.ErrNoRows); err != nil && !unknownCampaign {
			return uuid.Nil, false, err
		}
	}
	var lead uuid.UUID
	err = tx.QueryRow(ctx, `
		insert into leads (workspace_id, external_id, campaign_id, first_name, last_name, email, company) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (workspace_id, external_id) do update set updated_at = now(),
			campaign_id = coalesce(excluded.campaign_id, leads.campaign_id),
			first_name = coalesce(nullif(excluded.first_name, ''), leads.first_name),
			last_name = coalesce(nullif(excluded.last_name, ''), leads.last_name),
			email = coalesce(nullif(excluded.email, ''), leads.email),
			company = coalesce(nullif(excluded.company, ''), leads.company)
		returning id`,
		workspace, m.Lead.ExternalID, campaign, m.Lead.FirstName, m.Lead.LastName, m.Lead.Email, m.Lead.Company).Scan(&lead)
	if err != nil {
		return uuid.Nil, false, err
	}
	err = tx.QueryRow(ctx, `insert into messages (workspace_id, lead_id, campaign_id, campaign_named, channel, external_id, body, sent_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
		workspace, lead, campaign, m.Campaign, string(m.Channel), m.ExternalID, m.Body, m.SentAt).Scan(&message)
	return message, unknownCampaign, err
}

// insertDraft adds the draft that is to answer a message, and the job that
// writes it.
func (db *DB) insertDraft(ctx context.Context, tx pgx.Tx, workspace, message uuid.UUID) (uuid.UUID, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, `insert into drafts (workspace_id, message_id, channel)
		select workspace_id, id, channel from messages where workspace_id = $1 and id = $2
		on conflict (workspace_id, message_id) do update set asked_at = drafts.asked_at returning id`, workspace, message).Scan(&id)
	if err != nil {
		return id, err
	}
	_, err = db.queue.InsertTx(ctx, tx, DraftJob{Workspace: workspace, Draft: id}, nil)
	return id, err
}

// InboundSecret is when a workspace's secret was made, and by whom.
type InboundSecret struct {
	MadeAt time.Time // zero: there is none
	MadeBy string
}

const selectInboundSecret = `select s.made_at, coalesce(u.name, '') from inbound_secrets s left join users u on u.id = s.made_by where s.workspace_id = $1`

// MakeInboundSecret replaces the workspace's inbound secret at once. It fails with
// a persona.TooLateError where the same form made one that was replaced since.
func (db *DB) MakeInboundSecret(ctx context.Context, a Access, secret string) error {
	e := &event{action: "inbound.secret_made", result: &struct{}{}, still: func(tx pgx.Tx) error {
		return secretHolds(tx.QueryRow(ctx, `select secret = $2 from inbound_secrets where workspace_id = $1`, a.workspace, secret))
	}}
	return db.write(ctx, a, Manage, e, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into inbound_secrets (workspace_id, secret, made_by) values ($1, $2, $3)
			on conflict (workspace_id) do update set secret = excluded.secret, made_at = now(), made_by = excluded.made_by`, a.workspace, secret, a.user)
		return err
	})
}
