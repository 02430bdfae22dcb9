package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"personae/internal/localpg"
	"personae/internal/postgres"
)

type upgradeCommand struct{}

// Run brings the data folder into the newest PostgreSQL that is installed, and says where
// the older data stay.
func (upgradeCommand) Run(e *environment) error {
	if e.Database.URL != "" {
		return errors.New("[database] url names a PostgreSQL that personae does not run: upgrade it as you made it. " +
			"personae upgrade-database is for a data folder of personae’s own")
	}
	if err := e.hasData(); err != nil {
		return err
	}
	done, err := localpg.Upgrade(e, e.Database.DataDir, e.log, func(from, to *localpg.Server) error {
		return e.open(from.URL(), func(old *postgres.DB) error {
			return e.open(to.URL(), func(fresh *postgres.DB) error { return e.move(old, fresh, from.URL(), to.URL()) })
		})
	})
	switch {
	case errors.Is(err, localpg.ErrNewest):
		fmt.Fprintf(e.out, "The data are of PostgreSQL %d, and no newer one is installed: there is nothing to do.\n", done.From)
		return nil
	case err != nil:
		return fmt.Errorf("%w. Nothing was changed", err)
	}
	// What is kept is a data folder itself, and its secrets are sealed with the same key.
	if err := os.Link(e.keyFile(), filepath.Join(done.Kept, filepath.Base(e.keyFile()))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fmt.Fprintf(e.out, "The data are in PostgreSQL %d now. Those of PostgreSQL %d stay as they were in %s; "+
		"remove that folder when all is well.\n", done.To, done.From, done.Kept)
	return nil
}

// move copies roles, tables and rights, and counts the rows of both.
func (e *environment) move(old, fresh *postgres.DB, from, to string) error {
	var roles bytes.Buffer
	if err := e.client(old, from, "pg_dumpall", nil, &roles, "--roles-only"); err != nil {
		return err
	}
	if err := fresh.AddRoles(e, roles.String()); err != nil {
		return err
	}
	pipe, dump := io.Pipe()
	dumped := make(chan error, 1)
	go func() {
		err := e.client(old, from, "pg_dump", nil, dump, "--format=custom")
		dumped <- err
		_ = dump.CloseWithError(err)
	}()
	err := e.client(fresh, to, "pg_restore", pipe, nil, "--single-transaction", "--exit-on-error")
	_ = pipe.Close() // what is still dumped goes nowhere
	if err = errors.Join(err, <-dumped); err != nil {
		return err
	}
	before, err := old.CountRows(e)
	if err != nil {
		return err
	}
	after, err := fresh.CountRows(e)
	if err == nil && !maps.Equal(before, after) {
		err = errors.New("the new tables have not as many rows as the old ones")
	}
	if err != nil {
		return err
	}
	return fresh.Analyze(e)
}
