package web_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/web"
)

const (
	clientID     = "personae"
	clientSecret = "Secretclientsecret"
)

// provider is an OpenID provider that takes nothing on trust: it knows its
// client's secret and address, gives each code once, and asks for the verifier
// of each. Whoever comes is signed in there as person.
type provider struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu       sync.Mutex
	callback string         // the only redirect_uri it knows; empty: any
	person   map[string]any // claims
	change   map[string]any // claims that are made wrong in the token
	sign     func(payload []byte) string
	refuse   string         // the error that people are sent back with
	trusted  bool           // we believe it addresses of which it says nothing
	info     map[string]any // what UserInfo says; nil: there is none
	post     bool           // takes the client's secret in the form only
	down     bool
	hang     chan struct{}
	codes    map[string]url.Values // what each was asked for with
	tokens   int                   // how often it was asked for a token
	gave     []string              // codes and tokens, which no log may hold
}

// rsaKey is every test provider's: making one takes long.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func newProvider(t testing.TB) *provider {
	t.Helper()
	key, err := rsaKey()
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, codes: map[string]url.Values{},
		person: map[string]any{"sub": "Secretsubject", "email": "ada@example.com", "email_verified": true}}
	p.sign = func(payload []byte) string { return signed(t, jose.RS256, key, payload) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1",
			Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userInfo)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		down, hang := p.down, p.hang
		p.mu.Unlock()
		if hang != nil {
			<-hang
		}
		if down {
			panic(http.ErrAbortHandler)
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

// use makes a site sign people in through p.
func (p *provider) use(o *web.Options) {
	o.OIDC = auth.NewOIDC(p.URL, clientID, clientSecret, p.trusted)
}

// set changes p while it serves.
func (p *provider) set(change func(*provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func signed(t testing.TB, algorithm jose.SignatureAlgorithm, key any, payload []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key},
		(&jose.SignerOptions{}).WithHeader("kid", "1"))
	if err != nil {
		t.Error(err)
		return ""
	}
	token, err := signer.Sign(payload)
	if err != nil {
		t.Error(err)
		return ""
	}
	text, err := token.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return text
}

func (p *provider) answer(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what)
}

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	says := map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL +
		"/token",
		"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.post {
		says["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"}
	}
	if p.info != nil {
		says["userinfo_endpoint"] = p.URL + "/userinfo"
	}
	p.answer(w, http.StatusOK, says)
}

func (p *provider) userInfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer Secretaccess" {
		p.answer(w, http.StatusUnauthorized, map[string]string{"error": "Secretdescription"})
		return
	}
	p.answer(w, http.StatusOK, p.info)
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	scopes := strings.Fields(q.Get("scope"))
	switch {
	case err != nil, p.callback != "" && q.Get("redirect_uri") != p.callback,
		!strings.HasSuffix(back.Path, "/login/oidc/callback"),
		q.Get("client_id") != clientID, q.Get("response_type") != "code", !slices.Contains(scopes, "openid"),
		!slices.Contains(scopes, "email"),
		len(q.Get("state")) < 43, len(q.Get("nonce")) < 43, q.Get("code_challenge_method") != "S256",
		len(q.Get("code_challenge")) != 43:
		http.Error(w, "the provider does not accept this request", http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {q.Get("state")}}
	if p.refuse != "" {
		answer.Set("error", p.refuse)
		answer.Set("error_description", "Secretdescription")
	} else {
		code := "Secretcode" + rand.Text()
		p.codes[code] = q
		p.gave = append(p.gave, code)
		answer.Set("code", code)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokens++
	id, secret, _ := r.BasicAuth()
	if p.post {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != clientID || secret != clientSecret {
		p.answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client",
			"error_description": "Secretdescription " + secret})
		return
	}
	asked, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || r.PostFormValue("grant_type") != "authorization_code" ||
		r.PostFormValue("redirect_uri") != asked.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(challenge[:]) != asked.Get("code_challenge") {
		p.answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant",
			"error_description": "Secretdescription"})
		return
	}
	claims := map[string]any{"iss": p.URL, "aud": clientID, "nonce": asked.Get("nonce"), "iat": time.Now().Unix(),
		"exp": time.Now().Add(time.Minute).Unix()}
	maps.Copy(claims, p.person)
	maps.Copy(claims, p.change)
	payload, err := json.Marshal(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	token := p.sign(payload)
	if token != "" {
		p.gave = append(p.gave, token)
	}
	p.answer(w, http.StatusOK, map[string]any{"access_token": "Secretaccess", "token_type": "Bearer",
		"expires_in": 60, "id_token": token})
}

