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
	Name string // "read" or "write"
	*pgxpool.Stat
}

// Pools tells how the connection pools do.
func (db *DB) Pools() []Pool {
	return []Pool{{"read", db.reads.Stat()}, {"write", db.writes.Stat()}}
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

// Backlog tells which jobs are not done, and how many drafts failed for good and
// wait for a person.
func (db *DB) Backlog(ctx context.Context) (jobs []JobCount, failed int, err error) {
	batch := &pgx.Batch{}
	// The states stand in the text so that the planner sees that they are few, and
	// takes the index: the jobs that are done are far more.
	batch.Queue(`select kind, state::text, count(*), greatest(now() - min(created_at), '0') from river.river_job
		where state in ('` + strings.Join(JobStates(), "', '") + `') group by kind, state`).
		Query(func(rows pgx.Rows) (err error) {
			jobs, err = pgx.CollectRows(rows, pgx.RowToStructByPos[JobCount])
			return err
		})
	batch.Queue(`select count(*) from drafts where state = 'failed'`).QueryRow(func(row pgx.Row) error { return row.Scan(&failed) })
	return jobs, failed, explain(db.reads.SendBatch(ctx, batch).Close())
}
