package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"personae/internal/auth"
	"personae/internal/config"
	"personae/internal/drafting"
	"personae/internal/jobs"
	"personae/internal/mail"
	"personae/internal/metrics"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/scoring"
	"personae/internal/tracing"
	"personae/internal/webhook"
	"personae/web"
)

const (
	// drainTime is how long requests under way may take to finish after SIGTERM.
	drainTime = 20 * time.Second
	// noticeTime is how long a balancer that asks for /readyz has to learn that it should
	// send requests elsewhere, before none is taken any more.
	noticeTime = 5 * time.Second
)

// tryTime is how long one try of a draft or a score may take besides the model.
const tryTime = 10 * time.Second

const demoPassword = "personae-demo"

type serveCommand struct {
	Demo bool `help:"Add demo users and workspaces once. Only on a loopback address: their password is public."`
}

// Run serves until the context ends, then finishes the requests under way.
func (s serveCommand) Run(e *environment) error {
	if s.Demo {
		if err := onlyHere(e.Server); err != nil {
			return err
		}
	}
	// First of all, so that a port that is taken is reported before anything is started.
	at, err := listen(e)
	if err != nil {
		return err
	}
	defer at.close()
	front := &entrance{opened: make(chan struct{})}
	server := s.server(e, front)
	defer func() { _ = server.Close() }()
	served := make(chan error, 1)
	go func() { served <- server.Serve(at.pages) }()
	spans, err := tracing.Start(e, e.Tracing.Endpoint, version, e.log)
	if err != nil {
		return err
	}
	defer spans.Stop(e)
	e.log = spans.Logger(e.log)
	passwords, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		return err
	}
	store, err := e.newStore()
	if err != nil {
		return err
	}
	err = e.open(store.owner, func(owner *postgres.DB) error {
		if _, err := e.migrate(owner, store); err != nil || !s.Demo {
			return err
		}
		return addDemo(e, owner, passwords)
	})
	if err == nil {
		// From here on under a role that owns nothing.
		err = e.open(store.server, func(db *postgres.DB) error {
			c, err := s.start(e, db, passwords, spans)
			if err != nil {
				return err
			}
			front.open(c.pages)
			return s.serve(e, c, at, server, served)
		})
	}
	return errors.Join(err, store.stop())
}

// listeners are where the console and, if anybody may ask for them, its numbers
// are served.
type listeners struct {
	pages   net.Listener
	metrics net.Listener // nil: nobody asks for /metrics
}

func listen(e *environment) (listeners, error) {
	pages, err := (&net.ListenConfig{}).Listen(e, "tcp", e.Server.Addr)
	if err != nil {
		return listeners{}, fmt.Errorf("cannot serve at %s: %w. Choose another address with PERSONAE_SERVER_ADDR",
			e.Server.Addr, err)
	}
	at := listeners{pages: pages}
	if e.Server.MetricsAddr == "" {
		return at, nil
	}
	if at.metrics, err = (&net.ListenConfig{}).Listen(e, "tcp", e.Server.MetricsAddr); err != nil {
		at.close()
		return listeners{}, fmt.Errorf(
			"cannot serve /metrics at %s: %w. Choose another address with PERSONAE_SERVER_METRICS_ADDR",
			e.Server.MetricsAddr, err)
	}
	return at, nil
}

func (l listeners) close() {
	_ = l.pages.Close()
	if l.metrics != nil {
		_ = l.metrics.Close()
	}
}

// console is what serve runs: the pages, the jobs and the numbers of both.
type console struct {
	pages  *web.Server
	jobs   *jobs.Runner
	meters *metrics.Metrics
	setup  string // the code by which the first person is made; empty: there is somebody
}

// serve is at work until the context ends or server does, which served tells, and then
// finishes what is under way.
func (s serveCommand) serve(e *environment, c console, at listeners, server *http.Server, served chan error) error {
	s.announce(e, at)
	if c.setup != "" {
		fmt.Fprintf(e.out, "Nobody can sign in yet. Open %s/setup and enter the code %s\n", s.address(e, at), c.setup)
	}
	meter, measured := s.server(e, c.meters.Handler(e.Server.Profiles)), make(chan error, 1)
	if at.metrics != nil {
		e.log.Info("metrics are served", "address", at.metrics.Addr().String())
		go func() { measured <- meter.Serve(at.metrics) }()
	} else {
		measured <- http.ErrServerClosed
	}
	select {
	case err := <-served:
		ctx, cancel := context.WithTimeout(context.WithoutCancel(e), drainTime)
		defer cancel()
		return errors.Join(err, c.jobs.Stop(ctx))
	case <-e.Done():
	}
	e.log.Info("draining")
	if c.pages.Drain() {
		server.SetKeepAlivesEnabled(false)
		time.Sleep(noticeTime)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e), drainTime)
	defer cancel()
	// The numbers go last: they count the draining too. No request adds a job
	// after the pages end, so what the runner leaves is in the database.
	err := errors.Join(server.Shutdown(ctx), c.pages.Finish(ctx), c.jobs.Stop(ctx), meter.Shutdown(ctx))
	for _, ended := range []chan error{served, measured} {
		if serveErr := <-ended; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
	}
	return err
}