const signOn = "Sign in with single sign-on"

// newSignOn returns a site and its provider, where Ada Morgan has an account.
func newSignOn(t *testing.T, with ...func(*web.Options)) (*site, *provider) {
	t.Helper()
	p := newProvider(t)
	s := newSite(t, append([]func(*web.Options){p.use}, with...)...)
	p.callback = s.url + "/login/oidc/callback"
	s.User(t, access.NewUser{Email: "Ada@Example.com", Name: "Ada Morgan"})
	return s, p
}

// stays keeps a browser from following redirects.
func (b *client) stays() *client {
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return b
}

// follow asks for an address that the site sent the browser to, or the provider.
func (b *client) follow(address string) *page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(request)
}

// callback begins a sign-in in a browser that stays, and returns the address that
// the provider sends it back to.
func (b *client) callback() string {
	b.t.Helper()
	at := b.get("/login").submit(signOn, nil).is(http.StatusSeeOther).header.Get("Location")
	return b.follow(at).is(http.StatusSeeOther).header.Get("Location")
}

// logHoldsNoSecret fails where the log holds what only the person, the browser and the
// provider should know.
func (s *site) logHoldsNoSecret(t *testing.T, p *provider) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, secret := range append(p.gave, "Secret", "secret", "@example", "ada@", "state=", "code=") {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, s.log)
		}
	}
}

func TestSingleSignOnLeadsToThePageOneWanted(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	b := s.client(t)
	form := b.get("/workspaces?q=x").is(http.StatusOK)
	same(t, "asked to sign in", form.path, "/login")
	if form.button("Sign in") == nil {
		t.Error("the password form is gone")
	}
	list := form.submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
	same(t, "path", list.path, "/workspaces")
	if !strings.Contains(list.body, `value="x"`) {
		t.Error("the query of the wanted page is lost")
	}
	same(t, "identities", s.Count(t, `select count(*) from user_identities i join users u on u.id = i.user_id
		where u.email = 'Ada@Example.com' and i.issuer = $1 and i.subject = 'Secretsubject'`, p.URL), 1)
	same(t, "sessions", s.Count(t, `select count(*) from sessions`), 1)
	same(t, "again", b.get("/login").submit(signOn, nil).is(http.StatusOK).path, "/workspaces")
	same(t, "sessions", s.Count(t, `select count(*) from sessions`), 1)
	list.submit("Sign out", nil).is(http.StatusOK)
	same(t, "sessions", s.Count(t, `select count(*) from sessions`), 0)
	if !strings.Contains(s.log.String(), "account linked") {
		t.Error("the log does not tell of the link")
	}
	s.logHoldsNoSecret(t, p)
}

