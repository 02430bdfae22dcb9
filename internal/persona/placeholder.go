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
// lead's own words. Unknown placeholders stay as they are.
func Fill(text string, to Lead) string {
	return strings.NewReplacer("{firstName}", to.FirstName, "{lastName}", to.LastName, "{company}", to.Company).Replace(text)
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
