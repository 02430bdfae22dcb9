package views

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/language"
	"personae/internal/persona"
)

// Resolution is which persona answers, and why.
type Resolution struct {
	Listing                      // of the campaigns
	Campaigns []persona.Campaign // of the page
	Choices   []persona.Named    // of all, to ask about
	Offer     persona.Offer      // which of them these are
	Campaign  uuid.UUID          // the one asked about; uuid.Nil: none
	Archived  *persona.Campaign  // that one, where it is archived
	Channel   persona.Channel
	Answer    persona.Resolution
	All       []persona.Resolution    // for each of Campaigns
	Typed     string                  // the moment that was asked for; empty: now
	At        time.Time               // that moment; zero: now
	Because   []persona.ScheduledStep // that make it so by then
	Language  language.Tag            // of the message; empty: nobody said
	Languages []language.Tag          // in which personas have words beside their main ones
}

// page returns the address of another page of the campaigns, asked the same.
func (m Resolution) page(s Shell, page int) templ.SafeURL {
	q := url.Values{"campaign": {m.campaignValue()}, "channel": {string(m.Channel)}}
	for name, value := range map[string]string{"language": string(m.Language), "at": m.Typed, "others": m.Offer.Find} {
		if value != "" {
			q.Set(name, value)
		}
	}
	q.Set("page", strconv.Itoa(page))
	return at(s, "why") + templ.SafeURL("?"+q.Encode()+"#every")
}

func (m Resolution) campaignValue() string {
	if m.Campaign == uuid.Nil {
		return ""
	}
	return m.Campaign.String()
}

func (m Resolution) campaignOptions(ctx context.Context) []option {
	options := []option{{Label: tr(ctx, "No campaign")}}
	for _, c := range m.Choices {
		if m.Archived == nil || c.ID != m.Archived.ID {
			options = append(options, option{Value: c.ID.String(), Label: c.Name})
		}
	}
	if m.Archived != nil {
		options = append(options, option{Value: m.Archived.ID.String(), Label: tr(ctx, "%s (archived)", persona.Isolate(m.Archived.Name))})
	}
	return options
}

// languageOptions are those in which somebody has words, and the one that was asked for.
func (m Resolution) languageOptions(ctx context.Context) []option {
	options := []option{{Label: tr(ctx, "Not asked")}}
	tags := m.Languages
	if m.Language != "" && !slices.Contains(tags, m.Language) {
		tags = append(slices.Clone(tags), m.Language)
	}
	for _, tag := range tags {
		options = append(options, option{Value: string(tag), Label: tag.Said().In(ctx)})
	}
	return options
}

func channelOptions(ctx context.Context) []option {
	return []option{{Value: string(persona.Email), Label: tr(ctx, "Email")}, {Value: string(persona.SMS), Label: tr(ctx, "SMS")},
		{Value: string(persona.LinkedIn), Label: tr(ctx, "LinkedIn")}}
}

// AnswerName returns who answers, in words.
func AnswerName(ctx context.Context, r persona.Resolution) string {
	if r.Source == persona.FromSettings {
		return tr(ctx, "The workspace settings")
	}
	return r.PersonaName
}

func sourceWords(ctx context.Context, source persona.Source) string {
	switch source {
	case persona.FromCampaign:
		return tr(ctx, "The campaign’s own")
	case persona.FromDefault:
		return tr(ctx, "Default")
	}
	return tr(ctx, "No persona yet")
}

// filledIn reports whether f is not the main words of who answers.
func filledIn(f persona.FieldSource) bool {
	return f.Filled || f.In != ""
}

// wordsFrom says whose words the fields are.
func (m Resolution) wordsFrom(ctx context.Context) string {
	name, version := quote(ctx, m.Answer.PersonaName), strconv.Itoa(m.Answer.Version)
	settings, filled := m.Answer.Source == persona.FromSettings, slices.ContainsFunc(m.Answer.Fields, filledIn)
	switch {
	case settings && filled:
		return tr(ctx, "All words are from the workspace settings, except where a field says otherwise.")
	case settings:
		return tr(ctx, "All words are from the workspace settings.")
	case filled:
		return tr(ctx, "All words are from the persona %s, version %s, except where a field says otherwise.", name, version)
	}
	return tr(ctx, "All words are from the persona %s, version %s.", name, version)
}
