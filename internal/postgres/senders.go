package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/webhook"
)

// answerColumns need drafts as d.
var answerColumns = `d.state_seq, d.taken_by, d.channel, m.id, m.external_id, m.subject, m.body, m.sent_at,
	coalesce((select c.name from ` + campaignByID("m.workspace_id", "m.campaign_id") + ` c), ''), ` +
	leadColumns + `, ` + draftColumns

const answerTables = ` from drafts d` + draftAnswers

// draftAnswers joins to drafts d the message m that each answers, and its lead l. They are looked
// up for one draft after the other: of tables that were filled a moment ago PostgreSQL knows
// nothing, and went through all leads for each draft.
const draftAnswers = `
	join lateral (select * from messages m where m.workspace_id = d.workspace_id and m.id = d.message_id limit 1) m on true
	join lateral (select * from leads l where l.workspace_id = m.workspace_id and l.id = m.lead_id limit 1) l on true `

func scanAnswer(row pgx.CollectableRow) (lead.Answer, error) {
	var a lead.Answer
	d, err := scanDraft(row, append([]any{&a.Seq, &a.TakenBy, &a.Channel, &a.MessageID, &a.ExternalID, &a.Subject,
		&a.Message, &a.WroteAt, &a.Campaign}, leadTargets(&a.Lead)...)...)
	if d != nil {
		a.Draft = *d
	}
	return a, err
}

// Answers returns drafts in a state, or in any where it is empty, in the order in which
// they came into the state that they are in, from the one after this place on, and
// whether more follow. A change that commits later has a later place, so who goes on
// after the last one misses none and gets none twice.
func (db *DB) Answers(
	ctx context.Context, a Access, state lead.DraftState, after int64, limit int,
) (list []lead.Answer, more bool, err error) {
	in := ""
	if state != "" {
		in = " and d.state = $4"
	}
	arguments := []any{a.workspace, after, limit + 1}
	if state != "" {
		arguments = append(arguments, string(state))
	}
	batch := &pgx.Batch{}
	collect(batch.Queue(`select `+answerColumns+answerTables+`
		where d.workspace_id = $1 and d.state_seq > $2`+in+` order by d.state_seq limit $3`, arguments...), &list, scanAnswer)
	err = db.readLeads(ctx, a, batch)
	list, more = part(list, Rows{Limit: limit})
	return list, more, err
}

// Answer returns one draft with what it answers, or persona.ErrNotFound.
func (db *DB) Answer(ctx context.Context, a Access, draft uuid.UUID) (lead.Answer, error) {
	var found lead.Answer
	batch := &pgx.Batch{}
	collectOne(batch.Queue(`select `+answerColumns+answerTables+`where d.workspace_id = $1 and d.id = $2`, a.workspace,
		draft), &found, scanAnswer)
	return found, db.readLeads(ctx, a, batch)
}

// TakeDraft gives a sender a draft that is approved and that no sender has: until it
// says what became of it, nobody takes the decision back. It fails with
// persona.ErrNotFound, and with a persona.TooLateError where the draft is not to be had.
func (db *DB) TakeDraft(ctx context.Context, a Access, draft uuid.UUID) (lead.Answer, error) {
	return db.report(ctx, a, audit.DraftTaken, draft, func(c *change, now lead.Answer) error {
		switch {
		case now.State != lead.DraftApproved:
			return tooLateToSend(now)
		case !now.TakenAt.IsZero():
			return &persona.TooLateError{Reason: i18n.Say("A sender has this draft already.")}
		}
		_, err := c.Exec(ctx, `update drafts set taken_at = clock_timestamp(), taken_by = $3
			where workspace_id = $1 and id = $2`, a.workspace, draft, a.token)
		return err
	})
}

// ReportSent notes that a draft was sent, and what its sender calls it, "" for nothing;
// the zero time is now, or what was said before. The same again changes nothing. It
// fails with persona.ErrNotFound, an InvalidError, and with a persona.TooLateError that
// says what is there where the draft is not approved or something else was said of it.
func (db *DB) ReportSent(
	ctx context.Context, a Access, draft uuid.UUID, externalID string, at time.Time,
) (lead.Answer, error) {
	externalID, at = persona.CleanLine(externalID), at.Truncate(time.Microsecond)
	errs := persona.CheckText(nil, "externalId", "externalId", externalID, lead.SentIDLimit, true)
	if at.After(time.Now().Add(lead.MaxAhead)) {
		errs = append(errs, persona.FieldError{Field: "sentAt", Message: i18n.Say("sentAt is more than 5 minutes from now")})
	}
	if len(errs) > 0 {
		return lead.Answer{}, &persona.InvalidError{Fields: errs}
	}
	return db.report(ctx, a, audit.DraftSent, draft, func(c *change, now lead.Answer) error {
		switch {
		case now.State == lead.DraftSent && now.SentID == externalID && (at.IsZero() || at.Equal(now.SentAt)):
			c.unchanged = true
			return nil
		case now.State != lead.DraftApproved && now.State != lead.DraftFailed:
			return tooLateToSend(now)
		}
		_, err := c.Exec(ctx, `update drafts set state = 'sent', sent_at = coalesce($3, clock_timestamp()),
				sent_id = nullif($4, ''), problem = '' where workspace_id = $1 and id = $2`,
			a.workspace, draft, unlessZero(at), externalID)
		if err != nil {
			return err
		}
		return db.tell(ctx, c, draftTold, a.workspace, draft, webhook.DraftSent)
	})
}

