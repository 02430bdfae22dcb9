package auth_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"personae/internal/auth"
)

func TestPasswordIsCheckedAgainstItsHash(t *testing.T) {
	t.Parallel()
	p, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := p.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash is %s", hash)
	}
	for password, want := range map[string]bool{
		"correct horse":                true,
		"Correct horse":                false,
		"":                             false,
		strings.Repeat("x", 1_000_000): false,
	} {
		ok, err := p.Check(t.Context(), hash, password)
		if err != nil || ok != want {
			t.Errorf("%.20q: %t, %v", password, ok, err)
		}
	}
	if ok, err := p.Check(t.Context(), "nonsense", "correct horse"); ok || err == nil {
		t.Error("an unreadable hash is no error")
	}
}

func TestAPasswordIsTheSameHoweverItsAccentsAreTyped(t *testing.T) {
	t.Parallel()
	p, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		t.Fatal(err)
	}
	const composed, decomposed = "Caf\u00e9 \u00fcber", "Cafe\u0301\u00a0u\u0308ber"
	older, err := argon2id.CreateHash(decomposed, argon2id.DefaultParams)
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{composed, decomposed} {
		hash, err := p.Hash(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		for typed, want := range map[string]bool{composed: true, decomposed: true, "Cafe uber": false,
			"caf\u00e9 \u00fcber": false} {
			if ok, err := p.Check(t.Context(), hash, typed); err != nil || ok != want {
				t.Errorf("set as %+q, typed as %+q: %t, %v", set, typed, ok, err)
			}
		}
	}
	if ok, err := p.Check(t.Context(), older, decomposed); err != nil || !ok {
		t.Errorf("set before, typed as it was then: %t, %v", ok, err)
	}
	if _, err := p.Hash(t.Context(), strings.Repeat("e\u0301", 7)); err == nil {
		t.Error("an accent counts as a character")
	}
}

func TestNobodyHasNoPassword(t *testing.T) {
	t.Parallel()
	p, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		t.Fatal(err)
	}
	// Not even the one that is hashed to take as long as a real one.
	for _, password := range []string{"nobody has this password", ""} {
		if ok, err := p.Check(t.Context(), "", password); ok || err != nil {
			t.Errorf("%q: %t, %v", password, ok, err)
		}
	}
}

// TestNobodyCostsAsMuchAsSomebody counts hash computations by the memory that each takes,
// which no other test uses meanwhile.
func TestNobodyCostsAsMuchAsSomebody(t *testing.T) { //nolint:paralleltest // it would count those of others
	p, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		t.Fatal(err)
	}
	somebody, err := p.Hash(t.Context(), "a password of somebody")
	if err != nil {
		t.Fatal(err)
	}
	computed := func(hash, password string) int {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if ok, err := p.Check(t.Context(), hash, password); ok || err != nil {
			t.Errorf("%q: %t, %v", password, ok, err)
		}
		runtime.ReadMemStats(&after)
		return int((after.TotalAlloc - before.TotalAlloc) / 1024 / uint64(auth.Cost.Memory))
	}
	for password, want := range map[string]int{"wrong": 1, "": 1, strings.Repeat("long", 100): 1, "e\u0301 is spelt in two": 2} {
		for who, hash := range map[string]string{"somebody": somebody, "nobody": ""} {
			if got := computed(hash, password); got != want {
				t.Errorf("%.20q: for %s it hashes %d times, want %d", password, who, got, want)
			}
		}
	}
}

func TestWhatAHashTookIsCollected(t *testing.T) { //nolint:paralleltest // it looks at the memory of all
	p, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := p.Check(t.Context(), "", "whatever it is"); err != nil {
			t.Fatal(err)
		}
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		if took := uint64(auth.Cost.Memory) << 10; now.HeapAlloc > took || now.NextGC > took {
			t.Errorf("%d MB are held, and %d before the next collection; a hash takes %d", now.HeapAlloc>>20, now.NextGC>>20, took>>20)
		}
	}
}

func TestShortAndLongPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	p, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		t.Fatal(err)
	}
	for password, ok := range map[string]bool{
		"1234567":                false,
		"éééééééé":               true,
		strings.Repeat("x", 256): true,
		strings.Repeat("x", 257): false,
	} {
		if _, err := p.Hash(t.Context(), password); (err == nil) != ok {
			t.Errorf("%d bytes: %v", len(password), err)
		}
	}
}

func TestWaitingForASlotEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	p, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		t.Fatal(err)
	}
	release := auth.FillSlots(p)
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := p.Check(ctx, "", "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
}
