// Package tracing sends an OpenTelemetry collector what a request or a job did and
// how long each part took: routes, statements, models and faults, and nobody's
// words. A span holds no text of an error, because PostgreSQL's quote values.
package tracing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

const scope = "personae"

// flushTime is how long the last spans may take to be sent.
const flushTime = 3 * time.Second

// warnEvery is how often the log says at most that spans could not be sent.
const warnEvery = 10 * time.Minute

// Exporter sends spans to a collector. Make one with Start; nil sends none.
type Exporter struct {
	provider *sdk.TracerProvider
	log      *slog.Logger
}

// Start begins to send spans to the OTLP collector at endpoint, an http or https
// URL; nil where it is empty. How, and with which headers, the environment's
// OTEL_* variables say, but neither whether nor where to. It does not reach the
// collector: while that is away spans are dropped, and nobody waits. It fails
// where those variables contradict each other or the endpoint.
func Start(ctx context.Context, endpoint, version string, log *slog.Logger) (*Exporter, error) {
	if endpoint == "" {
		return nil, nil
	}
	const path = "/v1/traces"
	sender, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(strings.TrimSuffix(strings.TrimRight(endpoint, "/"), path)+path))
	if err != nil {
		return nil, fmt.Errorf("traces cannot be sent to %s: %w", endpoint, err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName("personae"),
		semconv.ServiceVersion(version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES cannot be read: %w", err)
	}
	// The text of a panic may quote anything.
	return &Exporter{sdk.NewTracerProvider(sdk.WithBatcher(&quiet{SpanExporter: sender, log: log}),
		sdk.WithResource(about), sdk.WithoutPanicRecording()), log}, nil
}

// Tracer makes spans that are sent; nil where e is.
func (e *Exporter) Tracer() trace.Tracer {
	if e == nil {
		return nil
	}
	return e.provider.Tracer(scope)
}

// Logger returns log with the trace's id on each line that belongs to one.
func (e *Exporter) Logger(log *slog.Logger) *slog.Logger {
	if e == nil {
		return log
	}
	return slog.New(traced{log.Handler()})
}

// Stop sends what is left, unless that takes longer than 3 seconds.
func (e *Exporter) Stop(ctx context.Context) {
	if e == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer cancel()
	if err := e.provider.Shutdown(ctx); err != nil {
		e.log.Warn("the last traces could not be sent", "error", err)
	}
}

// quiet keeps from the SDK that spans could not be sent: it would say so each
// time, every few seconds. The SDK exports one batch at a time.
type quiet struct {
	sdk.SpanExporter
	log    *slog.Logger
	warned time.Time
}

// ExportSpans sends spans or drops them.
func (q *quiet) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if err := q.SpanExporter.ExportSpans(ctx, spans); err != nil && time.Since(q.warned) >= warnEvery {
		q.warned = time.Now()
		q.log.Warn("traces could not be sent and are dropped; this is not said again for ten minutes", "error", err)
	}
	return nil
}

// traced adds the trace's id to each line.
type traced struct{ slog.Handler }

// Handle adds it.
func (t traced) Handle(ctx context.Context, r slog.Record) error {
	if of := trace.SpanContextFromContext(ctx); of.IsSampled() {
		r = r.Clone()
		r.AddAttrs(slog.String("traceId", of.TraceID().String()))
	}
	return t.Handler.Handle(ctx, r)
}

// WithAttrs keeps adding it.
func (t traced) WithAttrs(attrs []slog.Attr) slog.Handler {
	return traced{t.Handler.WithAttrs(attrs)}
}

// WithGroup keeps adding it.
func (t traced) WithGroup(name string) slog.Handler { return traced{t.Handler.WithGroup(name)} }

// Call begins the span of a call to somebody else, the database or a model, within
// the span of ctx. Where that has none, neither is this one.
func Call(ctx context.Context, name string, about ...attribute.KeyValue) (context.Context, trace.Span) {
	return trace.SpanFromContext(ctx).TracerProvider().Tracer(scope).Start(ctx, name,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(about...))
}

// Fail marks a span as failed, in one word of ours.
func Fail(span trace.Span, word string) {
	span.SetStatus(codes.Error, word)
	span.SetAttributes(semconv.ErrorTypeKey.String(word))
}

// Word returns one word for err that holds nothing of its text: PostgreSQL's code,
// or what kind of error it is.
func Word(err error) string {
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		return pg.Code
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return fmt.Sprintf("%T", err)
}

const traceparent = "traceparent"

// Under returns a context whose spans belong to the one that a W3C traceparent
// names; ctx where it names none. A tracestate is left out: others write words
// into it.
func Under(ctx context.Context, parent string) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{traceparent: parent})
}

// Pack returns a job's metadata, a JSON object or nothing, with the span of ctx.
func Pack(ctx context.Context, metadata []byte) []byte {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	if carrier[traceparent] == "" {
		return metadata
	}
	all := map[string]any{}
	if len(metadata) > 0 && json.Unmarshal(metadata, &all) != nil {
		return metadata
	}
	all[traceparent] = carrier[traceparent]
	packed, err := json.Marshal(all)
	if err != nil {
		return metadata
	}
	return packed
}

// Unpack returns a context whose spans belong to the one that Pack put into a job's
// metadata; ctx where it put none.
func Unpack(ctx context.Context, metadata []byte) context.Context {
	var packed struct {
		Traceparent string `json:"traceparent"`
	}
	if json.Unmarshal(metadata, &packed) != nil {
		return ctx
	}
	return Under(ctx, packed.Traceparent)
}
