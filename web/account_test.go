package web_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/securecookie"

	"personae/internal/access"
	"personae/web"
)

// expire ends every session, as time does.
func (s *site) expire(t *testing.T) {
	t.Helper()
	s.Exec(t, `update sessions set expires_at = now() - interval '1 second'`)
}

func TestAnExpiredSessionNeverEatsAForm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Admin)
	email := emailOf(t, s, b.user)
	for name, c := range map[string]struct {
		path, button, field string
	}{
		"create":   {at(ws, "personas", "new"), "Create persona", "greeting"},
		"edit":     {at(ws, "personas", p.ID.String()), "Save changes", "goals"},
		"settings": {at(ws, "settings"), "Save settings", "qualification_questions"},
	} {
		form := b.get(c.path).is(http.StatusOK)
		s.expire(t)
		before := s.Snapshot(t, "sessions", "sign_in_failures", "account_events")
		typed := url.Values{c.field: {"Typed for an hour <&>"}}
		if name == "create" {
			typed.Set("name", "New one")
		}
		signIn := form.submit(c.button, typed).is(http.StatusUnauthorized).says("What you typed is kept")
		wrong := signIn.submit("Sign in", url.Values{"email": {email}, "password": {"wrong"}}).
			is(http.StatusUnprocessableEntity)
		back := wrong.submit("Sign in", url.Values{"email": {email}, "password": {password}}).
			says("nothing was saved yet. What you typed is below")
		same(t, name+": nothing is written by signing in", s.Snapshot(t, "sessions", "sign_in_failures", "account_events"), before)
		same(t, name+": what was typed", formFields(back.button(c.button)).Get(c.field), "Typed for an hour <&>")
		back.submit(c.button, nil).is(http.StatusOK)
		same(t, name+": saved by hand", s.Count(t, `select count(*) from (select greeting as x from personas union all
			select goals from personas
			union all select qualification_questions from workspace_settings) all_words
			where x = 'Typed for an hour <&>'`) > 0, true)
	}
}

func TestAKeptFormIsOnlyForWhoMayUseIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	form := b.get(at(ws, "personas", "new"))
	s.expire(t)
	signIn := form.submit("Create persona", url.Values{"name": {"Typed"}}).is(http.StatusUnauthorized)
	for role, want := range map[access.Role]int{access.Member: http.StatusForbidden, "": http.StatusNotFound} {
		other := s.User(t, access.NewUser{Email: uuid.NewString() + "@example.com", PasswordHash: s.hash})
		if role != "" {
			s.Member(t, ws.Workspace(), other, role)
		}
		signIn.submit("Sign in", url.Values{"email": {emailOf(t, s, other)}, "password": {password}}).is(want)
	}
	mine := url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}}
	for name, value := range map[string]string{
		"altered":       formFields(signIn.button("Sign in")).Get("kept") + "x",
		"forged":        "nonsense",
		"another route": sealed(t, `{"Path":"`+at(ws, "personas", "import")+`","Form":""}`),
		"sign-out":      sealed(t, `{"Path":"/logout","Form":""}`),
	} {
		mine.Set("kept", value)
		got := s.client(t).post("/login", mine)
		if got.status != http.StatusOK && got.status != http.StatusNotFound {
			t.Errorf("%s: status %d", name, got.status)
		}
	}
	same(t, "personas", s.Count(t, `select count(*) from personas`), 0)
}

// sealed signs a kept form with the server's own key, as nobody outside can.
func sealed(t *testing.T, json string) string {
	t.Helper()
	value, err := securecookie.New([]byte(strings.Repeat("k", 32)), nil).SetSerializer(securecookie.NopEncoder{}).
		Encode("kept", []byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// unsealed returns what a kept form holds.
func unsealed(t *testing.T, value string) string {
	t.Helper()
	var json []byte
	if err := securecookie.New([]byte(strings.Repeat("k", 32)), nil).MaxLength(0).
		SetSerializer(securecookie.NopEncoder{}).Decode("kept", value, &json); err != nil {
		t.Fatal(err)
	}
	return string(json)
}

func TestPasswordIsChangedWithTheOldOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	email := emailOf(t, s, b.user)
	elsewhere := s.client(t)
	elsewhere.get("/login").submit("Sign in", url.Values{"email": {email}, "password": {password}}).is(http.StatusOK)
	page := b.get("/account").is(http.StatusOK).says(email, "This device")
	before := s.Snapshot(t, "sign_in_failures", "account_events")
	page.submit("Change password", url.Values{"old": {"wrong"}, "password": {"another one"}}).
		is(http.StatusUnprocessableEntity).says("That is not your current password")
	page.submit("Change password", url.Values{"old": {password}, "password": {"short"}}).
		is(http.StatusUnprocessableEntity).says("8 to 256 characters")
	page.submit("Change password", url.Values{"old": {password}, "password": {password}}).
		is(http.StatusUnprocessableEntity).says("the password that you have already")
	same(t, "tables", s.Snapshot(t, "sign_in_failures", "account_events"), before)

	page.submit("Change password", url.Values{"old": {password}, "password": {"another one"}}).is(http.StatusOK).
		says("Your password was changed", "You stay signed in here")
	same(t, "here", b.get("/workspaces").path, "/workspaces")
	same(t, "elsewhere", elsewhere.get("/workspaces").path, "/login")
	elsewhere.post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusUnprocessableEntity)
	elsewhere.post("/login", url.Values{"email": {email}, "password": {"another one"}}).is(http.StatusOK)
}

func TestSignOutEverywhereAndOfOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	email := emailOf(t, s, b.user)
	phone := s.client(t)
	request := func() {
		phone.get("/login").submit("Sign in", url.Values{"email": {email}, "password": {password}}).is(http.StatusOK)
	}
	request()
	s.Exec(t, `update sessions set agent = 'Firefox on Android' where created_at = (select max(created_at) from sessions)`)
	account := b.get("/account").is(http.StatusOK).says("Firefox on Android")
	id := ""
	if err := s.SQL.QueryRow(t.Context(), `select id from sessions where agent like 'Firefox%'`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	s.signIn(t, access.NewUser{}).post("/account/sessions/"+id+"/end", nil).is(http.StatusNotFound) // of somebody else
	b.post("/account/sessions/"+id+"/end", nil).is(http.StatusOK).says("That device was signed out")
	same(t, "the phone", phone.get("/workspaces").path, "/login")
	same(t, "here", b.get("/workspaces").path, "/workspaces")
	request()
	account.submit("Sign out everywhere", nil).is(http.StatusOK).says("You were signed out everywhere")
	same(t, "the phone", phone.get("/workspaces").path, "/login")
	same(t, "here", b.get("/workspaces").path, "/login")
}

func TestResetLinkWorksOnceAndEndsEverySession(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	email := emailOf(t, s, b.user)
	for i, token := range []string{"first", "second", "expired"} {
		if _, _, err := s.MakeReset(t.Context(), strings.ToUpper(email), hashOf(token), ""); err != nil {
			t.Fatal(i, err)
		}
	}
	s.Exec(t, `update password_resets set expires_at = now() where token_hash = $1`, hashOf("expired"))
	visitor := s.client(t)
	before := s.Snapshot(t)
	page := visitor.get("/reset/first").is(http.StatusOK).says("For " + email)
	page.submit("Set password", url.Values{"password": {"short"}}).is(http.StatusUnprocessableEntity).
		says("8 to 256 characters")
	for _, dead := range []string{"expired", "unknown"} {
		visitor.get("/reset/" + dead).is(http.StatusNotFound).says("This link does not work any more")
		visitor.post("/reset/"+dead, url.Values{"password": {"a new password"}}).is(http.StatusNotFound)
	}
	same(t, "tables", s.Snapshot(t), before)
	page.submit("Set password", url.Values{"password": {"a new password"}}).is(http.StatusOK).
		says("Your password was changed", "Sign in with it now")
	same(t, "nobody is signed in by it", visitor.get("/workspaces").path, "/login")
	same(t, "sessions from before", b.get("/workspaces").path, "/login")
	for _, used := range []string{"first", "second"} {
		visitor.post("/reset/"+used, url.Values{"password": {"yet another"}}).is(http.StatusNotFound)
	}
	visitor.post("/login", url.Values{"email": {email}, "password": {"a new password"}}).is(http.StatusOK)
}

func TestFailedSignInsAreThrottledAndNeverLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.signIn(t, access.NewUser{}) // this browser has signed in
	email := emailOf(t, s, owner.user)
	owner.get("/workspaces").submit("Sign out", nil).is(http.StatusOK)
	stranger := s.client(t)
	for i := range 10 {
		stranger.post("/login", url.Values{"email": {email}, "password": {fmt.Sprint("guess ", i)}}).
			is(http.StatusUnprocessableEntity)
	}
	locked := stranger.post("/login", url.Values{"email": {email}, "password": {password}}).
		is(http.StatusTooManyRequests).says("There were too many failed sign-ins")
	wait := func(p *page) int {
		seconds, err := strconv.Atoi(p.header.Get("Retry-After"))
		if err != nil {
			t.Error("no Retry-After")
		}
		return seconds
	}
	if got := wait(locked); got < 880 || got > 901 {
		t.Errorf("Retry-After %d", got)
	}
	// What is counted for another limit has no say in how long this one lasts.
	s.Exec(t, `update sign_in_failures set at = at - interval '14 minutes'`)
	again := stranger.post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusTooManyRequests)
	if got := wait(again); got > 61 {
		t.Errorf("a minute before the end of it Retry-After is %d", got)
	}
	same(t, "the address is kept", formFields(locked.button("Sign in")).Get("email"), email)
	same(t, "the owner's browser", owner.post("/login",
		url.Values{"email": {email}, "password": {password}}).is(http.StatusOK).path, "/workspaces")
	same(t, "stored addresses", s.Count(t, `select count(*) from sign_in_failures f where f::text like '%example%'`), 0)
	s.Exec(t, `update sign_in_failures set at = at - interval '16 minutes'`)
	stranger.post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusOK)
}

