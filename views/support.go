package views

import (
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Support is a workspace's page about support staff.
type Support struct {
	Requests      []Request // that wait for an answer
	Current, Past []Grant
	Form          GrantForm
}

// MySupport is support staff's own page.
type MySupport struct {
	Grants   []Grant
	Requests []Request
	Form     GrantForm
}

// Grant is one support grant.
type Grant struct {
	ID            uuid.UUID
	Workspace     uuid.UUID
	WorkspaceName string
	Person        string
	Full          bool // otherwise only the default may be switched
	Reason        string
	GrantedBy     string
	From, Until   time.Time
	Revoked       *time.Time
}

// Request is one wish for a grant.
type Request struct {
	ID               uuid.UUID
	Workspace        uuid.UUID
	WorkspaceName    string // empty until it is granted
	Person           string
	Full             bool
	Hours            int
	Reason           string
	At               time.Time
	Decided, Granted bool
	Withdrawn        bool
	RanOut           bool
}

// GrantForm is what was typed about a grant.
type GrantForm struct {
	Email     string // whom to let in
	Workspace string // where to be let in
	Scope     string
	Hours     string
	Reason    string
}

// accessWords names a grant in a button, so that two of one person differ.
func accessWords(full bool) string {
	if full {
		return "the full access"
	}
	return "the access"
}

func scopeWords(full bool) string {
	if full {
		return "Full access"
	}
	return "May switch the default only"
}

// heldWords says what a grant lets support staff do.
func heldWords(full bool) string {
	if full {
		return "change personas, campaigns and settings"
	}
	return "switch the default persona"
}

func hoursWords(hours int) string {
	switch hours {
	case 168:
		return "7 days"
	case 1:
		return "1 hour"
	}
	return strconv.Itoa(hours) + " hours"
}

func scopeOptions() []option {
	return []option{{Value: "switch", Label: "Switch the default only"}, {Value: "full", Label: "Full access to personas, campaigns and settings"}}
}

func hoursOptions() []option {
	return []option{{Value: "1", Label: "1 hour"}, {Value: "24", Label: "24 hours"}, {Value: "168", Label: "7 days"}}
}

func (r Request) state() string {
	switch {
	case r.Granted:
		return "Approved."
	case r.Withdrawn:
		return "Taken back."
	case r.Decided:
		return "Declined."
	case r.RanOut:
		return "Not answered within 7 days."
	}
	return "No answer yet."
}

func (r Request) open() bool { return !r.Decided && !r.RanOut }

// Granted tells of a new grant.
func Granted(g Grant) *Receipt {
	return &Receipt{Title: g.Person + " has access now", Lines: []string{
		scopeWords(g.Full) + ", until " + moment(g.Until) + ahead(g.Until) + ". You can end it here at any time; what they do is in the audit log under both names."}}
}

// Revoked tells of the end of a grant.
func Revoked(g Grant) *Receipt {
	return &Receipt{Title: fmt.Sprintf("The grant of %s is over", g.Person), Lines: []string{"Unless they hold another one, this workspace no longer exists for them. What they did stays in the audit log."}}
}

// Decided tells of an answered request.
func Decided(person string, approved bool) *Receipt {
	if approved {
		return &Receipt{Title: person + " has access now", Lines: []string{"The grant began now. You can end it here at any time."}}
	}
	return &Receipt{Title: fmt.Sprintf("The request of %s was declined", person), Lines: []string{"They have no access."}}
}

// RequestOver tells of an answer to a request that is no longer open.
func RequestOver() *Receipt {
	return &Receipt{Title: "This request is not open any more", Lines: []string{
		"It was answered or taken back already, or nobody answered within 7 days. Nothing was changed."}}
}

// Withdrawn tells of a request that was taken back, and not whether there is such
// a workspace.
func Withdrawn() *Receipt {
	return &Receipt{Title: "Your request is taken back", Lines: []string{"Nobody can approve it any more. You can ask again at any time."}}
}

// Asked tells of a request, and not whether there is such a workspace.
func Asked() *Receipt {
	return &Receipt{Title: "Your request is on its way", Lines: []string{
		"If there is such a workspace, its admins see the request now, for 7 days. When one approves it, the workspace appears below."}}
}
