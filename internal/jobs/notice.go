package jobs

import (
	"context"
	"errors"

	"github.com/riverqueue/river"

	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/webhook"
)

// noticeWorker sends mails to people about what they chose to be told.
type noticeWorker struct {
	river.WorkerDefaults[postgres.NoticeJob]
	Options
}

// Work sends one mail, unless they do not want it or may not read it any more. What the mail
// server does not take is tried again; where this process dies after it took the mail and
// before that is noted, it is sent again.
func (w *noticeWorker) Work(ctx context.Context, job *river.Job[postgres.NoticeJob]) error {
	if !w.Mail.Configured() {
		return nil
	}
	j := job.Args
	address, language, told, err := w.DB.NoticeTask(ctx, j)
	if errors.Is(err, persona.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	told.BaseURL = w.BaseURL
	subject, text, err := webhook.Payload{Event: j.Event, Workspace: j.Workspace, Data: j.Data}.Mail(i18n.With(ctx, i18n.Match(language, "")), told)
	if err != nil {
		return err
	}
	err = w.Mail.Send(ctx, address, subject, text)
	w.Log.InfoContext(ctx, "notice", "event", j.Event, "try", job.Attempt, "sent", err == nil, "workspaceId", j.Workspace)
	return err
}
