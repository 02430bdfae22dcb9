package access

import "time"

// KnownZone returns the zone of a name in the tz database, such as Europe/Stockholm, and
// whether there is one.
func KnownZone(name string) (*time.Location, bool) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}
