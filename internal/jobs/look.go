package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// lull is how many looks in a row find no job before River rests. In that time it does what it
// does besides, such as removing jobs that were done long ago.
const lull = 5

// byThemselves are the jobs that nobody asks for, and how often each comes: when the clock
// shows a multiple of that, so that what is scheduled for a minute is done at its beginning.
var byThemselves = []struct {
	job   river.JobArgs
	every time.Duration
}{
	{schedule{}, time.Minute},
	{sweep{}, time.Minute},
	{tidy{}, 10 * time.Minute},
	{remind{}, 15 * time.Minute},
}

// look has River work while there are jobs and rest while there are none, until ctx ends.
// At work it wakes the program more than twenty times a second even where it finds nothing.
func (r *Runner) look(ctx context.Context) {
	defer close(r.ended)
	ticks := time.NewTicker(r.Poll)
	defer ticks.Stop()
	added, quiet, failing := time.Now(), 0, false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		now := time.Now()
		err := r.addDue(ctx, added, now)
		if err == nil {
			added = now
			quiet, err = r.startOrRest(ctx, quiet)
		}
		if err != nil && !failing && ctx.Err() == nil {
			r.Log.WarnContext(ctx, "looking for jobs fails and goes on", "error", err)
		}
		failing = err != nil
	}
}

// addDue adds the jobs that come by themselves and whose time came between two moments. Where
// several instances do, each is added once. It adds one after the other: added together they would lock
// those that are there together, as River does in another order when they are done.
func (r *Runner) addDue(ctx context.Context, after, until time.Time) error {
	for _, b := range byThemselves {
		if after.Truncate(b.every).Equal(until.Truncate(b.every)) {
			continue
		}
		once := &river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByPeriod: b.every}}
		if _, err := r.client.Insert(ctx, b.job, once); err != nil {
			return err
		}
	}
	return nil
}

// startOrRest starts River where there are jobs, and lets it rest after a lull. It is told how
// many looks in a row found none, and returns that with its own.
func (r *Runner) startOrRest(ctx context.Context, quiet int) (int, error) {
	wait, err := r.DB.JobsWait(ctx)
	switch {
	case err != nil:
		return quiet, err
	case wait:
		return 0, r.client.Start(context.WithoutCancel(ctx))
	case quiet+1 >= lull:
		return quiet + 1, r.client.Stop(ctx)
	}
	return quiet + 1, nil
}
