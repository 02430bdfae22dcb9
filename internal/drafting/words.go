package drafting

import (
	"personae/internal/language"
	"personae/internal/lead"
)

// words are what the composer writes by itself, in one language.
type words struct {
	polite   map[lead.Kind]string // to a message that wants no answer
	asked    string               // before a question of the lead, and what closes it
	wrote    string               // before their first words, likewise
	unquote  string
	closings map[string]string // by the persona's tone; "": of any other
}

// wordsIn returns those for a voice that greets in a language; the English ones where there are
// no others, and for the persona's main words, whose language nobody says. The German ones fit
// whoever says du or Sie around them.
func wordsIn(tag language.Tag) words {
	if tag.Base() == "de" {
		return words{
			polite: map[lead.Kind]string{
				lead.OptOut:    "Danke für die Rückmeldung. Wir schreiben nicht wieder.",
				lead.Refusal:   "Danke für die Rückmeldung. Wir wünschen alles Gute.",
				lead.Automatic: "Danke für die Nachricht. Es eilt nicht.",
			},
			asked: "Die Frage war: „", wrote: "Danke für die Nachricht: „", unquote: "“",
			closings: map[string]string{
				"professional": "In einem kurzen Gespräch erzähle ich gern mehr. Wann würde es passen?",
				"friendly":     "Wollen wir diese Woche kurz telefonieren? Ich würde gern mehr erfahren.",
				"casual":       "Lust auf ein kurzes Telefonat?",
				"formal":       "Für ein Gespräch stehe ich gern zur Verfügung.",
				"direct":       "Passt diese Woche ein Gespräch von 15 Minuten?",
				"consultative": "Darf ich fragen, was hier am wichtigsten ist? Dann kann ich ehrlich sagen, ob wir passen.",
				"":             "Würde diese Woche ein kurzes Gespräch passen?",
			},
		}
	}
	return words{
		polite: map[lead.Kind]string{
			lead.OptOut:    "Thank you for letting us know. We will not write to you again.",
			lead.Refusal:   "Thank you for letting us know. We wish you all the best.",
			lead.Automatic: "Thank you for letting us know. There is no need to hurry.",
		},
		asked: "You asked: “", wrote: "Thank you for writing: “", unquote: "”",
		closings: map[string]string{
			"professional": "I would be glad to tell you more in a short call. When would suit you?",
			"friendly":     "Shall we have a quick call this week? I would love to hear more.",
			"casual":       "Fancy a quick call some time?",
			"formal":       "I should be pleased to arrange a conversation at your convenience.",
			"direct":       "Does a 15-minute call this week work?",
			"consultative": "May I ask what matters most to you here? Then I can tell you honestly whether we fit.",
			"":             "Would a short call this week suit you?",
		},
	}
}

// closing returns the words that ask for the next step in a tone.
func (w words) closing(tone string) string {
	if said, usual := w.closings[tone]; usual {
		return said
	}
	return w.closings[""]
}
