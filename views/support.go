package views

import (
	"context"
	"fmt"
	"strconv"

	"personae/internal/access"
	"personae/internal/persona"
)

// Support is a workspace's page about support staff.
type Support struct {
	access.Grants
	Form GrantForm
}

// GrantForm is what was typed about a grant, or about a wish for one.
type GrantForm struct {
	Email     string       `form:"email"`     // whom to let in
	Workspace string       `form:"workspace"` // where to be let in
	Scope     access.Scope `form:"scope"`
	Hours     string       `form:"hours"`
	Reason    string       `form:"reason"`
}

// NewGrantForm returns the form as nobody has touched it.
func NewGrantForm() GrantForm { return GrantForm{Scope: access.SwitchOnly, Hours: "1"} }

func scopeWords(scope access.Scope) string {
	if scope == access.FullAccess {
		return "Full access"
	}
	return "May switch the default only"
}

// accessWords names a grant in a button, so that two of one person differ.
func accessWords(scope access.Scope) string {
	if scope == access.FullAccess {
		return "the full access"
	}
	return "the access"
}

// heldWords says what a grant lets support staff do.
func heldWords(scope access.Scope) string {
	if scope == access.FullAccess {
		return "change personas, campaigns and settings"
	}
	return "switch the default persona"
}

func scopeOptions() []option {
	return []option{
		{string(access.SwitchOnly), "Switch the default only"},
		{string(access.FullAccess), "Full access to personas, campaigns and settings"},
	}
}

func hoursWords(hours int) string {
	if hours == 168 {
		return "7 days"
	}
	return count(hours, "hour")
}

func hoursOptions() []option {
	options := make([]option, 0, len(access.GrantHours()))
	for _, hours := range access.GrantHours() {
		options = append(options, option{strconv.Itoa(hours), hoursWords(hours)})
	}
	return options
}

// Granted says that there is a new grant.
func Granted(ctx context.Context, g access.Grant) *Receipt {
	return &Receipt{Title: persona.Isolate(g.Person) + " has access now", Lines: []string{
		scopeWords(g.Scope) + ", until " + moment(ctx, g.Expires) + ahead(ctx, g.Expires) +
			". You can end it here at any time; what they do is in the audit log under both names."}}
}

// CodeReplaced tells of a new support code.
func CodeReplaced(code string) *Receipt {
	return &Receipt{Title: "The support code is " + code + " now", Lines: []string{
		"Nobody finds this workspace by the code before any more. Requests and access that are there stay as they are."}}
}

// Revoked says that a grant is over.
func Revoked(g access.Grant) *Receipt {
	return &Receipt{Title: fmt.Sprintf("The grant of %s is over", persona.Isolate(g.Person)), Lines: []string{
		"Unless they hold another one, this workspace no longer exists for them. What they did stays on the page Activity."}}
}

// Decided says how a request was answered.
func Decided(r access.GrantRequest, approved bool) *Receipt {
	if approved {
		return &Receipt{Title: persona.Isolate(r.Person) + " has access now",
			Lines: []string{"The grant began now. You can end it here at any time."}}
	}
	return &Receipt{Title: fmt.Sprintf("The request of %s was declined", persona.Isolate(r.Person)),
		Lines: []string{"They have no access."}}
}

// RequestOver says that an answer came to a request that is no longer open.
func RequestOver() *Receipt {
	return &Receipt{Title: "This request is not open any more", Lines: []string{
		"It was answered or taken back already, or nobody answered within 7 days. Nothing was changed."}}
}
