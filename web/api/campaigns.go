package api

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/strictjson"
)

// Campaign is one of the workspace's campaigns.
type Campaign struct {
	ID         uuid.UUID     `json:"id"`
	ExternalID *string       `json:"externalId" description:"What other programs call it"`
	Name       string        `json:"name"`
	PersonaID  uuid.NullUUID `json:"personaId" description:"null: the workspace default answers"`
	Version    int           `json:"version" description:"Grows by one with each change of its name or its external id"`
	CreatedAt  time.Time     `json:"createdAt"`
	ArchivedAt *time.Time    `json:"archivedAt" description:"Since when it is in no list; it is answered as before. null: it is not archived"`
}

func (c Campaign) version() int     { return c.Version }
func (c Campaign) location() string { return "/campaigns/" + c.ID.String() }

// mark says which persona it names and since when it is archived.
func (c Campaign) mark() string {
	var marks []string
	if c.PersonaID.Valid {
		marks = append(marks, c.PersonaID.UUID.String())
	}
	if c.ArchivedAt != nil {
		marks = append(marks, strconv.FormatInt(c.ArchivedAt.UnixMicro(), 10))
	}
	return strings.Join(marks, "-")
}

func campaignOf(c persona.Campaign) Campaign {
	return Campaign{c.ID, textOrNull(c.ExternalID), c.Name, c.PersonaID, c.Version, c.CreatedAt.UTC(),
		timeOrNull(c.ArchivedAt)}
}

// ListCampaigns asks for the campaigns.
type ListCampaigns struct {
	Search     string `query:"q" json:"-" description:"Only those whose name holds this"`
	ExternalID string `query:"externalId" json:"-" description:"Only the one that has this external id"`
	Persona    string `query:"persona" json:"-" description:"Only those that name this persona, by its id; default: only those that name none"`
	Archived   string `query:"archived" json:"-" description:"true: those that are archived, in place of all others"`
	Part
}

// filter returns what is asked for, or fails with an InvalidError.
func (r ListCampaigns) filter() (persona.CampaignFilter, error) {
	f := persona.CampaignFilter{Search: persona.CleanSearch(r.Search), Default: r.Persona == "default",
		Archived: r.Archived == "true"}
	if !slices.Contains([]string{"", "true", "false"}, r.Archived) {
		return f, invalid("archived", "archived must be true or false")
	}
	if r.Persona != "" && !f.Default {
		id, err := strictjson.ID(r.Persona)
		if err != nil {
			return f, invalid("persona", "persona must be the id of a persona, or default")
		}
		f.Persona = uuid.NullUUID{UUID: id, Valid: true}
	}
	return f, nil
}

func (a *API) listCampaigns(
	ctx context.Context, access postgres.Access, r ListCampaigns,
) ([]Campaign, url.Values, error) {
	f, err := r.filter()
	if err != nil {
		return nil, nil, err
	}
	list, more, err := a.DB.CampaignsPart(ctx, access, f, r.ExternalID, r.rows())
	next := r.next(more, f.Search)
	for name, value := range map[string]string{"externalId": r.ExternalID, "persona": r.Persona, "archived": r.Archived} {
		if next != nil && value != "" {
			next.Set(name, value)
		}
	}
	return each(list, campaignOf), next, err
}

// OfCampaign names a campaign.
type OfCampaign struct {
	Campaign string `path:"campaign" json:"-" description:"A campaign, by its id or its external id, percent-encoded"`
}

// ofCampaign is a handler of what is done with a campaign, which is looked up first.
func ofCampaign[Request interface{ campaign() string }, Data any](
	a *API, do func(context.Context, postgres.Access, uuid.UUID, Request) (Data, error),
) handler {
	return one(func(ctx context.Context, access postgres.Access, r Request) (none Data, err error) {
		id, err := a.DB.CampaignID(ctx, access, r.campaign())
		if err != nil {
			return none, err
		}
		return do(ctx, access, id, r)
	})
}

