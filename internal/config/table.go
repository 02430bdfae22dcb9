package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

type setting struct {
	section, key, fallback string
	set                    func(string) error
	// show is how Explain shows the value. Where it is nil the value is shown
	// as it is and an error may quote it too; otherwise no error does, since a
	// value that is malformed can't be masked reliably.
	show func(string) string
	help string
}

// table describes every key, once: loading, the environment, Explain, Example
// and suggestions all come from it. Its setters write into c.
func table(c *Config) []setting { return slices.Concat(ours(c), others(c)) }

// ours is what says how personae itself runs.
func ours(c *Config) []setting {
	return []setting{
		{"server", "addr", "127.0.0.1:8080", into(&c.Server.Addr, hostPort), nil,
			"Where the console listens, as host:port."},
		{"server", "base_url", "", into(&c.Server.BaseURL, optional(baseURL)), asWritten,
			"The address people use, such as https://personae.example; all is served below its path; empty: taken from the request."},
		{"server", "trusted_proxies", "", into(&c.Server.TrustedProxies, prefixes), nil,
			"IP addresses and CIDR ranges, separated by commas, whose X-Forwarded headers are believed."},
		{"server", "metrics_addr", "", into(&c.Server.MetricsAddr, optional(hostPort)), nil,
			"Where /metrics listens, as host:port; empty: nowhere."},
		{"server", "profiles", "false", into(&c.Server.Profiles, trueFalse), nil,
			"Whether Go’s profiles are served there too, under /debug/pprof/, true or false."},

		{"database", "url", "", into(&c.Database.URL, postgresURL), withoutPassword,
			"The PostgreSQL to use, as postgres://user:password@host/name; empty: an embedded one."},
		{"database", "owner_url", "", into(&c.Database.OwnerURL, postgresURL), withoutPassword,
			"The same database for the role that owns the tables and applies migrations; empty: database.url does."},
		{"database", "read_url", "", into(&c.Database.ReadURL, postgresURL), withoutPassword,
			"A replica of the same database for the server’s role, from which pages are read; empty: database.url."},
		{"database", "pooler", "auto", into(&c.Database.Pooler, pooler), nil,
			"What stands before database.url: none, a pooler that hands out transactions or sessions (transaction), or auto: look."},
		{"database", "data_dir", "./data", into(&c.Database.DataDir, filled), nil,
			"The folder for what personae keeps on disk."},
		{"database", "max_conns", "0", into(&c.Database.MaxConns, maxConns), nil,
			"The most connections to hold, at least 4; 0: chosen by the pool."},

		{"session", "key", "", into(&c.Session.Key, sessionKey), hidden,
			"The secret that signs sessions and seals secrets, at least 32 characters, then older ones; empty: made and kept by personae."},
		{"session", "idle_timeout", "2h", into(&c.Session.IdleTimeout, duration), nil,
			"How long a session lasts without a request."},
		{"session", "absolute_timeout", "24h", into(&c.Session.AbsoluteTimeout, duration), nil,
			"How long a session lasts at most."},

		{"auth", "password_login", "true", into(&c.Auth.PasswordLogin, trueFalse), nil,
			"Whether people may sign in with a password, true or false."},
		{"auth", "oidc_issuer", "", into(&c.Auth.OIDCIssuer, optional(webURL)), asWritten,
			"The OpenID Connect issuer’s URL; the three oidc keys are set together or not at all."},
		{"auth", "oidc_client_id", "", into(&c.Auth.OIDCClientID, text), nil,
			"The client id that the issuer gave."},
		{"auth", "oidc_client_secret", "", into(&c.Auth.OIDCClientSecret, secret), hidden,
			"The client secret that the issuer gave."},
		{"auth", "oidc_trust_unverified_email", "false", into(&c.Auth.OIDCTrustUnverifiedEmail, trueFalse), nil,
			"Whether an address is believed of which the issuer does not say that it is verified (Entra), true or false."},
	}
}

// others is what says which services personae uses, and what it logs.
func others(c *Config) []setting {
	return []setting{
		{"llm", "base_url", "", into(&c.LLM.BaseURL, optional(webURL)), asWritten,
			"The model service’s URL; empty: the built-in composer and scorer, no network."},
		{"llm", "api_key", "", into(&c.LLM.APIKey, secret), hidden,
			"The model service’s key."},
		{"llm", "model", "", into(&c.LLM.Model, text), nil,
			"The model’s name."},
		{"llm", "timeout", "20s", into(&c.LLM.Timeout, duration), nil,
			"How long to wait for the model."},

		{"mail", "smtp_url", "", into(&c.Mail.SMTPURL, smtpURL), hidden,
			"The server that sends mail, as smtp://user:password@host:port or smtps://…; empty: no mail is sent."},
		{"mail", "from", "", into(&c.Mail.From, optional(mailAddress)), nil,
			"The address that mail comes from, such as personae@example.com."},

		{"webhooks", "allow_private", "false", into(&c.Webhooks.AllowPrivate, trueFalse), nil,
			"Whether webhooks may go to addresses of this network, to any port and over http, true or false."},
		{"tracing", "endpoint", "", into(&c.Tracing.Endpoint, optional(webURL)), asWritten,
			"The OpenTelemetry collector that gets traces by OTLP over HTTP, such as http://127.0.0.1:4318; empty: none."},

		{"history", "keep_months", "0", into(&c.History.KeepMonths, keepMonths), nil,
			"For how many months the audit log and versions are kept, at least 12; 0: for ever."},

		{"log", "level", "info", into(&c.Log.Level, logLevel), nil,
			"The least that is logged: debug, info, warn or error."},
		{"log", "format", "text", into(&c.Log.Format, logFormat), nil,
			"How a line is logged: text or json."},
	}
}

func (s setting) env() string {
	return "PERSONAE_" + strings.ToUpper(s.section+"_"+s.key)
}

func (s setting) shown(value string) string {
	if s.show == nil {
		return value
	}
	return s.show(value)
}

func (s setting) apply(v given) error {
	name := fmt.Sprintf("[%s] %s", s.section, s.key)
	if !utf8.ValidString(v.value) || strings.ContainsFunc(v.value, unicode.IsControl) {
		return fmt.Errorf("%s in %s: write one line of plain text without control characters", name, v.source)
	}
	err := s.set(v.value)
	if err == nil {
		return nil
	}
	if v.value == "" {
		name += " (empty)"
	} else if s.show == nil {
		name += " = " + v.value
	}
	return fmt.Errorf("%s in %s: %w", name, v.source, err)
}
