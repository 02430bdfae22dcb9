// Package web is the HTTP face of personae: routes, access, forms and pages.
// There is no SQL here, and no decision that the database does not make again.
package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"personae/internal/auth"
	"personae/internal/drafting"
	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/mail"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/tracing"
	"personae/internal/webhook"
	"personae/static"
	"personae/web/api"
	"personae/web/problem"
)

// Options is what a Server needs.
type Options struct {
	DB             *postgres.DB
	Passwords      *auth.Passwords
	OIDC           *auth.OIDC // nil: no single sign-on
	NoPassword     bool       // nobody signs in with a password
	Log            *slog.Logger
	BaseURL        string            // empty: where the browser says it is
	TrustedProxies []netip.Prefix    // whose X-Forwarded headers are believed
	Mail           mail.Sender       // not configured: links are only shown, or printed by the command line
	Drafter        *drafting.Drafter // its model writes previews; nil, or without one: the composer does
	Key            []byte            // signs cookies; at least 32 bytes
	Zone           *time.Location    // of whoever said none and whose browser says none; nil: UTC
	SetupCode      string            // by which the first person is made; empty: by nobody
	Webhooks       *webhook.Sender
	// Receive takes a message in; nil: DB.Receive does, and leaves its draft to a job.
	Receive  func(context.Context, postgres.Inbox, lead.Inbound) (lead.Received, error)
	Idle     time.Duration // a session unused for so long is over
	Absolute time.Duration // a session this old is over
	// Observe is told of each request when it is done; nil: nobody is. The method
	// is one of routes or "other", the route the table's, empty where none is
	// asked for.
	Observe func(method, route string, status int, took time.Duration)
	Tracer  trace.Tracer // nil: requests make no spans
}

// Server answers requests. Make one with New.
type Server struct {
	Options
	http      http.Handler
	router    *echo.Echo
	path      string            // below which all is served; empty: the root
	links     *strings.Replacer // what puts path before a page's links
	sessions  *sessionStore
	receipts  *securecookie.SecureCookie
	devices   *securecookie.SecureCookie
	keptForms *securecookie.SecureCookie
	attempts  *securecookie.SecureCookie
	sealer    *securecookie.SecureCookie
	shown     map[string]string // the page that holds the form of each POST
	turns     *api.Turns        // that a model writes
	shares    *shares
	api       *api.API
	document  func() (apiDocument, error)
	draining  atomic.Bool
	probed    atomic.Int64   // when /readyz was last asked for, in seconds since 1970
	isSetUp   atomic.Bool    // there is somebody
	sending   sync.WaitGroup // mails under way, and tries being noted
	tries     chan struct{}  // room for those
}

// New returns a Server, or an error when a route has no rule about who may use it.
func New(o Options) (*Server, error) {
	s := &Server{Options: o, turns: api.NewTurns(o.DB), tries: make(chan struct{}, triesNoted),
		shares: newShares(o.DB.Share())}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	var err error
	if s.path, err = basePath(o.BaseURL); err != nil {
		return nil, err
	}
	s.links = links(s.path)
	if s.Receive == nil {
		s.Receive = s.DB.Receive
	}
	s.api = api.New(api.API{DB: o.DB, Drafter: o.Drafter, Turns: s.turns, Log: o.Log})
	s.document = sync.OnceValues(s.makeDocument)
	s.sessions = newSessionStore(o.DB, o.Key, o.Absolute, s.cookie("personae_session", "", int(o.Idle.Seconds())))
	s.devices = securecookie.New(o.Key, nil).MaxAge(int(deviceAge.Seconds())).SetSerializer(securecookie.JSONEncoder{})
	s.keptForms = securecookie.New(o.Key, nil).MaxAge(24 * 60 * 60).MaxLength(0)
	if s.receipts, err = newSealed(o.Key, "receipt", secretAge); err != nil {
		return nil, err
	}
	if s.attempts, err = newSealed(o.Key, "sign-in attempt", attemptAge); err != nil {
		return nil, err
	}
	if s.sealer, err = newSealed(o.Key, "second factor", attemptAge); err != nil {
		return nil, err
	}
	s.sealer.MaxLength(0) // in a form, not in a cookie
	e := echo.New()
	e.HTTPErrorHandler = s.handleError
	e.IPExtractor, e.SchemeExtractor = forwarding(o.TrustedProxies)
	ownHost, err := s.ownHost()
	if err != nil {
		return nil, err
	}
	e.Use(s.logRequest,
		middleware.RecoverWithConfig(middleware.RecoverConfig{DisableErrorHandler: false, LogErrorFunc: s.logPanic}),
		s.headers, ownHost, bodyLimit(), timeout, s.mayLag, s.onlySetup, s.sameOrigin())
	if s.shown, err = formPages(s.routes()); err != nil {
		return nil, err
	}
	for _, r := range s.routes() {
		guarded, err := s.guard(r)
		if err != nil {
			return nil, err
		}
		e.Add(r.method, r.path, guarded)
		if r.method == http.MethodGet {
			e.HEAD(r.path, guarded) // net/http leaves the body out
		}
	}
	e.GET(static.Prefix+"*", echo.WrapHandler(static.Handler()))
	// At level 3 a page is 5 to 10% larger than at the usual 6, and takes a fifth of the time.
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(3))
	if err != nil {
		return nil, err
	}
	s.router = e
	s.http = compress(s.below(e))
	return s, nil
}

