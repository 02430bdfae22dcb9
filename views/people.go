package views

import (
	"context"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
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
func personNote(ctx context.Context, p access.Person) string {
	var is []string
	for _, c := range []struct {
		holds bool
		word  string
	}{{p.Superadmin, i18n.N("superadmin")}, {p.Support, i18n.N("support staff")}, {p.Disabled, i18n.N("disabled")}} {
		if c.holds {
			is = append(is, tr(ctx, c.word))
		}
	}
	return strings.Join(is, ", ")
}

// endingWords lists what ends with a person, such as "2 sessions and 1 API token".
func endingWords(ctx context.Context, e access.Ending) string {
	var parts []string
	for _, c := range []struct {
		n      int
		format string
	}{{e.Sessions, i18n.N("%d sessions")}, {e.Tokens, i18n.N("%d API tokens")}, {e.Grants, i18n.N("%d support grants")},
		{e.Invitations, i18n.N("%d invitations")}} {
		if c.n > 0 {
			parts = append(parts, tr(ctx, c.format, c.n))
		}
	}
	return i18n.List(ctx, parts)
}

// willEnd says what ends when a person is disabled or removed.
func willEnd(ctx context.Context, e access.Ending) string {
	if words := endingWords(ctx, e); words != "" {
		return tr(ctx, "This ends at once: %s.", words)
	}
	return tr(ctx, "They have no open session, API token, support grant or invitation that would end.")
}

// ended says what has ended.
func ended(ctx context.Context, e access.Ending) string {
	if words := endingWords(ctx, e); words != "" {
		return tr(ctx, "Ended: %s.", words)
	}
	return tr(ctx, "They had no open session, API token, support grant or invitation.")
}

var stays = i18n.N("Their name stays in the audit log.")

// standingWords say what a standing is, of who holds it and who does not, and how it is
// taken and given.
type standingWords struct{ holds, lacks, take, give, isNow, isNoMore string }

var (
	superadminWords = standingWords{
		i18n.N("%s is superadmin. A superadmin may do everything in every workspace, and look after people."),
		i18n.N("%s is not superadmin. A superadmin may do everything in every workspace, and look after people."),
		i18n.N("Take away superadmin"), i18n.N("Make superadmin"),
		i18n.N("%s is a superadmin now"), i18n.N("%s is no longer a superadmin")}
	supportWords = standingWords{
		i18n.N("%s is support staff. Support staff may ask workspaces for access, and do what an admin there lets them do."),
		i18n.N("%s is not support staff. Support staff may ask workspaces for access, and do what an admin there lets them do."),
		i18n.N("Take away support staff"), i18n.N("Make support staff"),
		i18n.N("%s is support staff now"), i18n.N("%s is no longer support staff")}
)

// StandingSet says what a person is now: a superadmin or else of the support staff, or no longer.
func StandingSet(ctx context.Context, p access.Person, superadmin, holds bool) *Receipt {
	words := supportWords
	if superadmin {
		words = superadminWords
	}
	if holds {
		return &Receipt{Title: tr(ctx, words.isNow, persona.Isolate(p.Name))}
	}
	return &Receipt{Title: tr(ctx, words.isNoMore, persona.Isolate(p.Name)),
		Lines: []string{tr(ctx, "What they could do only as that ended at once, also in pages that are open now.")}}
}

// PersonDisabled says what ended with a person.
func PersonDisabled(ctx context.Context, p access.Person, e access.Ending) *Receipt {
	return &Receipt{Title: tr(ctx, "%s can no longer sign in", persona.Isolate(p.Name)),
		Lines: []string{ended(ctx, e) + " " + tr(ctx, stays)}}
}

// PersonEnabled says that a person may sign in again.
func PersonEnabled(ctx context.Context, p access.Person) *Receipt {
	return &Receipt{Title: tr(ctx, "%s can sign in again", persona.Isolate(p.Name)),
		Lines: []string{tr(ctx, "What ended stays ended: they make new tokens and invitations themselves.")}}
}

// PersonRemoved says what ended with a person who is gone.
func PersonRemoved(ctx context.Context, p access.Person, e access.Ending) *Receipt {
	lines := []string{ended(ctx, e)}
	if p.Workspaces > 0 {
		lines = append(lines, tr(ctx, "They were taken out of %d workspaces.", p.Workspaces))
	}
	return &Receipt{Title: tr(ctx, "%s was removed", persona.Isolate(p.Name)),
		Lines: append(lines, tr(ctx, stays)+" "+tr(ctx, "Their address can be invited again."))}
}
