package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Each preview that a model writes costs money, so all instances together have only so many
// under way at the same time: for one workspace, and for one person or program.
const (
	turnsOfWorkspace = 4
	turnsOfOne       = 2
)

// takeTurn takes one for $2 in the workspace $1, unless as many are taken.
const takeTurn = `insert into model_turns (workspace_id, sender_id, ends_at)
	select $1, $2, now() + $5::interval
	where (select count(*) from model_turns where workspace_id = $1 and ends_at > now()) < $3
		and (select count(*) from model_turns where sender_id = $2 and ends_at > now()) < $4
	returning id`

// TakeTurn takes a turn at having a model write previews, and returns what gives it back. It
// ends by itself after so long, so that a process which died leaves none for longer. It
// returns nil where all turns of the workspace or of who has the access are taken.
func (db *DB) TakeTurn(ctx context.Context, a Access, long time.Duration) (giveBack func(), err error) {
	var turn uuid.NullUUID
	sender := a.Sender()
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		// Statements of their own, so that the one behind them sees what was taken by who had the
		// locks before. A workspace comes before a sender, so that nobody waits in a circle.
		batch := &pgx.Batch{}
		for _, of := range []uuid.UUID{a.workspace, sender.UUID} {
			batch.Queue(`select pg_advisory_xact_lock(hashtextextended('personae turns ' || $1, 0))`, of.String())
		}
		collectAny(batch.Queue(takeTurn, a.workspace, sender, turnsOfWorkspace, turnsOfOne, long), &turn, pgx.RowTo[uuid.NullUUID])
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil || !turn.Valid {
		return nil, explain(err)
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		// Where the database is away it ends by itself.
		_, _ = db.writes.Exec(ctx, `delete from model_turns where workspace_id = $1 and id = $2`, a.workspace, turn.UUID)
	}, nil
}
