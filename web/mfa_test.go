package web_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/testing/browser"
	"personae/web"
)

// appKey returns the key that the page shows for an authenticator app.
func appKey(t *testing.T, text string) string {
	t.Helper()
	key := strings.ReplaceAll(regexp.MustCompile(`(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}`).FindString(text), " ", "")
	if raw, err := base32.StdEncoding.DecodeString(key); err != nil || len(raw) != 20 {
		t.Fatalf("the page shows no key:\n%s", text)
	}
	return key
}

func appCode(t *testing.T, key string, at time.Time) string {
	t.Helper()
	code, err := totp.GenerateCode(key, at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// addApp sets up an authenticator app and returns its key and the recovery codes.
func (b *client) addApp() (key string, codes []string) {
	b.t.Helper()
	t, _ := b.t.(*testing.T)
	page := b.get("/account").is(http.StatusOK).get("/account/app").is(http.StatusOK)
	key = appKey(t, page.text())
	// The code of the half minute before, so that the one of now is still good.
	done := page.submit("Set up", url.Values{"code": {appCode(t, key, time.Now().Add(-30*time.Second))}}).
		is(http.StatusOK).says("Your authenticator app is set up", "Keep these recovery codes")
	codes = regexp.MustCompile(`\b[a-z2-9]{5}-[a-z2-9]{5}\b`).FindAllString(done.text(), -1)
	if len(codes) != 10 {
		t.Fatalf("%d recovery codes:\n%s", len(codes), done.text())
	}
	if again := b.get("/account").text(); strings.Contains(again, codes[0]) {
		t.Error("the recovery codes are shown again")
	}
	return key, codes
}

func TestAuthenticatorAppIsAskedForAndEachCodeWorksOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	email := emailOf(t, s, b.user)
	elsewhere := s.client(t)
	credentials := url.Values{"email": {email}, "password": {password}}
	elsewhere.get("/login").submit("Sign in", credentials).is(http.StatusOK)

	page := b.get("/account/app")
	before := s.Snapshot(t, "sign_in_failures", "account_events")
	page.submit("Set up", url.Values{"code": {"000000"}}).is(http.StatusUnprocessableEntity).
		says("not the code that the app shows")
	page.submit("Set up", url.Values{"sealed": {"forged"}, "code": {"000000"}}).is(http.StatusUnprocessableEntity).
		says("Here is a new key")
	same(t, "tables after wrong codes", s.Snapshot(t, "sign_in_failures", "account_events"), before)
	key, codes := b.addApp()
	same(t, "other sessions", elsewhere.get("/workspaces").path, "/login")
	same(t, "this session", b.get("/workspaces").path, "/workspaces")

	second := elsewhere.get("/login?next=/account").submit("Sign in", credentials).is(http.StatusOK).
		says("Your password is right")
	same(t, "page", second.path, "/login/second")
	same(t, "not signed in yet", elsewhere.get("/workspaces").path, "/login")
	now := appCode(t, key, time.Now())
	second.submit("Sign in", url.Values{"code": {"000000"}}).is(http.StatusUnprocessableEntity).
		says("This code is not right")
	same(t, "after", second.submit("Sign in", url.Values{"code": {now[:3] + " " + now[3:]}}).is(http.StatusOK).path,
		"/account")
	second.submit("Sign in", url.Values{"code": {now}}).is(http.StatusUnprocessableEntity).
		says("This sign-in took too long")

	third := s.client(t)
	page = third.get("/login").submit("Sign in", credentials)
	page.submit("Sign in", url.Values{"code": {now}}).is(http.StatusUnprocessableEntity) // used
	page.submit("Sign in", url.Values{"code": {strings.ToUpper(codes[3])}}).is(http.StatusOK)
	same(t, "signed in by a recovery code", third.get("/workspaces").path, "/workspaces")
	b.get("/account").says("9 codes left")
	page = s.client(t).get("/login").submit("Sign in", credentials)
	page.submit("Sign in", url.Values{"code": {codes[3]}}).is(http.StatusUnprocessableEntity).says("used before")

	made := b.get("/account").submit("Make new codes", nil).is(http.StatusOK).says("The codes from before no longer work")
	fresh := regexp.MustCompile(`\b[a-z2-9]{5}-[a-z2-9]{5}\b`).FindString(made.text())
	page.submit("Sign in", url.Values{"code": {codes[4]}}).is(http.StatusUnprocessableEntity)
	page.submit("Sign in", url.Values{"code": {fresh}}).is(http.StatusOK)

	b.get("/account").submit("Remove the authenticator app", nil).is(http.StatusOK).
		says("your password alone is enough to sign in")
	same(t, "codes", s.Count(t, `select count(*) from recovery_codes`), 0)
	same(t, "by password alone", s.client(t).get("/login").submit("Sign in", credentials).path, "/workspaces")
}

func TestWrongSecondFactorsAreThrottledAndNotStored(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	key, _ := b.addApp()
	page := s.client(t).get("/login").submit("Sign in",
		url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}})
	for range 5 {
		page.submit("Sign in", url.Values{"code": {"000000"}}).is(http.StatusUnprocessableEntity)
	}
	page.submit("Sign in", url.Values{"code": {appCode(t, key, time.Now())}}).is(http.StatusTooManyRequests)
	if log := s.log.String(); strings.Contains(log, "000000") || strings.Contains(log, key) {
		t.Error("the log holds a code or key")
	}
}

