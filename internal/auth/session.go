package auth

import (
	"time"

	"github.com/google/uuid"
)

// Session is one sign-in session of a person.
type Session struct {
	ID      uuid.UUID
	Agent   string // kind of browser; empty: not known
	Started time.Time
	// LastUsed is when a page was last asked for, to about ten minutes.
	LastUsed time.Time
	This     bool // the one that asks
}
