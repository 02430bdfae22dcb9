package persona_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"personae/internal/persona"
)

func TestQuestionsOfOlderProgramsAreLines(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[{"id":"a","question":"How many berths?","required":true},{"id":"b","question":"Who\n decides? "}]`: "How many berths?\nWho decides?",
		` [ "How many?", "Who?" ] `: "How many?\nWho?",
		`[]`:                        "",
		"[ ]\n":                     "",
		`[{"id":"a","question":""},{"question":7},null,3,{"question":"Quote “\"”?"}]`: `Quote “"”?`,
		// What ends too early has those that are whole.
		`[{"id":"a","question":"How many?"},{"id":"b","question":"Who dec`: "How many?",
		`[{"id":"a","question":"How many?"}`:                               "How many?",
		// These are no such JSON.
		"How many berths?\n\nWho decides?": "How many berths?\n\nWho decides?",
		"[Ask for berths]\nWho?":           "[Ask for berths]\nWho?",
		`{"question":"Who?"}`:              `{"question":"Who?"}`,
		`[1, 2]`:                           `[1, 2]`,
		`"Who?"`:                           `"Who?"`,
		"":                                 "",
	} {
		same(t, text, persona.QuestionLines(text), want)
	}
	list, broken := persona.ParseQuestions(`[{"id":" a ","question":"How many?","required":true},{"id":7,"question":"Who?","required":"yes"}] x`)
	same(t, "questions", list, []persona.Question{{ID: "a", Text: "How many?", Required: true}, {Text: "Who?"}})
	same(t, "broken", broken, false)
	_, broken = persona.ParseQuestions(`[{"id":"a","question":"How many?"},`)
	same(t, "broken", broken, true)
	same(t, "cleaned", persona.Settings{QualificationQuestions: ` [{"id":"a","question":"Who?"}]`}.Clean().QualificationQuestions, "Who?")
}

func TestQuestionsAreLeftOutWhole(t *testing.T) {
	t.Parallel()
	fitted, leftOut := persona.FitQuestions("Who?\n"+strings.Repeat("long ", 10)+"\nWhen?", 12)
	same(t, "fitted", fitted, "Who?\nWhen?")
	same(t, "left out", leftOut, 1)
	rapid.Check(t, func(rt *rapid.T) {
		lines := rapid.SliceOfN(rapid.StringMatching(`[a-zé😀]{1,9}\?`), 1, 20).Draw(rt, "lines")
		limit := rapid.IntRange(0, 100).Draw(rt, "limit")
		fitted, leftOut := persona.FitQuestions(strings.Join(lines, "\n"), limit)
		kept := 0
		for line := range strings.SplitSeq(fitted, "\n") {
			for fitted != "" && kept < len(lines) && lines[kept] != line {
				kept++
			}
			if kept == len(lines) {
				rt.Fatalf("%q is none of %q", line, lines)
			}
			kept++
		}
		if n := utf8.RuneCountInString(fitted); n > limit || leftOut == 0 && fitted != strings.Join(lines, "\n") {
			rt.Fatalf("%q has %d characters, and %d were left out", fitted, n, leftOut)
		}
	})
}
