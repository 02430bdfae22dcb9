package lead

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// monthNames are those of January and so on, in English, German, French, Spanish, Italian
// and Dutch.
var monthNames = []string{
	"January Januar Jänner janvier enero gennaio januari Jan",
	"February Februar février febrero febbraio februari Feb",
	"March März mars marzo maart Mar",
	"April avril abril aprile april Apr",
	"May Mai mai mayo maggio mei",
	"June Juni juin junio giugno juni Jun",
	"July Juli juillet julio luglio juli Jul",
	"August août agosto augustus Aug",
	"September septembre septiembre settembre september Sep Sept",
	"October Oktober octobre octubre ottobre oktober Oct Okt",
	"November novembre noviembre november Nov",
	"December Dezember décembre diciembre dicembre december Dec Dez",
}

// monthNumbers are figures, by the name.
var monthNumbers = func() map[string]string {
	numbers := map[string]string{}
	for i, names := range monthNames {
		for name := range strings.FieldsSeq(names) {
			numbers[name] = strconv.Itoa(i + 1)
		}
	}
	return numbers
}()

// dateSpellings are the ways to write a date. A word that may be a month is any word: a
// pattern of their names takes ten times as long.
var dateSpellings = []spelling{
	{CheckDate, "-", regexp.MustCompile(`\b(\d{4})-(\d{1,2})-(\d{1,2})\b`), func(g []string) *meaning { return theDay(g[1], g[2], g[3]) }},
	{CheckDate, ".", regexp.MustCompile(`\b(\d{1,2})\.[ ]?(\d{1,2})\.[ ]?(\d{4}|\d{2})\b`),
		func(g []string) *meaning { return theDay(g[3], g[2], g[1]) }},
	{CheckDate, "/-", regexp.MustCompile(`\b(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})\b`), func(g []string) *meaning {
		// Of two numbers nobody knows which is the day.
		one, other := theDay(g[3], g[2], g[1]), theDay(g[3], g[1], g[2])
		if one == nil || other == nil {
			return cmp.Or(one, other)
		}
		return &meaning{keys: append(one.keys, other.keys...), wants: append(one.wants, other.wants...)}
	}},
	{CheckDate, " ", regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th|\.)?[ ](?:of |de |di )?(\pL{3,10})\b\.?(?:,?[ ](?:de |del )?(\d{4})\b)?`),
		func(g []string) *meaning { return theDay(g[3], monthNumbers[g[2]], g[1]) }},
	{CheckDate, " ", regexp.MustCompile(`\b(\pL{3,10})\b\.?[ ](\d{1,2})(?:st|nd|rd|th)?\b(?:,?[ ](\d{4})\b)?`),
		func(g []string) *meaning { return theDay(g[3], monthNumbers[g[1]], g[2]) }},
	{CheckDate, " ", regexp.MustCompile(`\b(\pL{3,10})\b\.?[ ](\d{4})\b`), func(g []string) *meaning {
		if monthNumbers[g[1]] == "" {
			return nil
		}
		return means("d " + g[2] + "-" + monthNumbers[g[1]])
	}},
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
