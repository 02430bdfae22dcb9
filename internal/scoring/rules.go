package scoring

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
)

// The words that the rules know beside those of refusals and automatic replies, which
// stand in lead. docs/scoring.md lists them for people, and a test compares the two.
var (
	misfits = []string{
		"wrong person", "not the right person", "wrong company", "not a fit", "not a good fit", "we are too small",
		"we're too small", "we don't need", "we do not need", "doesn't apply to us", "does not apply to us",
	}
	delays = []string{
		"not now", "not right now", "next quarter", "next year", "later", "no budget", "too busy", "maybe",
	}
	buying = []string{
		"price", "prices", "pricing", "cost", "costs", "quote", "budget", "buy", "purchase", "contract", "trial", "demo",
		"call", "meet", "meeting", "schedule", "sign up", "get started", "interested", "tell me more", "send me",
		"sounds good",
	}
	common = strings.Fields("a about after all also an and any are as at be been but by can customer customers " +
		"company companies do each for from get has have help helps how i if in into is it its like may more most " +
		"need needs of on one or other our out over people than that the their them they this those to up us use " +
		"uses want we well what when where which who whom will with work works you your")
)

// byRules scores without a model. The same words always get the same score.
func byRules(by persona.Settings, l lead.Lead, messages []string) lead.Score {
	var counted []string
	for _, m := range messages {
		if len(lead.Said(m).Has(lead.AutomaticPhrases())) == 0 {
			counted = append(counted, m)
		}
	}
	if len(counted) == 0 {
		return least(i18n.N("Only automatic replies came, so it scores 1."), "rules:v1")
	}
	s := lead.Score{By: "rules:v1"}
	var fit, intent string
	s.Fit, fit = fits(by, l, counted)
	s.Intent, intent = wants(by, counted)
	s.Overall = (s.Fit + s.Intent) / 2
	if s.Intent == Least {
		s.Overall = Least
	}
	s.Reason = cut(fmt.Sprintf(fitAndIntent, s.Fit, fit, s.Intent, intent), mostReason)
	return s
}

// fits returns how well a lead fits, and why.
func fits(by persona.Settings, l lead.Lead, messages []string) (int, string) {
	everything := lead.Said(strings.Join(messages, "\n"))
	if found := everything.Has(misfits); len(found) > 0 {
		return Least, fmt.Sprintf(saysItself, list(found))
	}
	asked := keywords(by.IdealCustomerProfile + " " + by.ServiceDescription)
	if len(asked) == 0 {
		return 2, saysNothing
	}
	name, _, _ := strings.Cut(domain(l.Email), ".")
	known := keywords(strings.Join(messages, "\n") + " " + l.Company + " " + strings.ReplaceAll(name, "-", " "))
	shared := inBoth(asked, known)
	switch {
	case len(shared) == 0:
		return 2, sharesNothing
	case len(shared) < 3:
		return 3, fmt.Sprintf(shares, list(shared))
	}
	return Most, fmt.Sprintf(shares, list(shared))
}

// wants returns how much a lead wants, and why.
func wants(by persona.Settings, messages []string) (int, string) {
	// What was said before a refusal was taken back by it.
	refused := -1
	var how []string
	for i, m := range messages {
		if found := lead.Refuses(m); len(found) > 0 {
			refused, how = i, found
		}
	}
	if refused == len(messages)-1 {
		return Least, fmt.Sprintf(refuses, list(how))
	}
	text := strings.Join(messages[refused+1:], "\n")
	spoken := lead.Said(text)
	points, why := 2, []string{}
	if found := spoken.Has(buying); len(found) > 0 {
		points++
		why = append(why, fmt.Sprintf(says, list(found)))
		if len(found) > 1 {
			points++
		}
	}
	if lead.Question(text) != "" {
		points++
		why = append(why, asks)
	}
	if both := inBoth(keywords(by.QualificationQuestions), keywords(text)); len(both) > 0 {
		points++
		why = append(why, fmt.Sprintf(speaksOf, list(both)))
	}
	if found := spoken.Has(delays); len(found) > 0 {
		points--
		why = append(why, fmt.Sprintf(putsOff, list(found)))
	}
	if len(why) == 0 {
		why = append(why, wantsNothing)
	}
	// Who puts it off does not refuse.
	return min(max(points, 2), Most), strings.Join(why, ", ")
}

// keywords returns the words of a text that mean something by themselves, in lower
// case, each once and in order: of three letters or more, or with a digit or two
// capitals, and not one of the common words.
func keywords(text string) (words []string) {
	for _, w := range lead.Words(text) {
		letters := utf8.RuneCountInString(w)
		capitals := letters == 2 && w == strings.ToUpper(w) && w != strings.ToLower(w)
		w = strings.ToLower(w)
		if letters < 3 && !capitals && !strings.ContainsFunc(w, unicode.IsDigit) || slices.Contains(common, w) ||
			len(inBoth([]string{w}, words)) > 0 {
			continue
		}
		words = append(words, w)
	}
	return words
}

// inBoth returns the words of a that b has too, in the plural or not.
func inBoth(a, b []string) (both []string) {
	for _, w := range a {
		if slices.ContainsFunc(b, func(other string) bool { return singular(w) == singular(other) }) {
			both = append(both, w)
		}
	}
	return both
}

func singular(w string) string {
	if utf8.RuneCountInString(w) < 4 || strings.HasSuffix(w, "ss") {
		return w
	}
	return strings.TrimSuffix(w, "s")
}

// list quotes the first few of words.
func list(words []string) string {
	shown := words[:min(len(words), 4)]
	text := "“" + strings.Join(shown, "”, “") + "”"
	if more := len(words) - len(shown); more > 0 {
		text = fmt.Sprintf(andMore, text, strconv.Itoa(more))
	}
	return text
}
