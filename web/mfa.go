package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/auth"
	"personae/internal/persona"
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
	if err := s.DB.BeginStep(c.ctx(), hashID(token), step, password); err != nil {
		return err
	}
	http.SetCookie(c.Response(), s.stepCookie(token, int(attemptAge.Seconds())))
	return s.redirect(c, "/login/second", nil)
}

func (s *Server) stepCookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: stepCookie, Value: value, Path: "/login", MaxAge: maxAge, HttpOnly: true, Secure: s.https(), SameSite: http.SameSiteLaxMode}
}

// step returns the sign-in that the browser is at, or problem.ErrSignInOver.
func (s *Server) step(c *call) (token []byte, step auth.Step, factors auth.Factors, err error) {
	cookie, err := c.Cookie(stepCookie)
	if err != nil {
		return nil, step, factors, problem.ErrSignInOver
	}
	token = hashID(cookie.Value)
	if step, err = s.DB.Step(c.ctx(), token); err != nil {
		return nil, step, factors, stepOver(err)
	}
	factors, err = s.DB.Factors(c.ctx(), step.User, nil)
	return token, step, factors, err
}

func stepOver(err error) error {
	if errors.Is(err, persona.ErrSignedOut) {
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

func (s *Server) secondFactorPage(c *call, status int, step auth.Step, factors auth.Factors, wrong []persona.FieldError) error {
	m := views.Second{App: factors.TOTP != nil, Codes: len(factors.Codes) > 0}
	var challenge auth.Challenge
	if step.Challenge != nil && json.Unmarshal(step.Challenge, &challenge) == nil {
		m.Passkey = string(challenge.Options)
	}
	shell := s.shell(c, "One more step", "")
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
		return err
	}
	var wrong persona.FieldError
	switch {
	case form.Credential != "":
		wrong = persona.FieldError{Message: "This passkey was not accepted. Try again, or use another way"}
		err = s.usePasskey(c, token, step, factors, form.Credential)
	case len(auth.CleanRecoveryCode(form.Code)) > 6:
		wrong = persona.FieldError{Field: "code", Message: "This recovery code is not right, or was used before. Check it, or use another"}
		err = s.useCode(c, token, step, factors, form.Code)
	default:
		wrong = persona.FieldError{Field: "code", Message: "This code is not right, or is no longer shown. Enter the six digits that the app shows now"}
		err = errWrong
		if factors.TOTP != nil {
			if n, ok := auth.CheckTOTP(factors.TOTP.Secret, form.Code, time.Now(), factors.TOTP.LastStep); ok {
				err = s.DB.FinishWithTOTP(c.ctx(), token, step, factors.TOTP.Secret, n)
			}
		}
	}
	if errors.Is(err, errWrong) {
		return s.secondFactorPage(c, http.StatusUnprocessableEntity, step, factors, []persona.FieldError{wrong})
	}
	if err != nil {
		return stepOver(err)
	}
	if err := s.takeBack(c, try); err != nil {
		return err
	}
	http.SetCookie(c.Response(), s.stepCookie("", -1))
	if err := s.startSession(c, step.User, ""); err != nil {
		return err
	}
	if err := s.rememberDevice(c, factors.Email); err != nil {
		return err
	}
	return s.afterSignIn(c, step.Next, step.Kept)
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
			return s.DB.FinishWithCode(c.ctx(), token, step, hash)
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

// recentFactors returns the visitor's factors. Where they signed in too long ago to change
// them it sends them to do so again, and done is true.
func (s *Server) recentFactors(c *call, back string) (f auth.Factors, done bool, err error) {
	if f, err = s.DB.Factors(c.ctx(), c.visit.User(), c.session); err != nil || f.Fresh {
		return f, false, err
	}
	return f, true, s.redirect(c, "/account/confirm?next="+url.QueryEscape(back), nil)
}

// confirmForm asks whoever signed in a while ago to do so again, before something
// is changed that could shut them out.
func (s *Server) confirmForm(c *call) error {
	return s.confirmPage(c, http.StatusOK, c.QueryParam("next"), nil)
}

func (s *Server) confirmPage(c *call, status int, next string, wrong []persona.FieldError) error {
	f, err := s.DB.Factors(c.ctx(), c.visit.User(), c.session)
	if err != nil {
		return err
	}
	shell := s.shell(c, "Is it still you?", "")
	shell.Errors = wrong
	return s.page(c, status, views.ConfirmPage(shell,
		views.Confirm{Email: f.Email, Next: s.safeNext(next), Password: f.Password && !s.NoPassword}))
}

type confirmForm struct {
	Password string `form:"password"`
	Next     string `form:"next"`
}

// confirm checks the password and goes on in a new session.
func (s *Server) confirm(c *call) error {
	form, err := decode[confirmForm](c)
	if err != nil {
		return err
	}
	if s.NoPassword {
		return persona.ErrNotFound
	}
	hash, ok, err := s.ownPassword(c, form.Password)
	if err != nil {
		return err
	}
	if hash == "" {
		return persona.ErrNotFound
	}
	if !ok {
		return s.confirmPage(c, http.StatusUnprocessableEntity, form.Next, []persona.FieldError{{Field: "password", Message: "That is not your password. Nothing was changed"}})
	}
	if err := s.startSession(c, c.visit.User(), hash); err != nil {
		return err
	}
	return s.redirect(c, s.safeNext(form.Next), nil)
}

// sealedFactor is a secret or a challenge that its form carries, sealed, until it
// is proved.
type sealedFactor struct {
	User      uuid.UUID
	TOTP      []byte
	Challenge auth.Challenge
}

const sealedName = "factor"

func (s *Server) newApp(c *call) error {
	f, done, err := s.recentFactors(c, "/account/app")
	if err != nil || done {
		return err
	}
	return s.appPage(c, http.StatusOK, f, auth.NewTOTPSecret(), nil)
}

func (s *Server) appPage(c *call, status int, f auth.Factors, secret []byte, wrong []persona.FieldError) error {
	sealed, err := s.sealer.Encode(sealedName, sealedFactor{User: c.visit.User(), TOTP: secret})
	if err != nil {
		return err
	}
	qr, err := qrPath(auth.TOTPAddress(secret, f.Email))
	if err != nil {
		return err
	}
	shell := s.shell(c, "Set up an authenticator app", "")
	shell.Errors = wrong
	return s.page(c, status, views.AppPage(shell, views.NewApp{Key: auth.TOTPKey(secret), QR: qr, Sealed: sealed, Replaces: f.TOTP != nil}))
}

// unseal returns what a form of this visitor carried; a zero one where it is too
// old or not theirs.
func (s *Server) unseal(c *call, sealed string) sealedFactor {
	var n sealedFactor
	if s.sealer.Decode(sealedName, sealed, &n) != nil || n.User != c.visit.User() {
		return sealedFactor{}
	}
	return n
}

type appForm struct {
	Sealed string `form:"sealed"` // a sealedFactor
	Code   string `form:"code"`
}

func (s *Server) addApp(c *call) error {
	form, err := decode[appForm](c)
	if err != nil {
		return err
	}
	f, done, err := s.recentFactors(c, "/account/app")
	if err != nil || done {
		return err
	}
	n := s.unseal(c, form.Sealed)
	if n.TOTP == nil {
		return s.appPage(c, http.StatusUnprocessableEntity, f, auth.NewTOTPSecret(), []persona.FieldError{{Message: "That took longer than ten minutes, so nothing was changed. Here is a new key: read it with the app"}})
	}
	step, ok := auth.CheckTOTP(n.TOTP, form.Code, time.Now(), 0)
	if !ok {
		return s.appPage(c, http.StatusUnprocessableEntity, f, n.TOTP, []persona.FieldError{{Field: "code", Message: "This is not the code that the app shows now. Check the time on your phone, then enter the code again"}})
	}
	codes, hashes, err := s.recoveryCodes(c)
	if err != nil {
		return err
	}
	first, err := s.DB.AddTOTP(c.ctx(), c.visit, c.session, n.TOTP, step, hashes)
	if err != nil {
		return err
	}
	return s.factorAdded(c, f.Email, "Your authenticator app is set up", first, codes)
}

func (s *Server) newPasskey(c *call) error {
	f, done, err := s.recentFactors(c, "/account/passkeys/new")
	if err != nil || done {
		return err
	}
	return s.passkeyPage(c, http.StatusOK, f, "", nil)
}

func (s *Server) passkeyPage(c *call, status int, f auth.Factors, name string, wrong []persona.FieldError) error {
	m := views.NewPasskey{Name: name}
	if passkeys, err := auth.NewPasskeys(s.address(c)); err == nil {
		challenge, err := passkeys.BeginRegistration(passkeyUser(f))
		if err != nil {
			return err
		}
		m.Options = string(challenge.Options)
		if m.Sealed, err = s.sealer.Encode(sealedName, sealedFactor{User: c.visit.User(), Challenge: challenge}); err != nil {
			return err
		}
	}
	shell := s.shell(c, "Add a passkey", "")
	shell.Errors = wrong
	return s.page(c, status, views.PasskeyPage(shell, m))
}

type passkeyForm struct {
	Name       string `form:"name"`
	Sealed     string `form:"sealed"` // a sealedFactor
	Credential string `form:"credential"`
}

func (s *Server) addPasskey(c *call) error {
	form, err := decode[passkeyForm](c)
	if err != nil {
		return err
	}
	f, done, err := s.recentFactors(c, "/account/passkeys/new")
	if err != nil || done {
		return err
	}
	name := persona.Clean(form.Name)
	if wrong := persona.CheckName(nil, "name", "Name", "Enter a name by which you will know the passkey, such as “Work laptop”", name, persona.NameLimit); len(wrong) > 0 {
		return s.passkeyPage(c, http.StatusUnprocessableEntity, f, form.Name, wrong)
	}
	refused := []persona.FieldError{{Message: "No passkey was made. Try again; if your browser asks nothing, it may not know passkeys"}}
	passkeys, err := auth.NewPasskeys(s.address(c))
	n := s.unseal(c, form.Sealed)
	if err != nil || n.Challenge.State == nil {
		return s.passkeyPage(c, http.StatusUnprocessableEntity, f, name, refused)
	}
	id, credential, err := passkeys.FinishRegistration(passkeyUser(f), n.Challenge, []byte(form.Credential))
	if errors.Is(err, auth.ErrPasskey) {
		s.Log.InfoContext(c.Request().Context(), "passkey refused", "requestId", requestID(c), "error", err)
		return s.passkeyPage(c, http.StatusUnprocessableEntity, f, name, refused)
	}
	if err != nil {
		return err
	}
	codes, hashes, err := s.recoveryCodes(c)
	if err != nil {
		return err
	}
	first, err := s.DB.AddPasskey(c.ctx(), c.visit, c.session, auth.Passkey{CredentialID: id, Credential: credential, Name: name}, hashes)
	if err != nil {
		return err
	}
	return s.factorAdded(c, f.Email, "The passkey “"+name+"” was added", first, codes)
}

// recoveryCodes makes new codes and their hashes.
func (s *Server) recoveryCodes(c *call) (codes, hashes []string, err error) {
	codes = auth.NewRecoveryCodes()
	for _, code := range codes {
		hash, err := s.Passwords.Hash(c.ctx(), auth.CleanRecoveryCode(code))
		if err != nil {
			return nil, nil, err
		}
		hashes = append(hashes, hash)
	}
	return codes, hashes, nil
}

func (s *Server) factorAdded(c *call, email, title string, first bool, codes []string) error {
	s.mailFactorChange(c, email, title)
	if !first {
		codes = nil
	}
	return s.redirect(c, "/account", views.FactorAdded(title, codes))
}

// mailFactorChange lets a person know by mail that somebody, probably they, changed
// how they sign in.
func (s *Server) mailFactorChange(c *call, email, what string) {
	if s.Mail.Configured() {
		s.send(c, email, "How you sign in to personae was changed", what+".\n\nIf it was not you, change your password and tell an admin of your workspace.\n")
	}
}

func (s *Server) newCodes(c *call) error {
	f, done, err := s.recentFactors(c, "/account")
	if err != nil || done {
		return err
	}
	codes, hashes, err := s.recoveryCodes(c)
	if err != nil {
		return err
	}
	if err := s.DB.ReplaceCodes(c.ctx(), c.visit, hashes); err != nil {
		return err
	}
	s.mailFactorChange(c, f.Email, "New recovery codes were made")
	return s.redirect(c, "/account", views.CodesMade(codes))
}

func (s *Server) removeApp(c *call) error {
	_, done, err := s.recentFactors(c, "/account")
	if err != nil || done {
		return err
	}
	return s.factorRemoved(c, "The authenticator app is removed", s.DB.RemoveTOTP(c.ctx(), c.visit))
}

func (s *Server) removePasskey(c *call) error {
	id, err := c.id("k")
	if err != nil {
		return err
	}
	_, done, err := s.recentFactors(c, "/account")
	if err != nil || done {
		return err
	}
	return s.factorRemoved(c, "The passkey is removed", s.DB.RemovePasskey(c.ctx(), c.visit, id))
}

func (s *Server) factorRemoved(c *call, title string, err error) error {
	if err != nil {
		return err
	}
	f, err := s.DB.Factors(c.ctx(), c.visit.User(), c.session)
	if err != nil {
		return err
	}
	s.mailFactorChange(c, f.Email, title)
	return s.redirect(c, "/account", views.FactorRemoved(title, f.Any(), strings.Join(f.RequiredBy, ", ")))
}
