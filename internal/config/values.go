package config

import (
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"
)

// into returns a setter that leaves dst alone where read fails. The readers below
// say what to write instead, and never quote the value.
func into[T any](dst *T, read func(string) (T, error)) func(string) error {
	return func(v string) error {
		value, err := read(v)
		if err == nil {
			*dst = value
		}
		return err
	}
}

func text(v string) (string, error)   { return v, nil }
func secret(v string) (Secret, error) { return Secret(v), nil }

func filled(v string) (string, error) {
	if v == "" {
		return "", errors.New("write a value, it can’t be empty")
	}
	return v, nil
}

// LeastKey is how many characters a session key has at least.
const LeastKey = 32

func sessionKey(v string) (Secret, error) {
	if v != "" && utf8.RuneCountInString(v) < LeastKey {
		return "", errors.New("write at least 32 characters, or leave it empty")
	}
	return Secret(v), nil
}

func trueFalse(v string) (bool, error) {
	if v != "true" && v != "false" {
		return false, errors.New("write true or false")
	}
	return v == "true", nil
}

func logLevel(v string) (level slog.Level, err error) {
	// slog's own reader takes INFO+2 as well.
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, v) || level.UnmarshalText([]byte(v)) != nil {
		return 0, errors.New("write debug, info, warn or error")
	}
	return level, nil
}

func logFormat(v string) (string, error) {
	if v != "text" && v != "json" {
		return "", errors.New("write text or json")
	}
	return v, nil
}

func pooler(v string) (string, error) {
	if !slices.Contains([]string{"auto", "none", "transaction"}, v) {
		return "", errors.New("write auto, none or transaction")
	}
	return v, nil
}

func duration(v string) (time.Duration, error) {
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return 0, errors.New("write a duration such as 90m or 2h, above zero")
	}
	return d, nil
}

func maxConns(v string) (int, error) {
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil || n < 4 && n != 0 {
		return 0, errors.New("write a whole number, at least 4, or 0 to leave it to the pool")
	}
	return int(n), nil
}

func keepMonths(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n != 0 && (n < 12 || n > 1200) {
		return 0, errors.New("write a whole number of months, from 12 to 1200, or 0 to keep them for ever")
	}
	return n, nil
}

var hostName = regexp.MustCompile(`^[\w.-]*$`)

func hostPort(v string) (string, error) {
	host, port, err := net.SplitHostPort(v)
	if _, ipErr := netip.ParseAddr(host); err != nil || !isPort(port) || ipErr != nil && !hostName.MatchString(host) {
		return "", errors.New("write host:port such as 127.0.0.1:8080")
	}
	return v, nil
}

func isPort(v string) bool {
	_, err := strconv.ParseUint(v, 10, 16)
	return err == nil
}

// optional makes a reader take an empty value too.
func optional(read func(string) (string, error)) func(string) (string, error) {
	return func(v string) (string, error) {
		if v == "" {
			return "", nil
		}
		return read(v)
	}
}

var basePath = regexp.MustCompile(`^(/[A-Za-z0-9_-][A-Za-z0-9._~-]*)*$`)

// baseURL drops the slash at the end, so that a path can be put after it.
func baseURL(v string) (string, error) {
	u, ok := parseWebURL(v)
	if !ok || !basePath.MatchString(strings.TrimSuffix(u.EscapedPath(), "/")) {
		return "", errors.New("write a URL of scheme, host and at most a plain path, " +
			"such as https://personae.example or https://tools.example/personae")
	}
	return u.Scheme + "://" + u.Host + strings.TrimSuffix(u.Path, "/"), nil
}

func webURL(v string) (string, error) {
	if _, ok := parseWebURL(v); !ok {
		return "", errors.New("write an http or https URL without user, query or fragment, such as https://host.example/v1")
	}
	return v, nil
}

// parseWebURL refuses a user and a query because they may hold a secret, which
// Explain would show.
func parseWebURL(v string) (*url.URL, bool) {
	u, err := url.Parse(v)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, false
	}
	return u, (u.Port() == "" || isPort(u.Port())) && u.User == nil && !strings.ContainsAny(v, "?#")
}

func prefixes(v string) ([]netip.Prefix, error) {
	if v == "" {
		return nil, nil
	}
	var list []netip.Prefix
	for item := range strings.SplitSeq(v, ",") {
		item = strings.TrimSpace(item)
		prefix, err := netip.ParsePrefix(item)
		if addr, addrErr := netip.ParseAddr(item); addrErr == nil && addr.Zone() == "" {
			addr = addr.Unmap()
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return nil, errors.New("write IP addresses or CIDR ranges separated by commas, such as 10.0.0.0/8, 192.0.2.1")
		}
		list = append(list, prefix.Masked())
	}
	return list, nil
}

var postgresText = regexp.MustCompile(`^(postgres(ql)?://|\w+\s*=)`)

func postgresURL(v string) (Secret, error) {
	if v == "" {
		return "", nil
	}
	if !postgresText.MatchString(v) {
		return "", errors.New("write postgres://user:password@host/name or host=… user=… dbname=…, or leave it empty")
	}
	_, err := ParsePostgres(v)
	return Secret(v), err
}

// ErrUnreadablePostgres stands in for pgx's own error, which quotes the URL, password
// and all.
var ErrUnreadablePostgres = errors.New("the database URL cannot be read; it looks like " +
	"postgres://user:password@host:5432/name, with %40 for @ and %2F for / in the password")

// ParsePostgres reads a database URL, or keyword/value text, or fails with
// ErrUnreadablePostgres. It also refuses one that has an @ where none can be: what stands
// there is the rest of a password, which errors would quote as a host's or a database's name.
func ParsePostgres(databaseURL string) (*pgxpool.Config, error) {
	pool, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, ErrUnreadablePostgres
	}
	c := pool.ConnConfig
	names := []string{c.Host, c.Database}
	for _, f := range c.Fallbacks {
		names = append(names, f.Host)
	}
	names = slices.AppendSeq(names, maps.Keys(c.RuntimeParams))
	if slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, "@") }) {
		return nil, ErrUnreadablePostgres
	}
	return pool, nil
}

// smtpURL refuses a path and a query: what stands there is a password with an
// unescaped / or ?.
func smtpURL(v string) (Secret, error) {
	u, err := url.Parse(v)
	if v != "" && (err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Hostname() == "" ||
		u.Port() != "" && !isPort(u.Port()) || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(v, "?#")) {
		return "", errors.New("write smtp://user:password@host:port or smtps://…, " +
			"with %2F for / in a password, or leave it empty")
	}
	return Secret(v), nil
}

func mailAddress(v string) (string, error) {
	if _, err := mail.ParseAddress(v); err != nil {
		return "", errors.New("write an address such as personae@example.com or Personae <personae@example.com>")
	}
	return v, nil
}
