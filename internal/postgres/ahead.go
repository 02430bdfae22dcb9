package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
)

// Ahead is what a page reads of a workspace. A visit that is given it asks for it in its own
// round trip. Whoever then asks for the same with the Access that the visit found takes none. It is
// nobody's where the visit fails, or finds no right to read.
type Ahead interface {
	queue(batch *pgx.Batch, workspace uuid.UUID)
}

// question is what a page asks of a workspace, whatever there is in it: it fails for nothing that
// is missing.
type question[Answer any] interface {
	comparable
	queue(batch *pgx.Batch, workspace uuid.UUID, into *Answer)
}

// reading is a question about a workspace with its answer, once the batch is read.
type reading[Q question[A], A any] struct {
	question  Q
	workspace uuid.UUID
	answer    A
}

func readingOf[Q question[A], A any](q Q) *reading[Q, A] { return &reading[Q, A]{question: q} }

func (x *reading[Q, A]) queue(batch *pgx.Batch, workspace uuid.UUID) {
	x.workspace = workspace
	x.question.queue(batch, workspace, &x.answer)
}

// ask returns what the visit read ahead for the same question, and else asks it now.
func ask[Q question[A], A any](ctx context.Context, db *DB, a Access, q Q) (A, error) {
	if x, ahead := a.ahead.(*reading[Q, A]); ahead && x.question == q && x.workspace == a.workspace && a.May(access.Read) {
		return x.answer, nil
	}
	x, batch := readingOf(q), &pgx.Batch{}
	x.queue(batch, a.workspace)
	err := db.readAll(ctx, a, batch)
	return x.answer, err
}
