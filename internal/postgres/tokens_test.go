package postgres_test

import (
	"crypto/sha256"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// tokenOf adds a token and returns its id and the access that it opens.
func tokenOf(t *testing.T, d *dbtest.Database, a postgres.Access, scope string) (uuid.UUID, postgres.Access) {
	t.Helper()
	sum := sha256.Sum256([]byte(uuid.NewString()))
	made := must(d.CreateToken(t.Context(), a, access.NewToken{Name: "CRM", Scope: access.TokenScope(scope), Days: 30,
		Hash: sum[:]}))(t)
	return made.ID, must(d.VisitToken(t.Context(), sum[:], a.Workspace()))(t)
}

// TestTokenThatEndsWhileAWriteWaitsWritesNothing holds the workspace's lock,
// takes the token's right away and lets go.
func TestTokenThatEndsWhileAWriteWaitsWritesNothing(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]string{
		"revoked":             `update api_tokens set revoked_at = now()`,
		"maker demoted":       `update members set role = 'member' where user_id = (select created_by from api_tokens)`,
		"maker removed":       `delete from members`,
		"maker is superadmin": `update users set superadmin = false where id = (select created_by from api_tokens)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			owner := d.Workspace(t, "Harbor")
			p := d.NewPersona(t, owner, "Default")
			maker := owner
			d.User(t, access.NewUser{Superadmin: true}) // likewise
			if name == "maker is superadmin" {
				maker = d.Access(t, d.User(t, access.NewUser{Superadmin: true}), owner.Workspace())
			}
			d.Member(t, owner.Workspace(), d.User(t, access.NewUser{}), access.Owner) // somebody has to stay
			_, a := tokenOf(t, d, maker, "switch")
			must(d.SetDefault(t.Context(), a, p.ID))(t)
			events := d.Count(t, `select count(*) from audit_events`)

			tx := d.LockWorkspaces(t)
			done := make(chan error)
			go func() {
				_, err := d.SetDefault(t.Context(), a, p.ID)
				done <- err
			}()
			for d.Count(t, `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`) == 0 {
				time.Sleep(5 * time.Millisecond)
			}
			if _, err := tx.Exec(t.Context(), end); err != nil {
				t.Fatal(err)
			}
			if err := tx.Commit(t.Context()); err != nil {
				t.Fatal(err)
			}
			isErr(t, <-done, access.ErrSignedOut)
			same(t, "events", d.Count(t, `select count(*) from audit_events`), events)
		})
	}
}

// TestTokenIsRevokedOnlyBeforeOrAfterAWrite races a revocation that takes no
// workspace lock against a write, which must not commit after it.
func TestTokenIsRevokedOnlyBeforeOrAfterAWrite(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	owner := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, owner, "Default")
	for range 40 {
		id, a := tokenOf(t, d, owner, "write")
		var atRevocation int
		together(2, func(i int) {
			if i == 0 {
				if _, err := d.SetDefault(t.Context(), a, p.ID); err != nil && !errors.Is(err, access.ErrSignedOut) {
					t.Error(err)
				}
				return
			}
			err := pgx.BeginFunc(t.Context(), d.SQL, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `update api_tokens set revoked_at = now() where id = $1`, id)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			atRevocation = d.Count(t, `select count(*) from audit_events`)
		})
		same(t, "events after the revocation was confirmed", d.Count(t, `select count(*) from audit_events`)-atRevocation, 0)
	}
}

func TestTokenKeepsWhatItWasMadeWithAlsoUnderPlainSQL(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	other := d.Workspace(t, "Cedar")
	revoked, _ := tokenOf(t, d, a, "read")
	must(d.RevokeToken(t.Context(), a, revoked))(t)
	tokenOf(t, d, a, "read")
	before := d.Snapshot(t)
	for name, sql := range map[string]string{
		"scope raised":            `update api_tokens set scope = 'write'`,
		"expiry put off":          `update api_tokens set expires_at = expires_at + interval '1 day'`,
		"moved away":              `update api_tokens set workspace_id = (select id from workspaces where name = 'Cedar')`,
		"given to another":        `update api_tokens set created_by = (select user_id from members m join workspaces w on w.id = m.workspace_id where w.name = 'Cedar')`,
		"revocation taken back":   `update api_tokens set revoked_at = null where revoked_at is not null`,
		"deleted":                 `delete from api_tokens`,
		"truncated":               `truncate api_tokens cascade`,
		"no end":                  `insert into api_tokens (workspace_id, name, scope, token_hash, created_by, expires_at) select workspace_id, 'x', 'read', sha256('x'), created_by, now() + interval '2 years' from api_tokens limit 1`,
		"not a hash":              `insert into api_tokens (workspace_id, name, scope, token_hash, created_by, expires_at) select workspace_id, 'x', 'read', 'pat_x', created_by, now() + interval '1 day' from api_tokens limit 1`,
		"event by no token":       `insert into audit_events (id, workspace_id, rev, actor_id, capacity, action) select gen_random_uuid(), workspace_id, 99, created_by, 'token', 'x' from api_tokens limit 1`,
		"event by another's":      `insert into audit_events (id, workspace_id, rev, actor_id, capacity, action, token_id) select gen_random_uuid(), (select id from workspaces where name = 'Cedar'), 99, created_by, 'token', 'x', id from api_tokens limit 1`,
		"person's event by token": `insert into audit_events (id, workspace_id, rev, actor_id, capacity, action, token_id) select gen_random_uuid(), workspace_id, 99, created_by, 'admin', 'x', id from api_tokens limit 1`,
	} {
		if _, err := d.SQL.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s: it was done", name)
		}
	}
	same(t, "tables", d.Snapshot(t), before)
	same(t, "Cedar has no token", d.Count(t, `select count(*) from api_tokens where workspace_id = $1`,
		other.Workspace()), 0)
}

func TestWhatAProgramDoesIsRecordedUnderItsTokenAndItsMaker(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	owner := d.Workspace(t, "Harbor")
	d.NewPersona(t, owner, "Default")
	id, a := tokenOf(t, d, owner, "write")
	p := d.NewPersona(t, a, "By a program")
	same(t, "events", d.Count(t, `select count(*) from audit_events e join api_tokens t on t.workspace_id = e.workspace_id and t.id = e.token_id
		where e.capacity = 'token' and e.actor_id = t.created_by and t.id = $1 and t.name = 'CRM' and e.persona_id = $2`, id, p.ID), 1)
	must(d.RevokeToken(t.Context(), owner, id))(t)
	same(t, "made and revoked", d.Count(t, `select count(*) from audit_events where action in ('token.created', 'token.revoked')
		and details->>'token' = $1::text and capacity = 'owner' and token_id is null`, id.String()), 2)
}

func TestNoTokenMakesATokenWhateverItsScope(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	owner := d.Workspace(t, "Harbor")
	id, a := tokenOf(t, d, owner, "write")
	before := d.Snapshot(t)
	_, err := d.CreateToken(t.Context(), a, access.NewToken{Name: "x", Scope: "read", Days: 30, Hash: make([]byte, 32)})
	isErr(t, err, access.ErrForbidden)
	_, err = d.RevokeToken(t.Context(), a, id)
	isErr(t, err, access.ErrForbidden)
	same(t, "tables", d.Snapshot(t), before)
}

// TestWhoResolvesByATokenAsksOnce names campaigns in each way, and one that is not there. What
// was not read ahead is read then.
func TestWhoResolvesByATokenAsksOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	own := d.NewPersona(t, a, "Own")
	campaign := d.NewCampaign(t, a, "Spring")
	d.Exec(t, `update campaigns set external_id = 'spring', persona_id = $1`, own.ID)
	hash := sha256.Sum256([]byte("pat_x"))
	must(d.CreateToken(t.Context(), a, access.NewToken{Name: "A program", Scope: "read", Days: 30, Hash: hash[:]}))(t)
	var trips atomic.Int64
	ctx := postgres.CountTrips(t.Context(), &trips)
	answer := func(read, asked string) string {
		t.Helper()
		trips.Store(0)
		visitor := must(d.VisitTokenToResolve(ctx, hash[:], a.Workspace(), read))(t)
		in, err := d.ResolveInput(ctx, visitor, asked, persona.Email)
		if errors.Is(err, persona.ErrNotFound) {
			return "not found"
		}
		if err != nil {
			t.Fatal(err)
		}
		r := persona.Resolve(in)
		return string(r.Source) + " " + r.PersonaName
	}
	for name, want := range map[string]string{"": "default Default", "spring": "campaign Own",
		campaign.String(): "campaign Own", "winter": "not found"} {
		same(t, "who answers for "+name, answer(name, name), want)
		same(t, "round trips", trips.Load(), int64(1))
	}
	same(t, "who answers for another than was read", answer("", "spring"), "campaign Own")
	same(t, "round trips", trips.Load(), int64(2))
	_, err := d.VisitTokenToResolve(ctx, hash[:], d.Workspace(t, "Northwind").Workspace(), "")
	same(t, "in another workspace", errors.Is(err, persona.ErrNotFound), true)
}
