package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
)

// draftColumns may all be null, where there is no draft. They need drafts as d.
const draftColumns = `d.id, coalesce(d.state, ''), coalesce(d.version, 0), coalesce(d.source, ''), d.persona_id,
	coalesce((select v.name from persona_versions v where v.workspace_id = d.workspace_id
		and v.persona_id = d.persona_id and v.version = d.persona_version), ''),
	coalesce(d.persona_version, 0), coalesce(d.prompt_key, ''), coalesce(d.language, ''), coalesce(d.body, ''),
	coalesce((select u.name from users u where u.id = d.edited_by), ''), coalesce(d.problem, ''),
	d.decided_at, coalesce((select u.name from users u where u.id = d.decided_by), ''), d.decided_by,
	coalesce(d.reject_reason, ''), d.state_at, d.taken_at, d.sent_at, coalesce(d.sent_id, '')`

// scanDraft reads what is before draftColumns into before; nil: there is no
// draft.
func scanDraft(row pgx.CollectableRow, before ...any) (*lead.Draft, error) {
	var d lead.Draft
	var id uuid.NullUUID
	var decided, since, taken, sent *time.Time
	err := row.Scan(append(before, &id, &d.State, &d.Version, &d.Source, &d.PersonaID, &d.PersonaName, &d.PersonaAt,
		&d.PromptKey, &d.Language, &d.Body, &d.EditedBy, &d.Problem, &decided, &d.DecidedBy, &d.DecidedByID, &d.Reason, &since, &taken,
		&sent, &d.SentID)...)
	if err != nil || !id.Valid {
		return nil, err
	}
	d.ID = id.UUID
	set(&d.DecidedAt, decided)
	set(&d.StateAt, since)
	set(&d.TakenAt, taken)
	set(&d.SentAt, sent)
	return &d, nil
}

// AskDraft asks for the draft that answers a lead's last message, or for the
// draft named, and returns it: anew where it was neither made nor sent, or was rejected
// or withdrawn. One that is being made already stays so. It fails with
// persona.ErrNotFound, and with a persona.TooLateError where there is nothing to answer
// or a draft is there.
func (db *DB) AskDraft(ctx context.Context, a Access, leadID uuid.UUID, draft uuid.NullUUID) (uuid.UUID, error) {
	return write(ctx, db, a, access.Write, audit.DraftAsked, func(c *change) (uuid.UUID, error) {
		if err := lockLead(ctx, c, a, leadID); err != nil {
			return uuid.Nil, err
		}
		id, err := db.askDraft(ctx, c, a, leadID, draft)
		c.details.Lead, c.details.Draft = valid(leadID), valid(id)
		return id, err
	})
}

func (db *DB) askDraft(
	ctx context.Context, tx pgx.Tx, a Access, leadID uuid.UUID, draft uuid.NullUUID,
) (uuid.UUID, error) {
	var message, found uuid.NullUUID
	var state lead.DraftState
	err := tx.QueryRow(ctx, `select m.id, d.id, coalesce(d.state, '')
		from messages m left join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		where m.workspace_id = $1 and m.lead_id = $2 and ($3::uuid is null or d.id = $3)
		order by m.sent_at desc, m.id desc limit 1`, a.workspace, leadID, draft).Scan(&message, &found, &state)
	switch {
	case errors.Is(err, pgx.ErrNoRows) && draft.Valid:
		return uuid.Nil, err
	case errors.Is(err, pgx.ErrNoRows):
		return uuid.Nil, &persona.TooLateError{Reason: i18n.Say("This lead has written nothing, so there is nothing to answer.")}
	case err != nil:
		return uuid.Nil, err
	case !found.Valid:
		return db.insertDraft(ctx, tx, a.workspace, message.UUID)
	case state == lead.DraftWaiting:
		return uuid.Nil, &persona.TooLateError{
			Reason: i18n.Say("A draft that answers the last message is there already: approve, change or reject it.")}
	case state == lead.DraftApproved:
		return uuid.Nil, &persona.TooLateError{Reason: i18n.Say("The draft that answers the last message is approved already.")}
	case state == lead.DraftSent:
		return uuid.Nil, &persona.TooLateError{Reason: i18n.Say("The answer to the last message was sent already.")}
	default:
		return found.UUID, db.makeAgain(ctx, tx, DraftJob{Workspace: a.workspace, Draft: found.UUID})
	}
}

