package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
)

// forgot asks for the address that a reset link is sent to. Without a mail
// server there is no such page; the operator makes links then.
func (s *Server) forgot(c *call) error { return s.forgotPage(c, http.StatusOK, "", nil) }

func (s *Server) forgotPage(c *call, status int, email string, wrong []persona.FieldError) error {
	if !s.Mail.Configured() || s.NoPassword {
		return persona.ErrNotFound
	}
	shell := s.shell(c, c.tr("Forgot your password?"), "")
	shell.Errors = wrong
	return s.page(c, status, views.ForgotPage(shell, email))
}

type forgotForm struct {
	Email string `form:"email"`
}

// sendReset sends a reset link. It answers before it looks who has the address, so
// that neither the answer nor its time tells.
func (s *Server) sendReset(c *call) error {
	if !s.Mail.Configured() || s.NoPassword {
		return persona.ErrNotFound
	}
	form, err := decode[forgotForm](c)
	if err != nil {
		return err
	}
	email := strings.TrimSpace(form.Email)
	if wrong := wrongIn("email", access.CheckAddress(email)); wrong != nil {
		return s.forgotPage(c, http.StatusUnprocessableEntity, email, wrong)
	}
	// Each request counts, whoever it is for.
	buckets := [][]byte{s.bucket("reset from", network(c.RealIP())), s.bucket("reset for", strings.ToLower(email))}
	if _, err := s.throttle(c, buckets, []int{accountFailures, 3}); err != nil {
		return err
	}
	token, err := newID()
	if err != nil {
		return err
	}
	link := s.address(c) + "/reset/" + token
	note, agent := s.trailOf(c), agentWords(c.Request().UserAgent())
	subject := i18n.Say("Choose a new password for personae")
	body := i18n.Say("Somebody, probably you, asked for a new password.\n\n%s\n\nThe link works once, within an hour. "+
		"If you did not ask, do nothing: your password stays as it is.\n", link)
	s.later(c, func(ctx context.Context) error {
		user, theirs, err := s.DB.MakeReset(ctx, email, hashID(token), agent)
		note(user, access.ResetAsked)
		if errors.Is(err, persona.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.mail(ctx, theirs, i18n.English, subject, body) // who asked may be anybody
	})
	return s.redirect(c, "/login", views.ResetSent(s.zoned(c)))
}

// resetForm shows whose password a link sets. Looking uses nothing up.
func (s *Server) resetForm(c *call) error { return s.resetPage(c, http.StatusOK, nil) }

func (s *Server) resetPage(c *call, status int, wrong []persona.FieldError) error {
	if s.NoPassword {
		return persona.ErrNotFound
	}
	email, _, err := s.DB.Reset(c.ctx(), c.tokenHash())
	if err != nil {
		return linkOver(err)
	}
	shell := s.shell(c, c.tr("Choose a new password"), "")
	shell.Errors = wrong
	return s.page(c, status, views.ResetPage(shell, views.Reset{Token: c.Param("token"), Email: email}))
}

func (s *Server) reset(c *call) error {
	if s.NoPassword {
		return persona.ErrNotFound
	}
	form, err := decode[passwordForm](c)
	if err != nil {
		return err
	}
	// Hashing takes its time, which a stranger must not have us spend.
	email, name, err := s.DB.Reset(c.ctx(), c.tokenHash())
	if err != nil {
		return linkOver(err)
	}
	hash, err := s.Passwords.Hash(c.ctx(), form.Password, email, name)
	if wrong := wrongIn("password", err); wrong != nil {
		return s.resetPage(c, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	user, err := s.DB.UseReset(c.ctx(), c.tokenHash(), hash, agentWords(c.Request().UserAgent()))
	if err != nil {
		return linkOver(err)
	}
	s.trail(c, user, access.PasswordReset)
	return s.redirect(c, "/login", views.PasswordReset(s.zoned(c)))
}
