// Package jobs makes drafts and scores in the background and tells webhooks what
// happened: River hands each job to one of the instances that run on the same database.
package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"personae/internal/drafting"
	"personae/internal/lead"
	"personae/internal/llm"
	"personae/internal/metrics"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/scoring"
	"personae/internal/tracing"
	"personae/internal/webhook"
)

// Options is what a Runner needs.
type Options struct {
	DB *postgres.DB
	// Draft writes a reply in the voice of a resolution.
	Draft func(ctx context.Context, r persona.Resolution, to persona.Recipient, message string) (drafting.Reply, error)
	// Score scores a lead by its messages, oldest first.
	Score func(ctx context.Context, by persona.Settings, l lead.Lead, messages []string) (lead.Score, error)
	// Send tells a webhook.
	Send    func(ctx context.Context, address, secret string, p webhook.Payload) (webhook.Try, error)
	Log     *slog.Logger
	Metrics *metrics.Metrics // nil: nothing is counted
	Tracer  trace.Tracer     // nil: jobs make no spans
	Try     time.Duration    // how long a try of a draft or a score may take
	Waits   []time.Duration  // between the tries of a delivery; nil: the usual, for a day
	Poll    time.Duration    // how often to look for jobs; 0: every half second
}

// Runner works jobs until it is stopped.
type Runner struct {
	client *river.Client[pgx.Tx]
}

const (
	workers    = 8               // jobs at once in one instance
	senders    = 16              // deliveries at once in one instance, which mostly wait for an answer
	sweepEvery = time.Minute     // between two looks for what nobody asked for
	firstSweep = 5 * time.Second // for as long the first look may hold up the start
	// Between two looks for jobs while there are some. River's own 100 ms would
	// let 8 workers make no more than 80 drafts a second.
	cooldown = 10 * time.Millisecond
)

// Start begins to work jobs, and first brings back those that a process left
// behind when it died. Where that fails or takes long, the next sweep does it.
func Start(ctx context.Context, o Options) (*Runner, error) {
	if o.Poll == 0 {
		o.Poll = 500 * time.Millisecond
	}
	if o.Waits == nil {
		o.Waits = waits()
	}
	registry := river.NewWorkers()
	river.AddWorker(registry, &draftWorker{Options: o})
	river.AddWorker(registry, &scoreWorker{Options: o})
	river.AddWorker(registry, &deliverWorker{Options: o})
	river.AddWorker(registry, &sweepWorker{Options: o})
	config := &river.Config{
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}, postgres.WebhookQueue: {MaxWorkers: senders}},
		Workers:              registry,
		FetchPollInterval:    o.Poll,
		FetchCooldown:        min(o.Poll, cooldown),
		JobTimeout:           o.Try,
		RescueStuckJobsAfter: 2 * o.Try,
		PeriodicJobs: []*river.PeriodicJob{river.NewPeriodicJob(river.PeriodicInterval(sweepEvery),
			func() (river.JobArgs, *river.InsertOpts) { return sweep{}, &river.InsertOpts{MaxAttempts: 1} }, nil)},
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
	if err := o.sweep(first, 0); err != nil {
		o.Log.WarnContext(ctx, "the first sweep failed; the next one does its work", "error", err)
	}
	// What is under way ends by Stop, not when ctx does.
	return &Runner{client}, client.Start(context.WithoutCancel(ctx))
}

