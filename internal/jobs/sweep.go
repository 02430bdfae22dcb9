package jobs

import (
	"context"
	"errors"
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

// Work adds the jobs that are missing, seals secrets that are not, and forgets leads whose
// time is over.
func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[sweep]) error {
	return errors.Join(w.sweep(ctx, 2*w.Try), w.seal(ctx), w.forget(ctx))
}

const (
	// forgetTime is how long a sweep may spend on forgetting; the next goes on from there.
	forgetTime = 20 * time.Second
	// sealTime is how long it may spend on sealing.
	sealTime = 20 * time.Second
)

// seal seals the secrets that are not sealed, or not with the first of the keys.
func (o Options) seal(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, sealTime)
	defer cancel()
	sealed, err := o.DB.SealSecrets(ctx)
	if sealed > 0 {
		o.Log.InfoContext(ctx, "secrets sealed", "secrets", sealed)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return err
}

// forget erases the leads that have been silent for as long as their workspaces say.
func (o Options) forget(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, forgetTime)
	defer cancel()
	forgotten, err := o.DB.ForgetLeads(ctx, time.Now())
	if forgotten > 0 {
		o.Log.InfoContext(ctx, "leads forgotten, as settings say", "leads", forgotten)
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return err
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
