package drafting

import (
	"slices"
	"strings"
)

// gsm7 is the alphabet of which an SMS holds 160 letters; those of gsm7Twice
// take two places. Any other letter makes the message one of 70.
const (
	gsm7      = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsm7Twice = "^{}\\[~]|€\f"
)

// Segments returns into how many parts the network cuts an SMS: 160 places in one
// or 153 in each of several, 70 or 67 where a letter is outside the GSM alphabet.
// A letter of two places is never cut in two.
func Segments(text string) int {
	single, each, width := 160, 153, gsmWidth
	if strings.ContainsFunc(text, func(r rune) bool { return gsmWidth(r) == 0 }) {
		single, each, width = 70, 67, utf16Width
	}
	segments, all, places := 0, 0, each
	for _, r := range text {
		n := width(r)
		if all, places = all+n, places+n; places > each {
			segments, places = segments+1, n
		}
	}
	if all <= single {
		return min(segments, 1)
	}
	return segments
}

// Cost is what an SMS takes of the network.
type Cost struct {
	Parts int
	Twice []string // letters that take two places, each once
	Alien []string // letters outside the GSM alphabet, each once: for them a part holds 70 places and not 160
}

// CostOf returns what words cost when they are sent as an SMS, with plain marks for
// typographic ones as drafts have them.
func CostOf(words string) Cost {
	words = plainMarks.Replace(words)
	cost := Cost{Parts: Segments(words)}
	for _, r := range words {
		if letter := string(r); gsmWidth(r) == 0 && !slices.Contains(cost.Alien, letter) {
			cost.Alien = append(cost.Alien, letter)
		}
	}
	width := gsmWidth
	if len(cost.Alien) > 0 {
		width = utf16Width
	}
	for _, r := range words {
		if letter := string(r); width(r) == 2 && !slices.Contains(cost.Twice, letter) {
			cost.Twice = append(cost.Twice, letter)
		}
	}
	return cost
}

// gsmWidth returns how many places of the GSM alphabet a letter takes; 0 if it is
// outside of it.
func gsmWidth(r rune) int {
	switch {
	case strings.ContainsRune(gsm7, r):
		return 1
	case strings.ContainsRune(gsm7Twice, r):
		return 2
	}
	return 0
}

func utf16Width(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// plainMarks keeps typographic marks from halving what an SMS holds.
var plainMarks = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "’", "'", "‘", "'", "‚", "'", "–", "-", "—", "-",
	"…", "...",
	"\u00a0", " ", "\u202f", " ", "\u2009", " ")