// bodyLimit limits what a request may hold. The sign-in page also carries a form that
// came signed out, which signing made longer by seven ninths.
func bodyLimit() echo.MiddlewareFunc {
	usual, login := middleware.BodyLimit("1M"), middleware.BodyLimit("2M")
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		usual, login := usual(next), login(next)
		return func(c echo.Context) error {
			switch {
			case c.Request().Context().Value(keptKey) != nil:
				return next(c) // it came through both
			case c.Path() == "/login", c.Path() == "/login/oidc":
				return login(c)
			}
			return usual(c)
		}
	}
}

// requestTime is how long a request may wait for the database.
const requestTime = api.RequestTime

// timeout ends what a request waits for when its time is over. A model has a
// limit of its own, so who waits for one does so with the call's patience, which
// ends only when whoever asked is gone.
func timeout(next echo.HandlerFunc) echo.HandlerFunc {
	limited := middleware.ContextTimeout(requestTime)(next)
	return func(c echo.Context) error {
		c.Set(patienceKey, c.Request().Context())
		return limited(c)
	}
}

const patienceKey = "patience"

func (c *call) patience() context.Context {
	ctx, ok := c.Get(patienceKey).(context.Context)
	if !ok {
		return c.ctx()
	}
	return ctx
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.http.ServeHTTP(w, r) }

// Finish waits until the mails under way are sent, or ctx ends.
func (s *Server) Finish(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.sending.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("mails are still under way: %w", ctx.Err())
	}
}

// send sends a mail after the request is answered, so that the answer takes no
// longer for an address that we know.
func (s *Server) send(c *call, to string, subject, text i18n.Text) {
	asking := i18n.Of(c.ctx())
	s.later(c, func(ctx context.Context) error { return s.mail(ctx, to, asking, subject, text) })
}

// mail sends a mail in the language of whose address it is, or else, where nobody has an
// account with it, of whoever asked for the mail.
func (s *Server) mail(ctx context.Context, to string, asking i18n.Language, subject, text i18n.Text) error {
	chosen, err := s.DB.LanguageOf(ctx, to)
	switch {
	case err == nil:
		ctx = i18n.With(ctx, i18n.Match(chosen, ""))
	case errors.Is(err, persona.ErrNotFound):
		ctx = i18n.With(ctx, asking)
	default:
		return err
	}
	return s.Mail.Send(ctx, to, subject.In(ctx), text.In(ctx))
}

// later does what ends in a mail after the request is answered. do outlives the call.
func (s *Server) later(c *call, do func(context.Context) error) {
	id := requestID(c)
	s.sending.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), mailTime)
		defer cancel()
		if err := do(ctx); err != nil {
			s.Log.Error("a mail could not be sent", "requestId", id, "error", err)
		}
	})
}

// mailTime is how long making and sending one mail may take.
const mailTime = 15 * time.Second

// Drain makes /readyz say that no new requests should come. It reports whether somebody
// asks for it, and so will hear that.
func (s *Server) Drain() (heard bool) {
	s.draining.Store(true)
	return time.Since(time.Unix(s.probed.Load(), 0)) < time.Minute
}

func (s *Server) https() bool { return strings.HasPrefix(s.BaseURL, "https://") }

