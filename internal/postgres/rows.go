package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// collect reads all rows of a query of a batch.
func collect[T any](q *pgx.QueuedQuery, into *[]T, scan pgx.RowToFunc[T]) {
	q.Query(func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectRows(rows, scan)
		return err
	})
}

// collectMore appends all rows of a query of a batch.
func collectMore[T any](q *pgx.QueuedQuery, to *[]T, scan pgx.RowToFunc[T]) {
	q.Query(func(rows pgx.Rows) (err error) {
		*to, err = pgx.AppendRows(*to, rows, scan)
		return err
	})
}

// collectOne reads the only row of a query of a batch, and fails with
// pgx.ErrNoRows where there is none.
func collectOne[T any](q *pgx.QueuedQuery, into *T, scan pgx.RowToFunc[T]) {
	q.Query(func(rows pgx.Rows) (err error) {
		*into, err = pgx.CollectExactlyOneRow(rows, scan)
		return err
	})
}

// collectFirst reads the first row of a query of a batch; nil: there is none.
func collectFirst[T any](q *pgx.QueuedQuery, into **T, scan pgx.RowToFunc[T]) {
	q.Query(func(rows pgx.Rows) (err error) {
		*into, err = first(pgx.CollectRows(rows, scan))
		return err
	})
}

// collectAny reads the first row of a query of a batch, and leaves into as it is
// where there is none.
func collectAny[T any](q *pgx.QueuedQuery, into *T, scan pgx.RowToFunc[T]) {
	q.Query(func(rows pgx.Rows) error {
		found, err := first(pgx.CollectRows(rows, scan))
		if found != nil {
			*into = *found
		}
		return err
	})
}

// collectEach scans each row of a query of a batch into targets, then calls do.
func collectEach(q *pgx.QueuedQuery, targets []any, do func()) {
	q.Query(func(rows pgx.Rows) error { return each(rows, targets, do) })
}

// scanRow scans the first row of a query of a batch into targets, and fails with
// pgx.ErrNoRows where there is none.
func scanRow(q *pgx.QueuedQuery, targets ...any) {
	q.QueryRow(func(row pgx.Row) error { return row.Scan(targets...) })
}

// batcher asks in a transaction or outside of one.
type batcher interface {
	SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults
}

// send sends a batch whose readers may refuse what they read, such as a row that is not
// there. pgx is not told: it would prepare all statements of the batch anew for it.
func send(ctx context.Context, in batcher, batch *pgx.Batch) pgx.BatchResults {
	r := &results{}
	for _, q := range batch.QueuedQueries {
		if q.Fn != nil {
			q.Fn = r.reader(q.Fn)
		}
	}
	r.BatchResults = in.SendBatch(ctx, batch)
	return r
}

// results are those of send.
type results struct {
	pgx.BatchResults
	refused error // by the first reader that did
}

// reader has read read a result unless another one was refused. What the server says goes
// on to pgx.
func (r *results) reader(read func(pgx.BatchResults) error) func(pgx.BatchResults) error {
	return func(b pgx.BatchResults) error {
		if r.refused != nil {
			_, err := b.Exec()
			return err
		}
		err := read(b)
		if code, _ := sqlState(err); code == "" {
			r.refused, err = err, nil
		}
		return err
	}
}

// Close reads what is left, and returns what was refused or else went wrong.
func (r *results) Close() error {
	if err := r.BatchResults.Close(); r.refused == nil {
		return err
	}
	return r.refused
}

// querier asks in a transaction or outside of one.
type querier interface {
	Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row
}

// queryAll returns all rows of a query.
func queryAll[T any](ctx context.Context, q querier, scan pgx.RowToFunc[T], sql string, arguments ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, arguments...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}

// queryOne returns the only row of a query, or pgx.ErrNoRows.
func queryOne[T any](ctx context.Context, q querier, scan pgx.RowToFunc[T], sql string, arguments ...any) (T, error) {
	rows, err := q.Query(ctx, sql, arguments...)
	if err != nil {
		return *new(T), err
	}
	return pgx.CollectExactlyOneRow(rows, scan)
}

// queryFirst returns the first row of a query; nil: there is none.
func queryFirst[T any](
	ctx context.Context, q querier, scan pgx.RowToFunc[T], sql string, arguments ...any,
) (*T, error) {
	return first(queryAll(ctx, q, scan, sql, arguments...))
}

// queryEach scans each row of a query into targets, then calls do.
func queryEach(ctx context.Context, q querier, targets []any, do func(), sql string, arguments ...any) error {
	rows, err := q.Query(ctx, sql, arguments...)
	if err != nil {
		return err
	}
	return each(rows, targets, do)
}

func each(rows pgx.Rows, targets []any, do func()) error {
	_, err := pgx.ForEachRow(rows, targets, func() error {
		do()
		return nil
	})
	return err
}

// first returns the first of a list; nil: it is empty.
func first[T any](list []T, err error) (*T, error) {
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// set takes over what a column holds, if it holds anything.
func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Rows is a part of a list.
type Rows struct {
	Limit int // at most so many; 0: all
	Skip  int
}

// arguments are the values of limit and offset that part takes: one more than
// asked for says whether more follow.
func (r Rows) arguments() (limit *int, offset int) {
	if r.Limit > 0 {
		n := r.Limit + 1
		limit = &n
	}
	return limit, r.Skip
}

// part returns the rows that are asked for, and whether more follow.
func part[T any](list []T, r Rows) ([]T, bool) {
	if r.Limit > 0 && len(list) > r.Limit {
		return list[:r.Limit], true
	}
	return list, false
}
