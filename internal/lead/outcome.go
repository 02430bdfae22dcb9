package lead

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// OutcomeGroup is what drafts are counted by.
type OutcomeGroup string

// The groups.
const (
	ByPersona  OutcomeGroup = "persona"
	ByVersion  OutcomeGroup = "version" // of a persona
	ByCampaign OutcomeGroup = "campaign"
	ByChannel  OutcomeGroup = "channel"
	ByWeek     OutcomeGroup = "week" // from Monday
)

// OutcomeGroups lists them.
func OutcomeGroups() []OutcomeGroup {
	return []OutcomeGroup{ByPersona, ByVersion, ByCampaign, ByChannel, ByWeek}
}

// OutcomeFilter says which drafts are counted, by when they were made, and by what.
// What is zero narrows nothing.
type OutcomeFilter struct {
	From, To time.Time // from the one on, and before the other; days begin as in their zone
	Persona  uuid.NullUUID
	Campaign uuid.NullUUID
	Channel  persona.Channel
	By       OutcomeGroup
}

// Weeks returns when each week of the time begins, its Monday: the first holds From.
func (f OutcomeFilter) Weeks() []time.Time {
	var weeks []time.Time
	for monday := mondayOf(f.From); monday.Before(f.To); monday = monday.AddDate(0, 0, 7) {
		weeks = append(weeks, monday)
	}
	return weeks
}

func mondayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()-(int(t.Weekday())+6)%7, 0, 0, 0, 0, t.Location())
}

// Outcomes are numbers of drafts. A draft that was made anew counts each time that it
// was made.
type Outcomes struct {
	Total Outcome
	Rows  []Outcome
}

// Outcome is what became of the drafts of one group, of which only the fields that it is
// grouped by are set; of none: of all.
type Outcome struct {
	PersonaID      uuid.NullUUID // not valid: the settings spoke
	PersonaVersion int
	PersonaName    string // then, or the last one
	CampaignID     uuid.NullUUID
	CampaignName   string
	Channel        persona.Channel
	Week           time.Time // when its Monday begins, in the zone of the filter

	Made         int
	Approved     int // as they were
	Edited       int // approved with other words
	Rejected     int
	Withdrawn    int // nobody may send them any more
	Replaced     int // made anew before anybody decided
	Waiting      int
	Sent         int // of those approved, with or without edits
	Failed       int // to be sent, of those
	WordsAdded   int // by the edits of all Edited
	WordsRemoved int
	Median       time.Duration // from made to approved or rejected; of half of them it was no longer
	Ninetieth    time.Duration // and of nine tenths
	Reasons      []ReasonCount // of the rejections, the most frequent first
}

// ReasonCount is how often drafts were rejected for a reason; empty: none was given.
type ReasonCount struct {
	Reason RejectReason
	Drafts int
}

// longestPeriod is how many days outcomes may be asked for at once.
const longestPeriod = 3 * 366

// OutcomePeriod reads the first and the last day of a period, as 2026-03-31, in a zone.
// Without a last day it ends today, and without a first it begins on a Monday, so that it
// holds twelve weeks. Next to it, it returns what is wrong.
func OutcomePeriod(
	first, last string, now time.Time, zone *time.Location,
) (f OutcomeFilter, wrong []persona.FieldError) {
	day := func(field, text string, otherwise time.Time) time.Time {
		if text == "" {
			return otherwise
		}
		day, err := time.ParseInLocation(time.DateOnly, text, zone)
		if err != nil || day.Year() < 1 {
			wrong = append(wrong, persona.FieldError{Field: field,
				Message: i18n.Say("Enter a day as year, month and day, like 2026-03-31")})
			return otherwise
		}
		return day
	}
	now = now.In(zone)
	end := day("to", last, time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone))
	f.From, f.To = day("from", first, mondayOf(end).AddDate(0, 0, -11*7)), end.AddDate(0, 0, 1)
	switch {
	case len(wrong) > 0:
	case !f.From.Before(f.To):
		wrong = append(wrong, persona.FieldError{Field: "to", Message: i18n.Say("Choose a last day that is not before the first")})
	case f.To.AddDate(0, 0, -longestPeriod).After(f.From):
		wrong = append(wrong, persona.FieldError{Field: "from", Message: i18n.Say("Choose three years at the most")})
	}
	return f, wrong
}

// OutcomeOffers are the personas, of all times, and the campaigns that outcomes can be narrowed
// to, by name: those that each Offer says, and those that a filter names.
type OutcomeOffers struct {
	Personas, Campaigns     []persona.Named
	OfPersonas, OfCampaigns persona.Offer
}