// start puts the console together and starts its jobs.
func (s serveCommand) start(
	e *environment, db *postgres.DB, passwords *auth.Passwords, spans *tracing.Exporter,
) (console, error) {
	key, err := sessionKey(e, db)
	if err != nil {
		return console{}, err
	}
	if err := checkSecrets(e, db); err != nil {
		return console{}, err
	}
	var provider *auth.OIDC
	if e.Auth.OIDCIssuer != "" {
		provider = auth.NewOIDC(e.Auth.OIDCIssuer, e.Auth.OIDCClientID, string(e.Auth.OIDCClientSecret),
			e.Auth.OIDCTrustUnverifiedEmail)
	}
	drafter := drafting.New(e.LLM)
	mailer, err := mail.New(string(e.Mail.SMTPURL), e.Mail.From)
	if err != nil {
		return console{}, err
	}
	// The demo's password is public, so whoever uses it reaches nothing here.
	webhooks := webhook.New(webhook.Options{AllowPrivate: e.Webhooks.AllowPrivate && !s.Demo})
	setup, err := setupCode(e, db)
	if err != nil {
		return console{}, err
	}
	meters := metrics.New(db, e.log, version, revision())
	work := jobs.Options{
		DB: db, Log: e.log, Metrics: meters, Tracer: spans.Tracer(), Try: e.LLM.Timeout + tryTime, Months: e.History.KeepMonths,
		Score: scoring.New(e.LLM).Score,
		Send:  webhooks.Send, BaseURL: e.Server.BaseURL, Mail: mailer,
		Draft: func(ctx context.Context, r persona.Resolution, to persona.Recipient, message string) (drafting.Reply, error) {
			return drafter.Draft(ctx, r, to, message, nil)
		},
		AtOnce: !drafter.Model(),
	}
	pages, err := web.New(web.Options{
		DB: db, Key: key, Passwords: passwords, OIDC: provider, NoPassword: !e.Auth.PasswordLogin,
		BaseURL: e.Server.BaseURL, TrustedProxies: e.Server.TrustedProxies,
		Idle: e.Session.IdleTimeout, Absolute: e.Session.AbsoluteTimeout,
		Mail: mailer, Drafter: drafter, Webhooks: webhooks, Receive: work.Receive, SetupCode: setup, Zone: time.Local,
		Log: e.log, Observe: meters.Request, Tracer: spans.Tracer(),
	})
	if err != nil {
		return console{}, err
	}
	runner, err := jobs.Start(e, work)
	return console{pages, runner, meters, setup}, err
}

// address returns where people reach the console.
func (serveCommand) address(e *environment, at listeners) string {
	if e.Server.BaseURL != "" {
		return e.Server.BaseURL
	}
	return "http://" + at.pages.Addr().String()
}

// setupCode returns the code by which the first person is made, which all who serve on
// this database share; empty, where there is somebody.
func setupCode(e *environment, db *postgres.DB) (string, error) {
	if there, err := db.Anybody(e); there || err != nil {
		return "", err
	}
	code, err := db.Secret(e, "setup", []byte(rand.Text()))
	return string(code), err
}

// announce prints where the console is, and for the demo how to sign in.
func (s serveCommand) announce(e *environment, at listeners) {
	address := s.address(e, at)
	if !s.Demo {
		fmt.Fprintf(e.out, "personae is ready: %s\n", address)
		return
	}
	fmt.Fprintf(e.out, "\npersonae is ready: %s\nSign in as admin@demo.example with the password %s\n"+
		"(also member@, support@ and root@demo.example). Stop with Ctrl-C.\n\n", address, demoPassword)
}

// server returns an HTTP server whose connections cannot be held open for nothing.
func (serveCommand) server(e *environment, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(e.log.Handler(), slog.LevelDebug),
	}
}

// onlyHere fails unless the console that s describes is open to this machine alone.
func onlyHere(s config.Server) error {
	if !loopback(s.Addr) {
		return fmt.Errorf("--demo makes users with a public password, so it serves only this machine; "+
			"%s is open to others. Use 127.0.0.1", s.Addr)
	}
	const behind = "--demo makes users with a public password, so it serves only this machine; [server] %s says that " +
		"others come in through a proxy. Leave it empty, or start without --demo"
	base, err := url.Parse(s.BaseURL)
	if err != nil || s.BaseURL != "" && !loopback(net.JoinHostPort(base.Hostname(), "0")) {
		return fmt.Errorf(behind, "base_url")
	}
	if len(s.TrustedProxies) > 0 {
		return fmt.Errorf(behind, "trusted_proxies")
	}
	return nil
}

// addDemo adds the demo data, unless it is there.
func addDemo(e *environment, db *postgres.DB, passwords *auth.Passwords) error {
	hash, err := passwords.Hash(e, demoPassword)
	if err != nil {
		return err
	}
	added, err := db.AddDemo(e, hash)
	if errors.Is(err, postgres.ErrNotEmpty) {
		return errors.New("--demo adds a superadmin whose password everybody can read, so it is added only to a " +
			"database without people, and this one has some. Nothing was added. Start without --demo, or with " +
			"another database or data folder")
	}
	if added {
		e.log.Info("demo data added")
	}
	return err
}

// sessionKey returns the key of the settings, or one that the database keeps.
func sessionKey(e *environment, db *postgres.DB) ([]byte, error) {
	if keys := e.Session.Keys(); len(keys) > 0 {
		return []byte(keys[0]), nil
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	return db.Secret(e, "session", fresh)
}

// loopback reports whether only this machine can reach addr.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
