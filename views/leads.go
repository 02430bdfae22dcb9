package views

import (
	"context"

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
func draftWords(ctx context.Context, state lead.DraftState) string {
	switch state {
	case lead.DraftMaking:
		return tr(ctx, "A reply is being drafted")
	case lead.DraftUnmade:
		return tr(ctx, "No draft could be made")
	case lead.DraftWaiting:
		return tr(ctx, "Draft to review")
	case lead.DraftApproved:
		return tr(ctx, "Draft approved")
	case lead.DraftSent:
		return tr(ctx, "Sent")
	case lead.DraftFailed:
		return tr(ctx, "Could not be sent")
	case lead.DraftRejected:
		return tr(ctx, "Draft rejected")
	case lead.DraftWithdrawn:
		return tr(ctx, "Draft withdrawn")
	}
	return ""
}
