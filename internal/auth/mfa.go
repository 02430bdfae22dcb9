package auth

import (
	"time"

	"github.com/google/uuid"
)

// Factors is how a person proves, beside the password, that it is they.
type Factors struct {
	User       uuid.UUID
	Email      string
	Name       string
	Password   bool // a password was set
	TOTP       *TOTP
	Passkeys   []Passkey
	Codes      []string // hashes of the recovery codes that are left
	Fresh      bool     // the session began so lately that factors may be changed
	RequiredBy []string // names of workspaces that ask it of this person
}

// TOTP is an authenticator app.
type TOTP struct {
	Secret   []byte // nil: it cannot be read
	LastStep int64  // half minute whose code was used last
	Added    time.Time
}

// Passkey is one passkey.
type Passkey struct {
	ID           uuid.UUID
	CredentialID []byte
	Credential   []byte // as Passkeys returns it
	Name         string
	Added        time.Time
	LastUsed     time.Time // zero: never
}

// Any reports whether there is a second factor.
func (f Factors) Any() bool { return f.TOTP != nil || len(f.Passkeys) > 0 }

// Step is a sign-in that owes the second factor.
type Step struct {
	User      uuid.UUID
	Next      string // where to go afterwards
	Kept      string // a form that waits, sealed; empty: none
	Challenge []byte // what a passkey is to sign, as JSON; nil: there is none
}
