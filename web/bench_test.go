package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/labstack/echo/v4"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/config"
	"personae/internal/drafting"
	"personae/internal/jobs"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/scoring"
	"personae/internal/testing/dbtest"
	"personae/web"
)

func quiet(o *web.Options) { o.Log = slog.New(slog.DiscardHandler) }

// fill gives a workspace 20 personas, and as many of the rest as it is told:
// leads with two messages each, and events, one in a thousand of which moved the
// default.
func (s *site) fill(b *testing.B, name string, campaigns, leads, events int) (a postgres.Access, ids []uuid.UUID) {
	b.Helper()
	a = s.Workspace(b, name)
	for i := range 20 {
		ids = append(ids, s.NewPersona(b, a, fmt.Sprint("Persona ", i)).ID)
	}
	ws := a.Workspace()
	s.Exec(b, `insert into campaigns (workspace_id, name, persona_id)
		select $1, 'Campaign ' || n, case n % 4 when 0 then $2::uuid when 1 then $3::uuid end
		from generate_series(1, $4) n`, ws, ids[1], ids[2], campaigns)
	s.Exec(b, `insert into leads (workspace_id, external_id, first_name, last_name, email, company)
		select $1, n, 'Liv', 'Strand ' || n, 'liv' || n || '@example.com', 'Strand Shipping'
		from generate_series(1, $2) n`, ws, leads)
	s.Exec(b, `insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at)
		select l.workspace_id, l.id, 'email', l.external_id || '-' || n, repeat('What does it cost? ', 20), now() -
		interval '1 minute' * (l.external_id::int + n)
		from leads l, generate_series(1, 2) n where l.workspace_id = $1`, ws)
	s.Exec(b, `insert into audit_events (workspace_id, rev, actor_id, capacity, action, persona_id, campaign_id, details)
		select $1, r.rev + n, m.user_id, m.role, case when n % 1000 = 0 then 'persona.default_set' else
		'campaign.assigned' end, $2::uuid,
			case when n % 1000 > 0 then c.id end, jsonb_build_object('from', $3::text, 'to', $2::text)
		from workspace_revisions r join members m using (workspace_id), (select id from campaigns
		where workspace_id = $1 limit 1) c, generate_series(1, $4) n
		where r.workspace_id = $1`, ws, ids[1], ids[0], events)
	s.Exec(b, `update workspace_revisions set rev = rev + $2 where workspace_id = $1`, ws, events)
	return a, ids
}

// BenchmarkRequests asks the whole server, as eight people or programs at once do: what stands in
// the table of docs/performance.md. The baseline is its unit: Echo, one query for a session, one for
// 20 personas, and the bytes of the list of personas ready made.
func BenchmarkRequests(b *testing.B) {
	s := newSite(b, quiet)
	usual, personas := s.fill(b, "Harbor", 50, 50, 60)
	switched, candidates := s.fill(b, "Switched", 50, 50, 60)
	long, _ := s.fill(b, "Years", 50, 50, 3_000)
	large, _ := s.fill(b, "Northwind", 1_000, 10_000, 100_000)
	for n := range 1_500 {
		if _, err := s.SetDefault(b.Context(), switched, candidates[n%len(candidates)]); err != nil {
			b.Fatal(err)
		}
	}
	s.Exec(b, `insert into workspaces (name) select 'Workspace ' || n from generate_series(1, 10000) n`)
	s.Exec(b, `vacuum analyze`)
	few, everything := s.signIn(b, access.NewUser{}), s.signIn(b, access.NewUser{Superadmin: true})
	for _, a := range []postgres.Access{usual, switched, long, large} {
		s.Member(b, a.Workspace(), few.user, access.Admin)
	}
	unit := s.unit(b, few, at(usual, "personas"))
	person := func(name string, who *client, path string) {
		b.Run(name, func(b *testing.B) { s.compare(b, unit, http.MethodGet, "Cookie", who.sessionCookie().String(), path) })
	}
	program := func(name, method, scope, path string, more ...string) {
		token := "Bearer " + s.token(b, usual, scope)
		b.Run(name, func(b *testing.B) { s.compare(b, unit, method, "Authorization", token, append(more, path)...) })
	}
	person("list", few, at(usual, "personas"))
	person("list-after-1500-switches", few, at(switched, "personas"))
	person("settings", few, at(usual, "settings"))
	person("members", few, at(usual, "members"))
	person("health", few, at(usual, "health"))
	person("campaigns", few, at(usual, "campaigns"))
	person("leads", few, at(usual, "leads"))
	person("activity-60", few, at(usual, "activity"))
	person("activity-3000", few, at(long, "activity"))
	person("activity-100000", few, at(large, "activity"))
	person("activity-100000-filtered", few, at(large, "activity?action=default"))
	person("health-100000", few, at(large, "health"))
	person("campaigns-1000-searched", few, at(large, "campaigns?q=campaign+99"))
	person("leads-10000-searched", few, at(large, "leads?q=strand+99"))
	person("workspaces-10000", everything, "/workspaces?q=r")
	person("workspaces-10000-searched", everything, "/workspaces?q=pace+999")
	program("resolve", http.MethodGet, "read", api(usual, "resolve"))
	var others []string
	for _, id := range personas {
		others = append(others, api(usual, "personas", id.String(), "default"))
	}
	program("switch", http.MethodPost, "write", others[0], others[1:]...)
}

