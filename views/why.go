package views

import (
	"github.com/google/uuid"

	"personae/internal/persona"
)

func (m Why) campaignValue() string {
	if m.Campaign == uuid.Nil {
		return ""
	}
	return m.Campaign.String()
}

func (m Why) campaignOptions() []option {
	options := []option{{Label: "No campaign"}}
	for _, c := range m.Campaigns {
		options = append(options, option{Value: c.ID.String(), Label: c.Name})
	}
	return options
}

func channelOptions() []option {
	return []option{{Value: string(persona.Email), Label: "Email"}, {Value: string(persona.SMS), Label: "SMS"}, {Value: string(persona.LinkedIn), Label: "LinkedIn"}}
}

// AnswerName gives who answers, in words.
func AnswerName(r persona.Resolution) string {
	if r.Source == persona.FromSettings {
		return "The workspace settings"
	}
	return r.PersonaName
}

func sourceWords(source persona.Source) string {
	switch source {
	case persona.FromCampaign:
		return "The campaign's own"
	case persona.FromDefault:
		return "Default"
	}
	return "No persona yet"
}

func (m Preview) options() []option {
	var options []option
	for _, p := range m.Personas {
		label := p.Name
		if p.IsDefault {
			label += " (default)"
		}
		options = append(options, option{Value: p.ID.String(), Label: label})
	}
	return options
}
