package lead

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// Inbound is a message that a lead wrote.
type Inbound struct {
	ExternalID   string // the sender's; unique with the channel
	Channel      persona.Channel
	Campaign     string // the sender's id of it; empty: none
	CampaignName string // what to call a campaign that is not known; empty: its id
	Lead         InboundLead
	Subject      string // of a mail
	Body         string
	SentAt       time.Time // zero: not said
}

// InboundLead is who wrote it. What is empty leaves what is known alone.
type InboundLead struct {
	ExternalID, FirstName, LastName, Email, Company string
	Contact                                         Contact // empty: nothing is said of it
}

// How far from now an inbound message may have been sent: one that is older is a
// replay or too late to answer, and clocks differ a little.
const (
	MaxAge   = 24 * time.Hour
	MaxAhead = 5 * time.Minute
)

// Clean returns m as it is stored. Mails hold all kinds of control characters; a
// message is not refused for them.
func (m Inbound) Clean() Inbound {
	for _, text := range []*string{&m.ExternalID, &m.Campaign, &m.Lead.ExternalID, &m.Body} {
		*text = cleaned(*text)
	}
	for _, line := range []*string{&m.Subject, &m.CampaignName, &m.Lead.FirstName, &m.Lead.LastName, &m.Lead.Email,
		&m.Lead.Company} {
		*line = strings.Join(strings.Fields(cleaned(*line)), " ")
	}
	m.Lead.Email = strings.Map(func(r rune) rune {
		if access.Unseen(r) {
			return -1
		}
		return r
	}, m.Lead.Email)
	return m
}

// cleaned returns text as it is stored, without control characters but line ends and
// tabs. Those that end a line somewhere are line ends first, so that they part words.
func cleaned(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, persona.Clean(text)))
}

// Check reports what is wrong with a clean message: an id, body or time that is
// missing, a text that no table holds, or an unknown channel. It fails with a
// *persona.InvalidError whose fields are named by the keys in which programs send them.
func (m Inbound) Check() error {
	var errs []persona.FieldError
	texts := []struct {
		key, text string
		limit     int
		required  bool
	}{
		{"externalId", m.ExternalID, ExternalIDLimit, true},
		{"lead.externalId", m.Lead.ExternalID, ExternalIDLimit, true},
		{"body", m.Body, BodyLimit, true},
		{"campaignExternalId", m.Campaign, ExternalIDLimit, false},
		{"campaignName", m.CampaignName, persona.CampaignNameLimit, false},
		{"lead.firstName", m.Lead.FirstName, NameLimit, false},
		{"lead.lastName", m.Lead.LastName, NameLimit, false},
		{"lead.email", m.Lead.Email, EmailLimit, false},
		{"lead.company", m.Lead.Company, CompanyLimit, false},
		{"subject", m.Subject, SubjectLimit, false},
	}
	for _, f := range texts {
		if f.required && f.text == "" {
			errs = append(errs, persona.FieldError{Field: f.key, Message: i18n.Say(f.key + " is missing")})
		}
	}
	for _, f := range texts {
		errs = persona.CheckText(errs, f.key, f.key, f.text, f.limit, f.key != "body")
	}
	if !slices.Contains(persona.Channels(), m.Channel) {
		errs = append(errs, persona.FieldError{Field: "channel", Message: i18n.Say("channel must be email, sms or linkedin")})
	}
	if !slices.Contains(Contacts(), m.Lead.Contact) {
		errs = append(errs, persona.FieldError{Field: "lead.contact",
			Message: i18n.Say("lead.contact must be unsubscribed, opted_out, bounced or blacklisted")})
	}
	if m.SentAt.IsZero() {
		errs = append(errs, persona.FieldError{Field: "sentAt", Message: i18n.Say("sentAt is missing")})
	}
	if len(errs) > 0 {
		return &persona.InvalidError{Fields: errs}
	}
	return nil
}

// CheckTime reports whether a message was sent long ago or in the future; it fails with
// a *persona.InvalidError. Only a message that is new is checked: who sends one again,
// because no answer came, may do so at any time.
func (m Inbound) CheckTime(now time.Time) error {
	wrong := persona.FieldError{Field: "sentAt"}
	switch {
	case m.SentAt.Before(now.Add(-MaxAge)):
		wrong.Message = i18n.Say("sentAt is more than 24 hours ago")
	case m.SentAt.After(now.Add(MaxAhead)):
		wrong.Message = i18n.Say("sentAt is more than 5 minutes from now")
	default:
		return nil
	}
	return &persona.InvalidError{Fields: []persona.FieldError{wrong}}
}

// Received is what became of an inbound message.
type Received struct {
	Draft           uuid.UUID // the one that answers it; uuid.Nil: none is made, for Why
	Why             string    // a sentence; empty where there is a draft
	Before          bool      // it came before, so nothing is new
	NewCampaign     uuid.UUID // that was added because it names it; uuid.Nil: none was
	UnknownCampaign bool      // it names a campaign for which the workspace has no room
}
