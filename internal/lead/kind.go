package lead

import (
	"regexp"
	"slices"
	"strings"
)

// Kind is what a message says of whether its lead wants an answer. Only an
// ordinary one gets a draft by itself, and only that one offers something.
type Kind string

// The kinds of a message, as they are stored.
const (
	Ordinary  Kind = ""
	Refusal   Kind = "refusal"   // declines what is offered
	OptOut    Kind = "opt_out"   // wants no more messages
	Automatic Kind = "automatic" // a program wrote it, in the lead's absence
	Passed    Kind = "passed"    // the system that it came over from drafts no answer to it
)

// KindOf returns the kind of a message by the lead's own words. Where these may
// mean more than one thing, it is an ordinary one: a draft too many is rejected
// sooner than a lead is missed.
func KindOf(body string) Kind {
	own := Own(body)
	spoken := Said(own)
	asks := Question(own) != ""
	switch {
	case automaticStart.MatchString(own), !asks && len(spoken.Has(AutomaticPhrases())) > 0:
		return Automatic
	case OptsOut(own), len(spoken.Has(optOutPhrases)) > 0, !asks && len(spoken.Has([]string{"unsubscribe"})) > 0:
		return OptOut
	case !asks && spoken.declines():
		return Refusal
	}
	return Ordinary
}

// automaticStart matches the subject with which mail programs begin what they
// answer by themselves.
var automaticStart = regexp.MustCompile(`(?i)^\W{0,3}(?:subject:\s*)?(?:automatic reply|auto[- ]?reply|automated (?:reply|response)|auto[- ]response|` +
	`out[- ]of[- ](?:the[- ])?office(?: (?:auto[- ]?reply|message|notice|reply))?|abwesenheitsnotiz|automatische antwort|` +
	`réponse automatique|respuesta automática|risposta automatica|resposta automática|automatisch antwoord|autosvar)\s*(?:[:\n.!–—-]|$)`)

// AutomaticPhrases lists what programs say that answer in somebody's absence.
func AutomaticPhrases() []string {
	return []string{"out of office", "out of the office", "automatic reply", "auto-reply", "autoreply",
		"automated response", "automated reply", "away from the office", "on vacation", "on annual leave",
		"parental leave", "maternity leave", "abwesenheitsnotiz", "automatische antwort", "réponse automatique",
		"respuesta automática"}
}

// declinePhrases refuse what is offered.
var declinePhrases = []string{"not interested", "no interest", "no thanks", "no thank you", "not for us",
	"not for me", "please stop"}

// optOutPhrases ask for no more messages, also within a question.
var optOutPhrases = []string{"stop emailing", "stop writing", "stop contacting", "stop sending", "unsubscribe me",
	"remove me", "take me off", "do not contact", "don't contact", "do not email", "don't email", "do not write",
	"don't write", "leave me alone"}

// RefusalPhrases lists what refuses an offer or any more messages.
func RefusalPhrases() []string {
	return slices.Concat(declinePhrases, []string{"unsubscribe"}, optOutPhrases)
}

// declines reports whether a text refuses what is offered, and no “but” follows
// that may take it back.
func (s Speech) declines() bool {
	for _, p := range s.Has(declinePhrases) {
		if _, after, _ := strings.Cut(string(s), " "+p+" "); !strings.Contains(" "+after, " but ") {
			return true
		}
	}
	return false
}

// Refuses returns the words with which a message refuses; none where it does not.
// A keyword of the carriers is how one leaves a list of text messages; within a
// sentence it may mean anything.
func Refuses(message string) []string {
	if OptsOut(message) {
		return []string{strings.ToLower(strings.Trim(message, " .!"))}
	}
	return Said(message).Has(RefusalPhrases())
}

// Speech is a text as words in lower case, with a space before and after each.
type Speech string

var word = regexp.MustCompile(`[\p{L}\p{N}]+(?:['-][\p{L}\p{N}]+)*`)

// Said returns a text as what is said in it.
func Said(text string) Speech {
	return Speech(" " + strings.Join(Words(strings.ReplaceAll(strings.ToLower(text), "’", "'")), " ") + " ")
}

// Words returns the words of a text.
func Words(text string) []string { return word.FindAllString(text, -1) }

// Has returns those phrases that are said, word for word.
func (s Speech) Has(phrases []string) (found []string) {
	for _, p := range phrases {
		if strings.Contains(string(s), " "+p+" ") {
			found = append(found, p)
		}
	}
	return found
}

// WhyNoDraft returns why a message of a lead gets no draft by itself, as a
// sentence; "" where nothing speaks against one. off is whether its workspace wants
// none.
func WhyNoDraft(l Lead, kind Kind, off bool) string {
	switch {
	case l.Blacklisted:
		return "The lead is blacklisted, so no draft is made."
	case l.OptedOut:
		return "The lead has opted out, so no draft is made."
	case l.Unsubscribed:
		return "The lead has unsubscribed, so no draft is made."
	case l.Bounced:
		return "Mail to the lead bounced, so no draft is made."
	case kind == OptOut:
		return "The lead wants no more messages, so no draft is made."
	case kind == Refusal:
		return "The lead refuses, so no draft is made."
	case kind == Automatic:
		return "The message is an automatic reply, so no draft is made."
	case kind == Passed:
		return "The system that the message came over from makes no draft for it, so none is made."
	case off:
		return "Automatic drafts are off in the workspace’s settings, so no draft is made."
	}
	return ""
}
