//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	database    = "personae"
	port        = "5432" // names the socket file; no TCP port is opened
	lockWithin  = time.Minute
	lookEvery   = time.Second
	retryAtMost = 30 * time.Second
)

// Server is a running PostgreSQL. As long as it is not closed, a server that
// dies is started again.
type Server struct {
	dir         string
	link        string // a short way to the socket, or empty
	log         *slog.Logger
	settings    []string
	owner       *syscall.Credential // nil: PostgreSQL runs as we do
	readyWithin time.Duration
	alone       bool         // nobody else may use the data meanwhile
	ended       func() error // does something when the server has ended, while nobody may start it; nil: nothing

	start, users *os.File // locks
	data         *os.File // the cluster's folder

	pid     int   // of the postmaster
	child   bool  // pid is a child that has not been waited for
	logSize int64 // of postgres.log before the latest start

	stopWatch context.CancelFunc
	watched   chan struct{}
	close     func() error
}

// Start returns a running PostgreSQL whose data live under dir, which is made if
// it is missing. A server that runs there already is shared: its users may be
// several processes, and one that outlived a killed user is taken over. Settings
// are PostgreSQL's own, such as "fsync=off", and count only for whoever starts
// the server. It fails, saying what to do, when there are no fitting binaries,
// the folder can't be used, PostgreSQL doesn't get ready within 30 seconds, or
// ctx ends.
func Start(ctx context.Context, dir string, log *slog.Logger, settings ...string) (*Server, error) {
	return start(ctx, &Server{dir: dir, log: log, settings: settings, readyWithin: 30 * time.Second})
}

func start(ctx context.Context, s *Server) (_ *Server, err error) {
	if s.dir, err = filepath.Abs(s.dir); err != nil {
		return nil, fmt.Errorf("The data folder %q can’t be found: %w.", s.dir, err)
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if s.owner, err = account(s.path(""), "postgres", "_postgres"); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, s.unusable(err)
	}
	if s.start, err = s.open(".start.lock", os.O_RDWR); err != nil {
		return nil, s.unusable(err)
	}
	if s.users, err = s.open(".users.lock", os.O_RDWR); err != nil {
		return nil, s.unusable(err)
	}
	s.link = shortcut(s.path(""), os.TempDir())
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	ctx, s.stopWatch = context.WithCancel(context.Background())
	s.watched = make(chan struct{})
	s.close = sync.OnceValue(s.leave)
	go s.watch(ctx)
	return s, nil
}

// URL returns the connection string, for pgx, to the database "personae" as the
// cluster's superuser over the unix socket.
func (s *Server) URL() string { return s.connString(database) }

func (s *Server) connString(name string) string {
	host := s.link
	if host == "" {
		host = s.path("")
	}
	query := url.Values{"host": {host}, "port": {port}, "user": {"postgres"}, "sslmode": {"disable"}}
	return "postgres:///" + name + "?" + strings.ReplaceAll(query.Encode(), "+", "%20") // pgx takes + for itself
}

// Close lets go of the server. The last of its users stops it, as a fast
// shutdown, and waits until it is gone; Close fails when it doesn't go. Closing
// again returns the same answer.
func (s *Server) Close() error { return s.close() }

// enter makes us a user of a server that answers; being one already does no harm.
func (s *Server) enter(ctx context.Context) error {
	unlock, err := s.exclusive(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.use(ctx); err != nil {
		return err
	}
	if err := s.shorten(); err != nil {
		return err
	}
	return s.up(ctx)
}

func (s *Server) leave() error {
	s.stopWatch()
	<-s.watched
	defer s.release()
	unlock, err := s.exclusive(context.Background())
	if err != nil {
		return err
	}
	defer unlock()
	defer drop(s.users)
	if last, err := flock(s.users, syscall.LOCK_EX); !last {
		return err
	}
	if s.link != "" {
		_ = os.Remove(s.link) // a left link does no harm and is used again
	}
	err = s.end(syscall.SIGINT)
	if err == nil && s.ended != nil {
		err = s.ended()
	}
	return err
}

// watch starts PostgreSQL again whenever it has died.
func (s *Server) watch(ctx context.Context) {
	defer close(s.watched)
	for sleep(ctx, lookEvery) {
		_ = s.shorten() // cleaners of temporary folders may have taken it; failing shows in the next connection
		if s.alive() {
			continue
		}
		s.log.Error("PostgreSQL ended unexpectedly and is being started again", "pid", s.pid, "log", s.path(".log"))
		said := ""
		for wait := time.Second; ; wait = min(2*wait, retryAtMost) {
			err := s.enter(ctx)
			if err == nil {
				break
			}
			if ctx.Err() == nil && err.Error() != said {
				said = err.Error()
				s.log.Error("PostgreSQL could not be started again yet", "error", err)
			}
			if !sleep(ctx, wait) {
				return
			}
		}
	}
}

// exclusive takes the start lock, without which nobody starts or stops the server.
func (s *Server) exclusive(ctx context.Context) (unlock func(), err error) {
	if err := s.take(ctx, s.start, syscall.LOCK_EX); err != nil {
		return nil, err
	}
	return func() { _, _ = flock(s.start, syscall.LOCK_UN) }, nil
}

// take waits for a lock.
func (s *Server) take(ctx context.Context, f *os.File, how int) error {
	ctx, cancel := context.WithTimeout(ctx, lockWithin)
	defer cancel()
	for {
		if ok, err := flock(f, how); ok {
			return nil
		} else if err != nil {
			return s.unusable(err)
		}
		if !sleep(ctx, 10*time.Millisecond) {
			return fmt.Errorf("Waiting for another personae that starts or stops PostgreSQL in %s was given up (%w): "+
				"see whether one hangs, then try again.", s.dir, ctx.Err())
		}
	}
}

func (s *Server) release() {
	drop(s.start)
	drop(s.users)
	if s.data != nil {
		s.data.Close()
	}
}

// drop unlocks before it closes: a process just being forked may have the file open for a moment more.
func drop(f *os.File) {
	if f != nil {
		_, _ = flock(f, syscall.LOCK_UN)
		f.Close()
	}
}

// path names the cluster's folder, or with a suffix a file beside it.
func (s *Server) path(suffix string) string { return filepath.Join(s.dir, "postgres"+suffix) }

// open opens a file beside the cluster, made if missing and owned as the cluster
// is: started once by root, it must stay usable for the owner of the data.
func (s *Server) open(suffix string, flags int) (*os.File, error) {
	f, err := os.OpenFile(s.path(suffix), flags|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err == nil && s.owner != nil {
		if err = f.Chown(int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			f.Close()
		}
	}
	return f, err
}

func (s *Server) unusable(err error) error {
	return fmt.Errorf("PostgreSQL’s data can’t be kept in %s: %w. "+
		"See that the account that runs personae may write there and that its disk has space, "+
		"or choose another folder with PERSONAE_DATABASE_DATA_DIR.", s.dir, err)
}

// flock tries to get or change a lock, and says whether it could without waiting.
func flock(f *os.File, how int) (bool, error) {
	for {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case err != nil:
			return false, fmt.Errorf("%s can’t be locked: %w", f.Name(), err)
		default:
			return true, nil
		}
	}
}

// sleep says whether it slept to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
