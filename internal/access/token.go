package access

import (
	"time"

	"github.com/google/uuid"
)

// Token is a program's key to one workspace. Its text is known to nobody but
// whoever was shown it once.
type Token struct {
	ID         uuid.UUID
	Name       string
	Scope      string // "read", "switch" or "write"
	MadeBy     string // a person's name
	Orphaned   bool   // who made it is no owner, admin or superadmin any more, so it does not work
	CreatedAt  time.Time
	ExpiresAt  time.Time
	RevokedAt  time.Time // zero: it is not revoked
	LastUsedAt time.Time // to the hour; zero: never
}

// NewToken is what making a token takes.
type NewToken struct {
	Name  string
	Scope string // "read", "switch" or "write"
	Days  int    // that it works: 30, 90 or 365
	Hash  []byte // SHA-256 of its text
}

// InboundSecret is when a workspace's secret was made, and by whom.
type InboundSecret struct {
	MadeAt time.Time // zero: there is none
	MadeBy string
}
