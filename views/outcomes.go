package views

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
)

// Outcomes is what became of the drafts of a time, and how it is narrowed, as typed.
type Outcomes struct {
	lead.Outcomes
	lead.OutcomeOffers                   // to narrow it by
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
	from, to := m.From, m.To
	switch m.By {
	case lead.ByVersion:
		return tr(ctx, "Drafts made from %s to %s, by version", from, to)
	case lead.ByCampaign:
		return tr(ctx, "Drafts made from %s to %s, by campaign", from, to)
	case lead.ByChannel:
		return tr(ctx, "Drafts made from %s to %s, by channel", from, to)
	case lead.ByWeek:
		return tr(ctx, "Drafts made from %s to %s, by week", from, to)
	case lead.ByPersona:
	}
	return tr(ctx, "Drafts made from %s to %s, by persona", from, to)
}

func outcomeGroupLabel(ctx context.Context, by lead.OutcomeGroup) string {
	return tr(ctx, map[lead.OutcomeGroup]string{lead.ByPersona: i18n.N("Persona"), lead.ByVersion: i18n.N("Persona and version"),
		lead.ByCampaign: i18n.N("Campaign"), lead.ByChannel: i18n.N("Channel"), lead.ByWeek: i18n.N("Week")}[by])
}

func outcomeGroups(ctx context.Context) []option {
	var list []option
	for _, by := range lead.OutcomeGroups() {
		list = append(list, option{string(by), outcomeGroupLabel(ctx, by)})
	}
	return list
}

func outcomeChannels(ctx context.Context) []option {
	return append([]option{{Label: tr(ctx, "Every channel")}}, channelOptions(ctx)...)
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
		name := cmp.Or(o.PersonaName, tr(ctx, "A persona that is not known"))
		if !o.PersonaID.Valid {
			return tr(ctx, "Workspace settings")
		}
		if by == lead.ByVersion {
			return tr(ctx, "%s, version %s", name, strconv.Itoa(o.PersonaVersion))
		}
		return name
	case lead.ByCampaign:
		return cmp.Or(o.CampaignName, tr(ctx, "No campaign"))
	case lead.ByChannel:
		return channelLabel(ctx, o.Channel)
	case lead.ByWeek:
		return tr(ctx, "From %s", date(ctx, o.Week))
	}
	return ""
}

// outcomeColumn is a column of the table: a number, and what there is to say beside it.
type outcomeColumn struct {
	label string
	value func(context.Context, lead.Outcome) string
	more  func(context.Context, lead.Outcome) string
}

func outcomeColumns(ctx context.Context) []outcomeColumn {
	number := func(label string, of func(lead.Outcome) int, more func(context.Context, lead.Outcome) string) outcomeColumn {
		if more == nil {
			more = func(context.Context, lead.Outcome) string { return "" }
		}
		return outcomeColumn{tr(ctx, label), func(ctx context.Context, o lead.Outcome) string { return tr(ctx, "%d", of(o)) }, more}
	}
	return []outcomeColumn{
		number(i18n.N("Drafts"), func(o lead.Outcome) int { return o.Made }, nil),
		number(i18n.N("Approved as they were"), func(o lead.Outcome) int { return o.Approved }, nil),
		number(i18n.N("Approved after edits"), func(o lead.Outcome) int { return o.Edited }, editWords),
		number(i18n.N("Rejected"), func(o lead.Outcome) int { return o.Rejected }, rejectedWords),
		number(i18n.N("Not decided"), undecided, undecidedWords),
		number(i18n.N("Sent"), func(o lead.Outcome) int { return o.Sent }, nil),
		number(i18n.N("Not sent"), func(o lead.Outcome) int { return o.Failed }, nil),
		{tr(ctx, "Time to decide"), decideWords, func(ctx context.Context, o lead.Outcome) string {
			if o.Approved+o.Edited+o.Rejected < 2 {
				return ""
			}
			return tr(ctx, "nine of ten within %s", lasting(o.Ninetieth))
		}},
	}
}

func undecided(o lead.Outcome) int { return o.Waiting + o.Replaced + o.Withdrawn }

func editWords(ctx context.Context, o lead.Outcome) string {
	switch {
	case o.Edited == 0:
		return ""
	case o.WordsRemoved == 0:
		return tr(ctx, "%s added, none removed", i18n.Counted(o.WordsAdded, "word"))
	}
	return tr(ctx, "%s added, %d removed", i18n.Counted(o.WordsAdded, "word"), o.WordsRemoved)
}

func rejectedWords(ctx context.Context, o lead.Outcome) string {
	var words []string
	for _, r := range o.Reasons {
		if r.Reason != "" {
			words = append(words, tr(ctx, "%s: %d", i18n.Say(reasonWords(r.Reason)), r.Drafts))
		}
	}
	return strings.Join(words, ", ")
}

func undecidedWords(ctx context.Context, o lead.Outcome) string {
	var words []string
	for _, part := range []struct {
		n    int
		text string
	}{{o.Waiting, i18n.N("%d waiting")}, {o.Replaced, i18n.N("%d made anew")}, {o.Withdrawn, i18n.N("%d withdrawn")}} {
		if part.n > 0 {
			words = append(words, tr(ctx, part.text, part.n))
		}
	}
	return strings.Join(words, ", ")
}

func decideWords(ctx context.Context, o lead.Outcome) string {
	switch o.Approved + o.Edited + o.Rejected {
	case 0:
		return tr(ctx, "Nothing was decided")
	case 1:
		if o.Median < time.Minute {
			return tr(ctx, "A minute")
		}
		return lasting(o.Median).In(ctx)
	}
	return tr(ctx, "Half within %s", lasting(o.Median))
}

// lasting says how long something took, roughly.
func lasting(d time.Duration) i18n.Text {
	switch {
	case d < time.Minute:
		return i18n.Say("a minute")
	case d < time.Hour:
		return i18n.Counted(int(d.Round(time.Minute).Minutes()), "minute")
	case d < 48*time.Hour:
		return i18n.Counted(max(1, int(d.Round(time.Hour).Hours())), "hour")
	}
	return i18n.Counted(int(d.Round(24*time.Hour).Hours()/24), "day")
}

// outcomePart is a part of each bar of the plot.
type outcomePart struct {
	class, label string
	of           func(lead.Outcome) int
}

func outcomeParts(ctx context.Context) []outcomePart {
	return []outcomePart{
		{"as-was", tr(ctx, "Approved as they were"), func(o lead.Outcome) int { return o.Approved }},
		{"edited", tr(ctx, "Approved after edits"), func(o lead.Outcome) int { return o.Edited }},
		{"rejected", tr(ctx, "Rejected"), func(o lead.Outcome) int { return o.Rejected }},
		{"undecided", tr(ctx, "Not decided"), undecided},
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
			names = append(names, tr(ctx, "%s %d", inSentence(ctx, part.label), part.of(o)))
			width := float64(part.of(o)) / float64(most) * plotWidth
			if width > 0 {
				b.parts = append(b.parts, barPart{part.class, decimal(x), decimal(max(width-1, 0.5))})
			}
			x += width
		}
		b.name = i18n.Count(ctx, o.Made, "draft") + ": " + strings.Join(names, ", ")
		list = append(list, b)
	}
	return list
}

func decimal(n float64) string { return strconv.FormatFloat(n, 'f', 1, 64) }
