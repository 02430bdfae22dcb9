package persona

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/sergi/go-diff/diffmatchpatch"
)

// FieldChange is one field whose words differ between two voices.
type FieldChange struct {
	Field
	Before, After string
}

// Diff lists the fields in which b differs from a, in page order.
func Diff(a, b Voice) []FieldChange {
	var changes []FieldChange
	for _, f := range Fields() {
		if before, after := *f.Of(&a), *f.Of(&b); before != after {
			changes = append(changes, FieldChange{f, before, after})
		}
	}
	return changes
}

// Replaced lists the words in before that after does not keep, field by field.
func Replaced(before, after Voice) []FieldChange {
	return slices.DeleteFunc(Diff(before, after), func(c FieldChange) bool { return c.Before == "" })
}

// Piece is a run of words in the difference of two texts.
type Piece struct {
	Kind PieceKind
	Text string
}

// PieceKind says in which of two texts a Piece stands.
type PieceKind int

// The kinds.
const (
	InBoth PieceKind = iota
	Removed
	Added
)

// tokens yields what a difference is made of: words, the space between them, and each
// other character. None of them ends within what is one character to a reader, such as
// a letter and its accent, a flag or a family.
func tokens(text string) []string {
	const space, letter, other = 1, 2, 3
	var list []string
	last, from, end := 0, 0, 0
	for all := graphemes.FromString(text); all.Next(); {
		kind := other
		switch r, _ := utf8.DecodeRuneInString(all.Value()); {
		case unicode.IsSpace(r):
			kind = space
		case unicode.IsLetter(r) || unicode.IsNumber(r) || r == '_':
			kind = letter
		}
		if end > from && (kind != last || kind == other) {
			list, from = append(list, text[from:end]), end
		}
		last, end = kind, all.End()
	}
	if end > from {
		list = append(list, text[from:end])
	}
	return list
}

// Cut returns the beginning of a text, of at most limit characters, that ends within
// nothing that is one character to a reader.
func Cut(text string, limit int) string {
	fits, n := 0, 0
	for all := graphemes.FromString(text); all.Next(); fits = all.End() {
		if n += utf8.RuneCountInString(all.Value()); n > limit {
			break
		}
	}
	if fits == 0 && n > limit { // it is all one
		return string([]rune(text)[:limit])
	}
	return text[:fits]
}

// Words returns the difference of two texts, word by word: the pieces that are
// not Added make up before, those that are not Removed make up after. It takes
// little longer than within: what was not compared by then is one piece of each.
func Words(before, after string, within time.Duration) []Piece {
	if within <= 0 {
		return whole(before, after)
	}
	words := dictionary{numbers: map[string]rune{}}
	a, b := words.encode(before), words.encode(after)
	var pieces []Piece
	var removed, added string
	flush := func() {
		pieces = append(pieces, whole(removed, added)...)
		removed, added = "", ""
	}
	compare := diffmatchpatch.New()
	compare.DiffTimeout = within
	diffs := compare.DiffMainRunes(a, b, false)
	for i, d := range diffs {
		text := words.decode(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			removed += text
		case diffmatchpatch.DiffInsert:
			added += text
		case diffmatchpatch.DiffEqual:
			// A space that two changed words share does not part them for a reader.
			if i > 0 && i+1 < len(diffs) && strings.TrimSpace(text) == "" {
				removed += text
				added += text
				continue
			}
			flush()
			pieces = append(pieces, Piece{InBoth, text})
		}
	}
	flush()
	return pieces
}

// dictionary numbers words, for a library that compares runes: each different word
// becomes one.
type dictionary struct {
	numbers map[string]rune
	words   []string
}

// firstWord is the rune of the first word: private and surrogate code points, which
// must not come up, stand before it.
const firstWord = 0x10000

func (d *dictionary) encode(text string) []rune {
	var runes []rune
	for _, w := range tokens(text) {
		n, known := d.numbers[w]
		if !known {
			n = firstWord + rune(len(d.words))
			d.numbers[w] = n
			d.words = append(d.words, w)
		}
		runes = append(runes, n)
	}
	return runes
}

func (d *dictionary) decode(runes string) string {
	var text strings.Builder
	for _, r := range runes {
		text.WriteString(d.words[r-firstWord])
	}
	return text.String()
}

// whole returns what differs as a whole.
func whole(removed, added string) []Piece {
	var pieces []Piece
	if removed != "" {
		pieces = append(pieces, Piece{Removed, removed})
	}
	if added != "" {
		pieces = append(pieces, Piece{Added, added})
	}
	return pieces
}
