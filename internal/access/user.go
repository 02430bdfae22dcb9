package access

import (
	"github.com/google/uuid"
)

// Longest names, in characters.
const (
	UserNameLimit      = 120
	WorkspaceNameLimit = 120
)

// Account is what signing in needs to know of a person.
type Account struct {
	ID           uuid.UUID
	PasswordHash string // empty: no password was ever set
	Factor       bool   // a second factor is asked for too
}

// Person is somebody who may sign in, or could.
type Person struct {
	ID                  uuid.UUID
	Email, Name         string
	Superadmin, Support bool
	Disabled            bool
}

// NewUser is what adding a person takes.
type NewUser struct {
	Email, Name, PasswordHash string
	Superadmin, Support       bool
}
