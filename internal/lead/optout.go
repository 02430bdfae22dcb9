package lead

import (
	"regexp"
	"slices"
	"strings"
)

// OptOutKeywords lists the words with which carriers let people leave a list of
// text messages.
func OptOutKeywords() []string {
	return []string{"stop", "stopall", "stop all", "unsubscribe", "end", "quit", "cancel", "revoke", "optout", "opt out"}
}

// OptsOut reports whether a message is nothing but one of these words, whatever
// its case, with or without a “please”. Within a sentence they may mean anything.
func OptsOut(body string) bool {
	words := strings.Fields(strings.ToLower(strings.Join(letters.FindAllString(Own(body), -1), " ")))
	words = slices.DeleteFunc(words, func(w string) bool { return w == "please" || w == "thanks" || w == "pls" })
	return slices.Contains(OptOutKeywords(), strings.Join(words, " "))
}

var letters = regexp.MustCompile(`[\p{L}\p{N}]+`)
