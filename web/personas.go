package web

import (
	"errors"
	"net/http"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) personas(c *call) error {
	m, err := s.personasView(c, c.listing())
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.PersonasPage(s.shell(c, c.tr("Personas"), "personas"), m))
}

func (s *Server) personasView(c *call, l views.Listing) (views.Personas, error) {
	list, err := s.DB.PersonasPage(c.ctx(), c.access, l.Query, l.Page)
	return views.Personas{Listing: l.Counted(list.Matching, postgres.PersonasPageSize, "persona"), List: list}, err
}

func (s *Server) importPersona(c *call) error {
	made, err := s.DB.Import(c.ctx(), c.access)
	if errors.Is(err, persona.ErrPersonaExists) {
		return s.redirect(c, c.in("/personas"), views.ImportedBefore(s.zoned(c)))
	}
	if status, fieldErrors := formErrors(err); fieldErrors != nil {
		return s.importRefused(c, status, fieldErrors)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/personas"), views.Imported(s.zoned(c), made))
}

// importRefused says which settings no persona can hold. They are repaired where
// they are, so the messages lead nowhere on this page.
func (s *Server) importRefused(c *call, status int, fieldErrors []persona.FieldError) error {
	m, err := s.personasView(c, views.Listing{Page: 1})
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Personas"), "personas")
	for _, e := range fieldErrors {
		shell.Errors = append(shell.Errors, oneError("",
			"%s in the workspace settings. Change it there, then create the persona", e.Message)...)
	}
	return s.page(c, status, views.PersonasPage(shell, m))
}

func (s *Server) duplicatePersona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	if err := c.buttonOnce(); err != nil {
		return err
	}
	made, err := s.DB.Duplicate(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return s.redirect(c, c.personaPath(made.ID), views.Duplicated(s.zoned(c), made))
}
