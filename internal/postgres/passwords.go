package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
)

// SetPassword gives the visitor a new password hash and ends all their reset
// links and sessions, the asking one too: it goes on under a new id.
func (db *DB) SetPassword(ctx context.Context, v Visit, passwordHash string) error {
	return explain(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if err := setPassword(ctx, tx, v.user, passwordHash); err != nil {
			return err
		}
		return noteAccount(ctx, tx, v.user, access.PasswordChanged, v.agent)
	}))
}

func setPassword(ctx context.Context, tx pgx.Tx, user uuid.UUID, passwordHash string) error {
	if _, err := tx.Exec(ctx, `update users set password_hash = $2 where id = $1`, user, passwordHash); err != nil {
		return err
	}
	// A link that was asked for before must not undo this.
	if _, err := tx.Exec(ctx, `update password_resets set used_at = now() where user_id = $1 and used_at is null`,
		user); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from sign_in_steps where user_id = $1`, user); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `delete from sessions where user_id = $1`, user)
	return err
}

// resetAge is how long a reset link may be used.
const resetAge = time.Hour

// MakeReset stores the SHA-256 of a reset link's token for whoever has the
// address, and returns who that is and the address as they have it: the link goes nowhere
// else. agent is the kind of browser that asked. It fails with persona.ErrNotFound when
// nobody has it.
func (db *DB) MakeReset(
	ctx context.Context, email string, tokenHash []byte, agent string,
) (user uuid.UUID, theirs string, err error) {
	err = db.writes.QueryRow(ctx, `with made as (
			insert into password_resets (token_hash, user_id, expires_at)
			select $2, id, now() + $3::interval from users where `+sameAddress("email", "$1")+` and disabled_at is null returning user_id)
		select u.id, u.email from users u join made on made.user_id = u.id`, email, tokenHash, resetAge).Scan(&user, &theirs)
	if err == nil {
		err = noteAccount(ctx, db.writes, user, access.ResetAsked, agent)
	}
	return user, theirs, explain(err)
}

// Reset returns address and name of who may set a password by a link, or
// persona.ErrNotFound.
func (db *DB) Reset(ctx context.Context, tokenHash []byte) (email, name string, err error) {
	err = db.reads.QueryRow(ctx, `select u.email, u.name from password_resets r join users u on u.id = r.user_id
		where r.token_hash = $1 and r.used_at is null and r.expires_at > now() and u.disabled_at is null`, tokenHash).Scan(&email, &name)
	return email, name, explain(err)
}

// UseReset sets the password by a link, which is then used up, as are all other
// links of the person, and ends their sessions. agent is the kind of browser that did. It
// returns whose password that is, and fails with persona.ErrNotFound.
func (db *DB) UseReset(
	ctx context.Context, tokenHash []byte, passwordHash, agent string,
) (user uuid.UUID, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `update password_resets set used_at = now() where token_hash = $1 and used_at is null and expires_at > now() returning user_id`,
			tokenHash).Scan(&user); err != nil {
			return err
		}
		// Who has this link reads the person's mail, or runs the server.
		if _, err := tx.Exec(ctx, `update users set password_by_link = false where id = $1`, user); err != nil {
			return err
		}
		if err := setPassword(ctx, tx, user, passwordHash); err != nil {
			return err
		}
		return noteAccount(ctx, tx, user, access.PasswordReset, agent)
	})
	return user, explain(err)
}

// throttleWindow is for how long a failed sign-in counts.
const throttleWindow = 15 * time.Minute

// Attempt notes a sign-in in each bucket and then counts what counts there, this
// one included: of many at once, no more than a limit see a count within it. It
// returns the counts, when the oldest of each bucket stops counting, and the
// attempt's time.
func (db *DB) Attempt(
	ctx context.Context, buckets [][]byte,
) (counts []int, until []time.Time, at time.Time, err error) {
	err = pgx.BeginFunc(ctx, db.signIn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `delete from sign_in_failures where at < now() - $1::interval`,
			throttleWindow); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `insert into sign_in_failures (bucket, at) select b, a.at from unnest($1::bytea[]) b, (select clock_timestamp() as at) a returning at`, buckets).Scan(&at)
	})
	if err != nil {
		return nil, nil, at, explain(err)
	}
	counts, until = make([]int, len(buckets)), make([]time.Time, len(buckets))
	var n, count int
	var oldest time.Time
	err = queryEach(ctx, db.signIn, []any{&n, &count, &oldest}, func() {
		counts[n], until[n] = count, oldest.Add(throttleWindow)
	}, `select i.n - 1, count(f.at), coalesce(min(f.at), now())
		from unnest($1::bytea[]) with ordinality as i(bucket, n)
		left join sign_in_failures f on f.bucket = i.bucket and f.at > now() - $2::interval
		group by i.n`, buckets, throttleWindow)
	return counts, until, at, explain(err)
}

// TakeBack forgets an attempt that succeeded, or that was not let through.
func (db *DB) TakeBack(ctx context.Context, buckets [][]byte, at time.Time) error {
	_, err := db.signIn.Exec(ctx, `delete from sign_in_failures where bucket = any($1) and at = $2`, buckets, at)
	return explain(err)
}
