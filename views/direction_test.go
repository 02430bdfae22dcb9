package views_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
	"personae/views"
)

// fromTheRight is a name that runs from right to left, as others than our forms
// may have written it.
const fromTheRight = "\u05e0\u05d5\u05e2\u05d4 3"

// TestANameFromTheRightTurnsNoSentence renders every page with personas that are
// called so. It is not parallel: it changes what the samples are made of.
func TestANameFromTheRightTurnsNoSentence(t *testing.T) {
	for _, p := range []*persona.Persona{&maya, &coach, &formal, &silent, &endless, &hostile} {
		before := p.Name
		t.Cleanup(func() { p.Name = before })
		p.Name = fromTheRight
	}
	seen := 0
	for name, c := range pages() {
		for _, n := range render(t, c).nodes {
			for child := n.FirstChild; child != nil; child = child.NextSibling {
				if n.Data == "h1" || n.Data == "title" { // the samples' own
					continue
				}
				if child.Type != html.TextNode || !strings.Contains(child.Data, fromTheRight) ||
					strings.Contains(child.Data, "://") {
					continue
				}
				seen++
				rest := strings.ReplaceAll(child.Data, persona.Isolate(fromTheRight), "")
				if strings.Contains(rest, fromTheRight) && !onItsOwn(n) {
					t.Errorf("%s: the name may turn the rest of %q in <%s>", name, child.Data, n.Data)
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("only %d names were looked at", seen)
	}
}

// onItsOwn reports whether what n says is laid out apart from what stands beside it.
func onItsOwn(n *html.Node) bool {
	if dir, _ := attr(n, "dir"); dir == "auto" {
		return true
	}
	return text(n) == fromTheRight && n.Data == "option" // a list of choices is laid out by the system
}

func TestNamesInTheActivityTurnNoSentence(t *testing.T) {
	t.Parallel()
	const name = "\u202eevil\u2069 \u05d0"
	for _, action := range audit.Actions() {
		e := audit.Entry{Action: action, Persona: name, From: name, To: name, Campaign: name, User: name,
			NewRole: access.Admin}
		said := strings.ReplaceAll(views.Phrase(t.Context(), e), persona.Isolate(name), "")
		if strings.ContainsAny(said, "\u202e\u05d0") {
			t.Errorf("%s: %q", action, said)
		}
	}
	if got := persona.Isolate(name); got != "\u2068evil \u05d0\u2069" {
		t.Errorf("isolated as %q", got)
	}
	for _, plain := range []string{"", "Ana", "Ren\u00e9 3", "Acme (UK)", "\u65b0"} {
		if got := persona.Isolate(plain); got != plain {
			t.Errorf("%q became %q", plain, got)
		}
	}
}
