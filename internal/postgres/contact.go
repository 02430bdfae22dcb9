package postgres

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/webhook"
)

// SetContact notes whether a lead may be written to, and answers what a mail of it asked
// for. Where it may not any more, the database withdraws what waits or is approved. It
// returns the lead, and fails with persona.ErrNotFound or an InvalidError.
func (db *DB) SetContact(ctx context.Context, a Access, leadID uuid.UUID, to lead.Contact) (lead.Lead, error) {
	if !slices.Contains(lead.Contacts(), to) {
		return lead.Lead{}, &persona.InvalidError{Fields: []persona.FieldError{{Field: "state",
			Message: i18n.Say("Choose whether they may be written to, or why not")}}}
	}
	return write(ctx, db, a, access.Write, audit.ContactChanged, func(c *change) (lead.Lead, error) {
		if err := lockLead(ctx, c, a, leadID); err != nil {
			return lead.Lead{}, err
		}
		read := func() (l lead.Lead, err error) {
			err = c.QueryRow(ctx, `select `+leadColumns+` from leads l where l.workspace_id = $1 and l.id = $2`,
				a.workspace, leadID).Scan(leadTargets(&l)...)
			return l, err
		}
		was, err := read()
		if err != nil {
			return was, err
		}
		c.details.Lead = valid(leadID)
		if was.Contact() == to {
			if c.unchanged = !was.ContactAsked; c.unchanged {
				return was, nil
			}
			c.action = audit.ContactKept
		}
		_, err = c.Exec(ctx, `update leads set contact_asked_at = null, updated_at = now(), blacklisted = $3 = 'blacklisted',
				opted_out = $3 = 'opted_out', unsubscribed = $3 = 'unsubscribed', bounced = $3 = 'bounced'
			where workspace_id = $1 and id = $2`, a.workspace, leadID, string(to))
		if err == nil && was.Contact() != to {
			err = db.tell(ctx, c, contactTold, a.workspace, leadID, webhook.ContactChanged)
		}
		if err != nil {
			return lead.Lead{}, err
		}
		return read()
	})
}

// queueContactOf notes what a message that was just stored says of whether its lead may be
// written to: its sender says so, a text message is a keyword of the carriers, or a mail
// asks for it, which is held for a person.
func queueContactOf(last *lastStatements, workspace uuid.UUID, m lead.Inbound, got *received) {
	to, keyword := m.Lead.Contact, m.Channel == persona.SMS && lead.OptsOut(m.Body)
	if keyword {
		to = lead.OptedOut
	}
	l := &got.from
	if to == lead.MayBeWritten {
		if got.kind == lead.OptOut && l.Contact() == lead.MayBeWritten {
			last.Queue(`update leads set contact_asked_at = coalesce(contact_asked_at, $3)
				where workspace_id = $1 and id = $2`, workspace, l.ID, m.SentAt)
		}
		return
	}
	flag := map[lead.Contact]*bool{lead.Unsubscribed: &l.Unsubscribed, lead.OptedOut: &l.OptedOut,
		lead.Bounced: &l.Bounced, lead.Blacklisted: &l.Blacklisted}[to]
	if *flag || got.overtaken && !keyword {
		return // it is so already, or a newer message came before
	}
	*flag = true
	last.Queue(`update leads set `+string(to)+` = true, contact_asked_at = null, updated_at = now()
		where workspace_id = $1 and id = $2`, workspace, l.ID)
	last.tell(contactTold, workspace, l.ID, webhook.ContactChanged)
}

// contactTold is what webhooks are told of the lead $2 where whether they may be written
// to has changed.
const contactTold = `select $3::text as event, gen_random_uuid()::text as about,
	jsonb_build_object('leadId', $2::uuid) as data`
