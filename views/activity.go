package views

import (
	"cmp"
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
	Events                            []Event
	Outside                           []Event // changes by programs outside personae
	People, Personas                  []Named
	Person, Action, Persona, From, To string    // the filters, as typed
	Undoable                          uuid.UUID // the switch that can be taken back; uuid.Nil: there is none
	Assigned                          uuid.UUID // the assignment of many campaigns that can be; uuid.Nil: there is none
	Newest                            bool      // this page begins with the newest
	Older                             int       // where the next page begins; 0: there is none
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
	Campaigns       int    // that have another persona now
	Moves           []Move // of the first of them
	LeadID          uuid.UUID
	Lead            string   // whom it concerns; empty: no lead
	Made, Rewritten int      // personas that it added, and that were there before
	Followed        []string // settings that changed with the default
	Replaced        int      // version of the settings whose words a first persona replaced; 0: it replaced none
	Changes         []Change
}

// Move is what an event that concerns several campaigns did to one. The empty
// name of a persona is the workspace default.
type Move struct {
	Campaign string // empty: it is gone
	From, To string
}

func (m Move) what() string {
	return cmp.Or(m.Campaign, "A campaign that is gone") + ": from " + voiceOf(m.From) + " to " + voiceOf(m.To)
}

func actionOptions() []option {
	return []option{{Label: "Everything"}, {Value: "default", Label: "Default switched"}, {Value: "persona", Label: "Personas"}, {Value: "campaign", Label: "Campaigns"}, {Value: "settings", Label: "Settings"},
		{Value: "member", Label: "Members"}, {Value: "invitation", Label: "Invitations"}, {Value: "support", Label: "Support"}, {Value: "workspace", Label: "Workspace"}, {Value: "token", Label: "API tokens"}, {Value: "import", Label: "Import"},
		{Value: "draft", Label: "Drafts"}, {Value: "lead", Label: "Scores"}, {Value: "inbound", Label: "Inbound secret"}, {Value: "webhook", Label: "Webhooks"}}
}

// OperatorChoice stands for the operator among the people to filter by.
const OperatorChoice = "operator"

func peopleOptions(people []Named) []option {
	return append(namedOptions("Everybody", people), option{Value: OperatorChoice, Label: "The operator, on the command line"})
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
	case "outside":
		return "A program outside personae"
	}
	return e.Who
}

