package views

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Workspaces is the list of workspaces that one may open.
type Workspaces struct {
	Listing
	Items []WorkspaceItem
}

// WorkspaceItem is one workspace in that list.
type WorkspaceItem struct {
	ID       uuid.UUID
	Name     string
	Capacity string // owner, admin, member, support, superadmin
	Default  string // the default persona's name; empty: none
	Personas int
	Changed  time.Time // when something was last done there
}

// SortByChange sorts workspaces, the one changed last first.
const SortByChange = "change"

func workspaceOrders() []option {
	return []option{{Value: "", Label: "name"}, {Value: SortByChange, Label: "last change"}}
}

// capacityWords says in what capacity one may open a workspace.
func capacityWords(capacity string) string {
	switch capacity {
	case "owner":
		return "You own this workspace."
	case "admin":
		return "You are an admin."
	case "member":
		return "You are a member and may read."
	case "support":
		return "Open to you as support."
	case "superadmin":
		return "Open to you as superadmin."
	}
	return ""
}

// defaultWords says who speaks in a workspace of the list.
func defaultWords(w WorkspaceItem) string {
	switch {
	case w.Default == "":
		return "No persona yet."
	case w.Personas == 1:
		return w.Default + " speaks, the only persona."
	}
	return fmt.Sprintf("%s speaks by default, one of %s.", w.Default, count(w.Personas, "persona"))
}
