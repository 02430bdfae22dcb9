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
	Workspaces          int // that they are a member of
}

// Forgotten counts what somebody had who lost their second factor.
type Forgotten struct {
	App      bool // an authenticator app
	Passkeys int
	Codes    int // recovery codes that were not used
	Sessions int
}

// Leaver is a person with what ends when they leave.
type Leaver struct {
	Person
	In     []Workspace // the first of those that they are a member of, by name: id, name and role
	LastIn []string    // names of the workspaces that would be left without an owner or admin
	Ends   Ending
}

// Ending counts what ends when a person is disabled.
type Ending struct {
	Sessions    int
	Tokens      int // that they made
	Grants      int // for support staff, that they hold or gave
	Invitations int // that they made or got
}

// NewUser is what adding a person takes.
type NewUser struct {
	Email, Name, PasswordHash string
	Superadmin, Support       bool
}