func TestAPasswordChangeEndsSignInsThatOweTheSecondFactor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	key, _ := b.addApp()
	page := s.client(t).get("/login").submit("Sign in",
		url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}})
	b.get("/account").submit("Change password", url.Values{"old": {password}, "password": {"another one"}}).
		is(http.StatusOK)
	page.submit("Sign in", url.Values{"code": {appCode(t, key, time.Now())}}).is(http.StatusUnprocessableEntity).
		says("This sign-in took too long")
}

func TestASignInThatAPasswordChangeOvertookIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	err := s.StartSession(t.Context(), hashOf("late"), b.user, time.Now().Add(time.Hour), "", "the hash of before", "")
	if err == nil {
		t.Error("a session began with a password that was changed meanwhile")
	}
	same(t, "sessions", s.Count(t, `select count(*) from sessions where user_id = $1`, b.user), 1)
}

func TestFactorsAreChangedOnlySoonAfterSigningIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	b.addApp()
	account := b.get("/account")
	s.Exec(t, `update sessions set created_at = now() - interval '11 minutes'`)
	before := s.Snapshot(t, "sessions", "sign_in_failures", "account_events")
	for _, path := range []string{"/account/app", "/account/passkeys/new"} {
		same(t, path, b.get(path).path, "/account/confirm")
	}
	confirm := account.submit("Remove the authenticator app", nil).is(http.StatusOK).says("Is it still you?")
	same(t, "page", confirm.path, "/account/confirm")
	b.post("/account/codes", nil).says("Is it still you?")
	b.post("/account/passkeys", url.Values{"name": {"x"}}).says("Is it still you?")
	confirm.submit("Go on", url.Values{"password": {"wrong"}}).is(http.StatusUnprocessableEntity).
		says("That is not your password")
	same(t, "tables", s.Snapshot(t, "sessions", "sign_in_failures", "account_events"), before)
	same(t, "after", confirm.submit("Go on", url.Values{"password": {password}}).is(http.StatusOK).path, "/account")
	b.get("/account").submit("Remove the authenticator app", nil).is(http.StatusOK).says("is removed")
}

func TestAFormThatAnExpiredSessionKeptComesBackAfterTheSecondFactor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	_, codes := b.addApp()
	form := b.get(at(ws, "personas", "new"))
	s.expire(t)
	signIn := form.submit("Create persona", url.Values{"name": {"Typed for an hour"}}).is(http.StatusUnauthorized)
	second := signIn.submit("Sign in", url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}}).
		is(http.StatusOK)
	back := second.submit("Sign in", url.Values{"code": {codes[0]}}).says("nothing was saved yet. What you typed is below")
	same(t, "name", formFields(back.button("Create persona")).Get("name"), "Typed for an hour")
	same(t, "personas", s.Count(t, `select count(*) from personas`), 0)
}

