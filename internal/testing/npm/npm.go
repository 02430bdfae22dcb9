// Package npm runs programs of npm packages in tests. They are fetched by make
// checks, and are no part of personae.
package npm

import (
	"os"
	"os/exec"
	"testing"
)

// LeftOut skips a test whose tools are not there, which make test tells
// beforehand. CI must have them: there it is a failure.
func LeftOut(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// Needs leaves a test out where a file of an npm package is not there.
func Needs(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		LeftOut(t, "the npm packages for checks are not there: make checks")
	}
}

// Command returns the command that runs a file. Where there is no Node, or no such
// file, the test is left out.
func Command(t testing.TB, path string, args ...string) *exec.Cmd {
	t.Helper()
	Needs(t, path)
	program, err := exec.LookPath("node")
	if err != nil {
		LeftOut(t, "there is no Node: install it (Debian: apt-get install npm)")
	}
	return exec.CommandContext(t.Context(), program, append([]string{path}, args...)...)
}
