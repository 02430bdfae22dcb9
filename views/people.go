package views

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

// People is a page of the list of people.
type People struct {
	Listing
	Items []access.Person
}

// Person is one of them, with what ends when they leave.
type Person struct {
	access.Leaver
	You bool // who looks
}

func personAt(id uuid.UUID, action ...string) templ.SafeURL {
	return templ.SafeURL(strings.Join(append([]string{"/people", id.String()}, action...), "/"))
}

// personNote says what a person is beside their roles in workspaces.
func personNote(p access.Person) string {
	var is []string
	for _, c := range []struct {
		holds bool
		word  string
	}{{p.Superadmin, "superadmin"}, {p.Support, "support staff"}, {p.Disabled, "disabled"}} {
		if c.holds {
			is = append(is, c.word)
		}
	}
	return strings.Join(is, ", ")
}

// endingWords lists what ends with a person, such as "2 sessions and 1 API token".
func endingWords(e access.Ending) string {
	var parts []string
	for _, c := range []struct {
		n     int
		thing string
	}{{e.Sessions, "session"}, {e.Tokens, "API token"}, {e.Grants, "support grant"}, {e.Invitations, "invitation"}} {
		if c.n > 0 {
			parts = append(parts, count(c.n, c.thing))
		}
	}
	return list(parts)
}

// willEnd says what ends when a person is disabled or removed.
func willEnd(e access.Ending) string {
	if words := endingWords(e); words != "" {
		return "This ends at once: " + words + "."
	}
	return "They have no open session, API token, support grant or invitation that would end."
}

// ended says what has ended.
func ended(e access.Ending) string {
	if words := endingWords(e); words != "" {
		return "Ended: " + words + "."
	}
	return "They had no open session, API token, support grant or invitation."
}

const stays = "Their name stays in the audit log."

// StandingSet says what a person is now.
func StandingSet(p access.Person, what string, holds bool) *Receipt {
	if holds {
		return &Receipt{Title: fmt.Sprintf("%s is %s now", persona.Isolate(p.Name), what)}
	}
	return &Receipt{Title: fmt.Sprintf("%s is no longer %s", persona.Isolate(p.Name), what),
		Lines: []string{"What they could do only as that ended at once, also in pages that are open now."}}
}

// PersonDisabled says what ended with a person.
func PersonDisabled(p access.Person, e access.Ending) *Receipt {
	return &Receipt{Title: persona.Isolate(p.Name) + " can no longer sign in", Lines: []string{ended(e) + " " + stays}}
}

// PersonEnabled says that a person may sign in again.
func PersonEnabled(p access.Person) *Receipt {
	return &Receipt{Title: persona.Isolate(p.Name) + " can sign in again",
		Lines: []string{"What ended stays ended: they make new tokens and invitations themselves."}}
}

// PersonRemoved says what ended with a person who is gone.
func PersonRemoved(p access.Person, e access.Ending) *Receipt {
	lines := []string{ended(e)}
	if p.Workspaces > 0 {
		lines = append(lines, "They were taken out of "+count(p.Workspaces, "workspace")+".")
	}
	return &Receipt{Title: persona.Isolate(p.Name) + " was removed",
		Lines: append(lines, stays+" Their address can be invited again.")}
}
