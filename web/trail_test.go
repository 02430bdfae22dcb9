package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"personae/internal/access"
)

// accountLines returns the log's lines about accounts, as event and outcome.
func (s *site) accountLines(t *testing.T) (lines []map[string]string) {
	t.Helper()
	for line := range strings.Lines(s.log.String()) {
		if !strings.Contains(line, " msg=account ") {
			continue
		}
		said := map[string]string{}
		for _, field := range strings.Fields(line) {
			name, value, _ := strings.Cut(field, "=")
			said[name] = strings.Trim(value, `"`)
		}
		lines = append(lines, said)
	}
	return lines
}

func TestWhatHappensToAnAccountIsLoggedAndShownToItsOwner(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	email := emailOf(t, s, b.user)
	stranger := s.client(t)
	stranger.post("/login", url.Values{"email": {email}, "password": {"wrong"}}).is(http.StatusUnprocessableEntity)
	stranger.post("/login", url.Values{"email": {"nobody@example.com"}, "password": {"wrong"}}).
		is(http.StatusUnprocessableEntity)
	s.Until(t, 1, `select count(*) from account_events where kind = 'sign_in.wrong'`)
	page := b.get("/account").is(http.StatusOK).
		says("Recent account activity", "Sign-in with a wrong password", "Signed in with the password")
	page.submit("Change password", url.Values{"old": {password}, "password": {"another one"}}).is(http.StatusOK).
		says("Password changed")
	b.get("/workspaces").submit("Sign out", nil)
	other := s.signIn(t, access.NewUser{})
	if text := other.get("/account").text(); strings.Contains(text, "wrong password") {
		t.Error("another person sees it")
	}
	want := map[string]string{"sign_in.password": b.user.String(), "sign_in.wrong": b.user.String(),
		"password.changed": b.user.String(), "session.signed_out": b.user.String()}
	unknown := 0
	for _, line := range s.accountLines(t) {
		action := line["event"] + "." + line["outcome"]
		if len(line["fromHash"]) != 16 || line["requestId"] == "" {
			t.Errorf("a line without a hash or a request: %v", line)
		}
		if action == "sign_in.wrong" && line["userId"] == "" {
			unknown++
		}
		if want[action] == line["userId"] {
			delete(want, action)
		}
	}
	same(t, "lines that are missing", want, map[string]string{})
	same(t, "lines about nobody", unknown, 1)
	for _, never := range []string{email, "nobody@example.com", "127.0.0.1"} {
		if strings.Contains(s.log.String(), never) {
			t.Errorf("the log holds %s", never)
		}
	}
}

func TestAFloodOfTriesFillsNoTrailAndDrivesNothingElseOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	for range 250 {
		if err := s.NoteAccountTry(t.Context(), b.user, access.SignInWrong, ""); err != nil {
			t.Fatal(err)
		}
		if err := s.NoteAccountTry(t.Context(), b.user, access.SignInThrottled, ""); err != nil {
			t.Fatal(err)
		}
	}
	same(t, "tries", s.Count(t, `select count(*) from account_events where tried`), 200)
	same(t, "the sign-in of the owner", s.Count(t, `select count(*) from account_events where not tried`), 1)
	s.Exec(t, `update account_events set at = now() - interval '91 days'`)
	if text := b.get("/account").text(); strings.Contains(text, "Recent account activity") {
		t.Error("what is too old is shown")
	}
	if _, err := s.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	same(t, "kept", s.Count(t, `select count(*) from account_events where user_id = $1`, b.user), 0)
}

func TestASessionSaysWhenItWasLastUsed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	before := s.Snapshot(t)
	b.get("/workspaces").is(http.StatusOK)
	same(t, "read again within ten minutes", s.Snapshot(t), before)
	s.Exec(t, `update sessions set last_used_at = now() - interval '11 minutes'`)
	b.get("/workspaces").is(http.StatusOK)
	same(t, "noted", s.Count(t, `select count(*) from sessions where last_used_at > now() - interval '1 minute'`), 1)
	s.Exec(t, `insert into sessions (id_hash, user_id, expires_at, agent, created_at, last_used_at)
		values (sha256('a'), $1, now() + interval '1 hour', 'Edge on Windows', now(), now() - interval '65 minutes'),
			(sha256('b'), $1, now() + interval '1 hour', 'Opera on Linux', now(), now() - interval '75 minutes')`, b.user)
	var used time.Time
	err := s.SQL.QueryRow(t.Context(), `select last_used_at from sessions where agent = 'Edge on Windows'`).Scan(&used)
	if err != nil {
		t.Fatal(err)
	}
	page := b.get("/account").is(http.StatusOK).says("Edge on Windows")
	// Just after midnight it was not today.
	if !regexp.MustCompile(`last used (today|\d+ \w+ \d{4}), ` + used.UTC().Format("15:04")).MatchString(page.text()) {
		t.Errorf("it does not say when it was used: %s", page.text())
	}
	if strings.Contains(page.text(), "Opera") {
		t.Error("a session is listed whose cookie does not work any more")
	}
}

func TestWhatWasTypedSurvivesSingleSignOn(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := newSite(t, p.use)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	email := emailOf(t, s, b.user)
	p.set(func(p *provider) { p.person["email"] = email })
	form := b.get(at(ws, "personas", "new")).is(http.StatusOK)
	s.expire(t)
	signIn := form.submit("Create persona", url.Values{"name": {"New one"}, "goals": {"Typed for an hour"}}).
		is(http.StatusUnauthorized)
	back := signIn.submit("Sign in with single sign-on", nil).is(http.StatusOK).
		says("nothing was saved yet. What you typed is below")
	same(t, "what was typed", formFields(back.button("Create persona")).Get("goals"), "Typed for an hour")
	same(t, "kept on", s.Count(t, `select count(*) from kept_forms`), 0)

	one := s.client(t)
	one.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	kept := formFields(signIn.button("Sign in with single sign-on")).Get("kept")
	for range 25 {
		one.post("/login/oidc", url.Values{"kept": {kept}}).is(http.StatusSeeOther)
	}
	same(t, "of one owner", s.Count(t, `select count(*) from kept_forms`), 20)
	before := s.Count(t, `select count(*) from kept_forms where value <> $1`, kept)
	one.post("/login/oidc", url.Values{"kept": {"forged"}}).is(http.StatusSeeOther)
	same(t, "not ours", s.Count(t, `select count(*) from kept_forms where value <> $1`, kept), before)
}

func TestFewSignInsOfOnePersonWaitForTheirFactor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	s.Exec(t, `insert into user_totp (user_id, secret, last_step) values ($1, decode(repeat('61', 20), 'hex'), 0)`, b.user)
	for range 23 {
		s.client(t).post("/login", url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}}).is(http.StatusOK)
	}
	same(t, "steps", s.Count(t, `select count(*) from sign_in_steps`), 20)
}
