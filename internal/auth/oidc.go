package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"personae/internal/access"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// Why a sign-in through the OpenID provider fails. The error that wraps one of
// these names the cause for the log: no address, code, token or secret.
var (
	ErrProvider   = errors.New("the OpenID provider is away or refuses us")
	ErrDenied     = errors.New("the OpenID provider did not sign the person in")
	ErrAnswer     = errors.New("the OpenID provider’s answer cannot be accepted")
	ErrUnverified = errors.New("the OpenID provider has not verified the person’s address")
)

// OIDC signs people in through an OpenID provider. It is safe for concurrent
// use.
type OIDC struct {
	issuer, clientID, clientSecret string
	trustUnverified                bool

	client *http.Client
	known  atomic.Pointer[provider]
	asking singleflight.Group
}

// provider is what discovery found out.
type provider struct {
	*oidc.Provider
	endpoint oauth2.Endpoint
	verifier *oidc.IDTokenVerifier
}

// NewOIDC returns an OIDC for the client that the issuer knows by this id and
// secret. With trustUnverified, an address is believed of which the provider does not
// say whether it is verified; one that it says is not, never. It asks the provider
// nothing yet, so it need not be there.
func NewOIDC(issuer, clientID, clientSecret string, trustUnverified bool) *OIDC {
	return &OIDC{
		issuer:          issuer,
		clientID:        clientID,
		clientSecret:    clientSecret,
		trustUnverified: trustUnverified,
		client:          &http.Client{Timeout: 10 * time.Second},
	}
}

// Attempt is what must be kept, and kept secret, between Begin and Finish.
type Attempt struct {
	State, Nonce, Verifier string
}

// Identity is what the provider says of a person.
type Identity struct {
	Issuer, Subject string // name the person for good
	Email           string // verified by the provider, or trusted; it may change
}

// ErrOtherIdentity is an account that another subject of the same provider is
// linked to.
var ErrOtherIdentity = errors.New("the account is linked to another subject of this provider")

// Linked is what became of an account when an identity signed in to it.
type Linked struct {
	Now           bool // it is linked since
	PasswordEnded bool // and its password, which who invited them may have set, ended
}

// Origin returns scheme and host of the page where the provider signs people in,
// or the issuer's where the provider does not say before ctx ends.
func (o *OIDC) Origin(ctx context.Context) string {
	address := o.issuer
	if p, err := o.provider(ctx); err == nil {
		address = p.endpoint.AuthURL
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// Begin returns the provider's address to send the browser to. The provider will
// send it back to redirectURL, whose query is then for Finish. It fails with
// ErrProvider.
func (o *OIDC) Begin(ctx context.Context, redirectURL string) (string, Attempt, error) {
	p, err := o.provider(ctx)
	if err != nil {
		return "", Attempt{}, err
	}
	// Each is 256 random bits.
	a := Attempt{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
	return o.config(p, redirectURL).AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), a,
		nil
}

// Finish returns who the provider signed in, from the query that it sent the
// browser back with. It fails with ErrProvider, ErrDenied, ErrAnswer or
// ErrUnverified.
func (o *OIDC) Finish(ctx context.Context, redirectURL string, a Attempt, query url.Values) (Identity, error) {
	if a.State == "" || subtle.ConstantTimeCompare([]byte(a.State), []byte(query.Get("state"))) != 1 {
		return Identity{}, fmt.Errorf("%w: it is for no sign-in of this browser", ErrAnswer)
	}
	if code := query.Get("error"); code != "" {
		return Identity{}, providerError(code)
	}
	p, err := o.provider(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, o.client)
	token, err := o.config(p, redirectURL).Exchange(ctx, query.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Identity{}, exchangeError(err)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %s", ErrAnswer, brief(err))
	}
	if subtle.ConstantTimeCompare([]byte(a.Nonce), []byte(verified.Nonce)) != 1 {
		return Identity{}, fmt.Errorf("%w: the nonce is another", ErrAnswer)
	}
	return o.identity(ctx, p, token, verified)
}

// address is what a provider says of somebody's address.
type address struct {
	Email    string `json:"email"`
	Verified any    `json:"email_verified"` // some providers send a string; nil: it does not say
}

func (o *OIDC) identity(ctx context.Context, p *provider, granted *oauth2.Token, token *oidc.IDToken) (Identity, error) {
	var claims struct {
		address
		Party string `json:"azp"`
	}
	if err := token.Claims(&claims); err != nil {
		return Identity{}, fmt.Errorf("%w: %s", ErrAnswer, brief(err))
	}
	silent := claims.Email == "" || claims.Verified == nil && !o.trustUnverified
	if silent && p.UserInfoEndpoint() != "" {
		told, err := p.told(ctx, granted, token.Subject)
		if err != nil {
			return Identity{}, err
		}
		if told.Email != "" {
			claims.address = told
		}
	}
	email := strings.TrimSpace(claims.Email)
	verified := claims.Verified == true || claims.Verified == "true" || claims.Verified == nil && o.trustUnverified
	switch {
	case claims.Party != "" && claims.Party != o.clientID:
		return Identity{}, fmt.Errorf("%w: the token was made for another party", ErrAnswer)
	case !plain(token.Subject, 255):
		return Identity{}, fmt.Errorf("%w: no subject, or one that cannot be", ErrAnswer)
	case !plain(email, access.AddressLimit), !verified:
		return Identity{}, ErrUnverified
	}
	if err := access.CheckSeen(email); err != nil {
		return Identity{}, err
	}
	return Identity{Issuer: o.issuer, Subject: token.Subject, Email: email}, nil
}

// told returns the address of a subject that only the provider's UserInfo tells.
func (p *provider) told(ctx context.Context, granted *oauth2.Token, subject string) (address, error) {
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(granted))
	if err != nil {
		// Its text may hold the provider's own words.
		return address{}, fmt.Errorf("%w: userinfo is not answered", ErrProvider)
	}
	var told address
	if err := info.Claims(&told); err != nil {
		return address{}, fmt.Errorf("%w: userinfo: %s", ErrAnswer, brief(err))
	}
	if info.Subject != subject {
		return address{}, fmt.Errorf("%w: userinfo is about another subject", ErrAnswer)
	}
	return told, nil
}

func (o *OIDC) config(p *provider, redirectURL string) *oauth2.Config {
	return &oauth2.Config{
		ClientID:     o.clientID,
		ClientSecret: o.clientSecret,
		Endpoint:     p.endpoint,
		RedirectURL:  redirectURL,
		Scopes:       []string{oidc.ScopeOpenID, oidc.ScopeEmail},
	}
}

// provider returns what discovery found out. While it has found out nothing, each
// call asks again; calls at the same time share one question, which goes on
// when those who wait have left.
func (o *OIDC) provider(ctx context.Context) (*provider, error) {
	if p := o.known.Load(); p != nil {
		return p, nil
	}
	found := o.asking.DoChan("", func() (any, error) { return nil, o.discover(context.WithoutCancel(ctx)) })
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: discovery: %w", ErrProvider, ctx.Err())
	case f := <-found:
		if f.Err != nil {
			return nil, fmt.Errorf("%w: discovery: %s", ErrProvider, brief(f.Err))
		}
		return o.known.Load(), nil
	}
}

