package persona_test

import (
	"strings"
	"testing"
	"time"

	"personae/internal/persona"
)

func TestDifferenceIsByWords(t *testing.T) {
	t.Parallel()
	same(t, "pieces", persona.Words("Dear Mr. Müller,\nhello", "Dear Ms. Müller,\nhello there",
		time.Minute), []persona.Piece{
		{Kind: persona.InBoth, Text: "Dear "}, {Kind: persona.Removed, Text: "Mr"}, {Kind: persona.Added, Text: "Ms"},
		{Kind: persona.InBoth, Text: ". Müller,\nhello"}, {Kind: persona.Added, Text: " there"}})
	same(t, "a space between two that changed", persona.Words("a b c", "d e c", time.Minute), []persona.Piece{
		{Kind: persona.Removed, Text: "a b"}, {Kind: persona.Added, Text: "d e"}, {Kind: persona.InBoth, Text: " c"}})
	same(t, "a space before and behind", persona.Words(" a ", " b ", time.Minute), []persona.Piece{
		{Kind: persona.InBoth, Text: " "}, {Kind: persona.Removed, Text: "a"}, {Kind: persona.Added, Text: "b"},
		{Kind: persona.InBoth, Text: " "}})
	same(t, "nothing", persona.Words("", "", time.Minute), []persona.Piece(nil))
	same(t, "all new", persona.Words("", "a", time.Minute), []persona.Piece{{Kind: persona.Added, Text: "a"}})
}

func TestADifferenceCutsNoCharacterInTwo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ before, after, removed, added string }{
		{"Dear Rene, hi", "Dear Rene\u0301, hi", "Rene", "Rene\u0301"},
		{"A 🇩🇪 flag", "A 🇩🇰 flag", "🇩🇪", "🇩🇰"},
		{"👨‍👩‍👧 family", "👨‍👩‍👦 family", "👨‍👩‍👧", "👨‍👩‍👦"},
		{"👍🏽 yes", "👍🏿 yes", "👍🏽", "👍🏿"},
		{"❤️!", "❤!", "❤️", "❤"},
		{"1️⃣ one", "2️⃣ one", "1️⃣", "2️⃣"},
		{"-\u0301 x", "- x", "-\u0301", "-"},
	} {
		var removed, added string
		for _, p := range persona.Words(c.before, c.after, time.Minute) {
			switch p.Kind {
			case persona.Removed:
				removed += p.Text
			case persona.Added:
				added += p.Text
			case persona.InBoth:
			}
		}
		same(t, c.before, []string{removed, added}, []string{c.removed, c.added})
	}
}

func TestACutCutsNoCharacterInTwo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"", 2, ""}, {"abe\u0301", 3, "ab"}, {"a👨‍👩‍👧b", 5, "a"},
		{"a👨‍👩‍👧b", 6, "a👨‍👩‍👧"}, {"e\u0301\u0301", 2, "e\u0301"},
	} {
		same(t, c.text, persona.Cut(c.text, c.limit), c.want)
	}
	taken := func(string) bool { return false }
	same(t, "copy", persona.CopyName(strings.Repeat("a", 72)+"👨‍👩‍👧", taken), strings.Repeat("a", 72)+" (copy)")
}

// TestWithoutTimeTheWholeTextsDiffer is of texts that the library would compare for
// seconds. The page that shows many has a test in views.
func TestWithoutTimeTheWholeTextsDiffer(t *testing.T) {
	t.Parallel()
	before, after := strings.Repeat("ab, cd. ", 1000), strings.Repeat("x; y! ", 1333)
	same(t, "pieces", persona.Words(before, after, 0), []persona.Piece{{Kind: persona.Removed, Text: before},
		{Kind: persona.Added, Text: after}})
}

func FuzzWords(f *testing.F) {
	f.Add("a b", "b c")
	f.Add("😀 a", "é\n\n")
	f.Fuzz(func(t *testing.T, before, after string) {
		before, after = persona.Clean(before), persona.Clean(after)
		if len(persona.CheckText(nil, "", "", before+after, 10000, false)) > 0 {
			return // no text that is ever stored
		}
		var a, b strings.Builder
		for _, p := range persona.Words(before, after, time.Second) {
			if p.Kind != persona.Added {
				a.WriteString(p.Text)
			}
			if p.Kind != persona.Removed {
				b.WriteString(p.Text)
			}
		}
		if a.String() != before || b.String() != after {
			t.Fatalf("%q, %q become %q, %q", before, after, a.String(), b.String())
		}
	})
}
