package views

import (
	"context"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/persona"
)

// Campaign is one campaign with who may answer for it, or a new one.
type Campaign struct {
	persona.Campaign
	Typed           persona.CampaignContent // in the form
	persona.Overlap                         // what somebody else changed meanwhile
	Since           int                     // as PersonaForm's, and
	By              persona.Change          // likewise
	Personas        []persona.Named         // who may be chosen, and who answers; the default first, then by name
	Offer           persona.Offer           // which of them these are
	Proposing       ProposeForm             // what was typed to propose who answers
}

// list returns the campaign as a list of its own, which knows who answers.
func (m Campaign) list() Campaigns {
	return Campaigns{CampaignList: persona.CampaignList{Personas: m.Personas, Offer: m.Offer}}
}

func campaignPath(s Shell, c uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"campaigns", c.String()}, action...)...)
}

// CampaignCreated tells that a campaign was made.
func CampaignCreated(ctx context.Context, c persona.Campaign) *Receipt {
	r := &Receipt{Title: tr(ctx, "%s was created", quote(ctx, c.Name))}
	if c.ExternalID != "" {
		r.Lines = []string{tr(ctx, "Messages that name %s belong to it from now on.", quote(ctx, c.ExternalID))}
	}
	return r
}

// CampaignSaved tells that a campaign was changed.
func CampaignSaved(ctx context.Context, c persona.Campaign) *Receipt {
	return &Receipt{Title: tr(ctx, "%s was saved", quote(ctx, c.Name))}
}

// CampaignArchived tells what archiving a campaign means.
func CampaignArchived(ctx context.Context, c persona.Campaign) *Receipt {
	return &Receipt{Title: tr(ctx, "%s is archived", quote(ctx, c.Name)), Lines: []string{
		tr(ctx, "It is in no list, count or choice any more. What still comes in for it is answered as before."),
		tr(ctx, "You find it under “Archived campaigns”, and can put it back there.")}}
}

// CampaignUnarchived tells that a campaign is back.
func CampaignUnarchived(ctx context.Context, c persona.Campaign) *Receipt {
	return &Receipt{Title: tr(ctx, "%s is back among the campaigns", quote(ctx, c.Name))}
}
