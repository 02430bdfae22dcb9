package web_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/static"
	"personae/web"
)

// TestReadingChangesNotOneRow asks every GET of the table of routes, by GET and
// by HEAD, as everybody who may and some who may not, in workspaces with
// everything and with nothing. Of all tables only the use of a token is noted.
func TestReadingChangesNotOneRow(t *testing.T) {
	t.Parallel()
	s := newSite(t, newProvider(t).use)
	if _, err := s.Owner(t).AddDemo(t.Context(), s.hash); err != nil {
		t.Fatal(err)
	}
	full, empty := s.Workspace(t, "Full"), s.Workspace(t, "Empty")
	x := s.target(t, full)
	nothing := target{ws: empty.Workspace().String(), persona: uuid.NewString(), campaign: uuid.NewString(),
		lead: uuid.NewString(), member: uuid.NewString(), token: uuid.NewString(), webhook: uuid.NewString()}
	people := s.readers(t, full, empty)
	root := people[0]
	unreached := map[string]bool{ // by GET alone
		"/reset":               true, // no mail server here: TestResetLinkIsSentByMail…
		"/setup":               true, // there is somebody: TestTheFirstPersonSetsUp…
		"/login/oidc/callback": true, // nobody comes from the provider: TestSingleSignOn…
	}
	before, more := s.Snapshot(t, "api_tokens"), "q=a&page=2&from=1&to=1&channel=sms&campaign="+x.campaign
	for _, route := range s.server.Routes() {
		if route.Method != http.MethodGet {
			continue
		}
		reached := unreached[route.Path]
		for _, b := range people {
			for _, in := range []target{x, nothing} {
				path := in.in(route.Path)
				if strings.Contains(path, ":") {
					t.Fatalf("what stands for an id in %s?", route.Path)
				}
				for _, got := range []*page{b.get(path), b.send(http.MethodHead, path+"?"+more, "")} {
					if reached = reached || got.status == http.StatusOK; got.status >= 500 {
						t.Errorf("%s: status %d", path, got.status)
					}
				}
			}
		}
		if !reached {
			t.Errorf("nobody here sees %s, so this shows nothing of it", route.Path)
		}
		if after := s.Snapshot(t, "api_tokens"); after != before {
			same(t, "tables after "+route.Path, after, before)
			before = after
		}
	}
	// The demo's workspaces have what people have.
	for _, ws := range strings.Fields(s.words(t, `select id::text from workspaces where name not in ('Full', 'Empty')`)) {
		for _, page := range []string{"personas", "personas?q=a", "personas/new", "personas/new?from=settings",
			"campaigns", "settings", "leads", "why", "preview", "health"} {
			root.get("/workspaces/" + ws + "/" + page).is(http.StatusOK)
		}
	}
	same(t, "tables", s.Snapshot(t, "api_tokens"), before)
}

func TestAPageTakesAtMostTwoRoundTrips(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	lead, _ := s.drafted(t, ws)
	b := s.as(t, ws.Workspace(), access.Member)
	for _, path := range []string{"/workspaces", at(ws, "personas", p.ID.String()),
		at(ws, "campaigns"), at(ws, "leads"), at(ws, "leads", lead),
		at(ws, "preview"), at(ws, "preview?message="+s.words(t, `select id::text from messages`))} {
		b.get(path).is(http.StatusOK)
	}
	trips := regexp.MustCompile(`method=GET route=/workspaces.* dbTrips=(\d+)`).FindAllStringSubmatch(s.log.String(), -1)
	if len(trips) < 7 {
		t.Fatalf("the log has %d lines of pages:\n%s", len(trips), s.log)
	}
	for _, line := range trips {
		if line[1] != "2" {
			t.Errorf("not two round trips: %s", line[0])
		}
	}
}

