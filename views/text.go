package views

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// tr says an English text, with its arguments, in the language of whoever reads.
func tr(ctx context.Context, format string, args ...any) string { return i18n.T(ctx, format, args...) }

// quote says a name between quotation marks.
func quote(ctx context.Context, name string) string {
	return tr(ctx, "“%s”", persona.Isolate(name))
}

// inSentence returns words that were said for the head of something as they stand within a
// sentence: English writes them small.
func inSentence(ctx context.Context, said string) string {
	if i18n.Of(ctx) != i18n.English || strings.HasPrefix(said, "SMS") {
		return said
	}
	return uncapital(said)
}

// list writes names as part of a sentence: "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// count writes n things: "1 campaign", "1,204 campaigns", "no campaigns".
func count(n int, thing string) string {
	switch n {
	case 0:
		return "no " + thing + "s"
	case 1:
		return "1 " + thing
	}
	return persona.Thousands(n) + " " + thing + "s"
}

// countedVerb writes that n things are something.
func countedVerb(n int, thing, done string) string {
	if n == 1 {
		return "1 " + thing + " is " + done
	}
	return count(n, thing) + " are " + done
}

// namesShown is how many names a receipt lists.
const namesShown = 5

// someNames writes the first of some names, and how many more there are.
func someNames(ctx context.Context, names []string) string {
	shown := make([]string, 0, namesShown+1)
	for _, name := range names[:min(len(names), namesShown)] {
		shown = append(shown, quote(ctx, name))
	}
	if more := len(names) - namesShown; more > 0 {
		shown = append(shown, tr(ctx, "%d more", more))
	}
	return i18n.List(ctx, shown)
}

// label says what a field is called, as persona.Field has it.
func label(ctx context.Context, name string) string { return persona.Label(name).In(ctx) }

// within says a label as it stands within a sentence.
func within(ctx context.Context, name string) string { return persona.LabelWithin(name).In(ctx) }

// spaced puts a space before words, where there are any.
func spaced(words string) string {
	if words == "" {
		return ""
	}
	return " " + words
}

// capital begins words with a capital letter, which must stand in a language already.
func capital(words string) string {
	first, size := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(first)) + words[size:]
}

// uncapital begins words with a small letter: those that begin with no noun or name.
func uncapital(words string) string {
	first, size := utf8.DecodeRuneInString(words)
	return string(unicode.ToLower(first)) + words[size:]
}

// ahead says how long it is until t, after a space; "" where that is over.
func ahead(ctx context.Context, t time.Time) string {
	left := time.Until(t)
	minutes, hours := int(left.Round(time.Minute).Minutes()), int(left.Round(time.Hour).Hours())
	switch {
	case left <= 0:
		return ""
	case minutes == 0:
		return tr(ctx, " (in less than a minute)")
	case minutes < 60:
		return tr(ctx, " (in %d minutes)", minutes)
	case hours < 48:
		return tr(ctx, " (in %d hours)", hours)
	}
	return tr(ctx, " (in %d days)", int(left.Round(24*time.Hour).Hours()/24))
}
