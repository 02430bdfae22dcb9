package access

import (
	"github.com/google/uuid"
)

// Membership is one of the people of a workspace.
type Membership struct {
	User  uuid.UUID
	Name  string
	Email string
	Role  Role
	// Factor reports whether they have a second factor.
	Factor bool
}
