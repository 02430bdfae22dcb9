package views

import "personae/internal/persona"

// Impact is what making a persona the default would change.
type Impact struct {
	Target    persona.Persona
	Default   *persona.Persona // nil: there is none
	Campaigns []string         // names of those that name no persona
	Changes   []persona.FieldChange
}

func (m Impact) loses() string { return scoringLoses(m.Changes) }
