package scoring_test

import (
	"testing"

	"personae/internal/config"
	"personae/internal/i18n"
	"personae/internal/scoring"
)

func TestWhatTheRulesFoundIsSaidInGermanToo(t *testing.T) {
	t.Parallel()
	german := i18n.With(t.Context(), i18n.German)
	for message, want := range map[string]string{
		"Thank you.": "Passung 2: nichts, was der Lead geschrieben hat, und auch nicht seine Firma kommt im Idealkundenprofil oder in der " +
			"Leistungsbeschreibung vor. Interesse 2: fragt nichts und lehnt nichts ab.",
		"We run a dental clinic in the UK. Our patients book online: what does it cost?": "Passung 4: gemeinsam mit dem Idealkundenprofil oder der " +
			"Leistungsbeschreibung: „dental“, „clinics“, „uk“, „online“ und 1 weitere. Interesse 4: sagt „cost“, stellt eine Frage.",
		"Maybe later: what is the price? We are five dentists.": "Passung 2: nichts, was der Lead geschrieben hat, und auch nicht seine Firma kommt im " +
			"Idealkundenprofil oder in der Leistungsbeschreibung vor. Interesse 4: sagt „price“, stellt eine Frage, spricht von „dentists“, wonach die " +
			"Qualifizierungsfragen fragen, schiebt es auf mit „later“, „maybe“.",
		"You have the wrong person.": "Passung 1: der Lead sagt es selbst mit „wrong person“. Interesse 2: fragt nichts und lehnt nichts ab.",
		"Please unsubscribe me.": "Passung 2: nichts, was der Lead geschrieben hat, und auch nicht seine Firma kommt im Idealkundenprofil oder in der " +
			"Leistungsbeschreibung vor. Interesse 1: die letzte Nachricht lehnt ab mit „unsubscribe“, „unsubscribe me“.",
		"I am out of office.": "Es kamen nur automatische Antworten, daher ist die Bewertung 1.",
	} {
		s, err := score(t, config.LLM{}, ana, message)
		if err != nil {
			t.Fatal(err)
		}
		if got := scoring.Said(s.Reason).String(); got != s.Reason {
			t.Errorf("in English %q, want %q", got, s.Reason)
		}
		if got := scoring.Said(s.Reason).In(german); got != want {
			t.Errorf("%q:\n%s, want\n%s", message, got, want)
		}
	}
	for _, other := range []string{"", "Fit 3: asks for 5 % off. Intent 2: x.", "Says %d, 100 % sure", "Fit 4: shares “a, and so on"} {
		if got := scoring.Said(other).In(german); got != other {
			t.Errorf("%q became %q", other, got)
		}
	}
}
