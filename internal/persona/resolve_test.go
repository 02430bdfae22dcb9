package persona_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/language"
	"personae/internal/persona"
)

// full is a voice each of whose fields names its source and itself.
func full(source persona.Source) persona.Voice {
	var v persona.Voice
	for _, f := range persona.Fields() {
		*f.Of(&v) = string(source) + " " + f.Name
	}
	return v
}

// TestEveryCombinationResolves goes through every campaign, default, set of
// empty fields and channel. The sources that do not answer are full, so that a
// borrowed word would show.
func TestEveryCombinationResolves(t *testing.T) {
	t.Parallel()
	const campaigns, none, without, with = 3, 0, 1, 2
	who := map[[2]int]persona.Source{ // campaign, default
		{none, 0}: persona.FromSettings, {without, 0}: persona.FromSettings, {with, 0}: persona.FromCampaign,
		{none, 1}: persona.FromDefault, {without, 1}: persona.FromDefault, {with, 1}: persona.FromCampaign,
	}
	ids := map[persona.Source]uuid.UUID{persona.FromCampaign: uuid.New(), persona.FromDefault: uuid.New()}
	cases := 0
	for campaign := range campaigns {
		for def := range 2 {
			source := who[[2]int{campaign, def}]
			for empty := range 1 << len(persona.Fields()) {
				voices := map[persona.Source]persona.Voice{persona.FromCampaign: full(persona.FromCampaign),
					persona.FromDefault: full(persona.FromDefault), persona.FromSettings: full(persona.FromSettings)}
				given := voices[source]
				for i, f := range persona.Fields() {
					if empty>>i&1 == 1 {
						*f.Of(&given) = ""
					}
				}
				voices[source] = given

				want := given
				if want.DisplayName == "" {
					want.DisplayName = "Harbor"
				}
				if want.Tone == "" {
					want.Tone = "friendly-professional"
				}
				if want.Greeting == "" {
					want.Greeting = "Hi {firstName},"
				}
				if want.SMSGreeting == "" {
					want.SMSGreeting = want.Greeting
				}
				q := persona.ResolveInput{Workspace: "Harbor", Settings: voices[persona.FromSettings]}
				if def == 1 {
					q.Default = &persona.Persona{ID: ids[persona.FromDefault],
						Content: persona.Content{Name: "Def", Voice: voices[persona.FromDefault]}, Version: 2, IsDefault: true}
				}
				if campaign != none {
					q.Campaign = &persona.Campaign{Name: "Spring"}
				}
				if campaign == with {
					q.CampaignPersona = &persona.Persona{ID: ids[persona.FromCampaign],
						Content: persona.Content{Name: "Own", Voice: voices[persona.FromCampaign]}, Version: 3}
				}
				for _, c := range []struct {
					asked, told persona.Channel
					opening     string
				}{
					{"", persona.Email, want.Greeting}, {persona.Email, persona.Email, want.Greeting},
					{persona.SMS, persona.SMS, want.SMSGreeting}, {persona.LinkedIn, persona.LinkedIn, want.Greeting},
				} {
					cases++
					q.Channel = c.asked
					r := persona.Resolve(q)
					if r.Source != source || r.Voice != want || r.Channel != c.told || r.Opening != c.opening ||
						r.PromptKey("k") != "k:persona="+string(source) ||
						r.PersonaID != (uuid.NullUUID{UUID: ids[source], Valid: source != persona.FromSettings}) ||
						r.Version != map[persona.Source]int{persona.FromCampaign: 3, persona.FromDefault: 2}[source] {
						t.Fatalf("campaign %d, default %d, empty %08b, channel %q: %+v\nwant %s, %q, %+v", campaign, def, empty,
							c.asked, r, source, c.opening, want)
					}
					for i, f := range persona.Fields() {
						if told := r.Fields[i]; told.Field != f.Name || told.Value != *f.Of(&want) || told.Source.Empty() {
							t.Fatalf("empty %08b: the source of %s is told as %+v", empty, f.Name, told)
						}
					}
				}
			}
		}
	}
	same(t, "combinations", cases, 3*2*256*4)
}

