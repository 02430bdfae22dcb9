package access

import (
	"path"
	"strings"
	"sync"
	"time"
)

// zones are those that KnownZone found: a file is read for each, and every page asks.
var zones sync.Map // of *time.Location by name

// KnownZone returns the zone of a name in the tz database, such as Europe/Stockholm, and
// whether there is one.
func KnownZone(name string) (*time.Location, bool) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), true
	}
	// A zone has one name: not as many as there are ways to write a path.
	if name == "" || name == "Local" || name != path.Clean(name) {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	zones.Store(name, zone)
	return zone, true
}

// LocalTime is how a moment is typed in a form, without its zone.
const LocalTime = "2006-01-02T15:04"

// Moments returns the moments at which clocks in a zone show a time that is typed as a
// browser sends it, or with a space between day and time: one, or two where clocks are put
// back over it, the earlier first, or none where they are put forward over it. It fails
// where the text is no time.
func Moments(zone *time.Location, text string) ([]time.Time, error) {
	text = strings.Replace(strings.TrimSpace(text), " ", "T", 1)
	wall, err := time.Parse(LocalTime, text)
	if err != nil {
		if wall, err = time.Parse(LocalTime+":05", text); err != nil {
			return nil, err
		}
	}
	var found []time.Time
	// No zone changes its clock twice in two days.
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, offset := wall.Add(near).In(zone).Zone()
		at := wall.Add(-time.Duration(offset) * time.Second)
		_, then := at.In(zone).Zone()
		if then == offset && (len(found) == 0 || !found[0].Equal(at)) {
			found = append(found, at)
		}
	}
	return found, nil
}