// TestProviderThatTellsAddressesByUserInfoIsAskedThere signs in with a token that holds
// none, as many providers make it.
func TestProviderThatTellsAddressesByUserInfoIsAskedThere(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	whole := map[string]any{"sub": "Secretsubject", "email": "ada@example.com", "email_verified": true}
	p.person = map[string]any{"sub": "Secretsubject"}
	p.info = whole
	s.client(t).get("/login").submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
	for name, info := range map[string]map[string]any{
		"another subject":         {"sub": "Secretother", "email": "ada@example.com", "email_verified": true},
		"an address not verified": {"sub": "Secretsubject", "email": "ada@example.com", "email_verified": false},
		"no address":              {"sub": "Secretsubject"},
		"silence":                 {"sub": "Secretsubject", "email": "ada@example.com"},
	} {
		p.set(func(p *provider) { p.info = info })
		if got := s.client(t).get("/login").submit(signOn, nil); got.status != 403 && got.status != 422 {
			t.Errorf("%s: %d %s", name, got.status, got.text())
		}
	}
	// What the token says not to be verified, UserInfo is not asked about.
	p.set(func(p *provider) {
		p.person = map[string]any{"sub": "Secretsubject", "email": "ada@example.com", "email_verified": false}
		p.info = whole
	})
	s.client(t).get("/login").submit(signOn, nil).is(http.StatusForbidden)
	s.logHoldsNoSecret(t, p)
}

// TestSilenceAboutAnAddressIsTrustedOnlyWhereSettingsSaySo is how Entra ID answers.
func TestSilenceAboutAnAddressIsTrustedOnlyWhereSettingsSaySo(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	p.trusted = true
	p.person = map[string]any{"sub": "Secretsubject", "email": "ada@example.com"}
	s := newSite(t, p.use)
	s.User(t, access.NewUser{Email: "ada@example.com", Name: "Ada Morgan"})
	s.client(t).get("/login").submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
	for _, said := range []any{false, "false", "no", 1} {
		p.set(func(p *provider) { p.person["email_verified"] = said })
		s.client(t).get("/login").submit(signOn, nil).is(http.StatusForbidden)
	}
}

func TestProviderThatTakesTheSecretInTheFormOnlyGetsItThere(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	p.post = true
	s.client(t).get("/login").submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
	same(t, "questions for a token", p.tokens, 1)
}

func TestLinkedAccountIsFoundBySubjectWhateverTheAddress(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	s.client(t).get("/login").submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
	s.User(t, access.NewUser{Email: "ada.lovelace@example.com", Name: "Somebody Else"})
	before := s.Snapshot(t, "sessions", "account_events")
	for _, email := range []string{"new@example.com", "ada.lovelace@example.com"} {
		p.set(func(p *provider) { p.person["email"] = email })
		s.client(t).get("/login").submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
	}
	same(t, "tables", s.Snapshot(t, "sessions", "account_events"), before)
}

// TestWhoInvitedSomebodyHasNoWayIntoTheirAccount uses an invitation's link before
// the invited do, adds a second factor, and waits for them.
func TestWhoInvitedSomebodyHasNoWayIntoTheirAccount(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	ws := s.Workspace(t, "Harbor")
	link := inviteLink(t, s.as(t, ws.Workspace(), access.Admin), ws, "victim@example.com", "member")
	thief := s.client(t)
	thief.get(link).submit("Join Harbor", url.Values{"name": {"Vic"}, "password": {password}}).is(http.StatusOK)
	thief.addApp()
	p.set(func(p *provider) { p.person["email"], p.person["sub"] = "victim@example.com", "Secretvictim" })
	victim := s.client(t)
	same(t, "path", victim.get("/workspaces").submit(signOn,
		nil).is(http.StatusOK).says("You sign in by single sign-on now").path, "/workspaces")
	same(t, "their session", thief.get("/workspaces").path, "/login")
	thief.post("/login", url.Values{"email": {"victim@example.com"}, "password": {password}}).
		is(http.StatusUnprocessableEntity)
	same(t, "sessions", s.Count(t, `select count(*) from sessions where user_id = (select id from users
		where email = 'victim@example.com')`), 1)

	// A password that whoever runs the server gave stays.
	s.Exec(t, `update users set password_hash = $1 where email = 'Ada@Example.com'`, s.hash)
	p.set(func(p *provider) { p.person["email"], p.person["sub"] = "ada@example.com", "Secretsubject" })
	s.client(t).get("/login").submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
	s.client(t).post("/login", url.Values{"email": {"ada@example.com"}, "password": {password}}).is(http.StatusOK)
}

