package auth_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/trustelem/zxcvbn/frequency"

	"personae/internal/auth"
)

func TestPasswordsThatAreTriedFirstAreRefused(t *testing.T) {
	t.Parallel()
	refused := 0
	for _, word := range frequency.FrequencyLists["passwords"] {
		if len([]rune(word)) < auth.MinPassword {
			continue
		}
		var weak *auth.WeakPasswordError
		if err := auth.CheckNew(strings.ToUpper(word)); !errors.As(err, &weak) || weak.Weakness != auth.Common {
			t.Fatalf("%q: %v", word, err)
		}
		refused++
	}
	if refused < 3000 {
		t.Errorf("only %d of eight characters and more are known", refused)
	}
	for _, word := range []string{"password", "Password1", "12345678", "qwertyuiop", "iloveyou", "Elizabeth", "football"} {
		if auth.CheckNew(word) == nil {
			t.Errorf("%q is taken", word)
		}
	}
}

func TestPasswordsThatSayLittleMoreThanWhoOneIsAreRefused(t *testing.T) {
	t.Parallel()
	known := []string{"ada.morgan@example.com", "Ada Morgan-Reyes"}
	for password, ok := range map[string]bool{
		"ada.morgan@example.com": false, "ADA.MORGAN": false, "adamorgan2026": false, "Morgan!1999": false,
		"morganreyes": false, "personae": false, "Personae-2026": false, "personae123!": false, "Example.com1": false,
		"correct horse": true, "morgan likes tea": true, "personae-demo": true, "91735284610": true, "ünrelated wörds": true,
	} {
		var weak *auth.WeakPasswordError
		err := auth.CheckNew(password, known...)
		if ok != (err == nil) || err != nil && (!errors.As(err, &weak) || weak.Weakness != auth.Known) {
			t.Errorf("%q: %v", password, err)
		}
	}
}

// TestSigningInHasASlotWhileOthersChoosePasswords takes all slots in which new hashes
// are made.
func TestSigningInHasASlotWhileOthersChoosePasswords(t *testing.T) {
	t.Parallel()
	p, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := p.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	defer auth.FillFresh(p)()
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Hash(short, "correct horse"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a hash more: %v", err)
	}
	if ok, err := p.Check(t.Context(), hash, "correct horse"); !ok || err != nil {
		t.Errorf("signing in: %t, %v", ok, err)
	}
}
