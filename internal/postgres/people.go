package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/persona"
)

// People returns everybody who was not removed, by address.
func (db *DB) People(ctx context.Context) ([]access.Person, error) {
	list, err := queryAll(ctx, db.reads, pgx.RowToStructByPos[access.Person], `
		select id, email, name, superadmin, support, disabled_at is not null
		from users where removed_at is null order by lower(email), id`)
	return list, explain(err)
}

// personOf returns the id of whoever has an address, or pgx.ErrNoRows.
func (db *DB) personOf(ctx context.Context, email string) (id uuid.UUID, err error) {
	err = db.reads.QueryRow(ctx, `select id from users where `+sameAddress("email", "$1")+` and removed_at is null`,
		email).Scan(&id)
	return id, explain(err)
}

// SetStanding makes whoever has an address a superadmin or support staff, or no more
// so; nil leaves it as it is. It fails with persona.ErrNotFound, and with a
// persona.TooLateError for the last superadmin.
func (db *DB) SetStanding(ctx context.Context, email string, superadmin, support *bool) error {
	id, err := db.personOf(ctx, email)
	if err != nil {
		return err
	}
	_, err = db.writes.Exec(ctx, `update users set superadmin = coalesce($2, superadmin), support = coalesce($3, support)
		where id = $1`, id, superadmin, support)
	return explain(lastSuperadmin(err))
}

// EnablePerson lets whoever has an address sign in again. What ended stays ended. It
// fails with persona.ErrNotFound.
func (db *DB) EnablePerson(ctx context.Context, email string) error {
	id, err := db.personOf(ctx, email)
	if err != nil {
		return err
	}
	_, err = db.writes.Exec(ctx, `update users set disabled_at = null where id = $1`, id)
	return explain(err)
}

// DisablePerson signs whoever has an address out for good: their sessions and reset
// links end at once, and their tokens, the grants that they hold or gave and the
// invitations that they made or got, each recorded in its workspace. Where it broke off, it
// can be done again. It fails with persona.ErrNotFound, and with a
// persona.TooLateError for the last superadmin.
func (db *DB) DisablePerson(ctx context.Context, email string) error {
	id, err := db.personOf(ctx, email)
	if err != nil {
		return err
	}
	return db.disable(ctx, id)
}

func (db *DB) disable(ctx context.Context, id uuid.UUID) error {
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		for _, sql := range []string{
			`update users set disabled_at = coalesce(disabled_at, now()) where id = $1`,
			`delete from sessions where user_id = $1`,
			`delete from sign_in_steps where user_id = $1`,
			`update password_resets set used_at = now() where user_id = $1 and used_at is null`,
		} {
			if _, err := tx.Exec(ctx, sql, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return explain(lastSuperadmin(err))
	}
	// They work no more from here on. Ended by rows of their own, they stay so.
	return errors.Join(
		db.endEach(ctx, id, `select workspace_id, id from api_tokens where created_by = $1 and revoked_at is null
			and expires_at > now()`, func(a Access, token uuid.UUID) error {
			_, err := db.RevokeToken(ctx, a, token)
			return err
		}),
		db.endEach(ctx, id, `select workspace_id, id from support_grants where (user_id = $1 or granted_by = $1)
			and revoked_at is null and expires_at > now()`, func(a Access, grant uuid.UUID) error {
			_, err := db.Revoke(ctx, a, grant)
			return err
		}),
		db.endEach(ctx, id, `select i.workspace_id, i.id from invitations i join users u on u.id = $1
			where (i.invited_by = u.id or `+sameAddress("i.email", "u.email")+`) and `+invitationUnused, func(a Access, invitation uuid.UUID) error {
			return db.RevokeInvitation(ctx, a, invitation)
		}))
}

// endEach ends what a query finds of a person, as the operator.
func (db *DB) endEach(ctx context.Context, user uuid.UUID, sql string, end func(a Access, id uuid.UUID) error) error {
	type place struct{ Workspace, ID uuid.UUID }
	list, err := queryAll(ctx, db.reads, pgx.RowToStructByPos[place], sql, user)
	if err != nil {
		return explain(err)
	}
	for _, p := range list {
		a := Access{workspace: p.Workspace, role: access.Operator, permission: access.Manage}
		if err := end(a, p.ID); err != nil && !errors.Is(err, persona.ErrNotFound) {
			return err
		}
	}
	return nil
}

// RemovePerson disables whoever has an address and takes them out of every workspace.
// Their row and their name stay for the log; their address is free again. It fails as
// DisablePerson does, and with a persona.TooLateError that names the workspaces which
// would be left without their owner or any admin; then nothing is changed.
func (db *DB) RemovePerson(ctx context.Context, email string) error {
	id, err := db.personOf(ctx, email)
	if err != nil {
		return err
	}
	alone, err := queryAll(ctx, db.reads, pgx.RowTo[string],
		`select w.name from members m join workspaces w on w.id = m.workspace_id
		where m.user_id = $1 and exists (select from members o where o.workspace_id = m.workspace_id and o.user_id <> $1)
			and (m.role = 'owner' and not exists (select from members o
				where o.workspace_id = m.workspace_id and o.user_id <> $1 and o.role = 'owner')
			or m.role = 'admin' and not exists (select from members o
				where o.workspace_id = m.workspace_id and o.user_id <> $1 and o.role in ('owner', 'admin')))
		order by w.name`, id)
	if err != nil {
		return explain(err)
	}
	if len(alone) > 0 {
		return &persona.TooLateError{Reason: "They are the last owner or admin of " + strings.Join(alone, ", ") +
			". Make somebody else an owner there first, or disable them."}
	}
	if err := db.disable(ctx, id); err != nil {
		return err
	}
	err = db.endEach(ctx, id, `select workspace_id, user_id from members where user_id = $1`,
		func(a Access, user uuid.UUID) error {
			_, err := db.RemoveMember(ctx, a, user)
			return err
		})
	if err != nil {
		return err
	}
	return explain(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if err := forgetFactors(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from user_identities where user_id = $1`, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update users set removed_at = now(), superadmin = false, support = false,
			password_hash = null, email = id || '@removed.invalid' where id = $1`, id)
		return err
	}))
}

// lastSuperadmin says so where the database refuses to lose the last superadmin.
func lastSuperadmin(err error) error {
	if _, constraint := sqlState(err); constraint == "users_have_superadmin" {
		return &persona.TooLateError{Reason: "This is the last superadmin. Make somebody else one first."}
	}
	return err
}
