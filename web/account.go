package web

import (
	"errors"
	"net/http"
	"strings"

	"personae/internal/auth"
	"personae/internal/persona"
	"personae/views"
)

func (s *Server) account(c *call) error { return s.accountPage(c, http.StatusOK, nil) }

func (s *Server) accountPage(c *call, status int, wrong []persona.FieldError) error {
	email, _, sessions, err := s.DB.OwnAccount(c.ctx(), c.visit, c.session)
	if err != nil {
		return err
	}
	factors, err := s.DB.Factors(c.ctx(), c.visit.User(), c.session)
	if err != nil {
		return err
	}
	m := views.Account{Name: c.visit.Name, Email: email, NoPassword: s.NoPassword, Factors: views.Factors{CodesLeft: len(factors.Codes), RequiredBy: factors.RequiredBy}}
	if factors.TOTP != nil {
		m.Factors.App = factors.TOTP.Added
	}
	for _, p := range factors.Passkeys {
		m.Factors.Passkeys = append(m.Factors.Passkeys, views.Passkey{ID: p.ID, Name: p.Name, Added: p.Added, LastUsed: p.LastUsed})
	}
	for _, x := range sessions {
		m.Sessions = append(m.Sessions, views.SignIn{ID: x.ID, Agent: x.Agent, Started: x.Started, This: x.This})
	}
	shell := s.shell(c, "Your account", "")
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
	_, ok, err := s.ownPassword(c, form.Old)
	if err != nil {
		return err
	}
	if !ok {
		return s.accountPage(c, http.StatusUnprocessableEntity, []persona.FieldError{{Field: "old", Message: "That is not your current password. Nothing was changed"}})
	}
	if form.Old == form.Password {
		return s.accountPage(c, http.StatusUnprocessableEntity, []persona.FieldError{{Field: "password", Message: "This is the password that you have already. Choose another"}})
	}
	hash, err := s.Passwords.Hash(c.ctx(), form.Password)
	if wrong := weakPassword(err); wrong != nil {
		return s.accountPage(c, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	if err := s.DB.SetPassword(c.ctx(), c.visit, hash); err != nil {
		return err
	}
	if err := s.startSession(c, c.visit.User(), hash); err != nil {
		return err
	}
	return s.redirect(c, "/account", views.PasswordChanged())
}

// ownPassword reports whether typed is the password of who is signed in, and returns
// its hash, empty where they have none. Wrong ones are throttled.
func (s *Server) ownPassword(c *call, typed string) (hash string, ok bool, err error) {
	_, hash, _, err = s.DB.OwnAccount(c.ctx(), c.visit, c.session)
	if err != nil {
		return "", false, err
	}
	try, err := s.throttle(c, [][]byte{s.bucket("password", c.visit.User().String())}, []int{accountFailures})
	if err != nil {
		return "", false, err
	}
	if ok, err = s.Passwords.Check(c.ctx(), hash, typed); err != nil || !ok {
		return hash, false, err
	}
	return hash, true, s.takeBack(c, try)
}

// weakPassword returns what a form says of a password that is refused.
func weakPassword(err error) []persona.FieldError {
	var weak *auth.WeakPasswordError
	if errors.As(err, &weak) {
		return []persona.FieldError{{Field: "password", Message: weak.Error()}}
	}
	return nil
}

func (s *Server) endSession(c *call) error {
	id, err := c.id("s")
	if err != nil {
		return err
	}
	if err := s.DB.EndOwnSession(c.ctx(), c.visit, id); err != nil {
		return err
	}
	return s.redirect(c, "/account", views.SessionEnded())
}

func (s *Server) endSessions(c *call) error {
	if err := s.DB.EndOwnSessions(c.ctx(), c.visit); err != nil {
		return err
	}
	return s.redirect(c, "/login", views.SignedOutEverywhere())
}

// forgot asks for the address that a reset link is sent to. Without a mail
// server there is no such page; the operator makes links then.
func (s *Server) forgot(c *call) error { return s.forgotPage(c, http.StatusOK, "", nil) }

func (s *Server) forgotPage(c *call, status int, email string, wrong []persona.FieldError) error {
	if !s.Mail.Configured() || s.NoPassword {
		return persona.ErrNotFound
	}
	shell := s.shell(c, "Forgot your password?", "")
	shell.Errors = wrong
	return s.page(c, status, views.ForgotPage(shell, email))
}

type forgotForm struct {
	Email string `form:"email"`
}

// sendReset sends a reset link, and answers the same whether or not anybody has
// the address.
func (s *Server) sendReset(c *call) error {
	if !s.Mail.Configured() || s.NoPassword {
		return persona.ErrNotFound
	}
	form, err := decode[forgotForm](c)
	if err != nil {
		return err
	}
	email := strings.TrimSpace(form.Email)
	if !isAddress(email) {
		return s.forgotPage(c, http.StatusUnprocessableEntity, email, notAnAddress())
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
	theirs, err := s.DB.MakeReset(c.ctx(), email, hashID(token))
	switch {
	case err == nil:
		s.send(c, theirs, "Choose a new password for personae", "Somebody, probably you, asked for a new password.\n\n"+
			s.address(c)+"/reset/"+token+"\n\nThe link works once, within an hour. If you did not ask, do nothing: your password stays as it is.\n")
	case !errors.Is(err, persona.ErrNotFound):
		return err
	}
	return s.redirect(c, "/login", views.ResetSent())
}

// resetForm shows whose password a link sets. Looking uses nothing up.
func (s *Server) resetForm(c *call) error { return s.resetPage(c, http.StatusOK, nil) }

func (s *Server) resetPage(c *call, status int, wrong []persona.FieldError) error {
	if s.NoPassword {
		return persona.ErrNotFound
	}
	email, err := s.DB.Reset(c.ctx(), c.tokenHash())
	if err != nil {
		return linkOver(err)
	}
	shell := s.shell(c, "Choose a new password", "")
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
	if _, err := s.DB.Reset(c.ctx(), c.tokenHash()); err != nil {
		return linkOver(err)
	}
	hash, err := s.Passwords.Hash(c.ctx(), form.Password)
	if wrong := weakPassword(err); wrong != nil {
		return s.resetPage(c, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	if err := s.DB.UseReset(c.ctx(), c.tokenHash(), hash); err != nil {
		return linkOver(err)
	}
	return s.redirect(c, "/login", views.PasswordReset())
}

// agentWords returns the kind of browser in a few words, such as "Firefox on
// Windows".
func agentWords(userAgent string) string {
	find := func(names [][2]string) string {
		for _, n := range names {
			if strings.Contains(userAgent, n[0]) {
				return n[1]
			}
		}
		return ""
	}
	// The order matters: each of these also claims to be those after it.
	browser := find([][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}})
	system := find([][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"}})
	switch {
	case browser == "":
		return system
	case system == "":
		return browser
	}
	return browser + " on " + system
}
