package views

import (
	"context"
	"personae/internal/access"
	"personae/internal/persona"
)

// WorkspaceForm is what was typed to make a workspace.
type WorkspaceForm struct {
	Name  string `form:"name"`
	Admin string `form:"admin"` // the address of who is to own it
	Again string `form:"again"` // ticked: another one of a name that is there
	There string // the id of the workspace that has the name already; empty: none is known
}

// Workspace is a workspace's own page.
type Workspace struct {
	access.WorkspaceFacts
	Typed           string         // the name in the form
	persona.Overlap                // the name that somebody else gave it meanwhile
	Since           int            // as PersonaForm's, and
	By              persona.Change // likewise
	MayKeep         bool           // who looks may put it back
	MayErase        bool           // and erase it
}

// nameless says who leads read the workspace's name for.
func (m Workspace) nameless(ctx context.Context) string {
	switch {
	case m.Settings:
		return tr(ctx, "The settings have no display name, so leads read the workspace’s name. The next drafts show the new one.")
	case len(m.Nameless) == 0:
		return tr(ctx, "No persona shows the workspace’s name to leads, so drafts read as before under another one.")
	}
	return tr(ctx, "%[2]s have no display name, so leads read the workspace’s name in its place. "+
		"The next drafts show the new one.", len(m.Nameless), someNames(ctx, m.Nameless))
}

// waiting says what becomes of drafts that wait; "" where there are none.
func (m Workspace) waiting(ctx context.Context) string {
	if m.Waiting == 0 {
		return ""
	}
	return tr(ctx, "%d drafts of theirs wait, and keep the name that they were written with.", m.Waiting)
}

// WorkspaceCreated tells who owns a new workspace. link is an invitation that is shown
// only now; empty: the owner has an account.
func WorkspaceCreated(ctx context.Context, form WorkspaceForm, link string, mailed bool) *Receipt {
	r := &Receipt{Title: tr(ctx, "%s was created", quote(ctx, form.Name))}
	switch {
	case link == "":
		r.Lines = []string{tr(ctx, "%s owns it.", form.Admin)}
	case mailed:
		r.Copy = link
		r.Lines = []string{tr(ctx, "%s is invited to own it, and gets this link by mail; you may send it yourself as well. "+
			"It is shown only now, works once, for 7 days, and only for that address.", form.Admin)}
	default:
		r.Copy = link
		r.Lines = []string{tr(ctx, "%s is invited to own it. Send them this link. "+
			"It is shown only now, works once, for 7 days, and only for that address.", form.Admin)}
	}
	return r
}

// WorkspaceRenamed tells what a workspace is called.
func WorkspaceRenamed(ctx context.Context, name string) *Receipt {
	return &Receipt{Title: tr(ctx, "The workspace is called %s", quote(ctx, name))}
}

// WorkspaceArchived tells what archiving a workspace means, or that it is back.
func WorkspaceArchived(ctx context.Context, name string, archived bool) *Receipt {
	if !archived {
		return &Receipt{Title: tr(ctx, "%s is back", quote(ctx, name)), Lines: []string{tr(ctx, "Everything works there as it did.")}}
	}
	return &Receipt{Title: tr(ctx, "%s is archived", quote(ctx, name)), Lines: []string{
		tr(ctx, "Its people can still read everything. Nothing is changed, drafted or sent there, and messages that come in are not stored."),
		tr(ctx, "It is in no list but “Archived workspaces”, and can be put back.")}}
}

// WorkspaceErased tells that a workspace is being erased.
func WorkspaceErased(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "The workspace is being erased"), Lines: []string{
		tr(ctx, "Nobody can open it any more. All that it held is removed in the background, which may take some minutes."),
		tr(ctx, "What remains is who asked for it, and when.")}}
}

// Setup is the form that makes the first person and workspace.
type Setup struct {
	Name, Email, Workspace string
	NoPassword             bool // nobody signs in with one
}

// SetUp greets the first person.
func SetUp(ctx context.Context, workspace string, noPassword bool) *Receipt {
	r := &Receipt{Title: tr(ctx, "%s is ready", quote(ctx, workspace)), Lines: []string{tr(ctx, "You own it, and are a superadmin.")}}
	if noPassword {
		r.Lines = append(r.Lines, tr(ctx, "Sign in by single sign-on, with the address that you gave."))
	}
	return r
}
