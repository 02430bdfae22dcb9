package jobs

import (
	"context"

	"github.com/riverqueue/river"
)

// remind tells of drafts that have waited too long.
type remind struct{}

// Kind names the job to River.
func (remind) Kind() string { return "remind" }

// remindWorker tells of them.
type remindWorker struct {
	river.WorkerDefaults[remind]
	Options
}

// Work logs of how many workspaces it told.
func (w *remindWorker) Work(ctx context.Context, _ *river.Job[remind]) error {
	n, err := w.DB.RemindOfDrafts(ctx)
	if n > 0 {
		w.Log.InfoContext(ctx, "told of drafts that have waited for more than a day", "workspaces", n)
	}
	return err
}
