package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// endTransaction rolls back what was not committed, and gives the connection back.
func endTransaction(ctx context.Context, conn *pgxpool.Conn) {
	if conn.Conn().PgConn().TxStatus() != 'I' {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "rollback")
	}
	conn.Release()
}

// heard reports whether a workspace w has a webhook that may want to be told.
const heard = `exists (select from webhooks h where h.workspace_id = w.id and h.paused_at is null)`

// lastStatements are the last statements of a transaction, and the deliveries that they make.
type lastStatements struct {
	pgx.Batch
	heard      bool // somebody may want to be told
	deliveries []DeliverJob
}

// tell queues what DB.tell does.
func (l *lastStatements) tell(events string, arguments ...any) {
	if l.heard {
		collectMore(l.Queue(tellSQL(events), arguments...), &l.deliveries, pgx.RowToStructByPos[DeliverJob])
	}
}

// finishWith sends the last statements of a transaction and commits it: in one round trip,
// unless there may be deliveries, which want their jobs first. Nothing that the server
// does not refuse keeps it from the COMMIT.
func (db *DB) finishWith(ctx context.Context, tx pgx.Tx, last *lastStatements) error {
	if !last.heard {
		last.Queue("commit")
	}
	if err := tx.SendBatch(ctx, &last.Batch).Close(); err != nil || !last.heard {
		return err
	}
	if err := deliver(ctx, db, tx, last.deliveries); err != nil {
		return err
	}
	return tx.Commit(ctx)
}
