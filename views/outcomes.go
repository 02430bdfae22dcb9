package views

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"personae/internal/lead"
	"personae/internal/persona"
)

// Outcomes is what became of the drafts of a time, and how it is narrowed, as typed.
type Outcomes struct {
	lead.Outcomes
	Personas, Campaigns                  []persona.Named // to narrow it by
	From, To, Persona, Campaign, Channel string
	By                                   lead.OutcomeGroup
}

// outcomesShown is how many rows the page shows, outcomesPlotted how many it draws.
const (
	outcomesShown   = 100
	outcomesPlotted = 53 // a year of weeks
)

func (m Outcomes) shown() []lead.Outcome { return m.Rows[:min(len(m.Rows), outcomesShown)] }

func (m Outcomes) plotted() []lead.Outcome { return m.Rows[:min(len(m.Rows), outcomesPlotted)] }

func (m Outcomes) csvPath(s Shell) templ.SafeURL {
	query := url.Values{}
	for name, value := range map[string]string{"from": m.From, "to": m.To, "by": string(m.By), "persona": m.Persona,
		"campaign": m.Campaign, "channel": m.Channel} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return at(s, "outcomes.csv?"+query.Encode())
}

func (m Outcomes) caption(ctx context.Context) string {
	return "Drafts made from " + m.From + " to " + m.To + ", by " + string(m.By)
}

func outcomeGroupLabel(ctx context.Context, by lead.OutcomeGroup) string {
	return map[lead.OutcomeGroup]string{lead.ByPersona: "Persona", lead.ByVersion: "Persona and version",
		lead.ByCampaign: "Campaign", lead.ByChannel: "Channel", lead.ByWeek: "Week"}[by]
}

func outcomeGroups(ctx context.Context) []option {
	var list []option
	for _, by := range lead.OutcomeGroups() {
		list = append(list, option{string(by), outcomeGroupLabel(ctx, by)})
	}
	return list
}

func outcomeChannels(ctx context.Context) []option {
	return append([]option{{Label: "Every channel"}}, channelOptions(ctx)...)
}

func channelLabel(ctx context.Context, c persona.Channel) string {
	for _, o := range channelOptions(ctx) {
		if o.Value == string(c) {
			return o.Label
		}
	}
	return string(c)
}

// outcomeName names the group of a row.
func outcomeName(ctx context.Context, by lead.OutcomeGroup, o lead.Outcome) string {
	switch by {
	case lead.ByPersona, lead.ByVersion:
		name := cmp.Or(o.PersonaName, "A persona that is not known")
		if !o.PersonaID.Valid {
			return "Workspace settings"
		}
		if by == lead.ByVersion {
			return name + ", version " + strconv.Itoa(o.PersonaVersion)
		}
		return name
	case lead.ByCampaign:
		return cmp.Or(o.CampaignName, "No campaign")
	case lead.ByChannel:
		return channelLabel(ctx, o.Channel)
	case lead.ByWeek:
		return "From " + o.Week.Format("2 January 2006")
	}
	return ""
}

// outcomeColumn is a column of the table: a number, and what there is to say beside it.
type outcomeColumn struct {
	label string
	value func(lead.Outcome) string
	more  func(lead.Outcome) string
}

func outcomeColumns(ctx context.Context) []outcomeColumn {
	number := func(label string, of func(lead.Outcome) int, more func(lead.Outcome) string) outcomeColumn {
		if more == nil {
			more = func(lead.Outcome) string { return "" }
		}
		return outcomeColumn{label, func(o lead.Outcome) string { return persona.Thousands(of(o)) }, more}
	}
	return []outcomeColumn{
		number("Drafts", func(o lead.Outcome) int { return o.Made }, nil),
		number("Approved as they were", func(o lead.Outcome) int { return o.Approved }, nil),
		number("Approved after edits", func(o lead.Outcome) int { return o.Edited }, editWords),
		number("Rejected", func(o lead.Outcome) int { return o.Rejected }, rejectedWords),
		number("Not decided", func(o lead.Outcome) int { return o.Waiting + o.Replaced + o.Withdrawn }, undecidedWords),
		number("Sent", func(o lead.Outcome) int { return o.Sent }, nil),
		number("Not sent", func(o lead.Outcome) int { return o.Failed }, nil),
		{"Time to decide", decideWords, func(o lead.Outcome) string {
			if o.Approved+o.Edited+o.Rejected < 2 {
				return ""
			}
			return "nine of ten within " + lasting(o.Ninetieth)
		}},
	}
}

