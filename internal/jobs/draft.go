package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"

	"personae/internal/drafting"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// draftWorker makes drafts.
type draftWorker struct {
	river.WorkerDefaults[postgres.DraftJob]
	Options
}

// Work writes one draft. Whatever dies between its steps, and however often it
// runs, the draft is stored once.
func (w *draftWorker) Work(ctx context.Context, job *river.Job[postgres.DraftJob]) error {
	task, err := w.DB.DraftTask(ctx, job.Args)
	if errors.Is(err, persona.ErrNotFound) {
		return nil // erased
	}
	if err != nil || !task.Wanted {
		return err
	}
	var r persona.Resolution
	fail := func(ctx context.Context, problem string) error {
		err := w.DB.FailDraft(ctx, job.Args, problem)
		if err == nil {
			w.Metrics.Draft(r.Source, false, 0)
		}
		return err
	}
	defer noteLastPanic(ctx, job.JobRow, fail)
	r = drafting.Resolve(task.Input, task.Body)
	made, err := w.write(ctx, r, task)
	if err != nil {
		return giveUp(ctx, job.JobRow, err, fail)
	}
	stored, waited, err := w.DB.StoreDraft(ctx, job.Args, task.Version, made)
	if err != nil {
		return giveUp(ctx, job.JobRow, err, fail)
	}
	if stored {
		w.noteDraft(ctx, job.Args.Workspace, task, r, waited)
	}
	return nil
}

// write tries to write a draft in the voice of r.
func (o Options) write(ctx context.Context, r persona.Resolution, task postgres.DraftTask) (postgres.MadeDraft, error) {
	begun := time.Now()
	reply, err := o.Draft(ctx, r, task.Lead, task.Body)
	o.Metrics.Try(postgres.DraftJob{}.Kind(), outcome(err), time.Since(begun))
	return postgres.MadeDraft{By: r, PromptKey: reply.PromptKey, Text: reply.Text}, err
}

// noteDraft counts and logs a draft that was stored, so long after it was asked for.
func (o Options) noteDraft(
	ctx context.Context, workspace uuid.UUID, task postgres.DraftTask, r persona.Resolution, waited time.Duration,
) {
	o.Metrics.Draft(r.Source, true, waited)
	var campaign any
	if task.Input.Campaign != nil {
		campaign = task.Input.Campaign.ID
	}
	o.Log.InfoContext(ctx, "draft", "personaSource", string(r.Source), "personaId", r.PersonaID,
		"campaignId", campaign, "workspaceId", workspace)
}
