package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"personae/internal/testing/dbtest"
)

// terminal returns both ends of a terminal: what a person has, and what a program.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

// TestAPasswordIsAskedForTwiceAtATerminalAndNeverShown types at one.
func TestAPasswordIsAskedForTwiceAtATerminalAndNeverShown(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	for typed, want := range map[string]struct {
		code int
		says string
	}{
		"correct horse\ncorrect horse\n": {0, "Password: \nThe same again: \n"},
		"correct horse\ncorrect house\n": {1, "the two passwords differ, and nobody was added"},
	} {
		person, program := terminal(t)
		// Written before it is read: what waits in a terminal that still echoes may be shown
		// by it, but not by us.
		lines := strings.SplitAfter(typed, "\n")
		asked := &prompts{answers: lines, to: person}
		var out bytes.Buffer
		code := run(t.Context(), []string{"user", "add", "--email", "ada@example.com", "--name", "Ada"},
			[]string{"PERSONAE_DATABASE_URL=" + db.URL}, program, &out, asked)
		if code != want.code || !strings.Contains(asked.String(), want.says) || strings.Contains(asked.String(), "correct") {
			t.Errorf("%q: exit %d: %s", typed, code, asked)
		}
	}
}

// prompts answers each question with the next line.
type prompts struct {
	bytes.Buffer
	answers []string
	to      *os.File
}

func (p *prompts) Write(text []byte) (int, error) {
	if strings.HasSuffix(string(text), ": ") && len(p.answers) > 0 {
		_, _ = p.to.WriteString(p.answers[0])
		p.answers = p.answers[1:]
	}
	return p.Buffer.Write(text)
}
