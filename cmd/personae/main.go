// Command personae is the console in which an outreach team decides how its AI
// speaks.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"personae/internal/config"
	"personae/internal/localpg"
	"personae/internal/postgres"
)

func main() {
	// A second Ctrl-C ends the process at once: the first one stops notifying.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// commands is every command and its flags.
type commands struct {
	Config string `help:"INI file to read (default: personae.ini in this folder, if there is one)." type:"path" placeholder:"FILE"`

	Serve     serveCommand     `cmd:"" help:"Run the console."`
	Migrate   migrateCommand   `cmd:"" help:"Apply or list the migrations of the database."`
	User      userCommand      `cmd:"" help:"Manage the people who sign in."`
	Workspace workspaceCommand `cmd:"" help:"Manage workspaces."`
	Resolve   resolveCommand   `cmd:"" help:"Tell which persona answers, and why."`
	ShowConf  configCommand    `cmd:"" name:"config" help:"Print the settings in force and where each came from."`
	Version   versionCommand   `cmd:"" help:"Print the version."`
}

// environment is what a command works with.
type environment struct {
	context.Context
	config.Config
	in       io.Reader
	out, err io.Writer
	log      *slog.Logger
}

// run does one command and gives the exit status: 0, 1 when it failed, 2 when
// the words were wrong.
func run(ctx context.Context, args, env []string, in io.Reader, out, errs io.Writer) int {
	var cli commands
	exited := -1
	parser, err := kong.New(&cli, kong.Name("personae"), kong.Writers(out, errs), kong.UsageOnError(), kong.Exit(func(code int) { exited = code }),
		kong.Description("The console in which an outreach team decides how its AI speaks."))
	if err != nil {
		fmt.Fprintln(errs, "personae:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(errs, "personae: %v\nSee personae --help.\n", err)
		return 2
	}
	e := &environment{Context: ctx, in: in, out: out, err: errs}
	if parsed.Command() != "version" {
		if e.Config, err = config.Load(cli.Config, env); err != nil {
			fmt.Fprintln(errs, "personae: the settings are not right:")
			fmt.Fprintln(errs, err)
			return 1
		}
	}
	options := &slog.HandlerOptions{Level: e.Log.Level}
	e.log = slog.New(slog.NewTextHandler(errs, options))
	if e.Log.Format == "json" {
		e.log = slog.New(slog.NewJSONHandler(errs, options))
	}
	if err := parsed.Run(e); err != nil {
		fmt.Fprintln(errs, "personae:", err)
		return 1
	}
	return 0
}

// database opens the database of the settings, or our own where they name
// none. The function that it gives closes both.
func (e *environment) database() (*postgres.DB, func() error, error) {
	url, stop := string(e.Database.URL), func() error { return nil }
	if url == "" {
		server, err := localpg.Start(e, e.Database.DataDir, e.log)
		if err != nil {
			return nil, nil, err
		}
		url, stop = server.URL(), server.Close
	}
	db, err := postgres.Open(e, url, e.Database.MaxConns, e.log)
	if err != nil {
		return nil, nil, errors.Join(err, stop())
	}
	return db, func() error {
		db.Close()
		return stop()
	}, nil
}

// withDatabase runs do with the database as it is.
func (e *environment) withDatabase(do func(*postgres.DB) error) error {
	db, closeDB, err := e.database()
	if err != nil {
		return err
	}
	return errors.Join(do(db), closeDB())
}

// withMigrated is withDatabase after every missing migration was applied.
func (e *environment) withMigrated(do func(*postgres.DB) error) error {
	return e.withDatabase(func(db *postgres.DB) error {
		applied, err := db.Migrate(e)
		for _, name := range applied {
			e.log.Info("migration applied", "name", name)
		}
		if err != nil {
			return err
		}
		return do(db)
	})
}
