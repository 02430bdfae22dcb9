package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/auth"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// hasFactor tells of the users u whether they have a second factor.
const hasFactor = `(exists (select from user_totp where user_id = u.id) or exists (select from passkeys where user_id = u.id))`

// freshness is how long after its begin a session may change factors.
const freshness = 10 * time.Minute

// Factors returns somebody's factors; sessionHash is the asking session's, nil
// where there is none yet.
func (db *DB) Factors(ctx context.Context, user uuid.UUID, sessionHash []byte) (auth.Factors, error) {
	f := auth.Factors{User: user}
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select email, name, password_hash is not null and password_hash <> '',
		exists (select from sessions where user_id = $1 and id_hash = $2 and created_at > now() - $3::interval) from users where id = $1`, user, sessionHash, freshness), &f.Email, &f.Name, &f.Password, &f.Fresh)
	batch.Queue(`select secret, last_step, created_at from user_totp where user_id = $1`, user).
		QueryRow(func(row pgx.Row) error {
			var t auth.TOTP
			var stored []byte
			err := row.Scan(&stored, &t.LastStep, &t.Added)
			if errors.Is(err, pgx.ErrNoRows) {
				return nil
			}
			if secret, unreadable := db.openSecret(totpRow(user), string(stored)); unreadable == nil {
				t.Secret = []byte(secret)
			}
			f.TOTP = &t
			return err
		})
	collect(batch.Queue(`select id, credential_id, credential, name, created_at, coalesce(last_used_at, '0001-01-01 00:00:00Z') from passkeys where user_id = $1 order by created_at, id`, user), &f.Passkeys, func(row pgx.CollectableRow) (auth.Passkey, error) {
		var p auth.Passkey
		return p, row.Scan(&p.ID, &p.CredentialID, &p.Credential, &p.Name, &p.Added, &p.LastUsed)
	})
	collect(batch.Queue(`select code_hash from recovery_codes where user_id = $1 and used_at is null`, user), &f.Codes,
		pgx.RowTo[string])
	collect(batch.Queue(`select w.name from workspaces w join members m on m.workspace_id = w.id and m.user_id = $1 and m.role in ('owner', 'admin')
		where w.require_second_factor order by w.name collate "und-x-icu"`, user), &f.RequiredBy, pgx.RowTo[string])
	err := explain(db.reads.SendBatch(ctx, batch).Close())
	return f, err
}

// AddTOTP gives the visitor an authenticator app, whose code of the half minute
// step was just used, instead of the one they had. Where it is their first
// factor, codeHashes become their recovery codes and their other sessions end.
func (db *DB) AddTOTP(
	ctx context.Context, v Visit, sessionHash, secret []byte, step int64, codeHashes []string,
) (first bool, err error) {
	return db.addFactor(ctx, v, sessionHash, access.AppAdded, codeHashes, func(tx pgx.Tx) error {
		sealed, err := db.sealSecret(ctx, tx, totpRow(v.user), string(secret))
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `insert into user_totp (user_id, secret, last_step) values ($1, $2, $3)
			on conflict (user_id) do update set secret = excluded.secret, last_step = excluded.last_step, created_at = now()`,
			v.user, []byte(sealed), step)
		return err
	})
}

// AddPasskey gives the visitor a passkey, in the terms of AddTOTP. It fails with
// auth.ErrPasskeyKnown.
func (db *DB) AddPasskey(
	ctx context.Context, v Visit, sessionHash []byte, p auth.Passkey, codeHashes []string,
) (first bool, err error) {
	return db.addFactor(ctx, v, sessionHash, access.PasskeyAdded, codeHashes, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `insert into passkeys (user_id, credential_id, credential, name) values ($1, $2, $3, $4)
			on conflict (credential_id) do nothing`, v.user, p.CredentialID, p.Credential, p.Name)
		if err == nil && tag.RowsAffected() == 0 {
			return auth.ErrPasskeyKnown
		}
		return err
	})
}

func (db *DB) addFactor(
	ctx context.Context, v Visit, sessionHash []byte, action access.AccountAction, codeHashes []string,
	add func(pgx.Tx) error,
) (first bool, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if err := lockUser(ctx, tx, v.user); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select not `+hasFactor+` from users u where id = $1`, v.user).Scan(&first); err != nil {
			return err
		}
		if first && len(codeHashes) == 0 {
			return &persona.TooLateError{Reason: i18n.Say("The last of your second factors was removed meanwhile. " +
				"Add this one again.")}
		}
		if err := add(tx); err != nil {
			return err
		}
		if err := noteAccount(ctx, tx, v.user, action, v.agent); err != nil || !first {
			return err
		}
		if err := replaceCodes(ctx, tx, v.user, codeHashes); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `delete from sessions where user_id = $1 and id_hash <> $2`, v.user, sessionHash)
		return err
	})
	return first, explain(err)
}

