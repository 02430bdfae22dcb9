package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

// ReasonLimit is the longest reason for a grant, in characters.
const ReasonLimit = 500

// GrantHours lists for how long support may be let in, in hours.
func GrantHours() []int { return []int{1, 24, 168} }

// Scope is what a support grant lets one do.
type Scope string

// The scopes.
const (
	SwitchOnly Scope = "switch"
	FullAccess Scope = "full"
)

// SupportGrant lets one of the support staff into a workspace for a while.
type SupportGrant struct {
	ID                 uuid.UUID
	Workspace          uuid.UUID
	WorkspaceName      string
	Person             string
	Scope              Scope
	Reason             string
	GrantedBy          string
	CreatedAt, Expires time.Time
	Revoked            *time.Time // nil: it was not
}

// Over tells whether the grant has ended by now.
func (g SupportGrant) Over(now time.Time) bool { return g.Revoked != nil || !g.Expires.After(now) }

// SupportRequest is support staff's wish for a grant.
type SupportRequest struct {
	ID        uuid.UUID
	Workspace uuid.UUID
	Person    string
	Scope     Scope
	Hours     int
	Reason    string
	CreatedAt time.Time
	Decided   bool
	Granted   bool
}

// requestAge is how long a request waits for an answer.
const requestAge = 7 * 24 * time.Hour

const grantColumns = `g.id, g.workspace_id, w.name, u.name, g.scope, g.reason, b.name, g.created_at, g.expires_at, g.revoked_at
	from support_grants g join workspaces w on w.id = g.workspace_id join users u on u.id = g.user_id join users b on b.id = g.granted_by`

func scanGrant(row pgx.CollectableRow) (SupportGrant, error) {
	var g SupportGrant
	err := row.Scan(&g.ID, &g.Workspace, &g.WorkspaceName, &g.Person, &g.Scope, &g.Reason, &g.GrantedBy, &g.CreatedAt, &g.Expires, &g.Revoked)
	return g, err
}

const requestColumns = `r.id, r.workspace_id, u.name, r.scope, r.hours, r.reason, r.created_at, r.decided_at is not null, r.grant_id is not null
	from support_requests r join users u on u.id = r.user_id`

func scanRequest(row pgx.CollectableRow) (SupportRequest, error) {
	var r SupportRequest
	err := row.Scan(&r.ID, &r.Workspace, &r.Person, &r.Scope, &r.Hours, &r.Reason, &r.CreatedAt, &r.Decided, &r.Granted)
	return r, err
}

// Support gives a workspace's grants, the latest 50 first, and the requests that
// wait for an answer.
func (db *DB) Support(ctx context.Context, a Access) (grants []SupportGrant, requests []SupportRequest, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`select `+grantColumns+` where g.workspace_id = $1 order by g.created_at desc, g.id limit 50`, a.workspace).
		Query(func(rows pgx.Rows) (err error) {
			grants, err = pgx.CollectRows(rows, scanGrant)
			return err
		})
	batch.Queue(`select `+requestColumns+` where r.workspace_id = $1 and r.decided_at is null and r.created_at > now() - $2::interval
		order by r.created_at, r.id`, a.workspace, requestAge).
		Query(func(rows pgx.Rows) (err error) {
			requests, err = pgx.CollectRows(rows, scanRequest)
			return err
		})
	return grants, requests, db.readAll(ctx, a, batch)
}

// SupportOf gives the grants that the visitor holds and the requests they made,
// the latest first. It fails with persona.ErrNotFound for who is no support
// staff.
func (db *DB) SupportOf(ctx context.Context, v Visit) (grants []SupportGrant, requests []SupportRequest, err error) {
	if !v.Support {
		return nil, nil, persona.ErrNotFound
	}
	batch := &pgx.Batch{}
	batch.Queue(`select `+grantColumns+` where g.user_id = $1 and g.revoked_at is null and g.expires_at > now() order by g.expires_at, g.id`, v.user).
		Query(func(rows pgx.Rows) (err error) {
			grants, err = pgx.CollectRows(rows, scanGrant)
			return err
		})
	batch.Queue(`select `+requestColumns+` where r.user_id = $1 order by r.created_at desc, r.id limit 20`, v.user).
		Query(func(rows pgx.Rows) (err error) {
			requests, err = pgx.CollectRows(rows, scanRequest)
			return err
		})
	return grants, requests, explain(db.reads.SendBatch(ctx, batch).Close())
}

// Grant lets the support person with this address into the workspace for some
// hours. It fails with an InvalidError, also when nobody of the support staff
// has the address.
func (db *DB) Grant(ctx context.Context, a Access, email string, scope Scope, hours int, reason string) (SupportGrant, error) {
	email, reason = persona.Clean(email), persona.Clean(reason)
	errs := checkGrant(scope, hours, reason)
	errs = persona.CheckText(errs, "email", "Email address", email, 254, true)
	if len(errs) > 0 {
		return SupportGrant{}, &persona.InvalidError{Fields: errs}
	}
	var g SupportGrant
	e := &event{action: "support.granted"}
	err := db.write(ctx, a, Manage, e, func(tx pgx.Tx) error {
		var user uuid.UUID
		err := tx.QueryRow(ctx, `select id from users where lower(email) = lower($1) and support`, email).Scan(&user)
		if errors.Is(err, pgx.ErrNoRows) {
			return &persona.InvalidError{Fields: []persona.FieldError{{Field: "email",
				Message: "Nobody of the support staff has this address. Ask them for it and type it exactly"}}}
		}
		if err != nil {
			return err
		}
		e.details.User = uuid.NullUUID{UUID: user, Valid: true}
		g, err = insertGrant(ctx, tx, a, user, scope, hours, reason)
		return err
	})
	return g, err
}

