package api

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/postgres"
)

// Event is an event of the audit log: ids, versions and names of fields, and no
// words but the name of who did it.
type Event struct {
	ID             uuid.UUID       `json:"id"`
	Rev            int             `json:"rev" description:"Its place in the order of all writes"`
	At             time.Time       `json:"at"`
	ActorID        uuid.NullUUID   `json:"actorId" description:"null: whoever runs the server, or a system that sends messages"`
	ActorName      *string         `json:"actorName"`
	ActorRole      access.Role     `json:"capacity" description:"In which role they did it"`
	GrantID        uuid.NullUUID   `json:"grantId" description:"The support grant under which it was done"`
	TokenID        uuid.NullUUID   `json:"tokenId" description:"The token through which it was done"`
	Action         audit.Action    `json:"action" description:"Such as persona.edited"`
	PersonaID      uuid.NullUUID   `json:"personaId"`
	CampaignID     uuid.NullUUID   `json:"campaignId"`
	FromVersion    *int            `json:"fromVersion" description:"Of the persona; of the settings where it is about none"`
	ToVersion      *int            `json:"toVersion" description:"null: nothing is there any more"`
	FromPersonaID  uuid.NullUUID   `json:"fromPersonaId" description:"The default, or a campaign’s persona, before"`
	ToPersonaID    uuid.NullUUID   `json:"toPersonaId" description:"And after"`
	Fields         []string        `json:"fields" description:"Fields that changed"`
	CampaignIDs    []uuid.UUID     `json:"campaignIds" description:"Campaigns that have another persona now, where there may be several"`
	FromPersonaIDs []uuid.NullUUID `json:"fromPersonaIds" description:"The persona of each of campaignIds before; null: the workspace default. Empty: fromPersonaId or, of a delete, personaId"`
	ToPersonaIDs   []uuid.NullUUID `json:"toPersonaIds" description:"And after. Empty: toPersonaId or, of a delete, the workspace default"`
	UserID         uuid.NullUUID   `json:"userId" description:"Whom it concerns"`
	Role           *string         `json:"role" description:"The role that they have now"`
	LeadID         uuid.NullUUID   `json:"leadId" description:"The lead that it concerns"`
	ProposalID     uuid.NullUUID   `json:"proposalId" description:"The proposal that it made, decided on or carried out. userId made that, actorId decided"`
	ProposedID     uuid.NullUUID   `json:"proposedId" description:"The proposal that it made besides what it did, for a second person"`
	ScheduleID     uuid.NullUUID   `json:"scheduleId" description:"The schedule that it made, skipped or cancelled, or is a step of. userId made that, or actorId where proposalId says who proposed it"`
}

// ListEvents asks for the audit log.
type ListEvents struct {
	Before int `query:"before" json:"-" minimum:"1" description:"Only events with a smaller rev"`
	Limit  int `query:"limit" json:"-" minimum:"1" maximum:"100" default:"50" description:"At most so many"`
}

func (a *API) listEvents(ctx context.Context, access postgres.Access, r ListEvents) ([]Event, url.Values, error) {
	limit := r.Limit
	if limit == 0 {
		limit = postgres.ActivityPageSize
	}
	events, err := a.DB.Events(ctx, access, r.Before, limit+1)
	var next url.Values
	if len(events) > limit {
		events = events[:limit]
		next = url.Values{"before": {strconv.Itoa(events[limit-1].Rev)}, "limit": {strconv.Itoa(limit)}}
	}
	return each(events, eventOf), next, err
}

func eventOf(e audit.Event) Event {
	of := Event(e)
	of.At = of.At.UTC()
	of.Fields = each(of.Fields, Key)
	return of
}