func (db *DB) makeAgain(ctx context.Context, tx pgx.Tx, j DraftJob) error {
	tag, err := tx.Exec(ctx, `update drafts
		set state = 'making', problem = '', asked_at = now(), decided_at = null, decided_by = null
		where workspace_id = $1 and id = $2 and state in ('unmade', 'failed', 'rejected', 'withdrawn')`, j.Workspace, j.Draft)
	if err != nil || tag.RowsAffected() == 0 {
		return err // it is being made already
	}
	_, err = db.queue.InsertTx(ctx, tx, j, nil)
	return err
}

// lockLead fails with pgx.ErrNoRows where the workspace has no such lead.
func lockLead(ctx context.Context, tx pgx.Tx, a Access, leadID uuid.UUID) error {
	var one int
	return tx.QueryRow(ctx, `select 1 from leads where workspace_id = $1 and id = $2 for no key update`,
		a.workspace, leadID).Scan(&one)
}

// decisions names what DecideDraft did by the state in which it left the draft.
var decisions = map[lead.DraftState]audit.Action{
	lead.DraftWaiting:  audit.DraftEdited,
	lead.DraftApproved: audit.DraftApproved,
	lead.DraftRejected: audit.DraftRejected,
}

// DecideDraft stores what a draft reads now, as a new version where that differs, and
// then leaves it waiting, or approves or rejects it. A rejection without words leaves
// them as they are. It returns the draft without its earlier versions, and fails with
// persona.ErrNotFound, an InvalidError or a StaleDraftError.
func (db *DB) DecideDraft(ctx context.Context, a Access, d lead.Decision) (lead.Draft, error) {
	if d.Words != nil && d.To == lead.DraftRejected && persona.Clean(*d.Words) == "" {
		d.Words = nil
	}
	if d.To != lead.DraftRejected {
		d.Reason = ""
	}
	if d.Reason != "" && !slices.Contains(lead.RejectReasons(), d.Reason) {
		return lead.Draft{}, &persona.InvalidError{Fields: []persona.FieldError{
			{Field: "reason", Message: i18n.Say("Choose a reason from the list, or none")}}}
	}
	if d.Words != nil {
		body := persona.Clean(*d.Words)
		if err := checkDraft(body); err != nil {
			return lead.Draft{}, err
		}
		d.Words = &body
	}
	return write(ctx, db, a, access.Write, decisions[d.To], func(c *change) (lead.Draft, error) {
		theirs, leadID, err := draftOf(ctx, c, a, d)
		if err != nil {
			return lead.Draft{}, err
		}
		if theirs.Version != d.Version || theirs.State != lead.DraftWaiting {
			return lead.Draft{}, &lead.StaleDraftError{Theirs: theirs}
		}
		c.details.Lead, c.details.Draft, c.details.Reason = valid(leadID), valid(d.Draft), string(d.Reason)
		body := theirs.Body
		if d.Words != nil {
			body = *d.Words
		}
		if body != theirs.Body {
			c.details.Fields = []string{"body"}
		}
		_, err = c.Exec(ctx, `update drafts set state = $3, body = $4, version = version + (body <> $4)::int,
				edited_by = case when body <> $4 then $5::uuid else edited_by end, reject_reason = $7,
				decided_at = case when $6 then clock_timestamp() end, decided_by = case when $6 then $5::uuid end
			where workspace_id = $1 and id = $2`, a.workspace, d.Draft, string(d.To), body, a.user, d.To.Decided(), string(d.Reason))
		if err != nil {
			return lead.Draft{}, err
		}
		decided, _, err := draftOf(ctx, c, a, d)
		if err == nil && d.To.Decided() {
			err = db.tell(ctx, c, draftTold, a.workspace, d.Draft, "draft."+string(d.To))
		}
		return decided, err
	})
}

