package api

import (
	"context"
	"net/url"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// Schedule is a switch or an assignment at a moment, and what became of it.
type Schedule struct {
	ID          uuid.UUID             `json:"id"`
	Kind        string                `json:"kind" enum:"switch,assignment" description:"switch makes a persona the default, assignment gives a campaign one"`
	State       persona.ScheduleState `json:"state" description:"active: its change was made, and is to be taken back. All but waiting and active are final"`
	PersonaID   uuid.NullUUID         `json:"personaId" description:"Who becomes the default or answers; null: the workspace default"`
	PreviousID  uuid.NullUUID         `json:"previousId" description:"Whom that takes over from, and who follows at the end; null: the workspace default"`
	CampaignID  uuid.NullUUID         `json:"campaignId"`
	At          time.Time             `json:"at"`
	Until       *time.Time            `json:"until" description:"When it is taken back; null: never"`
	CreatedAt   time.Time             `json:"createdAt"`
	ScheduledBy string                `json:"scheduledBy" description:"The name of who made it, or of who made the token"`
	Capacity    access.Role           `json:"capacity" description:"In which role they made it"`
	Event       uuid.NullUUID         `json:"event" description:"Of its change, as the audit log has it; a switch is undone by it. null: it was not made"`
	EndEvent    uuid.NullUUID         `json:"endEvent" description:"Of taking it back"`
	ClosedAt    *time.Time            `json:"closedAt" description:"Since when nothing of it is to come; null: something is"`
	CancelledBy *string               `json:"cancelledBy"`
	Skipped     *string               `json:"skipped" description:"A sentence: why its next step was not taken. While that is to come: what would be in its way now"`
}

func (s Schedule) location() string { return "/schedules/" + s.ID.String() }

func scheduleOf(s persona.Schedule) Schedule {
	return Schedule{ID: s.ID, Kind: string(s.Kind), State: s.State, PersonaID: s.Persona.ID, PreviousID: s.Previous.ID,
		CampaignID: idOrNull(s.Campaign.ID), At: s.Start.UTC(), Until: timeOrNull(s.End), CreatedAt: s.At.UTC(),
		ScheduledBy: s.By.Name, Capacity: s.Role, Event: s.StartEvent, EndEvent: s.EndEvent, ClosedAt: timeOrNull(s.ClosedAt),
		CancelledBy: textOrNull(s.CancelledBy), Skipped: textOrNull(s.SkippedBecause().String())}
}

// ListSchedules asks for the schedules that are to come, or for the others.
type ListSchedules struct {
	State string `query:"state" json:"-" enum:"open,closed" description:"open, if it is not sent: all of which something is to come"`
	Limit int    `query:"limit" json:"-" minimum:"1" maximum:"100" default:"50" description:"Of closed ones at most so many"`
	Page  int    `query:"page" json:"-" minimum:"1" maximum:"1000000" description:"Which part of so many; 1, if it is not sent"`
}

func (a *API) listSchedules(
	ctx context.Context, access postgres.Access, r ListSchedules,
) ([]Schedule, url.Values, error) {
	switch r.State {
	case "", "open":
		list, err := a.DB.OpenSchedules(ctx, access)
		return each(list, scheduleOf), nil, err
	case "closed":
	default:
		return nil, nil, invalid("state", "state must be open or closed")
	}
	if r.Limit == 0 {
		r.Limit = postgres.SchedulesPageSize
	}
	part := Part{r.Limit, r.Page}
	list, more, err := a.DB.ClosedSchedules(ctx, access, part.rows())
	next := part.next(more, "")
	if next != nil {
		next.Set("state", r.State)
	}
	return each(list, scheduleOf), next, err
}

// OfSchedule names a schedule.
type OfSchedule struct {
	Schedule uuid.UUID `path:"schedule" json:"-"`
}

func (a *API) readSchedule(ctx context.Context, access postgres.Access, r OfSchedule) (Schedule, error) {
	s, err := a.DB.Schedule(ctx, access, r.Schedule)
	return scheduleOf(s), err
}

// AddSchedule is what is to happen, and when.
type AddSchedule struct {
	Kind       string                  `json:"kind" enum:"switch,assignment"`
	PersonaID  Optional[uuid.NullUUID] `json:"personaId" nullable:"true" description:"Who is to be the default or to answer; null, for an assignment: the workspace default"`
	CampaignID Optional[string]        `json:"campaignId" description:"Of an assignment: the campaign, by its id or its external id"`
	At         string                  `json:"at" format:"date-time" description:"When it is to happen, within a year. It is done within a minute"`
	Until      Optional[string]        `json:"until" nullable:"true" format:"date-time" description:"When it is to be as before again; never, if it is not sent"`
}

func (a *API) addSchedule(
	ctx context.Context, by postgres.Access, r AddSchedule,
) (Schedule, *persona.Proposal, error) {
	s := persona.ScheduleRequest{Kind: persona.ProposalKind(r.Kind), Persona: r.PersonaID.Value}
	var err error
	if s.Start, err = momentIn("at", r.At); err != nil {
		return Schedule{}, nil, err
	}
	if r.Until.Value != "" {
		if s.End, err = momentIn("until", r.Until.Value); err != nil {
			return Schedule{}, nil, err
		}
	}
	switch s.Kind {
	case persona.ProposedSwitch:
		if r.CampaignID.Value != "" {
			err = invalid("campaignId", "campaignId says nothing of a switch. Leave it out, or send kind assignment")
		}
	case persona.ProposedAssignment:
		if !r.PersonaID.Sent {
			return Schedule{}, nil, invalid("personaId", "Send personaId: a persona’s id, or null for the workspace default")
		}
		s.Campaign, err = a.DB.CampaignID(ctx, by, r.CampaignID.Value)
	default:
		err = invalid("kind", "kind must be switch or assignment")
	}
	if err != nil {
		return Schedule{}, nil, err
	}
	made, err := a.DB.AddSchedule(ctx, by, s)
	return scheduleOf(made.Schedule), made.Proposed, err
}

// momentIn reads a moment in a field, or fails with an InvalidError.
func momentIn(field, text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, invalid(field, field+" must be a time with its zone, like 2026-12-24T18:00:00+01:00")
	}
	return at, nil
}

func (a *API) cancelSchedule(ctx context.Context, by postgres.Access, r OfSchedule) (Schedule, error) {
	s, err := a.DB.CancelSchedule(ctx, by, r.Schedule)
	return scheduleOf(s), err
}
