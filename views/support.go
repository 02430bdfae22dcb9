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
	Person           string
	Full             bool
	Hours            int
	Reason           string
	At               time.Time
	Decided, Granted bool
}

// GrantForm is what was typed about a grant.
type GrantForm struct {
	Email     string // whom to let in
	Workspace string // where to be let in
	Scope     string
	Hours     string
	Reason    string
}

func scopeWords(full bool) string {
	if full {
		return "Full access"
	}
	return "May switch the default only"
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
	case r.Decided:
		return "Declined."
	}
	return "No answer yet."
}

// Granted tells of a new grant.
func Granted(g Grant) *Receipt {
	return &Receipt{Title: g.Person + " may come in", Lines: []string{
		scopeWords(g.Full) + ", until " + moment(g.Until) + ". You can end it here at any time; what they do is in the audit log under both names."}}
}

// Revoked tells of the end of a grant.
func Revoked(g Grant) *Receipt {
	return &Receipt{Title: g.Person + " has no access any more", Lines: []string{"What they did stays in the audit log."}}
}

// Decided tells of an answered request.
func Decided(person string, approved bool) *Receipt {
	if approved {
		return &Receipt{Title: person + " may come in", Lines: []string{"The grant began now. You can end it here at any time."}}
	}
	return &Receipt{Title: fmt.Sprintf("The request of %s is declined", person), Lines: []string{"They have no access."}}
}

// Asked tells of a request, and not whether there is such a workspace.
func Asked() *Receipt {
	return &Receipt{Title: "Your request is on its way", Lines: []string{
		"If there is such a workspace, its admins see the request now, for 7 days. When one approves it, the workspace appears below."}}
}
