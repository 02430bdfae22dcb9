package persona

import (
	"regexp"
	"slices"
	"strings"
)

// Lead is the person whom a message addresses.
type Lead struct {
	FirstName, LastName, Company string
}

// Placeholders lists the placeholders that a greeting or signature may hold.
func Placeholders() []string { return []string{"{firstName}", "{lastName}", "{company}"} }

// Fill gives text with every occurrence of every placeholder replaced by the
// lead's own words. Where the lead has none, the placeholder goes with the
// space around it, so that "Hi {firstName}," becomes "Hi,". Unknown placeholders
// stay as they are.
func Fill(text string, to Lead) string {
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

// Warnings tells, a sentence a field, which placeholders of v nothing will
// replace. They are worth a look and no reason to refuse a save.
func Warnings(v Voice) []string {
	var warnings []string
	for _, f := range Fields() {
		var unknown []string
		for _, found := range placeholder.FindAllString(*f.Of(&v), -1) {
			if !slices.Contains(Placeholders(), found) && !slices.Contains(unknown, found) {
				unknown = append(unknown, found)
			}
		}
		if len(unknown) > 0 {
			warnings = append(warnings, f.Label+" holds "+strings.Join(unknown, ", ")+
				", which is not a placeholder and will be sent as it stands. Known ones: "+strings.Join(Placeholders(), ", ")+".")
		}
	}
	return warnings
}
