package config

import (
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
)

// Secret is text that formatting, logging and JSON show only as "(set)", or as
// nothing where it is empty. string(s) is the text itself.
type Secret string

// Format writes the mask to f, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, hidden(string(s)))
}

// MarshalText returns the mask. It never fails.
func (s Secret) MarshalText() ([]byte, error) {
	return []byte(hidden(string(s))), nil
}

func hidden(v string) string {
	if v == "" {
		return ""
	}
	return "(set)"
}

// databaseKeys are what a database URL may hold beside a password. What has another
// name, or none, may be the rest of one.
const databaseKeys = `host|hostaddr|port|dbname|user|sslmode|sslrootcert|sslcert|sslkey|sslsni|connect_timeout|` +
	`application_name|target_session_attrs|channel_binding|search_path|timezone`

var (
	databaseKey  = regexp.MustCompile(`^(?:` + databaseKeys + `)$`)
	keysAndWords = regexp.MustCompile(`^(?i:\s*(?:` + databaseKeys + `|password|sslpassword)\s*=\s*[^\s=]+(?:\s|$))*\s*$`)
	passwordPair = regexp.MustCompile(`(?i)(password\s*=\s*)\S+`)
)

func asWritten(v string) string { return v }

// withoutPassword shows a database URL with xxxxx for its passwords, and only
// that one is set where it can't be sure to have found them all.
func withoutPassword(v string) string {
	if !strings.HasPrefix(v, "postgres://") && !strings.HasPrefix(v, "postgresql://") {
		if strings.ContainsAny(v, `'\`) || !keysAndWords.MatchString(v) {
			return hidden(v)
		}
		return passwordPair.ReplaceAllString(v, "${1}xxxxx")
	}
	u, err := url.Parse(v)
	// A password with an unescaped /, ? or # leaves its rest, and the @, in
	// another part of the URL.
	if err != nil || strings.Contains(v, "#") || strings.Contains(v, "@") && u.User == nil || strings.Count(v, "@") > 1 {
		return hidden(v)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return hidden(v)
	}
	for key := range query {
		switch {
		case strings.Contains(strings.ToLower(key), "password"):
			query.Set(key, "xxxxx")
		case !databaseKey.MatchString(key):
			return hidden(v) // the rest of a password with an unescaped &
		}
	}
	u.RawQuery = query.Encode()
	return u.Redacted()
}
