package access

import (
	"path"
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
