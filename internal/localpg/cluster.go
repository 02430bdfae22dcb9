//go:build unix

package localpg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const initWithin = 3 * time.Minute

// errRecovering is a server that replays its log: it must not be disturbed.
var errRecovering = errors.New("it is still recovering")

// up returns when the server answers, started by us if nobody runs it. The
// caller holds the start lock. What it started and couldn't get ready it ends,
// unless that is busy recovering.
func (s *Server) up(ctx context.Context) (err error) {
	launched := false
	defer func() {
		if err != nil && launched && !errors.Is(err, errRecovering) {
			err = errors.Join(err, s.end(syscall.SIGQUIT))
		}
	}()
	if s.data == nil {
		if s.data, err = os.Open(s.path("")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s.unusable(err)
		}
	}
	deadline := time.Now().Add(s.readyWithin)
	for {
		lock, err := s.vacant()
		if err != nil {
			return s.unusable(err)
		}
		if lock != nil && launched {
			lock.Close()
			return s.failed("PostgreSQL did not start")
		}
		if lock != nil {
			// Closing our copy leaves the lock with PostgreSQL, which inherited it.
			err := s.launch(ctx, lock)
			lock.Close()
			if err != nil {
				return err
			}
			launched = true
			deadline = time.Now().Add(s.readyWithin)
		}
		ready, err := s.ready(ctx, launched)
		if ready {
			return nil
		}
		if time.Now().After(deadline) {
			return s.late(err)
		}
		if !sleep(ctx, 10*time.Millisecond) {
			return s.givenUp(ctx)
		}
	}
}

// ready reports whether the server answers, the one that we launched or else any. It
// fails with why one that should does not.
func (s *Server) ready(ctx context.Context, launched bool) (bool, error) {
	pid, status := s.status()
	if status != "ready" || launched && pid != s.pid || !s.runs(pid) {
		return false, nil
	}
	if err := s.connect(ctx); err != nil {
		return false, err
	}
	s.pid = pid
	s.log.Info("PostgreSQL is ready", "pid", pid, "started", launched, "dir", s.dir)
	return true, nil
}

// late says why the server is not ready in time; err is why it did not answer.
func (s *Server) late(err error) error {
	if pid, status := s.status(); status == "starting" && s.runs(pid) {
		return fmt.Errorf("PostgreSQL in %s is not ready after %v: %w. It goes on; try again in a while, and see %s.",
			s.dir, s.readyWithin, errRecovering, s.path(".log"))
	}
	if err != nil {
		return fmt.Errorf("PostgreSQL in %s does not answer after %v: %w. See %s, then try again.",
			s.dir, s.readyWithin, err, s.path(".log"))
	}
	return s.failed(fmt.Sprintf("PostgreSQL is not ready after %v", s.readyWithin))
}

// vacant returns the server lock if no process of the cluster lives, and else nil.
func (s *Server) vacant() (*os.File, error) {
	f, err := s.open(".server.lock", os.O_RDWR)
	if err != nil {
		return nil, err
	}
	if ok, err := flock(f, syscall.LOCK_EX); !ok {
		f.Close()
		return nil, err
	}
	return f, nil
}

// launch starts the server, making the cluster first if there is none; lock is
// what vacant returned.
func (s *Server) launch(ctx context.Context, lock *os.File) error {
	want, err := s.major()
	if err != nil {
		return err
	}
	bin, err := find(ctx, places(os.Getenv("PATH")), want)
	if ctx.Err() != nil {
		return s.givenUp(ctx)
	}
	if err != nil {
		return fmt.Errorf("PostgreSQL can’t be started in %s: %w", s.dir, err)
	}
	if err := s.halfUpgraded(); err != nil {
		return err
	}
	s.tellOfNewer(ctx, want)
	s.rotate()
	log, err := s.open(".log", os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return s.unusable(err)
	}
	defer log.Close()
	if s.logSize, err = log.Seek(0, io.SeekEnd); err != nil {
		return s.unusable(err)
	}
	if s.data == nil {
		if err := s.initialise(ctx, bin, log, lock); err != nil {
			return err
		}
	}
	if err := give(s.path(""), s.owner); err != nil {
		return s.unusable(err)
	}
	if pid, _ := s.status(); s.runs(pid) {
		return fmt.Errorf("The data in %s are in use by a PostgreSQL that personae did not start (process %d). "+
			"Stop it, then try again.", s.dir, pid)
	}
	// Nobody lives who could have written these; the pids in them may by now be strangers', and stop PostgreSQL.
	for _, stale := range []string{"postmaster.pid", ".s.PGSQL." + port, ".s.PGSQL." + port + ".lock"} {
		if err := os.Remove(filepath.Join(s.path(""), stale)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s.unusable(err)
		}
	}
	args := []string{"-D", s.reach(s.data)}
	for _, setting := range append([]string{
		"listen_addresses=",
		"port=" + port,
		"unix_socket_directories=.",
		"unix_socket_permissions=0700",
		// Details and statements quote what people typed, which has no place in a log.
		"log_error_verbosity=terse",
		"log_min_error_statement=panic",
		// Two lines every five minutes for as long as it runs; only a start begins a new log.
		"log_checkpoints=off",
	}, s.settings...) {
		args = append(args, "-c", setting)
	}
	// It outlives ctx, and is waited for by reap.
	cmd := s.command(context.Background(), filepath.Join(bin.dir, "postgres"), log, lock, s.data, args...)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("PostgreSQL could not be run: %w. See that its account may run %s.", err, cmd.Path)
	}
	s.pid, s.child = cmd.Process.Pid, true
	return cmd.Process.Release()
}

