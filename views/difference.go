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
func Changes(ctx context.Context, before, after persona.Content) []Change {
	var list []Change
	if before.Name != after.Name {
		list = append(list, Change{tr(ctx, "Name"), before.Name, after.Name})
	}
	return append(list, turned(ctx, persona.DiffContent(before, after))...)
}

func turned(ctx context.Context, changed []persona.FieldChange) []Change {
	list := make([]Change, len(changed))
	for i, c := range changed {
		list[i] = Change{c.Called().In(ctx), shown(ctx, c.Field, c.Before), shown(ctx, c.Field, c.After)}
	}
	return list
}

// differenceHTML marks what differs, word by word. It is not a component
// because white space between the pieces would become part of the words.
func differenceHTML(ctx context.Context, before, after string) string {
	var b strings.Builder
	for _, p := range persona.Words(before, after, comparing(ctx)) {
		b.WriteString(pieceHTML(ctx, p))
	}
	return b.String()
}

func pieceHTML(ctx context.Context, p persona.Piece) string {
	text := templ.EscapeString(p.Text)
	switch p.Kind {
	case persona.Removed:
		return `<del>` + hiddenHTML(tr(ctx, "removed: ")) + text + hiddenHTML(tr(ctx, " (end of removed) ")) + `</del>`
	case persona.Added:
		return `<ins>` + hiddenHTML(tr(ctx, "added: ")) + text + hiddenHTML(tr(ctx, " (end of added) ")) + `</ins>`
	case persona.InBoth:
	}
	return text
}

// hiddenHTML are words that are only spoken.
func hiddenHTML(words string) string {
	return `<span class="vh">` + templ.EscapeString(words) + `</span>`
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
