package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// WorkspacesPageSize is how many workspaces a page of the list holds.
const WorkspacesPageSize = 50

// grantHeld is where a grant g of the support staff u of the workspace w is found that
// the person $1 holds.
var grantHeld = `from support_grants g join users u on u.id = g.user_id
	where g.workspace_id = w.id and g.user_id = $1 and u.support and ` + currentGrant

// anyScope is in which workspaces themselves are searched for.
const anyScope = `'00000000-0000-0000-0000-000000000000'`

// workspaceList is which workspaces the person $1 asks for: those that they may open, or as superadmin all.
type workspaceList struct{ all, archived, searched, byChange bool }

// mayOpen is true of the workspaces w of the list; of others they are found without a look at each.
func (l workspaceList) mayOpen() string {
	theirs := `w.id in (select workspace_id from members where user_id = $1 union all select workspace_id from support_grants where user_id = $1)
		and (exists (select from members m where m.workspace_id = w.id and m.user_id = $1) or exists (select ` + grantHeld + `))`
	return asked(l.all, `true`, theirs) + asked(l.archived, ` and w.archived_at is not null`, ` and w.archived_at is null`) + ` and w.erasing_at is null`
}

// order is that of the list, of the workspaces w that each selects.
func (l workspaceList) order() string {
	return ` order by ` + asked(l.byChange, `w.changed_at desc, `, ``) + `w.name collate "und-x-icu", w.id`
}

const everyWorkspace = `workspaces w`

// each selects those of the list from such workspaces, with when they were changed where it is needed. Without
// its offsets, PostgreSQL may look that up for all before it sorts them.
func (l workspaceList) each(of string) string {
	from := of
	switch {
	case l.byChange && l.all && !l.archived && of == everyWorkspace: // archived ones are few, and found by an index
		from = `workspace_revisions r cross join lateral (select * from workspaces w where w.id = r.workspace_id offset 0) w`
	case l.byChange:
		from += ` cross join lateral (select changed_at from workspace_revisions where workspace_id = w.id offset 0) r`
	}
	return `(select w.*` + asked(l.byChange, `, r.changed_at`, ``) + ` from ` + from + ` where ` + l.mayOpen() + `) w`
}

var (
	// namedSo is true of a workspace w whose name holds $3, and likelyWorkspaces are those that
	// the index of names finds for it.
	namedSo          = holds("w.name", "$3")
	likelyWorkspaces = likely("workspaces", anyScope, "search_key(name)", anyScope, "$3") + ` w`
)

// found is a lookup of those of a list whose name holds $3.
func (l workspaceList) found(enough string) string {
	return lookup{
		columns: `w.*`,
		first: func(limit string) string {
			return `(select w.* from ` + l.each(everyWorkspace) + l.order() + limit + `) w where ` + namedSo
		},
		order: l.order(),
		all:   l.each(likelyWorkspaces) + ` where ` + namedSo,
		large: `true`,
	}.found(enough)
}

// page selects a page, which begins after $4 workspaces.
func (l workspaceList) page() string {
	page := l.order() + ` limit ` + strconv.Itoa(WorkspacesPageSize+1) + ` offset $4`
	if !l.all || !l.searched {
		return `select w.* from ` + l.each(everyWorkspace) + ` where ` + namedSo + page
	}
	return l.found(`$4 + `+strconv.Itoa(WorkspacesPageSize)) + `select w.* from found w` + page
}

// count counts them up to $4.
func (l workspaceList) count() string {
	all := `(select count(*) from (select from ` + everyWorkspace + ` where ` + l.mayOpen() + ` and ` + namedSo + ` limit $4) w)`
	found := `with `
	if l.all && l.searched {
		found, all = l.found(strconv.Itoa(WorkspacesPageSize))+`, `, `case when open then `+all+` else least(n, $4) end from counted`
	}
	// A parameter that nothing needs has to have a type.
	return found + `visitor as (select $1::uuid, $2::boolean) select ` + all
}

