package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/persona"
)

// Access is the database's word that somebody may open one workspace, and how
// much they may do there. Only Visit, VisitToRead, VisitToken, VisitTokenToResolve and Operate
// make one; the zero Access opens nothing.
type Access struct {
	workspace  uuid.UUID
	name       string
	code       string // support code
	user       uuid.NullUUID
	role       access.Role
	permission access.Permission
	grant      uuid.NullUUID
	until      time.Time
	grantor    string
	reason     string
	requests   int
	waiting    int
	token      uuid.NullUUID
	used       time.Time          // when the token was last used; zero: never
	idempotent *IdempotentRequest // nil: a write may be done as often as it is asked for
	shown      string             // Mark of the impact that the write was shown; empty: none
	judged     *persona.Trial     // what was thought of the words that are saved; nil: they were not tried
	unproven   bool               // the workspace asks for a second factor, and they have none
	archived   bool               // the workspace is, so that nothing is written there
	house      persona.HouseMark  // of what the write takes a copy, or with what it merges one
	two        bool               // a second person approves changes of its default; not read of programs
	ahead      Ahead              // what the visit read; nil: nothing
	stewards   bool               // ends what a person who leaves has, which no rule of the workspace keeps
}

// Workspace returns the workspace's id.
func (a Access) Workspace() uuid.UUID { return a.workspace }

// Name returns the workspace's name.
func (a Access) Name() string { return a.name }

// Role returns the role in which they act.
func (a Access) Role() access.Role { return a.role }

// Until returns the end of a support grant; zero where there is none.
func (a Access) Until() time.Time { return a.until }

// Grantor returns who lent a support grant, and why; empty where there is none.
func (a Access) Grantor() (name, reason string) { return a.grantor, a.reason }

// Requests returns how many requests of support staff wait for an answer, for who
// may give it.
func (a Access) Requests() int { return a.requests }

// Waiting returns how many drafts wait for somebody to decide, or WaitingLimit where
// there are more.
func (a Access) Waiting() int { return a.waiting }

// WaitingLimit is how far drafts that wait are counted for every page.
const WaitingLimit = 100

// May reports whether the access includes p. Every write asks the database again.
func (a Access) May(p access.Permission) bool {
	return a.MayArchived(p) && (p <= access.Read || !a.archived)
}

// MayArchived reports the same for what is also done in an archived workspace.
func (a Access) MayArchived(p access.Permission) bool {
	return p > access.None && a.permission.Includes(p) && (p <= access.Read || !a.unproven)
}

// Archived reports whether the workspace is archived.
func (a Access) Archived() bool { return a.archived }

// SecondPerson reports whether a second person has to approve what changes the default or
// its words. It is not known of programs and the command line.
func (a Access) SecondPerson() bool { return a.two }

// SupportCode returns the workspace's support code, as it is said.
func (a Access) SupportCode() string { return access.SayCode(a.code) }

// Unproven reports whether the access is only to read until they have the second
// factor that the workspace asks for.
func (a Access) Unproven() bool { return a.unproven }

// needsFactor reports whether who has the access must have a second factor where
// the workspace asks for one: whoever acts as a client admin in person.
func (a Access) needsFactor() bool {
	return a.permission > access.Propose && !a.stewards && !slices.Contains([]access.Role{access.Operator, access.ByToken,
		access.Inbound, access.System}, a.role)
}

// Visit is one request by somebody signed in.
type Visit struct {
	user       uuid.UUID
	superadmin bool
	agent      string    // kind of browser of the session
	used       time.Time // when the session was last used, roughly
	Support    bool      // of the support staff
	Name       string    // the person's
	Zone       string    // in which they chose to read times; empty: as their browser says
	Language   string    // in which they chose to read pages; empty: as their browser says
	Access     Access    // of the workspace asked for; zero where it does not exist for them
}

// Superadmin reports whether the person may do everything everywhere.
func (v Visit) Superadmin() bool { return v.superadmin }