// TestThePagesOfAWorkspaceThatAreReadMostTakeOneRoundTrip finds out in it who asks, too.
func TestThePagesOfAWorkspaceThatAreReadMostTakeOneRoundTrip(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	b := s.as(t, ws.Workspace(), access.Member)
	for _, page := range []string{"personas", "personas?q=def&page=2", "settings", "members"} {
		b.get(at(ws, page)).is(http.StatusOK)
	}
	trips := regexp.MustCompile(`method=GET route=/workspaces/:ws.* dbTrips=(\d+)`).FindAllStringSubmatch(s.log.String(), -1)
	if len(trips) != 4 {
		t.Fatalf("the log has %d lines of pages:\n%s", len(trips), s.log)
	}
	for _, line := range trips {
		if line[1] != "1" {
			t.Errorf("not one round trip: %s", line[0])
		}
	}
}

func TestReloadAfterAnActionDoesNotRepeatIt(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	after := b.get(at(ws, "personas", "new")).submit("Create persona", url.Values{"name": {"One"}}).is(http.StatusOK).
		says("“One” was created")
	reloaded := b.get(after.path).is(http.StatusOK)
	if strings.Contains(reloaded.text(), "was created") {
		t.Error("the receipt is shown twice")
	}
	same(t, "personas", s.Count(t, `select count(*) from personas`), 1)
}

func TestHtmxIsSentOnToThePageThatAPlainFormLeadsTo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	p := s.NewPersona(t, ws, "Other")
	b := s.as(t, ws.Workspace(), access.Admin)
	answer := b.inPlace(http.MethodPost, at(ws, "personas", p.ID.String(), "default"), nil).is(http.StatusNoContent)
	same(t, "where to", answer.header.Get("HX-Redirect"), at(ws, "personas"))
	if !strings.Contains(strings.Join(answer.header.Values("Vary"), ","), "HX-Request") {
		t.Error("a cache may give this answer to a plain form")
	}
	b.get(at(ws, "personas")).is(http.StatusOK).says("“Other” is now the default", "Undo")
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Other")
	b.post(at(ws, "personas", p.ID.String(), "default"), nil).is(http.StatusOK).says("“Other” is the default already").
		submit("Undo this: “Other” is the default already", nil).is(http.StatusOK).says("“Default” is the default again")
}

func TestAStrangerSeesTheSameAsForNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	stranger := s.as(t, s.Workspace(t, "Cedar").Workspace(), access.Owner)
	missing := stranger.get("/workspaces/" + uuid.NewString() + "/personas").is(http.StatusNotFound).body
	same(t, "another's workspace", stranger.get(at(ws, "personas")).is(http.StatusNotFound).body, missing)
	same(t, "a malformed id", stranger.get("/workspaces/nonsense/personas").is(http.StatusNotFound).body, missing)
	same(t, "no such page", stranger.get("/nonsense").is(http.StatusNotFound).status, http.StatusNotFound)
}

func TestPagesOfErrorsKeepTheWayToTheAccountAndOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Member)
	ways := func(p *page) bool { return strings.Contains(p.body, `href="/account"`) && p.button("Sign out") != nil }
	for path, status := range map[string]int{"/nonsense": http.StatusNotFound, "/invitations/nonsense": http.StatusNotFound,
		at(ws, "personas", "new"): http.StatusForbidden} {
		same(t, path, ways(b.get(path).is(status)), true)
	}
	same(t, "a method that is not there", ways(b.send("DELETE", at(ws, "personas"), "").is(http.StatusMethodNotAllowed)), true)
	same(t, "signed out", ways(s.client(t).get("/nonsense").is(http.StatusNotFound)), false)
	b.get("/account").submit("Sign out", nil).is(http.StatusOK)
	same(t, "after that", ways(b.get("/nonsense").is(http.StatusNotFound)), false)
}

