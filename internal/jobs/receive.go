package jobs

import (
	"context"
	"fmt"
	"time"

	"personae/internal/drafting"
	"personae/internal/lead"
	"personae/internal/postgres"
)

// Receive takes a message in as DB.Receive does. Where o.AtOnce is set, its draft and its
// score are stored along with it, as if their jobs had been done already; what cannot be
// made so is left to a job.
func (o Options) Receive(ctx context.Context, in postgres.Inbox, m lead.Inbound) (lead.Received, error) {
	if !o.AtOnce {
		return o.DB.Receive(ctx, in, m)
	}
	var notes []func() // of what was made, for when it is stored
	got, err := o.DB.ReceiveAnswered(ctx, in, m, postgres.Answer{
		Draft: func(task postgres.DraftTask) (postgres.MadeDraft, error) {
			begun, r := time.Now(), drafting.Resolve(task.Input, task.Body)
			made, err := orPanic(func() (postgres.MadeDraft, error) { return o.write(ctx, r, task) })
			if err == nil {
				notes = append(notes, func() { o.noteDraft(ctx, in.Workspace(), task, r, time.Since(begun)) })
			}
			return made, err
		},
		Score: func(task postgres.ScoreTask) (lead.Score, error) {
			of := postgres.ScoreJob{Workspace: in.Workspace(), Lead: task.Lead.ID}
			score, err := orPanic(func() (lead.Score, error) { return o.score(ctx, task) })
			if err == nil {
				notes = append(notes, func() { o.noteScore(ctx, of, score) })
			}
			return score, err
		},
	})
	if err == nil {
		for _, note := range notes {
			note()
		}
	}
	return got, err
}

// orPanic returns what do returns, and a panic as an error.
func orPanic[T any](do func() (T, error)) (result T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return do()
}
