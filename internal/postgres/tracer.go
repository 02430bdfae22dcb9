package postgres

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"personae/internal/tracing"
)

type tripsKey struct{}

// CountTrips returns a context under which n counts the round trips to the
// database, for the request log.
func CountTrips(ctx context.Context, n *atomic.Int64) context.Context {
	return context.WithValue(ctx, tripsKey{}, n)
}

// tracer counts what goes to the server and waits for its answer, and makes a
// span of it where the context has one: so the jobs' polling makes none. A span
// has the statements, which are constants of the program, and no argument. It also marks
// connections that are of no more use.
type tracer struct{}

func (tracer) count(ctx context.Context) {
	if n, ok := ctx.Value(tripsKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}

func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, q pgx.TraceQueryStartData) context.Context {
	t.count(ctx)
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	ctx, _ = tracing.Call(ctx, verb(q.SQL), semconv.DBSystemNamePostgreSQL, semconv.DBQueryText(q.SQL))
	return ctx
}

func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchStartData) context.Context {
	t.count(ctx)
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx
	}
	statements := make([]string, b.Batch.Len())
	for i, q := range b.Batch.QueuedQueries {
		statements[i] = q.SQL
	}
	text := strings.Join(slices.Compact(statements), "; ")
	ctx, _ = tracing.Call(ctx, "BATCH", semconv.DBSystemNamePostgreSQL, semconv.DBQueryText(text),
		semconv.DBOperationBatchSize(b.Batch.Len()))
	return ctx
}

func (tracer) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, q pgx.TraceQueryEndData) {
	mark(conn, q.Err)
	end(ctx, q.Err)
}

func (tracer) TraceBatchQuery(_ context.Context, conn *pgx.Conn, q pgx.TraceBatchQueryData) {
	mark(conn, q.Err)
}

// mark has the pool give up a connection whose server takes no writes any more.
func mark(conn *pgx.Conn, err error) {
	if demoted(err) {
		conn.PgConn().CustomData()[demotedKey] = true
	}
}

func (tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, b pgx.TraceBatchEndData) {
	end(ctx, b.Err)
}

// end ends the span that the beginning made.
func end(ctx context.Context, err error) {
	span := trace.SpanFromContext(ctx)
	if err != nil {
		tracing.Fail(span, tracing.Word(err))
	}
	span.End()
}

// verb returns a statement's first word in capitals, by which spans are told apart.
func verb(sql string) string {
	for line := range strings.Lines(sql) {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word != "" && !strings.HasPrefix(word, "--") {
			return strings.ToUpper(word)
		}
	}
	return "SQL"
}
