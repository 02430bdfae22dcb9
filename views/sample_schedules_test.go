package views_test

import (
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/views"
)

// scheduled returns a schedule in a state.
func scheduled(kind persona.ProposalKind, state persona.ScheduleState) persona.Schedule {
	pin := func(p persona.Persona) persona.PinnedPersona {
		return persona.PinnedPersona{ID: uuid.NullUUID{UUID: p.ID, Valid: true}, Version: p.Version, Name: p.Name}
	}
	s := persona.Schedule{ID: id("schedule"), Kind: kind, State: state, Persona: pin(coach), Previous: pin(maya), Start: noon,
		End: noon.Add(72 * time.Hour), At: noon.Add(-time.Hour), By: persona.Named{ID: id("ada"), Name: hostile.Name}, Role: access.Admin}
	if kind == persona.ProposedAssignment {
		s.Campaign, s.Previous = persona.Named{ID: id("autumn"), Name: strings.Repeat("Kampagne", 25)}, persona.PinnedPersona{}
	}
	if !s.Open() {
		s.ClosedAt = noon
	}
	return s
}

func schedulePages() map[string]templ.Component {
	moved := scheduled(persona.ProposedSwitch, persona.ScheduleWaiting)
	moved.Skipped = persona.OvertakenMoved
	active := scheduled(persona.ProposedSwitch, persona.ScheduleActive)
	active.StartEvent = uuid.NullUUID{UUID: id("event"), Valid: true}
	lost := scheduled(persona.ProposedAssignment, persona.ScheduleSkipped)
	lost.Skipped = persona.SkippedAccess
	kept := scheduled(persona.ProposedSwitch, persona.ScheduleSkipped)
	kept.Skipped, kept.StartEvent = persona.OvertakenDeleted, active.StartEvent
	cancelled := scheduled(persona.ProposedSwitch, persona.ScheduleCancelled)
	cancelled.CancelledBy, cancelled.CancelledAs = "Ada", access.Owner
	done := scheduled(persona.ProposedSwitch, persona.ScheduleDone)
	done.StartEvent = active.StartEvent
	impact := persona.Impact{Target: coach, Default: &maya, Campaigns: []string{"Spring fairs"}, Unnaming: 1,
		Changes: persona.Diff(maya.Voice, coach.Voice), Mark: "mark"}
	berlin, _ := access.KnownZone("Europe/Berlin")
	first := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC).In(berlin)
	typed := views.ScheduleForm{At: "2026-10-25T02:30", Until: "2027-03-28T02:30", Zone: "Europe/Berlin"}
	all := []persona.Schedule{moved, active, scheduled(persona.ProposedAssignment, persona.ScheduleWaiting)}
	over := []persona.Schedule{lost, kept, cancelled, done}
	list := list(maya, coach, formal)
	list.Schedules = slices.Concat(all, over[:2])
	return map[string]templ.Component{
		"schedules":      views.SchedulesPage(admin("Schedules", "schedules"), views.Schedules{Page: 1, More: true, Open: all, Closed: over}),
		"schedules-none": views.SchedulesPage(member("Schedules", "schedules"), views.Schedules{Page: 1}),
		"schedule-switch": views.SchedulingPage(failed(admin("Schedule Sales coach as the default", "personas"), "at_twice", "It comes twice"),
			views.Scheduling{Impact: &impact, Form: typed, AtTwice: []time.Time{first, first.Add(time.Hour)}}),
		"schedule-assignment": views.SchedulingPage(admin("Schedule who answers for Autumn renewals", "campaigns"),
			views.Scheduling{Campaign: oneCampaign(), Form: views.ScheduleForm{Zone: "UTC"}}),
		"personas-scheduled": views.PersonasPage(admin("Personas", "personas"), list),
	}
}
