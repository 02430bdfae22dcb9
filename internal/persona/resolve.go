package persona

import (
	"cmp"
	"strconv"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/language"
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
	Channel         Channel       // empty: Email
	Language        language.Told // of the message
}

// speaker returns the persona that answers; nil: the settings do.
func (in ResolveInput) speaker() *Persona {
	if in.CampaignPersona != nil {
		return in.CampaignPersona
	}
	return in.Default
}

// AsksLanguage reports whether the language of the message matters: whether who answers has
// words in several.
func (in ResolveInput) AsksLanguage() bool {
	p := in.speaker()
	return p != nil && p.Variants != ""
}

// FieldSource tells where one field's words came from.
type FieldSource struct {
	Field  string
	Label  string
	Value  string
	Source i18n.Text
	Filled bool         // a gap of the words of whoever answers is filled
	In     language.Tag // the language of a variant; empty: they are main words
}

// Resolution is which persona answers, with what words, and why.
type Resolution struct {
	Source      Source
	PersonaID   uuid.NullUUID // not valid: the settings answer
	PersonaName string
	Version     int
	Channel     Channel
	Language    language.Tag // in which it opens or signs by this channel, where that is not the main one; else empty
	Opening     string       // the greeting for this channel
	OpensIn     language.Tag // the language of the opening, where that is not the main one; else empty
	Reasons     []i18n.Text  // in the order of the decision
	Fields      []FieldSource
	Voice       Voice // gaps filled
}

// PromptKey returns key with the ending that names the source.
func (r Resolution) PromptKey(key string) string { return key + ":persona=" + string(r.Source) }

// Resolve decides which persona answers: the campaign's, else the default,
// else the workspace settings. The chosen source is used whole; of its empty
// fields only display name, tone and the greetings are filled. Where a persona answers that has
// words in the language of the message, its greetings and signature are these.
func Resolve(in ResolveInput) Resolution {
	r := Resolution{Channel: in.Channel}
	if r.Channel == "" {
		r.Channel = Email
	}
	switch {
	case in.Campaign == nil:
		r.because(i18n.Say("No campaign was named, so the workspace default is asked."))
	case in.CampaignPersona == nil:
		r.because(i18n.Say("The campaign “%s” has no persona of its own, so the workspace default is asked.", Isolate(in.Campaign.Name)))
	default:
		r.because(i18n.Say("The campaign “%s” has its own persona, “%s”, so that one answers.", Isolate(in.Campaign.Name),
			Isolate(in.CampaignPersona.Name)))
	}
	var from i18n.Text
	switch {
	case in.CampaignPersona != nil:
		from = r.choose(FromCampaign, *in.CampaignPersona)
	case in.Default != nil:
		from = r.choose(FromDefault, *in.Default)
		r.because(i18n.Say("The default persona of %s is “%s”, so it answers.", Isolate(in.Workspace),
			Isolate(in.Default.Name)))
	default:
		r.Source, r.Voice, from = FromSettings, in.Settings, i18n.Say("Workspace settings")
		r.because(i18n.Say("%s has no persona, so its workspace settings answer.", Isolate(in.Workspace)))
	}
	sources := map[string]FieldSource{}
	r.speak(in, from, sources)
	r.fill(in.Workspace, from, sources)
	r.Opening, r.OpensIn = r.Voice.Greeting, sources["greeting"].In
	if r.Channel == SMS {
		r.Opening, r.OpensIn = r.Voice.SMSGreeting, sources["sms_greeting"].In
	}
	if r.Language = r.OpensIn; r.Channel == Email {
		r.Language = cmp.Or(r.Language, sources["signature"].In)
	}
	return r
}

func (r *Resolution) choose(source Source, p Persona) i18n.Text {
	r.Source, r.Voice = source, p.Voice
	r.PersonaID, r.PersonaName, r.Version = uuid.NullUUID{UUID: p.ID, Valid: true}, p.Name, p.Version
	return i18n.Say("Persona “%s”, version %s", Isolate(p.Name), strconv.Itoa(p.Version))
}

