package views_test

import (
	"strings"
	"testing"

	"personae/internal/testing/browser"
)

// TestWhatIsShownOnlyOnceIsCopiedWithAButton pastes it where it can be read back.
func TestWhatIsShownOnlyOnceIsCopiedWithAButton(t *testing.T) {
	t.Parallel()
	origin, _, _ := gallery(t)
	tab := browser.Open(t, origin, true)
	tab.Get("/tokens")
	tab.Press("Copy the secret")
	tab.Awaits("Copied")
	if got := tab.Focused(); got != "button: Copy the secret" {
		t.Errorf("the focus is on %q", got)
	}
	tab.Paste("Name")
	if got, want := tab.Value("Name"), "pat_"+strings.Repeat("x", 43); got != want {
		t.Errorf("copied %q and not %q", got, want)
	}
	tab.Switch(false)
	tab.Get("/tokens")
	if tab.Has("button", "Copy the secret") {
		t.Error("a button is offered that does nothing without script")
	}
}
