package views

import (
	"context"

	"personae/internal/access"
	"personae/internal/i18n"
)

// Invitation is what an invitation's link shows, and the account that is made with it.
type Invitation struct {
	access.Invitation
	Token      string
	Name       string // typed for a new account
	NoPassword bool   // single sign-on signs people in, and no password does
}

// Joined welcomes a new member.
func Joined(ctx context.Context, i access.Invitation) *Receipt {
	return &Receipt{Title: tr(ctx, "Welcome to %s", i.WorkspaceName), Lines: []string{tr(ctx, map[access.Role]string{
		access.Owner: i18n.N("You are an owner here."), access.Admin: i18n.N("You are an admin here."),
		access.Member: i18n.N("You are a member here."),
	}[i.Role])}}
}

// AccountMade says that there is an account that nobody signed in to yet.
func AccountMade(ctx context.Context, i access.Invitation) *Receipt {
	return &Receipt{Title: tr(ctx, "Your account is ready"), Lines: []string{tr(ctx, "Sign in to open %s.", i.WorkspaceName)}}
}
