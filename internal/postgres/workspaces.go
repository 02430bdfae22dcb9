package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
)

// WorkspacesPageSize is how many workspaces a page of the list holds.
const WorkspacesPageSize = 50

// Workspaces returns one page (from 1) of the workspaces that the visitor may
// open and whose name contains search, by name or the latest change first, and
// whether more follow.
func (db *DB) Workspaces(
	ctx context.Context, v Visit, search string, byChange bool, page int,
) ([]access.Workspace, bool, error) {
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
			where g.workspace_id = w.id and g.user_id = $1 and u.support and `+currentGrant+` limit 1) g on true
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

// WorkspacesNamed returns id and name of the workspaces of a name, whatever its case;
// of all, by name, where it is empty.
func (db *DB) WorkspacesNamed(ctx context.Context, name string) ([]access.Workspace, error) {
	list, err := queryAll(ctx, db.reads, func(row pgx.CollectableRow) (w access.Workspace, err error) {
		return w, row.Scan(&w.ID, &w.Name)
	}, `select id, name from workspaces where $1 = '' or lower(name) = lower($1) order by name collate "und-x-icu", id`, name)
	return list, explain(err)
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
		if err := tx.QueryRow(ctx, `select id from users where `+sameAddress("email", "$1"),
			ownerEmail).Scan(&owner); err != nil {
			return err
		}
		var err error
		id, err = insertWorkspace(ctx, tx, name, map[uuid.UUID]access.Role{owner: access.Owner})
		return err
	})
	return id, explain(err)
}

func insertWorkspace(
	ctx context.Context, tx pgx.Tx, name string, members map[uuid.UUID]access.Role,
) (uuid.UUID, error) {
	var id uuid.UUID
	if err := tx.QueryRow(ctx, `insert into workspaces (name) values ($1) returning id`, name).Scan(&id); err != nil {
		return id, err
	}
	for user, role := range members {
		if _, err := tx.Exec(ctx, `insert into members (workspace_id, user_id, role) values ($1, $2, $3)`, id, user,
			role); err != nil {
			return id, err
		}
	}
	return id, nil
}
