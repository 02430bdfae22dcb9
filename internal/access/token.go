package access

import (
	"time"

	"github.com/google/uuid"
)

// TokenScope is what a program may do with a token. Each includes those before it, but
// TokenSend, which only TokenWrite includes.
type TokenScope string

// The scopes of tokens.
const (
	TokenRead    TokenScope = "read"
	TokenPropose TokenScope = "propose" // propose a change, which a client admin decides on
	TokenSwitch  TokenScope = "switch"  // make another persona the default
	TokenSend    TokenScope = "send"    // read leads and drafts, and say what was sent
	TokenWrite   TokenScope = "write"   // everything but access
)

// TokenScopes lists what a token may be allowed.
func TokenScopes() []TokenScope {
	return []TokenScope{TokenRead, TokenPropose, TokenSwitch, TokenSend, TokenWrite}
}

// TokenDays lists for how long a token may be made, in days.
func TokenDays() []int { return []int{30, 90, 365} }

// Token is a program's key to one workspace. Its text is known to nobody but
// whoever was shown it once.
type Token struct {
	ID         uuid.UUID
	Name       string
	Scope      TokenScope
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
	Scope TokenScope
	Days  int    // that it works: one of TokenDays
	Hash  []byte // SHA-256 of its text
}

// InboundSecret is when a workspace's secret was made, and by whom.
type InboundSecret struct {
	MadeAt time.Time // zero: there is none
	MadeBy string
}