func TestIdsOfAnotherWorkspaceAreNotFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	p := s.NewPersona(t, ws, "Default")
	s.NewPersona(t, ws, "Other")
	campaign := s.NewCampaign(t, ws, "Spring")
	foreign := s.NewPersona(t, other, "Foreign")
	foreignCampaign := s.NewCampaign(t, other, "Autumn")
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	for _, id := range []string{foreign.ID.String(), uuid.NewString(), "nonsense", strings.ToUpper(p.ID.String()) + "0"} {
		b.get(at(ws, "personas", id)).is(http.StatusNotFound)
		b.get(at(ws, "personas", id, "delete")).is(http.StatusNotFound)
		for path, form := range map[string]url.Values{
			at(ws, "personas", id):                                   {"name": {"x"}, "version": {"1"}},
			at(ws, "personas", id, "default"):                        nil,
			at(ws, "personas", id, "duplicate"):                      nil,
			at(ws, "personas", id, "delete"):                         {"version": {"1"}},
			at(ws, "personas", p.ID.String(), "delete"):              {"version": {"1"}, "successor": {id}},
			at(ws, "campaigns", campaign.String(), "persona"):        {"persona": {id}},
			at(ws, "campaigns", foreignCampaign.String(), "persona"): {"persona": {p.ID.String()}},
		} {
			b.post(path, form).is(http.StatusNotFound)
		}
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestWritesFromAnotherSiteAreRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	q := s.NewPersona(t, ws, "Other")
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
			s.url+at(ws, "personas", q.ID.String(), "default"), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(name, value)
		b.do(request).is(http.StatusForbidden).says("This came from another site")

		// Nor is its form there to be sent again by who is here.
		request, err = http.NewRequestWithContext(t.Context(), http.MethodPost,
			s.url+at(ws, "personas", q.ID.String()), strings.NewReader("version=1&goals=Planted"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set(name, value)
		if page := b.do(request).is(http.StatusForbidden).
			says("This came from another site"); strings.Contains(page.body, "Planted") {
			t.Errorf("what another site sent is on our page:\n%s", page.text())
		}
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestLogsHoldNobodysWordsOrAddress(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Secretworkspace")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas", "new")).submit("Create persona",
		url.Values{"name": {"Secretname"}, "greeting": {"Secretgreeting"}}).is(http.StatusOK)
	b.get(at(ws, "personas", "new")).submit("Create persona", url.Values{"name": {"Secretname"}}).is(http.StatusConflict)
	b.get(at(ws, "personas") + "?q=Secretsearch").is(http.StatusOK)
	b.post("/login", url.Values{"email": {"secret@example.com"}, "password": {"Secretpassword"}}).
		is(http.StatusUnprocessableEntity)
	for _, secret := range []string{"secret", "Secret", "127.0.0.1", "@example.com", password} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, s.log)
		}
	}
}

func TestOversizedAndMalformedBodiesAreRefusedInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Admin)
	before := s.Snapshot(t)
	b.post(at(ws, "personas"), url.Values{"name": {strings.Repeat("x", 1<<20+1)}}).
		is(http.StatusRequestEntityTooLarge).says("too much at once")
	chunked, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+at(ws, "personas"),
		io.MultiReader(strings.NewReader("name="), strings.NewReader(strings.Repeat("x", 1<<20+1))))
	if err != nil {
		t.Fatal(err)
	}
	chunked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.do(chunked).is(http.StatusRequestEntityTooLarge).says("too much at once")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+at(ws, "personas"),
		strings.NewReader("name=%zz"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.do(request).is(http.StatusUnprocessableEntity).says("could not be read", "Nothing was changed")
	same(t, "tables", s.Snapshot(t), before)
}

func TestHeadersKeepOthersScriptsAndFramesOut(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	header := s.client(t).get("/login").is(http.StatusOK).header
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin"} {
		same(t, name, header.Get(name), want)
	}
	if csp := header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") ||
		!strings.Contains(csp, "frame-ancestors 'none'") {
		t.Error(csp)
	}
}

