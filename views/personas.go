package views

import (
	"context"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// Personas is the list of a workspace's personas.
type Personas struct {
	Listing
	persona.List
}

// splitDefault parts the default persona from the others.
func splitDefault(items []persona.Listed) (def *persona.Listed, others []persona.Listed) {
	for i := range items {
		if items[i].IsDefault {
			def = &items[i]
		} else {
			others = append(others, items[i])
		}
	}
	return def, others
}

// reach says how many of the workspace's campaigns the default speaks for.
func reach(ctx context.Context, p persona.Listed, all int) string {
	switch {
	case all == 0:
		return tr(ctx, "There are no campaigns yet. It will answer those without their own persona.")
	case p.Campaigns > persona.CountLimit:
		return tr(ctx, "It answers for %s.", i18n.Counted(upTo(p.Campaigns), "campaign"))
	case p.Campaigns >= all && all == 1:
		return tr(ctx, "It answers for the one campaign.")
	case p.Campaigns >= all:
		return tr(ctx, "It answers for all %s.", i18n.Counted(all, "campaign"))
	case p.Campaigns == 0 && all == 1:
		return tr(ctx, "The one campaign has a persona of its own.")
	case p.Campaigns == 0:
		return tr(ctx, "All %s have personas of their own.", i18n.Counted(upTo(all), "campaign"))
	}
	return tr(ctx, "It answers for %d of %s.", p.Campaigns, i18n.Counted(upTo(all), "campaign"))
}

// withCreate puts the way to a new persona beside the title of the list. A
// workspace without a persona has another main action.
func withCreate(ctx context.Context, s Shell, m Personas) frame {
	f := frame{Shell: s}
	if s.MayWrite && m.Total > 0 {
		f.Action, f.ActionPath = tr(ctx, "Create a persona"), at(s, "personas", "new")
	}
	return f
}

// Imported tells of an import.
func Imported(ctx context.Context, p persona.Persona) *Receipt {
	return warned(ctx, p.Content, tr(ctx, "%s was created and is the default", quote(ctx, p.Name)),
		tr(ctx, "It was made from the workspace settings as they stood, so nothing sounds different."),
		tr(ctx, "From now on, edit the words here; the settings follow."))
}

// ImportedBefore tells of an import into a workspace that has a persona.
func ImportedBefore(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "There is a persona already"),
		Lines: []string{tr(ctx, "So nothing was imported and nothing was changed.")}}
}

// Switched tells of a switch of the default, and offers to undo it. One that had
// been made already may have been sent a moment before and its receipt not seen, so
// its undo is offered as long as there is one.
func Switched(ctx context.Context, d persona.Switch) *Receipt {
	if d.Already {
		return &Receipt{Title: tr(ctx, "%s is the default already", quote(ctx, d.To.Name)),
			Lines: []string{tr(ctx, "Nothing was changed now.")}, Undo: d.Event}
	}
	r := took(ctx, tr(ctx, "%s is now the default", quote(ctx, d.To.Name)), d)
	if d.From != nil {
		r.Lines = append(r.Lines, trialLine(ctx, d.Trial)...)
		r.Undo, r.Say = d.Event, sayable(ctx, d)
	}
	return r
}

// sayable tells of a switch in sentences to be said on the phone.
func sayable(ctx context.Context, d persona.Switch) []string {
	concerned := tr(ctx, "At the moment this concerns %s.", i18n.Counted(d.Moved, "campaign"))
	if d.Moved == 0 {
		concerned = tr(ctx, "At the moment this concerns no campaign.")
	}
	return []string{
		tr(ctx, "Until now, %s answered for every campaign without its own persona.", persona.Isolate(d.From.Name)),
		tr(ctx, "From now on, %s answers for them.", persona.Isolate(d.To.Name)),
		concerned,
		tr(ctx, "To undo it, press Undo on the page Personas. That works until one of the two personas or the default changes again."),
	}
}

// Undone tells of an undone switch.
func Undone(ctx context.Context, d persona.Switch) *Receipt {
	title := tr(ctx, "Undone: %s is the default again", quote(ctx, d.To.Name))
	if d.Already {
		return &Receipt{Title: title, Lines: []string{tr(ctx, "It was already undone, so nothing changed.")}}
	}
	from := d.From
	d.From = nil // it is no successor
	r := took(ctx, title, d)
	if from != nil {
		r.Lines = append(r.Lines, tr(ctx, "%s is no longer the default.", quote(ctx, from.Name)))
	}
	return r
}

// Duplicated tells of a copy.
func Duplicated(ctx context.Context, p persona.Persona) *Receipt {
	return &Receipt{Title: tr(ctx, "%s was created", quote(ctx, p.Name)), Lines: []string{
		tr(ctx, "It is a copy and not the default. Give it a name of its own and change what should differ.")}}
}

// took tells of a persona that became the default.
func took(ctx context.Context, title string, d persona.Switch) *Receipt {
	lines := losses(ctx, d.Changed)
	if d.From != nil {
		lines = append(lines, tr(ctx, "It takes over from %s.", quote(ctx, d.From.Name)))
	}
	return warned(ctx, d.To.Content, title, append(lines, answersFor(ctx, d.To, d.Moved), settingsFollow(ctx, d.Changed))...)
}

// warned adds to a receipt what is worth a second look in the words that were saved.
func warned(ctx context.Context, c persona.Content, title string, lines ...string) *Receipt {
	for _, warning := range c.Warnings() {
		lines = append(lines, warning.Message.In(ctx))
	}
	return &Receipt{Title: title, Lines: lines}
}

// answersFor says for how many campaigns p answers since moved of them came to it.
func answersFor(ctx context.Context, p persona.Persona, moved int) string {
	own := p.Campaigns - moved
	switch {
	case moved == 0:
		return tr(ctx, "No campaign is affected.")
	case own == 0:
		return tr(ctx, "It answers for %s.", i18n.Counted(moved, "campaign"))
	}
	return tr(ctx, "It now answers for %s: %d taken over, %d of its own.", i18n.Counted(p.Campaigns, "campaign"), moved, own)
}

// losses begins the lines of a receipt after which leads may score less.
func losses(ctx context.Context, changed []persona.FieldChange) []string {
	switch lost := scoringLost(changed); len(lost) {
	case 0:
		return nil
	case 1:
		return []string{tr(ctx, "%s is now empty. Lead scoring reads it, so scores may fall.", lost[0].Called())}
	default:
		return []string{tr(ctx, "%s are now empty. Lead scoring reads them, so scores may fall.", capital(labels(ctx, lost)))}
	}
}

// scoringLost lists which of the settings that lead scoring reads become empty.
func scoringLost(changed []persona.FieldChange) []persona.Field {
	var lost []persona.Field
	for _, c := range changed {
		if c.After == "" && scored(c.Name) {
			lost = append(lost, c.Field)
		}
	}
	return lost
}

func settingsFollow(ctx context.Context, changed []persona.FieldChange) string {
	if len(changed) == 0 {
		return tr(ctx, "The workspace settings read as before.")
	}
	return tr(ctx, "The workspace settings follow: %s.", labels(ctx, fieldsOf(changed)))
}
