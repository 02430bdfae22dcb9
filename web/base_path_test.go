package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"personae/internal/access"
	"personae/web"
)

const basePath = "/tools/personae"

// TestBelowAPathNothingLeadsOutOfIt asks for every page and looks at every link, form and
// file of it, and at what answers to programs lead to.
func TestBelowAPathNothingLeadsOutOfIt(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := newSite(t, p.use, func(o *web.Options) { o.BaseURL = "https://personae.example" + basePath })
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Maya")
	x := s.target(t, ws)
	s.User(t, access.NewUser{Email: "ada@example.com", Name: "Ada Morgan", Superadmin: true, Support: true,
		PasswordHash: s.hash})
	b := s.client(t)
	in := b.get(basePath+"/workspaces?q=a").submit("Sign in", url.Values{"email": {"ada@example.com"},
		"password": {password}}).is(http.StatusOK)
	same(t, "led back to", in.path, basePath+"/workspaces")
	for _, c := range b.client.Jar.Cookies(&url.URL{Scheme: "https", Host: "personae.example", Path: "/other"}) {
		t.Errorf("a neighbour gets %s", c.Name)
	}
	pages := 0
	for _, route := range s.server.Routes() {
		if route.Method != http.MethodGet || strings.HasSuffix(route.Path, "z") {
			continue
		}
		page := b.get(basePath + x.in(route.Path))
		staysBelow(t, page)
		if strings.HasPrefix(page.header.Get("Content-Type"), "text/html") && page.status == http.StatusOK {
			pages++
		}
		outside := b.get(x.in(route.Path))
		if outside.status != http.StatusNotFound && route.Path != "/" {
			t.Errorf("%s outside: %d", route.Path, outside.status)
		}
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = "127.0.0.1:8080" // as who looks past the proxy
	same(t, "outside, by another host", b.do(request).status, http.StatusNotFound)
	var speaks string
	if err := s.SQL.QueryRow(t.Context(), `select id::text from personas where workspace_id = $1 and is_default`,
		ws.Workspace()).Scan(&speaks); err != nil {
		t.Fatal(err)
	}
	staysBelow(t, b.get(basePath+"/workspaces/"+x.ws+"/personas/"+speaks+"/delete").is(http.StatusOK))
	if pages < 40 {
		t.Errorf("only %d pages were looked at", pages)
	}
	typed := b.get(basePath+"/workspaces/"+x.ws+"/personas/new").submit("Create persona",
		url.Values{"name": {`a href="/x`}}).is(http.StatusOK)
	typed.says(`a href="/x`)
	staysBelow(t, b.get(basePath+"/nowhere").is(http.StatusNotFound))
	b.get(basePath+"/api/v1/docs").says("Addresses begin with https://personae.example"+basePath,
		"https://personae.example"+basePath+"/api/v1/token")
	if document := b.get(basePath + "/api/v1/openapi.json").body; !strings.Contains(document,
		`"servers":[{"url":"https://personae.example`+basePath+`"}]`) {
		t.Error("the document does not say where the server is")
	}
	same(t, "the root", b.get("/").path, basePath+"/workspaces")
	b.get("/livez").is(http.StatusOK)
	b.get(basePath + "/readyz").is(http.StatusOK)
}

// staysBelow fails for each address in a page that leads out of basePath.
func staysBelow(t *testing.T, p *page) {
	t.Helper()
	for n := range p.doc().Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			if !slices.Contains([]string{"href", "src", "action", "formaction", "hx-get", "hx-post", "poster", "data"}, a.Key) &&
				!strings.HasPrefix(a.Val, "/") {
				continue
			}
			to, err := url.Parse(a.Val)
			if err != nil || to.Host == "" && to.Scheme == "" && strings.HasPrefix(to.Path, "/") &&
				!strings.HasPrefix(to.Path, basePath+"/") && a.Key != "value" {
				t.Errorf("%s leads out by <%s %s=%q>", p.path, n.Data, a.Key, a.Val)
			}
		}
	}
}

// TestBelowAPathProgramsAndProvidersAreLedBelowIt looks at what is no page.
func TestBelowAPathProgramsAndProvidersAreLedBelowIt(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	s := newSite(t, p.use, func(o *web.Options) { o.BaseURL = "https://personae.example" + basePath })
	p.callback = "https://personae.example" + basePath + "/login/oidc/callback"
	ws := s.Workspace(t, "Harbor")
	s.User(t, access.NewUser{Email: "ada@example.com", Name: "Ada Morgan"})
	in := s.client(t).get(basePath+"/login").submit(signOn, nil).is(http.StatusOK).says("Ada Morgan")
	same(t, "signed in at", in.path, basePath+"/workspaces")

	program := s.client(t)
	program.bearer = s.token(t, ws, "write")
	root := basePath + "/api/v1/workspaces/" + ws.Workspace().String()
	made := program.send(http.MethodPost, root+"/personas", `{"name": "Maya"}`).is(http.StatusCreated)
	if at := made.header.Get("Location"); !strings.HasPrefix(at, root+"/personas/") {
		t.Errorf("it was made at %s", at)
	}
	s.NewPersona(t, ws, "Noor")
	if next := program.get(root + "/personas?limit=1").header.Get("Link"); !strings.HasPrefix(next, "<"+root+"/personas?") {
		t.Errorf("it leads on to %s", next)
	}
	if document := program.get(basePath + "/api/v1/openapi.json").body; !strings.Contains(document,
		`"url":"https://personae.example`+basePath+`"`) {
		t.Error("the document names no server below the path")
	}
	late := s.client(t).post(basePath+"/workspaces/"+ws.Workspace().String()+"/settings", url.Values{"company_name": {"x"}})
	late.is(http.StatusUnauthorized)
	staysBelow(t, late)
	stays := s.client(t).stays()
	same(t, "htmx is led to", stays.inPlace(http.MethodGet, basePath+"/account", nil).header.Get("HX-Redirect"),
		basePath+"/login?next=%2Faccount")
	for _, c := range (&http.Response{Header: stays.post(basePath+"/login/oidc", nil).header}).Cookies() {
		if c.Path != basePath || !c.Secure || c.Name != "__Secure-personae_sign_in" || time.Until(c.Expires) < 0 && c.MaxAge <= 0 {
			t.Error(c)
		}
	}
}
