package web

import (
	"net/http"

	"personae/views"
)

// search finds personas, campaigns and leads of the workspace.
func (s *Server) search(c *call) error {
	m := views.Search{Query: searchText(c)}
	if m.Query != "" {
		var err error
		if m.Found, err = s.DB.Search(c.ctx(), c.access, m.Query); err != nil {
			return err
		}
	}
	return s.page(c, http.StatusOK, views.SearchPage(s.shell(c, m.Title(c.ctx()), ""), m))
}
