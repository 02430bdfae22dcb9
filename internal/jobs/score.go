package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/scoring"
)

// scoreWorker scores leads.
type scoreWorker struct {
	river.WorkerDefaults[postgres.ScoreJob]
	Options
}

// Work scores one lead, once.
func (w *scoreWorker) Work(ctx context.Context, job *river.Job[postgres.ScoreJob]) error {
	task, err := w.DB.ScoreTask(ctx, job.Args)
	if errors.Is(err, persona.ErrNotFound) {
		return nil // erased
	}
	if err != nil || !task.Wanted {
		return err
	}
	fail := func(ctx context.Context, problem string) error {
		err := w.DB.FailScore(ctx, job.Args, problem)
		if err == nil {
			w.Metrics.Score("", false)
		}
		return err
	}
	defer noteLastPanic(ctx, job.JobRow, fail)
	begun := time.Now()
	score, err := w.Score(ctx, task.Settings, task.Lead, task.Messages)
	w.Metrics.Try(job.Kind, outcome(err), time.Since(begun))
	if errors.Is(err, scoring.ErrNoMessage) {
		return fail(ctx, "The lead has written nothing that could be scored.")
	}
	if err != nil {
		return giveUp(ctx, job.JobRow, err, fail)
	}
	score.SettingsVersion = task.Settings.Version
	stored, err := w.DB.StoreScore(ctx, job.Args, score)
	if err != nil {
		return giveUp(ctx, job.JobRow, err, fail)
	}
	if stored {
		w.Metrics.Score(score.By, true)
		w.Log.InfoContext(ctx, "score", "overall", score.Overall, "by", score.By, "leadId", job.Args.Lead,
			"workspaceId", job.Args.Workspace)
	}
	return nil
}
