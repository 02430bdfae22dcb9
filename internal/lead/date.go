package lead

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// months are how the months begin in English, German, French, Spanish, Italian and Dutch.
var months = []struct {
	begins []string
	number int
}{
	{[]string{"jan", "jän", "ene", "gen"}, 1}, {[]string{"feb", "fév", "fev"}, 2},
	{[]string{"mar", "mär", "mrz", "maa", "mrt"}, 3}, {[]string{"apr", "avr", "abr"}, 4},
	{[]string{"may", "mai", "mag", "mei"}, 5}, {[]string{"jun", "juin", "giu"}, 6},
	{[]string{"jul", "juil", "lug"}, 7}, {[]string{"aug", "aoû", "ago"}, 8}, {[]string{"sep", "set"}, 9},
	{[]string{"oct", "okt", "ott"}, 10}, {[]string{"nov"}, 11}, {[]string{"dec", "dez", "déc", "dic"}, 12},
}

const monthName = `(?:January|February|March|April|May|June|July|August|September|October|November|December|` +
	`Januar|Jänner|Februar|März|Mai|Juni|Juli|Oktober|Dezember|` +
	`janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|` +
	`enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|` +
	`gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|` +
	`januari|februari|maart|mei|augustus|` +
	`Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Okt|Nov|Dec|Dez)`

// dateSpellings are the ways to write a date, the surest first.
var dateSpellings = []struct {
	pattern *regexp.Regexp
	read    func(groups []string) *meaning // nil: it is none
}{
	{regexp.MustCompile(`\b(\d{4})-(\d{1,2})-(\d{1,2})\b`), func(g []string) *meaning { return theDay(g[1], g[2], g[3]) }},
	{regexp.MustCompile(`\b(\d{1,2})\.[ ]?(\d{1,2})\.[ ]?(\d{4}|\d{2})\b`), func(g []string) *meaning { return theDay(g[3], g[2], g[1]) }},
	{regexp.MustCompile(`\b(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})\b`), func(g []string) *meaning {
		// Of two numbers nobody knows which is the day.
		one, other := theDay(g[3], g[2], g[1]), theDay(g[3], g[1], g[2])
		if one == nil || other == nil {
			return cmp.Or(one, other)
		}
		return &meaning{keys: append(one.keys, other.keys...), wants: append(one.wants, other.wants...)}
	}},
	{regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th|\.)?[ ](?:of |de |di )?(` + monthName + `)\b\.?(?:,?[ ](?:de |del )?(\d{4})\b)?`),
		func(g []string) *meaning { return theDay(g[3], monthNumber(g[2]), g[1]) }},
	{regexp.MustCompile(`\b(` + monthName + `)\b\.?[ ](\d{1,2})(?:st|nd|rd|th)?\b(?:,?[ ](\d{4})\b)?`),
		func(g []string) *meaning { return theDay(g[3], monthNumber(g[1]), g[2]) }},
	{regexp.MustCompile(`\b(` + monthName + `)\b\.?[ ](\d{4})\b`),
		func(g []string) *meaning { return means("d " + g[2] + "-" + monthNumber(g[1])) }},
}

func monthNumber(name string) string {
	name = strings.ToLower(name)
	for _, m := range months {
		for _, begin := range m.begins {
			if strings.HasPrefix(name, begin) {
				return strconv.Itoa(m.number)
			}
		}
	}
	return ""
}

// theDay returns what a date means: a source that says the day without a year says it
// of each year, but of another year it does not; nil: there is no such day.
func theDay(year, month, day string) *meaning {
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return nil
	}
	short := fmt.Sprintf("d %d-%d", m, d)
	if year == "" {
		return &meaning{keys: []string{short, short + " each year"}, wants: []string{short}}
	}
	if len(year) == 2 {
		year = "20" + year
	}
	whole := "d " + year + " " + short
	return &meaning{keys: []string{whole, short, fmt.Sprintf("d %s-%d", year, m)}, wants: []string{whole, short + " each year"}}
}
