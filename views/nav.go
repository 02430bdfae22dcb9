package views

import (
	"context"
	"fmt"
	"strings"

	"personae/internal/i18n"
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
		{i18n.N("Voice"), []section{
			{"personas", i18n.N("Personas"), "/personas"},
			{"campaigns", i18n.N("Campaigns"), "/campaigns"},
			{"drafts", i18n.N("Drafts"), "/drafts"},
			{"leads", i18n.N("Leads"), "/leads"},
			{"preview", i18n.N("Preview"), "/preview"},
			{"why", i18n.N("Who answers"), "/why"},
			{"schedules", i18n.N("Schedules"), "/schedules"},
			{"proposals", i18n.N("Proposals"), "/proposals"},
		}},
		{i18n.N("Records"), []section{
			{"activity", i18n.N("Activity"), "/activity"},
			{"outcomes", i18n.N("Outcomes"), "/outcomes"},
			{"health", i18n.N("Health"), "/health"},
		}},
		{i18n.N("Settings"), []section{
			{"settings", i18n.N("Settings"), "/settings"},
			{"members", i18n.N("Members"), "/members"},
			{"support", i18n.N("Support access"), "/support"},
		}},
	}
	if s.MayManage {
		last := &list[len(list)-1]
		last.Sections = append(last.Sections, section{"tokens", i18n.N("Tokens"), "/tokens"},
			section{"webhooks", i18n.N("Webhooks"), "/webhooks"})
	}
	return list
}

// sectionLabel returns the words of a link of the side column.
func sectionLabel(ctx context.Context, s Shell, part section) string {
	label := tr(ctx, part.Label)
	if part.Key == "support" && s.Requests > 0 {
		return fmt.Sprintf("%s (%s)", label, i18n.Count(ctx, s.Requests, "request"))
	}
	if part.Key == "drafts" && s.Waiting >= waitingShown {
		return fmt.Sprintf("%s (%d+)", label, waitingShown-1)
	}
	if part.Key == "drafts" && s.Waiting > 0 {
		return fmt.Sprintf("%s (%d)", label, s.Waiting)
	}
	return label
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
	Label string // as it is said; empty: that of the section
	Path  templ.SafeURL
}

// short is what is shown of the label: the heading of its page has the rest.
func (c crumb) short(ctx context.Context, s Shell) string {
	label := c.Label
	if label == "" {
		label = tr(ctx, s.opened().Label)
	}
	if short := persona.Cut(label, 24); short != label {
		return short + "…"
	}
	return label
}

// under returns the way to a page of the section of s, below the pages that follow.
func under(s Shell, below ...crumb) []crumb {
	if part := s.opened(); part.Key != "" {
		return append([]crumb{{Path: at(s) + templ.SafeURL(part.Path[1:])}}, below...)
	}
	return below
}

// opened is the section whose page is shown, or none.
func (s Shell) opened() section {
	for _, c := range chapters(s) {
		for _, part := range c.Sections {
			if part.Key == s.Section {
				return part
			}
		}
	}
	return section{}
}

func underAccount(ctx context.Context) []crumb {
	return []crumb{{tr(ctx, "Your account"), "/account"}}
}

func personaCrumb(s Shell, p uuid.UUID, name string) crumb { return crumb{name, personaPath(s, p)} }

// at returns a path inside the workspace of s.
func at(s Shell, parts ...string) templ.SafeURL {
	return templ.SafeURL("/workspaces/" + s.Workspace.String() + "/" + strings.Join(parts, "/"))
}

func personaPath(s Shell, p uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"personas", p.String()}, action...)...)
}
