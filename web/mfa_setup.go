package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
)

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
	shell := s.shell(c, c.tr("Is it still you?"), "account")
	shell.Errors = wrong
	return s.page(c, status, views.ConfirmPage(shell,
		views.Confirm{Email: f.Email, Next: s.safeNext(next), Password: f.Password && !s.NoPassword}))
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
	_, hash, ok, err := s.ownPassword(c, form.Password)
	if err != nil {
		return err
	}
	if hash == "" {
		return persona.ErrNotFound
	}
	if !ok {
		return s.confirmPage(c, http.StatusUnprocessableEntity, form.Next,
			oneError("password", "That is not your password. Nothing was changed"))
	}
	if err := s.startSession(c, c.visit.User(), hash, access.PasswordConfirmed); err != nil {
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
	shell := s.shell(c, c.tr("Set up an authenticator app"), "account")
	shell.Errors = wrong
	return s.page(c, status, views.AppPage(shell,
		views.NewApp{Key: auth.TOTPKey(secret), QR: qr, Sealed: sealed, Replaces: f.TOTP != nil}))
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
		return s.appPage(c, http.StatusUnprocessableEntity, f, auth.NewTOTPSecret(),
			oneError("", "That took longer than ten minutes, so nothing was changed. Here is a new key: read it with the app"))
	}
	step, ok := auth.CheckTOTP(n.TOTP, form.Code, time.Now(), 0)
	if !ok {
		return s.appPage(c, http.StatusUnprocessableEntity, f, n.TOTP,
			oneError("code", "This is not the code that the app shows now. Check the time on your phone, then "+
				"enter the code again"))
	}
	codes, hashes, err := s.firstCodes(c, f)
	if err != nil {
		return err
	}
	first, err := s.DB.AddTOTP(c.ctx(), c.visit, c.session, n.TOTP, step, hashes)
	if err != nil {
		return err
	}
	s.trail(c, c.visit.User(), access.AppAdded)
	return s.factorAdded(c, f.Email, i18n.Say("Your authenticator app is set up"), first, codes)
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
	shell := s.shell(c, c.tr("Add a passkey"), "account")
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
	name := persona.CleanLine(form.Name)
	unnamed := i18n.N("Enter a name by which you will know the passkey, such as “Work laptop”")
	if wrong := persona.CheckName(nil, "name", i18n.N("Name"), unnamed, name, persona.NameLimit); len(wrong) > 0 {
		return s.passkeyPage(c, http.StatusUnprocessableEntity, f, form.Name, wrong)
	}
	refused := oneError("", "No passkey was made. Try again; if your browser asks nothing, it may not know passkeys")
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
	codes, hashes, err := s.firstCodes(c, f)
	if err != nil {
		return err
	}
	first, err := s.DB.AddPasskey(c.ctx(), c.visit, c.session,
		auth.Passkey{CredentialID: id, Credential: credential, Name: name}, hashes)
	if errors.Is(err, auth.ErrPasskeyKnown) {
		return s.passkeyPage(c, http.StatusUnprocessableEntity, f, name, oneError("",
			"This passkey was added already, so nothing was changed. It stands on the page of your account"))
	}
	if err != nil {
		return err
	}
	s.trail(c, c.visit.User(), access.PasskeyAdded)
	return s.factorAdded(c, f.Email, i18n.Say("The passkey “%s” was added", persona.Isolate(name)), first, codes)
}

// firstCodes makes the codes that come with a first factor; none for who has one.
func (s *Server) firstCodes(c *call, f auth.Factors) (codes, hashes []string, err error) {
	if f.Any() {
		return nil, nil, nil
	}
	return s.recoveryCodes(c)
}

// codesMade is how often in a quarter of an hour one person may have recovery codes
// made: their hashing keeps a processor busy.
const codesMade = 5

// recoveryCodes makes new codes and their hashes.
func (s *Server) recoveryCodes(c *call) (codes, hashes []string, err error) {
	if _, err := s.throttle(c, [][]byte{s.bucket("codes of", c.visit.User().String())}, []int{codesMade}); err != nil {
		return nil, nil, err
	}
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

func (s *Server) factorAdded(c *call, email string, title i18n.Text, first bool, codes []string) error {
	s.mailFactorChange(c, email, title)
	if !first {
		codes = nil
	}
	return s.redirect(c, "/account", views.FactorAdded(s.zoned(c), title, codes))
}

// mailFactorChange lets a person know by mail that somebody, probably they, changed
// how they sign in.
func (s *Server) mailFactorChange(c *call, email string, what i18n.Text) {
	if s.Mail.Configured() {
		s.send(c, email, i18n.Say("How you sign in to personae was changed"), i18n.Say("%s.\n\nIf it was not you, change your "+
			"password and tell an admin of your workspace.\n", what))
	}
}

func (s *Server) newCodes(c *call) error {
	f, done, err := s.recentFactors(c, "/account")
	if err != nil || done {
		return err
	}
	if !f.Any() {
		return persona.ErrNotFound
	}
	codes, hashes, err := s.recoveryCodes(c)
	if err != nil {
		return err
	}
	if err := s.DB.ReplaceCodes(c.ctx(), c.visit, hashes); err != nil {
		return err
	}
	s.trail(c, c.visit.User(), access.CodesMade)
	s.mailFactorChange(c, f.Email, i18n.Say("New recovery codes were made"))
	return s.redirect(c, "/account", views.CodesMade(s.zoned(c), codes))
}

func (s *Server) removeApp(c *call) error {
	_, done, err := s.recentFactors(c, "/account")
	if err != nil || done {
		return err
	}
	return s.factorRemoved(c, i18n.Say("The authenticator app is removed"), access.AppRemoved, s.DB.RemoveTOTP(c.ctx(), c.visit))
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
	return s.factorRemoved(c, i18n.Say("The passkey is removed"), access.PasskeyRemoved, s.DB.RemovePasskey(c.ctx(), c.visit, id))
}

func (s *Server) factorRemoved(c *call, title i18n.Text, action access.AccountAction, err error) error {
	if err != nil {
		return err
	}
	s.trail(c, c.visit.User(), action)
	f, err := s.DB.Factors(c.ctx(), c.visit.User(), c.session)
	if err != nil {
		return err
	}
	s.mailFactorChange(c, f.Email, title)
	return s.redirect(c, "/account", views.FactorRemoved(s.zoned(c), title, f))
}

type confirmForm struct {
	Password string `form:"password"`
	Next     string `form:"next"`
}
