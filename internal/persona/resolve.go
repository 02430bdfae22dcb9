package persona

import (
	"fmt"

	"github.com/google/uuid"
)

// Source is where the answering words came from.
type Source string

// The sources, in the order in which they are asked.
const (
	FromCampaign Source = "campaign"
	FromDefault  Source = "default"
	FromSettings Source = "settings"
)

// Channel is how a message travels.
type Channel string

// The channels.
const (
	Email    Channel = "email"
	SMS      Channel = "sms"
	LinkedIn Channel = "linkedin"
)

// Channels lists every channel, the usual one first.
func Channels() []Channel { return []Channel{Email, SMS, LinkedIn} }

// ResolveInput is all that decides which persona answers.
type ResolveInput struct {
	Workspace       string    // its name
	Campaign        *Campaign // nil: no campaign was named
	CampaignPersona *Persona  // nil: the campaign names none
	Default         *Persona  // nil: the workspace has no persona
	Settings        Voice
	Channel         Channel // empty: Email
}

// FieldSource tells where one field's words came from.
type FieldSource struct {
	Field  string
	Label  string
	Value  string
	Source string // a sentence
}

// Resolution is which persona answers, with what words, and why.
type Resolution struct {
	Source      Source
	PersonaID   uuid.NullUUID // not valid: the settings answer
	PersonaName string
	Version     int
	Channel     Channel
	Opening     string   // the greeting for this channel
	Reasons     []string // in the order of the decision
	Fields      []FieldSource
	Voice       Voice // gaps filled
}

// PromptKey returns key with the ending that names the source.
func (r Resolution) PromptKey(key string) string { return key + ":persona=" + string(r.Source) }

// Resolve decides which persona answers: the campaign's, else the default,
// else the workspace settings. The chosen source is used whole; of its empty
// fields only display name, tone and the greetings are filled.
func Resolve(in ResolveInput) Resolution {
	r := Resolution{Channel: in.Channel}
	if r.Channel == "" {
		r.Channel = Email
	}
	switch {
	case in.Campaign == nil:
		r.because("No campaign was named, so the workspace default is asked.")
	case in.CampaignPersona == nil:
		r.because("The campaign “%s” has no persona of its own, so the workspace default is asked.", Isolate(in.Campaign.Name))
	default:
		r.because("The campaign “%s” has its own persona, “%s”, so that one answers.", Isolate(in.Campaign.Name),
			Isolate(in.CampaignPersona.Name))
	}
	var from string
	switch {
	case in.CampaignPersona != nil:
		from = r.choose(FromCampaign, *in.CampaignPersona)
	case in.Default != nil:
		from = r.choose(FromDefault, *in.Default)
		r.because("The default persona of %s is “%s”, so it answers.", Isolate(in.Workspace),
			Isolate(in.Default.Name))
	default:
		r.Source, r.Voice, from = FromSettings, in.Settings, "Workspace settings"
		r.because("%s has no persona, so its workspace settings answer.", Isolate(in.Workspace))
	}
	r.fill(in.Workspace, from)
	r.Opening = r.Voice.Greeting
	if r.Channel == SMS {
		r.Opening = r.Voice.SMSGreeting
	}
	return r
}

func (r *Resolution) choose(source Source, p Persona) string {
	r.Source, r.Voice = source, p.Voice
	r.PersonaID, r.PersonaName, r.Version = uuid.NullUUID{UUID: p.ID, Valid: true}, p.Name, p.Version
	return fmt.Sprintf("Persona “%s”, version %d", Isolate(p.Name), p.Version)
}

// fill closes the four gaps that may be closed and notes each field's source.
func (r *Resolution) fill(workspace, from string) {
	sources := map[string]string{}
	gap := func(field string, text *string, value, source string) {
		if *text == "" {
			*text, sources[field] = value, source
		}
	}
	gap("display_name", &r.Voice.DisplayName, workspace, "Empty there, so the workspace’s name is used")
	gap("tone", &r.Voice.Tone, UsualTone, "Empty there, so the usual tone is used")
	gap("greeting", &r.Voice.Greeting, "Hi {firstName},", "Empty there, so the usual greeting is used")
	gap("sms_greeting", &r.Voice.SMSGreeting, r.Voice.Greeting, "Empty there, so the email greeting is used")
	for _, f := range Fields() {
		value, source := *f.Of(&r.Voice), sources[f.Name]
		switch {
		case source != "":
			r.because("%s: %s.", f.Label, lowerFirst(source))
		case value == "":
			source = from + " (empty, and stays empty)"
		default:
			source = from
		}
		r.Fields = append(r.Fields, FieldSource{f.Name, f.Label, value, source})
	}
}

func (r *Resolution) because(format string, args ...any) {
	r.Reasons = append(r.Reasons, fmt.Sprintf(format, args...))
}

func lowerFirst(s string) string { return string(s[0]|0x20) + s[1:] }

// NewResolveInput returns what decides, from a workspace's personas and settings;
// campaign is nil when none is named.
func NewResolveInput(
	workspace string, campaign *Campaign, personas []Persona, settings Voice, channel Channel,
) ResolveInput {
	in := ResolveInput{Workspace: workspace, Campaign: campaign, Settings: settings, Channel: channel}
	for i, p := range personas {
		if p.IsDefault {
			in.Default = &personas[i]
		}
		if campaign != nil && campaign.PersonaID.Valid && campaign.PersonaID.UUID == p.ID {
			in.CampaignPersona = &personas[i]
		}
	}
	return in
}
