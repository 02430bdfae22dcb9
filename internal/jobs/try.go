package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"personae/internal/i18n"
	"personae/internal/llm"
)

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
		problem = model.Problem()
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

var notMade = i18n.N("It could not be made or stored. The server’s log says why.")

// noteLastPanic is deferred: it notes for people that the last try panicked.
func noteLastPanic(ctx context.Context, job *rivertype.JobRow, fail func(context.Context, string) error) {
	if cause := recover(); cause != nil {
		if job.Attempt >= job.MaxAttempts {
			_ = fail(context.WithoutCancel(ctx), notMade) // else the next sweep brings it back
		}
		panic(cause)
	}
}