func (c OfCampaign) campaign() string { return c.Campaign }

func (a *API) readCampaign(ctx context.Context, access postgres.Access, id uuid.UUID, _ OfCampaign) (Campaign, error) {
	c, err := a.DB.Campaign(ctx, access, id)
	return campaignOf(c), err
}

// CreateCampaign is what a campaign is made of.
type CreateCampaign struct {
	Name       string           `json:"name"`
	ExternalID Optional[string] `json:"externalId" nullable:"true" description:"What other programs call it: messages name it by this. Unique in the workspace"`
	PersonaID  uuid.NullUUID    `json:"personaId" required:"false" description:"null, or not sent: the workspace default answers"`
}

func (a *API) createCampaign(ctx context.Context, access postgres.Access, r CreateCampaign) (Campaign, error) {
	made, err := a.DB.AddCampaign(ctx, access, persona.CampaignContent{Name: r.Name, ExternalID: r.ExternalID.Value},
		r.PersonaID)
	return campaignOf(made), err
}

// EditCampaign changes what is sent.
type EditCampaign struct {
	OfCampaign
	Name       Optional[string]        `json:"name"`
	ExternalID Optional[string]        `json:"externalId" nullable:"true" description:"What other programs call it; unique in the workspace"`
	PersonaID  Optional[uuid.NullUUID] `json:"personaId" nullable:"true" description:"null: the workspace default"`
	OfVersion
}

// editCampaign fills in what is absent in the terms of editPersona.
func (a *API) editCampaign(ctx context.Context, access postgres.Access, id uuid.UUID, r EditCampaign) (Campaign, error) {
	version, err := r.asked()
	if err != nil {
		return Campaign{}, err
	}
	c, err := a.DB.Campaign(ctx, access, id)
	if err != nil {
		return Campaign{}, err
	}
	if version != c.Version {
		return Campaign{}, &persona.StaleCampaignError{Theirs: c}
	}
	content := c.Content()
	r.Name.into(&content.Name)
	r.ExternalID.into(&content.ExternalID)
	var chosen *uuid.NullUUID
	if r.PersonaID.Sent {
		chosen = &r.PersonaID.Value
	}
	saved, err := a.DB.EditCampaign(ctx, access, id, version, content, chosen)
	return campaignOf(saved), err
}

func (a *API) archiveCampaign(ctx context.Context, access postgres.Access, id uuid.UUID, _ OfCampaign) (Campaign, error) {
	done, err := a.DB.ArchiveCampaign(ctx, access, id, true)
	return campaignOf(done), err
}

func (a *API) unarchiveCampaign(ctx context.Context, access postgres.Access, id uuid.UUID, _ OfCampaign) (Campaign, error) {
	done, err := a.DB.ArchiveCampaign(ctx, access, id, false)
	return campaignOf(done), err
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
	OfCampaign
	Chosen
}

func (a *API) assignPersona(ctx context.Context, access postgres.Access, id uuid.UUID, r AssignPersona) (Campaign, error) {
	chosen, err := r.asked()
	if err != nil {
		return Campaign{}, err
	}
	done, err := a.DB.Assign(ctx, access, id, chosen)
	return campaignOf(done.Campaign), err
}

// AssignPersonas gives many campaigns one persona.
type AssignPersonas struct {
	CampaignIDs []string `json:"campaignIds" minItems:"1" description:"At least one, each by its id or its external id"`
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
		return Assignment{}, invalid("campaignIds", "Send campaignIds: the campaigns by their ids or external ids, at least one")
	}
	to, err := r.asked()
	if err != nil {
		return Assignment{}, err
	}
	ids, err := a.DB.CampaignIDs(ctx, access, r.CampaignIDs...)
	if err != nil {
		return Assignment{}, err
	}
	done, err := a.DB.AssignMany(ctx, access, persona.CampaignChoice{IDs: ids}, to)
	return Assignment{to, done.Chosen, done.Changed}, err
}
