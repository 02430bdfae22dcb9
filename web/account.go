package web

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/persona"
	"personae/views"
)

func (s *Server) account(c *call) error { return s.accountPage(c, http.StatusOK, nil) }

func (s *Server) accountPage(c *call, status int, wrong []persona.FieldError) error {
	return s.accountAgain(c, status, c.visit.Zone, wrong)
}

// accountAgain is accountPage with the zone that was typed.
func (s *Server) accountAgain(c *call, status int, zone string, wrong []persona.FieldError) error {
	m := views.Account{Name: c.visit.Name, NoPassword: s.NoPassword, Zone: zone, Language: c.visit.Language}
	var err error
	if m.Email, _, m.Sessions, err = s.DB.OwnAccount(c.ctx(), c.visit, c.session); err != nil {
		return err
	}
	if m.Trail, err = s.DB.AccountTrail(c.ctx(), c.visit); err != nil {
		return err
	}
	// The cookie of a session that went unused for so long does not work any more.
	m.Sessions = slices.DeleteFunc(m.Sessions, func(x auth.Session) bool {
		return !x.This && time.Since(x.LastUsed) > s.Idle+10*time.Minute
	})
	if m.Factors, err = s.DB.Factors(c.ctx(), c.visit.User(), c.session); err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Account"), "account")
	shell.Errors = wrong
	return s.page(c, status, views.AccountPage(shell, m))
}

type passwordForm struct {
	Old      string `form:"old"`
	Password string `form:"password"`
}

// changePassword asks for the old password, and ends every other session.
func (s *Server) changePassword(c *call) error {
	if s.NoPassword {
		return persona.ErrNotFound
	}
	form, err := decode[passwordForm](c)
	if err != nil {
		return err
	}
	email, _, ok, err := s.ownPassword(c, form.Old)
	if err != nil {
		return err
	}
	if !ok {
		return s.accountPage(c, http.StatusUnprocessableEntity,
			oneError("old", "That is not your current password. Nothing was changed"))
	}
	if form.Old == form.Password {
		return s.accountPage(c, http.StatusUnprocessableEntity,
			oneError("password", "This is the password that you have already. Choose another"))
	}
	hash, err := s.Passwords.Hash(c.ctx(), form.Password, email, c.visit.Name)
	if wrong := wrongIn("password", err); wrong != nil {
		return s.accountPage(c, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	if err := s.DB.SetPassword(c.ctx(), c.visit, hash); err != nil {
		return err
	}
	s.trail(c, c.visit.User(), access.PasswordChanged)
	if err := s.startSession(c, c.visit.User(), hash, ""); err != nil {
		return err
	}
	if err := s.rememberDevice(c, email, hash); err != nil {
		return err
	}
	return s.redirect(c, "/account", views.PasswordChanged(s.zoned(c)))
}

// ownPassword reports whether typed is the password of who is signed in, and returns
// its hash, empty where they have none. Wrong ones are throttled.
func (s *Server) ownPassword(c *call, typed string) (email, hash string, ok bool, err error) {
	email, hash, _, err = s.DB.OwnAccount(c.ctx(), c.visit, c.session)
	if err != nil {
		return "", "", false, err
	}
	try, err := s.throttle(c, [][]byte{s.bucket("password", c.visit.User().String())}, []int{accountFailures})
	if err != nil {
		return "", "", false, s.throttledTry(c, c.visit.User(), access.PasswordThrottled, err)
	}
	if ok, err = s.Passwords.Check(c.ctx(), hash, typed); err != nil {
		return email, hash, false, errors.Join(err, s.takeBack(c, try))
	}
	if !ok {
		s.tried(c, c.visit.User(), access.PasswordWrong)
		return email, hash, false, nil
	}
	return email, hash, true, s.takeBack(c, try)
}

func (s *Server) endSession(c *call) error {
	id, err := c.id("s")
	if err != nil {
		return err
	}
	if err := s.DB.EndOwnSession(c.ctx(), c.visit, id); err != nil {
		return err
	}
	s.trail(c, c.visit.User(), access.SessionEnded)
	return s.redirect(c, "/account", views.SessionEnded(s.zoned(c)))
}

func (s *Server) endSessions(c *call) error {
	if err := s.DB.EndOwnSessions(c.ctx(), c.visit); err != nil {
		return err
	}
	s.trail(c, c.visit.User(), access.SessionsEnded)
	return s.redirect(c, "/login", views.SignedOutEverywhere(s.zoned(c)))
}