func TestBusyDatabaseIsToldInWordsAndKeepsEverything(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	q := s.NewPersona(t, ws, "Other")
	b := s.as(t, ws.Workspace(), access.Admin)
	tx := s.LockWorkspaces(t)
	start := time.Now()
	answer := b.post(at(ws, "personas", q.ID.String(), "default"), nil).is(http.StatusServiceUnavailable).
		says("Try again in a moment")
	if answer.header.Get("Retry-After") == "" || time.Since(start) > 8*time.Second {
		t.Errorf("Retry-After is %q after %s", answer.header.Get("Retry-After"), time.Since(start))
	}
	// What was typed is there to be sent again, also where the form is fetched anew.
	form := b.get(at(ws, "personas", q.ID.String()))
	busy := form.submit("Save changes", url.Values{"goals": {"Typed for an hour <&>"}}).
		is(http.StatusServiceUnavailable).says("What you typed is kept below", "Goals Typed for an hour <&>")
	same(t, "pages still open", b.get(at(ws, "personas")).status, http.StatusOK)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Default")
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	busy.submit("Try again with what you typed", nil).is(http.StatusOK).says("“Other” was saved")
	same(t, "saved", s.Count(t, `select count(*) from personas where goals = 'Typed for an hour <&>' and version = 2`), 1)

	// Nor are they lost where somebody may only read by now.
	form = b.get(at(ws, "personas", q.ID.String()))
	s.Exec(t, `update members set role = 'member' where user_id = $1`, b.user)
	form.submit("Save changes", url.Values{"goals": {"Typed in vain"}}).is(http.StatusForbidden).
		says("Goals Typed in vain")
}

func TestNobodyOutsideMakesMethodsForLogsAndLabels(t *testing.T) {
	t.Parallel()
	var told []string
	s := newSite(t, func(o *web.Options) {
		o.Observe = func(method, route string, status int, _ time.Duration) {
			told = append(told, fmt.Sprint(method, " ", route, " ", status))
		}
	})
	for _, method := range []string{"ROBERT", http.MethodGet} {
		request, err := http.NewRequestWithContext(t.Context(), method, s.url+"/login", nil)
		if err != nil {
			t.Fatal(err)
		}
		s.client(t).do(request)
	}
	same(t, "requests", told, []string{"other /login 405", "GET /login 200"})
	if strings.Contains(s.log.String(), "ROBERT") {
		t.Errorf("the log holds the method:\n%s", s.log.String())
	}
}

// TestWhatABrowserReadsIsCompressed asks for pages, a file and an error with and without
// compression, and compares what comes.
func TestWhatABrowserReadsIsCompressed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Member)
	for _, path := range []string{at(ws, "settings"), static.Path("app.css"), "/workspaces/" + uuid.NewString() + "/personas"} {
		plain := b.get(path)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept-Encoding", "gzip")
		answer := b.do(request)
		same(t, path+": encoding, status and what it depends on", []string{answer.header.Get("Content-Encoding"),
			strconv.Itoa(answer.status), answer.header.Get("Vary")},
			[]string{"gzip", strconv.Itoa(plain.status), "Accept-Encoding"})
		r, err := gzip.NewReader(strings.NewReader(answer.body))
		if err != nil {
			t.Fatal(path, err)
		}
		body, err := io.ReadAll(r)
		same(t, path+": read", err, nil)
		same(t, path+": length", len(body), len(plain.body))
		if len(answer.body) > len(plain.body)/2 {
			t.Errorf("%s: %d bytes became %d", path, len(plain.body), len(answer.body))
		}
	}
}

func TestWhoLeavesBeforeTheAnswerIsNoFailure(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "First")
	b := s.as(t, ws.Workspace(), access.Admin)
	s.LockWorkspaces(t)
	ctx, leave := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+at(ws, "personas/"+p.ID.String()+"/duplicate"), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", s.url)
	left := make(chan error)
	go func() {
		answer, err := b.client.Do(request)
		if err == nil {
			_ = answer.Body.Close()
		}
		left <- err
	}()
	s.Until(t, 1, `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
	leave()
	if err := <-left; err == nil {
		t.Fatal("it was answered")
	}
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(s.log.String(), "status=499"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(s.log.String())
		}
	}
	s.log.HoldsNone(t, "level=ERROR")
}
