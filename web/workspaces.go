package web

import (
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"personae/views"
)

func (s *Server) workspaces(c *call) error {
	search, page := searchText(c), 1
	if n, err := strconv.Atoi(c.QueryParam("page")); err == nil && n > 1 && n < 1_000_000 {
		page = n
	}
	list, more, err := s.DB.Workspaces(c.ctx(), c.visit, search, page)
	if err != nil {
		return err
	}
	m := views.Workspaces{Query: search, Page: page, More: more}
	for _, w := range list {
		m.Items = append(m.Items, views.WorkspaceItem{ID: w.ID, Name: w.Name, Capacity: string(w.Capacity), Default: w.Default, Personas: w.Personas})
	}
	return s.page(c, http.StatusOK, views.WorkspacesPage(s.shell(c, "Workspaces", ""), m))
}

func (s *Server) workspace(c *call) error { return s.redirect(c, c.in("/personas"), nil) }

// searchText gives what to search for. What no name can hold is left out: the
// database would refuse it.
func searchText(c *call) string {
	q := strings.TrimSpace(c.QueryParam("q"))
	if !storable(q) || utf8.RuneCountInString(q) > 200 {
		return ""
	}
	return q
}

// storable tells whether PostgreSQL can hold the text at all.
func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }
