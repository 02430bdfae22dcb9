package views

import (
	"context"
	"strings"
	"time"

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
func someNames(names []string) string {
	shown := make([]string, 0, namesShown)
	for _, name := range names[:min(len(names), namesShown)] {
		shown = append(shown, quoted(name))
	}
	if more := len(names) - namesShown; more > 0 {
		shown = append(shown, persona.Thousands(more)+" more")
	}
	return list(shown)
}

// spaced puts a space before words, where there are any.
func spaced(words string) string {
	if words == "" {
		return ""
	}
	return " " + words
}

func capital(words string) string { return strings.ToUpper(words[:1]) + words[1:] }

func uncapital(words string) string { return strings.ToLower(words[:1]) + words[1:] }

// ahead says how long it is until t; "" where that is over.
func ahead(t time.Time) string {
	left := time.Until(t)
	minutes, hours := int(left.Round(time.Minute).Minutes()), int(left.Round(time.Hour).Hours())
	switch {
	case left <= 0:
		return ""
	case minutes == 0:
		return " (in less than a minute)"
	case minutes < 60:
		return " (in " + count(minutes, "minute") + ")"
	case hours < 48:
		return " (in " + count(hours, "hour") + ")"
	}
	return " (in " + count(int(left.Round(24*time.Hour).Hours()/24), "day") + ")"
}
