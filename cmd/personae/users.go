package main

import (
	"bufio"
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/persona"
	"personae/internal/postgres"
)

type userCommand struct {
	Add     userAdd     `cmd:"" help:"Add a person; the password is read from standard input."`
	List    userList    `cmd:"" help:"List the people, with what they are."`
	Disable userDisable `cmd:"" help:"Sign a person out for good, and end their tokens, grants and invitations."`
	Enable  userEnable  `cmd:"" help:"Let a person who was disabled sign in again."`
	Remove  userRemove  `cmd:"" help:"Disable a person, and take them out of every workspace; their name stays in the log."`
	Role    userRole    `cmd:"" help:"Make a person superadmin or support staff, or no more so."`
	Reset   userReset   `cmd:"" help:"Print a link by which a person sets a new password, or take a lost second factor away."`
}

type userAdd struct {
	Email      string `required:"" help:"Address to sign in with."`
	Name       string `required:"" help:"Name that others see."`
	Superadmin bool   `help:"May do everything in every workspace."`
	Support    bool   `help:"Support staff: may do what a workspace’s admin grants."`
}

// Run adds the person and prints their id.
func (u userAdd) Run(e *environment) error {
	if err := checkedAddress(u.Email); err != nil {
		return err
	}
	name, err := checkedName(u.Name, access.UserNameLimit)
	if err != nil {
		return err
	}
	password, err := e.readPassword()
	if err != nil {
		return err
	}
	passwords, err := auth.NewPasswords(auth.Cost)
	if err != nil {
		return err
	}
	hash, err := passwords.Hash(e, password, u.Email, name)
	if err != nil {
		return err
	}
	return e.withMigrated(func(db *postgres.DB) error {
		id, err := db.AddUser(e, access.NewUser{
			Email: u.Email, Name: name, PasswordHash: hash, Superadmin: u.Superadmin, Support: u.Support,
		})
		if err == nil {
			fmt.Fprintln(e.out, id)
		}
		return err
	})
}

// checkedAddress fails with a sentence where an address that was given is none, or
// holds a character that nobody sees.
func checkedAddress(email string) error {
	err := access.CheckAddress(email)
	var wrong *access.AddressError
	if errors.As(err, &wrong) && wrong.At == 0 {
		return fmt.Errorf("%q is not an email address", email)
	}
	return err
}

// checkedName returns the words of --name clean. It fails with a sentence that says
// what is wrong with them.
func checkedName(name string, limit int) (string, error) {
	name = persona.CleanLine(name)
	empty := fmt.Sprintf("--name is empty; a name has 1 to %d characters", limit)
	if wrong := persona.CheckName(nil, "name", "--name", empty, name, limit); len(wrong) > 0 {
		return "", errors.New(wrong[0].Message.String())
	}
	return name, nil
}

type userReset struct {
	Email        string `required:"" help:"Address that they sign in with."`
	SecondFactor bool   `help:"Take away their authenticator app, passkeys and recovery codes instead, and sign them out: for who has lost them all."`
}

// Run prints the link, or takes the second factor away.
func (u userReset) Run(e *environment) error {
	if u.SecondFactor {
		return e.withMigrated(func(db *postgres.DB) error {
			was, err := db.ForgetFactors(e, u.Email)
			if err == nil {
				fmt.Fprintln(e.out, forgotten(was))
			}
			return noUser(err, u.Email)
		})
	}
	var raw [32]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return err
	}
	token := base64.RawURLEncoding.EncodeToString(raw[:])
	hash := sha256.Sum256([]byte(token))
	base := e.Server.BaseURL
	if base == "" {
		base = "http://" + e.Server.Addr
	}
	return e.withMigrated(func(db *postgres.DB) error {
		_, theirs, err := db.MakeReset(e, u.Email, hash[:], postgres.ByOperator)
		if err == nil {
			fmt.Fprintln(e.out, base+"/reset/"+token)
			fmt.Fprintf(e.err, "Whoever opens this link within an hour chooses the password of %s, once; give it to nobody else. "+
				"Then all their sessions and other such links end. A second factor is still asked for.\n", theirs)
		}
		return noUser(err, u.Email)
	})
}

// forgotten says what was taken away.
func forgotten(was access.Forgotten) string {
	var had []string
	if was.App {
		had = append(had, "the authenticator app")
	}
	for _, c := range []struct {
		n    int
		word string
	}{{was.Passkeys, "passkeys"}, {was.Codes, "recovery codes"}} {
		if c.n > 0 {
			had = append(had, fmt.Sprintf("%s: %d", c.word, c.n))
		}
	}
	if len(had) == 0 {
		had = []string{"nothing, as there was no second factor"}
	}
	return fmt.Sprintf("Removed: %s. Sessions ended: %d.", strings.Join(had, ", "), was.Sessions)
}

// noUser says of ErrNotFound that nobody has this address.
func noUser(err error, email string) error {
	if errors.Is(err, persona.ErrNotFound) {
		return cmp.Or(access.CheckSeen(email), fmt.Errorf("there is no user with the address %s", email))
	}
	return err
}

// readPassword asks for a password twice, without showing it, where somebody sits at a
// terminal. Else it reads one line, and nothing of it is trimmed but its end.
func (e *environment) readPassword() (string, error) {
	if in, is := e.in.(*os.File); is && term.IsTerminal(int(in.Fd())) {
		return e.askPassword(int(in.Fd()))
	}
	line, err := bufio.NewReader(io.LimitReader(e.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	password := strings.TrimRight(line, "\r\n")
	if password == "" {
		return "", errors.New("no password came on standard input; " +
			"for example: printf '%s\\n' \"$PASSWORD\" | personae user add …")
	}
	return password, nil
}

// askPassword asks twice at a terminal that shows nothing of it.
func (e *environment) askPassword(terminal int) (string, error) {
	var typed [2]string
	for i, question := range []string{"Password: ", "The same again: "} {
		fmt.Fprint(e.err, question)
		line, err := e.typed(terminal)
		fmt.Fprintln(e.err)
		if err != nil {
			return "", err
		}
		typed[i] = line
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two passwords differ, and nobody was added. Try again")
	}
	return typed[0], nil
}

// typed returns a line that the terminal does not show. Ctrl-C leaves the terminal as it was.
func (e *environment) typed(terminal int) (string, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	type answer struct {
		line []byte
		err  error
	}
	read := make(chan answer, 1)
	go func() {
		line, err := term.ReadPassword(terminal)
		read <- answer{line, err}
	}()
	select {
	case a := <-read:
		return string(a.line), a.err
	case <-e.Done():
		return "", errors.Join(errors.New("nobody was added"), term.Restore(terminal, before))
	}
}
