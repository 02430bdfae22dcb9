package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/persona"
)

// StartSession stores a session under the SHA-256 of its id until expires, with
// the kind of browser in at most 80 characters. password is the hash that was checked; where it is no longer theirs
// it fails with access.ErrSignedOut, as it does for who is disabled. Empty: it was not the password alone that
// let them in. how says in the account's trail what did; empty: nothing is noted.
func (db *DB) StartSession(
	ctx context.Context, hash []byte, user uuid.UUID, expires time.Time, agent, password string, how access.AccountAction,
) error {
	return explain(pgx.BeginFunc(ctx, db.signIn, func(tx pgx.Tx) error {
		if err := stillPassword(ctx, tx, user, password); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `insert into sessions (id_hash, user_id, expires_at, agent)
			select $1, id, $3, $4 from users where id = $2 and disabled_at is null for share`, hash, user, expires, agent)
		if err == nil && tag.RowsAffected() == 0 {
			return access.ErrSignedOut
		}
		if err != nil || how == "" {
			return err
		}
		return noteAccount(ctx, tx, user, how, agent)
	}))
}

// EndSession forgets a session. It is no error when there is none.
func (db *DB) EndSession(ctx context.Context, hash []byte) error {
	_, err := db.writes.Exec(ctx, `delete from sessions where id_hash = $1`, hash)
	return explain(err)
}

// SignOut ends the visitor's session.
func (db *DB) SignOut(ctx context.Context, v Visit, hash []byte) error {
	_, err := db.endSessions(ctx, v, access.SignedOut, `delete from sessions where user_id = $1 and id_hash = $2`, hash)
	return err
}

// endSessions ends some of the visitor's sessions, and returns how many.
func (db *DB) endSessions(
	ctx context.Context, v Visit, action access.AccountAction, remove string, arguments ...any,
) (ended int64, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, remove, append([]any{v.user}, arguments...)...)
		if ended = tag.RowsAffected(); err != nil || ended == 0 {
			return err
		}
		return noteAccount(ctx, tx, v.user, action, v.agent)
	})
	return ended, explain(err)
}

// EndOwnSession ends one of the visitor's sessions, or persona.ErrNotFound.
func (db *DB) EndOwnSession(ctx context.Context, v Visit, id uuid.UUID) error {
	ended, err := db.endSessions(ctx, v, access.SessionEnded, `delete from sessions where user_id = $1 and id = $2`, id)
	if err == nil && ended == 0 {
		return persona.ErrNotFound
	}
	return err
}

// EndOwnSessions ends all of the visitor's sessions.
func (db *DB) EndOwnSessions(ctx context.Context, v Visit) error {
	_, err := db.endSessions(ctx, v, access.SessionsEnded, `delete from sessions where user_id = $1`)
	return err
}
