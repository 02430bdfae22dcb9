package views

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"personae/internal/lead"
)

// Receipt tells what an action did, in sentences.
type Receipt struct {
	Title      string
	Lines      []string
	Say        []string      // the same for support staff to read to the customer; nil: there is nothing to read
	Codes      []string      // recovery codes that are shown only now
	Copy       string        // a link or secret that is shown only now; empty: there is none
	Undo       uuid.UUID     // the event of a switch that can be undone; uuid.Nil: there is none
	UndoAssign uuid.UUID     // the event of an assignment of campaigns that can be; uuid.Nil: there is none
	List       Listing       // the part of the campaigns that is shown after that
	Deleted    *Deletion     // what it deleted and can be restored; nil: nothing
	Outdated   lead.Outdated // drafts that wait in a voice that would not answer any more
	Replaced   int           // version of the settings whose words it replaced; 0: none
}

// Deletion is a persona that can be restored, with the words of a version.
type Deletion struct {
	ID      uuid.UUID
	Name    string
	Version int
	Lost    bool // its place as the default, or campaigns that named it
}

// isLink reports whether what a receipt shows only now is a link, else it is a secret.
func isLink(shown string) bool { return strings.HasPrefix(shown, "http") }

// copied names what a receipt shows only now, on the button that copies it.
func copied(ctx context.Context, shown string) string {
	if isLink(shown) {
		return tr(ctx, "the link")
	}
	return tr(ctx, "the secret")
}
