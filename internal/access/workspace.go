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
	Archived bool
	Scope    Scope     // of the grant under which it is open to support staff; empty: it is not as such
	Until    time.Time // when that grant ends
	Requests int       // of support staff, that wait for an answer by the visitor
}

// WorkspaceFacts is a workspace as its own page shows it.
type WorkspaceFacts struct {
	Name       string
	Version    int // grows by one with each change of the name
	CreatedAt  time.Time
	ArchivedAt time.Time // zero: it is not archived
	// Nameless are the personas that have no display name, so that leads read the
	// workspace's name in its place; Settings is set where the settings answer so.
	Nameless []string
	Settings bool
	Waiting  int // drafts of theirs that wait, and keep the name that they were written with
}

// StaleNameError is a rename based on an outdated version. Nothing was written.
type StaleNameError struct {
	Theirs WorkspaceFacts
}

// Error says so without anybody's words.
func (*StaleNameError) Error() string { return "somebody else renamed this workspace first" }

// NameThereError is a workspace's name that another one has, which wants a second look.
type NameThereError struct{ ID uuid.UUID }

// Error says so without the name.
func (*NameThereError) Error() string { return "there is a workspace of this name already" }
