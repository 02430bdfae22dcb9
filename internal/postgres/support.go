package postgres

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

var grantColumns = `g.id, g.workspace_id, w.name, u.id, u.name, g.scope, g.reason, b.name,
	g.created_at, g.expires_at, g.revoked_at,
	g.expires_at > now() and not ` + mayLend("g.granted_by", "g.workspace_id") + `
	from support_grants g join workspaces w on w.id = g.workspace_id join users u on u.id = g.user_id
	join users b on b.id = g.granted_by`

func scanGrant(row pgx.CollectableRow) (access.Grant, error) {
	var g access.Grant
	err := row.Scan(&g.ID, &g.Workspace, &g.WorkspaceName, &g.User, &g.Person, &g.Scope, &g.Reason, &g.GrantedBy,
		&g.CreatedAt, &g.Expires, &g.Revoked, &g.Orphaned)
	return g, err
}

// currentGrant holds for grants that let somebody in now.
var currentGrant = `g.revoked_at is null and g.expires_at > now() and ` + mayLend("g.granted_by", "g.workspace_id")

const requestColumns = `r.id, coalesce(r.asked, r.workspace_id::text), coalesce(w.name, ''), u.name, r.scope, r.hours, r.reason, r.created_at,
	r.decided_at is not null, r.grant_id is not null, r.grant_id is null and coalesce(r.decided_by = r.user_id, false),
	r.decided_at is null and r.created_at <= now() - interval '168 hours'
	from support_requests r join users u on u.id = r.user_id
	left join workspaces w on w.id = r.workspace_id and r.grant_id is not null`

// openRequest holds for requests that wait for an answer: for a week, and as
// long as whoever asked is of the support staff.
const openRequest = `r.decided_at is null and r.created_at > now() - interval '168 hours' and u.support`

func scanRequest(row pgx.CollectableRow) (access.GrantRequest, error) {
	var r access.GrantRequest
	err := row.Scan(&r.ID, &r.Asked, &r.WorkspaceName, &r.Person, &r.Scope, &r.Hours, &r.Reason, &r.CreatedAt,
		&r.Decided, &r.Granted, &r.Withdrawn, &r.RanOut)
	return r, err
}

// Support returns a workspace's grants and the requests that wait for an answer.
func (db *DB) Support(ctx context.Context, a Access) (access.Grants, error) {
	var p access.Grants
	batch := &pgx.Batch{}
	collect(batch.Queue(`select `+grantColumns+` where g.workspace_id = $1 and `+currentGrant+`
		order by g.created_at desc, g.id`, a.workspace), &p.Current, scanGrant)
	collect(batch.Queue(`select `+grantColumns+` where g.workspace_id = $1 and not (`+currentGrant+`)
		order by least(g.revoked_at, g.expires_at) desc, g.id limit 20`, a.workspace), &p.Past, scanGrant)
	collect(batch.Queue(`select `+requestColumns+` where r.workspace_id = $1 and `+openRequest+`
		order by r.created_at, r.id`, a.workspace), &p.Requests, scanRequest)
	return p, db.readAll(ctx, a, batch)
}

// SupportOf returns the grants that the visitor holds and the requests they made,
// the latest first. It fails with persona.ErrNotFound for who is no support
// staff.
func (db *DB) SupportOf(ctx context.Context, v Visit) (
	grants []access.Grant, requests []access.GrantRequest, err error,
) {
	if !v.Support {
		return nil, nil, persona.ErrNotFound
	}
	batch := &pgx.Batch{}
	collect(batch.Queue(`select `+grantColumns+` where g.user_id = $1 and `+currentGrant+`
		order by g.expires_at, g.id`, v.user), &grants, scanGrant)
	collect(batch.Queue(`select `+requestColumns+` where r.user_id = $1
		order by r.created_at desc, r.id limit 20`, v.user), &requests, scanRequest)
	return grants, requests, explain(db.reads.SendBatch(ctx, batch).Close())
}

// SupportRequest returns a request that the visitor made, and the grant that answers it;
// nil: none does. It fails with persona.ErrNotFound when they made no such request.
func (db *DB) SupportRequest(ctx context.Context, v Visit, request uuid.UUID) (access.GrantRequest, *access.Grant, error) {
	r, err := queryOne(ctx, db.reads, scanRequest, `select `+requestColumns+` where r.user_id = $1 and r.id = $2`,
		v.user, request)
	if err != nil || !r.Granted {
		return r, nil, explain(err)
	}
	g, err := queryFirst(ctx, db.reads, scanGrant, `select `+grantColumns+` where g.user_id = $1
		and g.id = (select grant_id from support_requests where id = $2)`, v.user, request)
	return r, g, explain(err)
}

