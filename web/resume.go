package web

import (
	"context"
	"net/http"
	"strings"

	"personae/internal/persona"
	"personae/views"
)

// kept is a form that arrived after its session was over. It goes into the
// sign-in page, signed, and is shown again after signing in; nothing is written
// before somebody presses its button again.
type kept struct {
	Path string
	Form string
}

// keep answers a form that came too late with the sign-in page that carries it.
func (s *Server) keep(c *call) error {
	if err := c.formValues(); err != nil {
		return err
	}
	value, err := s.forms.Encode("kept", kept{c.Request().URL.Path, c.Request().PostForm.Encode()})
	if err != nil {
		return err
	}
	shell := s.shell(c, "Sign in to go on", "")
	shell.Errors = []persona.FieldError{{Message: "You were signed out meanwhile, so nothing was saved. What you typed is kept: sign in and it is there again"}}
	return s.loginPage(c, http.StatusUnauthorized, shell, views.Login{Next: "/workspaces", Kept: value})
}

// resume shows a kept form again to who has just signed in. It asks the router
// as the browser would, but for the form's page and not for its action.
func (s *Server) resume(c *call, value string) error {
	var k kept
	if s.forms.Decode("kept", value, &k) != nil {
		return s.redirect(c, "/workspaces", nil) // altered, or older than a day
	}
	// A context of its own: gorilla keeps the request's session in the other one.
	r, err := http.NewRequestWithContext(context.WithValue(context.Background(), resumedKey, true), http.MethodPost, k.Path, strings.NewReader(k.Form))
	if err != nil {
		return err
	}
	r.Host = c.Request().Host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	set := http.Response{Header: c.Response().Header()}
	for _, cookie := range set.Cookies() {
		if cookie.Name == s.sessions.name {
			r.AddCookie(cookie)
		}
	}
	s.http.ServeHTTP(c.Response(), r)
	return nil
}

func resumed(c *call) bool { return c.ctx().Value(resumedKey) != nil }

// resumedErrors is what a form says that is shown again.
func resumedErrors() []persona.FieldError {
	return []persona.FieldError{{Message: "You were signed out, so nothing was saved yet. What you typed is below; save it now"}}
}

func (s *Server) createResumed(c *call) error {
	if err := c.formValues(); err != nil {
		return err
	}
	return s.createAgain(c, http.StatusOK, resumedErrors())
}

func (s *Server) editResumed(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	if err := c.formValues(); err != nil {
		return err
	}
	return s.editAgain(c, id, &persona.InvalidError{Fields: resumedErrors()})
}

func (s *Server) sampleResumed(c *call) error { return s.sampleAgain(c, resumedErrors()) }

func (s *Server) settingsResumed(c *call) error {
	if err := c.formValues(); err != nil {
		return err
	}
	return s.settingsAgain(c, &persona.InvalidError{Fields: resumedErrors()})
}