// BenchmarkNeighbour asks for a page of a workspace, and signs somebody in at the full cost of
// a password, alone and while 24 readers loop over the pages of another workspace of 500
// personas and 20 programs load files there. x-alone is how many times as long half of the
// requests take then, at most.
func BenchmarkNeighbour(b *testing.B) {
	passwords, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		b.Fatal(err)
	}
	s := newSite(b, quiet, func(o *web.Options) { o.Passwords = passwords })
	if s.hash, err = passwords.Hash(b.Context(), password); err != nil {
		b.Fatal(err)
	}
	mine, _ := s.fill(b, "Harbor", 50, 50, 200)
	theirs, _ := s.fill(b, "Northwind", 500, 1_000, 10_000)
	s.Exec(b, `insert into personas (workspace_id, name, tone, greeting)
		select $1, 'Extra ' || n, 'formal', repeat('Hello', 60) from generate_series(1, 480) n`, theirs.Workspace())
	s.Exec(b, `vacuum analyze`)
	me, they := s.signIn(b, access.NewUser{}), s.signIn(b, access.NewUser{})
	s.Member(b, mine.Workspace(), me.user, access.Admin)
	s.Member(b, theirs.Workspace(), they.user, access.Admin)
	typed := url.Values{"email": {emailOf(b, s, me.user)}, "password": {password}}.Encode()
	for name, ask := range map[string]func() int{
		"page": func() int { return s.status(b, "GET", at(mine, "personas"), "", "Cookie", me.sessionCookie().String()) },
		"sign-in": func() int {
			return s.status(b, "POST", "/login", typed, "Content-Type", "application/x-www-form-urlencoded", "Origin", s.url)
		},
	} {
		b.Run(name, func(b *testing.B) {
			median := func() time.Duration {
				took := make([]time.Duration, b.N)
				for i := range took {
					begun := time.Now()
					if status := ask(); status >= 400 {
						b.Errorf("status %d", status)
					}
					took[i] = time.Since(begun)
				}
				slices.Sort(took)
				return took[b.N/2]
			}
			alone := median()
			end := s.attack(b, theirs, they.sessionCookie().String(), "Bearer "+s.token(b, theirs, "write"))
			b.ReportMetric(float64(median())/float64(alone), "x-alone")
			end()
			b.ReportMetric(float64(alone.Microseconds())/1000, "ms-alone")
		})
	}
}

// attack keeps 24 readers and 20 loaders of files busy in a workspace, until the function that
// it returns is called.
func (s *site) attack(b *testing.B, a postgres.Access, session, token string) (end func()) {
	b.Helper()
	file := `{"personas": [` + strings.Repeat(`{"name": ""},`, 400) + `{"name": ""}]}`
	var stop atomic.Bool
	var all sync.WaitGroup
	for n := range 44 {
		all.Go(func() {
			for !stop.Load() {
				if n < 24 {
					s.status(b, "GET", at(a, []string{"personas", "activity"}[n%2]), "", "Cookie", session)
				} else {
					s.status(b, "POST", api(a, "personas/load"), file, "Authorization", token, "Content-Type", "application/json")
				}
			}
		})
	}
	return func() {
		stop.Store(true)
		all.Wait()
	}
}

// status sends a request with headers, each a name and what it is, and returns the answer's status.
func (s *site) status(b *testing.B, method, path, body string, headers ...string) int {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		b.Error(err)
		return 0
	}
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	answer, err := manyClients.RoundTrip(request)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

var manyClients = &http.Transport{MaxIdleConnsPerHost: 64}

// unit serves the unit: a page that somebody sees, ready made.
func (s *site) unit(b *testing.B, who *client, path string) string {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, s.url+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	request.AddCookie(who.sessionCookie())
	page, err := read(manyClients, request, http.StatusOK)
	if err != nil {
		b.Fatal(err)
	}
	bare := s.bare(page)
	b.Cleanup(bare.Close)
	return bare.URL
}

