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
	findings, err := s.DB.Health(c.ctx(), c.access)
	if err != nil {
		return err
	}
	m := views.Health{Rules: views.Rules()}
	for _, f := range findings {
		m.Findings = append(m.Findings, views.Finding{Rule: f.Rule, Sentence: f.Sentence, Settings: f.Settings})
		m.Repairable = m.Repairable || f.Repairable()
	}
	shell := s.shell(c, "Health", "health")
	shell.Errors = wrong
	return s.page(c, status, views.HealthPage(shell, m))
}

func (s *Server) repair(c *call) error {
	if err := c.formValues(); err != nil {
		return err
	}
	right := postgres.Side(c.Request().PostForm.Get("right"))
	if !slices.Contains(postgres.Sides(), right) {
		return s.healthPage(c, http.StatusUnprocessableEntity, []persona.FieldError{{Message: "Choose whose words are right: the persona's or the settings'"}})
	}
	_, err := s.DB.Repair(c.ctx(), c.access, right)
	if status, wrong := formErrors(err); wrong != nil {
		return s.healthPage(c, status, wrong)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/health"), views.Repaired())
}
