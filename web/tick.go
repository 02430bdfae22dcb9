package web

import (
	"net/http"

	"personae/internal/persona"
	"personae/views"
)

// previewTick shows what saving the form with its box ticked would change, and writes
// nothing: beneath the box for htmx, else in the form with all that was typed.
func (s *Server) previewTick(c *call) error {
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	if c.htmx() {
		if !form.makeDefault() {
			return s.page(c, http.StatusOK, views.NoTickImpact())
		}
		i, err := s.DB.ImpactOf(c.ctx(), c.access, form.chosen().Clean())
		if err != nil {
			return err
		}
		return s.page(c, http.StatusOK, views.TickImpact(i))
	}
	return s.tickAgain(c, http.StatusOK, form, nil)
}

// shownOther is what a form says that would no longer do what it showed.
func shownOther() []persona.FieldError {
	return oneError("impact", "Somebody changed the default, who it answers for or the settings meanwhile, so nothing was "+
		"saved. Look at the effect as it is now, then save again")
}

// tickAgain shows the form again with what was typed, and what making it the default
// would change.
func (s *Server) tickAgain(c *call, status int, form personaForm, fieldErrors []persona.FieldError) error {
	m, title, err := s.typedForm(c, form)
	if err != nil {
		return err
	}
	if !m.IsDefault && !m.First {
		i, err := s.DB.ImpactOf(c.ctx(), c.access, form.chosen().Clean())
		if err != nil {
			return err
		}
		m.Impact = &i
	}
	shell := s.shell(c, title, "personas")
	shell.Errors = fieldErrors
	return s.page(c, status, views.PersonaFormPage(shell, m))
}
