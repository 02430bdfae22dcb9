package access_test

import (
	"slices"
	"testing"
	"time"
	_ "time/tzdata"

	"personae/internal/access"
)

func TestAMomentIsTypedAsClocksShowIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, typed string
		want        []string
	}{
		{"Europe/Berlin", "2026-12-24T18:00", []string{"2026-12-24T17:00:00Z"}},
		{"Europe/Berlin", "2026-12-24T18:00:30", []string{"2026-12-24T17:00:30Z"}},
		{"Europe/Berlin", "2026-03-29T01:59", []string{"2026-03-29T00:59:00Z"}},
		{"Europe/Berlin", "2026-03-29T02:00", nil},
		{"Europe/Berlin", "2026-03-29T02:59", nil},
		{"Europe/Berlin", "2026-03-29T03:00", []string{"2026-03-29T01:00:00Z"}},
		{"Europe/Berlin", "2026-10-25T01:59", []string{"2026-10-24T23:59:00Z"}},
		{"Europe/Berlin", "2026-10-25T02:00", []string{"2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"}},
		{"Europe/Berlin", "2026-10-25T02:59", []string{"2026-10-25T00:59:00Z", "2026-10-25T01:59:00Z"}},
		{"Europe/Berlin", "2026-10-25T03:00", []string{"2026-10-25T02:00:00Z"}},
		{"Europe/Berlin", "2027-03-28T02:30", nil},
		{"Europe/Berlin", "2027-10-31T02:30", []string{"2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"}},
		{"America/New_York", "2026-11-01T01:30", []string{"2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"}},
		{"Australia/Lord_Howe", "2027-04-04T01:45", []string{"2027-04-03T14:45:00Z", "2027-04-03T15:15:00Z"}},
		{"Pacific/Auckland", "2026-12-24T00:00", []string{"2026-12-23T11:00:00Z"}},
		{"UTC", "2026-10-25T02:30", []string{"2026-10-25T02:30:00Z"}},
		{"UTC", " 2026-12-24 18:00 ", []string{"2026-12-24T18:00:00Z"}},
	} {
		zone, _ := access.KnownZone(c.zone)
		found, err := access.Moments(zone, c.typed)
		var got []string
		for _, at := range found {
			got = append(got, at.UTC().Format(time.RFC3339))
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s in %s: %v, %v, want %v", c.typed, c.zone, got, err, c.want)
		}
	}
	for _, text := range []string{"", "24.12.2026 18:00", "2026-02-30T10:00", "soon"} {
		if found, err := access.Moments(time.UTC, text); err == nil {
			t.Errorf("%q is %v", text, found)
		}
	}
}