func TestTheLanguageOfAMessagePicksGreetingsAndSignature(t *testing.T) {
	t.Parallel()
	nora := persona.Persona{Version: 3, Content: persona.Content{Name: "Nora", Voice: persona.Voice{Greeting: "Hi", SMSGreeting: "Hey",
		Signature: "Nora", DisplayName: "Nora", Tone: "direct", Goals: "A call"}, Variants: persona.Pack(
		persona.Variant{Language: "de", Greeting: "Hallo", Signature: "Grüße"}, persona.Variant{Language: "fr", Signature: "Salutations"},
		persona.Variant{Language: "it", SMSGreeting: "Ciao"})}}
	settings := persona.Voice{Greeting: "Legacy"}
	for _, c := range []struct {
		told               language.Told
		channel            persona.Channel
		opening, signature string
		used               language.Tag
		reason             string
	}{
		{language.Told{}, persona.Email, "Hi", "Nora", "", ""},
		{language.Told{Tag: "de", By: language.ByWords}, persona.Email, "Hallo", "Grüße", "de",
			"The message is in German, told from its words, so “Nora” uses its greeting and signature in German."},
		{language.Told{Tag: "de", By: language.ByWords}, persona.SMS, "Hallo", "Grüße", "de",
			"The message is in German, told from its words, so “Nora” uses its greeting and signature in German."},
		{language.Told{Tag: "de-CH", By: language.Given}, persona.Email, "Hallo", "Grüße", "de",
			"The message is in German (de-CH), as whoever asks says, so “Nora” uses its greeting and signature in German."},
		{language.Told{Tag: "fr", By: language.ByWords}, persona.SMS, "Hey", "Salutations", "",
			"The message is in French, told from its words, so “Nora” uses its signature in French."},
		{language.Told{Tag: "fr", By: language.ByWords}, persona.Email, "Hi", "Salutations", "fr",
			"The message is in French, told from its words, so “Nora” uses its signature in French."},
		{language.Told{Tag: "it", By: language.ByWords}, persona.SMS, "Ciao", "Nora", "it",
			"The message is in Italian, told from its words, so “Nora” uses its SMS greeting in Italian."},
		{language.Told{Tag: "it", By: language.ByWords}, persona.Email, "Hi", "Nora", "",
			"The message is in Italian, told from its words, so “Nora” uses its SMS greeting in Italian."},
		{language.Told{Tag: "el", By: language.ByLetters}, persona.Email, "Hi", "Nora", "",
			"The message is in Greek, told from its letters. “Nora” has no words in it, so its main ones are used."},
		{language.Told{By: language.ByWords}, persona.Email, "Hi", "Nora", "",
			"The language of the message could not be told, so the main words of “Nora” are used."},
	} {
		r := persona.Resolve(persona.ResolveInput{Workspace: "Harbor", Default: &nora, Settings: settings, Channel: c.channel, Language: c.told})
		said := c.reason == "" || slices.Contains(inEnglish(r.Reasons), c.reason)
		if r.Opening != c.opening || r.Voice.Signature != c.signature || r.Language != c.used || !said || r.Voice.Goals != "A call" {
			t.Errorf("%v by %s: %q, %q, %q, %q", c.told, c.channel, r.Opening, r.Voice.Signature, r.Language, r.Reasons)
		}
		if r.PromptKey("x") != "x:persona=default" {
			t.Error(r.PromptKey("x"))
		}
		for _, f := range r.Fields {
			if f.In != "" && f.Source.String() != "Persona “Nora”, version 3, in "+f.In.Name() && !strings.HasPrefix(f.Source.String(), "Empty there, in German, so") {
				t.Errorf("%s is from %q", f.Field, f.Source)
			}
		}
	}
	r := persona.Resolve(persona.ResolveInput{Settings: settings, Language: language.Told{Tag: "de", By: language.ByWords}})
	same(t, "settings have one language", r.Opening, "Legacy")
}

// inEnglish says texts.
func inEnglish(texts []i18n.Text) []string {
	said := make([]string, len(texts))
	for i, text := range texts {
		said[i] = text.String()
	}
	return said
}
