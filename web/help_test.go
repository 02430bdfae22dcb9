package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"personae/internal/access"
)

// TestEveryPageLinksToItsPartOfTheHelp asks for every page and follows where help says most
// about it.
func TestEveryPageLinksToItsPartOfTheHelp(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Maya")
	x := s.target(t, ws)
	s.User(t, access.NewUser{Email: "ada@example.com", Name: "Ada Morgan", Superadmin: true, Support: true,
		PasswordHash: s.hash})
	b := s.client(t)
	b.get("/login").submit("Sign in", map[string][]string{"email": {"ada@example.com"}, "password": {password}}).is(http.StatusOK)
	help := b.get("/help").is(http.StatusOK).body
	pages := 0
	for _, route := range s.server.Routes() {
		if route.Method != http.MethodGet || route.Who == "anyone" || strings.HasSuffix(route.Path, "/search") || route.Path == "/help" {
			continue // these are about everything, or for nobody yet
		}
		page := b.get(x.in(route.Path))
		link := regexp.MustCompile(`href="/help(?:#([a-z]*))?">`).FindStringSubmatch(page.body)
		if page.status != http.StatusOK || !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
			continue
		}
		if pages++; link == nil {
			t.Errorf("%s, which is %s, links to no help", route.Path, page.path)
		} else if link[1] == "" || !strings.Contains(help, `id="`+link[1]+`"`) {
			t.Errorf("%s, which is %s, links to %s", route.Path, page.path, link[0])
		}
	}
	if pages < 40 {
		t.Errorf("only %d pages were looked at", pages)
	}
}
