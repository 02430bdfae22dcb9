package scoring

import (
	"regexp"
	"strconv"
	"strings"

	"personae/internal/i18n"
)

// What a reason of the rules is made of. It is kept in English.
var (
	fitAndIntent  = i18n.N("Fit %d: %s. Intent %d: %s.")
	saysItself    = i18n.N("the lead says so itself, with %s")
	saysNothing   = i18n.N("the settings say neither who the ideal customer is nor what is offered")
	sharesNothing = i18n.N("nothing that the lead wrote, nor its company, is in the ideal customer profile or the service description")
	shares        = i18n.N("shares %s with the ideal customer profile or the service description")
	refuses       = i18n.N("the last message refuses, with %s")
	says          = i18n.N("says %s")
	asks          = i18n.N("asks a question")
	speaksOf      = i18n.N("speaks of %s, which the qualification questions ask for")
	putsOff       = i18n.N("puts it off with %s")
	wantsNothing  = i18n.N("neither asks nor refuses anything")
	andMore       = i18n.N("%s and %s more")
)

var (
	kept    = regexp.MustCompile(`(?s)^Fit (\d): (.+)\. Intent (\d): (.+)\.$`)
	phrases = []string{saysItself, saysNothing, sharesNothing, shares, refuses, says, asks, speaksOf, putsOff, wantsNothing}
	quotes  = regexp.MustCompile(`^(“[^”]*”(?:, “[^”]*”)*)(?: and (\d+) more)?`)
)

// Said returns a reason, as it is kept, as a text: one of the rules piece by piece, and any
// other, such as a model's, as it is.
func Said(reason string) i18n.Text {
	whole := i18n.Say(reason)
	m := kept.FindStringSubmatch(reason)
	if m == nil {
		return whole
	}
	fit, ok := piecesOf(m[2])
	intent, also := piecesOf(m[4])
	if !ok || !also {
		return whole
	}
	f, _ := strconv.Atoi(m[1])
	n, _ := strconv.Atoi(m[3])
	return i18n.Say(fitAndIntent, f, fit, n, intent)
}

// piecesOf reads phrases with commas between them.
func piecesOf(text string) (all i18n.Text, ok bool) {
	for {
		piece, rest, is := phraseOf(text)
		if !is {
			return all, false
		}
		if all.Empty() {
			all = piece
		} else {
			all = i18n.Say("%s, %s", all, piece)
		}
		if rest == "" {
			return all, true
		}
		if text, ok = strings.CutPrefix(rest, ", "); !ok {
			return all, false
		}
	}
}

// phraseOf reads the phrase that a text begins with.
func phraseOf(text string) (said i18n.Text, rest string, ok bool) {
	for _, phrase := range phrases {
		before, after, has := strings.Cut(phrase, "%s")
		if rest, ok = strings.CutPrefix(text, before); !ok {
			continue
		}
		if !has {
			return i18n.Say(phrase), rest, true
		}
		words, left := quotedIn(rest)
		if rest, ok = strings.CutPrefix(left, after); ok && !words.Empty() {
			return i18n.Say(phrase, words), rest, true
		}
	}
	return said, text, false
}

// quotedIn reads what list wrote.
func quotedIn(text string) (said i18n.Text, rest string) {
	m := quotes.FindStringSubmatch(text)
	if m == nil {
		return said, text
	}
	for _, word := range strings.Split(strings.TrimSuffix(strings.TrimPrefix(m[1], "“"), "”"), "”, “") {
		if quoted := i18n.Say("“%s”", word); said.Empty() {
			said = quoted
		} else {
			said = i18n.Say("%s, %s", said, quoted)
		}
	}
	if m[2] != "" {
		said = i18n.Say(andMore, said, m[2])
	}
	return said, text[len(m[0]):]
}
