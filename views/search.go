package views

import (
	"fmt"

	"github.com/a-h/templ"

	"personae/internal/persona"
)

// Search is what was searched for in a workspace, and found.
type Search struct {
	persona.Found
	Query string // empty: nothing yet
}

// Title returns what the page is called, which says at once what became of the search.
func (m Search) Title() string {
	if m.Query == "" {
		return "Search"
	}
	return fmt.Sprintf("%s for “%s”", capital(count(m.Total(), "result")), persona.Isolate(m.Query))
}

// hits is what was found of one kind, and where all of it is listed.
type hits struct {
	persona.Hits
	Noun, List string
}

// groups lists the kinds of which something was found.
func (m Search) groups() []hits {
	var found []hits
	for _, g := range []hits{{m.Personas, "persona", "personas"}, {m.Campaigns, "campaign", "campaigns"},
		{m.Leads, "lead", "leads"}} {
		if g.Total > 0 {
			found = append(found, g)
		}
	}
	return found
}

// path leads to a hit. A campaign is found in the list by its name.
func (g hits) path(s Shell, h persona.Hit) templ.SafeURL {
	if g.List == "campaigns" {
		return templ.SafeURL(Listing{Query: h.Name}.Path(string(at(s, g.List))))
	}
	return at(s, g.List, h.ID.String())
}

// all leads to the list of all hits.
func (m Search) all(s Shell, g hits) templ.SafeURL {
	return templ.SafeURL(Listing{Query: m.Query}.Path(string(at(s, g.List))))
}
