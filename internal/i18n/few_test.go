package i18n

import (
	"slices"
	"strings"
	"testing"
)

// TestWhatIsSaidFasterIsSaidAsThePrinterSaysIt says each counted text with few and with many, and each
// text without a number.
func TestWhatIsSaidFasterIsSaidAsThePrinterSaysIt(t *testing.T) {
	t.Parallel()
	said := 0
	same := func(s *speaker, format string, args ...any) {
		t.Helper()
		said++
		if got, want := s.say(format, args), s.printer.Sprintf(format, args...); got != want {
			t.Errorf("%s, %v: %q, want %q", s.language, args, got, want)
		}
	}
	for _, s := range []*speaker{english(), german()} {
		for format := range s.counted {
			for _, n := range []int{-1, 0, 1, 2, 999, 1000, 1204} {
				same(s, format, n)
			}
		}
		for format := range s.plain {
			if n := strings.Count(format, "%s"); n > 0 && n == strings.Count(format, "%") {
				same(s, format, slices.Repeat([]any{"100 % <x>"}, n)...)
			}
		}
	}
	if said < 1000 {
		t.Errorf("only %d texts were said", said)
	}
}
