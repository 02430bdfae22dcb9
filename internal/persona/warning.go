package persona

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"personae/internal/i18n"
)

// Warning says what looks wrong with the words of a field. It is worth a look
// and no reason to refuse a save.
type Warning struct {
	Field   string    // as Field.Name has it
	Message i18n.Text // a sentence or two for a person
}

// Warnings returns, field by field, which placeholders of v nothing will replace,
// how those are written that other tools spell differently, and which braces lack
// their partner.
func Warnings(v Voice) []Warning {
	var warnings []Warning
	for _, f := range Fields() {
		for _, message := range warningsOf(f.Called(), *f.Of(&v)) {
			warnings = append(warnings, Warning{f.Name, message})
		}
	}
	return warnings
}

// shownTokens is how many placeholders a warning names.
const shownTokens = 3

func warningsOf(label i18n.Text, text string) []i18n.Text {
	var messages []i18n.Text
	other, unknown := foreign(text)
	if len(other) > 0 {
		spellings, instead := make([]string, len(other)), make([]string, len(other))
		for i, o := range other {
			spellings[i], instead[i] = o.spelling, o.right
		}
		instead = slices.Compact(instead)
		format := i18n.N("%s holds %s, which is sent as it stands. Write %s instead.")
		if len(other) > 1 {
			format = i18n.N("%s holds %s, which are sent as they stand. Write %s instead.")
		}
		messages = append(messages, i18n.Say(format, label, someTokens(spellings),
			strings.Join(instead[:min(len(instead), shownTokens)], ", ")))
	}
	if len(unknown) > 0 {
		format := i18n.N("%s holds %s, which is not a placeholder and will be sent as it stands. Known ones: %s.")
		if len(unknown) > 1 {
			format = i18n.N("%s holds %s, which are not placeholders and will be sent as they stand. Known ones: %s.")
		}
		messages = append(messages, i18n.Say(format, label, someTokens(unknown), strings.Join(Placeholders(), ", ")))
	}
	if words := unbalanced(text); words != "" {
		messages = append(messages, i18n.Say("%s has a brace without its partner, at “%s”, which will be sent as it stands.", label, words))
	}
	return messages
}

// someTokens names the first of some tokens.
func someTokens(tokens []string) i18n.Text {
	if n := len(tokens) - shownTokens; n > 0 {
		return i18n.Say("%s and %d more", strings.Join(tokens[:shownTokens], ", "), n)
	}
	return i18n.Say("%s", strings.Join(tokens, ", "))
}

// otherSpelling is a placeholder as another tool writes it, and as it works here.
type otherSpelling struct{ spelling, right string }

// spelling matches what some tool takes for a placeholder. Those whose marks people
// also use for other things count only where a name that we know is inside.
var spelling = regexp.MustCompile(strings.Join([]string{
	`[$#%]?\{\{\{?([^{}\n]{0,60})\}\}\}?`,   // {{first_name}}, {{{firstName}}}
	`[$#%]\{([^{}\n]{0,60})\}`,              // ${firstName}, #{first_name}
	`\{([^{}\n]{0,60})\}`,                   // {firstName}, {nick}, {}
	`\*\|([^|\n]{1,60})\|\*`,                // *|FNAME|*
	`%%?([A-Za-z][A-Za-z0-9_. ]{1,40})%%?`,  // %FIRSTNAME%
	`\[\[?([A-Za-z][A-Za-z_. ]{1,40})\]?\]`, // [First Name]
	`<<?([A-Za-z][A-Za-z_. ]{1,40})>>?`,     // <First Name>
	`«([\p{L}][\p{L}_. ]{1,40})»`,           // «First_Name»
	`__([A-Za-z][A-Za-z]{1,40})__`,          // __FIRSTNAME__
}, "|"))

// foreign returns the placeholders in text that are spelled as other tools do, and
// those that no tool knows, each once.
func foreign(text string) (other []otherSpelling, unknown []string) {
	if !strings.ContainsAny(text, "{[<«%*_") { // most texts, and the expression is slow
		return nil, nil
	}
	for _, found := range spelling.FindAllString(text, -1) {
		if placeholder.FindString(found) == found {
			continue
		}
		if right := spelledHere(found); right != "" {
			other = append(other, otherSpelling{found, right})
		} else if strings.ContainsAny(found, "{}") && !slices.Contains(unknown, found) {
			unknown = append(unknown, found)
		}
	}
	slices.SortStableFunc(other, func(a, b otherSpelling) int { return strings.Compare(a.spelling, b.spelling) })
	return slices.Compact(other), unknown
}

// spelledHere returns the placeholder that another tool's spelling means, with
// its fallback; "" if it means none of ours.
func spelledHere(found string) string {
	inside := strings.TrimSpace(strings.Trim(found, "{}[]<>«»*|%#$_ "))
	name, fallback, _ := strings.Cut(inside, "|")
	if i := strings.LastIndexByte(name, '.'); i >= 0 { // contact.first_name
		name = name[i+1:]
	}
	name = strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, name))
	right := map[string]string{
		"firstname":    "firstName",
		"fname":        "firstName",
		"first":        "firstName",
		"givenname":    "firstName",
		"forename":     "firstName",
		"lastname":     "lastName",
		"lname":        "lastName",
		"last":         "lastName",
		"surname":      "lastName",
		"familyname":   "lastName",
		"company":      "company",
		"companyname":  "company",
		"organization": "company",
		"organisation": "company",
		"accountname":  "company",
	}[name]
	if right == "" {
		return ""
	}
	// {{ first_name | default: "there" }}
	if _, words, quoted := strings.Cut(fallback, ":"); quoted {
		fallback = words
	}
	if fallback = strings.Trim(fallback, ` "'“”‘’`); fallback != "" {
		return "{" + right + "|" + fallback + "}"
	}
	return "{" + right + "}"
}

// unbalanced returns the words at the first brace of a line that is never closed
// or was never opened; "" if there is none.
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
