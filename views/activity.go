package views

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/persona"
)

// Activity is a page of the audit log.
type Activity struct {
	Events                  []Event
	People, Personas        []Named
	Person, Action, Persona string // the filters
	Newest                  bool   // this page begins with the newest
	Older                   int    // where the next page begins; 0: there is none
}

// Named is something to choose.
type Named struct {
	ID   uuid.UUID
	Name string
}

// Event is one entry of the audit log.
type Event struct {
	ID              uuid.UUID
	At              time.Time
	Who, Capacity   string
	Grantor, Reason string
	Action          string
	Persona         string
	Campaign        string
	From, To        string
	User, Role      string
	Fields          []string
	Mirrored        bool
	Changes         []Change
}

func actionOptions() []option {
	return []option{{Label: "Everything"}, {Value: "persona", Label: "Personas"}, {Value: "campaign", Label: "Campaigns"}, {Value: "settings", Label: "Settings"},
		{Value: "member", Label: "Members"}, {Value: "invitation", Label: "Invitations"}, {Value: "support", Label: "Support"}, {Value: "workspace", Label: "Repairs"}, {Value: "token", Label: "API tokens"}}
}

// KnownAction tells whether the audit log can be filtered by this kind of action.
func KnownAction(kind string) bool {
	return slices.ContainsFunc(actionOptions(), func(o option) bool { return o.Value == kind })
}

func namedOptions(everything string, list []Named) []option {
	options := []option{{Label: everything}}
	for _, n := range list {
		options = append(options, option{Value: n.ID.String(), Label: n.Name})
	}
	return options
}

// actor says who did it, and in which capacity where that is not plain.
func (e Event) actor() string {
	switch e.Capacity {
	case "operator":
		return "The operator, on the command line"
	case "token":
		return "A program with an API token that " + e.Who + " made"
	case "superadmin":
		return e.Who + ", as superadmin"
	case "support":
		if e.Grantor != "" {
			return fmt.Sprintf("%s, as support let in by %s (“%s”)", e.Who, e.Grantor, e.Reason)
		}
		return e.Who + ", of the support staff"
	}
	return e.Who
}

// what says in words what was done.
func (e Event) what() string {
	quoted := func(name string) string { return "“" + name + "”" }
	switch e.Action {
	case "persona.imported":
		return "Created " + quoted(e.Persona) + " from the workspace settings"
	case "persona.created":
		if e.To != "" {
			return "Created " + quoted(e.Persona) + " as the default"
		}
		return "Created " + quoted(e.Persona)
	case "persona.edited":
		if e.To != "" {
			return "Edited " + quoted(e.Persona) + " and made it the default"
		}
		if len(e.Fields) == 0 {
			return "Saved " + quoted(e.Persona) + " without a change"
		}
		return "Edited " + quoted(e.Persona) + ": " + fieldWords(e.Fields)
	case "persona.default_set":
		if e.From == e.To {
			return "Pressed “Make default” for " + quoted(e.To) + ", which was the default already"
		}
		return "Made " + quoted(e.To) + " the default instead of " + quoted(e.From)
	case "persona.default_undone":
		return "Undid the switch: " + quoted(e.To) + " is the default again instead of " + quoted(e.From)
	case "persona.deleted":
		if e.To != "" {
			return "Deleted " + quoted(e.Persona) + "; " + quoted(e.To) + " became the default"
		}
		return "Deleted " + quoted(e.Persona)
	case "persona.duplicated":
		return "Duplicated " + quoted(e.From) + " as " + quoted(e.Persona)
	case "persona.restored":
		return "Restored an earlier version of " + quoted(e.Persona)
	case "campaign.assigned":
		if e.To == "" {
			return "Gave the campaign " + quoted(e.Campaign) + " the workspace default"
		}
		return "Gave the campaign " + quoted(e.Campaign) + " the persona " + quoted(e.To)
	case "settings.edited":
		if len(e.Fields) == 0 {
			return "Saved the workspace settings without a change"
		}
		return "Changed the workspace settings: " + fieldWords(e.Fields)
	case "workspace.repaired":
		return "Repaired the workspace; the default is " + quoted(e.Persona)
	case "demo.added":
		return "Added the demo data"
	case "member.invited":
		return "Invited somebody as " + roleWords(e.Role)
	case "member.joined":
		return "Joined as " + roleWords(e.Role)
	case "member.role_changed":
		return "Made " + e.User + " " + article(e.Role)
	case "member.removed":
		return "Removed " + e.User
	case "invitation.revoked":
		return "Revoked an invitation"
	case "token.created":
		return "Made an API token"
	case "token.revoked":
		return "Revoked an API token"
	case "support.granted":
		return "Let " + e.User + " of the support staff in"
	case "support.revoked":
		return "Ended the access of " + e.User + " of the support staff"
	case "support.requested":
		return "Asked to be let in"
	case "support.approved":
		return "Approved the request of " + e.User + " of the support staff"
	case "support.declined":
		return "Declined the request of " + e.User + " of the support staff"
	}
	kind, done, _ := strings.Cut(e.Action, ".")
	return strings.TrimSpace(strings.ToUpper(kind[:1]) + kind[1:] + " " + strings.ReplaceAll(done, "_", " "))
}

// fieldWords names form fields and settings columns as the pages do.
func fieldWords(fields []string) string {
	names := map[string]string{"name": "name", "company_name": "company name", "qualification_questions": "qualification questions"}
	for _, f := range persona.Fields() {
		label := labels([]persona.Field{f})
		names[f.Name], names[f.Setting] = label, label
	}
	words := make([]string, len(fields))
	for i, f := range fields {
		if words[i] = names[f]; words[i] == "" {
			words[i] = f
		}
	}
	return list(words)
}

// query gives the filters as part of an address, from an event on.
func (m Activity) query(before int) string {
	q := url.Values{}
	for name, value := range map[string]string{"person": m.Person, "action": m.Action, "persona": m.Persona} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if before > 0 {
		q.Set("before", strconv.Itoa(before))
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

func activityPath(s Shell, file, query string) templ.SafeURL {
	return at(s, file) + templ.SafeURL(query)
}
