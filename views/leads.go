package views

import (
	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/lead"
)

// Leads is the list of who wrote, and of what could not be made for them.
type Leads struct {
	Listing
	Items  []lead.Summary
	Failed []lead.Failure
}

func leadPath(s Shell, id uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"leads", id.String()}, action...)...)
}

// draftWords says how far a draft is.
func draftWords(state lead.DraftState) string {
	switch state {
	case lead.DraftMaking:
		return "A reply is being drafted"
	case lead.DraftUnmade:
		return "No draft could be made"
	case lead.DraftWaiting:
		return "Draft to review"
	case lead.DraftApproved:
		return "Draft approved"
	case lead.DraftSent:
		return "Sent"
	case lead.DraftFailed:
		return "Could not be sent"
	case lead.DraftRejected:
		return "Draft rejected"
	case lead.DraftWithdrawn:
		return "Draft withdrawn"
	}
	return ""
}
