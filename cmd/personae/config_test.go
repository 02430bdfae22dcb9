package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
