package seal_test

import (
	"errors"
	"strings"
	"testing"

	"personae/internal/seal"
)

func keys(t *testing.T, texts ...string) seal.Keys {
	t.Helper()
	k, err := seal.New(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestASecretOpensInItsRowWithItsKeyAlone(t *testing.T) {
	t.Parallel()
	one, other := keys(t, "one"), keys(t, "other")
	stored := one.Seal("hooks/1", "whsec_x")
	if strings.Contains(stored, "whsec") || stored == one.Seal("hooks/1", "whsec_x") {
		t.Error("what is stored shows the secret, or that two are the same:", stored)
	}
	if got, err := one.Open("hooks/1", stored); err != nil || got != "whsec_x" {
		t.Errorf("opened as %q, %v", got, err)
	}
	changed := stored[:len(stored)-1] + string(stored[len(stored)-1]^1)
	for name, open := range map[string]func() (string, error){
		"another key": func() (string, error) { return other.Open("hooks/1", stored) },
		"no key":      func() (string, error) { return seal.Keys{}.Open("hooks/1", stored) },
		"another row": func() (string, error) { return one.Open("hooks/2", stored) },
		"changed":     func() (string, error) { return one.Open("hooks/1", changed) },
		"cut":         func() (string, error) { return one.Open("hooks/1", stored[:12]) },
		"empty":       func() (string, error) { return one.Open("hooks/1", "sealed:") },
	} {
		if got, err := open(); !errors.Is(err, seal.ErrUnreadable) || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestAnOlderKeyOpensAndTheFirstSeals(t *testing.T) {
	t.Parallel()
	old, both := keys(t, "old"), keys(t, "new", "old")
	stored := old.Seal("r", "s")
	if got, err := both.Open("r", stored); err != nil || got != "s" || both.Current(stored) {
		t.Errorf("%q, %v, current: %t", got, err, both.Current(stored))
	}
	again := both.Seal("r", "s")
	if _, err := old.Open("r", again); err == nil || !both.Current(again) {
		t.Error("sealed with the older key")
	}
}

func TestWithoutAKeyASecretStaysAsItIs(t *testing.T) {
	t.Parallel()
	var none seal.Keys
	if got := none.Seal("r", "s"); got != "s" || !none.Current("s") || none.Any() {
		t.Error(got)
	}
	some := keys(t, "k")
	if got, err := some.Open("r", "s"); err != nil || got != "s" || some.Current("s") {
		t.Errorf("%q, %v", got, err)
	}
}