// User returns the person's id.
func (v Visit) User() uuid.UUID { return v.user }

// selectVisit finds who holds the session $1, and what they may do in the workspace $2.
var selectVisit = `
	select u.id, u.name, coalesce(u.time_zone, ''), coalesce(u.language, ''), u.superadmin, u.support, s.agent, s.last_used_at,
		w.id, w.name, w.support_code, m.role, g.id, g.scope, g.expires_at, g.reason, g.grantor,
		case when u.superadmin or m.role in ('owner', 'admin') then
			(select count(*) from support_requests r join users u on u.id = r.user_id where r.workspace_id = w.id and ` + openRequest + `) else 0 end,
		(select count(*) from (select from drafts d
			where d.workspace_id = w.id and d.state = 'waiting' limit ` + strconv.Itoa(WaitingLimit) + `) d),
		coalesce(w.require_second_factor, false) and not ` + hasFactor + `, w.archived_at is not null, coalesce(w.require_second_person, false)
	from sessions s
	join users u on u.id = s.user_id and u.disabled_at is null
	left join workspaces w on w.id = $2 and w.erasing_at is null
	left join members m on m.workspace_id = w.id and m.user_id = u.id
	left join lateral (
		select g.id, g.scope, g.expires_at, g.reason, b.name as grantor
		from support_grants g join users b on b.id = g.granted_by
		where u.support and g.workspace_id = w.id and g.user_id = u.id
			and ` + currentGrant + `
		order by g.scope, g.expires_at desc limit 1) g on true
	where s.id_hash = $1 and s.expires_at > now()`

// Visit returns who holds the session with this id hash and their access to
// workspace (uuid.Nil: none is asked for), in one query. It fails with
// ErrSignedOut when there is no such session any more.
func (db *DB) Visit(ctx context.Context, sessionHash []byte, workspace uuid.UUID) (Visit, error) {
	return db.VisitToRead(ctx, sessionHash, workspace, nil)
}

// VisitToRead is Visit for who then asks for what is given, unless that is nil: it is read in the
// same round trip. Where there is a replica it is not, as the page is to be read from that.
func (db *DB) VisitToRead(ctx context.Context, sessionHash []byte, workspace uuid.UUID, ahead Ahead) (Visit, error) {
	var v Visit
	var member, scope, name, code, reason, grantor *string
	var id, grant uuid.NullUUID
	var until *time.Time
	var requests, waiting int
	var unproven, archived, two bool
	batch := &pgx.Batch{}
	scanRow(batch.Queue(selectVisit, sessionHash, workspace), &v.user, &v.Name, &v.Zone, &v.Language, &v.superadmin, &v.Support,
		&v.agent, &v.used, &id, &name, &code, &member, &grant, &scope, &until, &reason, &grantor, &requests, &waiting, &unproven,
		&archived, &two)
	if db.Replicated() {
		ahead = nil
	}
	if ahead != nil {
		ahead.queue(batch, workspace)
	}
	err := db.reads.SendBatch(ctx, batch).Close()
	if errors.Is(err, pgx.ErrNoRows) {
		return Visit{}, access.ErrSignedOut
	}
	if err != nil && v.user != uuid.Nil {
		ahead, err = nil, nil // who asks is known; what could not be read fails, or is hidden, where it is asked for
	}
	if err != nil {
		return Visit{}, explain(err)
	}
	if !id.Valid {
		return v, nil
	}
	a := Access{workspace: id.UUID, name: *name, code: *code, user: valid(v.user), requests: requests, waiting: waiting,
		archived: archived, two: two, ahead: ahead}
	a.role, a.permission = highest(member, scope, v.superadmin)
	if a.role == access.Support {
		a.grant, a.until, a.reason, a.grantor = grant, *until, *reason, *grantor
	}
	a.unproven = unproven && a.needsFactor()
	if a.permission > access.None {
		v.Access = a
	}
	return v, nil
}

