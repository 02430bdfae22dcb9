package views

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Members is a workspace's people.
type Members struct {
	Members []MemberRow
	Open    []InvitationRow
	Form    InviteForm
	// FactorRequired tells whether admins here must have a second factor.
	FactorRequired bool
}

// MemberRow is one of them.
type MemberRow struct {
	User  uuid.UUID
	Name  string
	Email string
	Role  string
	You   bool
	// Factor tells whether they have a second factor.
	Factor bool
}

// InvitationRow is an invitation that nobody accepted yet.
type InvitationRow struct {
	ID      uuid.UUID
	Email   string
	Role    string
	Expires time.Time
}

// InviteForm is what was typed to invite somebody.
type InviteForm struct {
	Email, Role string
}

func roleOptions() []option {
	return []option{{Value: "member", Label: "Member: may look"}, {Value: "admin", Label: "Admin: may change everything"}, {Value: "owner", Label: "Owner: also manages owners"}}
}

func roleWords(role string) string {
	switch role {
	case "owner":
		return "owner"
	case "admin":
		return "admin"
	}
	return "member"
}

// Invited gives the link of a new invitation, this once.
func Invited(email, link string, mailed bool) *Receipt {
	what := "Send them this link."
	if mailed {
		what = "They get this link by mail; you may send it yourself as well."
	}
	return &Receipt{Title: email + " is invited", Copy: link, Lines: []string{
		what + " It is shown only now, works once, for 7 days, and only for that address."}}
}

// InvitationRevoked tells that a link is useless now.
func InvitationRevoked() *Receipt {
	return &Receipt{Title: "The invitation was revoked", Lines: []string{"Its link no longer works."}}
}

// RoleChanged tells of a member's new role.
func RoleChanged(name, role string) *Receipt {
	return &Receipt{Title: fmt.Sprintf("%s is %s now", name, article(role))}
}

// Removed tells of the end of a membership.
func Removed(name string) *Receipt {
	return &Receipt{Title: name + " is no longer a member", Lines: []string{"Their access ended at once. What they did stays in the audit log."}}
}

func article(role string) string {
	if role == "member" {
		return "a member"
	}
	return "an " + roleWords(role)
}
