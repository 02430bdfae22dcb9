package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// invitationAge is how long an invitation may be accepted.
const invitationAge = 7 * 24 * time.Hour

// Roles lists the roles that a member may have, the highest first.
func Roles() []access.Role { return []access.Role{access.Owner, access.Admin, access.Member} }

// Members returns a workspace's people by name, its open invitations, and whether
// it asks its admins for a second factor.
func (db *DB) Members(ctx context.Context, a Access) (
	members []access.Membership, open []access.Invitation, factorRequired bool, err error,
) {
	m, err := ask(ctx, db, a, membersQuestion{})
	return m.members, m.open, m.factorRequired, err
}

// MembersAhead is what Members returns.
func MembersAhead() Ahead { return readingOf(membersQuestion{}) }

type membersQuestion struct{}

type membersFound struct {
	members        []access.Membership
	open           []access.Invitation
	factorRequired bool
}

func (membersQuestion) queue(batch *pgx.Batch, workspace uuid.UUID, into *membersFound) {
	collectAny(batch.Queue(`select require_second_factor from workspaces where id = $1`, workspace),
		&into.factorRequired, pgx.RowTo[bool])
	collect(batch.Queue(`select `+memberColumns+` where m.workspace_id = $1
		order by u.name collate "und-x-icu", u.id`, workspace), &into.members, scanMember)
	collect(batch.Queue(`select `+invitationColumns+` where i.workspace_id = $1 and `+invitationOpen+`
		order by i.created_at, i.id`, workspace), &into.open, scanInvitation)
}

const memberColumns = `u.id, u.name, u.email, m.role, ` + hasFactor + `
	from members m join users u on u.id = m.user_id`

func scanMember(row pgx.CollectableRow) (access.Membership, error) {
	var m access.Membership
	err := row.Scan(&m.User, &m.Name, &m.Email, &m.Role, &m.Factor)
	return m, err
}

var invitationColumns = `i.id, i.workspace_id, w.name, i.email, i.role, coalesce(u.name, ''), i.expires_at,
	exists (select from users x where ` + sameAddress("x.email", "i.email") + `)
	from invitations i join workspaces w on w.id = i.workspace_id left join users u on u.id = i.invited_by`

// invitationOpen holds for invitations that may be accepted: also only while who
// invited may still give that role.
var invitationOpen = invitationUnused + ` and ` + inviterMay

const invitationUnused = `i.accepted_at is null and i.revoked_at is null and i.expires_at > now()`

// inviterMay holds while who made invitation i, if it was not the operator, may make
// one like it.
var inviterMay = `(i.invited_by is null or ` + mayLend("i.invited_by", "i.workspace_id") + ` and (i.role <> 'owner'
	or exists (select from users b where b.id = i.invited_by and b.superadmin)
	or exists (select from members b where b.workspace_id = i.workspace_id and b.user_id = i.invited_by and b.role = 'owner')))`

// closeInvitations revokes the invitations that a change of a person's role leaves
// without grounds: those to their address, and those whose inviter may not make them
// any more.
func closeInvitations(ctx context.Context, tx pgx.Tx, workspace, user uuid.UUID) error {
	_, err := tx.Exec(ctx, `update invitations i set revoked_at = now() from users u
		where i.workspace_id = $1 and i.accepted_at is null and i.revoked_at is null and u.id = $2
			and (`+sameAddress("i.email", "u.email")+` or not `+inviterMay+`)`, workspace, user)
	return err
}

func scanInvitation(row pgx.CollectableRow) (access.Invitation, error) {
	var i access.Invitation
	err := row.Scan(&i.ID, &i.Workspace, &i.WorkspaceName, &i.Email, &i.Role, &i.InvitedBy, &i.Expires, &i.HasAccount)
	return i, err
}

// Invite makes an invitation for an address, under the SHA-256 of its link's
// token. It takes the place of an earlier one to that address. It never says whether
// the address has an account. It fails with an
// InvalidError, and with access.ErrForbidden when an admin who is no owner
// invites an owner.
func (db *DB) Invite(
	ctx context.Context, a Access, email string, role access.Role, tokenHash []byte,
) (access.Invitation, error) {
	if !slices.Contains(Roles(), role) {
		return access.Invitation{}, noRole()
	}
	return write(ctx, db, a, access.Manage, audit.MemberInvited, func(c *change) (access.Invitation, error) {
		c.details.Role = string(role)
		if role == access.Owner && !a.mayManageOwners() {
			return access.Invitation{}, access.ErrForbidden
		}
		var there bool
		err := c.QueryRow(ctx, `select exists (select from members m join users u on u.id = m.user_id
			where m.workspace_id = $1 and `+sameAddress("u.email", "$2")+`)`, a.workspace, email).Scan(&there)
		if err != nil {
			return access.Invitation{}, err
		}
		if there {
			return access.Invitation{}, &persona.InvalidError{Fields: []persona.FieldError{{Field: "email",
				Message: i18n.Say("This person is a member already; change their role in the list")}}}
		}
		if _, err := c.Exec(ctx, `update invitations set revoked_at = now() where workspace_id = $1
			and accepted_at is null and revoked_at is null and `+sameAddress("email", "$2"), a.workspace, email); err != nil {
			return access.Invitation{}, err
		}
		var id uuid.UUID
		err = c.QueryRow(ctx, `insert into invitations (workspace_id, email, role, token_hash, invited_by, expires_at)
			values ($1, $2, $3, $4, $5, now() + $6::interval) returning id`,
			a.workspace, email, role, tokenHash, a.user, invitationAge).Scan(&id)
		if err != nil {
			return access.Invitation{}, err
		}
		return queryOne(ctx, c, scanInvitation, `select `+invitationColumns+` where i.workspace_id = $1 and i.id = $2`,
			a.workspace, id)
	})
}

