package persona

import (
	"regexp"
	"strings"
	"time"

	"github.com/sergi/go-diff/diffmatchpatch"
)

// Piece is a run of words in the difference of two texts.
type Piece struct {
	Kind PieceKind
	Text string
}

// PieceKind tells in which of two texts a Piece stands.
type PieceKind int

// The kinds.
const (
	InBoth PieceKind = iota
	Removed
	Added
)

var token = regexp.MustCompile(`\s+|[\p{L}\p{N}_]+|.`)

// Words returns the difference of two texts, word by word: the pieces that are
// not Added make up before, those that are not Removed make up after. It takes
// little longer than within: what was not compared by then is one piece of each.
func Words(before, after string, within time.Duration) []Piece {
	if within <= 0 {
		return whole(before, after)
	}
	// The library compares runes, so each different word becomes one. Private
	// and surrogate code points must not come up, so counting starts past them.
	const first = 0x10000
	numbers := map[string]rune{}
	var words []string
	encode := func(text string) []rune {
		var runes []rune
		for _, w := range token.FindAllString(text, -1) {
			n, known := numbers[w]
			if !known {
				n = first + rune(len(words))
				numbers[w] = n
				words = append(words, w)
			}
			runes = append(runes, n)
		}
		return runes
	}
	a, b := encode(before), encode(after)
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
		var text strings.Builder
		for _, r := range d.Text {
			text.WriteString(words[r-first])
		}
		switch d.Type {
		case diffmatchpatch.DiffDelete:
			removed += text.String()
		case diffmatchpatch.DiffInsert:
			added += text.String()
		case diffmatchpatch.DiffEqual:
			// A space that two changed words share does not part them for a reader.
			if i > 0 && i+1 < len(diffs) && strings.TrimSpace(text.String()) == "" {
				removed += text.String()
				added += text.String()
				continue
			}
			flush()
			pieces = append(pieces, Piece{InBoth, text.String()})
		}
	}
	flush()
	return pieces
}

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
