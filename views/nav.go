package views

import (
	"fmt"
	"strings"

	"personae/internal/persona"

	"github.com/a-h/templ"
	"github.com/google/uuid"
)

// section is one link of the side column.
type section struct{ Key, Label, Path string }

// chapter is what belongs together in the side column.
type chapter struct {
	Title    string
	Sections []section
}

// chapters lists the parts of a workspace that s may open.
func chapters(s Shell) []chapter {
	list := []chapter{
		{"Voice", []section{
			{"personas", "Personas", "/personas"},
			{"campaigns", "Campaigns", "/campaigns"},
			{"drafts", "Drafts", "/drafts"},
			{"leads", "Leads", "/leads"},
			{"preview", "Preview", "/preview"},
			{"why", "Who answers", "/why"},
			{"schedules", "Schedules", "/schedules"},
			{"proposals", "Proposals", "/proposals"},
		}},
		{"Records", []section{
			{"activity", "Activity", "/activity"},
			{"outcomes", "Outcomes", "/outcomes"},
			{"health", "Health", "/health"},
		}},
		{"Settings", []section{
			{"settings", "Settings", "/settings"},
			{"members", "Members", "/members"},
			{"support", "Support access", "/support"},
		}},
	}
	if s.MayManage {
		last := &list[len(list)-1]
		last.Sections = append(last.Sections, section{"tokens", "Tokens", "/tokens"},
			section{"webhooks", "Webhooks", "/webhooks"})
	}
	return list
}

// sectionLabel returns the words of a link of the side column.
func sectionLabel(s Shell, part section) string {
	if part.Key == "support" && s.Requests > 0 {
		return fmt.Sprintf("%s (%s)", part.Label, count(s.Requests, "request"))
	}
	if part.Key == "drafts" && s.Waiting >= waitingShown {
		return fmt.Sprintf("%s (%d+)", part.Label, waitingShown-1)
	}
	if part.Key == "drafts" && s.Waiting > 0 {
		return fmt.Sprintf("%s (%d)", part.Label, s.Waiting)
	}
	return part.Label
}

// waitingShown is how many drafts that wait are more than is said.
const waitingShown = 100

// SwitchTo returns the page of another workspace to which somebody goes over who
// is in the section, such as "/leads". Not everybody may open all of them there.
func SwitchTo(section string) string {
	for _, c := range chapters(Shell{}) {
		for _, part := range c.Sections {
			if part.Key == section {
				return part.Path
			}
		}
	}
	return "/personas"
}

// crumb is a page above the one that is shown.
type crumb struct {
	Label string
	Path  templ.SafeURL
}

// short is what is shown of the label: the heading of its page has the rest.
func (c crumb) short() string {
	if short := persona.Cut(c.Label, 24); short != c.Label {
		return short + "…"
	}
	return c.Label
}

// under returns the way to a page of the section of s, below the pages that follow.
func under(s Shell, below ...crumb) []crumb {
	for _, c := range chapters(s) {
		for _, part := range c.Sections {
			if part.Key == s.Section {
				return append([]crumb{{part.Label, at(s) + templ.SafeURL(part.Path[1:])}}, below...)
			}
		}
	}
	return below
}

func underAccount() []crumb { return []crumb{{"Your account", "/account"}} }

func personaCrumb(s Shell, p uuid.UUID, name string) crumb { return crumb{name, personaPath(s, p)} }

// at returns a path inside the workspace of s.
func at(s Shell, parts ...string) templ.SafeURL {
	return templ.SafeURL("/workspaces/" + s.Workspace.String() + "/" + strings.Join(parts, "/"))
}

func personaPath(s Shell, p uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"personas", p.String()}, action...)...)
}