// Grant lets the support person with this address into the workspace for some
// hours. It fails with an InvalidError, also when nobody of the support staff
// has the address. The same grant by the same person within a minute is a second
// press of the button, and returns the first one.
func (db *DB) Grant(
	ctx context.Context, a Access, email string, scope access.Scope, hours int, reason string,
) (access.Grant, error) {
	email, reason = persona.CleanLine(email), persona.Clean(reason)
	errs := checkGrant(scope, hours, reason)
	var unseen *access.AddressError
	if errors.As(access.CheckSeen(email), &unseen) {
		errs = append(errs, persona.FieldError{Field: "email", Message: unseen.Text()})
	} else {
		errs = persona.CheckText(errs, "email", i18n.N("Email address"), email, access.AddressLimit, true)
	}
	if len(errs) > 0 {
		return access.Grant{}, &persona.InvalidError{Fields: errs}
	}
	return write(ctx, db, a, access.Manage, audit.SupportGranted, func(c *change) (access.Grant, error) {
		var user uuid.UUID
		err := c.QueryRow(ctx, `select id from users where `+sameAddress("email", "$1")+` and support for share`, email).
			Scan(&user)
		if errors.Is(err, pgx.ErrNoRows) {
			return access.Grant{}, &persona.InvalidError{Fields: []persona.FieldError{{Field: "email",
				Message: i18n.Say("No support staff have this address. Ask them for it and type it exactly")}}}
		}
		if err != nil {
			return access.Grant{}, err
		}
		c.details.User = valid(user)
		twin, err := queryFirst(ctx, c, scanGrant, `select `+grantColumns+`
			where g.workspace_id = $1 and g.user_id = $2 and g.scope = $3 and g.reason = $4
				and g.granted_by = $5 and g.expires_at = g.created_at + make_interval(hours => $6)
				and g.created_at > now() - interval '1 minute' and `+currentGrant,
			a.workspace, user, scope, reason, a.user, hours)
		if err != nil {
			return access.Grant{}, err
		}
		if twin != nil {
			c.unchanged = true
			return *twin, nil
		}
		g, err := insertGrant(ctx, c, a, user, scope, hours, reason)
		c.details.Grant = valid(g.ID)
		return g, err
	})
}

func checkGrant(scope access.Scope, hours int, reason string) []persona.FieldError {
	var errs []persona.FieldError
	if scope != access.SwitchOnly && scope != access.FullAccess {
		errs = append(errs, persona.FieldError{Field: "scope", Message: i18n.Say("Choose what support may do")})
	}
	if !slices.Contains(access.GrantHours(), hours) {
		errs = append(errs, persona.FieldError{Field: "hours", Message: i18n.Say("Choose for how long: 1 hour, 24 hours or 7 days")})
	}
	if reason == "" {
		errs = append(errs, persona.FieldError{Field: "reason", Message: i18n.Say("Enter a reason; it is kept in the audit log")})
	}
	return persona.CheckText(errs, "reason", i18n.N("Reason"), reason, access.ReasonLimit, false)
}

