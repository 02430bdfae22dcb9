package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"personae/internal/i18n"
	"personae/internal/lead"
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
	score, err := w.score(ctx, task)
	if errors.Is(err, scoring.ErrNoMessage) {
		return fail(ctx, i18n.N("The lead has written nothing that could be scored."))
	}
	if err != nil {
		return giveUp(ctx, job.JobRow, err, fail)
	}
	stored, err := w.DB.StoreScore(ctx, job.Args, score)
	if err != nil {
		return giveUp(ctx, job.JobRow, err, fail)
	}
	if stored {
		w.noteScore(ctx, job.Args, score)
	}
	return nil
}

// score tries to score a lead.
func (o Options) score(ctx context.Context, task postgres.ScoreTask) (lead.Score, error) {
	begun := time.Now()
	score, err := o.Score(ctx, task.Settings, task.Lead, task.Messages)
	o.Metrics.Try(postgres.ScoreJob{}.Kind(), outcome(err), time.Since(begun))
	score.SettingsVersion = task.Settings.Version
	return score, err
}

// noteScore counts and logs a score that was stored.
func (o Options) noteScore(ctx context.Context, of postgres.ScoreJob, score lead.Score) {
	o.Metrics.Score(score.By, true)
	o.Log.InfoContext(ctx, "score", "overall", score.Overall, "by", score.By, "leadId", of.Lead, "workspaceId", of.Workspace)
}
