package views

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"personae/internal/i18n"
)

type zoneKey struct{}

// WithZone returns the context in which a page is rendered for somebody who reads times
// in a zone.
func WithZone(ctx context.Context, zone *time.Location) context.Context {
	return context.WithValue(ctx, zoneKey{}, zone)
}

// inZone returns t in the zone of whoever reads; in UTC where none is said.
func inZone(ctx context.Context, t time.Time) time.Time {
	if zone, said := ctx.Value(zoneKey{}).(*time.Location); said {
		return t.In(zone)
	}
	return t.UTC()
}

// longTime is how a time is written, in the layout of time.Format and the language of
// whoever reads.
func longTime(ctx context.Context) string { return tr(ctx, "2 January 2006, 15:04") }

// moment writes a time for people, in the zone of whoever reads.
func moment(ctx context.Context, t time.Time) string {
	return zoned(ctx, inZone(ctx, t), longTime(ctx))
}

// lately is moment, shorter for what was today.
func lately(ctx context.Context, t time.Time) string {
	t = inZone(ctx, t)
	if now := time.Now().In(t.Location()); now.YearDay() == t.YearDay() && now.Year() == t.Year() {
		return zoned(ctx, t, tr(ctx, "today, 15:04"))
	}
	return zoned(ctx, t, longTime(ctx))
}

// day writes the day of a time, in the zone of whoever reads.
func day(ctx context.Context, t time.Time) string { return date(ctx, inZone(ctx, t)) }

// date writes the day of a time as it stands.
func date(ctx context.Context, t time.Time) string { return format(ctx, t, tr(ctx, "2 January 2006")) }

// Clock writes the time of day of a time near now, in the zone of whoever reads.
func Clock(ctx context.Context, t time.Time) string { return zoned(ctx, inZone(ctx, t), "15:04") }

// zoned writes a time, and UTC for what it is: nobody takes that for the clock on their
// wall.
func zoned(ctx context.Context, t time.Time, layout string) string {
	if name, _ := t.Zone(); name == "UTC" {
		layout += " UTC"
	}
	return format(ctx, t, layout)
}

// format is t.Format with the month in the language of whoever reads.
func format(ctx context.Context, t time.Time, layout string) string {
	month := t.Month().String()
	return strings.Replace(t.Format(layout), month, tr(ctx, month), 1)
}

// months are said with tr by format.
var _ = []string{i18n.N("January"), i18n.N("February"), i18n.N("March"), i18n.N("April"), i18n.N("May"), i18n.N("June"),
	i18n.N("July"), i18n.N("August"), i18n.N("September"), i18n.N("October"), i18n.N("November"), i18n.N("December")}

// instant is what a <time> has beside its words: the time for programs and, where the
// words are in another zone, the time in UTC for people.
func instant(ctx context.Context, t time.Time) templ.OrderedAttributes {
	attrs := templ.OrderedAttributes{{Key: "datetime", Value: t.UTC().Format(time.RFC3339)}}
	if name, _ := inZone(ctx, t).Zone(); name != "UTC" {
		attrs = append(attrs, templ.KV[string, any]("title", format(ctx, t.UTC(), longTime(ctx)+" UTC")))
	}
	return attrs
}

// zoneName returns the name of the zone of whoever reads; of the server's own, which has
// none, what its clock says.
func zoneName(ctx context.Context) string {
	now := inZone(ctx, time.Now())
	if name := now.Location().String(); name != "Local" {
		return name
	}
	name, _ := now.Zone()
	return name
}
