package views_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"personae/internal/access"
	"personae/views"
)

func TestEachAccountActionHasWords(t *testing.T) {
	t.Parallel()
	var trail []access.AccountEvent
	for _, action := range access.AccountActions() {
		trail = append(trail, access.AccountEvent{At: noon, Action: action})
	}
	shown := render(t, views.AccountPage(outside("Account"), views.Account{Name: "Ada", Trail: trail})).all("ol")
	if len(shown) != 1 {
		t.Fatalf("%d lists", len(shown))
	}
	var said []string
	for item := range shown[0].ChildNodes() {
		if item.Type == html.ElementNode {
			said = append(said, strings.TrimSpace(item.FirstChild.Data))
		}
	}
	if len(said) != len(trail) {
		t.Fatalf("of %d actions %d are shown", len(trail), len(said))
	}
	for n, words := range said {
		if words == "" || words == "span" || slices.Index(said, words) != n {
			t.Errorf("%s is %q, as is %q", trail[n].Action, words, trail[slices.Index(said, words)].Action)
		}
	}
}
