package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"personae/internal/postgres"
)

type benchCommand struct {
	Seed  benchSeed  `cmd:"" help:"Fill an empty database with workspaces to measure with; can be stopped, and goes on."`
	Large benchLarge `cmd:"" help:"Add one large workspace to an empty or so filled database; can be stopped, and goes on."`
}

type benchSeed struct {
	Workspaces int `default:"100000" help:"How many there are to be."`
	Personas   int `default:"10" help:"In each workspace."`
	Campaigns  int `default:"30" help:"In each workspace."`
	Leads      int `default:"10" help:"In each workspace, with a message and a score each."`
	Events     int `default:"100" help:"In each workspace."`
}

// Validate fails for sizes that refer to nothing.
func (b benchSeed) Validate() error { return seedable(postgres.Seed(b)) }

// Run adds what is missing, and says how far it is.
func (b benchSeed) Run(e *environment) error {
	return e.withMigrated(func(db *postgres.DB) error {
		have, _, err := db.Seeded(e)
		if err != nil {
			return err
		}
		return e.fill("workspaces", have, b.Workspaces, func(have int) (int, error) { return db.SeedMore(e, postgres.Seed(b), have) })
	})
}

type benchLarge struct {
	Personas  int `default:"10000" help:"How many of them."`
	Campaigns int `default:"50000" help:"How many of them."`
	Leads     int `default:"100000" help:"How many of them, with a message and a score each."`
	Events    int `default:"1000000" help:"How many of them."`
}

func (b benchLarge) seed() postgres.Seed {
	return postgres.Seed{Workspaces: 1, Personas: b.Personas, Campaigns: b.Campaigns, Leads: b.Leads, Events: b.Events}
}

// Validate fails for sizes that refer to nothing.
func (b benchLarge) Validate() error { return seedable(b.seed()) }

// Run adds what is missing, and says how far it is by the events.
func (b benchLarge) Run(e *environment) error {
	return e.withMigrated(func(db *postgres.DB) error {
		_, have, err := db.Seeded(e)
		if err != nil {
			return err
		}
		return e.fill("events of the large workspace", have, b.Events,
			func(have int) (int, error) { return db.SeedLarge(e, b.seed(), have) })
	})
}

func seedable(s postgres.Seed) error {
	if min(s.Workspaces, s.Personas, s.Campaigns, s.Leads, s.Events) < 1 {
		return errors.New("each number must be at least 1")
	}
	return nil
}

// fill has more made until there are so many of what, and draws how far it is on a terminal;
// elsewhere it says so on a line for each percent.
func (e *environment) fill(what string, have, want int, more func(have int) (int, error)) error {
	first, began, told := have, time.Now(), -1
	for have < want {
		var err error
		if have, err = more(have); err != nil {
			if e.Err() != nil {
				return fmt.Errorf("stopped with %d of %d %s; the same command goes on from there", have, want, what)
			}
			return err
		}
		done := fmt.Sprintf("%d of %d %s, %s", have, want, what, pace(have-first, want-have, time.Since(began)))
		if percent := have * 100 / want; onTerminal(e.err) {
			fmt.Fprintf(e.err, "\r%s %3d%% %s\x1b[K", bar(percent), percent, done)
		} else if percent > told {
			told = percent
			fmt.Fprintf(e.err, "%3d%% %s\n", percent, done)
		}
	}
	if have > first && onTerminal(e.err) {
		fmt.Fprintln(e.err)
	}
	fmt.Fprintf(e.out, "%d %s\n", have, what)
	return nil
}

// pace says how many were made in a second, and how long as many as are left take.
func pace(made, left int, took time.Duration) string {
	return fmt.Sprintf("%.0f a second, %s left", float64(made)/took.Seconds(), (took / time.Duration(made) * time.Duration(left)).Round(time.Second))
}

// bar draws a part of a hundred.
func bar(percent int) string {
	const width = 20
	full := percent * width / 100
	return "[" + strings.Repeat("#", full) + strings.Repeat("-", width-full) + "]"
}

func onTerminal(w io.Writer) bool {
	f, is := w.(*os.File)
	return is && term.IsTerminal(int(f.Fd()))
}
