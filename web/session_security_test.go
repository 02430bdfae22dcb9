package web_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/web"
)

// sessionCookie returns the browser's session cookie.
func (b *client) sessionCookie() *http.Cookie {
	b.t.Helper()
	address, err := url.Parse(b.site.url)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(address) {
		if cookie.Name == "personae_session" {
			return cookie
		}
	}
	b.t.Fatal("no session cookie")
	return nil
}

// carrying returns a browser that carries just this session cookie.
func (s *site) carrying(t *testing.T, value string) *client {
	t.Helper()
	b := s.client(t)
	address, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	b.client.Jar.SetCookies(address, []*http.Cookie{{Name: "personae_session", Value: value, Path: "/"}})
	return b
}

func TestAStolenCookieOpensNothingAfterSignOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	stolen := b.sessionCookie().Value
	same(t, "while it is good", s.carrying(t, stolen).get("/workspaces").path, "/workspaces")
	b.get("/account").submit("Sign out", nil)
	thief := s.carrying(t, stolen)
	before := s.Snapshot(t)
	same(t, "a page", thief.get(at(ws, "personas")).path, "/login")
	thief.post(at(ws, "personas", p.ID.String()), url.Values{"name": {"Taken"}, "version": {"1"}}).
		is(http.StatusUnauthorized)
	same(t, "tables", s.Snapshot(t), before)
	if strings.Contains(s.log.String(), stolen) {
		t.Error("the log holds the cookie")
	}
}

func TestASessionThatSomebodyPlantedIsNotTheOneSignedIn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	attacker := s.signIn(t, access.NewUser{})
	planted := attacker.sessionCookie().Value
	victim := s.carrying(t, planted)
	id := s.User(t, access.NewUser{Email: "victim@example.com", PasswordHash: s.hash})
	victim.post("/login", url.Values{"email": {"victim@example.com"}, "password": {password}}).is(http.StatusOK)
	if victim.sessionCookie().Value == planted {
		t.Error("the victim signed in under the planted id")
	}
	same(t, "the planted session", attacker.get("/workspaces").path, "/login")
	same(t, "the victim's sessions", s.Count(t, `select count(*) from sessions where user_id = $1`, id), 1)
}

func TestACookieWithOneBitChangedIsNoSession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	good := s.signIn(t, access.NewUser{}).sessionCookie().Value
	same(t, "as it is", s.carrying(t, good).get("/workspaces").path, "/workspaces")
	for i := 0; i < len(good); i += 7 {
		for _, bit := range []byte{1, 4} {
			flipped := []byte(good)
			flipped[i] ^= bit
			if strings.ContainsAny(string(flipped), "\";\\, \x7f") {
				continue // no cookie can hold that
			}
			if i == len(good)-1 || good[i] == '=' {
				continue // padding says nothing
			}
			same(t, string(flipped), s.carrying(t, string(flipped)).get("/workspaces").path, "/login")
		}
	}
}

func TestNothingThatIsSentBecomesAHeader(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	for _, evil := range []string{"/workspaces\r\nX-Evil: 1", "/workspaces\nX-Evil: 1",
		"/workspaces%0d%0aX-Evil:%201", "//evil.example", "/\\evil.example"} {
		page := b.post("/login", url.Values{"email": {emailOf(t, s, b.user)}, "password": {password},
			"next": {evil}}).is(http.StatusSeeOther)
		if page.header.Get("X-Evil") != "" || strings.Contains(page.header.Get("Location"), "evil.example") ||
			strings.ContainsAny(page.header.Get("Location"), "\r\n") {
			t.Errorf("%q: %v", evil, page.header)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/workspaces", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Request-Id", "chosen by the sender")
	if got := b.do(request).header.Get("X-Request-Id"); got == "chosen by the sender" || got == "" {
		t.Errorf("request id %q", got)
	}
}

func TestAForgedHostLeadsNobodyAway(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.BaseURL = "http://console.example" })
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Owner).stays()
	session := b.sessionCookie() // the client sends none to a host that it does not know
	ask := func(method, host, path string, header ...string) *page {
		form := url.Values{"email": {"milo@example.com"}, "role": {"member"}}
		request, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		request.Host = host
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", s.url)
		for i := 0; i < len(header); i += 2 {
			request.Header.Set(header[i], header[i+1])
		}
		request.AddCookie(session)
		return b.do(request)
	}
	before := s.Snapshot(t)
	ask("POST", "evil.example", at(ws, "members")).is(http.StatusMisdirectedRequest).
		says("This is not the address of personae", "Nothing was changed")
	ask("POST", "console.example", at(ws, "members"), "Origin", "http://other.example").is(http.StatusForbidden)
	same(t, "tables", s.Snapshot(t), before)
	for _, method := range []string{"GET", "HEAD"} {
		same(t, method+" leads to", ask(method, "evil.example", at(ws, "personas")+"?q=a%20b").
			is(http.StatusPermanentRedirect).header.Get("Location"), "http://console.example"+at(ws, "personas")+"?q=a%20b")
	}
	same(t, "two slashes lead to", ask("GET", "evil.example", "//evil.example/x").header.Get("Location"),
		"http://console.example//evil.example/x")
	ask("GET", "Console.Example:80", at(ws, "personas")).is(http.StatusOK)
	// Nobody we trust says so.
	ask("GET", "evil.example", at(ws, "personas"), "X-Forwarded-Host", "console.example").
		is(http.StatusPermanentRedirect)
	ask("GET", "10.0.0.9:8080", at(ws, "personas"), "X-Forwarded-For", "192.0.2.1").
		is(http.StatusMisdirectedRequest).says("must pass on the host")
	for path, status := range map[string]int{"/livez": 200, "/readyz": 200, "/api/v1/openapi.json": 200,
		"/api/v1/token": 401, "/hooks/" + ws.Workspace().String() + "/messages": 405} {
		ask("GET", "10.0.0.9:8080", path).is(status)
	}
	b.post(at(ws, "members"), url.Values{"email": {"milo@example.com"}, "role": {"member"}}).is(http.StatusSeeOther)
	if shown := b.get(at(ws, "members")); !strings.Contains(shown.body, "http://console.example/invitations/") {
		t.Errorf("the invitation is not under our own address:\n%s", shown.text())
	}
}

func TestATrustedProxySaysWhichHostItWasAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) {
		o.BaseURL, o.TrustedProxies = "http://console.example", []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	b := s.client(t).stays()
	for told, status := range map[string]int{"console.example": http.StatusOK,
		"evil.example": http.StatusPermanentRedirect,
		"":             http.StatusMisdirectedRequest} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/login", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = "10.0.0.9:8080"
		request.Header.Set("X-Forwarded-For", "192.0.2.1")
		request.Header.Set("X-Forwarded-Host", told)
		b.do(request).is(status)
	}
}

// TestOnlyATrustedProxySaysThatItEndsTLS reads the scheme that links have.
func TestOnlyATrustedProxySaysThatItEndsTLS(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ trusted, scheme string }{{"192.0.2.0/24", "http://"}, {"127.0.0.0/8", "https://"}} {
		s := newSite(t, func(o *web.Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(c.trusted)} })
		ws := s.Workspace(t, "Harbor")
		b := s.as(t, ws.Workspace(), access.Owner)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+at(ws, "members"),
			strings.NewReader("email=milo@example.com&role=member"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("X-Forwarded-Proto", "https")
		if shown := b.do(request).is(http.StatusOK); !strings.Contains(shown.body, c.scheme+"127.0.0.1") {
			t.Errorf("trusting %s it shows no %s:\n%s", c.trusted, c.scheme, shown.text())
		}
	}
}

// TestEveryCookieBelongsToOurHostAlone signs in in two steps and changes something.
func TestEveryCookieBelongsToOurHostAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.BaseURL = "https://personae.example" })
	b := s.signIn(t, access.NewUser{})
	key, _ := b.addApp()
	other := s.client(t).stays()
	pages := []*page{other.post("/login", url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}})}
	pages = append(pages,
		other.post("/login/second", url.Values{"code": {appCode(t, key, time.Now())}}).is(http.StatusSeeOther),
		other.post("/account/codes", nil).is(http.StatusSeeOther))
	names := map[string]bool{}
	for _, p := range pages {
		for _, c := range (&http.Response{Header: p.header}).Cookies() {
			names[c.Name] = true
			if !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
				t.Error(c)
			}
		}
	}
	same(t, "cookies", slices.Sorted(maps.Keys(names)), []string{"__Host-personae_device", "__Host-personae_receipt",
		"__Host-personae_session", "__Host-personae_step"})
}

// TestASecretIsShownToWhoMadeItAlone leaves the pages that would show them unopened.
func TestASecretIsShownToWhoMadeItAlone(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Owner)
	b.addApp()
	s.User(t, access.NewUser{Email: "next@example.com", PasswordHash: s.hash})
	receipts := map[string]*http.Cookie{}
	follow := b.client.CheckRedirect
	b.stays()
	for what, made := range map[string]*page{
		"a token":            b.get(at(ws, "tokens")).submit("Create token", url.Values{"name": {"Robot"}}),
		"an inbound secret":  b.post(at(ws, "tokens/secret"), nil),
		"recovery codes":     b.post("/account/codes", nil),
		"an invitation link": b.post(at(ws, "members"), url.Values{"email": {"new@example.com"}, "role": {"member"}}),
	} {
		for _, c := range (&http.Response{Header: made.is(http.StatusSeeOther).header}).Cookies() {
			if c.Name == "personae_receipt" {
				receipts[what] = c
			}
		}
		if receipts[what] == nil {
			t.Fatalf("%s has no receipt", what)
		}
	}
	b.client.CheckRedirect = follow
	here, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	shows := regexp.MustCompile(`<ul class="codes"|id="copy"`)
	shown := func(what string) bool {
		b.client.Jar.SetCookies(here, []*http.Cookie{receipts[what]})
		return shows.MatchString(b.get("/workspaces").is(http.StatusOK).body)
	}
	for what, c := range receipts {
		outer, err := base64.URLEncoding.DecodeString(c.Value)
		if err != nil {
			t.Fatal(err)
		}
		inner, err := base64.URLEncoding.DecodeString(strings.Split(string(outer), "|")[1])
		if err != nil {
			t.Fatal(err)
		}
		// What is not encrypted names its fields, and is mostly text. So many letters in a row
		// come by chance once in a hundred thousand runs.
		if regexp.MustCompile(`[A-Za-z ]{12}`).Match(inner) {
			t.Errorf("%s: the cookie can be read: %q", what, inner)
		}
		same(t, what+" is shown to who made it", shown(what), true)
	}
	b.post("/login", url.Values{"email": {"next@example.com"}, "password": {password}}).is(http.StatusOK)
	for what := range receipts {
		same(t, what+" is shown to the next person in this browser", shown(what), false)
	}
}

