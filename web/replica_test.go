package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestWhoWroteIsKnownForAMoment has a browser write where there is a replica: for as long as
// that may be behind, it asks the primary.
func TestWhoWroteIsKnownForAMoment(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Through(t, d.ServerSQL.Config().ConnString(), postgres.Options{ReadURL: d.URL, MaxConns: 8}) // no replica, so never read from
	s := siteOn(t, d)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Owner)
	wrote := func() *http.Cookie {
		u, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range b.client.Jar.Cookies(u) {
			if c.Name == "personae_wrote" {
				return c
			}
		}
		return nil
	}
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	made := b.post(at(ws, "personas"), url.Values{"name": {"Ada"}}).is(http.StatusSeeOther)
	if wrote() == nil {
		t.Error("nothing tells the next request that this browser wrote")
	}
	for _, c := range (&http.Response{Header: made.header}).Cookies() {
		if c.Name == "personae_wrote" && (c.MaxAge < 2 || c.MaxAge > 10 || !c.HttpOnly) {
			t.Errorf("the cookie is %v", c)
		}
	}
	b.get(at(ws, "personas")).is(http.StatusOK).says("Ada")
	token := s.token(t, ws, "write")
	if s.ask(t, token, "POST", api(ws, "personas"), `{"name": "Mary"}`).header.Get("Set-Cookie") != "" {
		t.Error("a program gets a cookie")
	}
}
