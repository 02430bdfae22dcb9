package persona

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/bidi"

	"personae/internal/i18n"
)

// CheckName appends to errs what is wrong with a clean name: what CheckText
// finds, or a character that nobody sees and that makes two names look alike or
// turns the text around it. missing is said of a name in which nothing is seen.
func CheckName(errs []FieldError, field, label, missing, name string, limit int) []FieldError {
	tidy, at := tidyName(name)
	if tidy == "" && utf8.ValidString(name) {
		return append(errs, FieldError{field, i18n.Say(missing)})
	}
	if wrong := CheckText(nil, field, label, name, limit, true); len(wrong) > 0 {
		return append(errs, wrong...)
	}
	if at >= 0 {
		return append(errs, FieldError{field,
			i18n.Say("%s holds an invisible character at character %d (%U). Remove it or type the name again",
				i18n.Say(label), at+1, []rune(name)[at])})
	}
	return errs
}

// CopyName returns the name of a duplicate of name: "Name (copy)", then
// "Name (copy 2)" and so on, the first that taken does not hold. A name too
// long for the ending is shortened to fit.
func CopyName(name string, taken func(string) bool) string {
	for n := 1; ; n++ {
		suffix := " (copy)"
		if n > 1 {
			suffix = " (copy " + strconv.Itoa(n) + ")"
		}
		stem := TidyName(Cut(name, NameLimit-len(suffix)))
		if candidate := strings.TrimSpace(stem + suffix); !taken(candidate) {
			return candidate
		}
	}
}

// NextName returns name, then "Name (2)", "Name (3)" and so on: the first that taken does not
// hold. A name too long for the ending is shortened to fit.
func NextName(name string, taken func(string) bool) string {
	candidate := name
	for n := 2; taken(candidate); n++ {
		suffix := " (" + strconv.Itoa(n) + ")"
		candidate = TidyName(Cut(name, NameLimit-len(suffix))) + suffix
	}
	return candidate
}

// TidyName returns a name without the characters that nobody sees; empty where
// none of it is seen.
func TidyName(name string) string {
	tidy, _ := tidyName(name)
	return tidy
}

// Isolate returns a name as it stands within a sentence: one that runs from right to
// left, or holds a character that turns the text around it, between the characters
// that keep it from turning the rest. Any other name stays as it is.
func Isolate(name string) string {
	if !strings.ContainsFunc(name, turns) {
		return name
	}
	const first, pop = "\u2068", "\u2069"
	return first + TidyName(name) + pop
}

// turns reports whether a character is laid out from right to left, or has others
// laid out so.
func turns(r rune) bool {
	if r < '\u0590' { // the first of these is Hebrew
		return false
	}
	p, _ := bidi.LookupRune(r)
	switch p.Class() {
	case bidi.R, bidi.AL, bidi.AN, bidi.LRO, bidi.RLO, bidi.LRE, bidi.RLE, bidi.PDF, bidi.LRI, bidi.RLI, bidi.FSI,
		bidi.PDI:
		return true
	}
	return false
}

// tidyName also returns the place of the first character that it left out; -1:
// none.
func tidyName(name string) (tidy string, at int) {
	const blackFlag = '\U0001F3F4' // begins the flags of England, Scotland and Wales, which are spelt in tags
	var kept []rune
	at = -1
	seen, flag := false, false
	runes := []rune(name)
	for i, r := range runes {
		tag := unicode.In(r, tags)
		flag = r == blackFlag || flag && tag
		var unwanted bool
		switch {
		case unicode.Is(unicode.Join_Control, r):
			// It joins what stands before it, which it does at the end only of a
			// mark: some Indic letters are written so.
			before := len(kept) > 0 && !blank(kept[len(kept)-1])
			after := i+1 < len(runes) && !blank(runes[i+1])
			unwanted = !before || !after && !unicode.IsMark(kept[len(kept)-1])
		case tag:
			unwanted = !flag
		default:
			unwanted = hidden(r)
		}
		if !unwanted {
			kept = append(kept, r)
			seen = seen || !blank(r) && !unicode.Is(unicode.Variation_Selector, r)
		} else if at < 0 {
			at = i
		}
	}
	if !seen {
		return "", at
	}
	return strings.TrimSpace(string(kept)), at
}

var tags = &unicode.RangeTable{R32: []unicode.Range32{{Lo: 0xE0020, Hi: 0xE007F, Stride: 1}}}

// hidden reports whether nobody sees a character that is no space: what formats or
// fills, a blank pattern of Braille, and the line ends of Unicode. A few that
// Unicode counts with these are seen, such as the Arabic sign of the year.
func hidden(r rune) bool {
	return r == '\u2800' || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp,
		unicode.Other_Default_Ignorable_Code_Point) &&
		!unicode.In(r, unicode.Prepended_Concatenation_Mark, unicode.Join_Control)
}

func blank(r rune) bool {
	return unicode.IsSpace(r) || unicode.Is(unicode.Join_Control, r) || hidden(r)
}
