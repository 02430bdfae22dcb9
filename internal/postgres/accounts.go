package postgres

import (
	"context"
	"fmt"
	"time"

	"personae/internal/access"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Account gives the account with this e-mail address, whatever its case, or
// persona.ErrNotFound.
func (db *DB) Account(ctx context.Context, email string) (access.Account, error) {
	var a access.Account
	err := db.reads.QueryRow(ctx, `select id, coalesce(password_hash, ''), `+hasFactor+` from users u where `+sameAddress("email", "$1"), email).
		Scan(&a.ID, &a.PasswordHash, &a.Factor)
	return a, explain(err)
}

// sameAddress tells in SQL whether two e-mail addresses are the same, whatever
// their case. The first comparison is by the index. The second folds ASCII only:
// some collations take a Kelvin sign for a k, and then another person's address
// would do.
func sameAddress(a, b string) string {
	return `lower(` + a + `) = lower(` + b + `) and lower(` + a + ` collate "C") = lower(` + b + ` collate "C")`
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

// StartSession stores a session under the SHA-256 of its id until expires, with
// the kind of browser in at most 80 characters, and clears away those that have
// expired. password is the hash that was checked; where it is no longer theirs
// it fails with persona.ErrSignedOut. Empty: it was not the password alone that
// let them in.
func (db *DB) StartSession(ctx context.Context, hash []byte, user uuid.UUID, expires time.Time, agent, password string) error {
	return explain(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `delete from sessions where expires_at < now()`); err != nil {
			return err
		}
		if err := stillPassword(ctx, tx, user, password); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into sessions (id_hash, user_id, expires_at, agent) values ($1, $2, $3, $4)`, hash, user, expires, agent)
		return err
	}))
}

// EndSession forgets a session. It is no error when there is none.
func (db *DB) EndSession(ctx context.Context, hash []byte) error {
	_, err := db.writes.Exec(ctx, `delete from sessions where id_hash = $1`, hash)
	return explain(err)
}

// Secret gives the secret kept under name. Where there is none, fresh is kept
// and given; of two programs that do so at once, both get the same.
func (db *DB) Secret(ctx context.Context, name string, fresh []byte) ([]byte, error) {
	var value []byte
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into secrets (name, value) values ($1, $2) on conflict do nothing`, name, fresh); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select value from secrets where name = $1`, name).Scan(&value)
	})
	return value, explain(err)
}

// WorkspacesPageSize is how many workspaces a page of the list holds.
const WorkspacesPageSize = 50

// Workspaces gives one page (from 1) of the workspaces that the visitor may
// open and whose name contains search, by name or the latest change first, and
// whether more follow.
func (db *DB) Workspaces(ctx context.Context, v Visit, search string, byChange bool, page int) ([]access.Workspace, bool, error) {
	// Whoever may open a few does not wait until the names of all are searched.
	theirs := `w.id in (select workspace_id from members where user_id = $1 union all select workspace_id from support_grants where user_id = $1)`
	if v.superadmin {
		theirs = `true`
	}
	const changed = `coalesce((select e.at from audit_events e where e.workspace_id = w.id order by e.rev desc limit 1), w.created_at)`
	list, err := queryAll(ctx, db.reads, scanWorkspace, `
		select w.id, w.name,
			case when m.role in ('owner', 'admin') then m.role when $2 then 'superadmin' when g.held then 'support' else m.role end,
			coalesce((select p.name from personas p where p.workspace_id = w.id and p.is_default), ''),
			(select count(*) from personas p where p.workspace_id = w.id), `+changed+`
		from workspaces w
		left join members m on m.workspace_id = w.id and m.user_id = $1
		left join lateral (
			select true as held from support_grants g join users u on u.id = g.user_id
			where g.workspace_id = w.id and g.user_id = $1 and u.support and g.revoked_at is null and g.expires_at > now() limit 1) g on true
		where `+theirs+` and (m.role is not null or g.held or $2)
			and `+holds("w.name", "$3")+`
		order by case when $4 then `+changed+` end desc, w.name collate "und-x-icu", w.id
		limit $5 offset $6`, v.user, v.superadmin, search, byChange, WorkspacesPageSize+1, (page-1)*WorkspacesPageSize)
	if err != nil {
		return nil, false, explain(err)
	}
	if len(list) > WorkspacesPageSize {
		return list[:WorkspacesPageSize], true, nil
	}
	return list, false, nil
}

func scanWorkspace(row pgx.CollectableRow) (access.Workspace, error) {
	var w access.Workspace
	err := row.Scan(&w.ID, &w.Name, &w.Role, &w.Default, &w.Personas, &w.Changed)
	return w, err
}

// AddWorkspace adds a workspace owned by whoever has the address. It fails
// with persona.ErrNotFound when nobody has it.
func (db *DB) AddWorkspace(ctx context.Context, name, ownerEmail string) (uuid.UUID, error) {
	var id uuid.UUID
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		var owner uuid.UUID
		if err := tx.QueryRow(ctx, `select id from users where `+sameAddress("email", "$1"), ownerEmail).Scan(&owner); err != nil {
			return err
		}
		var err error
		id, err = insertWorkspace(ctx, tx, name, map[uuid.UUID]access.Role{owner: access.Owner})
		return err
	})
	return id, explain(err)
}

func insertWorkspace(ctx context.Context, tx pgx.Tx, name string, members map[uuid.UUID]access.Role) (uuid.UUID, error) {
	var id uuid.UUID
	if err := tx.QueryRow(ctx, `insert into workspaces (name) values ($1) returning id`, name).Scan(&id); err != nil {
		return id, err
	}
	for user, role := range members {
		if _, err := tx.Exec(ctx, `insert into members (workspace_id, user_id, role) values ($1, $2, $3)`, id, user, role); err != nil {
			return id, err
		}
	}
	return id, nil
}
