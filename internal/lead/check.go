package lead

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckKind is what a part of a draft is that somebody should check.
type CheckKind string

// The kinds.
const (
	CheckAmount     CheckKind = "amount"
	CheckPercentage CheckKind = "percentage"
	CheckDate       CheckKind = "date"
	CheckAddress    CheckKind = "address"
	CheckLink       CheckKind = "link"
	CheckPhone      CheckKind = "phone"
)

// Check is a part of a draft that says something which stands in none of the texts that
// it was written from.
type Check struct {
	Kind  CheckKind
	Start int // of Text in the draft, in bytes
	Text  string
}

// Checks returns the amounts, percentages, dates, addresses, links and telephone numbers
// of a draft that stand in none of the sources, however they are spelled there, in the
// order of the draft. Bare numbers below 100, years and times of the day are not looked
// at: a call of 15 minutes promises nothing.
func Checks(draft string, sources ...string) []Check { return new(Checker).Checks(draft, sources...) }

// Checker finds the checks of several drafts, and reads a source that they share once.
// Its zero value is ready.
type Checker struct {
	said map[string][]string // the keys of a source's findings, by its text
}

// Checks is Checks.
func (c *Checker) Checks(draft string, sources ...string) []Check {
	var checks []Check
	said := func(key string) bool {
		return slices.ContainsFunc(sources, func(source string) bool { return slices.Contains(c.read(source), key) })
	}
	for _, f := range findings(draft) {
		if f.minor || slices.ContainsFunc(f.wants, said) {
			continue
		}
		checks = append(checks, Check{f.kind, f.start, f.text})
	}
	return checks
}

func (c *Checker) read(source string) []string {
	keys, known := c.said[source]
	if !known {
		for _, f := range findings(source) {
			keys = append(keys, f.keys...)
		}
		if c.said == nil {
			c.said = map[string][]string{}
		}
		c.said[source] = keys
	}
	return keys
}

// finding is what a text says in one place.
type finding struct {
	kind  CheckKind
	start int
	text  string
	meaning
}

// meaning is what is said, in one spelling.
type meaning struct {
	keys  []string // what a source says by it
	wants []string // of which a source must say one
	minor bool     // not worth a check by itself
}

func means(key string) *meaning { return &meaning{keys: []string{key}, wants: []string{key}} }

// spelling is a way to say something. Looking for a pattern is slow, so it is looked for
// only where one of the signs in needs stands, which each match has.
type spelling struct {
	kind    CheckKind
	needs   string
	pattern *regexp.Regexp
	read    func(groups []string) *meaning // nil: it is none
}

// findings returns what a text says, in the order of the text. What one spelling takes is
// not looked at by the next.
func findings(text string) []finding {
	var found []finding
	rest := []byte(text)
	take := func(parts [][2]int, spellings []spelling) {
		for _, part := range parts {
			for _, s := range spellings {
				if strings.ContainsAny(text[part[0]:part[1]], s.needs) {
					found = append(found, s.find(text, rest, part[0], part[1])...)
				}
			}
		}
	}
	take(partsOf(text, 0, func(i int) bool {
		return (text[i] == '@' || text[i] == '.' || text[i] == ':') && i+1 < len(text) && !isSpace(text[i+1])
	}), joinedSpellings)
	take(partsOf(text, figureReach, func(i int) bool { return '0' <= text[i] && text[i] <= '9' }), figureSpellings)
	slices.SortStableFunc(found, func(a, b finding) int { return cmp.Compare(a.start, b.start) })
	return found
}

// find returns what a part of a text says in this spelling, and takes it out of rest.
func (s spelling) find(text string, rest []byte, from, to int) (found []finding) {
	for _, at := range s.pattern.FindAllSubmatchIndex(rest[from:to], -1) {
		groups := make([]string, len(at)/2)
		for i := range groups {
			if at[2*i] >= 0 {
				groups[i] = string(rest[from+at[2*i] : from+at[2*i+1]])
			}
		}
		groups[0] = strings.TrimRight(groups[0], trailing)
		m, start := s.read(groups), from+at[0]
		if m == nil {
			continue
		}
		m.minor = m.minor || s.kind == CheckAmount && partOfName(text, start)
		found = append(found, finding{s.kind, start, groups[0], *m})
		for i := range groups[0] {
			rest[start+i] = '\n'
		}
	}
	return found
}

// figureReach is more bytes than any pattern goes on from a figure without meeting another.
const figureReach = 32

// partsOf returns the parts of a text, of whole words, that reach so many bytes around
// where it is marked: patterns are slow, and most of a long text says none of this.
func partsOf(text string, reach int, marked func(i int) bool) (parts [][2]int) {
	for i := 0; i < len(text); i++ {
		if !marked(i) {
			continue
		}
		from, to := max(i-reach, 0), min(i+reach, len(text))
		for from > 0 && !isSpace(text[from-1]) {
			from--
		}
		for to < len(text) && !isSpace(text[to]) {
			to++
		}
		if last := len(parts) - 1; last >= 0 && from <= parts[last][1] {
			parts[last][1] = to
		} else {
			parts = append(parts, [2]int{from, to})
		}
		i = max(i, to-reach-1)
	}
	return parts
}