// highest returns the role in which somebody may do most, of a member, of a support grant of a
// scope and of a superadmin; among equals the more particular one.
func highest(member, scope *string, superadmin bool) (role access.Role, permission access.Permission) {
	offer := func(r access.Role, p access.Permission) {
		if p > permission {
			role, permission = r, p
		}
	}
	if member != nil {
		offer(access.Role(*member), rolePermission(*member))
	}
	if scope != nil {
		offer(access.Support, scopePermission(*scope))
	}
	if superadmin {
		offer(access.Superadmin, access.Manage)
	}
	return role, permission
}

// Operate returns the access of whoever runs the command line on the server. It
// fails with ErrNotFound when there is no such workspace.
func (db *DB) Operate(ctx context.Context, workspace uuid.UUID) (Access, error) {
	a := Access{workspace: workspace, role: access.Operator, permission: access.Manage}
	err := db.reads.QueryRow(ctx, `select name, support_code, archived_at is not null from workspaces
		where id = $1 and erasing_at is null`, workspace).Scan(&a.name, &a.code, &a.archived)
	if err != nil {
		return Access{}, explain(err)
	}
	return a, nil
}

// mayLend holds in SQL while a person may let others into a workspace: its owners and
// admins, and superadmins. What they lent ends when it does not.
func mayLend(person, workspace string) string {
	return `exists (select from users lender left join members held
		on held.workspace_id = ` + workspace + ` and held.user_id = lender.id
		where lender.id = ` + person + ` and lender.disabled_at is null and (lender.superadmin or held.role in ('owner', 'admin')))`
}

func rolePermission(role string) access.Permission {
	if role == string(access.Owner) || role == string(access.Admin) {
		return access.Manage
	}
	return access.Propose
}

func scopePermission(scope string) access.Permission {
	if scope == "full" {
		return access.Write
	}
	return access.SwitchDefault
}

// admit queues what queueAdmit does.
func admit(a Access, need access.Permission) func(*pgx.Batch) error {
	return func(batch *pgx.Batch) error { return queueAdmit(batch, a, need) }
}

// queueAdmit looks again, inside the write's own transaction and after its lock,
// whether the access still includes need. FOR SHARE makes a revocation that is
// under way wait for us or us for it: a plain read would let one be confirmed
// before our write is. Where there is no row, the workspace no longer exists for
// them.
func queueAdmit(batch *pgx.Batch, a Access, need access.Permission) error {
	if a.permission == access.None {
		return persona.ErrNotFound
	}
	enough := func(now access.Permission) error {
		if !now.Includes(need) {
			return access.ErrForbidden
		}
		return nil
	}
	ask := func(permission func(string) access.Permission, sql string, args ...any) {
		batch.Queue(sql, args...).QueryRow(func(row pgx.Row) error {
			var now string
			if err := row.Scan(&now); err != nil {
				return err
			}
			return enough(permission(now))
		})
	}
	switch a.role {
	case access.Operator:
		return enough(access.Manage)
	case access.Superadmin:
		ask(func(string) access.Permission { return access.Manage },
			`select '' from users where id = $1 and superadmin and disabled_at is null for share`, a.user)
	case access.Support:
		// Who gave the grant changes role under the workspace's lock, which is held.
		ask(scopePermission, `select g.scope from support_grants g join users u on u.id = g.user_id
			where g.workspace_id = $1 and g.id = $2 and g.user_id = $3 and u.support and u.disabled_at is null
				and g.revoked_at is null and g.expires_at > clock_timestamp() and `+mayLend("g.granted_by", "g.workspace_id")+`
			for share`, a.workspace, a.grant, a.user)
	case access.Owner, access.Admin, access.Member:
		ask(rolePermission, `select m.role from members m join users u on u.id = m.user_id
			where m.workspace_id = $1 and m.user_id = $2 and u.disabled_at is null for share`, a.workspace, a.user)
	case access.ByToken:
		queueAdmitToken(batch, a, enough)
	default:
		return fmt.Errorf("unknown role %q", a.role)
	}
	return nil
}