func checkGrant(scope Scope, hours int, reason string) []persona.FieldError {
	var errs []persona.FieldError
	if scope != SwitchOnly && scope != FullAccess {
		errs = append(errs, persona.FieldError{Field: "scope", Message: "Choose what support may do"})
	}
	if hours != 1 && hours != 24 && hours != 168 {
		errs = append(errs, persona.FieldError{Field: "hours", Message: "Choose for how long: 1 hour, 24 hours or 7 days"})
	}
	if reason == "" {
		errs = append(errs, persona.FieldError{Field: "reason", Message: "Enter a reason; it is kept in the audit log"})
	}
	return persona.CheckText(errs, "reason", "Reason", reason, ReasonLimit, false)
}

func insertGrant(ctx context.Context, tx pgx.Tx, a Access, user uuid.UUID, scope Scope, hours int, reason string) (SupportGrant, error) {
	var id uuid.UUID
	err := tx.QueryRow(ctx, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
		values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6)) returning id`,
		a.workspace, user, scope, reason, a.user, hours).Scan(&id)
	if err != nil {
		return SupportGrant{}, err
	}
	rows, err := tx.Query(ctx, `select `+grantColumns+` where g.workspace_id = $1 and g.id = $2`, a.workspace, id)
	if err != nil {
		return SupportGrant{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanGrant)
}

// Revoke ends a grant at once: also for a write that waits for its lock. A
// grant that has ended already stays as it is. It fails with
// persona.ErrNotFound.
func (db *DB) Revoke(ctx context.Context, a Access, grant uuid.UUID) (SupportGrant, error) {
	var g SupportGrant
	e := &event{action: "support.revoked"}
	err := db.write(ctx, a, Manage, e, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `update support_grants set revoked_at = clock_timestamp() where workspace_id = $1 and id = $2 and revoked_at is null`,
			a.workspace, grant); err != nil {
			return err
		}
		var user uuid.UUID
		if err := tx.QueryRow(ctx, `select user_id from support_grants where workspace_id = $1 and id = $2`, a.workspace, grant).Scan(&user); err != nil {
			return err
		}
		e.details.User = uuid.NullUUID{UUID: user, Valid: true}
		rows, err := tx.Query(ctx, `select `+grantColumns+` where g.workspace_id = $1 and g.id = $2`, a.workspace, grant)
		if err != nil {
			return err
		}
		g, err = pgx.CollectExactlyOneRow(rows, scanGrant)
		return err
	})
	return g, err
}

// openRequests is how many unanswered requests one of the support staff may have.
const openRequests = 5

// AskSupport notes that the visitor, of the support staff, wishes for a grant.
// It fails with an InvalidError, and with persona.ErrNotFound for a workspace
// that does not exist, which the visitor must not be told.
func (db *DB) AskSupport(ctx context.Context, v Visit, workspace uuid.UUID, scope Scope, hours int, reason string) error {
	reason = persona.Clean(reason)
	if errs := checkGrant(scope, hours, reason); len(errs) > 0 {
		return &persona.InvalidError{Fields: errs}
	}
	a := Access{workspace: workspace, user: uuid.NullUUID{UUID: v.user, Valid: true}, capacity: Support}
	e := &event{action: "support.requested"}
	var open int
	if err := db.reads.QueryRow(ctx, `select count(*) from support_requests where user_id = $1 and decided_at is null and created_at > now() - $2::interval`,
		v.user, requestAge).Scan(&open); err != nil {
		return explain(err)
	}
	if open >= openRequests {
		return &persona.InvalidError{Fields: []persona.FieldError{{Message: "You have five requests without an answer. Wait for one, or ask the customer to look at them"}}}
	}
	return db.writeIf(ctx, a, e, func(tx pgx.Tx) error {
		var support bool
		if err := tx.QueryRow(ctx, `select support from users where id = $1 for share`, v.user).Scan(&support); err != nil {
			return err
		}
		if !support {
			return persona.ErrForbidden
		}
		return nil
	}, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into support_requests (workspace_id, user_id, scope, hours, reason) values ($1, $2, $3, $4, $5)`,
			workspace, v.user, scope, hours, reason)
		return err
	})
}

// Decide answers a request: with a grant from now on, or with none. A request
// that was answered already is not found.
func (db *DB) Decide(ctx context.Context, a Access, request uuid.UUID, approve bool) (SupportRequest, error) {
	var r SupportRequest
	e := &event{action: "support.declined"}
	if approve {
		e.action = "support.approved"
	}
	err := db.write(ctx, a, Manage, e, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select `+requestColumns+` where r.workspace_id = $1 and r.id = $2 and r.decided_at is null and r.created_at > now() - $3::interval`,
			a.workspace, request, requestAge)
		if err != nil {
			return err
		}
		if r, err = pgx.CollectExactlyOneRow(rows, scanRequest); err != nil {
			return err
		}
		var user uuid.UUID
		if err := tx.QueryRow(ctx, `select user_id from support_requests where workspace_id = $1 and id = $2`, a.workspace, request).Scan(&user); err != nil {
			return err
		}
		e.details.User = uuid.NullUUID{UUID: user, Valid: true}
		var grant uuid.NullUUID
		if approve {
			g, err := insertGrant(ctx, tx, a, user, r.Scope, r.Hours, r.Reason)
			if err != nil {
				return err
			}
			grant = uuid.NullUUID{UUID: g.ID, Valid: true}
		}
		_, err = tx.Exec(ctx, `update support_requests set decided_at = now(), decided_by = $3, grant_id = $4 where workspace_id = $1 and id = $2`,
			a.workspace, request, a.user, grant)
		return err
	})
	return r, err
}
