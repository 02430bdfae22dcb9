package drafting

import (
	"strings"

	"personae/internal/lead"
	"personae/internal/persona"
)

// sentences returns the first n sentences of a text.
func sentences(text string, n int) string {
	list := lead.Sentences(text)
	return strings.Join(list[:min(n, len(list))], " ")
}

// Shorten returns the beginning of a text that is longer than limit characters,
// cut between two words where it can be, with an ellipsis.
func Shorten(text string, limit int) string {
	cut := persona.Cut(text, limit)
	if cut == text {
		return text
	}
	if i := strings.LastIndexByte(cut, ' '); i > limit/2 {
		cut = cut[:i]
	}
	return cut + " …"
}