// compare measures requests, each for the next of the paths, beside the unit. The header says who asks.
func (s *site) compare(b *testing.B, unit, method, header, value string, paths ...string) {
	b.Helper()
	bare := func(int, int) error { return ask(b, http.MethodGet, unit) }
	act := func(_, call int) error { return ask(b, method, s.url+paths[call%len(paths)], header, value) }
	if b.N == 1 { // the first time: each connection has its statements planned
		dbtest.Clients(b, 0, 200, 8, bare)
		dbtest.Clients(b, 0, 200, 8, act)
	}
	dbtest.Compare(b, 8, "unit", bare, act)
}

// ask sends a request as a browser of today does, with headers, each a name and what it is, and fails
// for any answer but 200.
func ask(b *testing.B, method, url string, headers ...string) error {
	request, err := http.NewRequestWithContext(b.Context(), method, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd") // to unpack it would be the browser's work
	for pair := range slices.Chunk(headers, 2) {
		request.Header.Set(pair[0], pair[1])
	}
	_, err = read(manyClients, request, http.StatusOK)
	return err
}

// bare is a server that looks up a session and reads 20 personas, and answers with a page
// that was made before.
func (s *site) bare(page []byte) *httptest.Server {
	e := echo.New()
	e.GET("/*", func(c echo.Context) error {
		var user uuid.UUID
		ctx := c.Request().Context()
		if err := s.ServerSQL.QueryRow(ctx, `select user_id from sessions where expires_at > now() limit 1`).Scan(&user); err != nil {
			return err
		}
		rows, err := s.ServerSQL.Query(ctx, `select id, name, coalesce(greeting, ''), version from personas limit 20`)
		if err != nil {
			return err
		}
		var p persona.Persona
		if _, err := pgx.ForEachRow(rows, []any{&p.ID, &p.Name, &p.Greeting, &p.Version}, func() error { return nil }); err != nil {
			return err
		}
		return c.HTMLBlob(http.StatusOK, page)
	})
	return httptest.NewServer(e)
}

func read(transport *http.Transport, request *http.Request, status int) ([]byte, error) {
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != status {
		err = fmt.Errorf("%s: status %d: %s", request.URL.Path, answer.StatusCode, body)
	}
	return body, err
}

func compose(_ context.Context, r persona.Resolution, to persona.Recipient, message string) (drafting.Reply, error) {
	return drafting.Compose(r, to, message), nil
}

// BenchmarkDrafts takes messages at the webhook, from eight senders at once, until
// each has its draft, which no model writes. The baseline is the unit.
func BenchmarkDrafts(b *testing.B) {
	work := jobs.Options{Log: slog.New(slog.DiscardHandler), Draft: compose, Score: scoring.New(config.LLM{}).Score,
		AtOnce: true, Try: time.Minute}
	s := newSite(b, quiet, func(o *web.Options) {
		work.DB = o.DB
		o.Receive = work.Receive
	})
	a, _ := s.fill(b, "Harbor", 50, 0, 0)
	unit := s.unit(b, s.as(b, a.Workspace(), access.Admin), at(a, "personas"))
	secret := "whsec_" + strings.Repeat("s", 40)
	if err := s.MakeInboundSecret(b.Context(), a, secret); err != nil {
		b.Fatal(err)
	}
	running, err := jobs.Start(b.Context(), work)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := running.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	transport := &http.Transport{MaxIdleConnsPerHost: 8}
	b.Cleanup(transport.CloseIdleConnections)
	send := func(int, int) error {
		id := uuid.NewString()
		body := fmt.Sprintf(`{"externalId": %q, "channel": "email", "body": "What does it cost?", "sentAt": %q, "lead": {"externalId": %q, "firstName": "Liv"}}`,
			id, time.Now().Format(time.RFC3339), id)
		request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, s.url+"/hooks/"+
			a.Workspace().String()+"/messages", strings.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("X-Personae-Signature", sign(secret, body))
		_, err = read(transport, request, http.StatusAccepted)
		return err
	}
	// As in a workspace that is in use: PostgreSQL has counted what is there, and who sends alone has all processors.
	dbtest.Clients(b, 0, 300, 8, send)
	s.Exec(b, `analyze`)
	for begun := time.Now(); time.Since(begun) < web.AloneAfter; {
		dbtest.Clients(b, 0, 100, 8, send)
	}
	b.ResetTimer()
	took := dbtest.Measure(func() {
		dbtest.Clients(b, 0, b.N, 8, send)
		for s.Count(b, `select count(*) from drafts where state = 'making'`) > 0 {
			time.Sleep(5 * time.Millisecond)
		}
	})
	b.StopTimer()
	if waiting := s.Count(b, `select count(*) from drafts where state <> 'waiting'`); waiting > 0 {
		b.Errorf("%d drafts were not made", waiting)
	}
	dbtest.Report(b, "unit", took, dbtest.Clients(b, 0, b.N, 8, func(int, int) error { return ask(b, http.MethodGet, unit) }))
}
