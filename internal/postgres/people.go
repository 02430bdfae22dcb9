package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// Steward is the database's word that somebody may look after people: who disables,
// removes or promotes them. Only Visit.Steward and Operator make one; the zero Steward
// may do nothing. Every change asks the database again.
type Steward struct {
	user uuid.NullUUID // not valid: the operator
	role access.Role
}

// Operator returns the Steward of whoever runs the command line on the server.
func Operator() Steward { return Steward{role: access.Operator} }

// Steward returns the visitor as a Steward; the zero one for who is no superadmin.
func (v Visit) Steward() Steward {
	if !v.superadmin {
		return Steward{}
	}
	return Steward{user: valid(v.user), role: access.Superadmin}
}

// agent says in an account's trail who changed it.
func (by Steward) agent() string {
	if by.role == access.Operator {
		return ByOperator
	}
	return "a superadmin"
}

// in returns the access by which a Steward ends what a person has in a workspace.
func (by Steward) in(workspace uuid.UUID) Access {
	a := Access{workspace: workspace, user: by.user, role: by.role, stewards: true}
	if by.role != "" {
		a.permission = access.Manage
	}
	return a
}

// errOneself is a superadmin's try to change their own account as a superadmin.
var errOneself = &persona.TooLateError{Reason: i18n.Say("This is your own account. Another superadmin must do this, " +
	"so that nobody locks themselves out by mistake.")}

// lockSuperadmins puts in a line whoever changes what people are, as the trigger
// users_have_superadmin does.
const lockSuperadmins = `select pg_advisory_xact_lock(hashtext('personae superadmins'))`

// lookAfter does something about a person in one transaction, in which it looks again
// whether by may. It fails with persona.ErrNotFound where they may not (any more) or the
// person is removed, and with a persona.TooLateError for oneself and the last
// superadmin.
func (db *DB) lookAfter(ctx context.Context, by Steward, person uuid.UUID, do func(pgx.Tx) error) error {
	if by.user.Valid && by.user.UUID == person {
		return errOneself
	}
	return explain(lastSuperadmin(pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		batch := &pgx.Batch{}
		batch.Queue(lockSuperadmins)
		if err := queueAdmit(batch, by.in(uuid.Nil), access.Manage); err != nil {
			return err
		}
		var there bool
		scanRow(batch.Queue(`select true from users where id = $1 and removed_at is null for no key update`, person), &there)
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		return do(tx)
	})))
}

// personColumns are those of an access.Person; they need users as u.
const personColumns = `u.id, u.email, u.name, u.superadmin, u.support, u.disabled_at is not null,
	(select count(*) from members m where m.user_id = u.id)`

// People returns a part of those who were not removed and whose name or address
// contains search, by address, and whether more follow.
func (db *DB) People(ctx context.Context, search string, r Rows) ([]access.Person, bool, error) {
	limit, skip := r.arguments()
	list, err := queryAll(ctx, db.reads, pgx.RowToStructByPos[access.Person], `select `+personColumns+`
		from users u where u.removed_at is null and (`+asked(search != "", holds("u.name", "$1")+` or `+holds("u.email", "$1"), "$1 = ''")+`)
		order by lower(u.email), u.id limit $2 offset $3`, search, limit, skip)
	if err != nil {
		return nil, false, explain(err)
	}
	list, more := part(list, r)
	return list, more, nil
}

// PersonNamed returns the id of whoever has an address, or persona.ErrNotFound.
func (db *DB) PersonNamed(ctx context.Context, email string) (id uuid.UUID, err error) {
	err = db.reads.QueryRow(ctx, `select id from users where `+sameAddress("email", "$1")+` and removed_at is null`,
		email).Scan(&id)
	return id, explain(err)
}

// PersonWorkspaces is how many of a person's workspaces are named.
const PersonWorkspaces = 50

