package views

import "personae/internal/persona"

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

// SettingsSaved reports whether a save changed anything, and what is worth a second
// look in the words of a persona that it saved, if it saved any.
func SettingsSaved(changed bool, v persona.Voice) *Receipt {
	if !changed {
		return warned(v, "Settings saved", "They read as before.")
	}
	return warned(v, "Settings saved")
}
