package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "test.ini")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func mustLoad(t *testing.T, text string, env ...string) Config {
	t.Helper()
	c, err := Load(write(t, text), env)
	if err != nil {
		t.Fatalf("Load(%q, %q): %v", text, env, err)
	}
	return c
}

func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Config{}),
		cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func defaults() Config {
	return Config{
		Server:   Server{Addr: "127.0.0.1:8080"},
		Database: Database{Pooler: "auto", DataDir: "./data"},
		Session:  Session{IdleTimeout: 2 * time.Hour, AbsoluteTimeout: 24 * time.Hour},
		Auth:     Auth{PasswordLogin: true},
		LLM:      LLM{Timeout: 20 * time.Second},
		Log:      Log{Level: slog.LevelInfo, Format: "text"},
	}
}

// everything sets each key to something other than its default.
const everything = `
# a comment
[server]
addr = :9000
base_url = https://personae.example/
trusted_proxies = 10.1.2.3/8, 192.0.2.1,2001:db8::1, ::ffff:192.0.2.7
metrics_addr = [::1]:9100
profiles = true

; another comment
[database]
url = postgres://u:p%40ss@db:5432/personae?sslmode=disable
data_dir = /var/lib/personae %(data) "x" # y
max_conns = 4
owner_url = postgres://owner:p@db/personae
read_url = postgres://reader:p@replica/personae
pooler = transaction

[session]
key = =0123456789;0123456789#0123456789%s=
idle_timeout = 90m
absolute_timeout = 90m

[auth]
password_login = false
oidc_issuer = http://issuer.example/realm/
oidc_client_id = personae
oidc_client_secret = s=c:ret
oidc_trust_unverified_email = true

[llm]
base_url = https://llm.example/v1
api_key = sk-1
model = tiny
timeout = 1m30s

[mail]
smtp_url = smtp://u:p%40ss@mail.example:587
from = Personae <personae@mail.example>

[webhooks]
allow_private = true

[log]
level = debug
format = json

[tracing]
endpoint = https://otlp.example/otlp
[history]
keep_months = 24
`

func TestTheTableHasExactlyTheKeysPromised(t *testing.T) {
	t.Parallel()
	promised := []string{
		"server.addr=127.0.0.1:8080", "server.base_url=", "server.trusted_proxies=", "server.metrics_addr=", "server.profiles=false",
		"database.url=", "database.owner_url=", "database.read_url=", "database.pooler=auto", "database.data_dir=./data", "database.max_conns=0",
		"session.key=", "session.idle_timeout=2h", "session.absolute_timeout=24h",
		"auth.password_login=true", "auth.oidc_issuer=", "auth.oidc_client_id=", "auth.oidc_client_secret=",
		"auth.oidc_trust_unverified_email=false",
		"llm.base_url=", "llm.api_key=", "llm.model=", "llm.timeout=20s",
		"mail.smtp_url=", "mail.from=",
		"webhooks.allow_private=false",
		"tracing.endpoint=",
		"history.keep_months=0",
		"log.level=info", "log.format=text",
	}
	var got []string
	for _, s := range table(new(Config)) {
		got = append(got, s.section+"."+s.key+"="+s.fallback)
		if !strings.HasSuffix(s.help, ".") {
			t.Errorf("the help for %s is no sentence: %q", s.key, s.help)
		}
	}
	equal(t, got, promised)
}

func TestDefaultsHoldWhenNothingIsSet(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "")
	equal(t, c, defaults())
	for _, s := range c.Explain() {
		if s.Source != "default" {
			t.Errorf("%s comes from %s", s.Key, s.Source)
		}
	}
}

