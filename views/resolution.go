package views

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/language"
	"personae/internal/persona"
)

// Resolution is which persona answers, and why.
type Resolution struct {
	Campaigns []persona.Campaign
	Campaign  uuid.UUID         // the one asked about; uuid.Nil: none
	Archived  *persona.Campaign // that one, where it is none of Campaigns
	Channel   persona.Channel
	Answer    persona.Resolution
	All       []persona.Resolution    // for each of Campaigns
	Typed     string                  // the moment that was asked for; empty: now
	At        time.Time               // that moment; zero: now
	Because   []persona.ScheduledStep // that make it so by then
	Language  language.Tag            // of the message; empty: nobody said
	Languages []language.Tag          // in which personas have words beside their main ones
}

func (m Resolution) campaignValue() string {
	if m.Campaign == uuid.Nil {
		return ""
	}
	return m.Campaign.String()
}

func (m Resolution) campaignOptions() []option {
	options := []option{{Label: "No campaign"}}
	for _, c := range m.Campaigns {
		options = append(options, option{Value: c.ID.String(), Label: c.Name})
	}
	if m.Archived != nil {
		options = append(options, option{Value: m.Archived.ID.String(), Label: persona.Isolate(m.Archived.Name) + " (archived)"})
	}
	return options
}

// languageOptions are those in which somebody has words, and the one that was asked for.
func (m Resolution) languageOptions() []option {
	options := []option{{Label: "Not asked"}}
	tags := m.Languages
	if m.Language != "" && !slices.Contains(tags, m.Language) {
		tags = append(slices.Clone(tags), m.Language)
	}
	for _, tag := range tags {
		options = append(options, option{Value: string(tag), Label: tag.Name()})
	}
	return options
}

func channelOptions(ctx context.Context) []option {
	return []option{{Value: string(persona.Email), Label: "Email"}, {Value: string(persona.SMS), Label: "SMS"},
		{Value: string(persona.LinkedIn), Label: "LinkedIn"}}
}

// AnswerName returns who answers, in words.
func AnswerName(r persona.Resolution) string {
	if r.Source == persona.FromSettings {
		return "The workspace settings"
	}
	return r.PersonaName
}

func sourceWords(source persona.Source) string {
	switch source {
	case persona.FromCampaign:
		return "The campaign’s own"
	case persona.FromDefault:
		return "Default"
	}
	return "No persona yet"
}

// filledIn reports whether f is not the main words of who answers.
func filledIn(f persona.FieldSource) bool {
	return strings.HasPrefix(f.Source, "Empty there") || f.In != ""
}

// wordsFrom says whose words the fields are.
func (m Resolution) wordsFrom() string {
	who := "the workspace settings"
	if m.Answer.Source != persona.FromSettings {
		who = fmt.Sprintf("the persona %s, version %d", quoted(m.Answer.PersonaName), m.Answer.Version)
	}
	if slices.ContainsFunc(m.Answer.Fields, filledIn) {
		return "All words are from " + who + ", except where a field says otherwise."
	}
	return "All words are from " + who + "."
}
