package jobs

import (
	"context"
	"errors"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"personae/internal/tracing"
)

// traced makes a span of each job, in the trace of whatever added it.
type traced struct {
	river.MiddlewareDefaults
	tracer trace.Tracer
}

// Work works a job.
func (t *traced) Work(ctx context.Context, job *rivertype.JobRow, do func(context.Context) error) error {
	ctx, span := t.tracer.Start(tracing.Unpack(ctx, job.Metadata), "job "+job.Kind,
		trace.WithSpanKind(trace.SpanKindConsumer),
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