// lockUser makes changes of one person's factors take turns.
func lockUser(ctx context.Context, tx pgx.Tx, user uuid.UUID) error {
	_, err := tx.Exec(ctx, `select 1 from users where id = $1 for no key update`, user)
	return err
}

func replaceCodes(ctx context.Context, tx pgx.Tx, user uuid.UUID, hashes []string) error {
	if _, err := tx.Exec(ctx, `delete from recovery_codes where user_id = $1`, user); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into recovery_codes (user_id, code_hash) select $1, unnest($2::text[])`, user, hashes)
	return err
}

// ReplaceCodes returns the visitor, who has a second factor, new recovery codes;
// those from before work no more. It fails with persona.ErrNotFound.
func (db *DB) ReplaceCodes(ctx context.Context, v Visit, hashes []string) error {
	return explain(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if err := lockUser(ctx, tx, v.user); err != nil {
			return err
		}
		var any bool
		if err := tx.QueryRow(ctx, `select `+hasFactor+` from users u where id = $1`, v.user).Scan(&any); err != nil {
			return err
		}
		if !any {
			return persona.ErrNotFound
		}
		if err := replaceCodes(ctx, tx, v.user, hashes); err != nil {
			return err
		}
		return noteAccount(ctx, tx, v.user, access.CodesMade, v.agent)
	}))
}

// RemoveTOTP takes the visitor's authenticator app away, and with the last
// factor the recovery codes. It fails with persona.ErrNotFound.
func (db *DB) RemoveTOTP(ctx context.Context, v Visit) error {
	return db.removeFactor(ctx, v, access.AppRemoved, `delete from user_totp where user_id = $1`)
}

// RemovePasskey takes one of the visitor's passkeys away, in the terms of
// RemoveTOTP.
func (db *DB) RemovePasskey(ctx context.Context, v Visit, id uuid.UUID) error {
	return db.removeFactor(ctx, v, access.PasskeyRemoved, `delete from passkeys where user_id = $1 and id = $2`, id)
}

func (db *DB) removeFactor(
	ctx context.Context, v Visit, action access.AccountAction, remove string, args ...any,
) error {
	user := v.user
	return explain(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if err := lockUser(ctx, tx, user); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, remove, append([]any{user}, args...)...)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return persona.ErrNotFound
		}
		_, err = tx.Exec(ctx, `delete from recovery_codes c using users u where c.user_id = $1 and u.id = $1 and not `+hasFactor, user)
		if err != nil {
			return err
		}
		return noteAccount(ctx, tx, user, action, v.agent)
	}))
}

// ForgetFactors takes away every second factor of whoever has the address, who
// has lost them, ends their sessions, and returns what there was. It fails with
// persona.ErrNotFound.
func (db *DB) ForgetFactors(ctx context.Context, email string) (was access.Forgotten, err error) {
	err = pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		var user uuid.UUID
		if err := tx.QueryRow(ctx, `select id from users where `+sameAddress("email", "$1")+` for no key update`,
			email).Scan(&user); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select exists (select from user_totp where user_id = $1),
			(select count(*) from passkeys where user_id = $1), (select count(*) from recovery_codes where user_id = $1 and used_at is null),
			(select count(*) from sessions where user_id = $1 and expires_at > now())`,
			user).Scan(&was.App, &was.Passkeys, &was.Codes, &was.Sessions); err != nil {
			return err
		}
		if err := forgetFactors(ctx, tx, user); err != nil {
			return err
		}
		return noteAccount(ctx, tx, user, access.FactorsForgotten, ByOperator)
	})
	return was, explain(err)
}

func forgetFactors(ctx context.Context, tx pgx.Tx, user uuid.UUID) error {
	for _, sql := range []string{`delete from user_totp where user_id = $1`, `delete from passkeys where user_id = $1`,
		`delete from recovery_codes where user_id = $1`, `delete from sign_in_steps where user_id = $1`, `delete from sessions where user_id = $1`} {
		if _, err := tx.Exec(ctx, sql, user); err != nil {
			return err
		}
	}
	return nil
}

// stepAge is how long the second factor may take.
const stepAge = 10 * time.Minute

// stepsKept is how many sign-ins of one person may wait for their second factor.
const stepsKept = 20

