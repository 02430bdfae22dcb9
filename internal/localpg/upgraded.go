package localpg

import "errors"

// ErrNewest is that data were made by the newest PostgreSQL that is installed.
var ErrNewest = errors.New("no newer PostgreSQL is installed")

// Upgraded says what Upgrade did.
type Upgraded struct {
	From, To int    // major versions
	Kept     string // the data folder in which the older data stay, as they were
}
