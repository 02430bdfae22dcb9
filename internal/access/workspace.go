package access

import (
	"time"

	"github.com/google/uuid"
)

// Workspace is one line of the list of workspaces that one may open.
type Workspace struct {
	ID       uuid.UUID
	Name     string
	Role     Role
	Default  string // the default persona's name; empty: none
	Personas int
	Changed  time.Time // when something was last done here
}
