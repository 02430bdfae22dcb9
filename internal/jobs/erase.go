package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"personae/internal/postgres"
)

// eraseTime is how long a try of an erasure may take; the next goes on from there.
const eraseTime = 10 * time.Minute

// eraseWorker removes what a workspace holds that is to be erased.
type eraseWorker struct {
	river.WorkerDefaults[postgres.EraseJob]
	Options
}

// Timeout is that of one try.
func (*eraseWorker) Timeout(*river.Job[postgres.EraseJob]) time.Duration { return eraseTime }

// Work removes the rows, and logs a line that holds none of the workspace's words.
func (w *eraseWorker) Work(ctx context.Context, job *river.Job[postgres.EraseJob]) error {
	removed, err := w.DB.EraseRows(ctx, job.Args)
	w.Log.InfoContext(ctx, "workspace erased", "workspaceId", job.Args.Workspace, "rows", removed, "finished", err == nil)
	return err
}