// isSpace reports whether a byte is what patterns know as \s.
func isSpace(b byte) bool { return strings.IndexByte(" \t\n\f\r", b) >= 0 }

// trailing ends a sentence, and no link.
const trailing = ".,;:!?)]}>'\"”’»"

const (
	figure   = "0123456789"
	figures  = `\d{1,3}(?:[.,'’\x{00a0}\x{202f} ]\d{3})+(?:[.,]\d{1,2})?\b|\d+(?:[.,]\d{1,2})?`
	currency = `€|\$|£|¥|EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|JPY|CAD|AUD|[Ee]uros?|[Dd]ollars?|[Pp]ounds?|kr|Fr`
)

// joinedSpellings are of words that a sign joins. The surest spelling is the first, here
// and of figures.
var joinedSpellings = []spelling{
	{CheckAddress, "@", regexp.MustCompile(`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`),
		func(g []string) *meaning { return means("m " + strings.ToLower(g[0])) }},
	{CheckLink, ".:", regexp.MustCompile(`(?i)(?:https?://|www\.)[^\s<>"“”]+|` +
		`\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|net|org|io|co|eu|uk|de|at|ch|nl|fr|se|no|dk|app|dev|ai|info|biz|example)\b(?:/[^\s<>"“”]*)?`),
		readLink},
}

var figureSpellings = append(dateSpellings,
	spelling{CheckAmount, ":", regexp.MustCompile(`\b\d{1,2}:\d{2}\b`), func([]string) *meaning { return &meaning{minor: true} }},
	spelling{CheckPhone, "+0", regexp.MustCompile(`(?:\+|\b0)\d[\d ()/.-]{6,}\d`),
		func(g []string) *meaning { return means("t " + digits(g[0])) }},
	spelling{CheckPercentage, "%t", regexp.MustCompile(`(` + figures + `)[\x{00a0}\x{202f} ]?(?:%|[Pp]er ?cent\b|[Pp]rozent\b|pct\b)`),
		func(g []string) *meaning { return means("p " + number(g[1])) }},
	spelling{CheckAmount, figure, regexp.MustCompile(`(?:((?:\b(?:US|A|C))?[€$£¥]|\b(?:` + currency + `))[\x{00a0}\x{202f} ]?)?(` + figures +
		`)(?:[\x{00a0}\x{202f} ]?(k|K|[Mm]illions?|mn|[Mm]io|M)\b\.?)?(?:[\x{00a0}\x{202f} ]?(` + currency + `))?`), readAmount},
)

// readLink takes a link as said also where a source has more of it, and not less.
func readLink(g []string) *meaning {
	key := strings.ToLower(g[0])
	for _, prefix := range []string{"https://", "http://", "www."} {
		key = strings.TrimPrefix(key, prefix)
	}
	key = strings.TrimRight(key, "/")
	host, _, _ := strings.Cut(key, "/")
	return &meaning{keys: []string{"l " + key, "l " + host}, wants: []string{"l " + key}}
}

func readAmount(g []string) *meaning {
	n := number(g[2])
	switch {
	case g[3] == "":
	case strings.EqualFold(g[3], "k"):
		n = times(n, 1e3)
	default:
		n = times(n, 1e6)
	}
	m := means("n " + n)
	value, err := strconv.ParseFloat(n, 64)
	year := len(g[2]) == 4 && value >= 1900 && value < 2100
	m.minor = err != nil || g[1] == "" && g[4] == "" && (value < 100 || year)
	return m
}

// number returns figures in one spelling: no separators but a point before what is less
// than one, and no zeros at its end.
func number(figures string) string {
	whole, part := figures, ""
	if i := strings.LastIndexAny(figures, ".,"); i >= 0 {
		// Three figures after it are a thousand, unless nothing stands before.
		if len(figures)-i-1 != 3 || strings.HasPrefix(figures, "0") {
			whole, part = figures[:i], strings.TrimRight(figures[i+1:], "0")
		}
	}
	whole = strings.TrimLeft(digits(whole), "0")
	if whole == "" {
		whole = "0"
	}
	if part == "" {
		return whole
	}
	return whole + "." + part
}

func times(n string, by float64) string {
	value, _ := strconv.ParseFloat(n, 64)
	return strconv.FormatFloat(value*by, 'f', -1, 64)
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// partOfName reports whether a number goes on a word, as in HA-101.
func partOfName(text string, start int) bool {
	if text[start] < '0' || text[start] > '9' {
		return false // it begins with its currency
	}
	before, size := utf8.DecodeLastRuneInString(text[:start])
	if before == '-' {
		before, _ = utf8.DecodeLastRuneInString(text[:start-size])
		return unicode.IsLetter(before)
	}
	return size > 0 && (unicode.IsLetter(before) || before == '#' || before == '_')
}