// tellOfNewer logs that a newer PostgreSQL is installed than the one that made the data.
func (s *Server) tellOfNewer(ctx context.Context, major int) {
	if newest, err := find(ctx, places(os.Getenv("PATH")), 0); err == nil && major != 0 && newest.major > major {
		s.log.Info("a newer PostgreSQL is installed; personae upgrade-database brings the data into it",
			"data", major, "installed", newest.major)
	}
}

// logLimit is the size from which postgres.log is begun anew when PostgreSQL starts; the
// one before is kept.
const logLimit = 10 << 20

func (s *Server) rotate() {
	if info, err := os.Lstat(s.path(".log")); err == nil && info.Size() > logLimit {
		_ = os.Rename(s.path(".log"), s.path(".log.1")) // else it goes on in the one that is there
	}
}

// major returns the major version that made the data, 0 if there are none.
func (s *Server) major() (int, error) {
	if s.data == nil {
		return 0, nil
	}
	major := 0
	text, err := os.ReadFile(filepath.Join(s.path(""), "PG_VERSION"))
	if err == nil {
		major, err = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if err != nil {
		return 0, fmt.Errorf("%s holds no PostgreSQL data that can be read (PG_VERSION: %w). "+
			"Move it away, or choose another folder with PERSONAE_DATABASE_DATA_DIR.", s.path(""), err)
	}
	return major, nil
}

// initialise makes the cluster beside its place and moves it there when it is
// whole, so that being killed on the way leaves nothing half made.
func (s *Server) initialise(ctx context.Context, bin installation, log, lock *os.File) error {
	ctx, cancel := context.WithTimeout(ctx, initWithin)
	defer cancel()
	var failure error
	for _, locale := range [][]string{
		{"--locale=C.UTF-8"},
		// PostgreSQL 17 knows it where the system doesn't
		{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"},
		{"--locale=C"},
	} {
		if failure = s.initdb(ctx, bin, log, lock, locale); failure == nil {
			break
		}
		if ctx.Err() != nil {
			return s.givenUp(ctx)
		}
		if !errors.As(failure, new(*exec.ExitError)) {
			return failure
		}
	}
	if failure != nil {
		return s.failed("The PostgreSQL data folder could not be made")
	}
	if err := os.Rename(s.path(".new"), s.path("")); err != nil {
		return s.unusable(err)
	}
	parent, err := os.Open(s.dir)
	if err == nil {
		err = errors.Join(parent.Sync(), parent.Close())
	}
	if err == nil {
		s.data, err = os.Open(s.path(""))
	}
	if err != nil {
		return s.unusable(err)
	}
	return nil
}

func (s *Server) initdb(ctx context.Context, bin installation, log, lock *os.File, locale []string) error {
	fresh := s.path(".new")
	if err := errors.Join(os.RemoveAll(fresh), os.Mkdir(fresh, 0o700)); err != nil {
		return s.unusable(err)
	}
	if err := give(fresh, s.owner); err != nil {
		return s.unusable(err)
	}
	dir, err := os.Open(fresh)
	if err != nil {
		return s.unusable(err)
	}
	defer dir.Close()
	// Trust is right because nobody but the owner (and root) gets to the socket.
	args := append([]string{"-D", s.reach(dir), "--username=postgres", "--encoding=UTF8", "--auth-local=trust",
		"--auth-host=reject", "--data-checksums"}, locale...)
	cmd := s.command(ctx, filepath.Join(bin.dir, "initdb"), log, lock, dir, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // lets it give its shared memory back
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Run(); err != nil {
		err = fmt.Errorf("PostgreSQL’s initdb could not be run: %w. See that its account may run %s.", err, cmd.Path)
		return errors.Join(err, os.RemoveAll(fresh))
	}
	return nil
}

// command makes a program of PostgreSQL ready to run in a session of its own, so
// that Ctrl-C in the terminal doesn't reach it, with the server lock to hold and
// its folder as open files 3 and 4.
func (s *Server) command(ctx context.Context, program string, log, lock, dir *os.File, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/" // its account may not be able to enter ours
	cmd.Env = []string{"LC_ALL=C"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "TZ"} { // neither our secrets nor PGPORT and the like
		if value, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{lock, dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: s.owner}
	return cmd
}

// reach returns a path of dir that PostgreSQL can use. Under another account it may
// not be able to get there from the root (/root, a private temporary folder), so
// it comes in through the open file it inherits. PostgreSQL goes to its data
// folder at once and works with relative paths from there; all its processes are
// forks that keep the file open, so the few absolute ones go on working too.
func (s *Server) reach(dir *os.File) string {
	if s.owner == nil || openFiles == "" {
		return dir.Name()
	}
	return openFiles + "4"
}

// status reads postmaster.pid: who runs, and how far it is.
func (s *Server) status() (pid int, status string) {
	text, err := os.ReadFile(filepath.Join(s.path(""), "postmaster.pid"))
	if err != nil {
		return 0, ""
	}
	lines := strings.Split(string(text), "\n")
	pid, _ = strconv.Atoi(strings.TrimSpace(lines[0]))
	if len(lines) > 7 {
		status = strings.TrimSpace(lines[7])
	}
	return pid, status
}

// runs says whether pid is a PostgreSQL at work in our data folder.
func (s *Server) runs(pid int) bool {
	return pid > 0 && s.data != nil && worksIn(pid, s.data)
}

func (s *Server) alive() bool {
	s.reap()
	return s.runs(s.pid)
}

// reap clears away our child if it has ended.
func (s *Server) reap() {
	if s.child {
		if pid, err := syscall.Wait4(s.pid, nil, syscall.WNOHANG, nil); pid == s.pid || errors.Is(err, syscall.ECHILD) {
			s.child = false
		}
	}
}

// connect proves that the server answers, and makes our database if it isn't there.
func (s *Server) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.readyWithin)
	defer cancel()
	conn, err := pgconn.Connect(ctx, s.URL())
	if err == nil {
		return conn.Close(ctx)
	}
	if missing := (*pgconn.PgError)(nil); !errors.As(err, &missing) || missing.Code != "3D000" {
		return err
	}
	if conn, err = pgconn.Connect(ctx, s.connString("postgres")); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+database).ReadAll()
	return errors.Join(err, conn.Close(ctx))
}

// end stops the server, beginning with the signal first (SIGINT: fast, SIGQUIT: at
// once), and waits until its last process is gone. The caller holds the start lock.
func (s *Server) end(first syscall.Signal) error {
	for _, step := range []struct {
		signal syscall.Signal
		wait   time.Duration
	}{{first, 30 * time.Second}, {syscall.SIGQUIT, 5 * time.Second}, {syscall.SIGKILL, 5 * time.Second}} {
		if s.gone() {
			return nil
		}
		if pid, _ := s.status(); s.runs(pid) {
			s.pid = pid // another of its users may have started it again
		}
		if s.child || s.runs(s.pid) {
			_ = syscall.Kill(s.pid, step.signal) // fails if it has just gone
		}
		for deadline := time.Now().Add(step.wait); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if s.gone() {
				return nil
			}
		}
	}
	return fmt.Errorf("PostgreSQL in %s could not be stopped: see %s.", s.dir, s.path(".log"))
}

// gone says whether no process of the cluster is left. If somebody has removed
// the folder, and the lock with it, the postmaster has to do.
func (s *Server) gone() bool {
	lock, err := s.vacant()
	if lock != nil {
		lock.Close()
	}
	alive := s.alive()
	return !s.child && (lock != nil || err != nil && !alive)
}

func (s *Server) givenUp(ctx context.Context) error {
	return fmt.Errorf("Starting PostgreSQL in %s was given up: %w.", s.dir, context.Cause(ctx))
}

// failed makes an error of what PostgreSQL last said.
func (s *Server) failed(what string) error {
	tail := "(nothing)"
	if text, err := os.ReadFile(s.path(".log")); err == nil {
		text = bytes.TrimSpace(text[min(int(s.logSize), len(text)):])
		lines := strings.Split(string(text), "\n")
		tail = strings.Join(lines[max(0, len(lines)-10):], "\n")
	}
	advice := "Put that right, then try again."
	if strings.Contains(tail, "No space left") || strings.Contains(tail, "free disk space") {
		advice = "Free some space on the disk, then try again."
	}
	return fmt.Errorf("%s in %s. The last lines of %s are:\n%s\n%s", what, s.dir, s.path(".log"), tail, advice)
}
