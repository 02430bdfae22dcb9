// Package config reads personae's settings from an INI file and the
// environment, checks them, and can say where each one came from.
//
// An environment variable wins over the file, and the file over the default.
// Values are taken literally: nothing is interpolated or unquoted, and only the
// white space around them is removed. A key or variable that is set but empty
// has the empty value, which is an error where the key needs one.
package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Config holds every setting. Load makes it.
type Config struct {
	Server   Server
	Database Database
	Session  Session
	Auth     Auth
	LLM      LLM
	Mail     Mail
	Webhooks Webhooks
	Tracing  Tracing
	History  History
	Log      Log

	settings []Setting
}

// Server says where the console listens and how it is reached.
type Server struct {
	Addr           string         // host:port
	BaseURL        string         // scheme://host and perhaps a path, without a trailing slash; or empty
	TrustedProxies []netip.Prefix // whose X-Forwarded headers are believed; none by default
	MetricsAddr    string         // host:port, or empty for no metrics
	Profiles       bool           // whether profiles are served there too
}

// Database says which PostgreSQL to use.
type Database struct {
	URL      Secret // a URL or keyword/value text that ParsePostgres reads; empty starts the embedded server
	OwnerURL Secret // the same database for the role that owns the tables; empty: URL's role does
	ReadURL  Secret // a replica of URL that pages are read from; empty: URL
	Pooler   string // auto, none or transaction: what stands between us and URL
	DataDir  string // never empty
	MaxConns int    // 0 leaves it to the pool, else at least 4 and within an int32
}

// Session says how long a sign-in lasts.
type Session struct {
	Key             Secret        // at least 32 characters, or empty: made and kept by personae
	IdleTimeout     time.Duration // above 0, at most AbsoluteTimeout
	AbsoluteTimeout time.Duration
}

// Auth says how people sign in. The OIDC fields are all set or all empty, and
// they are set where PasswordLogin is false.
type Auth struct {
	PasswordLogin    bool
	OIDCIssuer       string
	OIDCClientID     string
	OIDCClientSecret Secret
	// OIDCTrustUnverifiedEmail believes the issuer an address of which it says nothing more.
	OIDCTrustUnverifiedEmail bool
}

// LLM says which model service drafts and scores. An empty BaseURL means the
// built-in composer and scorer.
type LLM struct {
	BaseURL string // http or https
	APIKey  Secret
	Model   string
	Timeout time.Duration // above 0
}

// Mail says through which server mail is sent. Both are set, and the server's
// BaseURL with them, or none.
type Mail struct {
	SMTPURL Secret // smtp:// or smtps://
	From    string // an address
}

// Webhooks says where webhooks may be sent.
type Webhooks struct {
	AllowPrivate bool // also over http, at any port, and at addresses of the server's own network
}

// Tracing says to which OpenTelemetry collector traces are sent, by OTLP over HTTP.
type Tracing struct {
	Endpoint string // http or https, or empty for no traces
}

// History says for how long the audit log and versions are kept.
type History struct {
	KeepMonths int // 0: for ever; else at least 12
}

// Log says what is logged and how.
type Log struct {
	Level  slog.Level
	Format string // text or json
}

// Keys returns the keys that Key holds: the one in force, then older ones, which are still
// read. None of them has a blank in it unless all of Key is one.
func (s Session) Keys() []string {
	keys := strings.Fields(string(s.Key))
	for _, key := range keys {
		if utf8.RuneCountInString(key) < LeastKey {
			return []string{string(s.Key)}
		}
	}
	return keys
}

// Load reads the settings from file and from env, which is written as
// os.Environ returns it. With an empty file it reads personae.ini in the working
// folder if there is one; a file that is named must be there.
//
// DATABASE_URL stands in for PERSONAE_DATABASE_URL unless it is empty, because
// hosts and other programs set that name too.
//
// Load fails with all it found wrong, joined: a file it can't read, lines that
// are no INI, unknown or repeated names, values that don't fit, and settings
// that contradict each other. Only values in force are checked. No error shows
// a secret.
func Load(file string, env []string) (Config, error) {
	name := file
	if name == "" {
		name = "personae.ini"
	}
	text, err := os.ReadFile(name)
	if err != nil && (file != "" || !errors.Is(err, fs.ErrNotExist)) {
		return Config{}, fmt.Errorf("the configuration file can’t be read: %w", err)
	}
	return load(name, string(text), env)
}