func TestAddressOfALinkedAccountDoesNotOpenItToAnotherSubject(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	s.client(t).get("/login").submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
	p.set(func(p *provider) { p.person["sub"] = "Secretsuccessor" })
	before := s.Snapshot(t)
	b := s.client(t)
	b.get("/login").submit(signOn, nil).is(http.StatusForbidden).
		says("This account belongs to another sign-in", "Nothing was changed")
	same(t, "tables", s.Snapshot(t), before)
	same(t, "signed out", b.get("/workspaces").path, "/login")
}

func TestSingleSignOnRefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(*provider) {
		return func(p *provider) { p.change = map[string]any{name: value} }
	}
	signWith := func(sign func(payload []byte) string) func(*provider) {
		return func(p *provider) { p.sign = sign }
	}
	const unfinished, unconfirmed, unknown = "This sign-in could not be finished",
		"Your email address is not confirmed", "There is no account with your address"
	for name, c := range map[string]struct {
		wrong  func(*provider)
		status int
		says   string
	}{
		"another nonce":          {claim("nonce", "another"), 422, unfinished},
		"no nonce":               {claim("nonce", nil), 422, unfinished},
		"another audience":       {claim("aud", "another"), 422, unfinished},
		"another party":          {claim("azp", "another"), 422, unfinished},
		"another issuer":         {claim("iss", "https://evil.example"), 422, unfinished},
		"expired":                {claim("exp", time.Now().Add(-time.Minute).Unix()), 422, unfinished},
		"no subject":             {claim("sub", ""), 422, unfinished},
		"a subject that is none": {claim("sub", "a\x00b"), 422, unfinished},
		"signed by somebody else": {signWith(func(b []byte) string { return signed(t, jose.RS256, other, b) }), 422,
			unfinished},
		"signed with our secret": {signWith(func(b []byte) string {
			return signed(t, jose.HS256,
				[]byte(strings.Repeat(clientSecret, 2)), b)
		}), 422, unfinished},
		"not signed": {signWith(func(b []byte) string {
			return "eyJhbGciOiJub25lIn0." +
				base64.RawURLEncoding.EncodeToString(b) + "."
		}), 422, unfinished},
		"no token":                 {signWith(func([]byte) string { return "" }), 422, unfinished},
		"an address not verified":  {claim("email_verified", false), 403, unconfirmed},
		"an address perhaps so":    {claim("email_verified", nil), 403, unconfirmed},
		"no address":               {claim("email", ""), 403, unconfirmed},
		"an address that is none":  {claim("email", "ada@example.com\x00"), 403, unconfirmed},
		"an unknown address":       {claim("email", "unknown@example.com"), 403, unknown},
		"an address that looks so": {claim("email", "\u212aatherine@example.com"), 403, unknown}, // a Kelvin sign
		"an address with more than one sees": {claim("email", "katherine@example.com\u200b"), 403,
			"a character that nobody sees, U+200B, at character 22"},
		"denied": {func(p *provider) { p.refuse = "access_denied" }, 403, "You were not signed in"},
		"the provider's own error": {func(p *provider) { p.refuse = "server_error" }, 503,
			"Single sign-on does not work at the moment"},
		"an error that is none": {func(p *provider) { p.refuse = "Secret error" }, 503,
			"Single sign-on does not work at the moment"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusedSignIn(t, c.wrong, c.status, c.says, c.says != unknown && !strings.Contains(c.says, "nobody sees"))
		})
	}
}

