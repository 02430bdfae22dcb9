package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Pool is how one of the connection pools does.
type Pool struct {
	Name string // "read", "write" or "sign-in"
	*pgxpool.Stat
}

// Share returns how many requests one workspace may have under way. With as many
// connections of a pool taken, some are left for others where it has more than one.
func (db *DB) Share() int {
	return int(min(db.reads.Config().MaxConns, db.writes.Config().MaxConns)+1) / 2
}

// Pools tells how the connection pools do.
func (db *DB) Pools() []Pool {
	return []Pool{{"read", db.reads.Stat()}, {"write", db.writes.Stat()}, {"sign-in", db.signIn.Stat()}}
}

// JobCount is how many jobs of a kind are in a state, of those that are not done.
type JobCount struct {
	Kind, State string
	Jobs        int
	Oldest      time.Duration // since the oldest of them was added
}

// JobStates lists the states of a job that is not done, as River names them.
func JobStates() []string {
	return []string{"available", "pending", "retryable", "running", "scheduled"}
}

// Backlog is what is not done.
type Backlog struct {
	Jobs                       []JobCount
	FailedDrafts, FailedScores int // for good: they wait for a person
}

const countFailed = `select (select count(*) from drafts where state = 'unmade'), (select count(*) from leads l where ` + scoreFailed + `)`

// Backlog tells what is not done, in the whole database.
func (db *DB) Backlog(ctx context.Context) (Backlog, error) {
	var b Backlog
	batch := &pgx.Batch{}
	// The states stand in the text so that the planner sees that they are few, and
	// takes the index: the jobs that are done are far more.
	collect(batch.Queue(`select kind, state::text, count(*), greatest(now() - min(created_at), '0') from river.river_job
		where state in ('`+strings.Join(JobStates(), "', '")+`') group by kind, state`), &b.Jobs, pgx.RowToStructByPos[JobCount])
	scanRow(batch.Queue(countFailed), &b.FailedDrafts, &b.FailedScores)
	return b, explain(db.reads.SendBatch(ctx, batch).Close())
}
