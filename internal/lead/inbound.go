package lead

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"personae/internal/persona"
)

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
	BodyLimit           = 20000
)

// Clean returns m as it is stored. Mails hold all kinds of control characters; a
// message is not refused for them.
func (m Inbound) Clean() Inbound {
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

func (m Inbound) Check() error {
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
	errs = persona.CheckText(errs, "body", "body", m.Body, BodyLimit, false)
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

// CheckTime is only asked of a message that is new: who sends one again, because
// no answer came, may do so at any time.
func (m Inbound) CheckTime(now time.Time) error {
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
