package postgres

import (
	"context"
	"errors"

	"personae/internal/auth"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// AccountOf returns the account that the identity is linked to. Where it is
// linked to none, it is now to the account with its address, whatever its
// case: a password that who invited them may have set, and all that was done with
// it, ends then. It fails with persona.ErrNotFound when nobody has the address, and
// with ErrOtherIdentity; then nothing is changed.
func (db *DB) AccountOf(ctx context.Context, i auth.Identity) (user uuid.UUID, linked auth.Linked, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		// A conflict says that this subject has an account, or this account a
		// subject, and waits for whoever is just linking it.
		tag, err := tx.Exec(ctx, `insert into user_identities (user_id, issuer, subject)
			select id, $1, $2 from users
			where `+sameAddress("email", "$3")+` and disabled_at is null
			on conflict do nothing`, i.Issuer, i.Subject, i.Email)
		if err != nil {
			return err
		}
		linked = auth.Linked{Now: tag.RowsAffected() > 0}
		err = tx.QueryRow(ctx, `select i.user_id from user_identities i join users u on u.id = i.user_id
			where i.issuer = $1 and i.subject = $2 and u.disabled_at is null`, i.Issuer, i.Subject).Scan(&user)
		if err == nil && linked.Now {
			linked.PasswordEnded, err = endPasswordByLink(ctx, tx, user)
			return err
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var taken bool
		if err := tx.QueryRow(ctx, `select exists (select from users where `+sameAddress("email", "$1")+`)`,
			i.Email).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return auth.ErrOtherIdentity
		}
		return pgx.ErrNoRows
	})
	return user, linked, explain(err)
}

func endPasswordByLink(ctx context.Context, tx pgx.Tx, user uuid.UUID) (bool, error) {
	tag, err := tx.Exec(ctx, `update users set password_hash = null, password_by_link = false where id = $1 and password_by_link`, user)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	if _, err := tx.Exec(ctx, `update password_resets set used_at = now() where user_id = $1 and used_at is null`,
		user); err != nil {
		return false, err
	}
	return true, forgetFactors(ctx, tx, user)
}
