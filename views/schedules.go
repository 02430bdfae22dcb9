package views

import (
	"context"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/persona"
)

// Schedules is what is to come, and a page of what is over, the latest first.
type Schedules struct {
	Open, Closed []persona.Schedule
	Page         int
	More         bool
}

// ScheduleForm is what was typed to schedule something.
type ScheduleForm struct {
	Persona    string `form:"persona"` // of an assignment
	At         string `form:"at"`
	AtTwice    string `form:"at_twice"` // which of two moments is meant
	Until      string `form:"until"`
	UntilTwice string `form:"until_twice"`
	Zone       string `form:"zone"` // in which it was typed
}

// Scheduling is the form that schedules a switch or an assignment.
type Scheduling struct {
	Impact   *persona.Impact // of a switch; nil: it is an assignment,
	Campaign Campaign        // of this campaign
	Form     ScheduleForm
	// Two moments, in the zone of the form, that clocks show as what was typed; empty: it is one, or none.
	AtTwice, UntilTwice []time.Time
}

// action is where the form goes.
func (m Scheduling) action(s Shell) templ.SafeURL {
	if m.Impact != nil {
		return personaPath(s, m.Impact.Target.ID, "schedule")
	}
	return campaignPath(s, m.Campaign.ID, "schedule")
}

// zone names the zone in which moments are typed.
func (m Scheduling) zone(ctx context.Context) string {
	if m.Form.Zone == "Local" {
		return zoneName(ctx)
	}
	return m.Form.Zone
}

// FirstMoment and SecondMoment say which of two moments is meant.
const (
	FirstMoment  = "first"
	SecondMoment = "second"
)

// twiceField asks which of two moments is meant.
func twiceField(s Shell, name, chosen string, moments []time.Time) control {
	label := func(which string, at time.Time) string {
		return "The " + which + ", " + at.Format("15:04 MST") + " (" + at.UTC().Format("15:04 UTC") + ")"
	}
	return control{Name: name, Label: "Which of the two", Required: true, Value: chosen, Error: errorFor(s.Errors, name),
		Options: []option{{Label: "Choose one"}, {FirstMoment, label(FirstMoment, moments[0])}, {SecondMoment, label(SecondMoment, moments[1])}}}
}

// momentField asks for a moment.
func momentField(s Shell, name, label, hint, value string, required bool) control {
	return control{Name: name, Label: label, Hint: hint, Type: "datetime-local", Value: value, Required: required,
		Error: errorFor(s.Errors, name)}
}

func schedulePath(s Shell, id uuid.UUID) templ.SafeURL {
	return at(s, "schedules", id.String(), "cancel")
}

// scheduleTitle says what a schedule does.
func scheduleTitle(ctx context.Context, x persona.Schedule) string {
	if x.Kind == persona.ProposedSwitch {
		return "Make " + quoted(x.Persona.Name) + " the default"
	}
	return "Give the campaign " + quoted(x.Campaign.Name) + " " + voiceOf(ctx, x.Persona.Name)
}

// scheduleTimes says when it is done, and until when.
func scheduleTimes(ctx context.Context, x persona.Schedule) string {
	text := "On " + moment(ctx, x.Start)
	if x.Started() {
		text = "Done on " + moment(ctx, x.Start)
	}
	if x.End.IsZero() {
		return text + "."
	}
	back := "as before again"
	if x.Started() {
		back = voiceOf(ctx, x.Previous.Name) + " again"
	}
	return text + ", until " + moment(ctx, x.End) + ": then " + back + "."
}

// scheduleEnd says what became of one of which nothing is to come.
func scheduleEnd(ctx context.Context, x persona.Schedule) string {
	switch {
	case x.State == persona.ScheduleDone && x.End.IsZero():
		return "Done."
	case x.State == persona.ScheduleDone:
		return "Done, and taken back."
	case x.State == persona.ScheduleCancelled && x.Started():
		return "Cancelled by " + actorWithin(ctx, x.CancelledBy, x.CancelledAs) + " after the change was made, which stays."
	case x.State == persona.ScheduleCancelled:
		return "Cancelled by " + actorWithin(ctx, x.CancelledBy, x.CancelledAs) + "."
	case x.Started():
		return "It was not taken back. " + x.SkippedBecause()
	}
	return "It was not done. " + x.SkippedBecause()
}

// scheduleSentence is a schedule of the list of personas, as one sentence.
func scheduleSentence(ctx context.Context, x persona.Schedule) string {
	until := ""
	if !x.End.IsZero() {
		until = ", until " + moment(ctx, x.End)
	}
	switch {
	case x.State == persona.ScheduleActive:
		return quoted(x.Persona.Name) + " is the default until " + moment(ctx, x.End) + ", then " + quoted(x.Previous.Name) + "."
	case x.Open():
		return quoted(x.Persona.Name) + " becomes the default on " + moment(ctx, x.Start) + until + "."
	}
	return scheduleTitle(ctx, x) + ", scheduled for " + moment(ctx, x.Start) + until + ": " + uncapital(scheduleEnd(ctx, x))
}

// mayCancel reports whether s may cancel a schedule.
func mayCancel(s Shell, x persona.Schedule) bool {
	return s.MayWrite || s.MaySwitch && x.Kind == persona.ProposedSwitch
}

// Scheduled tells that something was scheduled.
func Scheduled(ctx context.Context, x persona.Schedule) *Receipt {
	return &Receipt{Title: "It is scheduled: " + uncapital(scheduleTitle(ctx, x)), Lines: []string{scheduleTimes(ctx, x),
		"Nothing has changed yet. If somebody decides otherwise before then, it is not done, and this page and the activity say so."}}
}

// ScheduleCancelled tells that a schedule was cancelled.
func ScheduleCancelled(ctx context.Context, x persona.Schedule) *Receipt {
	r := &Receipt{Title: "You cancelled the schedule: " + uncapital(scheduleTitle(ctx, x)), Lines: []string{"Nothing was changed."}}
	if x.Started() {
		r.Lines = []string{"Its change was made before and stays; it is not taken back any more."}
	}
	return r
}
