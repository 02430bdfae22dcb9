package main

import (
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
