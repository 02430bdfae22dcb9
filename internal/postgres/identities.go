package postgres

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Identity is what an OpenID provider says of a person.
type Identity struct {
	Issuer, Subject string // name the person for good
	Email           string // an address that the provider has verified
}

// ErrOtherIdentity is an account that another subject of the same provider is
// linked to.
var ErrOtherIdentity = errors.New("the account is linked to another subject of this provider")

// AccountOf gives the account that the identity is linked to. Where it is
// linked to none, it is now to the account with its address, whatever its
// case. It fails with persona.ErrNotFound when nobody has the address, and with
// ErrOtherIdentity; then nothing is changed.
func (db *DB) AccountOf(ctx context.Context, i Identity) (user uuid.UUID, linked bool, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		// A conflict says that this subject has an account, or this account a
		// subject, and waits for whoever is just linking it. The second
		// comparison folds ASCII only: some collations take a Kelvin sign for
		// a k, and then another person's address would do.
		tag, err := tx.Exec(ctx, `insert into user_identities (user_id, issuer, subject)
			select id, $1, $2 from users
			where lower(email) = lower($3) and lower(email collate "C") = lower($3 collate "C")
			on conflict do nothing`, i.Issuer, i.Subject, i.Email)
		if err != nil {
			return err
		}
		linked = tag.RowsAffected() > 0
		err = tx.QueryRow(ctx, `select user_id from user_identities where issuer = $1 and subject = $2`, i.Issuer, i.Subject).Scan(&user)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		var taken bool
		if err := tx.QueryRow(ctx, `select exists (select from users
			where lower(email) = lower($1) and lower(email collate "C") = lower($1 collate "C"))`, i.Email).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return ErrOtherIdentity
		}
		return pgx.ErrNoRows
	})
	return user, linked, explain(err)
}
