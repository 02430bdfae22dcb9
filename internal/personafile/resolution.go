package personafile

import (
	"github.com/google/uuid"

	"personae/internal/persona"
)

// Resolution is a persona.Resolution as programs read it.
type Resolution struct {
	Source      persona.Source  `json:"source"`
	PersonaID   uuid.NullUUID   `json:"personaId"`
	Name        string          `json:"name,omitempty"` // of the persona, which nobody outside sees
	PersonaName string          `json:"personaName"`    // that leads see
	Version     int             `json:"version,omitempty"`
	Channel     persona.Channel `json:"channel"`
	Opening     string          `json:"opening"`
	Reasons     []string        `json:"reasons"`
	Fields      []FieldSource   `json:"fields"`
}

// FieldSource is a persona.FieldSource as programs read it.
type FieldSource struct {
	Field  string `json:"field"` // its key
	Label  string `json:"label"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

// ResolutionOf gives r as programs read it.
func ResolutionOf(r persona.Resolution) Resolution {
	of := Resolution{Source: r.Source, PersonaID: r.PersonaID, Name: r.PersonaName, PersonaName: r.Voice.DisplayName, Version: r.Version,
		Channel: r.Channel, Opening: r.Opening, Reasons: r.Reasons}
	for _, f := range r.Fields {
		of.Fields = append(of.Fields, FieldSource{Key(f.Field), f.Label, f.Value, f.Source})
	}
	return of
}