// by is actor within a sentence.
func (e Event) by() string {
	who := e.actor()
	if e.Capacity == "operator" || e.Capacity == "token" {
		who = strings.ToLower(who[:1]) + who[1:]
	}
	return who
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
		if e.From == "" {
			return "Made " + quoted(e.To) + " the default"
		}
		if e.From == e.To {
			return "Pressed “Make default” for " + quoted(e.To) + ", which was the default already"
		}
		return "Made " + quoted(e.To) + " the default instead of " + quoted(e.From)
	case "persona.default_undone":
		return "Undid the switch: " + quoted(e.To) + " is the default again instead of " + quoted(e.From)
	case "persona.deleted":
		done := "Deleted " + quoted(e.Persona)
		if e.To != "" {
			done += "; " + quoted(e.To) + " became the default"
		}
		if e.Campaigns > 0 {
			done += "; " + count(e.Campaigns, "campaign") + " went back to the default"
		}
		return done
	case "persona.duplicated":
		return "Duplicated " + quoted(e.From) + " as " + quoted(e.Persona)
	case "persona.loaded":
		return "Loaded personas from a file: " + loadedWords(e.Made, e.Rewritten) + leads(e.To)
	case "persona.restored":
		return "Restored an earlier version of " + quoted(e.Persona)
	case "campaign.assigned":
		return "Gave the campaign " + quoted(e.Campaign) + " " + voiceOf(e.To) + instead(voiceOf(e.From), voiceOf(e.To))
	case "campaign.assigned_many":
		return "Gave " + count(e.Campaigns, "campaign") + " " + voiceOf(e.To)
	case "campaign.assignment_undone":
		return "Undid an assignment: " + countedVerb(e.Campaigns, "campaign", "answered as before")
	case "settings.edited":
		if len(e.Fields) == 0 {
			return "Saved the workspace settings without a change"
		}
		return "Changed the workspace settings: " + fieldWords(e.Fields)
	case "workspace.factor_required":
		return "Required a second factor"
	case "workspace.factor_not_required":
		return "Stopped requiring a second factor"
	case "workspace.repaired":
		return "Repaired the workspace; the default is " + quoted(e.Persona)
	case "import.brought_over":
		return "Brought what was new over from the system before personae"
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
	case "inbound.secret_made":
		return "Made a secret for inbound messages"
	case "webhook.added":
		return "Added a webhook"
	case "webhook.edited":
		if len(e.Fields) == 0 {
			return "Saved a webhook without a change"
		}
		return "Changed a webhook: " + fieldWords(e.Fields)
	case "webhook.paused":
		return "Paused a webhook"
	case "webhook.resumed":
		return "Resumed a webhook"
	case "webhook.tested":
		return "Sent a webhook a test"
	case "webhook.secret_made":
		return "Made a new secret for a webhook"
	case "webhook.sent_again":
		return "Sent a webhook something again"
	case "webhook.deleted":
		return "Deleted a webhook"
	case "draft.asked":
		return "Asked for a draft"
	case "draft.edited":
		return "Saved a draft"
	case "draft.approved":
		return "Approved a draft" + alsoChanged(e.Fields)
	case "draft.rejected":
		return "Rejected a draft" + alsoChanged(e.Fields)
	case "lead.score_asked":
		return "Asked for a score"
	case "token.revoked":
		return "Revoked an API token"
	case "support.granted":
		return "Let " + e.User + " of the support staff in"
	case "support.revoked":
		return "Ended the access of " + e.User + " of the support staff"
	case "support.requested":
		return "Asked for access"
	case "support.withdrawn":
		return "Took back asking for access"
	case "support.approved":
		return "Approved the request of " + e.User + " of the support staff"
	case "support.declined":
		return "Declined the request of " + e.User + " of the support staff"
	case "outside.added":
		if e.To != "" {
			return "Added " + quoted(e.Persona) + " as the default"
		}
		return "Added " + quoted(e.Persona)
	case "outside.deleted":
		return "Deleted " + quoted(e.Persona)
	case "outside.settings":
		return "Changed the workspace settings: " + fieldWords(e.Fields)
	case "outside.changed":
		return e.outsideChange(quoted(e.Persona))
	}
	kind, done, _ := strings.Cut(e.Action, ".")
	return strings.TrimSpace(strings.ToUpper(kind[:1]) + kind[1:] + " " + strings.ReplaceAll(done, "_", " "))
}

func (e Event) outsideChange(persona string) string {
	var done []string
	if len(e.Fields) > 0 {
		done = append(done, "changed "+persona+": "+fieldWords(e.Fields))
	}
	if e.To != "" {
		done = append(done, "made "+persona+" the default")
	}
	if e.From != "" {
		done = append(done, "took the default from "+persona)
	}
	if len(done) == 0 {
		done = append(done, "wrote "+persona+" again")
	}
	sentence := strings.Join(done, "; ")
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}

func alsoChanged(fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return ", changed"
}

func voiceOf(persona string) string {
	if persona == "" {
		return "the workspace default"
	}
	return "the persona “" + persona + "”"
}

func instead(before, after string) string {
	if before == after {
		return ", as before"
	}
	return " instead of " + before
}

// SettingsChanges lists what differs between two versions of the settings, and
// the form fields of those words that follow the default persona.
func SettingsChanges(before, after persona.Settings) (list []Change, voice []string) {
	for _, c := range persona.Diff(before.Voice, after.Voice) {
		list = append(list, Change{c.Label, c.Before, c.After})
		voice = append(voice, c.Name)
	}
	if before.CompanyName != after.CompanyName {
		list = append(list, Change{"Company name", before.CompanyName, after.CompanyName})
	}
	if before.QualificationQuestions != after.QualificationQuestions {
		list = append(list, Change{"Qualification questions", before.QualificationQuestions, after.QualificationQuestions})
	}
	return list, voice
}

// fieldWords names form fields and settings columns as the pages do.
func fieldWords(fields []string) string {
	names := map[string]string{"name": "name", "company_name": "company name", "qualification_questions": "qualification questions", "url": "address", "events": "what is sent"}
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
	for name, value := range map[string]string{"person": m.Person, "action": m.Action, "persona": m.Persona, "from": m.From, "to": m.To} {
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
