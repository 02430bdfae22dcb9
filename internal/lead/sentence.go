package lead

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"
)

// Sentences cuts a text into sentences. A sentence ends before white space, or after
// a mark of a script that is written without; not after a title or a letter that
// stands for a word.
func Sentences(text string) []string {
	var list []string
	open := false // the last one goes on
	for pieces := sentences.FromString(text); pieces.Next(); {
		piece := pieces.Value()
		if open || len(list) > 0 && afterSpeech.MatchString(list[len(list)-1]+piece) {
			list[len(list)-1] += piece
		} else {
			list = append(list, piece)
		}
		open = goesOn(list[len(list)-1])
	}
	for i, s := range list {
		list[i] = strings.TrimSpace(s)
	}
	return list
}

// goesOn reports whether a piece of text is only the beginning of a sentence.
func goesOn(piece string) bool {
	if abbreviated.MatchString(piece) {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(piece)
	return !unicode.IsSpace(last) && !strings.ContainsRune("。！？", last)
}

// abbreviated matches a text that ends in a title, or in a word that is cut short.
var abbreviated = regexp.MustCompile(`(?:^|[\s(“"])(?:Mr|Mrs|Ms|Mx|Dr|Prof|St|Sr|Jr|No|Nr|vs|approx|ca|etc|e\.g|i\.e|z\.B|d\.h)\.\s*$`)

// afterSpeech matches what goes on after somebody's quoted words: “why?” and left.
var afterSpeech = regexp.MustCompile(`[.!?…][”’»"']\s+\p{Ll}[^.!?]*[.!?]*\s*$`)

// Question returns the first sentence of a text that asks something; "" if none
// does. A question mark within an address asks nothing.
func Question(text string) string {
	for _, s := range Sentences(text) {
		words := strings.TrimRightFunc(s, func(r rune) bool {
			return unicode.In(r, unicode.Pf, unicode.Pe) || r == '"' ||
				r == '\''
		})
		if !strings.HasSuffix(words, "?") && !strings.HasSuffix(words, "？") && !strings.HasSuffix(words, "؟") {
			continue
		}
		if fields := strings.Fields(words); address.MatchString(fields[len(fields)-1]) {
			continue
		}
		return s
	}
	return ""
}

// address matches the address of a page that ends in a question mark of its own.
var address = regexp.MustCompile(`^(?:https?://|www\.)\S*[/=&]\?$`)
