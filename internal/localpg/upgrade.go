//go:build unix

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Upgrade brings the data under dir into the newest PostgreSQL that is installed. move
// copies all of them from one running server to another, whose database is empty. Nobody
// else may use the data meanwhile. Until move has succeeded nothing is changed; then the
// new data take the place of the old ones, which stay in a data folder of their own. It
// fails with ErrNewest where there is nothing to do.
func Upgrade(ctx context.Context, dir string, log *slog.Logger, move func(from, to *Server) error) (Upgraded, error) {
	old := &Server{dir: dir, log: log, alone: true, readyWithin: 30 * time.Second}
	done, err := old.newer(ctx)
	if err != nil {
		return done, err
	}
	if done.Kept, err = filepath.Abs(filepath.Join(dir, fmt.Sprintf("postgres-%d", done.From))); err != nil {
		return done, err
	}
	if _, err := os.Lstat(done.Kept); !errors.Is(err, fs.ErrNotExist) {
		return done, fmt.Errorf("%s, where the older data are to be kept, is there already (%w). Move it away, then try again",
			done.Kept, errors.Join(err, fs.ErrExist))
	}
	if old, err = start(ctx, old); err != nil {
		return done, err
	}
	fresh := old.path(unfinished)
	err = os.RemoveAll(fresh) // of an upgrade that was given up
	if err == nil {
		err = fill(ctx, old, fresh, log, move)
	}
	if err == nil {
		old.ended = func() error { return swap(old.dir, fresh, done.Kept) }
	} else {
		err = errors.Join(err, os.RemoveAll(fresh))
	}
	return done, errors.Join(err, old.Close())
}

// unfinished ends the name of the data folder in which an upgrade makes the new data.
const unfinished = "-upgrade"

// newer finds out which version made the data, and which is to have them.
func (s *Server) newer(ctx context.Context) (Upgraded, error) {
	var err error
	if s.data, err = os.Open(s.path("")); err != nil {
		return Upgraded{}, fmt.Errorf("there are no data in %s: %w", s.dir, err)
	}
	defer func() { drop(s.data); s.data = nil }()
	from, err := s.major()
	if err != nil {
		return Upgraded{}, err
	}
	dirs := places(os.Getenv("PATH"))
	newest, err := find(ctx, dirs, 0)
	if err != nil {
		return Upgraded{}, err
	}
	if newest.major <= from {
		return Upgraded{From: from, To: newest.major}, ErrNewest
	}
	_, err = find(ctx, dirs, from)
	return Upgraded{From: from, To: newest.major}, err
}

// fill makes a data folder and has move fill it from a running server.
func fill(ctx context.Context, old *Server, fresh string, log *slog.Logger, move func(from, to *Server) error) error {
	to, err := Start(ctx, fresh, log)
	if err != nil {
		return err
	}
	return errors.Join(move(old, to), to.Close())
}

// swap puts the new data where the old ones are, which go to kept. Being killed between
// the two steps leaves both whole, and start says so.
func swap(dir, fresh, kept string) error {
	data := filepath.Join(dir, "postgres")
	if err := os.Mkdir(kept, 0o755); err != nil {
		return err
	}
	if err := os.Rename(data, filepath.Join(kept, "postgres")); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(fresh, "postgres"), data); err != nil {
		return err
	}
	parent, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(parent.Sync(), parent.Close(), os.RemoveAll(fresh))
}

// halfUpgraded fails where an upgrade was killed between its last two steps, so that
// nobody begins with an empty database.
func (s *Server) halfUpgraded() error {
	whole := filepath.Join(s.path(unfinished), "postgres")
	if _, err := os.Lstat(whole); err == nil && s.data == nil {
		return s.halfDone(whole)
	}
	return nil
}

func (s *Server) halfDone(whole string) error {
	return fmt.Errorf("An upgrade in %s was broken off when all was done but the last step: "+
		"move %s to %s, then try again.", s.dir, whole, s.path(""))
}

// use makes us a user of the data, the only one if we are to be alone.
func (s *Server) use(ctx context.Context) error {
	if !s.alone {
		return s.take(ctx, s.users, syscall.LOCK_SH)
	}
	if ok, err := flock(s.users, syscall.LOCK_EX); err != nil {
		return s.unusable(err)
	} else if !ok {
		return fmt.Errorf("The data in %s are in use. Stop personae serve, then try again.", s.dir)
	}
	return nil
}
