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
	"slices"
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
	Import    importCommand    `cmd:"" help:"Bring workspaces over from the database of the system before personae; can be run again."`
	Resolve   resolveCommand   `cmd:"" help:"Tell which persona answers, and why."`
	Export    exportCommand    `cmd:"" help:"Print the personas of a workspace as JSON."`
	Load      loadCommand      `cmd:"" help:"Add the personas of a JSON file to a workspace, all or none."`
	Doctor    doctorCommand    `cmd:"" help:"Check every rule in every workspace; exit 1 where one is broken."`
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
	switch {
	case len(args) == 0:
		args = []string{"--help"}
	case args[0] == "help":
		args = append(slices.Clone(args[1:]), "--help")
	case args[0] == "--version":
		args = []string{"version"}
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

// store is where the database is.
type store struct {
	owner  string // URL for the role that owns the tables
	server string // URL for the role that the server works under
	role   string // that role; empty: the owner itself
	stop   func() error
}

// store finds the database of the settings, or starts our own where they name
// none.
func (e *environment) store() (store, error) {
	if e.Database.URL == "" {
		pg, err := localpg.Start(e, e.Database.DataDir, e.log)
		if err != nil {
			return store{}, err
		}
		server, err := postgres.URLFor(pg.URL(), postgres.ServerRole)
		if err != nil {
			return store{}, errors.Join(err, pg.Close())
		}
		return store{owner: pg.URL(), server: server, role: postgres.ServerRole, stop: pg.Close}, nil
	}
	s := store{owner: string(e.Database.OwnerURL), server: string(e.Database.URL), stop: func() error { return nil }}
	if s.owner == "" {
		s.owner = s.server
		return s, nil
	}
	role, err := postgres.RoleOf(s.server)
	s.role = role
	return s, err
}

// open runs do with a database, which it closes.
func (e *environment) open(url string, do func(*postgres.DB) error) error {
	db, err := postgres.Open(e, url, e.Database.MaxConns, e.log)
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}

// withDatabase runs do as the owner of the database as it is.
func (e *environment) withDatabase(do func(*postgres.DB) error) error {
	s, err := e.store()
	if err != nil {
		return err
	}
	return errors.Join(e.open(s.owner, do), s.stop())
}

// withMigrated is withDatabase after every missing migration was applied.
func (e *environment) withMigrated(do func(*postgres.DB) error) error {
	s, err := e.store()
	if err != nil {
		return err
	}
	err = e.open(s.owner, func(db *postgres.DB) error {
		if _, err := e.migrate(db, s.role); err != nil {
			return err
		}
		return do(db)
	})
	return errors.Join(err, s.stop())
}

// migrate applies every missing migration, gives the server's role and that of
// legacy readers what they need, and tells what was applied.
func (e *environment) migrate(db *postgres.DB, role string) ([]string, error) {
	applied, err := db.Migrate(e)
	for _, name := range applied {
		e.log.Info("migration applied", "name", name)
	}
	if err == nil && role != "" {
		err = db.GrantServer(e, role)
	}
	if err != nil {
		return applied, err
	}
	granted, err := db.GrantReaders(e)
	if err == nil && !granted {
		e.log.Info("no role for readers of the legacy views: this one may not make roles", "role", postgres.ReaderRole)
	}
	return applied, err
}
