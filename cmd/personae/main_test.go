package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"personae/internal/testing/dbtest"
	"personae/internal/testing/logtest"
)

// personae runs the command line and returns its exit status and what it printed.
func personae(t *testing.T, env []string, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o bytes.Buffer
	var e logtest.Log // the programs of PostgreSQL write there too, two at once
	code = run(t.Context(), args, env, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

// operator uses the command line with a database.
type operator struct {
	t  *testing.T
	db *dbtest.Database
}

func (o operator) run(in string, args ...string) (code int, out, errs string) {
	o.t.Helper()
	return personae(o.t, []string{"PERSONAE_DATABASE_URL=" + o.db.URL}, in, args...)
}

// does runs a command that must succeed and returns what it printed.
func (o operator) does(in string, args ...string) string {
	o.t.Helper()
	code, out, errs := o.run(in, args...)
	if code != 0 {
		o.t.Fatalf("%v: exit %d: %s%s", args, code, out, errs)
	}
	return out
}

// fails runs a command that must fail, say so and change nothing.
func (o operator) fails(in, says string, args ...string) {
	o.t.Helper()
	before := o.db.Snapshot(o.t)
	code, _, errs := o.run(in, args...)
	if code != 1 || !strings.Contains(errs, says) {
		o.t.Errorf("%v: exit %d: %s", args, code, errs)
	}
	if o.db.Snapshot(o.t) != before {
		o.t.Errorf("%v failed and changed something", args)
	}
}

func TestWrongWordsExitWithTwoAndFailuresWithOne(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]int{
		"": 0, "--help": 0, "serve --help": 0, "version": 0, "migrate up --help": 0,
		"help": 0, "help import": 0, "help user add": 0, "--version": 0, "help nonsense": 2,
		"nonsense": 2, "serve --nonsense": 2, "resolve": 2, "resolve --workspace nonsense": 2,
		"resolve --workspace 00000000-0000-0000-0000-000000000000 --channel pigeon": 2, "user add": 2, "migrate": 2,
		"config --config " + filepath.Join(t.TempDir(), "missing.ini"): 1,
	} {
		code, out, errs := personae(t, nil, "", strings.Fields(args)...)
		if code != want {
			t.Errorf("personae %s: exit %d, want %d\n%s%s", args, code, want, out, errs)
		}
		if code == 0 && out == "" || code != 0 && errs == "" {
			t.Errorf("personae %s says nothing", args)
		}
	}
}

func TestHelpAndVersionAreFoundUnderEitherName(t *testing.T) {
	t.Parallel()
	for either, other := range map[string]string{
		"help":        "--help",
		"help import": "import --help",
		"--version":   "version",
	} {
		_, one, _ := personae(t, nil, "", strings.Fields(either)...)
		_, two, _ := personae(t, nil, "", strings.Fields(other)...)
		if one != two {
			t.Errorf("personae %s says\n%s\nand personae %s\n%s", either, one, other, two)
		}
	}
}

// full is a disk that takes nothing more.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestWhatCouldNotBePrintedIsAFailure has commands print to a full disk.
func TestWhatCouldNotBePrintedIsAFailure(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	o := operator{t, d}
	o.does("correct horse\n", "user", "add", "--email", "ada@example.com", "--name", "Ada")
	id := strings.TrimSpace(o.does("", "workspace", "add", "--name", "Harbor", "--admin", "ada@example.com"))
	for _, args := range [][]string{
		{"user", "list"}, {"user", "reset", "--email", "ada@example.com"}, {"workspace", "list"}, {"migrate", "status"},
		{"resolve", "--workspace", id}, {"export", "--workspace", id}, {"doctor"}, {"config"}, {"version"},
	} {
		var errs logtest.Log
		code := run(t.Context(), args, []string{"PERSONAE_DATABASE_URL=" + d.URL}, strings.NewReader(""), full{}, &errs)
		if code != 1 || !strings.Contains(errs.String(), "no space left") {
			t.Errorf("%v: exit %d: %s", args, code, errs.String())
		}
	}
}
