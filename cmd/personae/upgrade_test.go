package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"personae/internal/localpg"
)

// newerPostgreSQL returns programs that say they are of the version after the installed
// one, and do what that does: two major versions are rarely installed together.
func newerPostgreSQL(t *testing.T, major int) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "newer-") // below a folder that another account may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // another account runs what is in it
		t.Fatal(err)
	}
	// Debian's programs in /usr/bin choose one of these folders, and know no initdb.
	real := fmt.Sprintf("/usr/lib/postgresql/%d/bin", major)
	if _, err := os.Stat(real); err != nil {
		dump, err := localpg.Client(t.Context(), "pg_dump", major)
		if err != nil {
			t.Fatal(err)
		}
		real = filepath.Dir(dump)
	}
	for _, name := range []string{"postgres", "initdb", "pg_dump", "pg_dumpall", "pg_restore"} {
		script := fmt.Sprintf("#!/bin/sh\ncase \"$1\" in --version) echo '%s (PostgreSQL) %d.1';; *) exec '%s' \"$@\";; esac\n",
			name, major+1, filepath.Join(real, name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil { //nolint:gosec // it is run
			t.Fatal(err)
		}
	}
	return dir
}

// TestADataFolderIsBroughtIntoANewerPostgreSQL once such programs are in $PATH, and not
// while anybody uses it.
func TestADataFolderIsBroughtIntoANewerPostgreSQL(t *testing.T) {
	dir := t.TempDir()
	do := func(in string, args ...string) (int, string) {
		t.Helper()
		code, out, errs := personae(t, []string{"PERSONAE_DATABASE_DATA_DIR=" + dir, "PERSONAE_LOG_LEVEL=error"}, in, args...)
		return code, out + errs
	}
	if code, says := do("", "upgrade-database"); code != 1 || !strings.Contains(says, "there is no database in") {
		t.Errorf("without data: exit %d: %s", code, says)
	}
	if code, says := do("", "migrate", "up"); code != 0 {
		t.Fatal(says)
	}
	key, err := os.ReadFile(filepath.Join(dir, "secrets.key"))
	if info, _ := os.Stat(filepath.Join(dir, "secrets.key")); err != nil || len(key) != 65 || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file: %v, %d bytes", err, len(key))
	}
	if code, says := do("correct horse\n", "user", "add", "--email", "ada@example.com", "--name", "Ada"); code != 0 {
		t.Fatal(says)
	}
	version, err := os.ReadFile(filepath.Join(dir, "postgres", "PG_VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	var major int
	if _, err := fmt.Sscan(string(version), &major); err != nil {
		t.Fatal(err)
	}
	if code, says := do("", "upgrade-database"); code != 0 || !strings.Contains(says, "nothing to do") {
		t.Errorf("with none newer: exit %d: %s", code, says)
	}
	t.Setenv("PATH", newerPostgreSQL(t, major)+string(os.PathListSeparator)+os.Getenv("PATH"))
	user, err := localpg.Start(t.Context(), dir, testLog())
	if err != nil {
		t.Fatal(err)
	}
	if code, says := do("", "upgrade-database"); code != 1 || !strings.Contains(says, "in use") {
		t.Errorf("in use: exit %d: %s", code, says)
	}
	if err := user.Close(); err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(dir, fmt.Sprintf("postgres-%d", major))
	if code, says := do("", "upgrade-database"); code != 0 || !strings.Contains(says, fmt.Sprintf("in PostgreSQL %d now", major+1)) ||
		!strings.Contains(says, kept) {
		t.Fatalf("exit %d: %s", code, says)
	}
	for _, folder := range []string{dir, kept} {
		code, out, errs := personae(t, []string{"PERSONAE_DATABASE_DATA_DIR=" + folder}, "", "user", "list")
		if code != 0 || !strings.Contains(out, "ada@example.com") {
			t.Errorf("%s: exit %d: %s%s", folder, code, out, errs)
		}
	}
	if code, says := do("", "doctor"); code != 0 {
		t.Errorf("afterwards: exit %d: %s", code, says)
	}
	// Killed between the last two steps.
	if err := os.MkdirAll(filepath.Join(dir, "postgres-upgrade"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "postgres"), filepath.Join(dir, "postgres-upgrade", "postgres")); err != nil {
		t.Fatal(err)
	}
	if code, says := do("", "migrate", "up"); code != 1 || !strings.Contains(says, "move "+dir) {
		t.Errorf("half way: exit %d: %s", code, says)
	}
}

func testLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
