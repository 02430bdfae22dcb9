package lead

import (
	"time"
)

// Score is how well a lead fits, how much it wants and both together, each from
// 1 to 4.
type Score struct {
	Fit, Intent, Overall int
	Reason               string
	By                   string // what gave it
	SettingsVersion      int    // by which it was scored
	At                   time.Time
	Outdated             bool // what the settings say of whom to look for has changed since
}
