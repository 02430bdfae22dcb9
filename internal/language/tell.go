package language

import (
	"strings"
	"sync"
	"unicode"
)

// Told is the language of a text, and how it was told.
type Told struct {
	Tag Tag // of the language alone, without a region; empty: it could not be told
	By  Way // where it could not be told: by what it was looked for
}

// Way is how the language of a text is known.
type Way int

// The ways.
const (
	Unasked   Way = iota // nobody asked
	Given                // whoever asked said it
	ByWords              // by its words
	ByLetters            // by its letters, which are those of this language alone
)

// lookedAt is how many letters of a text are looked at: a page tells its language.
const lookedAt = 2000

// Tell returns the language of a text, as far as it can be told: of a few words, or of words
// of several languages, it cannot.
func Tell(text string) Told {
	words, letters := take(text)
	if tag := byScript(letters); tag != "" {
		return Told{tag, ByLetters}
	}
	if tag := byWords(words); tag != "" {
		return Told{tag, ByWords}
	}
	return Told{By: ByWords}
}

// alphabets are those that one language of ours writes; what else is in a text of it is names.
var alphabets = []struct {
	tag   Tag
	table *unicode.RangeTable
}{
	{"el", unicode.Greek}, {"he", unicode.Hebrew}, {"th", unicode.Thai}, {"ko", unicode.Hangul}, {"hi", unicode.Devanagari},
}

// take returns the words of a text in small letters, and how many letters each script has.
func take(text string) (words []string, letters map[*unicode.RangeTable]int) {
	letters = map[*unicode.RangeTable]int{}
	left := lookedAt
	for _, word := range strings.Fields(text) {
		if strings.ContainsAny(word, "@/") || strings.Contains(word, "www.") {
			continue // an address says nothing of the language around it
		}
		for _, part := range strings.FieldsFunc(strings.ReplaceAll(strings.ToLower(word), "’", "'"), apart) {
			for _, r := range part {
				if left--; left < 0 {
					return words, letters
				}
				count(letters, r)
			}
			words = append(words, part)
		}
	}
	return words, letters
}

// apart reports whether a rune parts words. Spanish marks stay: they are the only ones that tell.
func apart(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune("'¿¡·\u200c", r)
}

// scripts are those that are counted.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Arabic, unicode.Han, unicode.Hiragana,
	unicode.Katakana, unicode.Greek, unicode.Hebrew, unicode.Thai, unicode.Hangul, unicode.Devanagari}

func count(letters map[*unicode.RangeTable]int, r rune) {
	for _, script := range scripts {
		if unicode.Is(script, r) {
			letters[script]++
			return
		}
	}
}

// fewest is how many letters of its alphabet tell a language.
const fewest = 4

func byScript(letters map[*unicode.RangeTable]int) Tag {
	total := 0
	for _, n := range letters {
		total += n
	}
	mostly := func(n int) bool { return n >= fewest && 2*n > total }
	for _, a := range alphabets {
		if mostly(letters[a.table]) {
			return a.tag
		}
	}
	kana, han := letters[unicode.Hiragana]+letters[unicode.Katakana], letters[unicode.Han]
	switch {
	case mostly(kana+han) && kana > 0:
		return "ja"
	case mostly(han):
		return "zh"
	}
	return ""
}

// vocabulary returns which languages have each word, as places in languages. It is made when
// somebody first asks: most workspaces have words in one language.
var vocabulary = sync.OnceValue(func() map[string][]int {
	all := map[string][]int{}
	for i, l := range languages {
		seen := map[string]bool{}
		for _, word := range strings.Fields(l.words) {
			if !seen[word] {
				seen[word] = true
				all[word] = append(all[word], i)
			}
		}
	}
	return all
})

// What tells a language by its words: so many points, and so many times those of any other;
// and how many words there are to a point at the most, so that a few words of a language
// within another tell nothing.
const (
	enough   = 2.0
	clearly  = 1.35
	sparsely = 5
)

// byWords gives each language a point for each of its words, or less for one that others
// have too, and half a point for a word with letters that few others write.
func byWords(words []string) Tag {
	points, known := make([]float64, len(languages)), vocabulary()
	for _, word := range words {
		of := known[word]
		for _, i := range of {
			points[i] += 1 / (1 + float64(len(of)-1)/4)
		}
		if len(of) > 0 {
			continue
		}
		for i, l := range languages {
			if l.letters != "" && strings.ContainsAny(word, l.letters) {
				points[i] += 0.75
			}
		}
	}
	best, second := -1, 0.0
	for i, p := range points {
		switch {
		case best < 0 || p > points[best]:
			if best >= 0 {
				second = max(second, points[best])
			}
			best = i
		case p > second:
			second = p
		}
	}
	needed := max(min(enough, 0.6*float64(len(words))), 1.2, float64(len(words))/sparsely)
	if points[best] < needed || points[best] < clearly*second {
		return ""
	}
	return languages[best].tag
}
