package views

import (
	"context"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
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

func roleOptions(ctx context.Context) []option {
	return []option{
		{string(access.Member), tr(ctx, "Member: may look")},
		{string(access.Admin), tr(ctx, "Admin: may change everything")},
		{string(access.Owner), tr(ctx, "Owner: also manages owners")},
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

// Invited shows the link of a new invitation, this once.
func Invited(ctx context.Context, i access.Invitation, link string, mailed bool) *Receipt {
	r := &Receipt{Title: tr(ctx, "%s is invited", i.Email), Copy: link}
	if mailed {
		r.Lines = []string{tr(ctx, "They get this link by mail; you may send it yourself as well. "+
			"It is shown only now, works once, for 7 days, and only for that address.")}
	} else {
		r.Lines = []string{tr(ctx, "Send them this link. It is shown only now, works once, for 7 days, and only for that address.")}
	}
	return r
}

// InvitationRevoked says that a link is useless now.
func InvitationRevoked(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "The invitation was revoked"), Lines: []string{tr(ctx, "Its link no longer works.")}}
}

// RoleChanged says what role a member has now.
func RoleChanged(ctx context.Context, m access.Membership) *Receipt {
	return &Receipt{Title: tr(ctx, map[access.Role]string{
		access.Owner: i18n.N("%s is an owner now"), access.Admin: i18n.N("%s is an admin now"), access.Member: i18n.N("%s is a member now"),
	}[m.Role], persona.Isolate(m.Name))}
}

// Removed says that a membership is over.
func Removed(ctx context.Context, m access.Membership) *Receipt {
	return &Receipt{Title: tr(ctx, "%s is no longer a member", persona.Isolate(m.Name)), Lines: []string{
		tr(ctx, "Their access ended at once. What they did stays on the page Activity.")}}
}

// FactorRequired says whether a workspace asks its admins for a second factor now.
func FactorRequired(ctx context.Context, workspace string, required bool) *Receipt {
	if required {
		return &Receipt{Title: tr(ctx, "%s now requires a second factor of its admins", persona.Isolate(workspace)), Lines: []string{
			tr(ctx, "Whoever has none can still look at everything, and is told how to add one.")}}
	}
	return &Receipt{Title: tr(ctx, "%s no longer requires a second factor", persona.Isolate(workspace))}
}
