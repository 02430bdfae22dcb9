package views

import (
	"slices"

	"personae/internal/persona"
)

// Settings is the legacy row, with its eight fields read-only while a default
// persona speaks through them.
type Settings struct {
	persona.Settings
	Default         *persona.Persona      // nil: the eight fields are edited here
	persona.Overlap                       // what somebody else changed meanwhile
	Since           int                   // as PersonaForm's, and
	By              persona.Change        // likewise
	OwnTone         string                // as it was typed
	Unsaved         []persona.FieldChange // typed into a form from before the default persona: what it says now, what was typed
}

// forgetHint says what forgetting does.
const forgetHint = "A lead who wrote nothing and was sent nothing for so long is erased for good, with its messages, drafts and scores. " +
	"Nobody can bring it back. It begins a day after you save this, so that it can still be changed."

// forgetOptions are the times after which leads may be forgotten, and the one that is
// set, where that is another.
func forgetOptions(set int) []option {
	months := []int{0, 1, 3, 6, 12, 18, 24, 36, 48, 60}
	if set > 0 && !slices.Contains(months, set) {
		months = append(months, set)
		slices.Sort(months)
	}
	options := make([]option, len(months))
	for i, n := range months {
		options[i] = option{persona.FormMonths(n), persona.SayForgetAfter(n)}
	}
	return options
}

// SettingsSaved reports whether a save changed anything, and what is worth a second
// look in the words of a persona that it saved, if it saved any.
func SettingsSaved(changed bool, v persona.Voice) *Receipt {
	if !changed {
		return warned(persona.Content{Voice: v}, "Settings saved", "They read as before.")
	}
	return warned(persona.Content{Voice: v}, "Settings saved")
}

// SecondPersonRequired tells that changes of the default take two people from now on.
func SecondPersonRequired() *Receipt {
	return &Receipt{Title: "A second person approves changes of the default now", Lines: []string{
		"Whoever makes another persona the default, or changes the words of the default, proposes it. " +
			"Another owner or admin approves it under Proposals."}}
}
