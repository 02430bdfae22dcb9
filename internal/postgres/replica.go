package postgres

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// staleAfter is how far a replica may be behind for pages to read it.
	staleAfter = time.Second
	// lookAtReplica is how often that is looked at.
	lookAtReplica = 200 * time.Millisecond
)

// replica is a standby that pages are read from while it is hardly behind.
type replica struct {
	connections
	asOf   atomic.Pointer[time.Time] // it has all that was confirmed before; nil: it is away
	stop   context.CancelFunc
	ended  chan struct{}
	behind []passed // what the primary had reached, oldest first, that the replica has not
}

// passed is how far the primary's log was, at or after a moment.
type passed struct {
	position pgLSN
	at       time.Time
}

// pgLSN is a position in the log, as PostgreSQL compares them: its bytes.
type pgLSN int64

type freshEnoughKey struct{}

// MayLag returns a context under which what a page shows may be read from a replica, so that
// it may be a second old. Whether somebody may see it is looked up in the primary all the same.
func MayLag(ctx context.Context) context.Context {
	return context.WithValue(ctx, freshEnoughKey{}, true)
}

// Replicated reports whether there is a replica, so that what was just written may not be
// read under MayLag.
func (db *DB) Replicated() bool { return db.replica != nil }

// follow begins to read from a replica.
func (db *DB) follow(ctx context.Context, readURL string, conns int) error {
	for_ := forReading(db.writes.pooled || pooledAt(ctx, readURL))
	for_.standby = true
	c, err := connect(ctx, readURL, conns, db.name, for_)
	if err != nil {
		return err
	}
	r := &replica{connections: c, ended: make(chan struct{})}
	db.replica = r
	ctx, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	db.lookAt(ctx, r)
	go func() {
		defer close(r.ended)
		tick := time.NewTicker(lookAtReplica)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				db.lookAt(ctx, r)
			}
		}
	}()
	return nil
}

// lookAt notes how far the replica is.
func (db *DB) lookAt(ctx context.Context, r *replica) {
	ctx, cancel := context.WithTimeout(ctx, staleAfter)
	defer cancel()
	was := r.asOf.Load()
	asOf, err := r.look(ctx, db.reads)
	switch {
	case err != nil && ctx.Err() != context.Canceled:
		r.asOf.Store(nil)
		if was != nil {
			db.log.WarnContext(ctx, "the replica is not read from: it is away, is none, or does not hold the limits", "error", err)
		}
	case err == nil && asOf != nil:
		r.asOf.Store(asOf)
		if was == nil {
			db.log.InfoContext(ctx, "pages are read from the replica")
		}
	}
}

// look returns the moment before which everything that was confirmed is in the replica;
// nil: it has caught up with nothing yet.
func (r *replica) look(ctx context.Context, primary connections) (*time.Time, error) {
	if r.asOf.Load() == nil {
		if err := r.inForce(ctx); err != nil {
			return nil, err
		}
	}
	now := passed{at: time.Now()}
	if err := primary.QueryRow(ctx, `select pg_current_wal_flush_lsn() - '0/0'`).Scan(&now.position); err != nil {
		return nil, err
	}
	var replayed pgLSN
	if err := r.QueryRow(ctx, `select pg_last_wal_replay_lsn() - '0/0'`).Scan(&replayed); err != nil {
		return nil, err // also of what is no standby
	}
	if r.behind = append(r.behind, now); len(r.behind) > 100 {
		r.behind = r.behind[1:]
	}
	var asOf *time.Time
	for len(r.behind) > 0 && r.behind[0].position <= replayed {
		asOf = &r.behind[0].at
		r.behind = r.behind[1:]
	}
	return asOf, nil
}

// fresh reports whether a replica may be read from now.
func (r *replica) fresh() bool {
	asOf := r.asOf.Load()
	return asOf != nil && time.Since(*asOf) < staleAfter
}

// readPage runs a page's queries in one round trip and one snapshot: of a replica where that may
// be. Where it fails before anything was read, the primary is asked.
func (db *DB) readPage(ctx context.Context, batch *pgx.Batch) error {
	if may, _ := ctx.Value(freshEnoughKey{}).(bool); !may || db.replica == nil || !db.replica.fresh() {
		return db.reads.SendBatch(ctx, batch).Close()
	}
	read := false
	primary := &pgx.Batch{}
	for _, q := range batch.QueuedQueries {
		again := *q
		primary.QueuedQueries = append(primary.QueuedQueries, &again)
		if do := q.Fn; do != nil {
			q.Fn = func(results pgx.BatchResults) error {
				err := do(results)
				read = read || err == nil
				return err
			}
		}
	}
	err := db.replica.SendBatch(ctx, batch).Close()
	if err == nil || read || ctx.Err() != nil {
		return err
	}
	return db.reads.SendBatch(ctx, primary).Close()
}

func (r *replica) close() {
	r.stop()
	<-r.ended
	r.Close()
}
