package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"personae/internal/access"
)

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.User(t, access.NewUser{Email: "Ada@Example.com", Name: "Ada", PasswordHash: s.hash})
	b := s.client(t)
	unknown := b.post("/login", url.Values{"email": {"nobody@example.com"}, "password": {password}}).
		is(http.StatusUnprocessableEntity)
	wrong := b.post("/login", url.Values{"email": {"nobody@example.com"}, "password": {"wrong"}}).
		is(http.StatusUnprocessableEntity)
	same(t, "an unknown address and a wrong password get the same answer", unknown.body, wrong.body)
	for _, email := range []string{"", "a\x00b", "\xff", strings.Repeat("x", 10000)} {
		b.post("/login", url.Values{"email": {email}, "password": {password}}).is(http.StatusUnprocessableEntity)
	}
	same(t, "sessions", s.Count(t, `select count(*) from sessions`), 0)

	form := b.get("/workspaces?q=x").is(http.StatusOK)
	same(t, "asked to sign in", form.path, "/login")
	same(t, "goes on to where one wanted", form.submit("Sign in",
		url.Values{"email": {"ada@example.com"}, "password": {password}}).is(http.StatusOK).path, "/workspaces")

	cookie := func() string {
		u, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range b.client.Jar.Cookies(u) {
			if c.Name == "personae_session" {
				return c.Value
			}
		}
		return ""
	}
	stolen := cookie()
	b.post("/login", url.Values{"email": {"ada@example.com"}, "password": {password}}).is(http.StatusOK)
	same(t, "a new sign-in ends the session before it", s.Count(t, `select count(*) from sessions`), 1)

	replay := func(value string) int {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/workspaces", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.AddCookie(&http.Cookie{Name: "personae_session", Value: value})
		answer, err := s.hops.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		return answer.StatusCode
	}
	same(t, "the cookie from before", replay(stolen), http.StatusSeeOther)
	current := cookie()
	same(t, "the current cookie", replay(current), http.StatusOK)
	flipped := []byte(current)
	flipped[len(flipped)/2] ^= 1
	same(t, "with a flipped bit", replay(string(flipped)), http.StatusSeeOther)
	b.get("/workspaces").submit("Sign out", nil).is(http.StatusOK).says("You were signed out")
	same(t, "stolen, after signing out", replay(current), http.StatusSeeOther)
	same(t, "sessions", s.Count(t, `select count(*) from sessions`), 0)
}

func TestSessionEndsAfterItsAbsoluteTime(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	same(t, "signed in", b.get("/workspaces").path, "/workspaces")
	s.Exec(t, `update sessions set expires_at = now() - interval '1 second'`)
	same(t, "over", b.get("/workspaces").path, "/login")
}

func TestNextLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.signIn(t, access.NewUser{})
	for _, next := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)",
		"/%2F/evil.example/", "\t//evil.example", "/login", "", "/a\r\nSet-Cookie: x=y"} {
		form := b.get("/login?next=" + url.QueryEscape(next))
		got := formFields(form.button("Sign in")).Get("next")
		if u, err := url.Parse(got); err != nil || u.Host != "" || strings.HasPrefix(got, "//") ||
			strings.HasPrefix(got, "/\\") || !strings.HasPrefix(got, "/") {
			t.Errorf("next=%q leads to %q", next, got)
		}
	}
}
