package web

import (
	"errors"
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
	form, err := decode[switchForm](c)
	if err != nil {
		return err
	}
	done, err := s.DB.SetDefault(c.ctx(), c.access.AsShown(form.Shown), id)
	if errors.As(err, new(*persona.ShownOtherDefaultError)) {
		return s.impactPage(c, http.StatusConflict, id, oneError("impact", "Somebody changed the default, who it answers "+
			"for or the settings meanwhile, so nothing was changed by you. Look at the effect as it is now, then decide"))
	}
	if err != nil {
		return err
	}
	if done.Proposed != nil {
		return s.proposed(c, *done.Proposed)
	}
	return s.spoken(c, c.in("/personas"), views.Switched(s.zoned(c), done))
}

// switchForm names the impact that was shown before, if one was.
type switchForm struct {
	Shown string `form:"shown"`
}

func (s *Server) impact(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	return s.impactPage(c, http.StatusOK, id, nil)
}

func (s *Server) impactPage(c *call, status int, id uuid.UUID, wrong []persona.FieldError) error {
	i, err := s.DB.Impact(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("If %s becomes the default", persona.Isolate(i.Target.Name)), "personas")
	shell.Errors = wrong
	return s.page(c, status, views.ImpactPage(shell, i))
}

func (s *Server) undoDefault(c *call) error {
	form, err := decode[undoForm](c)
	if err != nil {
		return err
	}
	done, err := s.DB.Undo(c.ctx(), c.access, form.Event)
	if errors.Is(err, persona.ErrNotFound) { // it is no switch
		return s.undoDelete(c, form)
	}
	if err != nil {
		return err
	}
	if done.Proposed != nil {
		return s.proposed(c, *done.Proposed)
	}
	return s.spoken(c, c.in("/personas"), views.Undone(s.zoned(c), done))
}

// undoDelete takes back the deletion of a default.
func (s *Server) undoDelete(c *call, form undoForm) error {
	back, err := s.DB.UndoDelete(c.ctx(), c.access, form.Event)
	if err != nil {
		return err
	}
	if back.Proposed != nil {
		return s.proposedOf(c, back, views.Restored(s.zoned(c), back, 0, true))
	}
	return s.redirect(c, c.in("/personas"), views.DeletionUndone(s.zoned(c), back))
}

// undoForm names the event that is undone.
type undoForm struct {
	Event uuid.UUID `form:"event"`
}
