package views

import "personae/internal/access"

// Invitation is what an invitation's link shows, and the account that is made with it.
type Invitation struct {
	access.Invitation
	Token      string
	Name       string // typed for a new account
	NoPassword bool   // single sign-on signs people in, and no password does
}

// Joined welcomes a new member.
func Joined(i access.Invitation) *Receipt {
	return &Receipt{Title: "Welcome to " + i.WorkspaceName, Lines: []string{"You are " + aRole(i.Role) + " here."}}
}

// AccountMade says that there is an account that nobody signed in to yet.
func AccountMade(i access.Invitation) *Receipt {
	return &Receipt{Title: "Your account is ready", Lines: []string{"Sign in to open " + i.WorkspaceName + "."}}
}
