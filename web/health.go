package web

import (
	"net/http"
	"slices"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) health(c *call) error { return s.healthPage(c, http.StatusOK, nil) }

func (s *Server) healthPage(c *call, status int, wrong []persona.FieldError) error {
	health, err := s.DB.Health(c.ctx(), c.access)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Health"), "health")
	shell.Errors = wrong
	return s.page(c, status, views.HealthPage(shell, views.Health{Health: health}))
}

// repairForm says whose words are right where they differ.
type repairForm struct {
	Right persona.Side `form:"right"`
}

func (s *Server) repair(c *call) error {
	form, err := decode[repairForm](c)
	if err != nil {
		return err
	}
	if !slices.Contains(postgres.Sides(), form.Right) {
		return s.healthPage(c, http.StatusUnprocessableEntity,
			oneError("", "Choose whose words are right: the persona’s or the settings’"))
	}
	done, err := s.DB.Repair(c.ctx(), c.access, form.Right)
	if status, wrong := formErrors(err); wrong != nil {
		return s.healthPage(c, status, wrong)
	}
	if err != nil {
		return err
	}
	if done.Proposed != nil {
		return s.proposed(c, *done.Proposed)
	}
	return s.redirect(c, c.in("/health"), views.Repaired(s.zoned(c), done.Found))
}
