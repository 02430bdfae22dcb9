package views

import "personae/internal/persona"

// Settings is the legacy row, with its eight fields read-only while a default
// persona speaks through them.
type Settings struct {
	persona.Settings
	Default   *persona.Persona // nil: the eight fields are edited here
	Conflicts []persona.Conflict
	Unsaved   []persona.FieldChange // typed into a form from before the default persona: what it says now, what was typed
}

// SettingsSaved tells whether a save changed anything.
func SettingsSaved(changed bool) *Receipt {
	r := &Receipt{Title: "Settings saved"}
	if !changed {
		r.Lines = []string{"They read as before."}
	}
	return r
}
