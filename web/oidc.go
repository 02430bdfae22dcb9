package web

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/securecookie"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/persona"
	"personae/views"
	"personae/web/problem"
)

// attemptAge is how long one may take to sign in at the OpenID provider.
const attemptAge = 10 * time.Minute

const callbackPath = "/login/oidc/callback"

const attemptCookie = "personae_sign_in"

// attempt is what a browser keeps, signed and encrypted, while it is at the
// OpenID provider.
type attempt struct {
	auth.Attempt
	Next string
	Kept string // token of a form that came signed out; empty: there is none
}

// newSealed returns a codec of what is kept outside for so long, signed and encrypted.
// Its keys are of this purpose, so that they open nothing else.
func newSealed(key []byte, purpose string, age time.Duration) (*securecookie.SecureCookie, error) {
	keys, err := hkdf.Key(sha256.New, key, nil, "personae "+purpose, 64)
	if err != nil {
		return nil, err
	}
	codec := securecookie.New(keys[:32], keys[32:]).MaxAge(int(age.Seconds())).MaxLength(4000)
	return codec.SetSerializer(securecookie.JSONEncoder{}), nil
}

type oidcForm struct {
	Next string `form:"next"`
	Kept string `form:"kept"` // a form that came signed out
}

// beginOIDC sends the browser to the OpenID provider.
func (s *Server) beginOIDC(c *call) error {
	if s.OIDC == nil {
		return persona.ErrNotFound
	}
	form, err := decode[oidcForm](c)
	if err != nil {
		return err
	}
	address, began, err := s.OIDC.Begin(c.ctx(), s.callbackURL(c))
	if err != nil {
		return err
	}
	kept, err := s.keepForSignIn(c, form.Kept)
	if err != nil {
		return err
	}
	next := s.safeNext(cmp.Or(form.Next, c.QueryParam("next")))
	if err := s.keepAttempt(c, attempt{began, next, kept}); err != nil {
		return err
	}
	return s.redirect(c, address, nil)
}

// keepForSignIn stores a form that came signed out, if it is one of ours, and returns the
// token that the browser takes along.
func (s *Server) keepForSignIn(c *call, value string) (token string, err error) {
	ours := value != "" && s.keptForms.Decode("kept", value, new(keptForm)) == nil
	if !ours {
		return "", nil
	}
	if token, err = newID(); err != nil {
		return "", err
	}
	return token, s.DB.KeepForm(c.ctx(), hashID(token), s.bucket("kept", network(c.RealIP())), value)
}

// finishOIDC signs in whom the OpenID provider sent back.
func (s *Server) finishOIDC(c *call) error {
	if s.OIDC == nil {
		return persona.ErrNotFound
	}
	kept := s.takeAttempt(c)
	identity, err := s.OIDC.Finish(c.ctx(), s.callbackURL(c), kept.Attempt, c.QueryParams())
	if err != nil {
		return err
	}
	user, linked, err := s.DB.AccountOf(c.ctx(), identity)
	if err != nil {
		return signInFailed(err, identity.Email)
	}
	var receipt *views.Receipt
	if linked.Now {
		s.Log.InfoContext(c.Request().Context(), "account linked to the OpenID provider", "requestId", requestID(c),
			"userId", user)
	}
	if linked.PasswordEnded {
		receipt = views.PasswordEnded(s.zoned(c))
	}
	var form string
	if kept.Kept != "" {
		if form, err = s.DB.TakeForm(c.ctx(), hashID(kept.Kept)); err != nil {
			return err
		}
	}
	factors, err := s.DB.Factors(c.ctx(), user, nil)
	if err != nil {
		return err
	}
	if factors.Any() {
		return s.beginSecondFactor(c, factors, kept.Next, form, "")
	}
	if err := s.startSession(c, user, "", access.SignedInSingle); err != nil {
		return err
	}
	if form != "" {
		return s.showKept(c, kept.Next, form)
	}
	return s.redirect(c, kept.Next, receipt)
}

// loginPage answers with the sign-in form. Chromium follows a form only to
// where form-action allows, redirects included.
func (s *Server) loginPage(c *call, status int, shell views.Shell, m views.Login) error {
	m.NoPassword, m.Forgot = s.NoPassword, s.Mail.Configured() && !s.NoPassword
	if s.OIDC != nil {
		m.SingleSignOn = true
		// Those with a password should not wait for a provider that is away.
		ctx, cancel := context.WithTimeout(c.ctx(), time.Second)
		defer cancel()
		c.Response().Header().Set("Content-Security-Policy", contentPolicy("'self' "+s.OIDC.Origin(ctx)))
	}
	return s.page(c, status, views.LoginPage(shell, m))
}

// callbackURL is where the provider sends browsers back to. It must be one that
// the provider knows, so a forged Host leads nowhere.
func (s *Server) callbackURL(c *call) string { return s.address(c) + callbackPath }

// keepAttempt's cookie must come along when the provider sends the browser back.
func (s *Server) keepAttempt(c *call, a attempt) error {
	value, err := s.attempts.Encode(attemptCookie, a)
	if err != nil {
		a.Next = "/workspaces" // too long for a cookie
		value, err = s.attempts.Encode(attemptCookie, a)
	}
	if err == nil {
		http.SetCookie(c.Response(), s.cookie(attemptCookie, value, int(attemptAge.Seconds())))
	}
	return err
}

// takeAttempt returns what keepAttempt kept, which is then gone; zero where there
// is nothing, or nothing of ours.
func (s *Server) takeAttempt(c *call) attempt {
	value := s.kept(c, attemptCookie)
	if value == "" {
		return attempt{}
	}
	http.SetCookie(c.Response(), s.cookie(attemptCookie, "", -1))
	var a attempt
	if s.attempts.Decode(attemptCookie, value, &a) != nil {
		return attempt{}
	}
	return a
}

// signInFailed adds to err what only the person's own page says: their address.
func signInFailed(err error, email string) error {
	switch {
	case errors.Is(err, persona.ErrNotFound):
		return &problem.NoAccountError{Email: email}
	case errors.Is(err, auth.ErrOtherIdentity):
		return &problem.LinkedAccountError{Email: email, Err: err}
	}
	return err
}