func everythingConfig() Config {
	return Config{
		Server: Server{
			Addr: ":9000", BaseURL: "https://personae.example", MetricsAddr: "[::1]:9100", Profiles: true,
			TrustedProxies: []netip.Prefix{
				netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32"),
				netip.MustParsePrefix("2001:db8::1/128"), netip.MustParsePrefix("192.0.2.7/32"),
			},
		},
		Database: Database{
			URL: "postgres://u:p%40ss@db:5432/personae?sslmode=disable", OwnerURL: "postgres://owner:p@db/personae", ReadURL: "postgres://reader:p@replica/personae", Pooler: "transaction",
			DataDir: `/var/lib/personae %(data) "x" # y`, MaxConns: 4,
		},
		Session: Session{
			Key:         "=0123456789;0123456789#0123456789%s=",
			IdleTimeout: 90 * time.Minute, AbsoluteTimeout: 90 * time.Minute,
		},
		Auth: Auth{OIDCIssuer: "http://issuer.example/realm/", OIDCClientID: "personae", OIDCClientSecret: "s=c:ret",
			OIDCTrustUnverifiedEmail: true},
		LLM:      LLM{BaseURL: "https://llm.example/v1", APIKey: "sk-1", Model: "tiny", Timeout: 90 * time.Second},
		Mail:     Mail{SMTPURL: "smtp://u:p%40ss@mail.example:587", From: "Personae <personae@mail.example>"},
		Webhooks: Webhooks{AllowPrivate: true},
		Log:      Log{Level: slog.LevelDebug, Format: "json"},
		Tracing:  Tracing{Endpoint: "https://otlp.example/otlp"},
		History:  History{KeepMonths: 24},
	}
}

func TestEveryKeyIsReadFromTheFileLiterally(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"unix lines":    everything,
		"windows lines": "\ufeff" + strings.ReplaceAll(everything, "\n", "\r\n"),
		"indented":      strings.ReplaceAll(everything, "\n", "\n\t "),
		"narrow":        strings.ReplaceAll(everything, " = ", "= "),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, mustLoad(t, text), everythingConfig())
		})
	}
}

func TestEveryVariableWinsOverTheFile(t *testing.T) {
	t.Parallel()
	var env []string
	section := ""
	for line := range strings.Lines(everything) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]")
		} else if key, value, ok := strings.Cut(line, "="); ok {
			env = append(env, "PERSONAE_"+strings.ToUpper(section+"_"+strings.TrimSpace(key))+"="+value)
		}
	}
	c := mustLoad(t, exampleUncommented(), env...)
	equal(t, c, everythingConfig())
	for _, s := range c.Explain() {
		if want := "PERSONAE_" + strings.ToUpper(s.Section+"_"+s.Key); s.Source != want {
			t.Errorf("%s comes from %s, want %s", s.Key, s.Source, want)
		}
	}
}

func TestAFileThatAVariableNamesHoldsTheValue(t *testing.T) {
	t.Parallel()
	key := write(t, "0123456789012345678901234567890123456789\n")
	c := mustLoad(t, "[session]\nkey = 9999999999999999999999999999999999999999\n", "PERSONAE_SESSION_KEY_FILE="+key)
	equal(t, string(c.Session.Key), "0123456789012345678901234567890123456789")
	for _, s := range c.Explain() {
		if s.Section == "session" && s.Key == "key" {
			equal(t, s, Setting{"session", "key", "(set)", "PERSONAE_SESSION_KEY_FILE"})
		}
	}
	for says, env := range map[string][]string{
		"PERSONAE_LOG_LEVEL and PERSONAE_LOG_LEVEL_FILE are both set": {"PERSONAE_LOG_LEVEL=info", "PERSONAE_LOG_LEVEL_FILE=" + key},
		"the file that PERSONAE_LOG_LEVEL_FILE names can’t be read":   {"PERSONAE_LOG_LEVEL_FILE=" + key + ".missing"},
		"unknown environment variable PERSONAE_LOG_LEVELS_FILE":       {"PERSONAE_LOG_LEVELS_FILE=" + key},
	} {
		if _, err := Load(write(t, ""), env); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v", env, err)
		}
	}
	_, err := Load(write(t, ""), []string{"PERSONAE_SESSION_KEY_FILE=" + write(t, "short secret\nof two lines")})
	if err == nil || strings.Contains(err.Error(), "short") || !strings.Contains(err.Error(), "PERSONAE_SESSION_KEY_FILE") {
		t.Error(err)
	}
}

