package web

import (
	"net/http"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/views"
)

func (s *Server) setDefaultPersona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	done, err := s.DB.SetDefault(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/personas"), views.Switched(done))
}

func (s *Server) impact(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	i, err := s.DB.Impact(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.ImpactPage(s.shell(c,
		"If "+persona.Isolate(i.Target.Name)+" becomes the default", "personas"),
		i))
}

func (s *Server) undoDefault(c *call) error {
	form, err := decode[undoForm](c)
	if err != nil {
		return err
	}
	done, err := s.DB.Undo(c.ctx(), c.access, form.Event)
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/personas"), views.Undone(done))
}

// undoForm names the event that is undone.
type undoForm struct {
	Event uuid.UUID `form:"event"`
}
