package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"personae/internal/localpg"
	"personae/internal/postgres"
)

type backupCommand struct {
	File string `arg:"" help:"File to write, which takes the place of one that is there; - for standard output."`
}

// Run writes the whole database to a file, while others go on writing it. A file
// is there once it is whole.
func (b backupCommand) Run(e *environment) error {
	s, err := e.store()
	if err != nil {
		return err
	}
	err = e.open(s.owner, func(db *postgres.DB) error {
		dump := func(w io.Writer) error { return e.client(db, s.owner, "pg_dump", nil, w, "--format=custom") }
		if b.File == "-" {
			return dump(e.out)
		}
		return b.write(dump)
	})
	if keys, _ := e.keys(); err == nil && keys.Any() {
		fmt.Fprintln(e.err, "The secrets in it are sealed, and their key is not in it: keep "+e.keyIs()+" too.")
	}
	return errors.Join(err, s.stop())
}

// write has dump write a file of ours alone beside File, and moves it there.
func (b backupCommand) write(dump func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(b.File), "."+filepath.Base(b.File)+".*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(file.Name())
	err = dump(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), b.File)
}

type restoreCommand struct {
	File string `arg:"" help:"File that backup wrote; - for standard input."`
}

// Run brings a backup into a database without tables, all of it or nothing, applies the
// migrations that it lacks, and ends as doctor does.
func (r restoreCommand) Run(e *environment) error {
	in := e.in
	if r.File != "-" {
		file, err := os.Open(r.File)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	s, err := e.newStore()
	if err != nil {
		return err
	}
	err = e.open(s.owner, func(db *postgres.DB) error {
		empty, err := db.Empty(e)
		if err != nil {
			return err
		}
		if !empty {
			return errors.New("this database holds something already, and nothing was changed. " +
				"Restore into an empty one: a new data folder or a new database")
		}
		// Its owner is whoever restores, and roles are given their rights by us:
		// those of the cluster that it comes from need not be here.
		if err := e.client(db, s.owner, "pg_restore", in, nil, "--single-transaction", "--exit-on-error",
			"--no-owner", "--no-privileges"); err != nil {
			return fmt.Errorf("%w. Nothing was restored", err)
		}
		// An older backup has not all the functions that are kept from everyone.
		if _, err := e.migrate(db, s); err != nil {
			return err
		}
		if err := db.RevokeEveryone(e); err != nil {
			return err
		}
		return db.Analyze(e)
	})
	if err == nil {
		// What was due since the backup is done by the server that is started on it.
		err = e.open(s.owner, doctorCommand{}.check(e, "schedules"))
	}
	return errors.Join(err, s.stop())
}

// client runs a client program of PostgreSQL on the database at url.
func (e *environment) client(db *postgres.DB, url, program string, in io.Reader, out io.Writer, args ...string) error {
	server, err := db.ServerMajor(e)
	if err != nil {
		return err
	}
	path, err := localpg.Client(e, program, server)
	if err != nil {
		return err
	}
	bare, password, err := postgres.WithoutPassword(url)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(e, path, append(args, "--no-password", "--dbname="+bare)...)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, e.err
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	return nil
}
