package api

import (
	"github.com/google/uuid"

	"personae/internal/persona"
)

// Warning is what looks wrong with words that were saved all the same.
type Warning struct {
	Field   string `json:"field" description:"The key of the words"`
	Message string `json:"message" description:"A sentence or two for people"`
}

// warningsOf returns what looks wrong with words; never nil, so that a
// program may count on a list.
func warningsOf(list []persona.Warning) []Warning {
	return append([]Warning{}, each(list, func(w persona.Warning) Warning {
		return Warning{Key(w.Field), w.Message.String()}
	})...)
}

// SavedPersona is a persona whose words were saved, and what looks wrong with them.
type SavedPersona struct {
	Persona
	ProposalID uuid.NullUUID `json:"proposalId,omitzero" description:"The proposal that it becomes the default, which was asked for and takes a second person; only where one was made"`
	Warnings   []Warning     `json:"warnings" description:"What looks wrong with its words, which were saved all the same: placeholders that nothing fills, for one"`
}

func savedPersona(p persona.Persona) SavedPersona {
	return SavedPersona{Persona: personaOf(p), Warnings: warningsOf(p.Warnings())}
}

// SavedSettings is the settings as they were saved, and what looks wrong with them.
type SavedSettings struct {
	Settings
	Warnings []Warning `json:"warnings" description:"What looks wrong with the words, which were saved all the same"`
}
