package api

import (
	"context"
	"net/url"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
)

// Campaign is one of the workspace's campaigns.
type Campaign struct {
	ID         uuid.UUID     `json:"id"`
	ExternalID *string       `json:"externalId"`
	Name       string        `json:"name"`
	PersonaID  uuid.NullUUID `json:"personaId" description:"null: the workspace default answers"`
}

func campaignOf(c persona.Campaign) Campaign {
	return Campaign{c.ID, textOrNull(c.ExternalID), c.Name, c.PersonaID}
}

func (a *API) listCampaigns(ctx context.Context, access postgres.Access, r Part) ([]Campaign, url.Values, error) {
	list, more, err := a.DB.CampaignsPart(ctx, access, r.rows())
	return each(list, campaignOf), r.next(more, ""), err
}

// Chosen is the persona that campaigns get.
type Chosen struct {
	PersonaID Optional[uuid.NullUUID] `json:"personaId" required:"true" nullable:"true" description:"null: the workspace default"`
}

func (c Chosen) asked() (uuid.NullUUID, error) {
	if !c.PersonaID.Sent {
		return uuid.NullUUID{}, invalid("personaId", "Send personaId: a persona’s id, or null for the workspace default")
	}
	return c.PersonaID.Value, nil
}

// AssignPersona gives a campaign its persona.
type AssignPersona struct {
	Campaign uuid.UUID `path:"campaign" json:"-"`
	Chosen
}

func (a *API) assignPersona(ctx context.Context, access postgres.Access, r AssignPersona) (Campaign, error) {
	chosen, err := r.asked()
	if err != nil {
		return Campaign{}, err
	}
	done, err := a.DB.Assign(ctx, access, r.Campaign, chosen)
	return campaignOf(done.Campaign), err
}

// AssignPersonas gives many campaigns one persona.
type AssignPersonas struct {
	CampaignIDs []uuid.UUID `json:"campaignIds" minItems:"1" description:"At least one"`
	Chosen
}

// Assignment is what that did.
type Assignment struct {
	PersonaID uuid.NullUUID `json:"personaId"`
	Chosen    int           `json:"chosen" description:"Campaigns"`
	Changed   int           `json:"changed" description:"Those of them that had another"`
}

func (a *API) assignPersonas(ctx context.Context, access postgres.Access, r AssignPersonas) (Assignment, error) {
	if len(r.CampaignIDs) == 0 {
		return Assignment{}, invalid("campaignIds", "Send campaignIds: the ids of the campaigns, at least one")
	}
	to, err := r.asked()
	if err != nil {
		return Assignment{}, err
	}
	done, err := a.DB.AssignMany(ctx, access, persona.CampaignChoice{IDs: r.CampaignIDs}, to)
	return Assignment{to, done.Chosen, done.Changed}, err
}