func noRole() error {
	return &persona.InvalidError{Fields: []persona.FieldError{{Field: "role", Message: i18n.Say("Choose a role")}}}
}

// RevokeInvitation makes an open invitation's link useless. It fails with
// persona.ErrNotFound.
func (db *DB) RevokeInvitation(ctx context.Context, a Access, id uuid.UUID) error {
	_, err := write(ctx, db, a, access.Manage, audit.InvitationRevoked, func(c *change) (revoked uuid.UUID, err error) {
		err = c.QueryRow(ctx, `update invitations i set revoked_at = now()
			where workspace_id = $1 and id = $2 and `+invitationUnused+` returning id`, a.workspace, id).Scan(&revoked)
		return revoked, err
	})
	return err
}

// Invitation returns the open invitation whose token has this SHA-256, or
// persona.ErrNotFound.
func (db *DB) Invitation(ctx context.Context, tokenHash []byte) (access.Invitation, error) {
	i, err := queryOne(ctx, db.reads, scanInvitation, `select `+invitationColumns+`
		where i.token_hash = $1 and `+invitationOpen, tokenHash)
	return i, explain(err)
}

// joined is who became a member by which invitation.
type joined struct {
	user       uuid.UUID
	invitation access.Invitation
}

// Join makes the visitor a member by an invitation to their own address. A
// member's role is never lowered. It fails with persona.ErrNotFound when the
// invitation is no longer open, and with a WrongPersonError.
func (db *DB) Join(ctx context.Context, v Visit, tokenHash []byte) (access.Invitation, error) {
	done, err := db.join(ctx, tokenHash, func(pgx.Tx, access.Invitation) (uuid.UUID, error) { return v.user, nil })
	return done.invitation, err
}

// JoinAs makes an account for the invited address, which has none yet, and then
// does what Join does. It returns the new account's id.
func (db *DB) JoinAs(
	ctx context.Context, tokenHash []byte, name, passwordHash string,
) (uuid.UUID, access.Invitation, error) {
	done, err := db.join(ctx, tokenHash, func(tx pgx.Tx, i access.Invitation) (user uuid.UUID, err error) {
		if i.HasAccount {
			return user, persona.ErrNotFound // it was made meanwhile; signing in is the way now
		}
		err = tx.QueryRow(ctx, `insert into users (email, name, password_hash, password_by_link)
			values ($1, $2, nullif($3, ''), $3 <> '') returning id`, i.Email, name, passwordHash).Scan(&user)
		if _, constraint := sqlState(err); constraint == "users_email" {
			return user, persona.ErrNotFound // of two at once
		}
		return user, err
	})
	return done.user, done.invitation, err
}

func (db *DB) join(
	ctx context.Context, tokenHash []byte, who func(pgx.Tx, access.Invitation) (uuid.UUID, error),
) (joined, error) {
	found, err := db.Invitation(ctx, tokenHash)
	if err != nil {
		return joined{}, err
	}
	var i access.Invitation // as admit finds it in each try
	return writer[joined]{
		action: audit.MemberJoined,
		admit: func(batch *pgx.Batch) error {
			collectOne(batch.Queue(`select `+invitationColumns+` where i.workspace_id = $1 and i.id = $2
				and `+invitationOpen+` for update of i`, found.Workspace, found.ID), &i, scanInvitation)
			return nil
		},
		do: func(c *change) (joined, error) {
			user, err := who(c, i)
			if err != nil {
				return joined{}, err
			}
			return joined{user, i}, accept(ctx, c, user, i)
		},
	}.write(ctx, db, Access{workspace: found.Workspace, role: invited})
}