// TakeBackDecision lets a draft of the lead wait again that was approved or rejected,
// as it was shown. Where it waits already, nothing is written. It returns the draft
// without its earlier versions, and fails with persona.ErrNotFound, with a
// StaleDraftError where it is decided otherwise by now or being drafted anew, and with
// a TooLateError where a sender has it.
func (db *DB) TakeBackDecision(
	ctx context.Context, a Access, leadID, draft uuid.UUID, shown lead.DraftState,
) (lead.Draft, error) {
	return write(ctx, db, a, access.Write, audit.DraftReopened, func(c *change) (lead.Draft, error) {
		of := lead.Decision{Lead: valid(leadID), Draft: draft}
		theirs, _, err := draftOf(ctx, c, a, of)
		if err != nil {
			return lead.Draft{}, err
		}
		switch {
		case theirs.State == lead.DraftWaiting:
			c.unchanged = true
			return theirs, nil
		case theirs.State.Decided() && !theirs.TakenAt.IsZero(), theirs.State == lead.DraftSent,
			theirs.State == lead.DraftFailed:
			return lead.Draft{}, &persona.TooLateError{
				Reason: i18n.Say("A sender has this draft by now, so the decision cannot be taken back.")}
		case !theirs.State.Decided() || shown != theirs.State:
			return lead.Draft{}, &lead.StaleDraftError{Theirs: theirs}
		}
		c.details.Lead, c.details.Draft = valid(leadID), valid(draft)
		_, err = c.Exec(ctx, `update drafts set state = 'waiting', decided_at = null, decided_by = null
			where workspace_id = $1 and id = $2`, a.workspace, draft)
		if err != nil {
			return lead.Draft{}, err
		}
		reopened, _, err := draftOf(ctx, c, a, of)
		return reopened, err
	})
}

// checkDraft fails with an InvalidError for what cannot be sent.
func checkDraft(body string) error {
	var errs []persona.FieldError
	if body == "" {
		errs = append(errs, persona.FieldError{Field: "body", Message: i18n.Say("Enter the reply; to send none, reject it")})
	}
	if errs = persona.CheckText(errs, "body", i18n.N("Reply"), body, lead.DraftLimit, false); len(errs) > 0 {
		return &persona.InvalidError{Fields: errs}
	}
	return nil
}

// draftOf returns the draft that a decision is about, as it stands, and whose it is.
// Nobody else changes it before the transaction ends.
func draftOf(ctx context.Context, tx pgx.Tx, a Access, of lead.Decision) (d lead.Draft, leadID uuid.UUID, err error) {
	scan := func(row pgx.CollectableRow) (*lead.Draft, error) { return scanDraft(row, &leadID) }
	found, err := queryOne(ctx, tx, scan, `select m.lead_id, `+draftColumns+`
		from drafts d join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
		where d.workspace_id = $1 and d.id = $2 and ($3::uuid is null or m.lead_id = $3) for update of d`,
		a.workspace, of.Draft, of.Lead)
	if err != nil {
		return lead.Draft{}, uuid.Nil, err
	}
	return *found, leadID, nil
}

// AskScore asks for a lead's score; one that is on its way stays so. It fails
// with persona.ErrNotFound, and with a persona.TooLateError where the lead has
// written nothing.
func (db *DB) AskScore(ctx context.Context, a Access, leadID uuid.UUID) error {
	_, err := write(ctx, db, a, access.Write, audit.ScoreAsked, func(c *change) (uuid.UUID, error) {
		return leadID, db.askScore(ctx, c, a, leadID)
	})
	return err
}

func (db *DB) askScore(ctx context.Context, c *change, a Access, leadID uuid.UUID) error {
	if err := lockLead(ctx, c, a, leadID); err != nil {
		return err
	}
	c.details.Lead = valid(leadID)
	var wrote bool
	err := c.QueryRow(ctx, `select exists (select from messages where workspace_id = $1 and lead_id = $2)`,
		a.workspace, leadID).Scan(&wrote)
	if err != nil {
		return err
	}
	if !wrote {
		return &persona.TooLateError{Reason: i18n.Say("This lead has written nothing, so there is nothing to score.")}
	}
	tag, err := c.Exec(ctx, `update leads set score_asked_at = now(), score_problem = ''
		where workspace_id = $1 and id = $2 and score_asked_at is null`, a.workspace, leadID)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	_, err = db.queue.InsertTx(ctx, c, ScoreJob{Workspace: a.workspace, Lead: leadID}, nil)
	return err
}
