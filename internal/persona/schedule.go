package persona

import (
	"cmp"
	"slices"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
)

// Limits of schedules: how far ahead a moment may be, and how many may be to come in a
// workspace.
const (
	ScheduleAhead = 366 * 24 * time.Hour
	MaxSchedules  = 200
)

// ScheduleState is what became of a schedule.
type ScheduleState string

// The states. All but the first two are final.
const (
	ScheduleWaiting   ScheduleState = "waiting"
	ScheduleActive    ScheduleState = "active"  // its change was made, and is to be taken back
	ScheduleDone      ScheduleState = "done"    // all of it was done
	ScheduleSkipped   ScheduleState = "skipped" // its change, or taking that back, was not made
	ScheduleCancelled ScheduleState = "cancelled"
)

// ScheduleStates lists the states.
func ScheduleStates() []ScheduleState {
	return []ScheduleState{ScheduleWaiting, ScheduleActive, ScheduleDone, ScheduleSkipped, ScheduleCancelled}
}

// Why a step of a schedule is not taken, besides what overtakes a proposal.
const (
	SkippedAlready  Overtaking = "already"            // it is so already
	SkippedAccess   Overtaking = "access_lost"        // whoever made it may not do it any more
	SkippedArchived Overtaking = "workspace_archived" // nothing is written there
	SkippedMissed   Overtaking = "missed"             // nothing ran before it was to end again
	SkippedTwo      Overtaking = "second_person"      // a second person has to approve it
	SkippedRefused  Overtaking = "refused"            // a rule was in the way
)

// ScheduleRequest is what somebody wants to happen at a moment.
type ScheduleRequest struct {
	Kind     ProposalKind  // ProposedSwitch or ProposedAssignment
	Persona  uuid.NullUUID // not valid: the workspace default, for a campaign
	Campaign uuid.UUID     // of an assignment
	Start    time.Time
	End      time.Time // when it is as before again; zero: never
}

// Schedule is a switch or an assignment at a moment. Names are those of when it was made,
// but a campaign’s, which is its name now.
type Schedule struct {
	ID       uuid.UUID
	Kind     ProposalKind
	State    ScheduleState
	Persona  PinnedPersona // who becomes the default or answers; its zero value: the workspace default
	Previous PinnedPersona // whom that takes over from, and who follows at the end; its zero value: nobody of its own
	Campaign Named         // of an assignment
	Start    time.Time
	End      time.Time // zero: it does not end

	At   time.Time
	By   Named
	Role access.Role // in which they made it

	StartEvent  uuid.NullUUID // that made the change
	EndEvent    uuid.NullUUID // that took it back
	ClosedAt    time.Time     // zero: something is to come
	CancelledBy string
	CancelledAs access.Role
	Skipped     Overtaking // why its last step was not taken; of one that is to come, why it would not be now; empty: nothing
}

// Scheduled is what scheduling did: a schedule, or a proposal of one.
type Scheduled struct {
	Schedule
	Proposed *Proposal // what was made of it, because a second person has to approve it; nil: it was scheduled
}

// Open reports whether something of it is to come.
func (s Schedule) Open() bool { return s.State == ScheduleWaiting || s.State == ScheduleActive }

// Started reports whether its change was made.
func (s Schedule) Started() bool { return s.StartEvent.Valid }

// Due returns the moment of its next step; zero: there is none.
func (s Schedule) Due() time.Time {
	switch s.State {
	case ScheduleWaiting:
		return s.Start
	case ScheduleActive:
		return s.End
	}
	return time.Time{}
}

// To returns who the default is to be, or who is to answer, after the next step or the
// last that was tried.
func (s Schedule) To() PinnedPersona {
	if s.Started() {
		return s.Previous
	}
	return s.Persona
}