// TestARightPasswordThatMetAnOutageIsNoFailedOne has the database run out of room between
// two statements of a sign-in.
func TestARightPasswordThatMetAnOutageIsNoFailedOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.signIn(t, access.NewUser{})
	email := emailOf(t, s, owner.user)
	s.Exec(t, `create function no_room() returns trigger language plpgsql as
		$$ begin raise exception 'no room' using errcode = '53100'; end $$`)
	s.Exec(t, `create trigger no_room before delete on sign_in_failures for each row execute function no_room()`)
	s.client(t).post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusServiceUnavailable)
	if s.Count(t, `select count(*) from sign_in_failures`) == 0 {
		t.Fatal("it was not counted, so this shows nothing")
	}
	s.Exec(t, `drop trigger no_room on sign_in_failures`)
	s.Until(t, 0, `select count(*) from sign_in_failures`)
}

func TestAChangedPasswordEndsWhatABrowserIsKnownBy(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	owner := s.signIn(t, access.NewUser{})
	email := emailOf(t, s, owner.user)
	stolen := s.client(t)
	stolen.post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusOK)
	stolen.get("/workspaces").submit("Sign out", nil).is(http.StatusOK)
	owner.get("/account").submit("Change password", url.Values{"old": {password}, "password": {"another one"}}).
		is(http.StatusOK)
	owner.get("/workspaces").submit("Sign out", nil).is(http.StatusOK)
	for i := range 10 {
		s.client(t).post("/login", url.Values{"email": {email}, "password": {fmt.Sprint("guess ", i)}}).
			is(http.StatusUnprocessableEntity)
	}
	right := url.Values{"email": {email}, "password": {"another one"}}
	stolen.post("/login", right).is(http.StatusTooManyRequests)
	owner.post("/login", right).is(http.StatusOK)
}

func TestManyBrowsersOfAnAccountAreCountedAsOne(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	email := emailOf(t, s, s.signIn(t, access.NewUser{}).user)
	var browsers []*client
	for range 3 {
		b := s.client(t)
		b.post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusOK)
		browsers = append(browsers, b)
	}
	for i := range 10 {
		browsers[i%3].post("/login", url.Values{"email": {email}, "password": {fmt.Sprint("guess ", i)}}).
			is(http.StatusUnprocessableEntity)
	}
	browsers[0].post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusTooManyRequests)
	s.client(t).post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusOK)
}

func TestManyGuessesAtOnceAreNoMoreThanTheLimit(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.User(t, access.NewUser{Email: "ada@example.com", PasswordHash: s.hash})
	b := s.client(t)
	var checked, refused atomic.Int64
	var all sync.WaitGroup
	for i := range 25 {
		all.Go(func() {
			switch b.post("/login", url.Values{"email": {"ada@example.com"}, "password": {fmt.Sprint("guess ", i)}}).status {
			case http.StatusUnprocessableEntity:
				checked.Add(1)
			case http.StatusTooManyRequests:
				refused.Add(1)
			}
		})
	}
	all.Wait()
	if checked.Load() > 10 || checked.Load()+refused.Load() != 25 {
		t.Errorf("%d guesses were checked and %d refused", checked.Load(), refused.Load())
	}
}

func TestManyAccountsFromOneAddressAreThrottled(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.client(t)
	for range 30 {
		b.post("/login", url.Values{"email": {uuid.NewString() + "@example.com"}, "password": {"x"}}).
			is(http.StatusUnprocessableEntity)
	}
	b.post("/login", url.Values{"email": {uuid.NewString() + "@example.com"}, "password": {"x"}}).
		is(http.StatusTooManyRequests)
}

func TestAnIdleSessionRunsOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	for age, want := range map[time.Duration]string{59 * time.Minute: "/workspaces", 61 * time.Minute: "/login"} {
		for _, c := range b.client.Jar.Cookies(u) {
			if c.Name == "personae_session" {
				b.client.Jar.SetCookies(u, []*http.Cookie{{Name: c.Name, Value: aged(t, c, age), Path: "/"}})
			}
		}
		same(t, age.String(), b.get("/workspaces").path, want)
	}
}

// aged returns a cookie as it would have been signed some time ago.
func aged(t *testing.T, c *http.Cookie, age time.Duration) string {
	t.Helper()
	raw, err := base64.URLEncoding.DecodeString(c.Value)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(string(raw), "|", 3) // time, value, signature
	signed := fmt.Sprintf("%d|%s|", time.Now().Add(-age).Unix(), parts[1])
	mac := hmac.New(sha256.New, []byte(strings.Repeat("k", 32)))
	mac.Write([]byte(c.Name + "|" + strings.TrimSuffix(signed, "|")))
	return base64.URLEncoding.EncodeToString(append([]byte(signed), mac.Sum(nil)...))
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func TestAnIPv6NetworkIsThrottledAsOneAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "": "",
	} {
		same(t, address, web.Network(address), want)
	}
}