// LookUp returns a person with what ends when they leave, or persona.ErrNotFound.
func (db *DB) LookUp(ctx context.Context, id uuid.UUID) (access.Leaver, error) {
	var l access.Leaver
	batch := &pgx.Batch{}
	collectOne(batch.Queue(`select `+personColumns+` from users u where u.id = $1 and u.removed_at is null`, id),
		&l.Person, pgx.RowToStructByPos[access.Person])
	collect(batch.Queue(`select w.id, w.name, m.role from members m join workspaces w on w.id = m.workspace_id
		where m.user_id = $1 order by w.name collate "und-x-icu", w.id limit $2`, id, PersonWorkspaces), &l.In,
		func(row pgx.CollectableRow) (w access.Workspace, err error) {
			return w, row.Scan(&w.ID, &w.Name, &w.Role)
		})
	collect(batch.Queue(lastIn, id), &l.LastIn, pgx.RowTo[string])
	queueEnding(batch, id, &l.Ends)
	return l, explain(db.reads.SendBatch(ctx, batch).Close())
}

// What a person leaves open in workspaces, as id of the workspace and of the thing.
const (
	openTokens = `select workspace_id, id from api_tokens where created_by = $1 and revoked_at is null
		and expires_at > now()`
	openGrants = `select workspace_id, id from support_grants where (user_id = $1 or granted_by = $1)
		and revoked_at is null and expires_at > now()`
	memberships = `select workspace_id, user_id from members where user_id = $1`
)

var openInvitations = `select i.workspace_id, i.id from invitations i join users u on u.id = $1
	where (i.invited_by = u.id or ` + sameAddress("i.email", "u.email") + `) and ` + invitationUnused

// lastIn names the workspaces that have others, but no other owner or admin.
const lastIn = `select w.name from members m join workspaces w on w.id = m.workspace_id
	where m.user_id = $1 and exists (select from members o where o.workspace_id = m.workspace_id and o.user_id <> $1)
		and (m.role = 'owner' and not exists (select from members o
			where o.workspace_id = m.workspace_id and o.user_id <> $1 and o.role = 'owner')
		or m.role = 'admin' and not exists (select from members o
			where o.workspace_id = m.workspace_id and o.user_id <> $1 and o.role in ('owner', 'admin')))
	order by w.name`

// queueEnding queues what counts what ends when a person is disabled.
func queueEnding(batch *pgx.Batch, id uuid.UUID, ends *access.Ending) {
	scanRow(batch.Queue(`select (select count(*) from sessions where user_id = $1 and expires_at > now()),
		(select count(*) from (`+openTokens+`) t), (select count(*) from (`+openGrants+`) g),
		(select count(*) from (`+openInvitations+`) i)`, id),
		&ends.Sessions, &ends.Tokens, &ends.Grants, &ends.Invitations)
}

// SetStanding makes a person a superadmin or support staff, or no more so; nil leaves it
// as it is. It fails as lookAfter does.
func (db *DB) SetStanding(ctx context.Context, by Steward, id uuid.UUID, superadmin, support *bool) error {
	return db.lookAfter(ctx, by, id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update users set superadmin = coalesce($2, superadmin), support = coalesce($3, support)
			where id = $1 and (superadmin, support) <> (coalesce($2, superadmin), coalesce($3, support))`,
			id, superadmin, support)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return noteAccount(ctx, tx, id, access.AccountStandingSet, by.agent())
	})
}

// EnablePerson lets a person sign in again. What ended stays ended. It fails as
// lookAfter does.
func (db *DB) EnablePerson(ctx context.Context, by Steward, id uuid.UUID) error {
	return db.lookAfter(ctx, by, id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update users set disabled_at = null where id = $1 and disabled_at is not null`, id)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		return noteAccount(ctx, tx, id, access.AccountEnabled, by.agent())
	})
}

