package views

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"personae/internal/persona"
)

// Change is one field before and after.
type Change struct {
	Label         string
	Before, After string
}

// Changes lists what differs between two versions of a persona, the name first.
func Changes(before, after persona.Content) []Change {
	var list []Change
	if before.Name != after.Name {
		list = append(list, Change{"Name", before.Name, after.Name})
	}
	return append(list, turned(persona.DiffContent(before, after))...)
}

func turned(changed []persona.FieldChange) []Change {
	list := make([]Change, len(changed))
	for i, c := range changed {
		list[i] = Change{c.Label, c.Before, c.After}
	}
	return list
}

// differenceHTML marks what differs, word by word. It is not a component
// because white space between the pieces would become part of the words.
func differenceHTML(ctx context.Context, before, after string) string {
	var b strings.Builder
	for _, p := range persona.Words(before, after, comparing(ctx)) {
		b.WriteString(pieceHTML(p))
	}
	return b.String()
}

func pieceHTML(p persona.Piece) string {
	text := templ.EscapeString(p.Text)
	switch p.Kind {
	case persona.Removed:
		return `<del><span class="vh">removed: </span>` + text + `<span class="vh"> (end of removed) </span></del>`
	case persona.Added:
		return `<ins><span class="vh">added: </span>` + text + `<span class="vh"> (end of added) </span></ins>`
	case persona.InBoth:
	}
	return text
}

// compareTime is how long the texts of one page are compared, all together.
// Whoever may write can make texts of which each pair would take a second.
const compareTime = time.Second

type comparingKey struct{}

// WithComparing returns the context in which a page is rendered.
func WithComparing(ctx context.Context) context.Context {
	return context.WithValue(ctx, comparingKey{}, time.Now().Add(compareTime))
}

// comparing returns what is left of the time.
func comparing(ctx context.Context) time.Duration {
	until, _ := ctx.Value(comparingKey{}).(time.Time)
	return time.Until(until)
}