func TestFieldsSentTwiceAndOtherKindsOfBodyAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	edit := at(ws, "personas", p.ID.String())
	before := s.Snapshot(t)
	b.post(edit, url.Values{"name": {"One", "Two"}, "version": {"1"}}).is(http.StatusUnprocessableEntity).
		says("Nothing was changed")
	b.post(edit, url.Values{"name": {"One"}, "version": {"1", "9"}}).is(http.StatusUnprocessableEntity)
	for _, kind := range []string{"application/json", "text/plain",
		"text/plain; charset=application/x-www-form-urlencoded", "", "x"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+edit,
			strings.NewReader("name=One&version=1"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Origin", s.url)
		if kind != "" {
			request.Header.Set("Content-Type", kind)
		}
		b.do(request).is(http.StatusUnsupportedMediaType).says("This is not a form")
	}
	same(t, "tables", s.Snapshot(t), before)
}

// TestAResetGoesToTheAddressOfTheAccount asks for one under addresses that some
// collations take for another's.
func TestAResetGoesToTheAddressOfTheAccount(t *testing.T) {
	t.Parallel()
	s, mails := mailSite(t)
	s.User(t, access.NewUser{Email: "Mike@Example.com", PasswordHash: s.hash})
	b := s.client(t)
	for _, other := range []string{"mi\u212ae@example.com", "mike@exa\u0130mple.com", "m\u0130ke@example.com"} {
		b.post("/reset", url.Values{"email": {other}})
	}
	if err := s.server.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "links", s.Count(t, `select count(*) from password_resets`), 0)
	b.post("/reset", url.Values{"email": {"mIKE@example.com"}}).is(http.StatusOK)
	same(t, "to", mails.Next(t).To, "<Mike@Example.com>")
	same(t, "others", mails.Waiting(), 0)
}

// TestAStrangersPasswordIsNotHashed has no room for hashing: who brings no link
// that works is told so at once.
func TestAStrangersPasswordIsNotHashed(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(o *web.Options) { o.Passwords = &auth.Passwords{} })
	b := s.client(t)
	for _, path := range []string{"/reset/unknown", "/invitations/unknown"} {
		b.post(path, url.Values{"name": {"Eve"}, "password": {password}}).is(http.StatusNotFound).
			says("This link does not work any more")
	}
}

func TestWhatIsTypedIntoAPathStaysOutOfTheLog(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.client(t).get("/workspaces/ada@example.com/personas")
	s.client(t).get(at(ws, "personas"))
	if log := s.log.String(); strings.Contains(log, "ada@") ||
		!strings.Contains(log, "workspaceId="+ws.Workspace().String()) {
		t.Errorf("the log reads %s", log)
	}
}

// TestTheSignInPageHashesAsOftenForNobody counts hash computations by the memory that each
// takes, which no other test uses meanwhile.
func TestTheSignInPageHashesAsOftenForNobody(t *testing.T) {
	dear := quickly
	dear.Memory = 32 << 10 // KiB: far more than a page takes
	passwords, err := auth.NewPasswords(dear)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, func(o *web.Options) { o.Passwords = passwords })
	hash, err := passwords.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ada", "bo", "cy"} {
		s.User(t, access.NewUser{Email: name + "@example.com", Name: name, PasswordHash: hash})
	}
	s.User(t, access.NewUser{Email: "none@example.com", Name: "Without a password"})
	s.Exec(t, `update users set disabled_at = now() where email = 'cy@example.com'`)
	b := s.client(t)
	for typed, want := range map[string]int{"wrong": 1, "": 1, "e\u0301 is spelt in two": 2} {
		for _, email := range []string{"ada", "cy", "none", "nobody", "\x00", ""} {
			if strings.Trim(email, "\x00") != "" {
				email += "@example.com"
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			b.post("/login", url.Values{"email": {email}, "password": {typed}}).is(http.StatusUnprocessableEntity)
			runtime.ReadMemStats(&after)
			same(t, fmt.Sprintf("hashes for %q and %q", email, typed), int((after.TotalAlloc-before.TotalAlloc)>>20)/32, want)
		}
	}
}