// ReportFailed notes that a sender could not send a draft, and why: a sentence. The same
// again changes nothing. It fails as ReportSent does.
func (db *DB) ReportFailed(ctx context.Context, a Access, draft uuid.UUID, reason string) (lead.Answer, error) {
	reason = strings.Join(strings.Fields(persona.CleanLine(reason)), " ") // mail servers answer in lines
	errs := persona.CheckText(nil, "reason", "reason", reason, lead.ReasonLimit, true)
	if reason == "" {
		errs = append(errs, persona.FieldError{Field: "reason", Message: i18n.Say("Say why it could not be sent")})
	}
	if len(errs) > 0 {
		return lead.Answer{}, &persona.InvalidError{Fields: errs}
	}
	return db.report(ctx, a, audit.DraftFailed, draft, func(c *change, now lead.Answer) error {
		switch {
		case now.State == lead.DraftFailed && now.Problem == reason:
			c.unchanged = true
			return nil
		case now.State != lead.DraftApproved:
			return tooLateToSend(now)
		}
		_, err := c.Exec(ctx, `update drafts set state = 'failed', problem = $3 where workspace_id = $1 and id = $2`,
			a.workspace, draft, reason)
		if err != nil {
			return err
		}
		return db.tell(ctx, c, draftTold, a.workspace, draft, webhook.DraftFailed)
	})
}

// report is a write of a sender's about one draft, which it returns as it is then.
func (db *DB) report(
	ctx context.Context, a Access, action audit.Action, draft uuid.UUID, do func(*change, lead.Answer) error,
) (lead.Answer, error) {
	return write(ctx, db, a, access.Send, action, func(c *change) (lead.Answer, error) {
		now := func(lock string) (lead.Answer, error) {
			return queryOne(ctx, c, scanAnswer, `select `+answerColumns+answerTables+`
				where d.workspace_id = $1 and d.id = $2 `+lock, a.workspace, draft)
		}
		found, err := now("for update of d")
		if err != nil {
			return lead.Answer{}, err
		}
		c.details.Lead, c.details.Draft = valid(found.Lead.ID), valid(draft)
		if err := do(c, found); err != nil {
			return lead.Answer{}, err
		}
		return now("")
	})
}

// tooLateToSend says of a draft why nothing can be said of its being sent.
func tooLateToSend(d lead.Answer) error {
	words := map[lead.DraftState]string{
		lead.DraftMaking:    "This draft is being made.",
		lead.DraftUnmade:    "This draft could not be made.",
		lead.DraftWaiting:   "This draft waits for a person to decide.",
		lead.DraftApproved:  "This draft is approved.",
		lead.DraftFailed:    "It was said already that this draft could not be sent: " + d.Problem,
		lead.DraftRejected:  "This draft was rejected.",
		lead.DraftWithdrawn: "This draft was withdrawn: its lead may not be written to.",
	}[d.State]
	if d.State == lead.DraftSent {
		words = "This draft was sent on " + d.SentAt.UTC().Format(time.RFC3339Nano)
		if d.SentID != "" {
			words += ", as " + d.SentID
		}
		words += "."
	}
	return &persona.TooLateError{Reason: i18n.Say(words)}
}

// unlessZero returns a time, or nil for none.
func unlessZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// draftTold is what webhooks are told of the draft $2, once the event $3 happened to it.
const draftTold = `select $3::text as event, d.id || ' ' || d.state_seq as about,
		jsonb_build_object('draftId', d.id, 'draftVersion', d.version, 'leadId', m.lead_id, 'messageId', m.id,
		'channel', d.channel, 'source', d.source, 'personaId', d.persona_id, 'personaVersion', d.persona_version) as data
	from drafts d join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
	where d.workspace_id = $1 and d.id = $2`