func TestTheDatabaseURLComesFromTheStrongestSource(t *testing.T) {
	t.Parallel()
	const file = "[database]\nurl = postgres://file/x\n"
	for name, test := range map[string]struct {
		env          []string
		url, sources string
	}{
		"the file alone": {nil, "postgres://file/x", "test.ini"},
		"DATABASE_URL over the file": {[]string{"DATABASE_URL=postgres://host/x"},
			"postgres://host/x", "DATABASE_URL"},
		"an empty DATABASE_URL counts not": {[]string{"DATABASE_URL= "}, "postgres://file/x", "test.ini"},
		"our own over DATABASE_URL": {[]string{"PERSONAE_DATABASE_URL=host=a", "DATABASE_URL=mysql://x"}, "host=a",
			"PERSONAE_DATABASE_URL"},
		"our own, empty, means embedded": {[]string{"DATABASE_URL=postgres://host/x", "PERSONAE_DATABASE_URL="}, "",
			"PERSONAE_DATABASE_URL"},
		"other variables are not our concern": {[]string{"PATH=/bin", "=x", "", "personae_x=1"},
			"postgres://file/x", "test.ini"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := mustLoad(t, file, test.env...)
			equal(t, string(c.Database.URL), test.url)
			equal(t, filepath.Base(databaseURL(c).Source), test.sources)
		})
	}
}

