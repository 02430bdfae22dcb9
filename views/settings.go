package views

import (
	"context"
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

// forgetOptions are the times after which leads may be forgotten, and the one that is
// set, where that is another.
func forgetOptions(ctx context.Context, set int) []option {
	months := []int{0, 1, 3, 6, 12, 18, 24, 36, 48, 60}
	if set > 0 && !slices.Contains(months, set) {
		months = append(months, set)
		slices.Sort(months)
	}
	options := make([]option, len(months))
	for i, n := range months {
		options[i] = option{persona.FormMonths(n), persona.SayForgetAfter(n).In(ctx)}
	}
	return options
}

// SettingsSaved reports whether a save changed anything, and what is worth a second
// look in the words of a persona that it saved, if it saved any.
func SettingsSaved(ctx context.Context, changed bool, v persona.Voice) *Receipt {
	if !changed {
		return warned(ctx, persona.Content{Voice: v}, tr(ctx, "Settings saved"), tr(ctx, "They read as before."))
	}
	return warned(ctx, persona.Content{Voice: v}, tr(ctx, "Settings saved"))
}

// SecondPersonRequired tells that changes of the default take two people from now on.
func SecondPersonRequired(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "A second person approves changes of the default now"), Lines: []string{
		tr(ctx, "Whoever makes another persona the default, or changes the words of the default, proposes it. "+
			"Another owner or admin approves it under Proposals.")}}
}
