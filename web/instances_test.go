package web_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/webhook"
	"personae/web"
)

// instances puts two more consoles beside that of a site, each with connections and jobs of
// its own, and has each request of a browser or program go to the next.
func (s *site) instances(t *testing.T) {
	t.Helper()
	addresses := []string{strings.TrimPrefix(s.url, "http://")}
	working(t, jobsOf(s))
	for range 2 {
		d := *s.Database
		d.Through(t, d.ServerSQL.Config().ConnString(), postgres.Options{MaxConns: 6})
		other := siteOn(t, &d, func(o *web.Options) { o.Log = s.log.Logger() })
		working(t, jobsOf(other))
		addresses = append(addresses, strings.TrimPrefix(other.url, "http://"))
	}
	var next atomic.Int64
	hops := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addresses[int(next.Add(1))%len(addresses)])
	}}
	s.hops = hops
}

// TestADayOnThreeInstances has each request answered by another instance than the one before.
func TestADayOnThreeInstances(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.instances(t)
	s.day(t)
	same(t, "jobs for one draft", s.Count(t, `select count(*) from river.river_job where kind = 'draft'`), 1)

	// A form that one kept comes back from another.
	ws := s.Workspace(t, "Cedar")
	writer := s.as(t, ws.Workspace(), access.Owner)
	form := writer.get(at(ws, "personas", "new")).is(http.StatusOK)
	s.Exec(t, `delete from sessions where user_id = $1`, writer.user)
	login := form.submit("Create persona", url.Values{"name": {"Kept through it"}})
	back := login.submit("Sign in", url.Values{"email": {emailOf(t, s, writer.user)}, "password": {password}}).is(http.StatusOK)
	same(t, "typed before", formFields(back.button("Create persona")).Get("name"), "Kept through it")

	// A factor that one asked for proves itself to another.
	b := s.signIn(t, access.NewUser{Name: "Ada Morgan"})
	key, _ := b.addApp()
	code := url.Values{"code": {appCode(t, key, time.Now())}}
	for _, want := range []string{"/workspaces", "/login/second"} {
		half := s.client(t)
		asked := half.get("/login").submit("Sign in", url.Values{"email": {emailOf(t, s, b.user)}, "password": {password}}).
			is(http.StatusOK)
		same(t, "where a code leads that is taken once", asked.submit("Sign in", code).path, want)
	}

	s.sendsOnce(t)

	// Wrong passwords are counted together.
	stranger, email := s.client(t), uuid.NewString()+"@example.com"
	refused := 0
	for range 12 {
		if stranger.post("/login", url.Values{"email": {email}, "password": {"wrong password"}}).status == http.StatusTooManyRequests {
			refused++
		}
	}
	same(t, "refused of twelve", refused, 2)
	s.Healthy(t)
}

// sendsOnce has a webhook told of several things, and finds each sent once though any of the
// instances may send it.
func (s *site) sendsOnce(t *testing.T) {
	t.Helper()
	var mu sync.Mutex
	got := map[string]int{}
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		got[r.Header.Get("X-Personae-Delivery")]++
	}))
	t.Cleanup(receiver.Close)
	ws := s.Workspace(t, "Juniper")
	b := s.as(t, ws.Workspace(), access.Owner)
	b.get(at(ws, "webhooks")).submit("Add webhook", url.Values{"url": {receiver.URL}, "events": {webhook.PersonaCreated}}).
		is(http.StatusOK)
	const personas = 12
	for i := range personas {
		s.NewPersona(t, ws, fmt.Sprint("Persona ", i))
	}
	s.Until(t, personas, `select count(*) from webhook_deliveries where state = 'delivered' and workspace_id = $1`, ws.Workspace())
	mu.Lock()
	defer mu.Unlock()
	same(t, "deliveries", len(got), personas)
	for delivery, times := range got {
		same(t, delivery, times, 1)
	}
}
