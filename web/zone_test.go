package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"personae/internal/access"
	"personae/web"
)

// time returns what the first <time> of the page says, and its title.
func (p *page) time() (words, title string) {
	for n := range p.doc().Descendants() {
		if n.Type == html.ElementNode && n.Data == "time" {
			return textOf(n), attr(n, "title")
		}
	}
	return "", ""
}

func TestTimesAreInTheZoneOfWhoeverReads(t *testing.T) {
	t.Parallel()
	karachi, err := time.LoadLocation("Asia/Karachi")
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *web.Options) { o.Zone = karachi })
	ws := s.Workspace(t, "Harbor")
	s.Exec(t, `update workspaces set created_at = '2025-11-29 21:05:00+00'`)
	b := s.as(t, ws.Workspace(), access.Member)
	shows := func(words, title string) {
		t.Helper()
		got, gotTitle := b.get(at(ws, "workspace")).is(http.StatusOK).time()
		same(t, "time", []string{got, gotTitle}, []string{words, title})
	}
	const utc = "29 November 2025, 21:05 UTC"
	shows("30 November 2025, 02:05", utc) // the server's

	browser := func(zone string) {
		u, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		b.client.Jar.SetCookies(u, []*http.Cookie{{Name: "personae_zone", Value: zone}})
	}
	browser("America/New_York")
	shows("29 November 2025, 16:05", utc)
	for _, none := range []string{"", "Nowhere/Land", "../etc/passwd", "Local", strings.Repeat("x", 100)} {
		browser(none)
		shows("30 November 2025, 02:05", utc)
	}
	browser("UTC")
	shows(utc, "")

	browser("America/New_York")
	form := b.get("/account").is(http.StatusOK)
	wrong := form.submit("Save the zone", url.Values{"zone": {"Stockholm"}}).is(http.StatusUnprocessableEntity).
		says("There is no zone of this name")
	same(t, "kept", formFields(wrong.button("Save the zone")).Get("zone"), "Stockholm")
	form.submit("Save the zone", url.Values{"zone": {" Europe/Stockholm "}}).is(http.StatusOK).says("Times are shown in your zone")
	shows("29 November 2025, 22:05", utc)
	same(t, "typed", formFields(b.get("/account").button("Save the zone")).Get("zone"), "Europe/Stockholm")
	form.submit("Save the zone", url.Values{"zone": {""}}).is(http.StatusOK)
	shows("29 November 2025, 16:05", utc)
}

func TestTheActivityIsFilteredByDaysOfWhoeverReadsAndItsFileIsInUTC(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Night owl")
	s.Exec(t, `alter table audit_events disable trigger keep_events`)
	s.Exec(t, `update audit_events set at = '2025-11-29 03:30:00+00'`)
	b := s.as(t, ws.Workspace(), access.Member)
	s.Exec(t, `update users set time_zone = 'America/New_York' where id = $1`, b.user)
	day := func(d string) *page { return b.get(at(ws, "activity?from="+d+"&to="+d)).is(http.StatusOK) }
	day("2025-11-28").says("Created “Night owl”", "28 November 2025, 22:30")
	day("2025-11-29").says("No entries match.")
	if file := b.get(at(ws, "activity.csv?from=2025-11-28&to=2025-11-28")).is(http.StatusOK).body; !strings.Contains(file, "2025-11-29T03:30:00Z") {
		t.Error(file)
	}
}
