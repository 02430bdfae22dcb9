package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
)

// tidy removes what is over: sessions, keys of requests, links, deliveries, and history that
// is kept no longer.
type tidy struct{}

// Kind names the job to River.
func (tidy) Kind() string { return "tidy" }

// tidyWorker removes it.
type tidyWorker struct {
	river.WorkerDefaults[tidy]
	Options
}

// tidyTime is for how long one job does; the next goes on from there.
const tidyTime = 20 * time.Second

// Work logs how many rows it removed.
func (w *tidyWorker) Work(ctx context.Context, _ *river.Job[tidy]) error {
	ctx, cancel := context.WithTimeout(ctx, tidyTime)
	defer cancel()
	removed, err := w.DB.Tidy(ctx)
	if w.Months > 0 {
		n, failed := w.DB.RemoveHistory(ctx, w.Months)
		removed, err = removed+n, errors.Join(err, failed)
	}
	if removed > 0 {
		w.Log.InfoContext(ctx, "rows removed whose time was over", "rows", removed)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return err
}