func TestMistakesAreNamedWithTheirRemedy(t *testing.T) {
	t.Parallel()
	const oidc = "[auth]\noidc_issuer = https://i.example\noidc_client_id = a\n"
	for name, test := range map[string]struct {
		file string
		env  []string
		want []string
	}{
		"unknown key": {"[server]\n\nadress = x", nil,
			[]string{`test.ini line 3: unknown key "adress" in section [server]; did you mean "addr"?`}},
		"key in capitals": {"[server]\nADDR = x", nil,
			[]string{`test.ini line 2: unknown key "ADDR" in section [server]; did you mean "addr"?`}},
		"key that may be half a secret": {"[session]\nkey =\nq83vASNFZ4mrze8=", nil,
			[]string{`test.ini line 3: unknown key in section [session]; did you mean "key"?`}},
		"unknown section, its keys are not counted again": {"[databse]\nurl = x\nulr = x", nil,
			[]string{`test.ini line 1: unknown section [databse]; did you mean [database]?`}},
		"DEFAULT is a section like any": {"[DEFAULT]\naddr = :1", nil,
			[]string{`test.ini line 1: unknown section [DEFAULT]; did you mean [auth]?`}},
		"unknown variable": {"", []string{"PERSONAE_SERVER_PORT=80"},
			[]string{`unknown environment variable PERSONAE_SERVER_PORT; did you mean PERSONAE_SERVER_ADDR?`}},
		"key before any section": {"addr = :80", nil,
			[]string{`test.ini line 1: key "addr" stands before the first section; write it below one, such as [server]`}},
		"repeated key": {"[server]\naddr = :80\n[log]\n[database]\nurl =\nurl =", nil,
			[]string{`test.ini line 6: key "url" in section [database] is already on line 5; keep one of them`}},
		"repeated section, its keys are still its own": {"[log]\n[llm]\n[log]\nlevel = loud", nil, []string{
			`test.ini line 3: section [log] is already on line 1; keep its keys together there`,
			`[log] level = loud in test.ini: write debug, info, warn or error`}},
		"lines that are no INI": {"[server\naddr :80\n[]\n[log] x\n= 3\n[log]\nlevel == info\nlevel", nil, []string{
			`test.ini line 1: write [section], key = value with spaces around =, or a comment after # or ;`,
			`test.ini line 2: `, `test.ini line 3: `, `test.ini line 4: `, `test.ini line 5: `, `test.ini line 7: `,
			`test.ini line 8: `}},
		"control character": {"[llm]\nmodel = a\x00b", nil,
			[]string{`[llm] model in test.ini: write one line of plain text without control characters`}},
		"not UTF-8": {"", []string{"PERSONAE_LLM_MODEL=\xff"},
			[]string{`[llm] model in PERSONAE_LLM_MODEL: write one line of plain text without control characters`}},

		"no duration": {"[session]\nidle_timeout = 2 hours", nil,
			[]string{`[session] idle_timeout = 2 hours in test.ini: write a duration such as 90m or 2h, above zero`}},
		"no time at all": {"[llm]\ntimeout = 0s", []string{"PERSONAE_SESSION_IDLE_TIMEOUT=-1h"}, []string{
			`[session] idle_timeout = -1h in PERSONAE_SESSION_IDLE_TIMEOUT: write a duration`,
			`[llm] timeout = 0s in test.ini: write a duration`}},
		"empty where a value is needed": {"[server]\naddr =\n[log]\nformat =",
			[]string{"PERSONAE_DATABASE_DATA_DIR="}, []string{
				`[server] addr (empty) in test.ini: write host:port such as 127.0.0.1:8080`,
				`[database] data_dir (empty) in PERSONAE_DATABASE_DATA_DIR: write a value, it can’t be empty`,
				`[log] format (empty) in test.ini: write text or json`}},
		"no host:port": {"[server]\naddr = localhost\nmetrics_addr = http://h:80", nil, []string{
			`[server] addr = localhost in test.ini: write host:port such as 127.0.0.1:8080`,
			`[server] metrics_addr = http://h:80 in test.ini: write host:port`}},
		"port out of range": {"[server]\naddr = h:65536\nmetrics_addr = h:http", nil,
			[]string{`[server] addr = h:65536`, `[server] metrics_addr = h:http`}},
		"profiles nowhere": {"[server]\nprofiles = true", nil,
			[]string{`[server] profiles (test.ini), metrics_addr (default): profiles are served at metrics_addr; set it too`}},
		"host with a slash": {"[server]\naddr = a/b:80", nil, []string{`[server] addr = a/b:80`}},
		"base_url with a path that climbs": {"[server]\nbase_url = https://h/app/../b", nil,
			[]string{`[server] base_url in test.ini: write a URL of scheme, host and at most a plain path`}},
		"base_url with two slashes": {"[server]\nbase_url = https://h//app", nil, []string{`[server] base_url in test.ini`}},
		"base_url with a query":     {"[server]\nbase_url = https://h?", nil, []string{`[server] base_url in test.ini`}},
		"base_url without a scheme": {"[server]\nbase_url = h:80", nil, []string{`[server] base_url in test.ini`}},
		"base_url without a host":   {"[server]\nbase_url = https://:80", nil, []string{`[server] base_url in test.ini`}},
		"base_url with a user":      {"[server]\nbase_url = https://u@h", nil, []string{`[server] base_url in test.ini`}},
		"base_url with too high port": {"[server]\nbase_url = https://h:99999", nil,
			[]string{`[server] base_url in test.ini`}},
		"no proxies": {"[server]\ntrusted_proxies = 10.0.0.0/8, lb.example", nil,
			[]string{`[server] trusted_proxies = 10.0.0.0/8, lb.example in test.ini: write IP addresses or CIDR ranges separated by commas, such as 10.0.0.0/8, 192.0.2.1`}},
		"a gap between proxies": {"[server]\ntrusted_proxies = 10.0.0.1,,10.0.0.2", nil,
			[]string{`[server] trusted_proxies = `}},
		"a proxy with a zone": {"[server]\ntrusted_proxies = fe80::1%eth0", nil, []string{`[server] trusted_proxies = `}},
		"another database": {"", []string{"DATABASE_URL=mysql://u:hunter2@h/x"},
			[]string{`[database] url in DATABASE_URL: write postgres://user:password@host/name or host=… user=… dbname=…, or leave it empty`}},
		"database URLs that cannot be read": {"[database]\nurl = postgres://u:hunter2@h:port/d\nread_url = postgres://u:p@hunter2@h/d",
			[]string{"PERSONAE_DATABASE_OWNER_URL=postgres://u:%hunter2@h/d"}, []string{
				`[database] url in test.ini: the database URL cannot be read; it looks like postgres://user:password@host:5432/name`,
				`[database] owner_url in PERSONAE_DATABASE_OWNER_URL: the database URL cannot be read`,
				`[database] read_url in test.ini: the database URL cannot be read`}},
		"an owner of no database": {"[database]\nowner_url = postgres://h", nil,
			[]string{`[database] owner_url (test.ini), url (default): owner_url needs url`}},
		"a replica of no database": {"[database]\nread_url = postgres://u:hunter2@h", nil,
			[]string{`[database] read_url (test.ini), url (default): read_url needs url, the database that it is a replica of; the embedded one has none`}},
		"no such pooler": {"[database]\npooler = session", nil,
			[]string{`[database] pooler = session in test.ini: write auto, none or transaction`}},
		"too few connections": {"[database]\nmax_conns = 3", nil,
			[]string{`[database] max_conns = 3 in test.ini: write a whole number, at least 4, or 0 to leave it to the pool`}},
		"too many connections": {"[database]\nmax_conns = 2147483648", nil, []string{`[database] max_conns = 2147483648`}},
		"history of less than a year": {"[history]\nkeep_months = 11", nil,
			[]string{`[history] keep_months = 11 in test.ini: write a whole number of months, from 12 to 1200, or 0 to keep them for ever`}},
		"history of words":     {"[history]\nkeep_months = ever", nil, []string{`[history] keep_months = ever`}},
		"negative connections": {"[database]\nmax_conns = -4", nil, []string{`[database] max_conns = -4`}},
		"short session key": {"[session]\nkey = hunter2", nil,
			[]string{`[session] key in test.ini: write at least 32 characters, or leave it empty`}},
		"neither true nor false": {"[auth]\npassword_login = yes", nil,
			[]string{`[auth] password_login = yes in test.ini: write true or false`}},
		"collector without a scheme": {"[tracing]\nendpoint = h:4318", nil,
			[]string{`[tracing] endpoint in test.ini: write an http or https URL`}},
		"collector with a key in its URL": {"[tracing]\nendpoint = https://h/otlp?key=hunter2", nil,
			[]string{`[tracing] endpoint in test.ini`}},
		"llm without a scheme": {"[llm]\nbase_url = ftp://h", nil,
			[]string{`[llm] base_url in test.ini: write an http or https URL without user, query or fragment`}},
		"no mail server": {"[mail]\nsmtp_url = http://u:hunter2@h\nfrom = nobody", nil, []string{
			`[mail] smtp_url in test.ini: write smtp://user:password@host:port or smtps://…`,
			`[mail] from = nobody in test.ini: write an address`}},
		"mail server with half a password": {"[server]\nbase_url = https://h\n[mail]\nsmtp_url = smtp://u:1/hunter2@h\nfrom = a@b", nil,
			[]string{`[mail] smtp_url in test.ini: write smtp://`}},
		"mail from nobody": {"[server]\nbase_url = https://h\n[mail]\nsmtp_url = smtp://u:hunter2@h", nil,
			[]string{`[mail] smtp_url (test.ini), from (default): set both or none of them`}},
		"mail without our address": {"[mail]\nsmtp_url = smtp://h\nfrom = a@b", nil,
			[]string{`[mail] smtp_url (test.ini): set [server] base_url too`}},
		"level with an offset": {"[log]\nlevel = info+1", nil, []string{`[log] level = info+1`}},

		"idle longer than absolute": {"[session]\nidle_timeout = 25h", nil,
			[]string{`[session] idle_timeout (test.ini), absolute_timeout (default): make idle_timeout no longer than absolute_timeout`}},
		"idle can't be compared with what was refused": {"[session]\nidle_timeout = 25h\nabsolute_timeout = x", nil,
			[]string{`[session] absolute_timeout = x in test.ini`}},
		"two of three oidc keys": {oidc, nil,
			[]string{`[auth] oidc_issuer (test.ini), oidc_client_id (test.ini), oidc_client_secret (default): set all three or none of them`}},
		"oidc can't be counted when one was refused": {"[auth]\noidc_issuer = x\noidc_client_id = y\npassword_login = false", nil,
			[]string{`[auth] oidc_issuer in test.ini`}},
		"no way to sign in": {"[auth]\npassword_login = false", nil,
			[]string{`[auth] password_login (test.ini), oidc_issuer (default), oidc_client_id (default), oidc_client_secret (default): nobody could sign in; set the three oidc keys or password_login = true`}},
		"all at once": {"[servr]\n[log]\nlevel = loud\n[session]\nidle_timeout = 48h", []string{"PERSONAE_X=1"}, []string{
			`test.ini line 1: unknown section [servr]; did you mean [server]?`,
			`unknown environment variable PERSONAE_X; did you mean `,
			`[log] level = loud`, `[session] idle_timeout (test.ini)`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := load("test.ini", test.file, test.env)
			if err == nil {
				t.Fatal("no error")
			}
			equal(t, c, Config{})
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the secret is in the error: %v", err)
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %d errors, want %d:\n%v", len(lines), len(test.want), err)
			}
			for i, want := range test.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("got  %s\nwant %s", lines[i], want)
				}
			}
		})
	}
}

