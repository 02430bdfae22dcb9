package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/seal"
	"personae/views"
	"personae/web/problem"
)

// codeFailures is how many wrong codes in a quarter of an hour are let through:
// fewer than passwords, because a code has six digits.
const codeFailures = 5

const stepCookie = "personae_step"

// beginSecondFactor goes on with the sign-in of somebody who has a second factor. They
// are not signed in before it is right.
func (s *Server) beginSecondFactor(c *call, factors auth.Factors, next, kept, password string) error {
	step := auth.Step{User: factors.User, Next: next, Kept: kept}
	if passkeys, err := auth.NewPasskeys(s.address(c)); err == nil && len(factors.Passkeys) > 0 {
		challenge, err := passkeys.BeginSignIn(passkeyUser(factors))
		if err != nil {
			return err
		}
		if step.Challenge, err = json.Marshal(challenge); err != nil {
			return err
		}
	}
	token, err := newID()
	if err != nil {
		return err
	}
	if err := s.DB.BeginStep(c.ctx(), hashID(token), step, password, agentWords(c.Request().UserAgent())); err != nil {
		return err
	}
	s.trail(c, factors.User, access.SignInHalf)
	http.SetCookie(c.Response(), s.cookie(stepCookie, token, int(attemptAge.Seconds())))
	return s.redirect(c, "/login/second", nil)
}

// step returns the sign-in that the browser is at, or problem.ErrSignInOver.
func (s *Server) step(c *call) (token []byte, step auth.Step, factors auth.Factors, err error) {
	token = hashID(s.kept(c, stepCookie))
	if step, err = s.DB.Step(c.ctx(), token); err != nil {
		return nil, step, factors, stepOver(err)
	}
	factors, err = s.DB.Factors(c.ctx(), step.User, nil)
	return token, step, factors, err
}

func stepOver(err error) error {
	if errors.Is(err, access.ErrSignedOut) {
		return problem.ErrSignInOver
	}
	return err
}

// secondFactor asks for the second factor.
func (s *Server) secondFactor(c *call) error {
	_, step, factors, err := s.step(c)
	if err != nil {
		return err
	}
	return s.secondFactorPage(c, http.StatusOK, step, factors, nil)
}

func (s *Server) secondFactorPage(
	c *call, status int, step auth.Step, factors auth.Factors, wrong []persona.FieldError,
) error {
	m := views.Second{App: factors.TOTP != nil, Codes: len(factors.Codes) > 0}
	var challenge auth.Challenge
	if step.Challenge != nil && json.Unmarshal(step.Challenge, &challenge) == nil {
		m.Passkey = string(challenge.Options)
	}
	shell := s.shell(c, c.tr("One more step"), "")
	shell.Errors = wrong
	return s.page(c, status, views.SecondPage(shell, m))
}

// secondFactorForm holds one of the two.
type secondFactorForm struct {
	Code       string `form:"code"`       // of an app, or a recovery code
	Credential string `form:"credential"` // of a passkey
}