// Stop takes no new jobs and waits for those under way. When ctx ends first they
// are broken off, and another instance or the next start tries them again.
func (r *Runner) Stop(ctx context.Context) error {
	if err := r.client.Stop(ctx); err == nil {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	return r.client.StopAndCancel(last)
}

// traced makes a span of each job, in the trace of whatever added it.
type traced struct {
	river.MiddlewareDefaults
	tracer trace.Tracer
}

// Work works a job.
func (t *traced) Work(ctx context.Context, job *rivertype.JobRow, do func(context.Context) error) error {
	ctx, span := t.tracer.Start(tracing.Unpack(ctx, job.Metadata), "job "+job.Kind, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(attribute.Int64("personae.job.id", job.ID), attribute.Int("personae.job.attempt", job.Attempt)))
	panicked := true
	defer func() {
		if panicked {
			tracing.Fail(span, "panic")
		}
		span.End()
	}()
	err := do(ctx)
	panicked = false
	switch word := outcome(err); {
	case errors.As(err, new(*river.JobSnoozeError)):
		span.SetAttributes(attribute.Bool("personae.job.snoozed", true))
	case word == "failed":
		tracing.Fail(span, tracing.Word(err))
	case err != nil:
		tracing.Fail(span, word)
	}
	return err
}

type draftWorker struct {
	river.WorkerDefaults[postgres.DraftJob]
	Options
}

// Work writes one draft. Whatever dies between its steps, and however often it
// runs, the draft is stored once.
func (w *draftWorker) Work(ctx context.Context, job *river.Job[postgres.DraftJob]) error {
	task, err := w.DB.DraftTask(ctx, job.Args)
	if err != nil || !task.Wanted {
		return err
	}
	var answer persona.Resolution
	fail := func(ctx context.Context, problem string) error {
		err := w.DB.FailDraft(ctx, job.Args, problem)
		if err == nil {
			w.Metrics.Draft(answer.Source, false, 0)
		}
		return err
	}
	defer noteLastPanic(ctx, job.JobRow, fail)
	answer = persona.Resolve(task.Input)
	begun := time.Now()
	draft, err := w.Draft(ctx, answer, task.Lead, task.Body)
	w.Metrics.Try(job.Kind, outcome(err), time.Since(begun))
	if err != nil {
		return giveUp(ctx, job.JobRow, err, fail)
	}
	stored, waited, err := w.DB.StoreDraft(ctx, job.Args, task.Version, postgres.MadeDraft{By: answer, PromptKey: draft.PromptKey, Text: draft.Text})
	if err != nil {
		return giveUp(ctx, job.JobRow, err, fail)
	}
	if stored {
		w.Metrics.Draft(answer.Source, true, waited)
		var campaign any
		if task.Input.Campaign != nil {
			campaign = task.Input.Campaign.ID
		}
		w.Log.InfoContext(ctx, "draft", "personaSource", string(answer.Source), "personaId", answer.PersonaID, "campaignId", campaign, "workspaceId", job.Args.Workspace)
	}
	return nil
}

type scoreWorker struct {
	river.WorkerDefaults[postgres.ScoreJob]
	Options
}

// Work scores one lead, once.
func (w *scoreWorker) Work(ctx context.Context, job *river.Job[postgres.ScoreJob]) error {
	task, err := w.DB.ScoreTask(ctx, job.Args)
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
		w.Log.InfoContext(ctx, "score", "overall", score.Overall, "by", score.By, "leadId", job.Args.Lead, "workspaceId", job.Args.Workspace)
	}
	return nil
}

// outcome names what came of a try: "made", the model's fault, or "failed".
func outcome(err error) string {
	var model *llm.Error
	switch {
	case err == nil:
		return "made"
	case errors.As(err, &model):
		return string(model.Fault)
	}
	return "failed"
}

// patience is how long a service may ask to be left alone before its failures
// count as tries.
const patience = 2 * time.Hour

// giveUp says what becomes of a job whose try failed: it waits for as long as
// the service asks, is tried again by and by, or fails for good, which fail
// notes for people.
func giveUp(ctx context.Context, job *rivertype.JobRow, cause error, fail func(context.Context, string) error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return river.JobSnooze(time.Second) // we are being stopped
	}
	problem := notMade
	var model *llm.Error
	if errors.As(cause, &model) {
		problem = "No answer of the model could be used: " + model.Error() + "."
		if model.RetryAfter > 0 && time.Since(job.CreatedAt) < patience {
			return river.JobSnooze(model.RetryAfter)
		}
	}
	if job.Attempt < job.MaxAttempts && (model == nil || model.Retryable()) {
		return cause
	}
	if err := fail(context.WithoutCancel(ctx), problem); err != nil {
		return errors.Join(cause, err) // the next sweep brings it back
	}
	return river.JobCancel(cause)
}

const notMade = "It could not be made or stored. The server's log says why."

// noteLastPanic is deferred: it notes for people that the last try panicked.
func noteLastPanic(ctx context.Context, job *rivertype.JobRow, fail func(context.Context, string) error) {
	if cause := recover(); cause != nil {
		if job.Attempt >= job.MaxAttempts {
			_ = fail(context.WithoutCancel(ctx), notMade) // else the next sweep brings it back
		}
		panic(cause)
	}
}

// sweep looks for what nobody asked for and what got lost.
type sweep struct{}

// Kind names the job to River.
func (sweep) Kind() string { return "sweep" }

type sweepWorker struct {
	river.WorkerDefaults[sweep]
	Options
}

// Work adds the jobs that are missing.
func (w *sweepWorker) Work(ctx context.Context, _ *river.Job[sweep]) error {
	return w.sweep(ctx, 2*w.Try)
}

func (o Options) sweep(ctx context.Context, grace time.Duration) error {
	added, err := o.DB.Sweep(ctx, grace)
	if added != (postgres.Swept{}) {
		o.Log.InfoContext(ctx, "jobs added that nobody asked for or that were lost", "drafts", added.Drafts, "scores", added.Scores, "deliveries", added.Deliveries)
	}
	return err
}