func TestValuesAtTheirLimitsAreTaken(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{
		"PERSONAE_SERVER_ADDR=:0", "PERSONAE_SERVER_ADDR=[fe80::1%eth0]:65535", "PERSONAE_SERVER_METRICS_ADDR=",
		"PERSONAE_SERVER_BASE_URL=http://[::1]:8080/", "PERSONAE_SERVER_TRUSTED_PROXIES=0.0.0.0/0, ::/0",
		"PERSONAE_DATABASE_MAX_CONNS=4", "PERSONAE_DATABASE_URL=postgresql://h", "PERSONAE_DATABASE_URL=user = x",
		"PERSONAE_SESSION_KEY=" + strings.Repeat("é", 32), "PERSONAE_SESSION_IDLE_TIMEOUT=24h",
		"PERSONAE_AUTH_PASSWORD_LOGIN=true", "PERSONAE_LLM_BASE_URL=http://127.0.0.1:11434/v1/", "PERSONAE_LLM_MODEL=",
	} {
		mustLoad(t, "", entry)
	}
}

func TestNothingIsLostWhereAValueTouchesTheEqualsSign(t *testing.T) {
	t.Parallel()
	equal(t, mustLoad(t, "[server]\naddr=:8080").Server.Addr, ":8080")
}

func TestDistanceCountsTheLettersThatDiffer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"addr", "ADDR", 0},
		{"adr", "addr", 1}, {"addrs", "addr", 1}, {"uddr", "addr", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 2},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

