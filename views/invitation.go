package views

// InvitationShown is what an invitation's link shows.
type InvitationShown struct {
	Token      string
	Workspace  string
	Email      string
	Role       string
	InvitedBy  string // empty: the operator
	HasAccount bool
	Name       string // typed for a new account
	NoPassword bool   // single sign-on signs people in, and no password does
}

// Joined welcomes a new member.
func Joined(workspace, role string) *Receipt {
	return &Receipt{Title: "Welcome to " + workspace, Lines: []string{"You are " + article(role) + " here."}}
}

// AccountMade tells of an account that nobody signed in to yet.
func AccountMade(workspace string) *Receipt {
	return &Receipt{Title: "Your account is ready", Lines: []string{"Sign in to open " + workspace + "."}}
}
