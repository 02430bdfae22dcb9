package persona_test

import (
	"slices"
	"testing"

	"personae/internal/i18n"
	"personae/internal/persona"
)

func TestLabelsAreSaidWithTheLanguageThatTheyName(t *testing.T) {
	t.Parallel()
	german := i18n.With(t.Context(), i18n.German)
	for label, want := range map[string][3]string{
		"Greeting":                    {"Greeting", "Begrüßung", "greeting"},
		"SMS greeting":                {"SMS greeting", "SMS-Begrüßung", "SMS greeting"},
		"Greeting in German":          {"Greeting in German", "Begrüßung auf Deutsch", "greeting in German"},
		"Signature in German (de-CH)": {"Signature in German (de-CH)", "Signatur auf Deutsch (de-CH)", "signature in German (de-CH)"},
		"Signature in cy":             {"Signature in cy", "Signatur auf cy", "signature in cy"},
		"Greeting in it":              {"Greeting in it", "Begrüßung in dieser Sprache", "Greeting in it"},
		"":                            {"", "", ""},
	} {
		same(t, label, [3]string{persona.Label(label).String(), persona.Label(label).In(german), persona.LabelWithin(label).String()}, want)
	}
	fields := slices.Concat(persona.Fields()[2:4], persona.Fields()[5:6])
	same(t, "several", persona.Labels(fields).String(), "greeting, SMS greeting and goals")
	same(t, "several in German", persona.Labels(fields).In(german), "Begrüßung, SMS-Begrüßung und Ziele")
	same(t, "none", persona.Labels(nil).String(), "")
}