// accept makes a user a member by an invitation.
func accept(ctx context.Context, c *change, user uuid.UUID, i access.Invitation) error {
	c.actor = valid(user)
	c.details.User, c.details.Role = c.actor, string(i.Role)
	var theirs bool
	err := c.QueryRow(ctx, `select exists (select from users where id = $1 and `+sameAddress("email", "$2")+`)`,
		user, i.Email).Scan(&theirs)
	if err != nil {
		return err
	}
	if !theirs {
		return &access.WrongPersonError{Invited: i.Email}
	}
	if _, err := c.Exec(ctx, `insert into members (workspace_id, user_id, role) values ($1, $2, $3)
		on conflict (workspace_id, user_id) do update set role = excluded.role
		where array_position(array['owner', 'admin', 'member'], excluded.role)
			< array_position(array['owner', 'admin', 'member'], members.role)`, i.Workspace, user, i.Role); err != nil {
		return err
	}
	if _, err = c.Exec(ctx, `update invitations set accepted_at = now(), accepted_by = $3
		where workspace_id = $1 and id = $2`, i.Workspace, i.ID, user); err != nil {
		return err
	}
	return closeInvitations(ctx, c, i.Workspace, user)
}

// invited is the role of whoever accepts an invitation.
const invited access.Role = "invited"

func (a Access) mayManageOwners() bool {
	return a.role == access.Owner || a.role == access.Superadmin || a.role == access.Operator
}

// errLastAdmin and errLastOwner are changes that would leave a workspace without an
// admin, or without an owner where it has one.
var (
	errLastAdmin = &persona.TooLateError{
		Reason: i18n.Say("This is the last admin of the workspace. Make somebody else an owner or admin first.")}
	errLastOwner = &persona.TooLateError{
		Reason: i18n.Say("This is the last owner of the workspace. Make somebody else an owner first.")}
)

// ChangeRole gives a member, who has the role was, another. Who has that one
// already keeps it. It fails with persona.ErrNotFound, with access.ErrForbidden
// when an admin who is no owner touches an owner, and with a TooLateError when the
// role changed meanwhile or no admin would be left.
func (db *DB) ChangeRole(
	ctx context.Context, a Access, user uuid.UUID, was, role access.Role,
) (access.Membership, error) {
	if !slices.Contains(Roles(), role) {
		return access.Membership{}, noRole()
	}
	m, err := write(ctx, db, a, access.Manage, audit.RoleChanged, func(c *change) (access.Membership, error) {
		c.details.User, c.details.Role = valid(user), string(role)
		m, err := queryMember(ctx, c, a, user)
		switch {
		case err != nil:
			return m, err
		case (m.Role == access.Owner || role == access.Owner) && !a.mayManageOwners():
			return m, access.ErrForbidden
		case m.Role == role:
			c.unchanged = true
			return m, nil
		case m.Role != was:
			return m, &persona.TooLateError{
				Reason: i18n.Say("This role was changed meanwhile. Look at the list again, then decide.")}
		}
		m.Role = role
		_, err = c.Exec(ctx, `update members set role = $3 where workspace_id = $1 and user_id = $2`, a.workspace, user, role)
		if err != nil {
			return m, err
		}
		return m, closeInvitations(ctx, c, a.workspace, user)
	})
	return m, lastAdmin(err)
}

// RemoveMember ends somebody's membership at once. It fails as ChangeRole does.
func (db *DB) RemoveMember(ctx context.Context, a Access, user uuid.UUID) (access.Membership, error) {
	m, err := write(ctx, db, a, access.Manage, audit.MemberRemoved, func(c *change) (access.Membership, error) {
		c.details.User = valid(user)
		m, err := queryMember(ctx, c, a, user)
		if err != nil {
			return m, err
		}
		if m.Role == access.Owner && !a.mayManageOwners() {
			return m, access.ErrForbidden
		}
		_, err = c.Exec(ctx, `delete from members where workspace_id = $1 and user_id = $2`, a.workspace, user)
		if err != nil {
			return m, err
		}
		return m, closeInvitations(ctx, c, a.workspace, user)
	})
	return m, lastAdmin(err)
}

// MemberNamed returns one member, or persona.ErrNotFound.
func (db *DB) MemberNamed(ctx context.Context, a Access, user uuid.UUID) (access.Membership, error) {
	var m access.Membership
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectMember, a.workspace, user), &m, scanMember)
	return m, db.readAll(ctx, a, batch)
}

const selectMember = `select ` + memberColumns + ` where m.workspace_id = $1 and m.user_id = $2`

func queryMember(ctx context.Context, tx pgx.Tx, a Access, user uuid.UUID) (access.Membership, error) {
	return queryOne(ctx, tx, scanMember, selectMember, a.workspace, user)
}

// lastAdmin says so where the database refuses to leave a workspace without an
// admin or its owner.
func lastAdmin(err error) error {
	switch _, constraint := sqlState(err); constraint {
	case "members_have_admin":
		return errLastAdmin
	case "members_have_owner":
		return errLastOwner
	}
	return err
}
