package main

import (
	"errors"
	"fmt"
	"time"

	"personae/internal/postgres"
)

type benchCommand struct {
	Seed benchSeed `cmd:"" help:"Fill an empty database with workspaces to measure with; can be stopped, and goes on."`
}

type benchSeed struct {
	Workspaces int `default:"100000" help:"How many there are to be."`
	Personas   int `default:"10" help:"In each workspace."`
	Campaigns  int `default:"30" help:"In each workspace."`
	Leads      int `default:"10" help:"In each workspace, with a message and a score each."`
	Events     int `default:"100" help:"In each workspace."`
}

// Validate fails for sizes that refer to nothing.
func (b benchSeed) Validate() error {
	if min(b.Workspaces, b.Personas, b.Campaigns, b.Leads, b.Events) < 1 {
		return errors.New("each number must be at least 1")
	}
	return nil
}

// Run adds what is missing, and says how far it is.
func (b benchSeed) Run(e *environment) error {
	return e.withMigrated(func(db *postgres.DB) error {
		have, err := db.Seeded(e)
		if err != nil {
			return err
		}
		first, began := have, time.Now()
		for have < b.Workspaces {
			if have, err = db.SeedMore(e, postgres.Seed(b), have); err != nil {
				if e.Err() != nil {
					return fmt.Errorf("stopped with %d of %d workspaces; the same command goes on from there", have, b.Workspaces)
				}
				return err
			}
			left := time.Since(began) / time.Duration(have-first) * time.Duration(b.Workspaces-have)
			fmt.Fprintf(e.err, "\r%d of %d workspaces, %s left   ", have, b.Workspaces, left.Round(time.Second))
		}
		fmt.Fprintf(e.out, "\n%d workspaces\n", have)
		return nil
	})
}
