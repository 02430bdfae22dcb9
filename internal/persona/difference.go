package persona

import (
	"regexp"

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

// Words gives the difference of two texts, word by word: the pieces that are
// not Added make up before, those that are not Removed make up after.
func Words(before, after string) []Piece {
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
	kinds := map[diffmatchpatch.Operation]PieceKind{diffmatchpatch.DiffEqual: InBoth, diffmatchpatch.DiffDelete: Removed, diffmatchpatch.DiffInsert: Added}
	var pieces []Piece
	for _, d := range diffmatchpatch.New().DiffMainRunes(a, b, false) {
		p := Piece{Kind: kinds[d.Type]}
		for _, r := range d.Text {
			p.Text += words[r-first]
		}
		pieces = append(pieces, p)
	}
	return pieces
}
