package lead_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"personae/internal/lead"
)

func TestWhatStandsNowhereElseIsChecked(t *testing.T) {
	t.Parallel()
	words := strings.Repeat(" Words among words, and more of them.\n", 20)
	for _, c := range []struct {
		draft, source string
		want          []string
	}{
		{"It costs €400 a month.", "What does it cost?", []string{"€400"}},
		{"It costs €400 a month.", "Is it really 400 Euro?", nil},
		{"It costs 1.000 € a year.", "Our budget is 1,000.", nil},
		{"It costs EUR 1 000.00.", "1000", nil},
		{"It costs $1,000.50.", "1000.5 USD", nil},
		{"It costs $1,000.50.", "1,000 USD", []string{"$1,000.50"}},
		{"It costs 2k EUR or US$3 million.", "2000, 3.000.000", nil},
		{"It costs 5 € or 5 euros.", "Five.", []string{"5 €", "5 euros"}},
		{"We serve 300 ports.", "We run six berths.", []string{"300"}},
		{"We serve 300 ports.", "300 berths", nil},
		{"Waiting falls by 12 %.", "by 12%", nil},
		{"Waiting falls by 12.5%.", "12,5 Prozent", nil},
		{"Waiting falls by 12%.", "12 ports", []string{"12%"}},
		{"Let us meet on 31 March 2026.", "2026-03-31", nil},
		{"Let us meet on March 31st, 2026.", "am 31. März 2026", nil},
		{"Let us meet on 31.03.2026.", "3/31/2026", nil},
		{"Let us meet on 31 March.", "31.3.26", nil},
		{"Let us meet on 31 March 2026.", "the 31st of March", nil},
		{"Let us meet on 31 March 2027.", "31 March 2026", []string{"31 March 2027"}},
		{"Let us meet on 5 May.", "We may meet 5 times.", []string{"5 May"}},
		{"Let us meet on 5 may, or in room 7 may 12.", "", nil},
		{"We meet at 9, room 7, May 12.", "the 12th of May", nil},
		{"Kom op 5 april.", "Kom.", []string{"5 april"}},
		{"Write to Sales@Harbor.example.", "sales@harbor.example", nil},
		{"Write to sales@harbor.example.", "sales@other.example", []string{"sales@harbor.example"}},
		{"See https://www.harbor.example/demo/.", "harbor.example/demo", nil},
		{"See harbor.example.", "http://harbor.example/demo?x=1", nil},
		{"See harbor.example/prices.", "harbor.example/demo", []string{"harbor.example/prices"}},
		{"Call +46 8 555 0142.", "+46 (8) 555-0142", nil},
		{"Call +46 8 555 0142.", "Call us.", []string{"+46 8 555 0142"}},
		{"€5 here, €6 there, €5 again.", "6", []string{"€5", "€5"}},
	} {
		var got []string
		for _, check := range lead.Checks(c.draft, "Hello", c.source) {
			got = append(got, check.Text)
			if c.draft[check.Start:check.Start+len(check.Text)] != check.Text {
				t.Errorf("%q: %q does not stand at %d", c.draft, check.Text, check.Start)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q beside %q: %q, want %q", c.draft, c.source, got, c.want)
		}
		got = nil
		for _, check := range lead.Checks(words+c.draft+words, words+c.source+words) {
			got = append(got, check.Text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q beside %q, both in a long text: %q, want %q", c.draft, c.source, got, c.want)
		}
	}
}

// TestWhatPromisesNothingIsNotChecked looks at what ordinary drafts say by themselves.
func TestWhatPromisesNothingIsNotChecked(t *testing.T) {
	t.Parallel()
	for _, draft := range []string{
		"Does a 15-minute call this week work?", "Shall we talk at 15:30, or on Tuesday?", "We began in 2019.",
		"That is HA-101, or ISO27001, or issue #4200.", "Two of our 24 people, e.g. Nora, are there 24/7.",
		"You asked: “What does it cost?” Arrival and berth forecasts for ports, running on your data within a week.",
		"Hi Ingrid,\n\nthank you.\n\nWarm regards\nNora Lindqvist\nHarbor Analytics",
	} {
		if found := lead.Checks(draft, ""); len(found) > 0 {
			t.Errorf("%q: %v", draft, found)
		}
	}
}

func FuzzChecks(f *testing.F) {
	f.Add("Am 31.12.2026 um 12:30: 1.000,50 € (5 %) an a@b.example, www.b.example/x?, +49 30 123456", "1000")
	f.Fuzz(func(t *testing.T, draft, source string) {
		for _, c := range lead.Checks(draft, source) {
			if c.Text == "" || !strings.HasPrefix(draft[c.Start:], c.Text) {
				t.Errorf("%q does not stand at %d of %q", c.Text, c.Start, draft)
			}
		}
		if found := lead.Checks(draft, source, draft); len(found) > 0 {
			t.Errorf("%v stands in its own source %q", found, draft)
		}
	})
}

// BenchmarkChecks checks the 50 drafts of a page, which have most of their facts from the same
// words.
func BenchmarkChecks(b *testing.B) {
	settings := strings.Repeat("Ports that use it cut waiting time by 12% within 3 months, for €400 a berth. ", 10) +
		strings.Repeat("They see who waits where, and what for, e.g. a pilot. ", 130)
	for b.Loop() {
		var c lead.Checker
		for i := range 50 {
			c.Checks("It costs €400, and takes 15 minutes.", settings, "What does it cost, and by when? "+strconv.Itoa(i))
		}
	}
}
