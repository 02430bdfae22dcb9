package views

import (
	"context"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// Workspaces is the list of workspaces that one may open.
type Workspaces struct {
	Listing
	Items     []access.Workspace
	MayCreate bool   // who looks may add one
	To        string // the page of each that the list leads to, such as "/personas"
}

// frame returns what surrounds the list.
func (m Workspaces) frame(ctx context.Context, s Shell) frame {
	f := frame{Shell: s}
	if m.MayCreate && !m.Archived {
		f.Action, f.ActionPath = tr(ctx, "Create workspace"), "/workspaces/new"
	}
	return f
}

// SortByChange sorts workspaces, the one changed last first.
const SortByChange = "change"

func workspaceOrders(ctx context.Context) []option {
	return []option{{Value: "", Label: tr(ctx, "name")}, {Value: SortByChange, Label: tr(ctx, "last change")}}
}

// requestsWait says that requests of support staff wait for an answer.
func requestsWait(ctx context.Context, n int) string {
	return tr(ctx, "%d requests wait for support access", n)
}

// openAs says in what role one may open a workspace, and as support staff for what and
// how long.
func openAs(ctx context.Context, w access.Workspace) string {
	switch w.Role {
	case access.Owner:
		return tr(ctx, "You own this workspace.")
	case access.Admin:
		return tr(ctx, "You are an admin.")
	case access.Member:
		return tr(ctx, "You are a member and may read.")
	case access.Support:
		format := i18n.N("You are support staff here and may switch the default persona until %s%s.")
		if w.Scope == access.FullAccess {
			format = i18n.N("You are support staff here and may change personas, campaigns and settings until %s%s.")
		}
		return tr(ctx, format, moment(ctx, w.Until), ahead(ctx, w.Until))
	case access.Superadmin:
		return tr(ctx, "Open to you as superadmin.")
	}
	return ""
}

// defaultWords says who speaks in a workspace of the list.
func defaultWords(ctx context.Context, w access.Workspace) string {
	switch {
	case w.Default == "":
		return tr(ctx, "No persona yet.")
	case w.Personas == 1:
		return tr(ctx, "%s speaks, the only persona.", persona.Isolate(w.Default))
	}
	return tr(ctx, "%[2]s speaks by default, one of %[1]d personas.", upTo(w.Personas), persona.Isolate(w.Default))
}
