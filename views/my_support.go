package views

import (
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

// MySupport is support staff's own page.
type MySupport struct {
	Grants   []access.Grant
	Requests []access.GrantRequest
	Form     GrantForm
}

// SupportRequest is the page of one request.
type SupportRequest struct {
	Request access.GrantRequest
	Grant   *access.Grant // that answers it; nil: none does
	Looked  bool          // somebody looked again, so the answer takes the focus
}

// lets reports whether the grant that answers the request lets its holder in now.
func (m SupportRequest) lets() bool {
	return m.Grant != nil && m.Grant.Revoked == nil && !m.Grant.Orphaned && m.Grant.Expires.After(time.Now())
}

// answer says in a few words what became of the request.
func (m SupportRequest) answer(ctx context.Context) string {
	switch {
	case m.lets():
		return tr(ctx, "You have access to %s", persona.Isolate(m.Grant.WorkspaceName))
	case m.Grant != nil:
		return tr(ctx, "Your access to %s has ended", persona.Isolate(m.Grant.WorkspaceName))
	}
	return strings.TrimSuffix(requestState(ctx, m.Request), ".")
}

// requestName names the workspace that a request is for: as it was typed, until it is
// granted.
func requestName(ctx context.Context, r access.GrantRequest) string {
	if r.WorkspaceName != "" {
		return r.WorkspaceName
	}
	return tr(ctx, "Workspace %s", persona.Isolate(r.Asked))
}

func workspacePath(id uuid.UUID) templ.SafeURL {
	return templ.SafeURL("/workspaces/" + id.String() + "/personas")
}

func requestPath(r access.GrantRequest, action string) templ.SafeURL {
	return templ.SafeURL("/support/requests/" + r.ID.String() + action)
}

// requestState says what became of a request.
func requestState(ctx context.Context, r access.GrantRequest) string {
	switch {
	case r.Granted:
		return tr(ctx, "Approved.")
	case r.Withdrawn:
		return tr(ctx, "Taken back.")
	case r.Decided:
		return tr(ctx, "Declined.")
	case r.RanOut:
		return tr(ctx, "Not answered within 7 days.")
	}
	return tr(ctx, "No answer yet.")
}

// Withdrawn says that a request was taken back, and not whether there is such a
// workspace.
func Withdrawn(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "Your request is taken back"),
		Lines: []string{tr(ctx, "Nobody can approve it any more. You can ask again at any time.")}}
}

// Asked says that a request was sent, and not whether there is such a workspace.
func Asked(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "Your request is on its way"), Lines: []string{
		tr(ctx, "If there is one workspace with this code or name, its admins see the request now, for 7 days. This page shows their answer.")}}
}
