package web

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
	"personae/web/problem"
)

func (s *Server) home(c *call) error { return s.redirect(c, "/workspaces", nil) }

func (s *Server) loginForm(c *call) error {
	return s.loginPage(c, http.StatusOK, s.shell(c, c.tr("Sign in"), ""), views.Login{Next: s.safeNext(c.QueryParam("next"))})
}

type loginForm struct {
	Email    string `form:"email"`
	Password string `form:"password"`
	Next     string `form:"next"`
	Kept     string `form:"kept"` // a form that came signed out
}

// login checks a password and starts a session. An unknown address and a wrong
// password get the same answer after the same time.
func (s *Server) login(c *call) error {
	if s.NoPassword {
		return persona.ErrNotFound
	}
	form, err := decode[loginForm](c)
	if err != nil {
		return err
	}
	if s.keptForms.Decode("kept", form.Kept, new(keptForm)) != nil {
		form.Kept = "" // not ours, or older than a day
	}
	email := strings.TrimSpace(form.Email)
	m := views.Login{Email: email, Next: s.safeNext(cmp.Or(form.Next, c.QueryParam("next"))), Kept: form.Kept}
	var account access.Account
	if persona.Storable(email) {
		if account, err = s.DB.Account(c.ctx(), email); err != nil && !errors.Is(err, persona.ErrNotFound) {
			return err
		}
	}
	try, err := s.signIn(c, email, account.PasswordHash)
	if err != nil {
		var throttled *problem.ThrottledError
		if !errors.As(err, &throttled) {
			return err
		}
		s.tried(c, account.ID, access.SignInThrottled)
		return s.loginAgain(c, http.StatusTooManyRequests, m, oneError("email", "There were too many failed sign-ins. Try again "+
			"after %s, or from a browser that you have signed in with before", views.Clock(s.zoned(c), throttled.Until)))
	}
	ok, err := s.Passwords.Check(c.ctx(), account.PasswordHash, form.Password)
	if err != nil {
		return errors.Join(err, s.takeBack(c, try))
	}
	if !ok {
		s.tried(c, account.ID, access.SignInWrong)
	}
	if unseen := wrongIn("email", access.CheckSeen(email)); !ok && unseen != nil {
		return s.loginAgain(c, http.StatusUnprocessableEntity, m, unseen)
	}
	if !ok {
		return s.loginAgain(c, http.StatusUnprocessableEntity, m,
			oneError("email", "The email address or the password is not right. Check both and try again"))
	}
	if err := s.takeBack(c, try); err != nil {
		return err
	}
	if account.Factor {
		factors, err := s.DB.Factors(c.ctx(), account.ID, nil)
		if err != nil {
			return err
		}
		return s.beginSecondFactor(c, factors, m.Next, m.Kept, account.PasswordHash)
	}
	if err := s.startSession(c, account.ID, account.PasswordHash, access.SignedInPassword); err != nil {
		return err
	}
	if err := s.rememberDevice(c, email, account.PasswordHash); err != nil {
		return err
	}
	return s.afterSignIn(c, m.Next, m.Kept)
}

// afterSignIn shows what somebody came for, now that they are signed in.
func (s *Server) afterSignIn(c *call, next, kept string) error {
	if kept != "" {
		return s.showKept(c, next, kept)
	}
	return s.redirect(c, next, nil)
}

func (s *Server) loginAgain(c *call, status int, m views.Login, wrong []persona.FieldError) error {
	shell := s.shell(c, c.tr("Sign in"), "")
	shell.Errors = wrong
	return s.loginPage(c, status, shell, m)
}

// startSession signs somebody in under a new session id and ends the session
// that the browser had. password is the hash that let them in; where it was
// changed meanwhile it fails with access.ErrSignedOut. Empty: something else did. how
// says what, in the account's trail; empty: that says it already. Mails go to them in the
// language of this browser from now on, where they chose none.
func (s *Server) startSession(c *call, user uuid.UUID, password string, how access.AccountAction) error {
	session, err := s.sessions.Get(c.Request(), s.sessions.name)
	if err != nil {
		return err
	}
	if !session.IsNew {
		if err := s.DB.EndSession(c.ctx(), hashID(session.ID)); err != nil {
			return err
		}
	}
	asks := i18n.Match("", c.Request().Header.Get("Accept-Language"))
	if err := s.DB.SetMailLanguage(c.ctx(), user, string(asks)); err != nil {
		return err
	}
	session.IsNew = true
	session.Values[userValue], session.Values[checkValue], session.Values[howValue] = user, password, how
	if err := s.sessions.Save(c.Request(), c.Response(), session); err != nil {
		return err
	}
	if how != "" {
		s.trail(c, user, how)
	}
	return nil
}

func (s *Server) logout(c *call) error {
	session, err := s.sessions.Get(c.Request(), s.sessions.name)
	if err != nil {
		return err
	}
	if visit, ok := session.Values[visitValue].(postgres.Visit); ok {
		if err := s.DB.SignOut(c.ctx(), visit, hashID(session.ID)); err != nil {
			return err
		}
		s.trail(c, visit.User(), access.SignedOut)
	}
	session.Options.MaxAge = -1
	if err := s.sessions.Save(c.Request(), c.Response(), session); err != nil {
		return err
	}
	return s.redirect(c, "/login", views.SignedOut(s.zoned(c)))
}
