package persona_test

import (
	"slices"
	"testing"

	"personae/internal/i18n"
	"personae/internal/persona"
)

func TestAFieldIsCalledWithItsLanguage(t *testing.T) {
	t.Parallel()
	german := i18n.With(t.Context(), i18n.German)
	greeting, sms, signature := persona.Fields()[2], persona.Fields()[3], persona.Fields()[4]
	for _, c := range []struct {
		persona.Field
		english, german, within string
	}{
		{greeting, "Greeting", "Begrüßung", "greeting"},
		{sms, "SMS greeting", "SMS-Begrüßung", "SMS greeting"},
		{greeting.In("de"), "Greeting in German", "Begrüßung auf Deutsch", "greeting in German"},
		{signature.In("de-CH"), "Signature in German (de-CH)", "Signatur auf Deutsch (de-CH)", "signature in German (de-CH)"},
		{signature.In("cy"), "Signature in cy", "Signatur auf cy", "signature in cy"},
		{persona.Field{}, "", "", ""},
	} {
		same(t, c.english, [3]string{c.Called().String(), c.Called().In(german), c.CalledWithin().String()},
			[3]string{c.english, c.german, c.within})
	}
	fields := slices.Concat(persona.Fields()[2:4], persona.Fields()[5:6])
	same(t, "several", persona.Labels(fields).String(), "greeting, SMS greeting and goals")
	same(t, "several in German", persona.Labels(fields).In(german), "Begrüßung, SMS-Begrüßung und Ziele")
	same(t, "none", persona.Labels(nil).String(), "")
}
