package views

import (
	"context"
	"strconv"

	"personae/internal/access"
	"personae/internal/i18n"
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

func scopeWords(ctx context.Context, scope access.Scope) string {
	if scope == access.FullAccess {
		return tr(ctx, "Full access")
	}
	return tr(ctx, "May switch the default only")
}

// accessWords names a grant in a button, so that two of one person differ.
func accessWords(ctx context.Context, g access.Grant) string {
	if g.Scope == access.FullAccess {
		return tr(ctx, " the full access of %s", persona.Isolate(g.Person))
	}
	return tr(ctx, " the access of %s", persona.Isolate(g.Person))
}

// heldWords says what a grant lets support staff do, before until when.
func heldWords(ctx context.Context, scope access.Scope) string {
	if scope == access.FullAccess {
		return tr(ctx, "You are here as support staff and may change personas, campaigns and settings until")
	}
	return tr(ctx, "You are here as support staff and may switch the default persona until")
}

// requested says what a request is for.
func requested(ctx context.Context, r access.GrantRequest) string {
	return tr(ctx, "%s, for %s: “%s”", scopeWords(ctx, r.Scope), hoursWords(ctx, r.Hours), r.Reason)
}

func scopeOptions(ctx context.Context) []option {
	return []option{
		{string(access.SwitchOnly), tr(ctx, "Switch the default only")},
		{string(access.FullAccess), tr(ctx, "Full access to personas, campaigns and settings")},
	}
}

func hoursWords(ctx context.Context, hours int) string {
	if hours == 168 {
		return tr(ctx, "7 days")
	}
	return i18n.Count(ctx, hours, "hour")
}

func hoursOptions(ctx context.Context) []option {
	options := make([]option, 0, len(access.GrantHours()))
	for _, hours := range access.GrantHours() {
		options = append(options, option{strconv.Itoa(hours), hoursWords(ctx, hours)})
	}
	return options
}

// Granted says that there is a new grant.
func Granted(ctx context.Context, g access.Grant) *Receipt {
	return &Receipt{Title: tr(ctx, "%s has access now", persona.Isolate(g.Person)), Lines: []string{
		tr(ctx, "%s, until %s%s. You can end it here at any time; what they do is in the audit log under both names.",
			scopeWords(ctx, g.Scope), moment(ctx, g.Expires), ahead(ctx, g.Expires))}}
}

// CodeReplaced tells of a new support code.
func CodeReplaced(ctx context.Context, code string) *Receipt {
	return &Receipt{Title: tr(ctx, "The support code is %s now", code), Lines: []string{
		tr(ctx, "Nobody finds this workspace by the code before any more. Requests and access that are there stay as they are.")}}
}

// Revoked says that a grant is over.
func Revoked(ctx context.Context, g access.Grant) *Receipt {
	return &Receipt{Title: tr(ctx, "The grant of %s is over", persona.Isolate(g.Person)), Lines: []string{
		tr(ctx, "Unless they hold another one, this workspace no longer exists for them. What they did stays on the page Activity.")}}
}

// Decided says how a request was answered.
func Decided(ctx context.Context, r access.GrantRequest, approved bool) *Receipt {
	if approved {
		return &Receipt{Title: tr(ctx, "%s has access now", persona.Isolate(r.Person)),
			Lines: []string{tr(ctx, "The grant began now. You can end it here at any time.")}}
	}
	return &Receipt{Title: tr(ctx, "The request of %s was declined", persona.Isolate(r.Person)),
		Lines: []string{tr(ctx, "They have no access.")}}
}

// RequestOver says that an answer came to a request that is no longer open.
func RequestOver(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "This request is not open any more"), Lines: []string{
		tr(ctx, "It was answered or taken back already, or nobody answered within 7 days. Nothing was changed.")}}
}
