package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

const (
	// formsKept is how many forms of one owner are kept; the oldest goes.
	formsKept = 20
	// formsKeptOfAll is how many of all are, so that they fill no disk.
	formsKeptOfAll = 500
)

// KeepForm stores a form under the SHA-256 of its token while somebody signs in
// elsewhere.
func (db *DB) KeepForm(ctx context.Context, tokenHash, owner []byte, value string) error {
	return explain(pgx.BeginFunc(ctx, db.signIn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into kept_forms (token_hash, owner, value, expires_at)
			values ($1, $2, $3, clock_timestamp() + $4::interval)`, tokenHash, owner, value, stepAge); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from kept_forms where expires_at < now() or token_hash in (
			(select token_hash from kept_forms where owner = $1 order by expires_at desc, token_hash offset $2)
			union all (select token_hash from kept_forms order by expires_at desc, token_hash offset $3))`,
			owner, formsKept, formsKeptOfAll)
		return err
	}))
}

// TakeForm returns the form under a token's SHA-256, which is then gone; empty: there is
// none.
func (db *DB) TakeForm(ctx context.Context, tokenHash []byte) (string, error) {
	list, err := queryAll(ctx, db.signIn, pgx.RowTo[string], `with taken as (
		delete from kept_forms where token_hash = $1 returning value, expires_at)
		select value from taken where expires_at > now()`, tokenHash)
	if err != nil || len(list) == 0 {
		return "", explain(err)
	}
	return list[0], nil
}