// refusedSignIn signs in at a provider where something is wrong, and looks that
// nothing came of it; byProvider: the cause is one that the operator should know.
func refusedSignIn(t *testing.T, wrong func(*provider), status int, says string, byProvider bool) {
	t.Helper()
	s, p := newSignOn(t)
	s.User(t, access.NewUser{Email: "katherine@example.com", Name: "Katherine"})
	wrong(p)
	before := s.Snapshot(t)
	b := s.client(t)
	refused := b.get("/login").submit(signOn, nil).is(status).says(says)
	if refused.button("Sign out") != nil || !strings.Contains(refused.body, `href="/login"`) {
		t.Errorf("the page does not lead back to the sign-in page:\n%s", refused.text())
	}
	for _, inside := range []string{"Secret", "oidc:", "jose"} {
		if strings.Contains(refused.body, inside) {
			t.Errorf("the page holds %q", inside)
		}
	}
	same(t, "tables", s.Snapshot(t), before)
	same(t, "signed out", b.get("/workspaces").path, "/login")
	if !strings.Contains(s.log.String(), "the OpenID provider") && byProvider {
		t.Errorf("the log does not tell the cause:\n%s", s.log)
	}
	s.logHoldsNoSecret(t, p)
}

func TestFinishedSignInIsNotFinishedAgain(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	b := s.client(t).stays()
	back := b.callback()
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	kept := b.client.Jar.Cookies(u)
	b.follow(back).is(http.StatusSeeOther)
	before := s.Snapshot(t)
	b.follow(back).is(http.StatusUnprocessableEntity).says("This sign-in could not be finished")
	same(t, "questions for a token", p.tokens, 1)
	b.get("/workspaces").is(http.StatusOK).says("Ada Morgan")

	thief := s.client(t).stays()
	thief.client.Jar.SetCookies(u, kept)
	thief.follow(back).is(http.StatusUnprocessableEntity).says("This sign-in could not be finished")
	same(t, "questions for a token", p.tokens, 2)
	thief.get("/workspaces").is(http.StatusSeeOther)
	same(t, "tables", s.Snapshot(t), before)
	s.logHoldsNoSecret(t, p)
}

func TestSignInOfAnotherBrowserIsNotFinished(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	before := s.Snapshot(t)
	back := s.client(t).stays().callback()

	stranger := s.client(t).stays()
	stranger.follow(back).is(http.StatusUnprocessableEntity)
	own := stranger.callback()
	stranger.follow(back).is(http.StatusUnprocessableEntity)
	stranger.follow(own).is(http.StatusUnprocessableEntity) // its attempt was used up by the other's
	same(t, "questions for a token", p.tokens, 0)

	// Another's code in one's own sign-in: the provider asks for its verifier.
	code := func(address string) url.Values {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return u.Query()
	}
	mine := code(stranger.callback())
	mine.Set("code", code(back).Get("code"))
	stranger.get("/login/oidc/callback?" + mine.Encode()).is(http.StatusUnprocessableEntity).
		says("This sign-in could not be finished")
	same(t, "questions for a token", p.tokens, 1)

	for _, query := range []string{"", "?state=", "?code=x", "?state=x&code=x", "?error=access_denied",
		"?state=%00&code=%ff"} {
		stranger.get("/login/oidc/callback" + query).is(http.StatusUnprocessableEntity).
			says("This sign-in could not be finished")
	}
	same(t, "tables", s.Snapshot(t), before)
	s.logHoldsNoSecret(t, p)
}