func TestAWorkspaceCanAskItsAdminsForASecondFactor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	q := s.NewPersona(t, ws, "Other")
	owner, admin, member := s.as(t, ws.Workspace(), access.Owner), s.as(t, ws.Workspace(), access.Admin),
		s.as(t, ws.Workspace(), access.Member)
	root := s.signIn(t, access.NewUser{Superadmin: true})
	members := at(ws, "members")
	owner.get(members).submit("Require a second factor", nil).is(http.StatusForbidden).
		says("You need a second factor first")
	same(t, "asked", s.Count(t, `select count(*) from workspaces where require_second_factor`), 0)
	owner.addApp()
	edit := admin.get(at(ws, "personas", p.ID.String()))
	owner.get(members).submit("Require a second factor", nil).is(http.StatusOK).
		says("now requires a second factor of its admins", "no second factor")

	before := s.Snapshot(t, "sign_in_failures", "account_events")
	edit.submit("Save changes", url.Values{"goals": {"Typed"}}).is(http.StatusForbidden).
		says("You need a second factor first", "Add one on the page of your account")
	admin.get(at(ws, "personas")).is(http.StatusOK).says("You can only look for now")
	root.post(at(ws, "personas", q.ID.String(), "default"), nil).is(http.StatusForbidden)
	admin.post(members+"/second-factor", url.Values{"required": {"no"}}).is(http.StatusForbidden)
	member.get(at(ws, "personas")).is(http.StatusOK)
	same(t, "tables", s.Snapshot(t, "sign_in_failures", "account_events"), before)

	// The write looks again: an access from before the workspace asked is not enough.
	stale := s.Access(t, root.user, ws.Workspace())
	admin.get("/account").says("You need one to change anything in Harbor")
	admin.addApp()
	edit.submit("Save changes", url.Values{"goals": {"Typed"}}).is(http.StatusOK)
	if _, err := s.Duplicate(t.Context(), stale, q.ID); err == nil {
		t.Error("a superadmin without a second factor wrote")
	}
	owner.get(members).submit("Stop requiring a second factor", nil).is(http.StatusOK)
	root.post(at(ws, "personas", q.ID.String(), "default"), nil).is(http.StatusOK)
}

// passkeySite is a console under a name, which passkeys need.
func passkeySite(t *testing.T) (*site, string) {
	t.Helper()
	s := newSite(t, func(*web.Options) {})
	return s, strings.Replace(s.url, "127.0.0.1", "localhost", 1)
}

func TestAPasskeyIsMadeInABrowserAndSignsInThere(t *testing.T) {
	t.Parallel()
	s, origin := passkeySite(t)
	email := uuid.NewString() + "@example.com"
	user := s.User(t, access.NewUser{Email: email, PasswordHash: s.hash, Name: "Ada Morgan"})
	tab := browser.Open(t, origin, true)
	authenticator := virtualAuthenticator(t, tab)

	signInThere(tab, email)
	tab.Get("/account")
	tab.Press("Add a passkey")
	tab.Type("Name", "Work laptop")
	tab.Press("Create a passkey")
	tab.Awaits("The passkey “Work laptop” was added")
	tab.Says("Keep these recovery codes")
	same(t, "passkeys", s.Count(t, `select count(*) from passkeys where user_id = $1`, user), 1)
	// The same device again: the browser itself refuses, and says so.
	tab.Get("/account/passkeys/new")
	tab.Type("Name", "Again")
	tab.Press("Create a passkey")
	tab.Awaits("This device has a passkey of yours already")
	same(t, "passkeys", s.Count(t, `select count(*) from passkeys`), 1)
	tab.Press("Sign out")

	signInThere(tab, email)
	same(t, "asked", tab.Path(), "/login/second")
	tab.Press("Use a passkey")
	tab.Awaits("No workspace is open to you yet") // the authenticator takes its time
	same(t, "signed in", tab.Path(), "/workspaces")
	same(t, "last use noted", s.Count(t, `select count(*) from passkeys where last_used_at is not null`), 1)
	tab.Press("Sign out")

	// A signature that is not the passkey's.
	signInThere(tab, email)
	bogus := true
	if _, err := chromedp.Call(tab.Context(), webauthn.SetResponseOverrideBits,
		webauthn.SetResponseOverrideBitsParams{AuthenticatorID: authenticator, IsBogusSignature: &bogus}); err != nil {
		t.Fatal(err)
	}
	tab.Press("Use a passkey")
	tab.Awaits("This passkey was not accepted")
	same(t, "page", tab.Path(), "/login/second")
	if said := tab.Reported(); len(said) > 1 { // the 422 itself
		t.Errorf("the browser complains: %q", said)
	}
}