// logRequest gives the request an id, and logs one line when it is done: no address,
// no query and nobody's words.
func (s *Server) logRequest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var raw [8]byte
		if _, err := rand.Read(raw[:]); err != nil {
			return err
		}
		id := hex.EncodeToString(raw[:])
		c.Set(requestIDKey, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		var trips atomic.Int64
		ctx := postgres.CountTrips(c.Request().Context(), &trips)
		method := c.Request().Method
		if !slices.Contains(methods, method) {
			method = "other"
		}
		minor := strings.HasPrefix(c.Path(), static.Prefix) || strings.HasSuffix(c.Path(), "z")
		end := func(int, bool) {}
		if s.Tracer != nil && !minor {
			ctx, end = s.trace(ctx, c, method, id)
		}
		c.SetRequest(c.Request().WithContext(ctx))
		start := time.Now()
		err := next(c)
		broken := err != nil && c.Response().Committed
		if err != nil {
			c.Error(err)
		}
		took := time.Since(start)
		if s.Observe != nil {
			s.Observe(method, c.Path(), c.Response().Status, took)
		}
		level := slog.LevelInfo
		if minor {
			level = slog.LevelDebug
		}
		s.Log.Log(c.Request().Context(), level, "request", "requestId", id, "method", method, "route", c.Path(),
			"workspaceId", workspaceID(c), "status", c.Response().Status, "bytes", c.Response().Size,
			"ms", float64(took.Microseconds())/1000, "dbTrips", trips.Load())
		end(c.Response().Status, broken)
		if broken {
			panic(http.ErrAbortHandler) // a file that ends early must not look whole
		}
		return nil
	}
}

// workspaceID returns the id in the request's path. What is no id may be anybody's
// address or words, and stays out of the log.
func workspaceID(c echo.Context) string {
	id, err := parseID(c.Param("ws"))
	if err != nil {
		return ""
	}
	return id.String()
}

// methods are those that routes have; whatever else somebody sends is one more,
// so that nobody outside can put words into logs and labels.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete, http.MethodOptions}

// trace begins the span of a request; end ends it. It belongs to a trace from
// outside only where a proxy that we trust says so: else anybody could add to a
// trace, or keep a request out of it.
func (s *Server) trace(ctx context.Context, c echo.Context, method, id string) (
	_ context.Context, end func(status int, broken bool),
) {
	if s.trusts(c.Request()) {
		ctx = tracing.Under(ctx, c.Request().Header.Get("traceparent"))
	}
	ctx, span := s.Tracer.Start(ctx, strings.TrimSpace(method+" "+c.Path()),
		trace.WithSpanKind(trace.SpanKindServer),
		trace.WithAttributes(semconv.HTTPRequestMethodKey.String(method), semconv.HTTPRoute(c.Path()),
			attribute.String("personae.request.id", id)))
	return ctx, func(status int, broken bool) {
		span.SetAttributes(semconv.HTTPResponseStatusCode(status))
		if status >= 500 {
			tracing.Fail(span, strconv.Itoa(status))
		} else if broken {
			tracing.Fail(span, "broken off")
		}
		span.End()
	}
}

const requestIDKey = "requestID"

func requestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}

func (s *Server) logPanic(_ echo.Context, err error, stack []byte) error {
	return fmt.Errorf("panic: %w\n%s", err, stack)
}

// contentPolicy lets pages use nothing but our own files, and send forms only
// to formAction.
func contentPolicy(formAction string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action " + formAction + "; base-uri 'none'; frame-ancestors 'none'"
}

// headers are what every answer carries against being framed, sniffed, kept or
// made to run somebody else's script.
func (s *Server) headers(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", contentPolicy("'self'"))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if s.https() {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		return next(c)
	}
}

// sameOrigin refuses a write that another site's page sent. Browsers say where
// a write comes from; a program that says nothing carries no cookie that it did
// not get itself.
func (s *Server) sameOrigin() echo.MiddlewareFunc {
	guard := http.NewCrossOriginProtection()
	if s.BaseURL != "" {
		// Behind a proxy the Host header may be another.
		if err := guard.AddTrustedOrigin(s.origin()); err != nil {
			s.Log.Error("base_url is no origin", "error", err)
		}
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := guard.Check(c.Request()); err != nil {
				return fmt.Errorf("%w: %w", problem.ErrForeignOrigin, err)
			}
			return next(c)
		}
	}
}

// live says that the process answers.
func (s *Server) live(c *call) error { return c.String(http.StatusOK, "alive\n") }

// ready reports whether requests should be sent here.
func (s *Server) ready(c *call) error {
	s.probed.Store(time.Now().Unix())
	if s.draining.Load() {
		return c.String(http.StatusServiceUnavailable, "draining\n")
	}
	err := s.DB.Ping(c.ctx())
	switch gone := c.Request().Context().Err(); {
	case err == nil:
		return c.String(http.StatusOK, "ready\n")
	case errors.Is(gone, context.Canceled):
		return gone // who asked left, which says nothing of the database
	}
	s.Log.ErrorContext(c.Request().Context(), "the database does not answer", "requestId", requestID(c), "error", err)
	return c.String(http.StatusServiceUnavailable, "the database does not answer\n")
}
