package api

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/language"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// Resolution is which persona answers, with what words, and why.
type Resolution struct {
	Source      persona.Source  `json:"source" description:"Where the words come from"`
	PersonaID   uuid.NullUUID   `json:"personaId" description:"null: the settings answer"`
	Name        string          `json:"name,omitempty" description:"Of the persona; nobody outside sees it"`
	PersonaName string          `json:"personaName" description:"What leads see"`
	Version     int             `json:"version,omitempty" description:"Of the persona"`
	Channel     persona.Channel `json:"channel"`
	Language    *language.Tag   `json:"language" description:"In which it opens or signs by this channel; null: in the persona’s main one"`
	Opening     string          `json:"opening" description:"The greeting for this channel"`
	Reasons     []string        `json:"reasons" description:"Sentences, in the order of the decision"`
	Fields      []FieldSource   `json:"fields"`
}

// FieldSource is where one field's words came from.
type FieldSource struct {
	Field  string `json:"field" description:"Its key"`
	Label  string `json:"label"`
	Value  string `json:"value"`
	Source string `json:"source" description:"A sentence"`
}

// ResolutionOf returns r as programs read it.
func ResolutionOf(r persona.Resolution) Resolution {
	return Resolution{Source: r.Source, PersonaID: r.PersonaID, Name: r.PersonaName, PersonaName: r.Voice.DisplayName,
		Version: r.Version, Language: tagOrNull(r.Language),
		Channel: r.Channel, Opening: r.Opening, Reasons: each(r.Reasons, i18n.Text.String),
		Fields: each(r.Fields, func(f persona.FieldSource) FieldSource {
			return FieldSource{Key(f.Field), f.Label, f.Value, f.Source.String()}
		})}
}

// Resolve asks which persona answers.
type Resolve struct {
	Campaign string          `query:"campaign" json:"-" description:"The campaign that the message belongs to, by its id or its external id"`
	Channel  persona.Channel `query:"channel" json:"-" description:"How the message travels; email, if it is not sent"`
	At       string          `query:"at" json:"-" description:"A moment to come with its zone: who answers then, as far as it is scheduled now"`
	Language string          `query:"language" json:"-" description:"Of the message, as a tag (BCP 47); the main words answer, if it is not sent"`
}

func (a *API) resolve(ctx context.Context, access postgres.Access, r Resolve) (Resolution, error) {
	if err := checkChannel(r.Channel); err != nil {
		return Resolution{}, err
	}
	at, err := r.momentAhead()
	if err != nil {
		return Resolution{}, err
	}
	question, foreseen, err := a.DB.ResolveInputAt(ctx, access, r.Campaign, r.Channel, at)
	if err != nil {
		return Resolution{}, err
	}
	if r.Language != "" {
		tag, err := language.Parse(r.Language)
		if err != nil {
			return Resolution{}, invalid("language", "language must be a tag such as de or pt-BR")
		}
		question.Language = language.Told{Tag: tag, By: language.Given}
	}
	return ResolutionOf(ForeseenBy(foreseen, question, persona.Resolve(question))), nil
}

// momentAhead returns the moment that is asked about; zero: now is.
func (r Resolve) momentAhead() (time.Time, error) {
	if r.At == "" {
		return time.Time{}, nil
	}
	at, err := momentIn("at", r.At)
	if err == nil && !at.After(time.Now()) {
		err = invalid("at", "at must be a moment to come; without it, the answer is who answers now")
	}
	return at, err
}

// ForeseenBy returns r with the steps of schedules that make it so among its reasons.
func ForeseenBy(f persona.Foreseen, in persona.ResolveInput, r persona.Resolution) persona.Resolution {
	campaign := uuid.Nil
	if in.Campaign != nil {
		campaign = in.Campaign.ID
	}
	var steps []i18n.Text
	for _, s := range f.Steps(campaign, r.Source) {
		steps = append(steps, s.Sentence(s.At.UTC().Format("2 January 2006, 15:04 UTC")))
	}
	r.Reasons = append(steps, r.Reasons...)
	return r
}

// tagOrNull returns a language, and null where there is none.
func tagOrNull(t language.Tag) *language.Tag {
	if t == "" {
		return nil
	}
	return &t
}

// namedCampaign returns the campaign that a query names; not valid: it names none.
func (a *API) namedCampaign(ctx context.Context, access postgres.Access, name string) (id uuid.NullUUID, err error) {
	if name == "" {
		return id, nil
	}
	id.Valid = true
	id.UUID, err = a.DB.CampaignID(ctx, access, name)
	return id, err
}

func checkChannel(c persona.Channel) error {
	if c != "" && !slices.Contains(persona.Channels(), c) {
		return invalid("channel", "The channel must be email, sms or linkedin")
	}
	return nil
}