// finishSecondFactor checks the second factor, whichever was sent, and signs in.
func (s *Server) finishSecondFactor(c *call) error {
	form, err := decode[secondFactorForm](c)
	if err != nil {
		return err
	}
	token, step, factors, err := s.step(c)
	if err != nil {
		return err
	}
	try, err := s.throttle(c, [][]byte{s.bucket("second", step.User.String())}, []int{codeFailures})
	if err != nil {
		return s.throttledTry(c, step.User, access.FactorThrottled, err)
	}
	var wrong []persona.FieldError
	switch {
	case form.Credential != "":
		wrong = oneError("", "This passkey was not accepted. Try again, or use another way")
		err = s.usePasskey(c, token, step, factors, form.Credential)
	case len(auth.CleanRecoveryCode(form.Code)) > 6:
		wrong = oneError("code", "This recovery code is not right, or was used before. Check it, or use another")
		err = s.useCode(c, token, step, factors, form.Code)
	default:
		wrong = oneError("code",
			"This code is not right, or is no longer shown. Enter the six digits that the app shows now")
		err = s.useApp(c, token, step, factors, form.Code)
	}
	if errors.Is(err, seal.ErrUnreadable) {
		if err := s.takeBack(c, try); err != nil {
			return err
		}
		return s.secondFactorPage(c, http.StatusServiceUnavailable, step, factors, oneError("code", noAppSecret))
	}
	if errors.Is(err, errWrong) {
		s.tried(c, step.User, access.FactorWrong)
		return s.secondFactorPage(c, http.StatusUnprocessableEntity, step, factors, wrong)
	}
	if errors.Is(err, persona.ErrUnavailable) {
		return errors.Join(err, s.takeBack(c, try))
	}
	if err != nil {
		return stepOver(err)
	}
	if err := s.takeBack(c, try); err != nil {
		return err
	}
	http.SetCookie(c.Response(), s.cookie(stepCookie, "", -1))
	if err := s.startSession(c, step.User, "", access.SignedInFactor); err != nil {
		return err
	}
	account, err := s.DB.Account(c.ctx(), factors.Email)
	if err != nil {
		return err
	}
	if err := s.rememberDevice(c, factors.Email, account.PasswordHash); err != nil {
		return err
	}
	return s.afterSignIn(c, step.Next, step.Kept)
}

// noAppSecret says why no code of an app is right.
var noAppSecret = i18n.N("No code of an app can be checked at the moment: this server lacks the key of the secrets that it " +
	"keeps. You are not signed in. Use a passkey or a recovery code, or ask whoever runs personae for you")

func (s *Server) useApp(c *call, token []byte, step auth.Step, factors auth.Factors, code string) error {
	app := factors.TOTP
	if app == nil {
		return errWrong
	}
	if app.Secret == nil {
		s.Log.ErrorContext(c.ctx(), "the secret of an authenticator app cannot be read", "requestId", requestID(c),
			"userId", step.User)
		return seal.ErrUnreadable
	}
	n, ok := auth.CheckTOTP(app.Secret, code, time.Now(), app.LastStep)
	if !ok {
		return errWrong
	}
	return s.DB.FinishWithTOTP(c.ctx(), token, step, app.Added, n)
}

// errWrong is a second factor that is not right.
var errWrong = errors.New("wrong second factor")

func (s *Server) usePasskey(c *call, token []byte, step auth.Step, factors auth.Factors, answer string) error {
	passkeys, err := auth.NewPasskeys(s.address(c))
	if err != nil || step.Challenge == nil {
		return errWrong
	}
	var challenge auth.Challenge
	if err := json.Unmarshal(step.Challenge, &challenge); err != nil {
		return err
	}
	id, credential, err := passkeys.FinishSignIn(passkeyUser(factors), challenge, []byte(answer))
	if errors.Is(err, auth.ErrPasskey) {
		s.Log.InfoContext(c.Request().Context(), "passkey refused", "requestId", requestID(c), "error", err)
		return errWrong
	}
	if err != nil {
		return err
	}
	return s.DB.FinishWithPasskey(c.ctx(), token, step, id, credential)
}

func (s *Server) useCode(c *call, token []byte, step auth.Step, factors auth.Factors, code string) error {
	for _, hash := range factors.Codes {
		ok, err := s.Passwords.Check(c.ctx(), hash, auth.CleanRecoveryCode(code))
		if err != nil {
			return err
		}
		if ok {
			err := s.DB.FinishWithCode(c.ctx(), token, step, hash, agentWords(c.Request().UserAgent()))
			if err == nil {
				s.trail(c, step.User, access.RecoveryCodeUsed)
			}
			return err
		}
	}
	return errWrong
}

func passkeyUser(f auth.Factors) auth.PasskeyUser {
	u := auth.PasskeyUser{ID: f.User, Email: f.Email, Name: f.Name}
	for _, p := range f.Passkeys {
		u.Credentials = append(u.Credentials, p.Credential)
	}
	return u
}
