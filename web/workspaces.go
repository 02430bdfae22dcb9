package web

import (
	"net/http"
	"slices"
	"strconv"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) workspaces(c *call) error {
	l := c.listing(views.SortByChange)
	l.Archived = c.QueryParam("archived") == "1"
	list, total, err := s.DB.Workspaces(c.ctx(), c.visit, l.Query, l.Archived, l.Sort == views.SortByChange, l.Page)
	if err != nil {
		return err
	}
	l = l.Counted(total, postgres.WorkspacesPageSize, "workspace")
	title := c.tr("Workspaces")
	if l.Archived {
		title = c.tr("Archived workspaces")
	}
	m := views.Workspaces{Listing: l, Items: list, MayCreate: c.visit.Superadmin(),
		To: views.SwitchTo(c.QueryParam("to"))}
	if c.QueryParams().Has("to") && l.Query != "" && l.Page == 1 && len(list) == 1 {
		return s.redirect(c, "/workspaces/"+list[0].ID.String()+m.To, nil)
	}
	return s.page(c, http.StatusOK, views.WorkspacesPage(s.shell(c, title, "workspaces"), m))
}

// help says in plain words how personae works.
func (s *Server) help(c *call) error {
	return s.page(c, http.StatusOK, views.HelpPage(s.shell(c, c.tr("Help"), "")))
}

func (s *Server) accessibility(c *call) error {
	return s.page(c, http.StatusOK, views.AccessibilityPage(s.shell(c, "Accessibility", "accessibility")))
}

func (s *Server) accessibilityFile(c *call) error {
	return c.Blob(http.StatusOK, "application/yaml; charset=utf-8", views.AccessibilityReport)
}

func (s *Server) workspace(c *call) error { return s.redirect(c, c.in("/personas"), nil) }

// listingForm says which part of a list is asked for.
type listingForm struct {
	Query string `form:"q"`
	Sort  string `form:"sort"`
	Of    string `form:"of"` // in an address, persona: whose the things of the list are
	Page  string `form:"page"`
}

// listing returns that part; sorts are the ways to sort the list other than by
// name. What is no way and no page is left out.
func (f listingForm) listing(sorts ...string) views.Listing {
	l := views.Listing{Query: persona.CleanSearch(f.Query), Page: 1}
	if slices.Contains(sorts, f.Sort) {
		l.Sort = f.Sort
	}
	if _, malformed := parseID(f.Of); malformed == nil || f.Of == views.OfDefault {
		l.Of = f.Of
	}
	if n, err := strconv.Atoi(f.Page); err == nil && n > 1 && n < 1_000_000 {
		l.Page = n
	}
	return l
}

// listing is listingForm's, of the address of a page.
func (c *call) listing(sorts ...string) views.Listing {
	values := c.QueryParams()
	return listingForm{values.Get("q"), values.Get("sort"), values.Get("persona"), values.Get("page")}.listing(sorts...)
}

// offer says what to offer to choose from, of the address of a page.
func (c *call) offer() persona.Offer {
	return persona.Offer{Find: persona.CleanSearch(c.QueryParam("others"))}
}

// searchText returns what to search for, as the database can be asked for it.
func searchText(c *call) string { return persona.CleanSearch(c.QueryParam("q")) }
