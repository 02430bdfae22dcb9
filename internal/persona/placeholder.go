package persona

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Recipient is the person whom a message addresses.
type Recipient struct {
	FirstName, LastName, Company string
}

// Placeholders lists the placeholders that words which reach a lead may hold.
func Placeholders() []string { return []string{"{firstName}", "{lastName}", "{company}"} }

// placeholder matches one of them, alone or with what stands there when it is
// not known: "{firstName|there}".
var placeholder = regexp.MustCompile(`\{(firstName|lastName|company)(?:\|([^{}\n]*))?\}`)

// Fill returns text with every occurrence of every placeholder replaced by the
// recipient's own words. Where there are none, the placeholder's fallback stands
// there; without one, the words around it close up, so that no stray comma,
// space or bracket is left: "Hello, {firstName}!" becomes "Hello!". Anything
// else in braces stays as it is.
func Fill(text string, to Recipient) string {
	values := map[string]string{
		"firstName": KnownName(to.FirstName), "lastName": KnownName(to.LastName), "company": KnownName(to.Company),
	}
	var b strings.Builder
	end, missing := 0, false
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		if partOfLonger(text, at[0], at[1]) {
			continue
		}
		b.WriteString(strings.ReplaceAll(text[end:at[0]], hole, ""))
		end = at[1]
		value := values[text[at[2]:at[3]]]
		if value == "" && at[4] >= 0 {
			value = strings.TrimSpace(text[at[4]:at[5]])
		}
		if value == "" {
			value, missing = hole, true
		}
		b.WriteString(value)
	}
	b.WriteString(strings.ReplaceAll(text[end:], hole, ""))
	if !missing {
		return b.String()
	}
	return closeUp(b.String())
}

// partOfLonger reports whether the placeholder at text[from:to] is the inside of
// another tool's spelling, such as {{firstName}} or ${firstName}.
func partOfLonger(text string, from, to int) bool {
	before, after := text[:from], text[to:]
	return strings.HasSuffix(before, "{") || strings.HasPrefix(after, "}") ||
		strings.HasSuffix(before, "$") || strings.HasSuffix(before, "#")
}

// hole stands for a placeholder that nothing fills, while the words around it
// close up. No stored text holds it.
const hole = "\x00"

// The parts of what closes up around a hole: space within a line, and marks that
// end or divide a sentence.
const (
	space    = `[\t\p{Zs}]`
	mark     = `[,;:!?.…،؛؟，、。：；！？]`
	opening  = `[(\[<"“„«‘‹]`
	closing  = `[)\]>"”“»’›]`
	divider  = `[/|&+–—-]`
	quantity = `(?:` + hole + `(?:` + space + `+` + hole + `)*)`
)

// closing up goes in this order.
var closeUps = []struct {
	pattern *regexp.Regexp
	with    string
}{
	// "{firstName}’s company": what belongs to nobody.
	{regexp.MustCompile(hole + `['’]s\b`), hole},
	// "({firstName})", "“{company}”"
	{regexp.MustCompile(space + `*` + opening + space + `*` + quantity + space + `*` + closing), hole},
	// "{firstName} {lastName}", "{firstName} / {company}"
	{regexp.MustCompile(hole + `(?:` + space + `*` + divider + `?` + space + `*` + hole + `)+`), hole},
	// "{firstName} – Harbor", "Harbor – {company}"
	{regexp.MustCompile(`(?m)^` + space + `*` + hole + space + `+` + divider + space + `+`), ""},
	{regexp.MustCompile(space + `+` + divider + space + `*` + hole), hole},
	// "{firstName}, one question", "¿{firstName}? Hola"
	{regexp.MustCompile(`(?m)^` + space + `*[¡¿]?` + hole + mark + `*` + space + `*`), ""},
	// "Hello, {firstName}!", "Hi, {firstName}, I"
	{regexp.MustCompile(space + `*[,،，、]` + space + `*` + hole + space + `*(` + mark + `)`), "$1"},
	{regexp.MustCompile(`(?m)` + space + `*[,،，、]` + space + `*` + hole + space + `*$`), ""},
	// "Hi {firstName},", "looking at {company} today"
	{regexp.MustCompile(space + `*` + hole), ""},
}

func closeUp(text string) string {
	for _, c := range closeUps {
		text = c.pattern.ReplaceAllString(text, c.with)
	}
	return text
}

// KnownName returns a lead's name or company as a message may write it, or "" if
// it names nobody: nothing that can be seen, or what programs write where they
// know nothing, such as "N/A" or "null". Characters that nobody sees and that
// turn the text around them are left out.
func KnownName(name string) string {
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) && r != zeroWidthNonJoiner && r != zeroWidthJoiner {
			return -1
		}
		return r
	}, name))
	if strings.IndexFunc(name, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r)
	}) < 0 {
		return ""
	}
	switch strings.Trim(name, "()[]<>{}# ") {
	// Null and None are names of people; not as programs write them.
	case "null", "NULL", "nil", "None", "none", "NONE", "nan", "NaN", "undefined", "unknown", "Unknown", "UNKNOWN",
		"n/a", "N/A", "N/a", "n.a.", "N.A.", "n/d", "N/D":
		return ""
	}
	return name
}

// What joins and keeps apart letters of some scripts, so it may stand in a name.
const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// SampleLead returns somebody to try words on.
func SampleLead() Recipient { return Recipient{FirstName: "Ana", LastName: "Silva", Company: "Acme"} }

// Filled returns v with the placeholders filled in each field whose words can
// reach a lead as they stand.
func (v Voice) Filled(to Recipient) Voice {
	for _, f := range Fields() {
		if slices.Contains([]string{"display_name", "greeting", "sms_greeting", "signature", "service_description"}, f.Name) {
			*f.Of(&v) = Fill(*f.Of(&v), to)
		}
	}
	return v
}

// Reading is how the words of one field reach somebody.
type Reading struct {
	Label    string
	Known    string // whose names are known
	Nameless string // whose first name is not
	SMS      bool   // it opens a text message
}

// Readings returns how a persona of v opens and closes to a lead, as a draft has
// it: gaps are filled, and placeholders replaced.
func Readings(workspace string, v Voice, to Recipient) []Reading {
	nameless := to
	nameless.FirstName = ""
	v = Resolve(ResolveInput{Workspace: workspace, Settings: v}).Voice
	if v.Signature == "" {
		v.Signature = v.DisplayName
	}
	var list []Reading
	for _, f := range Fields() {
		switch f.Name {
		case "greeting", "sms_greeting", "signature":
			text := *f.Of(&v)
			list = append(list, Reading{f.Label, Fill(text, to), Fill(text, nameless), f.Name == "sms_greeting"})
		}
	}
	return list
}
