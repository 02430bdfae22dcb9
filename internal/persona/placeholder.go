package persona

import (
	"regexp"
	"slices"
	"strings"
)

// Recipient is the person whom a message addresses.
type Recipient struct {
	FirstName, LastName, Company string
}

// Placeholders lists the placeholders that a greeting or signature may hold.
func Placeholders() []string { return []string{"{firstName}", "{lastName}", "{company}"} }

// Fill gives text with every occurrence of every placeholder replaced by the
// lead's own words. Where the lead has none, the placeholder goes with the
// space around it, so that "Hi {firstName}," becomes "Hi,". Unknown placeholders
// stay as they are.
func Fill(text string, to Recipient) string {
	var pairs []string
	for _, p := range []struct{ placeholder, words string }{{"{firstName}", to.FirstName}, {"{lastName}", to.LastName}, {"{company}", to.Company}} {
		if p.words == "" {
			text = missing(p.placeholder).ReplaceAllString(text, "$1$2")
			continue
		}
		pairs = append(pairs, p.placeholder, p.words)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// missing matches a placeholder with what must go with it: a comma that would
// begin a line, or the space before it.
func missing(placeholder string) *regexp.Regexp {
	return regexp.MustCompile(`(?m)(^)` + regexp.QuoteMeta(placeholder) + `[,;:]?[ \t]*|[ \t]*` + regexp.QuoteMeta(placeholder) + `()`)
}

var placeholder = regexp.MustCompile(`\{[^{}\n]{1,60}\}`)

// shownTokens is how many unknown placeholders a warning names.
const shownTokens = 3

// Warnings tells, field by field, which placeholders of v nothing will replace
// and which braces lack their partner. They are worth a look and no reason to
// refuse a save.
func Warnings(v Voice) []string {
	var warnings []string
	for _, f := range Fields() {
		text := *f.Of(&v)
		var unknown []string
		for _, found := range placeholder.FindAllString(text, -1) {
			if !slices.Contains(Placeholders(), found) && !slices.Contains(unknown, found) {
				unknown = append(unknown, found)
			}
		}
		if len(unknown) > 0 {
			more, are := "", ", which is not a placeholder and will be sent as it stands"
			if len(unknown) > 1 {
				are = ", which are not placeholders and will be sent as they stand"
			}
			if n := len(unknown) - shownTokens; n > 0 {
				unknown, more = unknown[:shownTokens], " and "+itoa(n)+" more"
			}
			warnings = append(warnings, f.Label+" holds "+strings.Join(unknown, ", ")+more+are+". Known ones: "+strings.Join(Placeholders(), ", ")+".")
		}
		if words := unbalanced(text); words != "" {
			warnings = append(warnings, f.Label+" has a brace without its partner, at “"+words+"”, which will be sent as it stands.")
		}
	}
	return warnings
}

// unbalanced gives the words at the first brace of a line that is never closed
// or was never opened; "": there is none.
func unbalanced(text string) string {
	const shown = 20
	for line := range strings.Lines(text) {
		runes := []rune(strings.TrimSpace(line))
		var open []int
		for i, r := range runes {
			switch {
			case r == '{':
				open = append(open, i)
			case r == '}' && len(open) == 0:
				return string(runes[max(0, i+1-shown) : i+1])
			case r == '}':
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			return string(runes[open[0]:min(len(runes), open[0]+shown)])
		}
	}
	return ""
}

// SampleLead is somebody to try words on.
func SampleLead() Recipient { return Recipient{FirstName: "Ana", LastName: "Silva", Company: "Acme"} }

// Reading is how the words of one field reach somebody.
type Reading struct {
	Label    string
	Known    string // whose names are known
	Nameless string // whose first name is not
}

// Readings gives how a persona of v opens and closes to a lead, as a draft has
// it: gaps are filled, and placeholders replaced.
func Readings(workspace string, v Voice, to Recipient) []Reading {
	nameless := to
	nameless.FirstName = ""
	v = Resolve(Question{Workspace: workspace, Settings: v}).Voice
	if v.Signature == "" {
		v.Signature = v.DisplayName
	}
	var list []Reading
	for _, f := range Fields() {
		switch f.Name {
		case "greeting", "sms_greeting", "signature":
			text := *f.Of(&v)
			list = append(list, Reading{f.Label, Fill(text, to), Fill(text, nameless)})
		}
	}
	return list
}