// SkippedBecause says in a sentence why a step was not taken, or would not be; empty: nothing is
// in its way.
func (s Schedule) SkippedBecause() i18n.Text {
	switch s.Skipped {
	case SkippedAlready:
		if s.Kind == ProposedSwitch {
			return i18n.Say("“%s” was the default already.", Isolate(s.To().Name))
		}
		return i18n.Say("The campaign was answered like that already.")
	case SkippedAccess:
		return i18n.Say("%s, who scheduled it, may not do this here any more.", Isolate(s.By.Name))
	case SkippedArchived:
		return i18n.Say("The workspace is archived.")
	case SkippedMissed:
		return i18n.Say("personae did not run between its beginning and its end.")
	case SkippedTwo:
		return i18n.Say("A second person has to approve another default here.")
	case SkippedRefused:
		return i18n.Say("A rule of this workspace did not allow it.")
	}
	return overtakenBy(s.Skipped, s.To().Name, s.Previous.Name)
}

// Over returns the TooLateError of whoever wants to cancel one of which nothing is to come.
func (s Schedule) Over() error {
	reasons := map[ScheduleState]i18n.Text{
		ScheduleDone:      i18n.Say("All of this schedule was done meanwhile."),
		ScheduleSkipped:   i18n.Say("This schedule is over. %s", s.SkippedBecause()),
		ScheduleCancelled: i18n.Say("%s cancelled this schedule meanwhile.", Isolate(s.CancelledBy)),
	}
	return &TooLateError{Reason: reasons[s.State]}
}

// Check fails with an InvalidError where the moments of r, as of now, are none for a schedule.
func (r ScheduleRequest) Check(now time.Time) error {
	var wrong []FieldError
	latest := now.Add(ScheduleAhead)
	switch {
	case r.Start.IsZero():
		wrong = append(wrong, FieldError{Field: "at", Message: i18n.Say("Say when it is to happen")})
	case !r.Start.After(now):
		wrong = append(wrong, FieldError{Field: "at", Message: i18n.Say("This moment is over. Choose one that is to come")})
	case r.Start.After(latest):
		wrong = append(wrong, FieldError{Field: "at", Message: i18n.Say("This is more than a year ahead. Choose an earlier moment")})
	}
	switch {
	case r.End.IsZero():
	case !r.End.After(r.Start):
		wrong = append(wrong, FieldError{Field: "until", Message: i18n.Say("This is not after the moment at which it begins. Choose a later one")})
	case r.End.After(latest):
		wrong = append(wrong, FieldError{Field: "until", Message: i18n.Say("This is more than a year ahead. Choose an earlier moment")})
	}
	if len(wrong) > 0 {
		return &InvalidError{wrong}
	}
	return nil
}

// RoomForSchedule fails with an InvalidError where as many schedules are to come as may be.
func RoomForSchedule(open int) error {
	if open < MaxSchedules {
		return nil
	}
	return &InvalidError{Fields: []FieldError{{Message: i18n.Say(
		"%d schedules are to come here, and no more may be. Cancel some, then try again", MaxSchedules)}}}
}

// Foreseen is who will answer at a moment, given what is scheduled.
type Foreseen struct {
	Default   uuid.NullUUID                    // who is the default; not valid: nobody
	Campaigns map[uuid.UUID]uuid.NullUUID      // of campaigns for which something is scheduled: their own persona
	Because   map[uuid.NullUUID]*ScheduledStep // the step that made it so, by campaign; not valid: the default
}

// ScheduledStep is one step of a schedule.
type ScheduledStep struct {
	Schedule Schedule
	At       time.Time
	Ends     bool // it takes the change back
}

