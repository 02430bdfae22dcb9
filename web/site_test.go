package web_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"golang.org/x/net/html"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/logtest"
	"personae/internal/webhook"
	"personae/web"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const password = "correct horse"

// quickly is argon2id's least cost, since hundreds of people sign in. Tests of auth look
// at the full cost.
var quickly = argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// passwords are shared by all consoles.
var passwords = sync.OnceValues(func() (*auth.Passwords, error) { return auth.NewPasswords(quickly) })

// quickHash returns the hash of password.
var quickHash = sync.OnceValues(func() (string, error) { return quickHashOf(password) })

func quickHashOf(password string) (string, error) { return argon2id.CreateHash(password, &quickly) }

// site is a running console on a database of its own.
type site struct {
	*dbtest.Database
	server *web.Server
	url    string
	hops   http.RoundTripper // from browsers to the console
	hash   string
	log    *logtest.Log
}

func newSite(t testing.TB, with ...func(*web.Options)) *site {
	t.Helper()
	return siteOn(t, dbtest.New(t), with...)
}

func siteOn(t testing.TB, d *dbtest.Database, with ...func(*web.Options)) *site {
	t.Helper()
	passwords, err := passwords()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Database: d, log: &logtest.Log{}}
	if s.hash, err = quickHash(); err != nil {
		t.Fatal(err)
	}
	options := web.Options{DB: s.DB, Passwords: passwords,
		Log: s.log.Logger(),
		Key: []byte(strings.Repeat("k", 32)), Idle: time.Hour, Absolute: 2 * time.Hour,
		Webhooks: webhook.New(webhook.Options{AllowPrivate: true})}
	for _, set := range with {
		set(&options)
	}
	handler, err := web.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	// Not the transport of all: a server that is closed closes what is idle there.
	s.server, s.url, s.hops = handler, server.URL, server.Client().Transport
	if options.BaseURL != "" {
		s.behind(t, options.BaseURL)
	}
	return s
}

// behind puts the console behind a proxy that ends TLS, where base has it, and passes
// the host on.
func (s *site) behind(t testing.TB, base string) {
	t.Helper()
	console, seen := strings.TrimPrefix(s.url, "http://"), host(t, base)
	base = base[:strings.Index(base, seen)+len(seen)] // without a path
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, seen+":") {
			address = console
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	hops := &http.Transport{DialContext: dial, DialTLSContext: dial}
	t.Cleanup(hops.CloseIdleConnections)
	s.url, s.hops = base, hops
}

func host(t testing.TB, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Hostname()
}

// client is a person's browser without JavaScript: it keeps cookies, follows
// redirects and sends forms as they stand in the page.
type client struct {
	t      testing.TB
	site   *site
	client *http.Client
	user   uuid.UUID
	bearer string // API token; empty: none

	languages string // as Accept-Language writes them; empty: none is said
}

func (s *site) client(t testing.TB) *client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, site: s, client: &http.Client{Jar: jar, Transport: s.hops}}
}

// signIn adds a person and signs them in through the page.
func (s *site) signIn(t testing.TB, u access.NewUser) *client {
	t.Helper()
	b := s.client(t)
	u.Email, u.PasswordHash = uuid.NewString()+"@example.com", s.hash
	b.user = s.User(t, u)
	b.get("/login").submit("Sign in", url.Values{"email": {u.Email}, "password": {password}}).is(http.StatusOK)
	return b
}

// as signs in somebody who has the role in the workspace.
func (s *site) as(t testing.TB, workspace uuid.UUID, role access.Role) *client {
	t.Helper()
	b := s.signIn(t, access.NewUser{Name: "Ada Morgan"})
	s.Member(t, workspace, b.user, role)
	return b
}

// page is an answer, read to its end.
type page struct {
	*client
	status int
	path   string
	header http.Header
	body   string
	parsed *html.Node // nil: nobody has asked for doc
}

func (b *client) get(path string) *page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.site.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(request)
}

// post sends a form that need not stand in any page.
func (b *client) post(path string, form url.Values) *page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.site.url+path,
		strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", b.site.url)
	return b.do(request)
}

// inPlace asks as htmx does.
func (b *client) inPlace(method, path string, form url.Values) *page {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.site.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("HX-Request", "true")
	return b.do(request)
}

func (b *client) do(request *http.Request) *page {
	b.t.Helper()
	if b.bearer != "" {
		request.Header.Set("Authorization", "Bearer "+b.bearer)
	}
	if b.languages != "" {
		request.Header.Set("Accept-Language", b.languages)
	}
	if request.Header.Get("Accept-Encoding") == "" {
		request.Header.Set("Accept-Encoding", "identity") // under the race detector, compressing costs as much as the page
	}
	answer, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return &page{client: b, status: answer.StatusCode, path: answer.Request.URL.Path, header: answer.Header,
		body: string(body)}
}

