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