func insertGrant(
	ctx context.Context, tx pgx.Tx, a Access, user uuid.UUID, scope access.Scope, hours int, reason string,
) (access.Grant, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
		values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6)) returning id`,
		a.workspace, user, scope, reason, a.user, hours).Scan(&id)
	if err != nil {
		return access.Grant{}, err
	}
	return queryGrant(ctx, tx, a, id)
}

func queryGrant(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) (access.Grant, error) {
	return queryOne(ctx, tx, scanGrant, `select `+grantColumns+` where g.workspace_id = $1 and g.id = $2`, a.workspace, id)
}

// Revoke ends a grant at once: also for a write that waits for its lock. A
// grant that has ended already stays as it is. It fails with
// persona.ErrNotFound.
func (db *DB) Revoke(ctx context.Context, a Access, grant uuid.UUID) (access.Grant, error) {
	return write(ctx, db, a, access.Manage, audit.SupportRevoked, func(c *change) (access.Grant, error) {
		tag, err := c.Exec(ctx, `update support_grants set revoked_at = clock_timestamp()
			where workspace_id = $1 and id = $2 and revoked_at is null and expires_at > clock_timestamp()`, a.workspace, grant)
		if err != nil {
			return access.Grant{}, err
		}
		g, err := queryGrant(ctx, c, a, grant)
		c.unchanged = tag.RowsAffected() == 0
		c.details.User, c.details.Grant = valid(g.User), valid(g.ID)
		return g, err
	})
}

// openRequests is how many unanswered requests one of the support staff may have.
const openRequests = 5

// dailyRequests is how many requests one of the support staff may make of one workspace
// in 24 hours, whatever became of them: each stands in its log.
const dailyRequests = 10

// AskSupport notes that the visitor, of the support staff, wishes for a grant, and
// returns the request's id. asked is a workspace's support code, name or id. A request
// for a workspace that does not exist, or for a name that several have, is kept like any
// other, and is seen by nobody else. The same request while it is open is noted once. It
// fails with an InvalidError.
func (db *DB) AskSupport(
	ctx context.Context, v Visit, asked string, scope access.Scope, hours int, reason string,
) (uuid.UUID, error) {
	asked, reason = persona.CleanLine(asked), persona.Clean(reason)
	errs := persona.CheckName(nil, "workspace", i18n.N("Support code or name"),
		i18n.N("Enter the support code that the customer reads to you, or the workspace’s name"), asked, askedLimit)
	if errs = append(errs, checkGrant(scope, hours, reason)...); len(errs) > 0 {
		return uuid.Nil, &persona.InvalidError{Fields: errs}
	}
	workspace, err := db.workspaceAsked(ctx, asked)
	if err != nil {
		return uuid.Nil, explain(err)
	}
	var id uuid.UUID
	err = db.writeRequest(ctx, v, workspace, audit.SupportRequested, func(tx pgx.Tx) (made bool, err error) {
		id, made, err = insertRequest(ctx, tx, v, workspace, asked, scope, hours, reason)
		return made, err
	})
	return id, err
}

// askedLimit is the longest code, name or id that is asked for, in characters.
const askedLimit = 120

// workspaceAsked returns the id of the workspace with this support code or id, or the only
// one with this name; where there is none an id that no workspace has, always the same.
func (db *DB) workspaceAsked(ctx context.Context, asked string) (uuid.UUID, error) {
	if id, err := uuid.Parse(asked); err == nil {
		return id, nil
	}
	code, _ := access.ReadCode(asked)
	var id uuid.NullUUID
	err := db.reads.QueryRow(ctx, `select coalesce((select id from workspaces where support_code = $1 and erasing_at is null),
		(select (array_agg(id))[1] from workspaces where lower(name) = lower($2) and erasing_at is null having count(*) = 1))`, code, asked).Scan(&id)
	if err != nil || id.Valid {
		return id.UUID, err
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(strings.ToLower(asked))), nil
}

// ReplaceSupportCode gives the workspace another support code and returns it, as it is
// said. Nobody finds the workspace by the one before from then on.
func (db *DB) ReplaceSupportCode(ctx context.Context, a Access) (string, error) {
	return write(ctx, db, a, access.Manage, audit.CodeReplaced, func(c *change) (string, error) {
		code, err := queryOne(ctx, c, pgx.RowTo[string],
			`update workspaces set support_code = default where id = $1 returning support_code`, a.workspace)
		return access.SayCode(code), err
	})
}

// WithdrawRequest takes back a request of the visitor. It fails with
// ErrRequestOver, or with persona.ErrNotFound when they made no such request.
func (db *DB) WithdrawRequest(ctx context.Context, v Visit, request uuid.UUID) error {
	var workspace uuid.UUID
	err := db.reads.QueryRow(ctx, `select workspace_id from support_requests where id = $1 and user_id = $2`,
		request, v.user).Scan(&workspace)
	if err != nil {
		return explain(err)
	}
	return db.writeRequest(ctx, v, workspace, audit.SupportWithdrawn, func(tx pgx.Tx) (bool, error) {
		tag, err := tx.Exec(ctx, `update support_requests r set decided_at = clock_timestamp(), decided_by = r.user_id
			from users u where r.workspace_id = $1 and r.id = $2 and r.user_id = $3 and u.id = r.user_id and `+openRequest,
			workspace, request, v.user)
		if err == nil && tag.RowsAffected() == 0 {
			err = access.ErrRequestOver
		}
		return true, err
	})
}

// writeRequest does what support staff, who have no access yet, may do about a
// request; do reports whether it changed anything.
func (db *DB) writeRequest(
	ctx context.Context, v Visit, workspace uuid.UUID, action audit.Action, do func(pgx.Tx) (bool, error),
) error {
	_, err := writer[bool]{
		action: action,
		admit: func(batch *pgx.Batch) error {
			queueAdmitSupport(batch, v)
			return nil
		},
		do: func(c *change) (bool, error) {
			changed, err := do(c)
			c.unchanged = !changed
			return changed, err
		},
	}.write(ctx, db, Access{workspace: workspace, user: valid(v.user), role: access.Support})
	if !errors.Is(err, persona.ErrNotFound) {
		return err
	}
	// There is no workspace to lock, and none whose log could tell.
	return explain(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		queueAdmitSupport(batch, v)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		_, err := do(tx)
		return err
	}))
}

// queueAdmitSupport lets support staff ask, one request of each person at a time,
// so that none passes the limit beside another.
func queueAdmitSupport(batch *pgx.Batch, v Visit) {
	const lock = `select support from users where id = $1 for no key update`
	batch.Queue(lock, v.user).QueryRow(func(row pgx.Row) error {
		var support bool
		if err := row.Scan(&support); err != nil {
			return err
		}
		if !support {
			return access.ErrForbidden
		}
		return nil
	})
}

// insertRequest adds a request, and returns its id and whether it did: it is there once.
func insertRequest(
	ctx context.Context, tx pgx.Tx, v Visit, workspace uuid.UUID, asked string, scope access.Scope, hours int,
	reason string,
) (uuid.UUID, bool, error) {
	var open int
	var again, id uuid.NullUUID
	err := tx.QueryRow(ctx, `select count(*), (array_agg(r.id)
			filter (where (r.workspace_id, r.asked, r.scope, r.hours, r.reason) = ($2, $3, $4, $5, $6)))[1]
		from support_requests r join users u on u.id = r.user_id where r.user_id = $1 and `+openRequest,
		v.user, workspace, asked, scope, hours, reason).Scan(&open, &again)
	switch {
	case err != nil || again.Valid:
		return again.UUID, false, err
	case open >= openRequests:
		return uuid.Nil, false, &persona.InvalidError{Fields: []persona.FieldError{{Field: "workspace",
			Message: i18n.Say("You have five requests without an answer. Take one back below, or ask the customer to look at them")}}}
	}
	var made int
	err = tx.QueryRow(ctx, `select count(*) from support_requests
		where workspace_id = $2 and user_id = $1 and created_at > now() - interval '24 hours'`, v.user, workspace).Scan(&made)
	if err != nil {
		return uuid.Nil, false, err
	}
	if made >= dailyRequests {
		return uuid.Nil, false, &persona.InvalidError{Fields: []persona.FieldError{{Field: "workspace",
			Message: i18n.Say("You asked this workspace ten times within a day. Ask the customer to let you in on their page Support access")}}}
	}
	err = tx.QueryRow(ctx, `insert into support_requests (workspace_id, user_id, asked, scope, hours, reason)
		values ($1, $2, $3, $4, $5, $6) returning id`, workspace, v.user, asked, scope, hours, reason).Scan(&id)
	return id.UUID, true, err
}

// Decide answers a request: with a grant from now on, or with none. It fails
// with ErrRequestOver, or with persona.ErrNotFound when this workspace has no
// such request.
func (db *DB) Decide(ctx context.Context, a Access, request uuid.UUID, approve bool) (access.GrantRequest, error) {
	action := audit.SupportDeclined
	if approve {
		action = audit.SupportApproved
	}
	return write(ctx, db, a, access.Manage, action, func(c *change) (access.GrantRequest, error) {
		var user uuid.UUID
		var open bool
		err := c.QueryRow(ctx, `select u.id, `+openRequest+` from support_requests r join users u on u.id = r.user_id
			where r.workspace_id = $1 and r.id = $2 for share of u`, a.workspace, request).Scan(&user, &open)
		if err != nil {
			return access.GrantRequest{}, err
		}
		if !open {
			return access.GrantRequest{}, access.ErrRequestOver
		}
		r, err := queryOne(ctx, c, scanRequest, `select `+requestColumns+` where r.workspace_id = $1 and r.id = $2`,
			a.workspace, request)
		if err != nil {
			return r, err
		}
		c.details.User = valid(user)
		if approve {
			g, err := insertGrant(ctx, c, a, user, r.Scope, r.Hours, r.Reason)
			if err != nil {
				return r, err
			}
			c.details.Grant = valid(g.ID)
		}
		_, err = c.Exec(ctx, `update support_requests set decided_at = clock_timestamp(), decided_by = $3, grant_id = $4
			where workspace_id = $1 and id = $2`, a.workspace, request, a.user, c.details.Grant)
		return r, err
	})
}
