package postgres

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/auth"
)

// Account returns the account with this e-mail address, whatever its case, or
// persona.ErrNotFound.
func (db *DB) Account(ctx context.Context, email string) (access.Account, error) {
	var a access.Account
	err := db.signIn.QueryRow(ctx, `select id, coalesce(password_hash, ''), `+hasFactor+` from users u where `+sameAddress("email", "$1")+` and disabled_at is null`, email).
		Scan(&a.ID, &a.PasswordHash, &a.Factor)
	return a, explain(err)
}

// OwnAccount returns the visitor's address, password hash and sessions, the
// latest first.
func (db *DB) OwnAccount(
	ctx context.Context, v Visit, sessionHash []byte,
) (email, passwordHash string, sessions []auth.Session, err error) {
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select email, coalesce(password_hash, '') from users where id = $1`, v.user), &email,
		&passwordHash)
	collect(batch.Queue(`select id, agent, created_at, last_used_at, id_hash = $2 from sessions where user_id = $1 and expires_at > now() order by created_at desc, id`, v.user, sessionHash), &sessions, func(row pgx.CollectableRow) (auth.Session, error) {
		var s auth.Session
		return s, row.Scan(&s.ID, &s.Agent, &s.Started, &s.LastUsed, &s.This)
	})
	err = explain(db.reads.SendBatch(ctx, batch).Close())
	return email, passwordHash, sessions, err
}

// SetZone says in which zone the visitor reads times; empty: as their browser says.
func (db *DB) SetZone(ctx context.Context, v Visit, zone string) error {
	_, err := db.writes.Exec(ctx, `update users set time_zone = nullif($2, '') where id = $1`, v.user, zone)
	return explain(err)
}

// SetLanguage says in which language the visitor reads pages; empty: as their browser says.
func (db *DB) SetLanguage(ctx context.Context, v Visit, language string) error {
	_, err := db.writes.Exec(ctx, `update users set language = nullif($2, '') where id = $1`, v.user, language)
	return explain(err)
}

// SetMailLanguage notes in which language the browser of somebody who signs in asks for pages:
// mails to them are in it, where they chose none.
func (db *DB) SetMailLanguage(ctx context.Context, user uuid.UUID, language string) error {
	_, err := db.signIn.Exec(ctx, `update users set mail_language = $2 where id = $1 and mail_language is distinct from $2`, user, language)
	return explain(err)
}

// sameAddress compares in SQL whether two e-mail addresses are the same, whatever
// their case. The first comparison is by the index. The second folds ASCII only:
// some collations take a Kelvin sign for a k, and then another person's address
// would do.
func sameAddress(a, b string) string {
	return `lower(` + a + `) = lower(` + b + `) and lower(` + a + ` collate "C") = lower(` + b + ` collate "C")`
}

// LanguageOf returns in which language mails go to an address: the one that was chosen, else the
// one of the last sign-in, else "". It fails with persona.ErrNotFound where nobody has it.
func (db *DB) LanguageOf(ctx context.Context, email string) (language string, err error) {
	err = db.reads.QueryRow(ctx, `select coalesce(language, mail_language, '') from users where `+sameAddress("email", "$1"), email).Scan(&language)
	return language, explain(err)
}

// AddUser adds a person. It fails with a sentence when the address is taken.
func (db *DB) AddUser(ctx context.Context, u access.NewUser) (uuid.UUID, error) {
	var id uuid.UUID
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) (err error) {
		id, err = insertUser(ctx, tx, u)
		return err
	})
	if _, constraint := sqlState(err); constraint == "users_email" {
		return id, fmt.Errorf("there is a user with the address %s already", u.Email)
	}
	return id, explain(err)
}

func insertUser(ctx context.Context, tx pgx.Tx, u access.NewUser) (uuid.UUID, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, `insert into users (email, name, password_hash, superadmin, support) values ($1, $2, $3, $4, $5) returning id`,
		u.Email, u.Name, u.PasswordHash, u.Superadmin, u.Support).Scan(&id)
	return id, err
}
