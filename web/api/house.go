package api

import (
	"context"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
)

// HousePersona is a persona that is kept for all workspaces.
type HousePersona struct {
	ID      uuid.UUID   `json:"id"`
	Name    string      `json:"name"`
	Version int         `json:"version" description:"Grows by one with each change"`
	Copies  []HouseCopy `json:"copies" description:"Personas of this workspace that were taken from it"`
	personafile.Voice
	Variants personafile.Variants `json:"variants" description:"Words in other languages, by their tags"`
}

// HouseCopy is a persona that was taken from a house persona.
type HouseCopy struct {
	PersonaID uuid.UUID `json:"personaId"`
	Version   int       `json:"version" description:"Of the house persona: that it was taken from or last merged with"`
	Changed   bool      `json:"changed" description:"Whether the house persona says something else by now. A person merges it, on the persona’s page"`
}

func (a *API) listHousePersonas(ctx context.Context, access postgres.Access, _ Nothing) ([]HousePersona, error) {
	list, _, taken, err := a.DB.HouseOffers(ctx, access, "", postgres.Rows{})
	return each(list, func(h persona.HousePersona) HousePersona {
		of := HousePersona{ID: h.ID, Name: h.Name, Version: h.Version, Copies: []HouseCopy{}, Voice: personafile.VoiceOf(h.Voice),
			Variants: personafile.VariantsOf(h.Variants)}
		for _, c := range taken {
			if c.House == h.ID {
				of.Copies = append(of.Copies, HouseCopy{c.ID, c.Version, c.Changed})
			}
		}
		return of
	}), err
}
