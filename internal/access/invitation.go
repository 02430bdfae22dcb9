package access

import (
	"time"

	"github.com/google/uuid"
)

// Invitation lets whoever has an address join a workspace, once.
type Invitation struct {
	ID            uuid.UUID
	Workspace     uuid.UUID
	WorkspaceName string
	Email         string
	Role          Role
	InvitedBy     string // empty: the operator
	Expires       time.Time
	HasAccount    bool // somebody signs in with the address already
}

// WrongPersonError is an invitation accepted by somebody else than the invited.
type WrongPersonError struct {
	Invited string // address
}

// Error says so without the address.
func (*WrongPersonError) Error() string { return "invitation of somebody else" }
