package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// RemoveHistory removes of all workspaces what they no longer need of events and versions
// from more than so many months ago, 12 at least, in batches of a transaction each, until
// nothing is left or ctx ends, and returns how many rows it removed. The workspace is locked
// for a batch; one that somebody else holds is left for the next time. It fails with what
// went wrong in some workspaces after all had their turn.
func (db *DB) RemoveHistory(ctx context.Context, months int) (removed int64, err error) {
	var before time.Time
	if err := db.reads.QueryRow(ctx, `select now() - make_interval(months => $1)`, months).Scan(&before); err != nil {
		return 0, explain(err)
	}
	list, err := queryAll(ctx, db.reads, pgx.RowTo[uuid.UUID], `select r.workspace_id from workspace_revisions r
		join workspaces w on w.id = r.workspace_id and w.erasing_at is null
		where (select e.at from audit_events e where e.workspace_id = r.workspace_id and e.rev > r.removed_to and e.rev < r.rev
			order by e.rev limit 1) < $1`, before)
	if err != nil {
		return 0, explain(err)
	}
	for _, workspace := range list {
		for more := true; more && ctx.Err() == nil; {
			var n int64
			var failed error
			n, more, failed = db.removeSome(ctx, workspace, before)
			removed += n
			err = errors.Join(err, failed)
		}
	}
	return removed, err
}

func (db *DB) removeSome(ctx context.Context, workspace uuid.UUID, before time.Time) (removed int64, more bool, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config('lock_timeout', $1, true)`, tidyPatience.String()); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select removed, more from remove_history($1, $2, $3)`, workspace, before, tidyBatch).
			Scan(&removed, &more)
	})
	if code, _ := sqlState(err); code == "55P03" {
		return 0, false, nil
	}
	return removed, more && err == nil, explain(err)
}

// RemovedBefore returns the moment before which the workspace's history was removed but for
// what is still needed; a zero one where nothing was.
func (db *DB) RemovedBefore(ctx context.Context, a Access) (time.Time, error) {
	var at time.Time
	batch := &pgx.Batch{}
	collectAny(batch.Queue(removedBefore, a.workspace), &at, pgx.RowTo[time.Time])
	return at, db.readAll(ctx, a, batch)
}

// removedBefore reads from when on the workspace's history is whole, where some of it was
// removed.
const removedBefore = `select removed_before from workspace_revisions where workspace_id = $1 and removed_before is not null`
