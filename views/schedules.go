package views

import (
	"context"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/i18n"
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
func twiceField(ctx context.Context, s Shell, name, chosen string, moments []time.Time) control {
	label := func(which string, at time.Time) string {
		return tr(ctx, which, at.Format("15:04 MST"), at.UTC().Format("15:04 UTC"))
	}
	return control{Name: name, Label: "Which of the two", Required: true, Value: chosen, Error: errorFor(s.Errors, name),
		Options: []option{{Label: tr(ctx, "Choose one")}, {FirstMoment, label(i18n.N("The first, %s (%s)"), moments[0])},
			{SecondMoment, label(i18n.N("The second, %s (%s)"), moments[1])}}}
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
		return tr(ctx, "Make %s the default", quote(ctx, x.Persona.Name))
	}
	return tr(ctx, "Give the campaign %s %s", quote(ctx, x.Campaign.Name), voiceOf(ctx, x.Persona.Name))
}

// scheduleTimes says when it is done, and until when.
func scheduleTimes(ctx context.Context, x persona.Schedule) string {
	start, end := moment(ctx, x.Start), moment(ctx, x.End)
	switch {
	case x.Started() && x.End.IsZero():
		return tr(ctx, "Done on %s.", start)
	case x.Started():
		return tr(ctx, "Done on %s, until %s: then %s again.", start, end, voiceOf(ctx, x.Previous.Name))
	case x.End.IsZero():
		return tr(ctx, "On %s.", start)
	}
	return tr(ctx, "On %s, until %s: then as before again.", start, end)
}

// scheduleEnd says what became of one of which nothing is to come.
func scheduleEnd(ctx context.Context, x persona.Schedule) string {
	switch {
	case x.State == persona.ScheduleDone && x.End.IsZero():
		return tr(ctx, "Done.")
	case x.State == persona.ScheduleDone:
		return tr(ctx, "Done, and taken back.")
	case x.State == persona.ScheduleCancelled && x.Started():
		return tr(ctx, "Cancelled by %s after the change was made, which stays.", actorWithin(ctx, x.CancelledBy, x.CancelledAs))
	case x.State == persona.ScheduleCancelled:
		return tr(ctx, "Cancelled by %s.", actorWithin(ctx, x.CancelledBy, x.CancelledAs))
	case x.Started():
		return tr(ctx, "It was not taken back. %s", x.SkippedBecause())
	}
	return tr(ctx, "It was not done. %s", x.SkippedBecause())
}

// scheduleSentence is a schedule of the list of personas, as one sentence.
func scheduleSentence(ctx context.Context, x persona.Schedule) string {
	name, start, end := quote(ctx, x.Persona.Name), moment(ctx, x.Start), moment(ctx, x.End)
	switch {
	case x.State == persona.ScheduleActive:
		return tr(ctx, "%s is the default until %s, then %s.", name, end, quote(ctx, x.Previous.Name))
	case x.Open() && x.End.IsZero():
		return tr(ctx, "%s becomes the default on %s.", name, start)
	case x.Open():
		return tr(ctx, "%s becomes the default on %s, until %s.", name, start, end)
	case x.End.IsZero():
		return tr(ctx, "%s, scheduled for %s: %s", scheduleTitle(ctx, x), start, inSentence(ctx, scheduleEnd(ctx, x)))
	}
	return tr(ctx, "%s, scheduled for %s, until %s: %s", scheduleTitle(ctx, x), start, end, inSentence(ctx, scheduleEnd(ctx, x)))
}

// mayCancel reports whether s may cancel a schedule.
func mayCancel(s Shell, x persona.Schedule) bool {
	return s.MayWrite || s.MaySwitch && x.Kind == persona.ProposedSwitch
}

// Scheduled tells that something was scheduled.
func Scheduled(ctx context.Context, x persona.Schedule) *Receipt {
	return &Receipt{Title: tr(ctx, "It is scheduled: %s", inSentence(ctx, scheduleTitle(ctx, x))), Lines: []string{scheduleTimes(ctx, x),
		tr(ctx, "Nothing has changed yet. If somebody decides otherwise before then, it is not done, and this page and the activity say so.")}}
}

// ScheduleCancelled tells that a schedule was cancelled.
func ScheduleCancelled(ctx context.Context, x persona.Schedule) *Receipt {
	r := &Receipt{Title: tr(ctx, "You cancelled the schedule: %s", inSentence(ctx, scheduleTitle(ctx, x))),
		Lines: []string{tr(ctx, "Nothing was changed.")}}
	if x.Started() {
		r.Lines = []string{tr(ctx, "Its change was made before and stays; it is not taken back any more.")}
	}
	return r
}
