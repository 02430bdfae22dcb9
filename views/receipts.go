package views

import (
	"fmt"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// Imported tells of an import.
func Imported(p persona.Persona) *Receipt {
	return &Receipt{Title: fmt.Sprintf("“%s” was created and is the default", p.Name), Lines: []string{
		"It was made from the workspace settings as they stood, so nothing sounds different.",
		"From now on, edit the words here; the settings follow."}}
}

// ImportedBefore tells of an import into a workspace that has a persona.
func ImportedBefore() *Receipt {
	return &Receipt{Title: "There is a persona already", Lines: []string{"So nothing was imported and nothing was changed."}}
}

// Created tells of a new persona. before is the default whose place it took,
// if it did, and moved how many campaigns it answers for since; changed is what
// the settings read differently now, and settings their version before, where a
// first persona replaced words of theirs.
func Created(p persona.Persona, before *persona.Persona, moved int, changed []persona.FieldChange, settings int) *Receipt {
	r := wrote("created", p, before, moved, changed)
	r.Replaced = settings
	if p.IsDefault && before == nil {
		r.Title += " and is the default"
	}
	return r
}

// Saved tells of an edit, in the terms of Created.
func Saved(p persona.Persona, before *persona.Persona, moved int, changed []persona.FieldChange) *Receipt {
	return wrote("saved", p, before, moved, changed)
}

func wrote(done string, p persona.Persona, before *persona.Persona, moved int, changed []persona.FieldChange) *Receipt {
	title := fmt.Sprintf("“%s” was %s", p.Name, done)
	switch {
	case before != nil:
		return took(title+" and is now the default", p, before, moved, changed)
	case p.IsDefault:
		return warned(p, title, append(losses(changed), settingsFollow(changed))...)
	}
	return warned(p, title, "It is not the default, so the workspace settings are unchanged.")
}

// Switched tells of a switch of the default; before is nil where there was
// none. It can be undone by its event.
func Switched(p persona.Persona, before *persona.Persona, moved int, changed []persona.FieldChange, event uuid.UUID) *Receipt {
	r := took(fmt.Sprintf("“%s” is now the default", p.Name), p, before, moved, changed)
	if before != nil {
		r.Undo = event
	}
	return r
}

// SavedBefore tells that what was typed is saved already: most likely by the same
// form, sent a moment before without its answer being seen.
func SavedBefore(p persona.Persona) *Receipt {
	return &Receipt{Title: fmt.Sprintf("“%s” was saved", p.Name), Lines: []string{"It read like this already, so nothing was changed now."}}
}

// SwitchedBefore tells that a persona was the default already. The switch that
// made it so may have been sent a moment before and its receipt not seen, so its
// undo is offered as long as there is one.
func SwitchedBefore(p persona.Persona, undoable uuid.UUID) *Receipt {
	return &Receipt{Title: fmt.Sprintf("“%s” is the default already", p.Name), Lines: []string{"Nothing was changed now."}, Undo: undoable}
}

// Deleted tells of a delete: how many campaigns had named the persona and, for
// a default, its successor (nil: it was the last), how many campaigns that
// answers for since and what the settings read differently now.
func Deleted(p persona.Persona, campaigns int, successor *persona.Persona, moved int, changed []persona.FieldChange) *Receipt {
	r := &Receipt{Title: fmt.Sprintf("“%s” was deleted", p.Name), Deleted: &Deletion{p.ID, p.Name, p.Version}}
	switch {
	case successor != nil:
		r.Lines = []string{fmt.Sprintf("“%s” is now the default.", successor.Name), answersFor(*successor, moved), settingsFollow(changed)}
	case p.IsDefault:
		r.Lines = []string{"It was the last persona. The workspace settings stay as they were, and AI drafts use them."}
	case campaigns > 0:
		r.Lines = []string{fmt.Sprintf("The default persona answers now for %s that named it.", count(campaigns, "campaign"))}
	}
	r.Lines = append(r.Lines, restorable(campaigns, successor != nil))
	return r
}

// DeletedBefore tells that a persona had been deleted already, in the terms of
// SavedBefore.
func DeletedBefore(name string) *Receipt {
	return &Receipt{Title: fmt.Sprintf("“%s” was deleted", name), Lines: []string{"It was deleted already, so nothing was changed now."}}
}

// restorable says what restoring a deleted persona would not bring back.
func restorable(campaigns int, followed bool) string {
	switch {
	case followed && campaigns > 0:
		return "Restoring it brings back its words, but not its place as the default, nor the campaigns that named it."
	case followed:
		return "Restoring it brings back its words, but not its place as the default."
	case campaigns > 0:
		return "Restoring it brings back its words, but not the campaigns that named it."
	}
	return "Restoring it brings it back as it was."
}

// Duplicated tells of a copy.
func Duplicated(p persona.Persona) *Receipt {
	return &Receipt{Title: fmt.Sprintf("“%s” was created", p.Name), Lines: []string{
		"It is a copy and not the default. Give it a name of its own and change what should differ."}}
}

// Assigned tells who answers for a campaign: p, or the workspace default when
// it is nil.
func Assigned(c persona.Campaign, p *persona.Persona) *Receipt {
	if p == nil {
		return &Receipt{Title: fmt.Sprintf("“%s” is answered by the workspace default", c.Name)}
	}
	return &Receipt{Title: fmt.Sprintf("“%s” is answered by “%s”", c.Name, p.Name)}
}

// AssignedMany tells who answers for the chosen campaigns: p, or the workspace
// default when it is nil. changed of them had another. It can be undone by its
// event.
func AssignedMany(chosen, changed int, p *persona.Persona, event uuid.UUID) *Receipt {
	by := "the workspace default"
	if p != nil {
		by = "“" + p.Name + "”"
	}
	same := chosen - changed
	switch {
	case changed == 0 && chosen == 1:
		return &Receipt{Title: "Nothing was changed", Lines: []string{"The chosen campaign is answered by " + by + " already."}}
	case changed == 0:
		return &Receipt{Title: "Nothing was changed", Lines: []string{"The " + count(chosen, "chosen campaign") + " are answered by " + by + " already."}}
	}
	r := &Receipt{Title: countedVerb(changed, "campaign", "now answered by "+by), UndoAssign: event}
	if same > 0 {
		r.Lines = []string{persona.Thousands(same) + " of the chosen already were."}
		if same == 1 {
			r.Lines[0] = "1 of the chosen already was."
		}
	}
	return r
}

// AssignmentUndone tells that campaigns have the personas again that they had.
func AssignmentUndone(campaigns int) *Receipt {
	return &Receipt{Title: "Undone: " + countedVerb(campaigns, "campaign", "answered as before")}
}

// SettingsSaved tells whether a save changed anything.
func SettingsSaved(changed bool) *Receipt {
	r := &Receipt{Title: "Settings saved"}
	if !changed {
		r.Lines = []string{"They read as before."}
	}
	return r
}

// SignedOut tells that a session is over.
func SignedOut() *Receipt { return &Receipt{Title: "You are signed out"} }

func took(title string, p persona.Persona, before *persona.Persona, moved int, changed []persona.FieldChange) *Receipt {
	lines := losses(changed)
	if before != nil {
		lines = append(lines, fmt.Sprintf("It takes over from “%s”.", before.Name))
	}
	return warned(p, title, append(lines, answersFor(p, moved), settingsFollow(changed))...)
}

// warned adds what is worth a second look in the persona's words.
func warned(p persona.Persona, title string, lines ...string) *Receipt {
	return &Receipt{Title: title, Lines: append(lines, persona.Warnings(p.Voice)...)}
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
	return fmt.Sprintf("It now answers for %s: %s taken over, %s of its own.", count(p.Campaigns, "campaign"), persona.Thousands(moved), persona.Thousands(own))
}

// losses begins the lines of a receipt after which leads may score less.
func losses(changed []persona.FieldChange) []string {
	if lost := scoringLoses(changed); lost != "" {
		return []string{lost}
	}
	return nil
}

func settingsFollow(changed []persona.FieldChange) string {
	if len(changed) == 0 {
		return "The workspace settings read as before."
	}
	return "The workspace settings follow: " + labels(fieldsOf(changed)) + "."
}
