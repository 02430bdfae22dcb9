package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"personae/views"
)

func (s *Server) workspaces(c *call) error {
	l := listing(c.QueryParams(), views.SortByChange)
	list, more, err := s.DB.Workspaces(c.ctx(), c.visit, l.Query, l.Sort == views.SortByChange, l.Page)
	if err != nil {
		return err
	}
	l.More = more
	m := views.Workspaces{Listing: l}
	for _, w := range list {
		m.Items = append(m.Items, views.WorkspaceItem{ID: w.ID, Name: w.Name, Capacity: string(w.Capacity), Default: w.Default, Personas: w.Personas, Changed: w.Changed})
	}
	return s.page(c, http.StatusOK, views.WorkspacesPage(s.shell(c, "Workspaces", ""), m))
}

// help says in plain words how personae works.
func (s *Server) help(c *call) error {
	return s.page(c, http.StatusOK, views.HelpPage(s.shell(c, "How personae works", "")))
}

func (s *Server) workspace(c *call) error { return s.redirect(c, c.in("/personas"), nil) }

// listing reads which part of a list is asked for; sorts are the ways to sort
// it other than by name.
func listing(values url.Values, sorts ...string) views.Listing {
	l := views.Listing{Query: cleanSearch(values.Get("q")), Page: 1}
	if by := values.Get("sort"); slices.Contains(sorts, by) {
		l.Sort = by
	}
	if n, err := strconv.Atoi(values.Get("page")); err == nil && n > 1 && n < 1_000_000 {
		l.Page = n
	}
	return l
}

// searchText returns what to search for. What no name can hold is left out: the
// database would refuse it.
func searchText(c *call) string { return cleanSearch(c.QueryParam("q")) }

func cleanSearch(q string) string {
	q = strings.TrimSpace(q)
	if !storable(q) || utf8.RuneCountInString(q) > 200 {
		return ""
	}
	return q
}

// storable reports whether PostgreSQL can hold the text at all.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