func load(name, text string, env []string) (Config, error) {
	var c Config
	known := table(&c)
	values := make(map[string]given)
	errs := readFile(name, text, known, values)
	errs = append(errs, readEnv(env, known, values)...)

	sources := make(map[string]string)
	for _, s := range known {
		v, ok := values[s.env()]
		if !ok {
			v = given{s.fallback, "default"}
		}
		if err := s.apply(v); err != nil {
			errs = append(errs, err)
			continue
		}
		sources[s.section+"."+s.key] = v.source
		c.settings = append(c.settings, Setting{s.section, s.key, s.shown(v.value), v.source})
	}
	if errs = append(errs, c.contradictions(sources)...); len(errs) > 0 {
		return Config{}, errors.Join(errs...)
	}
	return c, nil
}

// contradictions skips a rule when a key it reads has no source, because that
// key's value was refused and its field means nothing.
func (c Config) contradictions(sources map[string]string) (errs []error) {
	refuse := func(broken bool, advice, section string, keys ...string) {
		var named []string
		for _, key := range keys {
			source, ok := sources[section+"."+key]
			broken = broken && ok
			named = append(named, key+" ("+source+")")
		}
		if broken {
			errs = append(errs, fmt.Errorf("[%s] %s: %s", section, strings.Join(named, ", "), advice))
		}
	}
	oidc := []bool{c.Auth.OIDCIssuer != "", c.Auth.OIDCClientID != "", c.Auth.OIDCClientSecret != ""}
	some, all := slices.Contains(oidc, true), !slices.Contains(oidc, false)
	refuse(c.Session.IdleTimeout > c.Session.AbsoluteTimeout, "make idle_timeout no longer than absolute_timeout",
		"session", "idle_timeout", "absolute_timeout")
	refuse(c.Server.Profiles && c.Server.MetricsAddr == "", "profiles are served at metrics_addr; set it too",
		"server", "profiles", "metrics_addr")
	refuse(some && !all, "set all three or none of them",
		"auth", "oidc_issuer", "oidc_client_id", "oidc_client_secret")
	refuse(c.Database.OwnerURL != "" && c.Database.URL == "",
		"owner_url needs url, the same database for the server’s own role",
		"database", "owner_url", "url")
	refuse(c.Database.ReadURL != "" && c.Database.URL == "",
		"read_url needs url, the database that it is a replica of; the embedded one has none",
		"database", "read_url", "url")
	refuse(!some && !c.Auth.PasswordLogin, "nobody could sign in; set the three oidc keys or password_login = true",
		"auth", "password_login", "oidc_issuer", "oidc_client_id", "oidc_client_secret")
	refuse((c.Mail.SMTPURL != "") != (c.Mail.From != ""), "set both or none of them", "mail", "smtp_url", "from")
	_, hasBase := sources["server.base_url"]
	refuse(hasBase && c.Mail.SMTPURL != "" && c.Server.BaseURL == "",
		"set [server] base_url too; the links in mails begin with it", "mail", "smtp_url")
	return errs
}

// Setting is one key as it is in force. Value is the text that was given, with
// secrets as "(set)" and without the password of database.url. Source is
// "default", the file's name, or the environment variable's name.
type Setting struct {
	Section, Key, Value, Source string
}

// Explain returns every setting as Load found it, in the order of the
// documentation; none for a Config that Load did not make.
func (c Config) Explain() []Setting {
	return slices.Clone(c.settings)
}

// Print writes what Explain returns to w as an INI file, each key below a comment
// that names its source. It fails as w does.
func (c Config) Print(w io.Writer) error {
	_, err := io.WriteString(w, ini(c.settings))
	return err
}

// Example returns an INI file that documents every key: commented out, with its
// default, below a sentence of help.
func Example() string {
	var lines []Setting
	for _, s := range table(new(Config)) {
		lines = append(lines, Setting{s.section, "#" + s.key, s.fallback, s.help})
	}
	return ini(lines)
}

// ini puts each Source in a comment line of its own: after a value it would be
// read as part of it.
func ini(settings []Setting) string {
	var b strings.Builder
	section := ""
	for _, s := range settings {
		if s.Section != section {
			fmt.Fprintf(&b, "\n[%s]\n", s.Section)
			section = s.Section
		}
		line := strings.TrimSpace(s.Key + " = " + s.Value)
		fmt.Fprintf(&b, "# %s\n%s\n", s.Source, line)
	}
	return strings.TrimPrefix(b.String(), "\n")
}
