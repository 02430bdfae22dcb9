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
	const stays = "No persona shows the workspace’s name to leads, so drafts read as before under another one."
	switch {
	case m.Settings:
		return "The settings have no display name, so leads read the workspace’s name. The next drafts show the new one."
	case len(m.Nameless) == 0:
		return stays
	}
	return someNames(ctx, m.Nameless) + " " + hasOrHave(len(m.Nameless)) +
		" no display name, so leads read the workspace’s name in its place. The next drafts show the new one."
}

func hasOrHave(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

// waiting says what becomes of drafts that wait; "" where there are none.
func (m Workspace) waiting() string {
	switch m.Waiting {
	case 0:
		return ""
	case 1:
		return "1 draft of theirs waits, and keeps the name that it was written with."
	}
	return count(m.Waiting, "draft") + " of theirs wait, and keep the name that they were written with."
}

// WorkspaceCreated tells who owns a new workspace. link is an invitation that is shown
// only now; empty: the owner has an account.
func WorkspaceCreated(form WorkspaceForm, link string, mailed bool) *Receipt {
	r := &Receipt{Title: quoted(form.Name) + " was created"}
	switch {
	case link == "":
		r.Lines = []string{form.Admin + " owns it."}
	case mailed:
		r.Copy = link
		r.Lines = []string{form.Admin + " is invited to own it, and gets this link by mail; you may send it yourself as well. " +
			"It is shown only now, works once, for 7 days, and only for that address."}
	default:
		r.Copy = link
		r.Lines = []string{form.Admin + " is invited to own it. Send them this link. " +
			"It is shown only now, works once, for 7 days, and only for that address."}
	}
	return r
}

// WorkspaceRenamed tells what a workspace is called.
func WorkspaceRenamed(name string) *Receipt {
	return &Receipt{Title: "The workspace is called " + quoted(name)}
}

// WorkspaceArchived tells what archiving a workspace means, or that it is back.
func WorkspaceArchived(name string, archived bool) *Receipt {
	if !archived {
		return &Receipt{Title: quoted(name) + " is back", Lines: []string{"Everything works there as it did."}}
	}
	return &Receipt{Title: quoted(name) + " is archived", Lines: []string{
		"Its people can still read everything. Nothing is changed, drafted or sent there, and messages that come in are not stored.",
		"It is in no list but “Archived workspaces”, and can be put back."}}
}

// WorkspaceErased tells that a workspace is being erased.
func WorkspaceErased() *Receipt {
	return &Receipt{Title: "The workspace is being erased", Lines: []string{
		"Nobody can open it any more. All that it held is removed in the background, which may take some minutes.",
		"What remains is who asked for it, and when."}}
}

// Setup is the form that makes the first person and workspace.
type Setup struct {
	Name, Email, Workspace string
	NoPassword             bool // nobody signs in with one
}

// SetUp greets the first person.
func SetUp(workspace string, noPassword bool) *Receipt {
	r := &Receipt{Title: quoted(workspace) + " is ready", Lines: []string{"You own it, and are a superadmin."}}
	if noPassword {
		r.Lines = append(r.Lines, "Sign in by single sign-on, with the address that you gave.")
	}
	return r
}
