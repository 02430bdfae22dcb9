package main

import (
	"errors"
	"fmt"
	"time"

	"personae/internal/postgres"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply every migration that is missing."`
	Status migrateStatus `cmd:"" help:"List the migrations and when each was applied."`
}

type migrateUp struct{}

// Run applies every migration that is missing and prints its name.
func (migrateUp) Run(e *environment) error {
	s, err := e.newStore()
	if err != nil {
		return err
	}
	err = e.open(s.owner, func(db *postgres.DB) error {
		applied, err := e.migrate(db, s)
		for _, name := range applied {
			fmt.Fprintln(e.out, "applied", name)
		}
		if err == nil && len(applied) == 0 {
			fmt.Fprintln(e.out, "nothing to apply")
		}
		return err
	})
	return errors.Join(err, s.stop())
}

type migrateStatus struct{}

// Run prints a line for each migration, oldest first.
func (migrateStatus) Run(e *environment) error {
	return e.withDatabase(func(db *postgres.DB) error {
		list, err := db.Migrations(e)
		for _, m := range list {
			when := "not applied"
			if !m.Applied.IsZero() {
				when = "applied " + m.Applied.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(e.out, "%s\t%s\n", m.Name, when)
		}
		return err
	})
}