// made returns the answer of a new passkey to the page that asks for one.
func (p *page) made(origin string) string {
	p.t.Helper()
	var options struct{ Challenge string }
	for n := range p.doc().Descendants() {
		if has(n, "data-options") {
			if err := json.Unmarshal([]byte(attr(n, "data-options")), &options); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		p.t.Fatal(err)
	}
	host, id := sha256.Sum256([]byte(host(p.t, origin))), []byte(rand.Text()[:16])
	data := slices.Concat(host[:], []byte{0x45, 0, 0, 0, 0}, make([]byte, 16), []byte{0, 16}, id,
		[]byte{0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32}, point[1:33], []byte{0x22, 0x58, 32}, point[33:])
	attested := slices.Concat([]byte("\xa3cfmtdnonegattStmt\xa0hauthData\x58"), []byte{byte(len(data))}, data)
	text := base64.RawURLEncoding.EncodeToString
	client := fmt.Sprintf(`{"type":"webauthn.create","challenge":%q,"origin":%q}`, options.Challenge, origin)
	return fmt.Sprintf(`{"id":%[1]q,"rawId":%[1]q,"type":"public-key","response":{"clientDataJSON":%[2]q,`+
		`"attestationObject":%[3]q}}`, text(id), text([]byte(client)), text(attested))
}

func TestThePasskeyThatIsThereAlreadyIsNotAddedAgain(t *testing.T) {
	t.Parallel()
	const origin = "https://personae.example"
	s := newSite(t, func(o *web.Options) { o.BaseURL = origin })
	b := s.signIn(t, access.NewUser{})
	page := b.get("/account/passkeys/new").is(http.StatusOK)
	typed := url.Values{"name": {"Laptop"}, "credential": {page.made(origin)}}
	page.submit("Create a passkey", typed).is(http.StatusOK).says("The passkey “Laptop” was added")
	before := s.Snapshot(t, "sign_in_failures", "account_events")
	page.submit("Create a passkey", typed).is(http.StatusUnprocessableEntity).says("This passkey was added already")
	same(t, "tables", s.Snapshot(t, "sign_in_failures", "account_events"), before)
	same(t, "passkeys", s.Count(t, `select count(*) from passkeys`), 1)
}

func virtualAuthenticator(t *testing.T, tab *browser.Tab) webauthn.AuthenticatorID {
	t.Helper()
	if _, err := chromedp.Call(tab.Context(), webauthn.Enable, webauthn.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	added, err := chromedp.Call(tab.Context(), webauthn.AddVirtualAuthenticator,
		webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true}})
	if err != nil {
		t.Fatal(err)
	}
	return added.AuthenticatorID
}

// TestNothingIsHashedForNothing asks for what would be refused anyway of a server that
// can hash nothing.
func TestNothingIsHashedForNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	link := inviteLink(t, s.as(t, ws.Workspace(), access.Owner), ws, "nia@example.com", "member")
	b := s.as(t, ws.Workspace(), access.Member)
	handler, err := web.New(web.Options{DB: s.DB, Passwords: &auth.Passwords{}, Log: s.log.Logger(),
		Key: []byte(strings.Repeat("k", 32)), Idle: time.Hour, Absolute: 2 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	other := *s
	other.server, other.url = handler, server.URL
	s.client(t).at(&other).post(link, url.Values{"name": {" "}, "password": {password}}).
		is(http.StatusUnprocessableEntity).says("Enter your name")
	s.client(t).at(&other).post(link, url.Values{"name": {"Nia"}, "password": {"nia@example.com"}}).
		is(http.StatusUnprocessableEntity).says("little more than your name")
	b.at(&other).post("/account/codes", nil).is(http.StatusNotFound)
}

func TestRecoveryCodesAreMadeAFewTimesInAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	b.addApp()
	for range 4 { // beside those that came with the app
		b.get("/account").submit("Make new codes", nil).is(http.StatusOK)
	}
	b.get("/account").submit("Make new codes", nil).is(http.StatusTooManyRequests)
}

func TestACommonPasswordIsRefusedWhereverOneIsChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{Name: "Zelda Quux"})
	page := b.get("/account")
	page.submit("Change password", url.Values{"old": {password}, "password": {"Password1"}}).
		is(http.StatusUnprocessableEntity).says("one that many people have")
	page.submit("Change password", url.Values{"old": {password}, "password": {"zelda.quux.1"}}).
		is(http.StatusUnprocessableEntity).says("little more than your name")
	s.Exec(t, `insert into password_resets (token_hash, user_id, expires_at) values ($1, $2, now() + interval '1 hour')`,
		hashOf("reset"), b.user)
	reset := s.client(t).get("/reset/reset")
	reset.submit("Set password", url.Values{"password": {"12345678"}}).is(http.StatusUnprocessableEntity).
		says("one that many people have")
	reset.submit("Set password", url.Values{"password": {"quuxzelda"}}).is(http.StatusUnprocessableEntity).
		says("little more than your name")
	// What was set before goes on working.
	old, err := quickHashOf("Password1")
	if err != nil {
		t.Fatal(err)
	}
	s.Exec(t, `update users set password_hash = $1, email = 'zelda@example.com' where id = $2`, old, b.user)
	s.client(t).post("/login", url.Values{"email": {"zelda@example.com"}, "password": {"Password1"}}).is(http.StatusOK)
}
