package origin

import (
	"strings"
	"testing"
)

func TestPersonWithoutAnAddressHasNone(t *testing.T) {
	t.Parallel()
	for in, want := range map[Person]Person{
		{Email: " ada@example.com "}:             {Email: "ada@example.com", Name: "ada"},
		{Email: "Ada <ada@example.com>"}:         {},
		{Email: "ada", Name: "Ada\nMorgan"}:      {Name: "Ada Morgan"},
		{Email: strings.Repeat("x", 260) + "@x"}: {},
	} {
		if got := in.Repaired(); got != want {
			t.Errorf("%+v: %+v, want %+v", in, got, want)
		}
	}
}
