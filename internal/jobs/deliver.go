package jobs

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/riverqueue/river"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/webhook"
)

// waits returns how long a delivery waits after each try that failed: nine tries
// within a day.
func waits() []time.Duration {
	return []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute,
		2 * time.Hour, 5 * time.Hour, 8 * time.Hour, 8 * time.Hour}
}

// deliverTime is how long a job may take that tries a delivery.
const deliverTime = 15 * time.Second

// noSecret is what became of a try for which the secret could not be read.
const noSecret = "The secret of the webhook cannot be read on this server, so nothing was sent. Make a new one."

// deliverWorker sends webhooks.
type deliverWorker struct {
	river.WorkerDefaults[postgres.DeliverJob]
	Options
}

// Timeout returns how long River lets a job run.
func (*deliverWorker) Timeout(*river.Job[postgres.DeliverJob]) time.Duration { return deliverTime }

// Work tries a delivery once. When to try again is ours to say and River's to
// keep: it counts what a process that died took with it as tries, we do not.
func (w *deliverWorker) Work(ctx context.Context, job *river.Job[postgres.DeliverJob]) error {
	j := job.Args
	task, err := w.DB.DeliveryTask(ctx, j)
	switch {
	case errors.Is(err, persona.ErrNotFound):
		return nil // deleted
	case err != nil:
		return err
	case task.Paused:
		return w.DB.StopDeliveries(ctx, j.Workspace, task.Webhook)
	case !task.Wanted:
		return nil // stopped, or asked for again
	}
	try, err := webhook.Try{Problem: noSecret}, error(nil)
	if task.Secret != "" {
		p := webhook.Payload{ID: j.Delivery, Event: task.Event, At: task.At, Workspace: j.Workspace, Data: task.Data}
		if task.Slack {
			task.Told.BaseURL = w.BaseURL
			if p.Text, err = p.Sentence(task.Told); err != nil {
				return err
			}
		}
		try, err = w.Send(ctx, task.URL, task.Secret, p)
	}
	if err != nil {
		return river.JobSnooze(time.Second) // we are being stopped, and it counts as no try
	}
	to, wait, gone := webhook.Delivered, time.Duration(0), ""
	if try.Status == http.StatusGone {
		gone = task.URL
	}
	switch {
	case try.Problem == "":
	case gone != "" || task.Tries >= len(w.Waits):
		to = webhook.DeliveryFailed
	default:
		to, wait = webhook.DeliveryWaiting, w.Waits[task.Tries]
	}
	w.Log.InfoContext(ctx, "webhook", "event", task.Event, "state", string(to), "status", try.Status,
		"problem", try.Problem, "try", task.Tries+1, "deliveryId", j.Delivery, "webhookId", task.Webhook,
		"workspaceId", j.Workspace)
	// It was sent: that is noted even when we are being stopped.
	err = w.DB.NoteTry(context.WithoutCancel(ctx), j, task.Webhook, try, to, wait, gone)
	if err != nil {
		return err
	}
	w.Metrics.Delivery(to)
	if to == webhook.DeliveryWaiting {
		return river.JobSnooze(wait)
	}
	return nil
}
