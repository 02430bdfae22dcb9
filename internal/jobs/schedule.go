package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"personae/internal/postgres"
)

// schedule takes the steps of schedules that are due.
type schedule struct{}

// Kind names the job to River.
func (schedule) Kind() string { return "schedule" }

// scheduleWorker takes them.
type scheduleWorker struct {
	river.WorkerDefaults[schedule]
	Options
}

// Work takes all that is due.
func (w *scheduleWorker) Work(ctx context.Context, _ *river.Job[schedule]) error {
	return w.runSchedules(ctx)
}

// runSchedules takes the steps of schedules that are due, and tells of each.
func (o Options) runSchedules(ctx context.Context) error {
	ran, err := o.DB.RunSchedules(ctx, time.Now())
	for _, r := range ran {
		o.tellSchedule(ctx, r)
	}
	return err
}

// tellSchedule is the one place that learns what became of each step.
func (o Options) tellSchedule(ctx context.Context, r postgres.ScheduleRun) {
	o.Log.InfoContext(ctx, "schedule was due", "workspaceId", r.Workspace, "scheduleId", r.Schedule.ID,
		"done", r.Done, "skipped", r.Schedule.Skipped, "event", r.Event, "late", time.Since(r.At).Round(time.Second))
}
