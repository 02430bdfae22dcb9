package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"personae/internal/auth"
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

// drainTime is how long requests under way may take to finish after SIGTERM.
const drainTime = 20 * time.Second

// tryTime is how long one try of a draft or a score may take beside the model.
const tryTime = 10 * time.Second

const demoPassword = "personae-demo"

type serveCommand struct {
	Demo bool `help:"Add demo users and workspaces once. Only on a loopback address: their password is public."`
}

// Run serves until the context ends, then finishes the requests under way.
func (s serveCommand) Run(e *environment) error {
	if s.Demo && !loopback(e.Server.Addr) {
		return fmt.Errorf("--demo makes users with a public password, so it serves only this machine; %s is open to others. Use 127.0.0.1", e.Server.Addr)
	}
	// First of all, so that a taken port is told before anything is started.
	listener, err := (&net.ListenConfig{}).Listen(e, "tcp", e.Server.Addr)
	if err != nil {
		return fmt.Errorf("cannot serve at %s: %w. Choose another address with PERSONAE_SERVER_ADDR", e.Server.Addr, err)
	}
	defer func() { _ = listener.Close() }()
	var measures net.Listener // nil: nobody asks for /metrics
	if e.Server.MetricsAddr != "" {
		if measures, err = (&net.ListenConfig{}).Listen(e, "tcp", e.Server.MetricsAddr); err != nil {
			return fmt.Errorf("cannot serve /metrics at %s: %w. Choose another address with PERSONAE_SERVER_METRICS_ADDR", e.Server.MetricsAddr, err)
		}
		defer func() { _ = measures.Close() }()
	}
	spans, err := tracing.Start(e, e.Tracing.Endpoint, version, e.log)
	if err != nil {
		return err
	}
	defer spans.Stop(e)
	e.log = spans.Logger(e.log)
	passwords, err := auth.NewPasswords()
	if err != nil {
		return err
	}
	at, err := e.store()
	if err != nil {
		return err
	}
	err = e.open(at.owner, func(owner *postgres.DB) error {
		if _, err := e.migrate(owner, at.role); err != nil || !s.Demo {
			return err
		}
		return addDemo(e, owner, passwords)
	})
	if err == nil {
		// From here on under a role that owns nothing.
		err = e.open(at.server, func(db *postgres.DB) error { return s.serve(e, db, passwords, spans, listener, measures) })
	}
	return errors.Join(err, at.stop())
}

func (s serveCommand) serve(e *environment, db *postgres.DB, passwords *auth.Passwords, spans *tracing.Exporter, listener, measures net.Listener) error {
	key, err := sessionKey(e, db)
	if err != nil {
		return err
	}
	var provider *auth.OIDC
	if e.Auth.OIDCIssuer != "" {
		provider = auth.NewOIDC(e.Auth.OIDCIssuer, e.Auth.OIDCClientID, string(e.Auth.OIDCClientSecret))
	}
	drafter := drafting.New(e.LLM)
	sender, err := mail.New(string(e.Mail.SMTPURL), e.Mail.From)
	if err != nil {
		return err
	}
	// The demo's password is public, so whoever uses it reaches nothing here.
	hooks := webhook.New(webhook.Options{AllowPrivate: e.Webhooks.AllowPrivate && !s.Demo})
	metered := metrics.New(db, e.log, version, revision())
	handler, err := web.New(web.Options{DB: db, Passwords: passwords, OIDC: provider, NoPassword: !e.Auth.PasswordLogin, Log: e.log, BaseURL: e.Server.BaseURL, TrustedProxies: e.Server.TrustedProxies, Mail: sender, Drafter: drafter, Key: key,
		Idle: e.Session.IdleTimeout, Absolute: e.Session.AbsoluteTimeout, Observe: metered.Request, Webhooks: hooks, Tracer: spans.Tracer()})
	if err != nil {
		return err
	}
	runner, err := jobs.Start(e, jobs.Options{
		DB: db, Log: e.log, Metrics: metered, Tracer: spans.Tracer(), Try: e.LLM.Timeout + tryTime,
		Score: scoring.New(e.LLM).Score,
		Send:  hooks.Send,
		Draft: func(ctx context.Context, r persona.Resolution, in drafting.Inbound) (drafting.Draft, error) {
			return drafter.Draft(ctx, r, in, nil)
		},
	})
	if err != nil {
		return err
	}
	address := "http://" + listener.Addr().String()
	if e.Server.BaseURL != "" {
		address = e.Server.BaseURL
	}
	if s.Demo {
		fmt.Fprintf(e.out, "\npersonae is ready: %s\nSign in as admin@demo.example with the password %s\n"+
			"(also member@, support@ and root@demo.example). Stop with Ctrl-C.\n\n", address, demoPassword)
	} else {
		fmt.Fprintf(e.out, "personae is ready: %s\n", address)
	}
	server, meter := s.server(e, handler), s.server(e, metered.Handler())
	served, measured := make(chan error, 1), make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if measures != nil {
		e.log.Info("metrics are served", "address", measures.Addr().String())
		go func() { measured <- meter.Serve(measures) }()
	} else {
		measured <- http.ErrServerClosed
	}
	select {
	case err := <-served:
		ctx, cancel := context.WithTimeout(context.WithoutCancel(e), drainTime)
		defer cancel()
		return errors.Join(err, runner.Stop(ctx))
	case <-e.Done():
	}
	handler.Drain()
	e.log.Info("draining")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(e), drainTime)
	defer cancel()
	// The numbers go last: they tell of the draining too. No request adds a job
	// after the pages end, so what the runner leaves is in the database.
	err = errors.Join(server.Shutdown(ctx), handler.Finish(ctx), runner.Stop(ctx), meter.Shutdown(ctx))
	for _, ended := range []chan error{served, measured} {
		if serveErr := <-ended; !errors.Is(serveErr, http.ErrServerClosed) {
			err = errors.Join(err, serveErr)
		}
	}
	return err
}

// server gives an HTTP server whose connections cannot be held open for nothing.
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

// addDemo adds the demo data, unless it is there.
func addDemo(e *environment, db *postgres.DB, passwords *auth.Passwords) error {
	hash, err := passwords.Hash(e, demoPassword)
	if err != nil {
		return err
	}
	added, err := db.AddDemo(e, hash)
	if added {
		e.log.Info("demo data added")
	}
	return err
}

// sessionKey gives the key of the settings, or one that the database keeps.
func sessionKey(e *environment, db *postgres.DB) ([]byte, error) {
	if e.Session.Key != "" {
		return []byte(e.Session.Key), nil
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	return db.Secret(e, "session", fresh)
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
