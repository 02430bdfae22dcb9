package views

import (
	"context"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

// Members is a workspace's people.
type Members struct {
	Members        []access.Membership
	Invitations    []access.Invitation // that nobody accepted yet
	You            uuid.UUID           // who looks
	FactorRequired bool                // whoever changes something must have a second factor
	Form           InviteForm
}

// InviteForm is what was typed to invite somebody.
type InviteForm struct {
	Email string      `form:"email"`
	Role  access.Role `form:"role"`
}

func roleOptions() []option {
	return []option{
		{string(access.Member), "Member: may look"},
		{string(access.Admin), "Admin: may change everything"},
		{string(access.Owner), "Owner: also manages owners"},
	}
}

// roleWords names the role of a member.
func roleWords(ctx context.Context, role access.Role) string {
	switch role {
	case access.Owner:
		return tr(ctx, "owner")
	case access.Admin:
		return tr(ctx, "admin")
	}
	return tr(ctx, "member")
}

// aRole is roleWords with its article.
func aRole(ctx context.Context, role access.Role) string {
	switch role {
	case access.Owner:
		return tr(ctx, "an owner")
	case access.Admin:
		return tr(ctx, "an admin")
	}
	return tr(ctx, "a member")
}

// Invited shows the link of a new invitation, this once.
func Invited(i access.Invitation, link string, mailed bool) *Receipt {
	what := "Send them this link."
	if mailed {
		what = "They get this link by mail; you may send it yourself as well."
	}
	return &Receipt{Title: i.Email + " is invited", Copy: link, Lines: []string{
		what + " It is shown only now, works once, for 7 days, and only for that address."}}
}

// InvitationRevoked says that a link is useless now.
func InvitationRevoked() *Receipt {
	return &Receipt{Title: "The invitation was revoked", Lines: []string{"Its link no longer works."}}
}

// RoleChanged says what role a member has now.
func RoleChanged(ctx context.Context, m access.Membership) *Receipt {
	return &Receipt{Title: tr(ctx, "%s is %s now", persona.Isolate(m.Name), aRole(ctx, m.Role))}
}

// Removed says that a membership is over.
func Removed(m access.Membership) *Receipt {
	return &Receipt{Title: persona.Isolate(m.Name) + " is no longer a member", Lines: []string{
		"Their access ended at once. What they did stays on the page Activity."}}
}

// FactorRequired says whether a workspace asks its admins for a second factor now.
func FactorRequired(workspace string, required bool) *Receipt {
	if required {
		return &Receipt{Title: persona.Isolate(workspace) + " now requires a second factor of its admins", Lines: []string{
			"Whoever has none can still look at everything, and is told how to add one."}}
	}
	return &Receipt{Title: persona.Isolate(workspace) + " no longer requires a second factor"}
}
