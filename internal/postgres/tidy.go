package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// tidyBatch is how many rows one transaction of Tidy removes.
	tidyBatch = 1000
	// tidyPatience is for how long it waits for a row that somebody else holds. That is less
	// than PostgreSQL needs to find a deadlock, so whoever came first goes on.
	tidyPatience = 100 * time.Millisecond
)

// rowsOver are the rows of a table whose time is over.
type rowsOver struct{ table, when string }

// over returns what Tidy removes. The table in docs/operating.md says so to people, and of
// all other tables what becomes of their rows.
func over() []rowsOver {
	return []rowsOver{
		{"account_events", olderThan(trailAge, "at")},
		{"idempotency_keys", olderThan(24*time.Hour, "created_at")},
		{"invitations", olderThan(closedAge, "least(accepted_at, revoked_at, expires_at)")},
		{"kept_forms", olderThan(0, "expires_at")},
		{"model_turns", olderThan(0, "ends_at")},
		{"password_resets", olderThan(0, "expires_at")},
		{"sessions", olderThan(0, "expires_at")},
		{"sign_in_failures", olderThan(throttleWindow, "at")},
		{"sign_in_steps", olderThan(0, "expires_at")},
		{"support_requests", olderThan(closedAge, "coalesce(decided_at, created_at + interval '168 hours')")},
		{"webhook_deliveries", "state <> 'waiting' and " + olderThan(deliveryAge, "occurred_at")},
	}
}

const (
	// closedAge is how long invitations and support requests are kept after nobody can
	// accept them any more.
	closedAge = 90 * 24 * time.Hour
	// deliveryAge is how long the log keeps a delivery.
	deliveryAge = 30 * 24 * time.Hour
)

func olderThan(age time.Duration, when string) string {
	return fmt.Sprintf("%s < now() - interval '%d seconds'", when, int(age.Seconds()))
}

// Tidy removes the rows whose time is over, in batches of a transaction each, until none is
// left or ctx ends, and returns how many it removed. Rows that others hold are left for the
// next time. It fails with what went wrong at some tables after all had their turn.
func (db *DB) Tidy(ctx context.Context) (removed int64, err error) {
	for _, r := range over() {
		for ctx.Err() == nil {
			n, failed := db.tidySome(ctx, r)
			removed += n
			err = errors.Join(err, failed)
			if n < tidyBatch || failed != nil {
				break
			}
		}
	}
	return removed, err
}

func (db *DB) tidySome(ctx context.Context, r rowsOver) (removed int64, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `select set_config('lock_timeout', $1, true)`, tidyPatience.String()); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `delete from `+r.table+` where ctid = any(array(select ctid from `+r.table+
			` where `+r.when+` limit $1)) and `+r.when, tidyBatch)
		removed = tag.RowsAffected()
		return err
	})
	if code, _ := sqlState(err); code == "55P03" {
		return 0, nil
	}
	return removed, explain(err)
}