func (o *OIDC) discover(ctx context.Context) error {
	discovered, err := oidc.NewProvider(oidc.ClientContext(ctx, o.client), o.issuer)
	if err != nil {
		return err
	}
	var says struct {
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := discovered.Claims(&says); err != nil {
		return err
	}
	p := &provider{discovered, discovered.Endpoint(), discovered.Verifier(&oidc.Config{ClientID: o.clientID})}
	if u, err := url.Parse(p.endpoint.AuthURL); err != nil || u.Host == "" || p.endpoint.TokenURL == "" {
		return errors.New("the provider does not say where it signs people in")
	}
	// The usual way unless it is left out. Trying both would send the code
	// twice, which a strict provider takes for theft.
	p.endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if len(says.Methods) > 0 && !slices.Contains(says.Methods, "client_secret_basic") {
		p.endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	o.known.Store(p)
	return nil
}

// providerError explains the code with which a provider sends a browser back.
func providerError(code string) error {
	switch code {
	case "access_denied", "login_required", "interaction_required", "consent_required", "account_selection_required":
		return fmt.Errorf("%w: %s", ErrDenied, code)
	}
	return fmt.Errorf("%w: %s", ErrProvider, word(code))
}

// exchangeError leaves out what the provider wrote in its own words.
func exchangeError(err error) error {
	var refused *oauth2.RetrieveError
	switch {
	case !errors.As(err, &refused):
		return fmt.Errorf("%w: token: %s", ErrProvider, brief(err))
	case refused.ErrorCode == "invalid_grant":
		return fmt.Errorf("%w: the code is used, too old or not for us", ErrAnswer)
	}
	return fmt.Errorf("%w: token: status %d, %s", ErrProvider, refused.Response.StatusCode, word(refused.ErrorCode))
}

// brief returns an error's text, of which a provider's whole page may be part.
func brief(err error) string { return fmt.Sprintf("%.300s", err.Error()) }

// word returns an error code of OAuth, which may hold anything, for the log.
func word(code string) string {
	if code == "" || len(code) > 64 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "no code of OAuth"
	}
	return code
}

func plain(text string, limit int) bool {
	return text != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= limit &&
		!strings.ContainsFunc(text, unicode.IsControl)
}
