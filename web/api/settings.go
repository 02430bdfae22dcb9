package api

import (
	"context"

	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
)

// Settings is what older programs read.
type Settings struct {
	CompanyName            *string `json:"companyName"`
	QualificationQuestions *string `json:"qualificationQuestions"`
	DraftGenerationEnabled bool    `json:"draftGenerationEnabled" description:"Whether a message that comes in gets a draft by itself"`
	ForgetLeadsAfterMonths *int    `json:"forgetLeadsAfterMonths" description:"A lead who has been silent for so many months is erased for good; null: never"`
	Version                int     `json:"version" description:"0: never written"`
	personafile.Voice
}

func (s Settings) version() int { return s.Version }

func (a *API) readSettings(ctx context.Context, access postgres.Access, _ Nothing) (Settings, error) {
	s, _, err := a.DB.Settings(ctx, access)
	return Settings{textOrNull(s.CompanyName), textOrNull(s.QualificationQuestions), !s.DraftsOff,
		numberOrNull(s.ForgetAfter), s.Version, personafile.VoiceOf(s.Voice)}, err
}

// EditSettings changes the settings that are sent.
type EditSettings struct {
	CompanyName            Optional[string] `json:"companyName" nullable:"true" description:"Company name"`
	QualificationQuestions Optional[string] `json:"qualificationQuestions" nullable:"true" description:"Qualification questions"`
	DraftGenerationEnabled Optional[bool]   `json:"draftGenerationEnabled" description:"Whether a message that comes in gets a draft by itself"`
	ForgetLeadsAfterMonths Optional[*int]   `json:"forgetLeadsAfterMonths" nullable:"true" minimum:"1" maximum:"120" description:"Erase a lead for good who has been silent for so many months, from a day after it was said; null: never"`
	Voice
	OfVersion
}

// editSettings fills in what is absent in the terms of editPersona.
func (a *API) editSettings(ctx context.Context, access postgres.Access, r EditSettings) (SavedSettings, error) {
	version, err := r.asked()
	if err != nil {
		return SavedSettings{}, err
	}
	settings, speaker, err := a.DB.Settings(ctx, access)
	if err != nil {
		return SavedSettings{}, err
	}
	if version != settings.Version {
		return SavedSettings{}, &persona.StaleSettingsError{Theirs: settings}
	}
	r.CompanyName.into(&settings.CompanyName)
	r.QualificationQuestions.into(&settings.QualificationQuestions)
	if r.DraftGenerationEnabled.Sent {
		settings.DraftsOff = !r.DraftGenerationEnabled.Value
	}
	if months := r.ForgetLeadsAfterMonths; months.Sent {
		settings.ForgetAfter = 0
		if months.Value != nil {
			settings.ForgetAfter = *months.Value
		}
	}
	sent := r.setVoice(&settings.Voice)
	if len(sent) > 0 && speaker != nil {
		return SavedSettings{}, mirrored(sent)
	}
	if _, err := a.DB.SaveSettings(ctx, access, settings, len(sent) > 0); err != nil {
		return SavedSettings{}, err
	}
	saved, err := a.readSettings(ctx, access, Nothing{})
	return SavedSettings{saved, warningsOf(persona.Warnings(settings.Voice))}, err
}

// mirrored refuses to change what follows the default persona.
func mirrored(sent []persona.Field) error {
	wrong := &persona.InvalidError{}
	for _, f := range sent {
		wrong.Fields = append(wrong.Fields, persona.FieldError{Field: f.Name, Message: i18n.Say(f.Label +
			" follows the default persona. Change it there")})
	}
	return wrong
}