// Foresee returns who answers at a moment after all steps until then, by the schedules of
// which something is to come: now says who is the default and, for each of their campaigns,
// its own persona. What is in the way of a schedule now is taken to stay in its way.
func Foresee(now Foreseen, schedules []Schedule, at time.Time) Foreseen {
	var steps []ScheduledStep
	for _, s := range schedules {
		if s.Skipped != "" {
			continue
		}
		if s.State == ScheduleWaiting {
			steps = append(steps, ScheduledStep{s, s.Start, false})
		}
		if !s.End.IsZero() {
			steps = append(steps, ScheduledStep{s, s.End, true})
		}
	}
	slices.SortStableFunc(steps, func(a, b ScheduledStep) int { return cmp.Or(a.At.Compare(b.At), a.Schedule.At.Compare(b.Schedule.At)) })
	now.Because = map[uuid.NullUUID]*ScheduledStep{}
	from := map[uuid.UUID]uuid.NullUUID{} // whom each schedule took over from
	for _, step := range steps {
		s := step.Schedule
		if step.At.After(at) {
			break
		}
		who := now.of(s)
		took, began := from[s.ID]
		if s.State == ScheduleActive {
			took, began = s.Previous.ID, true
		}
		switch {
		case !step.Ends && who != s.Persona.ID:
			from[s.ID] = who
			now.set(s, s.Persona.ID, &step)
		case step.Ends && began && who == s.Persona.ID:
			now.set(s, took, &step)
		}
	}
	return now
}

// ForeseeIn is Foresee for all personas and campaigns of a workspace, of which it changes who
// is the default and who answers.
func ForeseeIn(personas []Persona, campaigns []Campaign, schedules []Schedule, at time.Time) Foreseen {
	now := Foreseen{Campaigns: map[uuid.UUID]uuid.NullUUID{}}
	for _, p := range personas {
		if p.IsDefault {
			now.Default = uuid.NullUUID{UUID: p.ID, Valid: true}
		}
	}
	for _, c := range campaigns {
		now.Campaigns[c.ID] = c.PersonaID
	}
	then := Foresee(now, schedules, at)
	for i := range personas {
		personas[i].IsDefault = then.Default == uuid.NullUUID{UUID: personas[i].ID, Valid: true}
	}
	for i := range campaigns {
		campaigns[i].PersonaID = then.Campaigns[campaigns[i].ID]
	}
	return then
}

// Steps returns the steps that made it so that a source answers for a campaign (uuid.Nil: none).
func (f Foreseen) Steps(campaign uuid.UUID, source Source) []ScheduledStep {
	var steps []ScheduledStep
	if step := f.Because[uuid.NullUUID{UUID: campaign, Valid: true}]; campaign != uuid.Nil && step != nil {
		steps = append(steps, *step)
	}
	if step := f.Because[uuid.NullUUID{}]; source == FromDefault && step != nil {
		steps = append(steps, *step)
	}
	return steps
}

// Sentence says what the step does, with its moment as the caller writes it.
func (s ScheduledStep) Sentence(moment string) i18n.Text {
	x := s.Schedule
	name, by := i18n.Say("“%s”", Isolate(x.Persona.Name)), Isolate(x.By.Name)
	if x.Kind == ProposedSwitch {
		if s.Ends {
			return i18n.Say("On %s, as %s scheduled, the time of %s as the default ends.", moment, by, name)
		}
		return i18n.Say("On %s, as %s scheduled, %s becomes the default.", moment, by, name)
	}
	who := i18n.Say("the persona %s", name)
	if x.Persona.Name == "" {
		who = i18n.Say("the workspace default")
	}
	if s.Ends {
		return i18n.Say("On %s, as %s scheduled, %s stops answering for this campaign.", moment, by, who)
	}
	return i18n.Say("On %s, as %s scheduled, %s begins to answer for this campaign.", moment, by, who)
}

func (f Foreseen) of(s Schedule) uuid.NullUUID {
	if s.Kind == ProposedSwitch {
		return f.Default
	}
	return f.Campaigns[s.Campaign.ID]
}

func (f *Foreseen) set(s Schedule, to uuid.NullUUID, step *ScheduledStep) {
	if s.Kind == ProposedSwitch {
		f.Default, f.Because[uuid.NullUUID{}] = to, step
		return
	}
	f.Campaigns[s.Campaign.ID], f.Because[uuid.NullUUID{UUID: s.Campaign.ID, Valid: true}] = to, step
}
