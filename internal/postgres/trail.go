package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"personae/internal/access"
)

const (
	// trailKept is how many events of an account are kept, and as many tries by others.
	trailKept = 200
	// trailAge is how long they are kept.
	trailAge = 90 * 24 * time.Hour
	// trailShown is how many of them their page shows.
	trailShown = 20
)

// ByOperator is the kind of browser of whoever runs the command line.
const ByOperator = "the command line of the server"

// AccountTrail returns the last events of the visitor's account, newest first.
func (db *DB) AccountTrail(ctx context.Context, v Visit) ([]access.AccountEvent, error) {
	list, err := queryAll(ctx, db.reads, pgx.RowToStructByPos[access.AccountEvent], `select at, kind, agent
		from account_events where user_id = $1 and at > now() - $2::interval order by id desc limit $3`,
		v.user, trailAge, trailShown)
	return list, explain(err)
}

// NoteAccountTry notes a try of which there may be many: one that was throttled once in a
// quarter of an hour.
func (db *DB) NoteAccountTry(ctx context.Context, user uuid.UUID, action access.AccountAction, agent string) error {
	if action.Throttled() {
		var noted bool
		err := db.writes.QueryRow(ctx, `select exists (select from account_events
			where user_id = $1 and tried and kind = $2 and at > now() - $3::interval)`, user, action, throttleWindow).Scan(&noted)
		if err != nil || noted {
			return explain(err)
		}
	}
	return explain(noteAccount(ctx, db.writes, user, action, agent))
}

// executor is a transaction or the pool.
type executor interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
}

// noteAccount notes what happened to an account, and forgets the oldest of its kind
// where there are too many.
func noteAccount(ctx context.Context, q executor, user uuid.UUID, action access.AccountAction, agent string) error {
	_, err := q.Exec(ctx, `with noted as (
			insert into account_events (user_id, kind, tried, agent) values ($1, $2, $3, $4))
		delete from account_events where user_id = $1 and tried = $3 and id <= (select id from account_events
			where user_id = $1 and tried = $3 order by id desc offset $5 limit 1)`,
		user, action, action.Tried(), agent, trailKept-1)
	return err
}

// NoteVisit notes when the visitor's session was last used, at most every ten minutes.
func (db *DB) NoteVisit(ctx context.Context, v Visit, sessionHash []byte) error {
	if time.Since(v.used) < visitNoted {
		return nil
	}
	_, err := db.writes.Exec(ctx, `update sessions set last_used_at = now() where id = (
		select id from sessions where id_hash = $1 and last_used_at < now() - $2::interval
		for no key update skip locked)`, sessionHash, visitNoted)
	return explain(err)
}

const visitNoted = 10 * time.Minute