func editWords(o lead.Outcome) string {
	if o.Edited == 0 {
		return ""
	}
	return count(o.WordsAdded, "word") + " added, " + cmp.Or(numberOrEmpty(o.WordsRemoved), "none") + " removed"
}

func numberOrEmpty(n int) string {
	if n == 0 {
		return ""
	}
	return persona.Thousands(n)
}

func rejectedWords(o lead.Outcome) string {
	var words []string
	for _, r := range o.Reasons {
		if r.Reason != "" {
			words = append(words, reasonWords(r.Reason)+": "+persona.Thousands(r.Drafts))
		}
	}
	return strings.Join(words, ", ")
}

func undecidedWords(o lead.Outcome) string {
	var words []string
	for _, part := range []struct {
		n    int
		verb string
	}{{o.Waiting, "waiting"}, {o.Replaced, "made anew"}, {o.Withdrawn, "withdrawn"}} {
		if part.n > 0 {
			words = append(words, persona.Thousands(part.n)+" "+part.verb)
		}
	}
	return strings.Join(words, ", ")
}

func decideWords(o lead.Outcome) string {
	switch o.Approved + o.Edited + o.Rejected {
	case 0:
		return "Nothing was decided"
	case 1:
		return capital(lasting(o.Median))
	}
	return "Half within " + lasting(o.Median)
}

// lasting writes how long something took, roughly.
func lasting(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "a minute"
	case d < time.Hour:
		return count(int(d.Round(time.Minute).Minutes()), "minute")
	case d < 48*time.Hour:
		return count(max(1, int(d.Round(time.Hour).Hours())), "hour")
	}
	return count(int(d.Round(24*time.Hour).Hours()/24), "day")
}

// outcomePart is a part of each bar of the plot.
type outcomePart struct {
	class, label string
	of           func(lead.Outcome) int
}

func outcomeParts(ctx context.Context) []outcomePart {
	return []outcomePart{
		{"as-was", "Approved as they were", func(o lead.Outcome) int { return o.Approved }},
		{"edited", "Approved after edits", func(o lead.Outcome) int { return o.Edited }},
		{"rejected", "Rejected", func(o lead.Outcome) int { return o.Rejected }},
		{"undecided", "Not decided", func(o lead.Outcome) int { return o.Waiting + o.Replaced + o.Withdrawn }},
	}
}

// plotWidth is that of the longest bar.
const plotWidth = 320

type (
	bar struct {
		label, name string
		parts       []barPart
	}
	barPart struct{ class, x, width string }
)

// bars lays out the bars of the plot. The name of each says what it shows.
func (m Outcomes) bars(ctx context.Context) []bar {
	most := 1
	for _, o := range m.plotted() {
		most = max(most, o.Made)
	}
	list := make([]bar, 0, len(m.plotted()))
	for _, o := range m.plotted() {
		b := bar{label: outcomeName(ctx, m.By, o)}
		x := 0.0
		var names []string
		for _, part := range outcomeParts(ctx) {
			names = append(names, uncapital(part.label)+" "+persona.Thousands(part.of(o)))
			width := float64(part.of(o)) / float64(most) * plotWidth
			if width > 0 {
				b.parts = append(b.parts, barPart{part.class, decimal(x), decimal(max(width-1, 0.5))})
			}
			x += width
		}
		b.name = count(o.Made, "draft") + ": " + strings.Join(names, ", ")
		list = append(list, b)
	}
	return list
}

func decimal(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }
