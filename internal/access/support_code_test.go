package access_test

import (
	"testing"

	"personae/internal/access"
)

func TestASupportCodeIsReadHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"K7MX-3RWD", "k7mx-3rwd", " k7mx 3rwd ", "K7MX3RWD", "k 7 m x – 3 r w d", "K7MX_3RWD"} {
		if code, ok := access.ReadCode(typed); !ok || code != "K7MX3RWD" {
			t.Errorf("%q is read as %q, %t", typed, code, ok)
		}
	}
	for typed, want := range map[string]string{"O5ZB-gsi1": "Q5286577", "0QLU7777": "QQ7V7777"} {
		if code, ok := access.ReadCode(typed); !ok || code != want {
			t.Errorf("%q is read as %q, %t", typed, code, ok)
		}
	}
	for _, typed := range []string{"", "K7MX-3RW", "K7MX-3RWDD", "Harbor Analytics", "K7MX-3RW!", "K7MX-3RWÄ"} {
		if code, ok := access.ReadCode(typed); ok || code != "" {
			t.Errorf("%q is read as %q", typed, code)
		}
	}
	if said := access.SayCode("K7MX3RWD"); said != "K7MX-3RWD" {
		t.Errorf("said as %q", said)
	}
}
