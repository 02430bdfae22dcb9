// Package jobs makes drafts and scores, sends webhooks and notices and does what is scheduled in the
// background: River hands each job to one of the instances that run on the same database.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/trace"

	"personae/internal/drafting"
	"personae/internal/lead"
	"personae/internal/mail"
	"personae/internal/metrics"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/webhook"
)

// Options is what a Runner needs.
type Options struct {
	DB *postgres.DB
	// Draft writes a reply in the voice of a resolution.
	Draft func(ctx context.Context, r persona.Resolution, to persona.Recipient, message string) (drafting.Reply, error)
	// Score scores a lead by its messages, oldest first.
	Score func(ctx context.Context, by persona.Settings, l lead.Lead, messages []string) (lead.Score, error)
	// AtOnce says that Draft and Score ask nobody and are done in a moment, so that Receive
	// need not leave them to jobs.
	AtOnce bool
	// Send tries to send what happened to a webhook.
	Send    func(ctx context.Context, address, secret string, p webhook.Payload) (webhook.Try, error)
	BaseURL string      // of the console, for sentences that lead there; empty: they do not
	Mail    mail.Sender // not configured: people are told nothing
	Log     *slog.Logger
	Metrics *metrics.Metrics // nil: nothing is counted
	Tracer  trace.Tracer     // nil: jobs make no spans
	Months  int              // for how long events and versions are kept, 12 at least; 0: for ever
	Try     time.Duration    // how long a try of a draft or a score may take
	Waits   []time.Duration  // between the tries of a delivery; nil: the usual, for a day
	Poll    time.Duration    // how often to look for jobs; 0: every half second, or second where none is urgent
}

// Runner works jobs until it is stopped.
type Runner struct {
	Options
	client *river.Client[pgx.Tx]
	stop   context.CancelFunc // of the looks for jobs
	ended  chan struct{}      // closed after the last look
}

const (
	workers    = 8               // jobs at once in one instance
	senders    = 16              // deliveries at once in one instance, which mostly wait for an answer
	firstSweep = 5 * time.Second // for as long the first sweep may hold up the start
	// Between two looks for jobs while there are some. River's own 100 ms would
	// let 8 workers make no more than 80 drafts a second.
	cooldown = 10 * time.Millisecond
	// How often to look for drafts and scores for which somebody waits, and for what nobody
	// watches: each look wakes the program and PostgreSQL.
	urgent    = 500 * time.Millisecond
	unhurried = time.Second
)

// Start begins to work jobs, and first brings back those that a process left
// behind when it died. Where that fails or takes long, the next sweep does it.
func Start(ctx context.Context, o Options) (*Runner, error) {
	forWebhooks := o.Poll
	if o.Poll == 0 {
		o.Poll, forWebhooks = urgent, unhurried
		if o.AtOnce {
			o.Poll = unhurried
		}
	}
	if o.Waits == nil {
		o.Waits = waits()
	}
	registry := river.NewWorkers()
	river.AddWorker(registry, &draftWorker{Options: o})
	river.AddWorker(registry, &scoreWorker{Options: o})
	river.AddWorker(registry, &deliverWorker{Options: o})
	river.AddWorker(registry, &noticeWorker{Options: o})
	river.AddWorker(registry, &sweepWorker{Options: o})
	river.AddWorker(registry, &tidyWorker{Options: o})
	river.AddWorker(registry, &scheduleWorker{Options: o})
	river.AddWorker(registry, &remindWorker{Options: o})
	river.AddWorker(registry, &eraseWorker{Options: o})
	config := &river.Config{
		Queues: map[string]river.QueueConfig{
			river.QueueDefault:    {MaxWorkers: workers},
			postgres.WebhookQueue: {MaxWorkers: senders, FetchPollInterval: forWebhooks},
		},
		Workers:              registry,
		FetchPollInterval:    o.Poll,
		FetchCooldown:        min(o.Poll, cooldown),
		JobTimeout:           o.Try,
		RescueStuckJobsAfter: 2 * o.Try,
	}
	if o.Tracer != nil {
		config.Middleware = []rivertype.Middleware{&traced{tracer: o.Tracer}}
	}
	client, err := o.DB.Jobs(config)
	if err != nil {
		return nil, err
	}
	first, cancel := context.WithTimeout(ctx, firstSweep)
	defer cancel()
	if err := errors.Join(o.sweep(first, 0), o.seal(first), o.runSchedules(first)); err != nil {
		o.Log.WarnContext(ctx, "the first sweep failed; the next one does its work", "error", err)
	}
	// What is under way ends by Stop, not when ctx does.
	looking, stop := context.WithCancel(context.WithoutCancel(ctx))
	r := &Runner{Options: o, client: client, stop: stop, ended: make(chan struct{})}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		stop()
		return nil, err
	}
	go r.look(looking)
	return r, nil
}

// Stop takes no new jobs and waits for those under way. When ctx ends first they
// are broken off, and another instance or the next start tries them again.
func (r *Runner) Stop(ctx context.Context) error {
	r.stop()
	select {
	case <-r.ended:
	case <-ctx.Done():
	}
	if err := r.client.Stop(ctx); err == nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return r.client.StopAndCancel(last)
}
