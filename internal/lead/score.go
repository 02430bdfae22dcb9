package lead

import "time"

// ByOrigin made a score that came over from the origin.
const ByOrigin = "origin"

// Score is how well a lead fits, how much it wants and both together, each from
// 1 to 4.
type Score struct {
	Fit, Intent, Overall int
	Reason               string // for people; may quote the lead and the settings
	By                   string // what made it: "flag:v1", "rules:v1", "model:v1" or ByOrigin
	SettingsVersion      int    // that it was scored by
	At                   time.Time
	Outdated             bool // what the settings say of whom to look for has changed since
}