// speak has the persona's words be those in the language of the message, as far as there are
// any, and notes the sources of these fields.
func (r *Resolution) speak(in ResolveInput, from i18n.Text, sources map[string]FieldSource) {
	if !in.AsksLanguage() || in.Language.By == language.Unasked {
		return
	}
	p := in.speaker()
	name, told := Isolate(p.Name), howTold(in.Language)
	variant, _ := p.Variants.In(language.Choose(in.Language.Tag, p.Variants.Languages()))
	switch {
	case in.Language.Tag == "":
		r.because(i18n.Say("The language of the message could not be told, so the main words of “%s” are used.", name))
		return
	case variant.Language == "":
		r.because(i18n.Say("%s. “%s” has no words in it, so its main ones are used.", told, name))
		return
	}
	own := i18n.Say("%s, in %s", from, variant.Language.Said())
	if variant.SMSGreeting == "" && variant.Greeting != "" {
		// As the gap of the main words is filled.
		variant.SMSGreeting, sources["sms_greeting"] = variant.Greeting, FieldSource{
			Source: i18n.Say("Empty there, in %s, so the email greeting in it is used", variant.Language.Said()), Filled: true, In: variant.Language}
	}
	var used []i18n.Text
	for _, f := range VariantFields() {
		words := *variant.Of(f)
		if words == "" {
			continue
		}
		*f.Of(&r.Voice) = words
		if _, is := sources[f.Name]; !is {
			used, sources[f.Name] = append(used, f.CalledWithin()), FieldSource{Source: own, In: variant.Language}
		}
	}
	r.because(i18n.Say("%s, so “%s” uses its %s in %s.", told, name, i18n.ListedTexts(used), variant.Language.Said()))
}

// howTold says, as the beginning of a sentence, what language a message is in and how that
// is known.
func howTold(l language.Told) i18n.Text {
	switch l.By {
	case language.ByWords:
		return i18n.Say("The message is in %s, told from its words", l.Tag.Said())
	case language.ByLetters:
		return i18n.Say("The message is in %s, told from its letters", l.Tag.Said())
	case language.Given, language.Unasked:
	}
	return i18n.Say("The message is in %s, as whoever asks says", l.Tag.Said())
}

// fill closes the four gaps that may be closed and notes each field's source.
func (r *Resolution) fill(workspace string, from i18n.Text, sources map[string]FieldSource) {
	fields := Fields()
	gap := func(f Field, value, source, reason string) {
		if text := f.Of(&r.Voice); *text == "" {
			*text, sources[f.Name] = value, FieldSource{Source: i18n.Say(source), Filled: true}
			r.because(i18n.Say("%s: %s.", i18n.Say(f.Label), i18n.Say(reason)))
		}
	}
	gap(fields[0], workspace, i18n.N("Empty there, so the workspace’s name is used"),
		i18n.N("empty there, so the workspace’s name is used"))
	gap(fields[1], UsualTone, i18n.N("Empty there, so the usual tone is used"), i18n.N("empty there, so the usual tone is used"))
	gap(fields[2], UsualGreeting, i18n.N("Empty there, so the usual greeting is used"),
		i18n.N("empty there, so the usual greeting is used"))
	gap(fields[3], r.Voice.Greeting, i18n.N("Empty there, so the email greeting is used"),
		i18n.N("empty there, so the email greeting is used"))
	for _, f := range fields {
		value := *f.Of(&r.Voice)
		source, is := sources[f.Name]
		switch {
		case is:
		case value == "":
			source.Source = i18n.Say("%s (empty, and stays empty)", from)
		default:
			source.Source = from
		}
		r.Fields = append(r.Fields, FieldSource{f.Name, f.Label, value, source.Source, source.Filled, source.In})
	}
}

func (r *Resolution) because(reason i18n.Text) {
	r.Reasons = append(r.Reasons, reason)
}

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
