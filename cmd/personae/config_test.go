package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"personae/internal/config"
)

func TestUnknownSettingIsNamedWithTheNearest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "personae.ini")
	if err := os.WriteFile(file, []byte("[server]\nadr = 127.0.0.1:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, errs := personae(t, nil, "", "config", "--config", file)
	if code != 1 || !strings.Contains(errs, "addr") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestConfigShowsWhereSettingsCameFromAndNoSecret(t *testing.T) {
	t.Parallel()
	code, out, errs := personae(t, []string{"PERSONAE_SESSION_KEY=" + strings.Repeat("s", 40),
		"PERSONAE_DATABASE_URL=postgres://u:geheim@h/d"}, "", "config")
	if code != 0 || strings.Contains(out, "ssss") || strings.Contains(out, "geheim") ||
		!strings.Contains(out, "PERSONAE_SESSION_KEY") || !strings.Contains(out, "(set)") {
		t.Errorf("exit %d:\n%s%s", code, out, errs)
	}
}

func TestADatabaseURLThatCannotBeReadIsNamedByItsSetting(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "url")
	if err := os.WriteFile(file, []byte("postgres://u:hunter2@h:port/d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"config", "serve", "doctor"} {
		code, out, errs := personae(t, []string{"PERSONAE_DATABASE_URL=postgres://h/d", "PERSONAE_DATABASE_OWNER_URL_FILE=" + file,
			"PERSONAE_DATABASE_READ_URL=postgres://u:p@hunter2@h/d"}, "", command)
		if code != 1 || out != "" || strings.Contains(errs, "hunter2") ||
			!strings.Contains(errs, "[database] owner_url in PERSONAE_DATABASE_OWNER_URL_FILE: the database URL cannot be read") ||
			!strings.Contains(errs, "[database] read_url in PERSONAE_DATABASE_READ_URL: the database URL cannot be read") {
			t.Errorf("%s: exit %d: %s%s", command, code, out, errs)
		}
	}
}

// TestNoPartOfADatabasePasswordIsPrinted gives passwords that nobody escaped to
// whatever reads a database URL. The hosts are none that could be asked.
func TestNoPartOfADatabasePasswordIsPrinted(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://u:p@hunter2@127.0.0.1:1/db", "postgres://u:p/hunter2@127.0.0.1:1/db",
		"postgres://u:12/hunter2@127.0.0.1:1/db",
		"postgres://u:12?hunter2@127.0.0.1:1/db", "postgres://u:12#hunter2@127.0.0.1:1/db",
		"postgres://u:%hunter2@127.0.0.1:1/db",
		"postgres://u:p hunter2@127.0.0.1:1/db", "postgres://127.0.0.1:1/db?password=p&hunter2=x",
		"postgres://u:x@127.0.0.1:1/db?password=a@hunter2",
		"postgresql://u:p@@hunter2@127.0.0.1:1/db", "postgres://u:p:hunter2@127.0.0.1:1/db",
		"postgres://u:p\thunter2@127.0.0.1:1/db",
		"password=hunter2 x host=127.0.0.1 port=1", "host=127.0.0.1 port=1 password=x hunter2",
		"host=127.0.0.1 port=1 password=x hunter2=y",
		"host=127.0.0.1 port=1 password='x hunter2", `host=127.0.0.1 port=1 password=x\ hunter2`, "password = x@hunter2 host=127.0.0.1 port=1", "password=x hunter2",
	} {
		for _, args := range []string{"config", "doctor", "migrate status", "serve", "import --from"} {
			env, words := []string{"PERSONAE_DATABASE_URL=" + url}, strings.Fields(args)
			if args == "import --from" {
				env, words = nil, append(words, url)
			}
			code, out, errs := personae(t, env, "", words...)
			if strings.Contains(out+errs, "hunter2") || args != "config" && code != 1 {
				t.Errorf("%s with %q: exit %d\n%s%s", args, url, code, out, errs)
			}
		}
	}
	for _, words := range []string{
		"import --from password=x hunter2", "import --from postgres://u:p hunter2@h/db",
		"import --from=postgres://u:p --hunter2@h/db",
	} {
		if code, out, errs := personae(t, nil, "", strings.Fields(words)...); strings.Contains(out+errs, "hunter2") ||
			code != 2 {
			t.Errorf("%s: exit %d\n%s%s", words, code, out, errs)
		}
	}
}

func TestAnExampleOfTheSettingsIsPrinted(t *testing.T) {
	t.Parallel()
	code, out, errs := personae(t, nil, "", "config", "--example")
	if code != 0 || out != config.Example() {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