// Workspaces returns one page (from 1) of the workspaces that the visitor may
// open and whose name contains search, those that are archived or all others, by name
// or the latest change first, and how many there are on all pages, but no more than one
// above persona.CountedTo; 0 behind the last page. Only those of the page are looked at
// closely, and only where there is another page they are counted: there may be any number.
func (db *DB) Workspaces(
	ctx context.Context, v Visit, search string, archived, byChange bool, page int,
) (list []access.Workspace, total int, err error) {
	l := workspaceList{all: v.superadmin, archived: archived, searched: hasParts(search), byChange: byChange}
	list, err = queryAll(ctx, db.reads, scanWorkspace, `
		select w.id, w.name,
			case when m.role in ('owner', 'admin') then m.role when $2 then 'superadmin' when g.held then 'support' else m.role end,
			coalesce((select p.name from personas p where p.workspace_id = w.id and p.is_default), ''),
			`+countTo(persona.CountLimit, `personas p where p.workspace_id = w.id`)+`,
			coalesce((select r.changed_at from workspace_revisions r where r.workspace_id = w.id), w.created_at),
			coalesce(g.scope, ''), coalesce(g.expires_at, 'epoch'),
			case when $2 or m.role in ('owner', 'admin') then (select count(*) from support_requests r join users u on u.id = r.user_id
				where r.workspace_id = w.id and `+openRequest+`) else 0 end
		from (`+l.page()+`) w
		left join members m on m.workspace_id = w.id and m.user_id = $1
		left join lateral (select true as held, g.scope, g.expires_at `+grantHeld+`
			order by g.scope, g.expires_at desc limit 1) g on true`+l.order(),
		v.user, v.superadmin, search, (page-1)*WorkspacesPageSize)
	if err != nil || len(list) == 0 || page == 1 && len(list) <= WorkspacesPageSize {
		return list, len(list), explain(err)
	}
	err = db.reads.QueryRow(ctx, l.count(), v.user, v.superadmin, search, persona.CountedTo(page, WorkspacesPageSize)+1).Scan(&total)
	return list[:min(len(list), WorkspacesPageSize)], total, explain(err)
}

// WorkspacesNamed returns the workspaces of a name, whatever its case, with their ids and
// whether they are archived; all, by name, where it is empty.
func (db *DB) WorkspacesNamed(ctx context.Context, name string) ([]access.Workspace, error) {
	list, err := queryAll(ctx, db.reads, func(row pgx.CollectableRow) (w access.Workspace, err error) {
		return w, row.Scan(&w.ID, &w.Name, &w.Archived)
	}, `select id, name, archived_at is not null from workspaces
		where `+asked(name != "", `lower(name) = lower($1)`, `$1 = ''`)+` and erasing_at is null order by name collate "und-x-icu", id`, name)
	return list, explain(err)
}