func TestAttemptIsKeptForTenMinutesWhereNobodyReadsIt(t *testing.T) {
	t.Parallel()
	s, _ := newSignOn(t)
	b := s.client(t).stays()
	began := b.get("/login").submit(signOn, url.Values{"next": {"/workspaces?q=Secretsearch"}}).is(http.StatusSeeOther)
	cookies := (&http.Response{Header: began.header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 600 || c.Path != "/" {
		t.Errorf("the cookie is %s", c)
	}
	at, err := url.Parse(began.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	outer, err := base64.URLEncoding.DecodeString(c.Value)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := base64.URLEncoding.DecodeString(strings.Split(string(outer), "|")[1])
	if err != nil {
		t.Fatal(err)
	}
	opened := string(inner)
	for _, secret := range []string{at.Query().Get("state"), at.Query().Get("nonce"), "Secretsearch", "Verifier"} {
		if secret == "" || strings.Contains(opened, secret) {
			t.Errorf("the cookie shows %q", secret)
		}
	}
	back := b.follow(at.String()).is(http.StatusSeeOther).header.Get("Location")
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(c.Value)
	flipped[len(flipped)/2] ^= 1
	b.client.Jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Value: string(flipped)}})
	b.follow(back).is(http.StatusUnprocessableEntity)

	secure, _ := newSignOn(t, func(o *web.Options) { o.BaseURL = "https://personae.example" })
	p := secure.client(t).stays().post("/login/oidc", nil).is(http.StatusSeeOther)
	if c := (&http.Response{Header: p.header}).Cookies()[0]; c.Name != "__Host-personae_sign_in" || !c.Secure {
		t.Errorf("behind TLS the cookie is %s", c)
	}
	if at, err := url.Parse(p.header.Get("Location")); err != nil || at.Query().
		Get("redirect_uri") != "https://personae.example/login/oidc/callback" {
		t.Errorf("behind TLS it sends to %s", at)
	}
}

func TestSingleSignOnLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s, _ := newSignOn(t)
	for next, want := range map[string]string{
		"https://evil.example": "/workspaces", "//evil.example": "/workspaces", "/\\evil.example": "/workspaces",
		"":                "/workspaces",
		"/workspaces?q=x": "/workspaces?q=x", "/workspaces?q=" + strings.Repeat("x", 5000): "/workspaces",
	} {
		b := s.client(t).stays()
		at := b.post("/login/oidc", url.Values{"next": {next}}).is(http.StatusSeeOther).header.Get("Location")
		back := b.follow(at).is(http.StatusSeeOther).header.Get("Location")
		same(t, next, b.follow(back).is(http.StatusSeeOther).header.Get("Location"), want)
	}
}

func TestProviderThatIsAwayIsAskedAgain(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	p.set(func(p *provider) { p.down = true })
	b := s.client(t)
	away := b.get("/login").is(http.StatusOK).submit(signOn, nil).is(http.StatusServiceUnavailable).
		says("Single sign-on does not work at the moment")
	if away.header.Get("Retry-After") == "" {
		t.Error("it does not say when to try again")
	}
	p.set(func(p *provider) { p.down = false })
	b.get("/login").submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")

	other := s.client(t).stays()
	back := other.callback()
	p.set(func(p *provider) { p.down = true })
	other.follow(back).is(http.StatusServiceUnavailable)
	s.logHoldsNoSecret(t, p)
}

func TestProviderThatHangsKeepsNobodyFromThePasswordForm(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	hang := make(chan struct{})
	p.set(func(p *provider) { p.hang = hang })
	defer close(hang)
	start := time.Now()
	form := s.client(t).get("/login").is(http.StatusOK)
	if took := time.Since(start); took > 8*time.Second {
		t.Errorf("the page took %s", took)
	}
	if form.button("Sign in") == nil || form.button(signOn) == nil {
		t.Error("a way to sign in is missing")
	}
}

func TestWrongClientSecretIsToldToTheOperatorOnly(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := newSite(t, func(o *web.Options) { o.OIDC = auth.NewOIDC(p.URL, clientID, "Secretwrong", false) })
	before := s.Snapshot(t)
	told := s.client(t).get("/login").submit(signOn, nil).is(http.StatusServiceUnavailable)
	if strings.Contains(told.body, "invalid_client") || !strings.Contains(s.log.String(), "status 401, invalid_client") {
		t.Errorf("the page says %s\nand the log %s", told.text(), s.log)
	}
	same(t, "tables", s.Snapshot(t), before)
	s.logHoldsNoSecret(t, p)
}

