package drafting

import (
	"strings"
	"unicode/utf8"

	"personae/internal/lead"
)

// sentences returns the first n sentences of a text.
func sentences(text string, n int) string {
	list := lead.Sentences(text)
	return strings.Join(list[:min(n, len(list))], " ")
}

// Shorten returns the beginning of a text that is longer than limit characters,
// cut between two words where it can be, with an ellipsis.
func Shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := []rune(text)[:limit]
	cut := string(runes)
	if i := strings.LastIndexByte(cut, ' '); i > limit/2 {
		cut = cut[:i]
	}
	return cut + " …"
}
