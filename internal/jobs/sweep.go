package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"personae/internal/postgres"
)

// sweep looks for what nobody asked for and what got lost.
type sweep struct{}

// Kind names the job to River.
func (sweep) Kind() string { return "sweep" }

// sweepWorker sweeps.
type sweepWorker struct {
	river.WorkerDefaults[sweep]
	Options
}

// Work adds the jobs that are missing.
func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[sweep]) error {
	return w.sweep(ctx, 2*w.Try)
}

// sweep adds the jobs of what was asked for longer than grace ago and has none.
func (o Options) sweep(ctx context.Context, grace time.Duration) error {
	added, err := o.DB.Sweep(ctx, grace)
	if added != (postgres.Swept{}) {
		o.Log.InfoContext(ctx, "jobs added that nobody asked for or that were lost",
			"drafts", added.Drafts, "scores", added.Scores, "deliveries", added.Deliveries, "erasures", added.Erasures)
	}
	return err
}
