package views

import (
	"context"

	"github.com/a-h/templ"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// Search is what was searched for in a workspace, and found.
type Search struct {
	persona.Found
	Query string // empty: nothing yet
}

// Title returns what the page is called, which says at once what became of the search.
func (m Search) Title(ctx context.Context) string {
	if m.Query == "" {
		return tr(ctx, "Search")
	}
	return tr(ctx, "%d results for %s", orMore(m.Total(), m.Open()), quote(ctx, m.Query))
}

// hits is what was found of one kind, and where all of it is listed.
type hits struct {
	persona.Hits
	Counted string // in English: how many there are
	List    string
	Show    string // in English: what leads to the list
}

// groups lists the kinds of which something was found.
func (m Search) groups() []hits {
	var found []hits
	for _, g := range []hits{{m.Personas, i18n.N("%d personas"), "personas", i18n.N("Show in the list of personas")}, {m.Campaigns, i18n.N("%d campaigns"), "campaigns", i18n.N("Show in the list of campaigns")},
		{m.Leads, i18n.N("%d leads"), "leads", i18n.N("Show in the list of leads")}} {
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
