// Command personae is the console in which an outreach team decides how its AI
// speaks.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"sync"
	"syscall"

	"github.com/alecthomas/kong"

	"personae/internal/config"
	"personae/internal/postgres"
)

func main() {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		ends = append(ends, syscall.SIGHUP)
	}
	// A second Ctrl-C ends the process at once: the first one stops notifying.
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	context.AfterFunc(ctx, stop)
	// Who reads the output may go away. That would end the process at once, and leave
	// PostgreSQL behind.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, &output{os.Stdout, stop}, &output{os.Stderr, stop}))
}

// output is where the process writes; stop is called when nobody reads it any more.
type output struct {
	io.Writer
	stop func()
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		o.stop()
	}
	return n, err
}

// printer is where a command prints what it found or made. It keeps the first failure, since
// what nobody could read was not told; who reads no further asked for no more.
type printer struct {
	io.Writer
	mu  sync.Mutex
	err error
}

func (p *printer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := p.Writer.Write(b)
	if p.err == nil && err != nil && !errors.Is(err, syscall.EPIPE) {
		p.err = fmt.Errorf("not all of the output could be written: %w", err)
	}
	return n, err
}

// failed returns the failure that is kept.
func (p *printer) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// commands is every command and its flags.
type commands struct {
	Config string `help:"INI file to read (default: personae.ini in this folder, if there is one)." type:"path" placeholder:"FILE"`

	Serve     serveCommand      `cmd:"" help:"Run the console."`
	Migrate   migrateCommand    `cmd:"" help:"Apply or list the migrations of the database."`
	User      userCommand       `cmd:"" help:"Manage the people who sign in."`
	Workspace workspaceCommand  `cmd:"" help:"Manage workspaces."`
	Import    importCommand     `cmd:"" help:"Bring workspaces over from the database of the system before personae; can be run again."`
	Lead      leadCommand       `cmd:"" help:"Export or erase what is kept about a lead."`
	Resolve   resolveCommand    `cmd:"" help:"Tell which persona answers, and why."`
	Export    exportCommand     `cmd:"" help:"Print the personas of a workspace as JSON, or keep the workspace as files."`
	Plan      planCommand       `cmd:"" help:"Tell what applying files would change; exit 2 where they and the workspace differ."`
	Apply     applyCommand      `cmd:"" help:"Make workspaces hold what files say, after a question; each all or nothing."`
	Load      loadCommand       `cmd:"" help:"Add the personas of a file to a workspace, all or none."`
	Doctor    doctorCommand     `cmd:"" help:"Check every rule in every workspace; exit 1 where one is broken."`
	Backup    backupCommand     `cmd:"" help:"Write the whole database to a file."`
	Restore   restoreCommand    `cmd:"" help:"Bring a backup back into an empty database, and check every rule."`
	Upgrade   upgradeCommand    `cmd:"" name:"upgrade-database" help:"Bring the data folder into a newer PostgreSQL; the older data are kept."`
	ShowConf  configCommand     `cmd:"" name:"config" help:"Print the settings in force and where each came from."`
	Complete  completionCommand `cmd:"" name:"completion" help:"Print what a shell reads to complete the words of personae."`
	Licenses  licensesCommand   `cmd:"" help:"Print the licences of everything inside."`
	Bench     benchCommand      `cmd:"" help:"Fill a database to measure with."`
	Ready     readyCommand      `cmd:"" help:"Ask the console that serves here whether it is ready; exit 1 where it is not."`
	Man       manCommand        `cmd:"" hidden:"" help:"Print the page of the manual."`
	Version   versionCommand    `cmd:"" help:"Print the version."`
}

// database matches what begins a database URL.
var database = regexp.MustCompile(`(?i)^(--from=)?postgres(ql)?://|password\s*=`)

// errDiffers is how a command that only compares ends where it found a difference, which
// it has printed.
var errDiffers = errors.New("there is a difference")

// run runs one command and returns the exit status: 0, 1 when it failed, 2 when
// the words were wrong, or what it only compared differs.
func run(ctx context.Context, args, env []string, in io.Reader, out, errs io.Writer) int {
	var cli commands
	exited := -1
	parser, err := kong.New(&cli, kong.Name("personae"), kong.Writers(out, errs), kong.UsageOnError(),
		kong.Exit(func(code int) { exited = code }),
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
		if slices.ContainsFunc(args, database.MatchString) {
			// The word that is quoted may be the rest of a password.
			err = errors.New("these words cannot be read; put a database URL that holds a blank in quotes")
		}
		fmt.Fprintf(errs, "personae: %v\nSee personae --help.\n", err)
		return 2
	}
	printed := &printer{Writer: out}
	e := &environment{Context: ctx, in: in, out: printed, err: errs}
	if !slices.Contains([]string{"version", "completion <shell>", "licenses", "man"}, parsed.Command()) {
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
	if err = parsed.Run(e); err == nil || errors.Is(err, errDiffers) {
		err = cmp.Or(printed.failed(), err)
	}
	switch {
	case errors.Is(err, errDiffers):
		return 2
	case err != nil:
		fmt.Fprintln(errs, "personae:", err)
		if postgres.Forbidden(err) {
			fmt.Fprintln(errs, "The role of [database] url may not do that: let owner_url name the one that owns the database.")
		}
		return 1
	}
	return 0
}