// BeginStep stores a step under the SHA-256 of its token. password is the hash
// that was checked; where it is no longer theirs it fails with
// access.ErrSignedOut. Empty: it was not the password that let them in. Of one person's
// steps the latest stepsKept are kept, since each may hold a form. agent is their kind of
// browser.
func (db *DB) BeginStep(ctx context.Context, tokenHash []byte, s auth.Step, password, agent string) error {
	return explain(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if err := stillPassword(ctx, tx, s.User, password); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into sign_in_steps (token_hash, user_id, next, kept, challenge, expires_at) values ($1, $2, $3, $4, $5, now() + $6::interval)`,
			tokenHash, s.User, s.Next, s.Kept, s.Challenge, stepAge)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `delete from sign_in_steps where user_id = $1 and token_hash in (select token_hash
			from sign_in_steps where user_id = $1 order by expires_at desc, token_hash offset $2)`, s.User, stepsKept)
		if err != nil {
			return err
		}
		return noteAccount(ctx, tx, s.User, access.SignInHalf, agent)
	}))
}

// stillPassword fails with access.ErrSignedOut when the password that was
// checked was changed meanwhile. It holds the row, so that a change that comes
// later finds the session that follows, and ends it.
func stillPassword(ctx context.Context, tx pgx.Tx, user uuid.UUID, hash string) error {
	if hash == "" {
		return nil
	}
	var same bool
	err := tx.QueryRow(ctx, `select password_hash = $2 from users where id = $1 for share`, user, hash).Scan(&same)
	if err == nil && !same {
		return access.ErrSignedOut
	}
	return err
}

// Step returns a step that is not over, or access.ErrSignedOut.
func (db *DB) Step(ctx context.Context, tokenHash []byte) (auth.Step, error) {
	var s auth.Step
	err := db.reads.QueryRow(ctx, `select user_id, next, kept, challenge from sign_in_steps where token_hash = $1 and expires_at > now()`, tokenHash).
		Scan(&s.User, &s.Next, &s.Kept, &s.Challenge)
	if errors.Is(err, pgx.ErrNoRows) {
		return auth.Step{}, access.ErrSignedOut
	}
	return s, explain(err)
}

// FinishWithTOTP ends a step by the code of a half minute, of the app that was added at
// added. A code that was used meanwhile, or a step that is over, fails with
// access.ErrSignedOut.
func (db *DB) FinishWithTOTP(ctx context.Context, tokenHash []byte, s auth.Step, added time.Time, step int64) error {
	return db.finish(ctx, tokenHash, s,
		`update user_totp set last_step = $2 where user_id = $1 and created_at = $3 and last_step < $2`, step, added)
}

// FinishWithCode ends a step by a recovery code, in the terms of FinishWithTOTP.
// agent is the kind of browser.
func (db *DB) FinishWithCode(ctx context.Context, tokenHash []byte, s auth.Step, codeHash, agent string) error {
	err := db.finish(ctx, tokenHash, s, `update recovery_codes set used_at = now() where user_id = $1 and code_hash = $2 and used_at is null`, codeHash)
	if err != nil {
		return err
	}
	return explain(noteAccount(ctx, db.writes, s.User, access.RecoveryCodeUsed, agent))
}

// FinishWithPasskey ends a step by a passkey, in the terms of FinishWithTOTP.
func (db *DB) FinishWithPasskey(
	ctx context.Context, tokenHash []byte, s auth.Step, credentialID, credential []byte,
) error {
	return db.finish(ctx, tokenHash, s, `update passkeys set credential = $3, last_used_at = now() where user_id = $1 and credential_id = $2`, credentialID, credential)
}

func (db *DB) finish(ctx context.Context, tokenHash []byte, s auth.Step, use string, args ...any) error {
	return explain(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		for _, x := range []struct {
			sql  string
			args []any
		}{{`delete from sign_in_steps where token_hash = $2 and user_id = $1 and expires_at > now()`, []any{tokenHash}},
			{use, args}} {
			tag, err := tx.Exec(ctx, x.sql, append([]any{s.User}, x.args...)...)
			if err != nil {
				return err
			}
			if tag.RowsAffected() == 0 {
				return access.ErrSignedOut
			}
		}
		return nil
	}))
}

// RequireFactor says whether a workspace asks a second factor of whoever may
// write in it. To ask it of others one must have it: else it fails with
// access.ErrNoFactor.
func (db *DB) RequireFactor(ctx context.Context, a Access, required bool) error {
	action := audit.FactorRequired
	if !required {
		action = audit.FactorNotRequired
	}
	_, err := write(ctx, db, a, access.Manage, action, func(c *change) (bool, error) {
		if required && a.user.Valid {
			if err := proven(ctx, c, a); err != nil {
				return false, err
			}
		}
		_, err := c.Exec(ctx, `update workspaces set require_second_factor = $2 where id = $1`, a.workspace, required)
		return required, err
	})
	return err
}
