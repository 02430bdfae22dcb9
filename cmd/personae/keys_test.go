package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
)

// TestSecretsAreSealedWithTheSessionKey starts without a key, with one, and with the next.
func TestSecretsAreSealedWithTheSessionKey(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	_, secret := workspaceWithHook(t, d, "Harbor")
	url := "PERSONAE_DATABASE_URL=" + d.URL
	doctor := func(code int, says string, env ...string) {
		t.Helper()
		if got, out, errs := personae(t, append(env, url), "", "doctor"); got != code || !strings.Contains(out+errs, says) {
			t.Errorf("%v: exit %d: %s%s", env, got, out, errs)
		}
	}
	sealed := func() bool { return !strings.Contains(d.Dump(t), secret) }

	s := serve(t, []string{url})
	s.stop()
	if sealed() || !strings.Contains(s.log.String(), "give all instances the same [session] key") {
		t.Error("without a key:", s.log)
	}
	doctor(0, "every rule holds")

	old, fresh := strings.Repeat("old", 11), strings.Repeat("new", 11)
	for _, keys := range []string{old, fresh + " " + old} {
		s = serve(t, []string{url, "PERSONAE_SESSION_KEY=" + keys})
		s.stop()
		if !sealed() || !strings.Contains(s.log.String(), "secrets sealed") || strings.Contains(s.log.String(), "ERROR") {
			t.Error(s.log)
		}
	}
	doctor(0, "every rule holds", "PERSONAE_SESSION_KEY="+fresh)
	doctor(1, "the key that it was sealed with is not here", "PERSONAE_SESSION_KEY="+old)
	doctor(0, "this command has no key")
	s = serve(t, []string{url, "PERSONAE_SESSION_KEY=" + old})
	s.stop()
	if !strings.Contains(s.log.String(), "personae doctor names them") {
		t.Error("with a key that does not fit:", s.log)
	}
}

// TestAKeyFileThatWasCutShortIsNoKey looks for the secrets of a database with several files.
func TestAKeyFileThatWasCutShortIsNoKey(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	workspaceWithHook(t, d, "Harbor")
	url, phrase := "PERSONAE_DATABASE_URL="+d.URL, "a phrase of some words that nobody guesses"
	s := serve(t, []string{url, "PERSONAE_SESSION_KEY=" + phrase})
	s.stop()
	for text, want := range map[string]struct {
		code int
		says string
	}{
		"":                     {1, "secrets.key holds no key"},
		"\n":                   {1, "secrets.key holds no key"},
		phrase[:31] + "\n":     {1, "secrets.key holds a key of fewer than 32 characters"},
		phrase + "\n":          {0, "every rule holds"},
		"\n" + phrase + "\r\n": {0, "every rule holds"},
		strings.Repeat("fresh", 7) + "\n" + phrase:     {0, "every rule holds"},
		strings.Repeat("fresh", 7) + "\nold and short": {1, "fewer than 32"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "secrets.key"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := personae(t, []string{url, "PERSONAE_DATABASE_DATA_DIR=" + dir}, "", "doctor")
		if code != want.code || !strings.Contains(out+errs, want.says) {
			t.Errorf("%q: exit %d: %s%s", text, code, out, errs)
		}
	}
}
