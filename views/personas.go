package views

import (
	"context"
	"fmt"

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
func reach(p persona.Listed, all int) string {
	switch {
	case all == 0:
		return "There are no campaigns yet. It will answer those without their own persona."
	case p.Campaigns >= all && all == 1:
		return "It answers for the one campaign."
	case p.Campaigns >= all:
		return fmt.Sprintf("It answers for all %s.", count(all, "campaign"))
	case p.Campaigns == 0 && all == 1:
		return "The one campaign has a persona of its own."
	case p.Campaigns == 0:
		return fmt.Sprintf("All %s have personas of their own.", count(all, "campaign"))
	}
	return fmt.Sprintf("It answers for %d of %s.", p.Campaigns, count(all, "campaign"))
}

// withCreate puts the way to a new persona beside the title of the list. A
// workspace without a persona has another main action.
func withCreate(s Shell, m Personas) frame {
	f := frame{Shell: s}
	if s.MayWrite && m.Total > 0 {
		f.Action, f.ActionPath = "Create a persona", at(s, "personas", "new")
	}
	return f
}

// Imported tells of an import.
func Imported(p persona.Persona) *Receipt {
	return warned(p.Content, quoted(p.Name)+" was created and is the default",
		"It was made from the workspace settings as they stood, so nothing sounds different.",
		"From now on, edit the words here; the settings follow.")
}

// ImportedBefore tells of an import into a workspace that has a persona.
func ImportedBefore() *Receipt {
	return &Receipt{Title: "There is a persona already",
		Lines: []string{"So nothing was imported and nothing was changed."}}
}

// Switched tells of a switch of the default, and offers to undo it. One that had
// been made already may have been sent a moment before and its receipt not seen, so
// its undo is offered as long as there is one.
func Switched(d persona.Switch) *Receipt {
	if d.Already {
		return &Receipt{Title: quoted(d.To.Name) + " is the default already",
			Lines: []string{"Nothing was changed now."}, Undo: d.Event}
	}
	r := took(quoted(d.To.Name)+" is now the default", d)
	if d.From != nil {
		r.Lines = append(r.Lines, trialLine(context.TODO(), d.Trial)...)
		r.Undo, r.Say = d.Event, sayable(d)
	}
	return r
}

// sayable tells of a switch in sentences to be said on the phone.
func sayable(d persona.Switch) []string {
	concerned := "At the moment this concerns " + count(d.Moved, "campaign") + "."
	if d.Moved == 0 {
		concerned = "At the moment this concerns no campaign."
	}
	return []string{
		"Until now, " + persona.Isolate(d.From.Name) + " answered for every campaign without its own persona.",
		"From now on, " + persona.Isolate(d.To.Name) + " answers for them.",
		concerned,
		"To undo it, press Undo on the page Personas. That works until one of the two personas or the default changes again.",
	}
}

// Undone tells of an undone switch.
func Undone(d persona.Switch) *Receipt {
	title := fmt.Sprintf("Undone: %s is the default again", quoted(d.To.Name))
	if d.Already {
		return &Receipt{Title: title, Lines: []string{"It was already undone, so nothing changed."}}
	}
	from := d.From
	d.From = nil // it is no successor
	r := took(title, d)
	if from != nil {
		r.Lines = append(r.Lines, quoted(from.Name)+" is no longer the default.")
	}
	return r
}

// Duplicated tells of a copy.
func Duplicated(p persona.Persona) *Receipt {
	return &Receipt{Title: quoted(p.Name) + " was created", Lines: []string{
		"It is a copy and not the default. Give it a name of its own and change what should differ."}}
}

func took(title string, d persona.Switch) *Receipt {
	lines := losses(d.Changed)
	if d.From != nil {
		lines = append(lines, fmt.Sprintf("It takes over from %s.", quoted(d.From.Name)))
	}
	return warned(d.To.Content, title, append(lines, answersFor(d.To, d.Moved), settingsFollow(d.Changed))...)
}

// warned adds to a receipt what is worth a second look in the words that were saved.
func warned(c persona.Content, title string, lines ...string) *Receipt {
	for _, warning := range c.Warnings() {
		lines = append(lines, warning.Message)
	}
	return &Receipt{Title: title, Lines: lines}
}

// answersFor says for how many campaigns p answers since moved of them came to it.
func answersFor(p persona.Persona, moved int) string {
	own := p.Campaigns - moved
	switch {
	case moved == 0:
		return "No campaign is affected."
	case own == 0:
		return fmt.Sprintf("It answers for %s.", count(moved, "campaign"))
	}
	return fmt.Sprintf("It now answers for %s: %s taken over, %s of its own.", count(p.Campaigns, "campaign"),
		persona.Thousands(moved), persona.Thousands(own))
}

// losses begins the lines of a receipt after which leads may score less.
func losses(changed []persona.FieldChange) []string {
	if lost := scoringLost(changed, "is now empty", "are now empty"); lost != "" {
		return []string{lost}
	}
	return nil
}

// scoringLoses says which of the settings that lead scoring reads become empty,
// or "".
func scoringLoses(changed []persona.FieldChange) string {
	return scoringLost(changed, "becomes empty", "become empty")
}

// scoringLost is scoringLoses with the verb for one field and for both.
func scoringLost(changed []persona.FieldChange, one, both string) string {
	var lost []persona.Field
	for _, c := range changed {
		if c.After == "" && scored(c.Name) {
			lost = append(lost, c.Field)
		}
	}
	switch len(lost) {
	case 0:
		return ""
	case 1:
		return lost[0].Label + " " + one + ". Lead scoring reads it, so scores may fall."
	}
	return capital(labels(lost)) + " " + both + ". Lead scoring reads them, so scores may fall."
}

func settingsFollow(changed []persona.FieldChange) string {
	if len(changed) == 0 {
		return "The workspace settings read as before."
	}
	return "The workspace settings follow: " + labels(fieldsOf(changed)) + "."
}
