package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// ErrPasskey is a passkey's answer that proves nothing: of another person, for
// another site, altered, or to another question.
var ErrPasskey = errors.New("the passkey’s answer was refused")

// ErrPasskeyKnown is a passkey that somebody added before.
var ErrPasskeyKnown = errors.New("the passkey was added before")

// Passkeys makes and checks passkeys for one origin.
type Passkeys struct {
	relying *webauthn.WebAuthn
}

// PasskeyUser is whose passkeys they are. Credentials are as FinishRegistration
// returned them.
type PasskeyUser struct {
	ID          [16]byte
	Email, Name string
	Credentials [][]byte
}

// Challenge is one question to a passkey. Options go to the browser; all of it
// is kept for Finish.
type Challenge struct {
	Options json.RawMessage `json:"options"`
	State   json.RawMessage `json:"state"`
}

// NewPasskeys returns Passkeys for an origin such as https://example.com. It fails
// where browsers make none: an address of numbers has no name to bind them to.
func NewPasskeys(origin string) (*Passkeys, error) {
	u, err := url.Parse(origin)
	if err != nil {
		return nil, fmt.Errorf("no origin: %w", err)
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, errors.New("passkeys need a host with a name")
	}
	relying, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: "personae", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementPreferred, UserVerification: protocol.VerificationPreferred,
		},
	})
	return &Passkeys{relying}, err
}

// webauthnUser is a PasskeyUser as the library asks about one.
type webauthnUser struct {
	id          [16]byte
	email, name string
	credentials []webauthn.Credential
}

// WebAuthnID returns the person's id.
func (u *webauthnUser) WebAuthnID() []byte { return u.id[:] }

// WebAuthnName returns the person's address, which a device shows.
func (u *webauthnUser) WebAuthnName() string { return u.email }

// WebAuthnDisplayName returns the person's name, which a device shows.
func (u *webauthnUser) WebAuthnDisplayName() string { return u.name }

// WebAuthnCredentials returns the person's passkeys.
func (u *webauthnUser) WebAuthnCredentials() []webauthn.Credential { return u.credentials }

func (u PasskeyUser) read() (*webauthnUser, error) {
	read := &webauthnUser{id: u.ID, email: u.Email, name: u.Name}
	for _, raw := range u.Credentials {
		var c webauthn.Credential
		if err := json.Unmarshal(raw, &c); err != nil {
			return nil, fmt.Errorf("a stored passkey: %w", err)
		}
		read.credentials = append(read.credentials, c)
	}
	return read, nil
}

// answering returns who answers a challenge, and what was kept of it.
func (u PasskeyUser) answering(c Challenge) (*webauthnUser, webauthn.SessionData, error) {
	var state webauthn.SessionData
	user, err := u.read()
	if err == nil {
		if err = json.Unmarshal(c.State, &state); err != nil {
			err = fmt.Errorf("%w: %w", ErrPasskey, err)
		}
	}
	return user, state, err
}

// BeginRegistration asks for a new passkey, of a device that has none yet.
func (p *Passkeys) BeginRegistration(u PasskeyUser) (Challenge, error) {
	user, err := u.read()
	if err != nil {
		return Challenge{}, err
	}
	var known []protocol.CredentialDescriptor
	for _, c := range user.credentials {
		known = append(known, c.Descriptor())
	}
	options, state, err := p.relying.BeginRegistration(user, webauthn.WithExclusions(known))
	if err != nil {
		return Challenge{}, err
	}
	return challenge(options.Response, state)
}

// FinishRegistration checks a new passkey and returns what is to be stored. It
// fails with ErrPasskey.
func (p *Passkeys) FinishRegistration(u PasskeyUser, c Challenge, answer []byte) (id, credential []byte, err error) {
	user, state, err := u.answering(c)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	made, err := p.relying.CreateCredential(user, state, parsed)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	credential, err = json.Marshal(made)
	return made.ID, credential, err
}

// BeginSignIn asks for one of a person's passkeys.
func (p *Passkeys) BeginSignIn(u PasskeyUser) (Challenge, error) {
	user, err := u.read()
	if err != nil {
		return Challenge{}, err
	}
	options, state, err := p.relying.BeginLogin(user)
	if err != nil {
		return Challenge{}, err
	}
	return challenge(options.Response, state)
}

// FinishSignIn checks a passkey's answer and returns the passkey as it is to be
// stored now. It fails with ErrPasskey.
func (p *Passkeys) FinishSignIn(u PasskeyUser, c Challenge, answer []byte) (id, credential []byte, err error) {
	user, state, err := u.answering(c)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	used, err := p.relying.ValidateLogin(user, state, parsed)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrPasskey, err)
	}
	if used.Authenticator.CloneWarning {
		return nil, nil, fmt.Errorf("%w: its counter went back, so there may be a copy of it", ErrPasskey)
	}
	credential, err = json.Marshal(used)
	return used.ID, credential, err
}

func challenge(options any, state *webauthn.SessionData) (Challenge, error) {
	o, err := json.Marshal(options)
	if err != nil {
		return Challenge{}, err
	}
	s, err := json.Marshal(state)
	return Challenge{o, s}, err
}