func TestFormsMayLeadToTheProviderFromTheSignInPageOnly(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t)
	b := s.client(t)
	policy := func(p *page) string { return p.header.Get("Content-Security-Policy") }
	want := "form-action 'self' " + p.URL + ";"
	for name, at := range map[string]*page{
		"the page":   b.get("/login").is(http.StatusOK),
		"with error": b.post("/login", url.Values{"email": {"x"}}).is(http.StatusUnprocessableEntity),
	} {
		if !strings.Contains(policy(at), want) {
			t.Errorf("%s: %s", name, policy(at))
		}
	}
	for name, at := range map[string]*page{
		"inside":    b.get("/login").submit(signOn, nil).is(http.StatusOK),
		"not found": b.get("/nothing").is(http.StatusNotFound),
	} {
		if !strings.Contains(policy(at), "form-action 'self';") {
			t.Errorf("%s: %s", name, policy(at))
		}
	}
}

func TestWithoutPasswordsOnlySingleSignOnIsThere(t *testing.T) {
	t.Parallel()
	s, _ := newSignOn(t, func(o *web.Options) { o.NoPassword = true })
	s.User(t, access.NewUser{Email: "old@example.com", PasswordHash: s.hash})
	b := s.client(t)
	form := b.get("/login").is(http.StatusOK)
	if strings.Contains(form.body, "assword") || form.button("Sign in") != nil {
		t.Errorf("the password form is there:\n%s", form.text())
	}
	before := s.Snapshot(t)
	closed := b.post("/login", url.Values{"email": {"old@example.com"}, "password": {password}}).is(http.StatusNotFound)
	same(t, "as where there is nothing", closed.body, b.get("/nothing").is(http.StatusNotFound).body)
	same(t, "tables", s.Snapshot(t), before)
	form.submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
}

func TestWithoutAProviderThereIsNoSingleSignOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.client(t)
	if form := b.get("/login").is(http.StatusOK); form.button(signOn) != nil ||
		!strings.Contains(form.header.Get("Content-Security-Policy"), "form-action 'self';") {
		t.Error("single sign-on is offered")
	}
	b.post("/login/oidc", nil).is(http.StatusNotFound)
	b.get("/login/oidc/callback?code=x&state=x").is(http.StatusNotFound)
}

func TestWithoutPasswordsNobodySetsOne(t *testing.T) {
	t.Parallel()
	s, p := newSignOn(t, func(o *web.Options) { o.NoPassword = true })
	ws := s.Workspace(t, "Harbor")
	var user uuid.UUID
	if err := s.SQL.QueryRow(t.Context(), `select id from users where email = 'Ada@Example.com'`).Scan(&user); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.MakeReset(t.Context(), "ada@example.com", hashOf("reset"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Invite(t.Context(), ws, "milo@example.com", access.Member, hashOf("invitation")); err != nil {
		t.Fatal(err)
	}
	visitor := s.client(t)
	visitor.get("/reset/reset").is(http.StatusNotFound)
	visitor.post("/reset/reset", url.Values{"password": {"a new password"}}).is(http.StatusNotFound)
	same(t, "password", s.Count(t, `select count(*) from users where id = $1 and password_hash <> ''`, user), 0)
	page := visitor.get("/invitations/invitation").is(http.StatusOK)
	if strings.Contains(page.text(), "Password") {
		t.Error("the invitation asks for a password")
	}
	sessions := s.Count(t, `select count(*) from sessions`)
	signIn := page.submit("Join Harbor", url.Values{"name": {"Milo"}}).is(http.StatusOK).
		says("Your account is ready", "Sign in to open Harbor")
	same(t, "members", s.Count(t, `select count(*) from members m join users u on u.id = m.user_id
		where u.name = 'Milo' and u.password_hash is null`), 1)
	same(t, "who has the link is not signed in by it",
		[]any{signIn.path, s.Count(t, `select count(*) from sessions`)}, []any{"/login", sessions})
	p.set(func(p *provider) { p.person["email"], p.person["sub"] = "milo@example.com", "Secretmilo" })
	signIn.submit(signOn, nil).is(http.StatusOK).says("Harbor")
	visitor.get("/account").is(http.StatusOK)
	visitor.post("/account/password", url.Values{"password": {"a new password"}}).is(http.StatusNotFound)
}