func TestAVeryLongValueIsReadWhole(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("k", 20_000)
	c := mustLoad(t, "[session]\nkey = "+key+"\nidle_timeout = 1h")
	equal(t, string(c.Session.Key), key)
	equal(t, c.Session.IdleTimeout, time.Hour)
}

func TestAFileThatIsNamedMustBeThere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "absent.ini")
	if _, err := Load(file, nil); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v", err)
	}
}

func TestTheWorkingFolderIsSearchedWhenNoFileIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	c, err := Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, c, defaults())

	if err := os.WriteFile("personae.ini", []byte("[log]\nformat = json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err = Load("", nil); err != nil {
		t.Fatal(err)
	}
	equal(t, c.Log.Format, "json")
	last := c.Explain()
	equal(t, last[len(last)-1], Setting{"log", "format", "json", "personae.ini"})

	if err := os.Remove("personae.ini"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("personae.ini", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err = Load("", nil); err == nil {
		t.Error("a folder was read as a file")
	}
}

func TestPrintShowsEverySettingWithItsSource(t *testing.T) {
	t.Parallel()
	c, err := load("my.ini", everything, []string{"PERSONAE_LOG_LEVEL=warn", "PERSONAE_SERVER_TRUSTED_PROXIES="})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := c.Print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"[server]\n# my.ini\naddr = :9000\n# my.ini\nbase_url = https://personae.example/\n",
		"# PERSONAE_SERVER_TRUSTED_PROXIES\ntrusted_proxies =\n", "# my.ini\nprofiles = true\n\n[database]\n",
		"url = postgres://u:xxxxx@db:5432/personae?sslmode=disable\n",
		"[session]\n# my.ini\nkey = (set)\n",
		"oidc_client_secret = (set)\n", "api_key = (set)\n",
		"[log]\n# PERSONAE_LOG_LEVEL\nlevel = warn\n# my.ini\nformat = json\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}

func TestWhatPrintWritesCanBeReadAgain(t *testing.T) {
	t.Parallel()
	first := mustLoad(t, "[server]\nbase_url = http://h\n[llm]\nmodel = =;#%(x)s\n")
	var out strings.Builder
	if err := first.Print(&out); err != nil {
		t.Fatal(err)
	}
	equal(t, mustLoad(t, out.String()), first)
}

func exampleUncommented() string {
	var b strings.Builder
	for line := range strings.Lines(Example()) {
		if strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "# ") {
			line = line[1:]
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestTheExampleIsAllCommentsUntilUncommented(t *testing.T) {
	t.Parallel()
	equal(t, mustLoad(t, Example()), defaults())
	c := mustLoad(t, exampleUncommented())
	equal(t, c, defaults())
	for _, s := range c.Explain() {
		if s.Source == "default" {
			t.Errorf("[%s] %s is not in the example", s.Section, s.Key)
		}
	}
}

func TestChangingWhatExplainGaveLeavesTheConfigAlone(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "")
	c.Explain()[0].Value = "changed"
	equal(t, c.Explain()[0].Value, "127.0.0.1:8080")
}

func databaseURL(c Config) Setting {
	all := c.Explain()
	return all[slices.IndexFunc(all, func(s Setting) bool { return s.Section == "database" && s.Key == "url" })]
}

func TestTheDatabasePasswordIsNeverShown(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"":                                "",
		"postgres://h/db":                 "postgres://h/db",
		"postgres://u@h/db":               "postgres://u@h/db",
		"postgres://u:hunter2@h:1,i:2/db": "postgres://u:xxxxx@h:1,i:2/db",
		"postgresql:///db?host=/run&password=hunter2":      "postgresql:///db?host=%2Frun&password=xxxxx",
		"postgres://h/db?p%61ssword=hunter2&sslpassword=b": "postgres://h/db?password=xxxxx&sslpassword=xxxxx",
		"postgres://h/db?port=1&password=hunter2;":         "(set)",
		"postgres://h/db?password=x&hunter2=y":             "(set)",
		"postgres://u:p@hunter2@localhost/db":              "(set)",
		"password=hunter2 x":                               "(set)",
		"host=h password=x hunter2":                        "(set)",
		"host=h password=x hunter2=y user=u":               "(set)",
		"host=h password = hunter2 = x":                    "(set)",
		"host=h password=x=hunter2":                        "(set)",
		"postgres://u:12/hunter2@h/db":                     "(set)",
		"postgres://u:12#hunter2":                          "(set)",
		"postgres://u:12?hunter2@h/db":                     "(set)",
		"postgres://u:hunter2@x@h/db":                      "(set)",
		"postgres://u:%hunter2@h/db":                       "(set)",
		"host=h password=hunter2 user=u":                   "host=h password=xxxxx user=u",
		"PASSWORD = hunter2 host=h":                        "PASSWORD = xxxxx host=h",
		`password='a hunter2'`:                             "(set)",
		`password=a\ hunter2`:                              "(set)",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			equal(t, withoutPassword(url), want)
			c, err := Load(write(t, ""), []string{"PERSONAE_DATABASE_URL=" + url})
			if errors.Is(err, ErrUnreadablePostgres) {
				if strings.Contains(err.Error(), "hunter2") || want != hidden(url) {
					t.Error(err)
				}
				return
			}
			equal(t, err, nil)
			equal(t, databaseURL(c).Value, want)
			equal(t, string(c.Database.URL), url)
		})
	}
}

func dump(t *testing.T, c Config) string {
	t.Helper()
	var b strings.Builder
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, format, c)
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "c", c, "key", c.Session.Key)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "c", c, "key", c.Session.Key)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(text)
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestADumpHasNoSecrets(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, everything)
	out := dump(t, c)
	for _, secret := range []string{"0123456789", "s=c:ret", "sk-1", "p%40ss", "p@ss", fmt.Sprintf("%x", "sk-1")} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is in the dump\n%s", secret, out)
		}
	}
	if !strings.Contains(fmt.Sprint(c.LLM), "(set)") || strings.Contains(fmt.Sprint(LLM{}), "(set)") {
		t.Error("a dump does not tell a secret that is set from one that is not")
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(everything, "")
	f.Add("[server]\nadress = x\n[server]\naddr =\n", "@h/db")
	f.Add(Example(), "/x@h/db?password=a;b")
	f.Add("[session]\r\nkey = a\\\n  b = c\n", "' x")
	f.Add("\ufeff[llm]\n= =\n[]\n[log", "\nkey = ")
	f.Add("", "=")
	f.Add("[DEFAULT]\naddr: x\n\x00\xff", "?a=@#b")
	f.Fuzz(func(t *testing.T, text, tail string) {
		const secret = "hunterTwoHunterTwoHunterTwoHunterTwo"
		if strings.Contains(strings.ToLower(text+tail), "hunter") {
			return // where the name of a key is the secret, it is quoted
		}
		file := fmt.Sprintf(`%[1]s
[session]
key = %[3]s%[2]s
[auth]
oidc_client_secret = %[3]s%[2]s
[database]
url = postgres://u:%[3]s%[2]s
[llm]
base_url = https://u:%[3]s@h%[2]s
api_key = %[3]s%[2]s`, text, tail, secret)
		for _, test := range []struct {
			text string
			env  []string
		}{
			{text, []string{"PERSONAE_" + tail, "DATABASE_URL=" + tail}},
			{text, []string{
				"PERSONAE_SESSION_KEY=" + secret + tail, "PERSONAE_LLM_API_KEY=" + tail + secret,
				"DATABASE_URL=host=h password=" + secret + tail,
			}},
			{text, []string{"PERSONAE_DATABASE_URL=postgres://u:" + secret + "@h" + tail}},
			{file, nil},
			{"[session]\nkey =\n" + secret + tail, nil},
		} {
			c, err := load("test.ini", test.text, test.env)
			out := dump(t, c)
			if err != nil {
				out += err.Error()
			} else if len(c.Explain()) != len(table(new(Config))) {
				t.Errorf("Explain misses settings of %q", test.text)
			}
			if strings.Contains(out, secret) {
				t.Errorf("the secret of %q %q is in\n%s", test.text, test.env, out)
			}
		}
	})
}