func scanWorkspace(row pgx.CollectableRow) (access.Workspace, error) {
	var w access.Workspace
	err := row.Scan(&w.ID, &w.Name, &w.Role, &w.Default, &w.Personas, &w.Changed, &w.Scope, &w.Until, &w.Requests)
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

// NewWorkspace is what a superadmin makes a workspace of. Invitation is the SHA-256 of
// the token of a link for an owner whose address is not known.
type NewWorkspace struct {
	Name, Owner string // the owner's address
	Again       bool   // another one of a name that is there
	Invitation  []byte
}

// AddedWorkspace is what NewWorkspace became.
type AddedWorkspace struct {
	ID      uuid.UUID
	Invited bool // the owner was, because nobody had the address
}

// CreateWorkspace adds a workspace for a superadmin, and records it there. Whoever has
// the address owns it; where nobody does, they are invited to. Two of one name at once
// take turns. It fails with an access.NameThereError, and with persona.ErrNotFound where
// the visitor is no superadmin any more.
func (db *DB) CreateWorkspace(ctx context.Context, v Visit, w NewWorkspace) (AddedWorkspace, error) {
	var added AddedWorkspace
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		var one int
		if err := tx.QueryRow(ctx, `select 1 from users where id = $1 and superadmin and disabled_at is null for share`,
			v.user).Scan(&one); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('personae workspace ' || lower($1), 0))`,
			w.Name); err != nil {
			return err
		}
		var there uuid.UUID
		err := tx.QueryRow(ctx, `select id from workspaces where lower(name) = lower($1) and erasing_at is null
			order by created_at, id limit 1`, w.Name).Scan(&there)
		if err == nil && !w.Again {
			return &access.NameThereError{ID: there}
		}
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		owner, err := queryFirst(ctx, tx, pgx.RowTo[uuid.UUID],
			`select id from users where `+sameAddress("email", "$1")+` and disabled_at is null`, w.Owner)
		if err != nil {
			return err
		}
		members := map[uuid.UUID]access.Role{}
		if owner != nil {
			members[*owner] = access.Owner
		}
		if added.ID, err = insertWorkspace(ctx, tx, w.Name, members); err != nil {
			return err
		}
		if added.Invited = owner == nil; added.Invited {
			if _, err := tx.Exec(ctx, `insert into invitations (workspace_id, email, role, token_hash, invited_by, expires_at)
				values ($1, $2, 'owner', $3, $4, now() + $5::interval)`, added.ID, w.Owner, w.Invitation, v.user,
				invitationAge); err != nil {
				return err
			}
		}
		made := event{id: uuid.New(), action: audit.WorkspaceCreated}
		return record(ctx, tx, Access{workspace: added.ID, user: valid(v.user), role: access.Superadmin}, &made)
	})
	return added, explain(err)
}

var selectFacts = `select w.name, w.version, w.created_at, w.archived_at,
		array(select p.name from personas p where p.workspace_id = w.id and p.display_name is null
			order by p.name collate "und-x-icu" limit ` + strconv.Itoa(persona.NamesShown) + `),
		not exists (select from personas p where p.workspace_id = w.id)
			and not exists (select from workspace_settings s where s.workspace_id = w.id and s.ai_persona_name is not null),
		(select count(*) from drafts d left join personas p on p.workspace_id = d.workspace_id and p.id = d.persona_id
			where d.workspace_id = w.id and d.state = 'waiting' and (p.id is not null and p.display_name is null
				or d.source = 'settings' and not exists (select from workspace_settings s
					where s.workspace_id = w.id and s.ai_persona_name is not null)))
	from workspaces w where w.id = $1`

func scanFacts(row pgx.CollectableRow) (access.WorkspaceFacts, error) {
	var f access.WorkspaceFacts
	var archived *time.Time
	err := row.Scan(&f.Name, &f.Version, &f.CreatedAt, &archived, &f.Nameless, &f.Settings, &f.Waiting)
	set(&f.ArchivedAt, archived)
	return f, err
}

// WorkspaceFacts returns a workspace as its own page shows it.
func (db *DB) WorkspaceFacts(ctx context.Context, a Access) (access.WorkspaceFacts, error) {
	var f access.WorkspaceFacts
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectFacts, a.workspace), &f, scanFacts)
	return f, db.readAll(ctx, a, batch)
}

// RenameWorkspace gives a workspace that is at version (0: at any) a clean name. It
// fails with an access.StaleNameError.
func (db *DB) RenameWorkspace(ctx context.Context, a Access, version int, name string) error {
	_, err := write(ctx, db, a, access.Manage, audit.WorkspaceRenamed, func(c *change) (done struct{}, err error) {
		now, err := queryOne(ctx, c, scanFacts, selectFacts, a.workspace)
		if c.unchanged = now.Name == name; err != nil || c.unchanged {
			return done, err
		}
		if version != 0 && version != now.Version {
			return done, &access.StaleNameError{Theirs: now}
		}
		_, err = c.Exec(ctx, `update workspaces set name = $2, version = version + 1 where id = $1`, a.workspace, name)
		return done, err
	})
	return err
}

// ArchiveWorkspace makes a workspace one that is only read and in no list, or puts it
// back. Where it is so already, nothing is changed or recorded.
func (db *DB) ArchiveWorkspace(ctx context.Context, a Access, archive bool) error {
	action := audit.WorkspaceUnarchived
	if archive {
		action = audit.WorkspaceArchived
	}
	_, err := writer[struct{}]{
		action: action, always: true, admit: admit(a, access.Manage),
		do: func(c *change) (done struct{}, err error) {
			tag, err := c.Exec(ctx, `update workspaces set archived_at = case when $2 then clock_timestamp() end
				where id = $1 and (archived_at is not null) <> $2`, a.workspace, archive)
			c.unchanged = tag.RowsAffected() == 0
			return done, err
		},
	}.write(ctx, db, a)
	return err
}

// EraseWorkspace marks a workspace as one to be erased: nobody can open it any more, and
// a job removes its rows. What remains is who asked for it, and when. It fails with
// access.ErrForbidden for an admin who does not own it, and with persona.ErrNotFound where
// that was asked for already.
func (db *DB) EraseWorkspace(ctx context.Context, a Access) error {
	if !a.MayErase() {
		return access.ErrForbidden
	}
	_, err := writer[struct{}]{
		action: audit.WorkspaceErased, always: true, admit: admit(a, access.Manage),
		do: func(c *change) (done struct{}, err error) {
			c.unchanged = true // an event would go with the rest
			if a.role == access.Owner {
				var one int
				if err := c.QueryRow(ctx, `select 1 from members where workspace_id = $1 and user_id = $2 and role = 'owner'`,
					a.workspace, a.user).Scan(&one); err != nil {
					return done, access.ErrForbidden
				}
			}
			if _, err := c.Exec(ctx, `insert into workspace_erasures (workspace_id, asked_by, capacity) values ($1, $2, $3)
				on conflict do nothing`, a.workspace, a.user, string(a.role)); err != nil {
				return done, err
			}
			if _, err := c.Exec(ctx, `update workspaces set erasing_at = clock_timestamp() where id = $1`, a.workspace); err != nil {
				return done, err
			}
			_, err = db.queue.InsertTx(ctx, c, EraseJob{a.workspace}, nil)
			return done, err
		},
	}.write(ctx, db, a)
	return err
}

// MayErase reports whether the access includes erasing the workspace: its owner's, a
// superadmin's and the operator's do.
func (a Access) MayErase() bool { return a.mayManageOwners() && a.MayArchived(access.Manage) }

// EraseJob asks for the rows of a workspace to be removed.
type EraseJob struct {
	Workspace uuid.UUID `json:"erase"`
}

// Kind names the job to River.
func (EraseJob) Kind() string { return "erase" }

// eraseBatch is how many rows of a workspace one transaction removes.
const eraseBatch = 2000

// EraseRows removes rows of a workspace that is to be erased, a transaction for some of
// them, so that no lock is held long and a process that dies has done what it had done.
// It returns how many it removed, the workspace itself at last.
func (db *DB) EraseRows(ctx context.Context, j EraseJob) (removed int, err error) {
	for batch := eraseBatch; ; {
		var n int
		err := db.writes.QueryRow(ctx, `select erase_workspace($1, $2)`, j.Workspace, batch).Scan(&n)
		switch code, _ := sqlState(err); {
		case code == "57014" && ctx.Err() == nil && batch > 1:
			batch = (batch + 3) / 4 // so many take longer here than a statement may
		case err != nil:
			return removed, explain(err)
		case n == 0:
			return removed, nil
		}
		removed += n
	}
}

// SetUp makes the first person, a superadmin, and the first workspace, which they own. It
// fails with persona.ErrNotFound where there is somebody already.
func (db *DB) SetUp(ctx context.Context, u access.NewUser, workspace string) (user, id uuid.UUID, err error) {
	err = db.writes.QueryRow(ctx, `select user_id, workspace_id from set_up($1, $2, $3, $4)`, u.Email, u.Name,
		u.PasswordHash, workspace).Scan(&user, &id)
	return user, id, explain(err)
}

// Anybody reports whether there is a person who can sign in, or could.
func (db *DB) Anybody(ctx context.Context) (there bool, err error) {
	err = db.signIn.QueryRow(ctx, `select exists (select from users)`).Scan(&there)
	return there, explain(err)
}