// DisablePerson signs a person out for good, and returns what ended: their sessions and
// reset links at once, and their tokens, the grants that they hold or gave and the
// invitations that they made or got, each recorded in its workspace. Where it broke off,
// it can be done again. It fails as lookAfter does.
func (db *DB) DisablePerson(ctx context.Context, by Steward, id uuid.UUID) (access.Ending, error) {
	var ends access.Ending
	err := db.lookAfter(ctx, by, id, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `update users set disabled_at = now() where id = $1 and disabled_at is null`, id)
		if err != nil {
			return err
		}
		if tag.RowsAffected() > 0 {
			if err := noteAccount(ctx, tx, id, access.AccountDisabled, by.agent()); err != nil {
				return err
			}
		}
		batch := &pgx.Batch{}
		queueEnding(batch, id, &ends)
		for _, sql := range []string{
			`delete from sessions where user_id = $1`,
			`delete from sign_in_steps where user_id = $1`,
			`update password_resets set used_at = now() where user_id = $1 and used_at is null`,
		} {
			batch.Queue(sql, id)
		}
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return ends, err
	}
	// They work no more from here on. Ended by rows of their own, they stay so.
	return ends, errors.Join(
		db.endEach(ctx, by, id, openTokens, func(a Access, token uuid.UUID) error {
			_, err := db.RevokeToken(ctx, a, token)
			return err
		}),
		db.endEach(ctx, by, id, openGrants, func(a Access, grant uuid.UUID) error {
			_, err := db.Revoke(ctx, a, grant)
			return err
		}),
		db.endEach(ctx, by, id, openInvitations, func(a Access, invitation uuid.UUID) error {
			return db.RevokeInvitation(ctx, a, invitation)
		}))
}

// endEach ends what a query finds of a person. What somebody else ended meanwhile is
// ended; anything that is still there is persona.ErrNotFound: by may not end it any more.
func (db *DB) endEach(
	ctx context.Context, by Steward, user uuid.UUID, sql string, end func(a Access, id uuid.UUID) error,
) error {
	type place struct{ Workspace, ID uuid.UUID }
	open := func() ([]place, error) {
		list, err := queryAll(ctx, db.reads, pgx.RowToStructByPos[place], sql, user)
		return list, explain(err)
	}
	list, err := open()
	if err != nil {
		return err
	}
	missing := false
	for _, p := range list {
		err := end(by.in(p.Workspace), p.ID)
		missing = missing || errors.Is(err, persona.ErrNotFound)
		if err != nil && !errors.Is(err, persona.ErrNotFound) {
			return err
		}
	}
	if !missing {
		return nil
	}
	if list, err = open(); err == nil && len(list) > 0 {
		return persona.ErrNotFound
	}
	return err
}

// RemovePerson disables a person and takes them out of every workspace. Their row and
// their name stay for the log; their address is free again. It returns and fails as
// DisablePerson does, and fails with a persona.TooLateError that names the workspaces
// which would be left without their owner or any admin; then nothing is changed.
func (db *DB) RemovePerson(ctx context.Context, by Steward, id uuid.UUID) (access.Ending, error) {
	alone, err := queryAll(ctx, db.reads, pgx.RowTo[string], lastIn, id)
	if err != nil {
		return access.Ending{}, explain(err)
	}
	if len(alone) > 0 {
		return access.Ending{}, &persona.TooLateError{Reason: i18n.Say("They are the last owner or admin of %s. "+
			"Make somebody else an owner there first, or disable them.", strings.Join(alone, ", "))}
	}
	ends, err := db.DisablePerson(ctx, by, id)
	if err != nil {
		return ends, err
	}
	err = db.endEach(ctx, by, id, memberships, func(a Access, user uuid.UUID) error {
		_, err := db.RemoveMember(ctx, a, user)
		return err
	})
	if err != nil {
		return ends, err
	}
	return ends, db.lookAfter(ctx, by, id, func(tx pgx.Tx) error {
		if err := forgetFactors(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from user_identities where user_id = $1`, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update users set removed_at = now(), superadmin = false, support = false,
			password_hash = null, email = id || '@removed.invalid' where id = $1`, id)
		return err
	})
}

// lastSuperadmin says so where the database refuses to lose the last superadmin.
func lastSuperadmin(err error) error {
	if _, constraint := sqlState(err); constraint == "users_have_superadmin" {
		return &persona.TooLateError{Reason: i18n.Say("This is the last superadmin. Make somebody else one first.")}
	}
	return err
}