// doc returns the page's elements.
func (p *page) doc() *html.Node {
	p.t.Helper()
	if p.parsed == nil {
		var err error
		if p.parsed, err = html.Parse(strings.NewReader(p.body)); err != nil {
			p.t.Fatal(err)
		}
	}
	return p.parsed
}

// is fails unless the page has the status.
func (p *page) is(status int) *page {
	p.t.Helper()
	if p.status != status {
		p.t.Fatalf("%s: status %d, want %d\n%s", p.path, p.status, status, p.text())
	}
	return p
}

// says fails unless the page's text holds each of the words.
func (p *page) says(words ...string) *page {
	p.t.Helper()
	for _, w := range words {
		if !strings.Contains(p.text(), w) {
			p.t.Errorf("%s does not say %q:\n%s", p.path, w, p.text())
		}
	}
	return p
}

// text returns what the page says, with single spaces.
func (p *page) text() string { return textOf(p.doc()) }

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
			if d.Parent.Data != "span" && d.Parent.Data != "button" {
				b.WriteByte(' ')
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// title returns the text of <title>.
func (p *page) title() string {
	for n := range p.doc().Descendants() {
		if n.Data == "title" && n.Type == html.ElementNode {
			return textOf(n)
		}
	}
	return ""
}

// button finds the form whose button has this accessible name; nil: none has.
func (p *page) button(name string) *html.Node {
	_, form := p.pressed(name)
	return form
}

// nameOf returns what a button is called.
func nameOf(n *html.Node) string {
	if has(n, "aria-label") {
		return attr(n, "aria-label")
	}
	return textOf(n)
}

// pressed finds the button too, which may send its form elsewhere.
func (p *page) pressed(name string) (button, form *html.Node) {
	for n := range p.doc().Descendants() {
		if n.Type == html.ElementNode && n.Data == "button" && nameOf(n) == name {
			for form := range n.Ancestors() {
				if form.Data == "form" {
					return n, form
				}
			}
		}
	}
	return nil, nil
}

// submit presses a button and returns the page that follows. Fields of the form
// are sent as they stand, but for those in typed; a nil value sends none.
func (p *page) submit(button string, typed url.Values) *page {
	p.t.Helper()
	pressed, form := p.pressed(button)
	if form == nil {
		p.t.Fatalf("%s has no button %q:\n%s", p.path, button, p.text())
	}
	fields := formFields(form)
	if name := attr(pressed, "name"); name != "" {
		fields.Set(name, attr(pressed, "value"))
	}
	for name, values := range typed {
		fields.Del(name)
		for _, v := range values {
			fields.Add(name, v)
		}
	}
	path := attr(form, "action")
	if has(pressed, "formaction") {
		path = attr(pressed, "formaction")
	}
	if attr(pressed, "formmethod") == "get" {
		return p.get(path + "?" + fields.Encode())
	}
	return p.post(path, fields)
}

func formFields(form *html.Node) url.Values {
	fields := url.Values{}
	for n := range form.Descendants() {
		name := attr(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		switch n.Data {
		case "input":
			kind := attr(n, "type")
			if (kind == "checkbox" || kind == "radio") && !has(n, "checked") {
				continue
			}
			fields.Add(name, attr(n, "value"))
		case "textarea":
			text := ""
			if n.FirstChild != nil {
				text = n.FirstChild.Data
			}
			fields.Add(name, strings.ReplaceAll(text, "\n", "\r\n"))
		case "select":
			for o := range n.Descendants() {
				if o.Data == "option" && has(o, "selected") {
					fields.Add(name, attr(o, "value"))
				}
			}
			if !fields.Has(name) {
				for o := range n.Descendants() {
					if o.Data == "option" {
						fields.Add(name, attr(o, "value"))
						break
					}
				}
			}
		}
	}
	return fields
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func at(a postgres.Access, parts ...string) string {
	return "/workspaces/" + a.Workspace().String() + "/" + strings.Join(parts, "/")
}

// readers returns a superadmin, then others who may look at one of the workspaces
// or at none.
func (s *site) readers(t *testing.T, full, empty postgres.Access) []*client {
	t.Helper()
	root := s.signIn(t, access.NewUser{Superadmin: true, Support: true})
	people := []*client{root}
	for _, a := range actors() {
		if slices.Contains([]string{"signed out", "member", "owner", "support switch", "token read"}, a.name) {
			people = append(people, a.sign(s, t, full.Workspace()))
		}
	}
	program := s.client(t)
	program.bearer = s.token(t, empty, "write")
	root.addApp()
	halfIn := s.client(t)
	halfIn.get("/login").submit("Sign in", url.Values{"email": {emailOf(t, s, root.user)}, "password": {password}}).
		is(http.StatusOK)
	return append(people, program, halfIn)
}

func nullable(s string) any {
	if s == "" {
		return nil
	}
	return s
}
