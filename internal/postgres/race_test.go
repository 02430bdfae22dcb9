package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// together runs n calls of act at once and waits for all of them.
func together(n int, act func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			act(i)
		})
	}
	close(start)
	all.Wait()
}

func TestTwoImportsAtOnceMakeOnePersona(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for range 20 {
		a := d.Workspace(t, "Northwind")
		errs := make([]error, 2)
		together(2, func(i int) { _, errs[i] = d.Import(t.Context(), a) })
		if errs[0] != nil {
			errs[0], errs[1] = errs[1], errs[0]
		}
		if errs[0] != nil || !errors.Is(errs[1], persona.ErrPersonaExists) {
			t.Fatalf("errors are %v, want none and ErrPersonaExists", errs)
		}
		same(t, "personas", d.Count(t, `select count(*) from personas where workspace_id = $1`, a.Workspace()), 1)
	}
	same(t, "broken", d.Broken(t), []string{})
}

// errAlready is a switch to what is the default already: it records nothing.
var errAlready = errors.New("it is the default already")

// raceOperations are those whose pairs broke the system that personae replaces.
func raceOperations(d *dbtest.Database, a postgres.Access, ids []uuid.UUID) []func(context.Context) error {
	pick := func() uuid.UUID { return ids[rand.IntN(len(ids))] }
	current := func(ctx context.Context, id uuid.UUID) (persona.Persona, error) { return d.Persona(ctx, a, id) }
	switchTo := func(ctx context.Context) error {
		done, err := d.SetDefault(ctx, a, pick())
		if err == nil && done.Already {
			return errAlready
		}
		return err
	}
	return []func(context.Context) error{
		switchTo,
		switchTo,
		func(ctx context.Context) error {
			p, err := current(ctx, pick())
			if err != nil {
				return err
			}
			p.Greeting = fmt.Sprint("Hello ", rand.Int())
			p.IdealCustomerProfile = fmt.Sprint("Ports ", rand.Int())
			_, err = d.Edit(ctx, a, p.ID, p.Version, p.Content, persona.DefaultChoice(rand.IntN(2)))
			return err
		},
		func(ctx context.Context) error {
			p, err := current(ctx, pick())
			if err != nil {
				return err
			}
			_, err = d.Delete(ctx, a, p.ID, p.Version, uuid.NullUUID{})
			return err
		},
		func(ctx context.Context) error {
			_, err := d.Create(ctx, a, persona.Content{Name: uuid.NewString(), Voice: persona.Voice{Goals: "x"}},
				rand.IntN(2) == 0)
			return err
		},
		func(ctx context.Context) error { _, err := d.Duplicate(ctx, a, pick()); return err },
		func(ctx context.Context) error { _, err := d.Import(ctx, a); return err },
		func(ctx context.Context) error {
			s, _, err := d.Settings(ctx, a)
			if err != nil {
				return err
			}
			s.CompanyName = fmt.Sprint("Company ", rand.Int())
			_, err = d.SaveSettings(ctx, a, s, false)
			return err
		},
	}
}

func expected(err error) bool {
	return err == nil || errors.Is(err, errAlready) || errors.Is(err, persona.ErrNotFound) ||
		errors.Is(err, persona.ErrPersonaExists) || errors.Is(err, persona.ErrUnavailable) ||
		errors.As(err, new(*persona.StaleError)) || errors.As(err, new(*persona.StaleSettingsError))
}

// TestRulesHoldWhileEverybodyWrites lets clients do random operations on a few
// workspaces at once, while a watcher takes snapshots and looks for a state in
// which a rule does not hold.
func TestRulesHoldWhileEverybodyWrites(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	const workspaces, clients, each = 3, 8, 60
	var succeeded [workspaces]atomic.Int64
	ops := make([][]func(context.Context) error, workspaces)
	access := make([]postgres.Access, workspaces)
	for w := range workspaces {
		access[w] = d.Workspace(t, fmt.Sprint("Workspace ", w))
		var ids []uuid.UUID
		for p := range 4 {
			ids = append(ids, d.NewPersona(t, access[w], fmt.Sprint("Persona ", p)).ID)
		}
		ops[w] = raceOperations(d, access[w], ids)
		succeeded[w].Store(4)
	}
	done := make(chan struct{})
	var watcher sync.WaitGroup
	watcher.Go(func() {
		for {
			if broken := d.Broken(t); len(broken) > 0 {
				t.Errorf("seen while writing: a rule does not hold in %v", broken)
			}
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	together(clients, func(int) {
		for range each {
			w := rand.IntN(workspaces)
			err := ops[w][rand.IntN(len(ops[w]))](t.Context())
			if err == nil {
				succeeded[w].Add(1)
			} else if !expected(err) {
				t.Error(err)
			}
		}
	})
	close(done)
	watcher.Wait()
	same(t, "broken", d.Broken(t), []string{})
	for w := range workspaces {
		same(t, "events: one for each success", d.Count(t, `select count(*) from audit_events where workspace_id = $1`,
			access[w].Workspace()), int(succeeded[w].Load()))
		same(t, "order without a gap", d.Count(t, `select max(rev) from audit_events where workspace_id = $1`,
			access[w].Workspace()), int(succeeded[w].Load()))
	}
}

// saboteurs runs programs that know nothing of the lock protocol, at all
// isolation levels, beside our own, until they have committed so often or a rule
// is seen broken after a commit.
func saboteurs(t *testing.T, d *dbtest.Database, commits int) (broken bool) {
	t.Helper()
	a := d.Workspace(t, "Harbor")
	var ids []uuid.UUID
	for p := range 3 {
		ids = append(ids, d.NewPersona(t, a, fmt.Sprint("Persona ", p)).ID)
	}
	sabotage := []string{
		`update personas set is_default = false where is_default`,
		`update personas set is_default = true where id = (select id from personas order by random() limit 1)`,
		`delete from personas where id = (select id from personas order by random() limit 1)`,
		`delete from personas`,
		`insert into personas (workspace_id, name, is_default) select id, gen_random_uuid()::text, random() < 0.3 from workspaces`,
		`update personas set goals = random()::text where id = (select id from personas order by random() limit 1)`,
		`update workspace_settings set ai_goals = random()::text`,
		`update workspace_settings set (ai_persona_name, ai_tone, ai_greeting, ai_sms_greeting, ai_signature, ai_goals, service_description, ideal_customer_profile) =
			(select display_name, tone, greeting, sms_greeting, signature, goals, service_description, ideal_customer_profile from personas where is_default)`,
		`delete from workspace_settings`,
		`insert into workspace_settings (workspace_id) select id from workspaces on conflict do nothing`,
		`set constraints all immediate`,
	}
	config := d.SQL.Config()
	config.MaxConns = 8
	config.ConnConfig.RuntimeParams["deadlock_timeout"] = "10ms" // they are often in each other's way, and would mostly wait
	raw := must(pgxpool.NewWithConfig(t.Context(), config))(t)
	defer raw.Close()
	levels := []pgx.TxIsoLevel{pgx.ReadCommitted, pgx.RepeatableRead, pgx.Serializable}
	var committed, refused atomic.Int64
	var seen atomic.Bool
	ours := raceOperations(d, a, ids)
	together(8, func(i int) {
		for committed.Load() < int64(commits) && !seen.Load() {
			if i < 2 {
				if err := ours[rand.IntN(len(ours))](t.Context()); !expected(err) {
					t.Error(err)
				}
				continue
			}
			err := pgx.BeginTxFunc(t.Context(), raw, pgx.TxOptions{IsoLevel: levels[rand.IntN(3)]}, func(tx pgx.Tx) error {
				for range 1 + rand.IntN(4) {
					if _, err := tx.Exec(t.Context(), sabotage[rand.IntN(len(sabotage))]); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				refused.Add(1)
				continue
			}
			committed.Add(1)
			if len(d.Broken(t)) > 0 {
				seen.Store(true)
			}
		}
	})
	t.Logf("%d commits, %d refused", committed.Load(), refused.Load())
	if committed.Load() == 0 || refused.Load() == 0 {
		t.Errorf("%d commits and %d refusals: the sabotage tries nothing", committed.Load(), refused.Load())
	}
	return seen.Load()
}

func TestSaboteursWithPlainSQLNeverLeaveABrokenRule(t *testing.T) {
	t.Parallel()
	if saboteurs(t, dbtest.New(t), dbtest.Times(10_000, 250_000)) {
		t.Error("a rule does not hold")
	}
}

// TestSaboteursFindADatabaseThatDoesNotGuardItsRules plants faults for the test
// above: a trigger that is off, and one that does not put commits in a line.
func TestSaboteursFindADatabaseThatDoesNotGuardItsRules(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"no look at deletes": `alter table personas disable trigger default_holds_delete`,
		"no line": `do $$ begin execute replace(pg_get_functiondef('default_holds'::regproc),
			'update workspace_revisions set rev = rev where', 'perform from workspace_revisions where'); end $$`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			d.Exec(t, sql)
			if !saboteurs(t, d, 5_000) {
				t.Error("nothing was found")
			}
		})
	}
}

// TestTheWatcherSeesAPlantedFault shows that Broken, on which the tests above
// rest, does see a broken rule once the database is kept from refusing it.
func TestTheWatcherSeesAPlantedFault(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"drift":        `update workspace_settings set ideal_customer_profile = 'x'`,
		"no default":   `update personas set is_default = false`,
		"two defaults": `update personas set is_default = true`,
		"no settings":  `delete from workspace_settings`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			a := d.Workspace(t, "Harbor")
			d.NewPersona(t, a, "Default")
			d.NewPersona(t, a, "Other")
			d.Exec(t, `alter table personas disable trigger all`)
			d.Exec(t, `alter table workspace_settings disable trigger all`)
			d.Exec(t, `drop index personas_one_default`)
			d.Exec(t, sql)
			same(t, "broken", d.Broken(t), []string{"Harbor"})
		})
	}
}

func TestRevokedAccessWritesNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	owner := d.Workspace(t, "Harbor")
	ws := owner.Workspace()
	p := d.NewPersona(t, owner, "Default")
	user := d.User(t, access.NewUser{})
	d.Member(t, ws, user, access.Admin)
	a := d.Access(t, user, ws)
	must(d.SetDefault(t.Context(), a, p.ID))(t)

	d.Member(t, ws, user, access.Member)
	before := d.Snapshot(t, "members", "workspace_revisions")
	_, err := d.SetDefault(t.Context(), a, p.ID)
	isErr(t, err, access.ErrForbidden)
	d.Exec(t, `delete from members where user_id = $1`, user)
	_, err = d.SetDefault(t.Context(), a, p.ID)
	isErr(t, err, persona.ErrNotFound)
	_, err = d.SetDefault(t.Context(), postgres.Access{}, p.ID)
	isErr(t, err, persona.ErrNotFound)
	same(t, "tables", d.Snapshot(t, "members", "workspace_revisions"), before)
}

// TestRevocationIsConfirmedOnlyBeforeOrAfterAWrite races a demotion against a
// write: no write may get a later place than the demotion.
func TestRevocationIsConfirmedOnlyBeforeOrAfterAWrite(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	owner := d.Workspace(t, "Harbor")
	ws := owner.Workspace()
	p := d.NewPersona(t, owner, "Default")
	user := d.User(t, access.NewUser{})
	for range 40 {
		d.Member(t, ws, user, access.Admin)
		a := d.Access(t, user, ws)
		var atRevocation int
		together(2, func(i int) {
			if i == 0 {
				if _, err := d.SetDefault(t.Context(), a, p.ID); err != nil && !errors.Is(err, access.ErrForbidden) {
					t.Error(err)
				}
				return
			}
			err := pgx.BeginFunc(t.Context(), d.SQL, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `update members set role = 'member' where user_id = $1`, user)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			atRevocation = d.Count(t, `select count(*) from audit_events`)
		})
		same(t, "writes after the revocation was confirmed", d.Count(t, `select count(*) from audit_events`), atRevocation)
	}
}

// TestAWriteWaitsForARevocationThatIsUnderWay has plain SQL, which takes no
// workspace's lock, revoke what a write rests on.
func TestAWriteWaitsForARevocationThatIsUnderWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		user   access.NewUser
		is     string // lets the person $1 in
		revoke string
		want   error
	}{
		"admin":   {access.NewUser{}, `insert into members (workspace_id, user_id, role) select id, $1, 'admin' from workspaces`, `update members set role = 'member' where user_id = $1`, access.ErrForbidden},
		"removed": {access.NewUser{}, `insert into members (workspace_id, user_id, role) select id, $1, 'admin' from workspaces`, `delete from members where user_id = $1`, persona.ErrNotFound},
		"superadmin": {access.NewUser{Superadmin: true}, `select $1::uuid`,
			`update users set superadmin = false where id = $1`, persona.ErrNotFound},
		"grant": {access.NewUser{Support: true}, `insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
			select id, $1, 'full', 'test', m.user_id, now() + interval '1 hour'
			from workspaces join members m on m.workspace_id = id and m.role = 'owner'`, `update support_grants set revoked_at = clock_timestamp() where user_id = $1`, persona.ErrNotFound},
		"support staff": {access.NewUser{Support: true},
			`insert into support_grants (workspace_id, user_id, scope, reason, granted_by, expires_at)
			select id, $1, 'full', 'test', m.user_id, now() + interval '1 hour'
			from workspaces join members m on m.workspace_id = id and m.role = 'owner'`, `update users set support = false where id = $1`, persona.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := dbtest.New(t)
			ws := d.Workspace(t, "Harbor")
			p := d.NewPersona(t, ws, "Default")
			d.User(t, access.NewUser{Superadmin: true}) // somebody has to stay
			user := d.User(t, c.user)
			d.Exec(t, c.is, user)
			a := d.Access(t, user, ws.Workspace())
			must(d.SetDefault(t.Context(), a, p.ID))(t)
			events := d.Count(t, `select count(*) from audit_events`)
			tx := must(d.SQL.Begin(t.Context()))(t)
			defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
			must(tx.Exec(t.Context(), c.revoke, user))(t)
			written := make(chan error, 1)
			go func() {
				_, err := d.SetDefault(t.Context(), a, p.ID)
				written <- err
			}()
			for d.Count(t, `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`) == 0 {
				select {
				case err := <-written:
					t.Fatalf("it did not wait: %v", err)
				default:
				}
			}
			must(true, tx.Commit(t.Context()))(t)
			isErr(t, <-written, c.want)
			same(t, "events", d.Count(t, `select count(*) from audit_events`), events)
		})
	}
}

// TestASnapshotSeesEveryChange shows that Snapshot, on which every test of what
// changes nothing rests, does see a change, also one to the same words.
func TestASnapshotSeesEveryChange(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.NewPersona(t, d.Workspace(t, "Harbor"), "Default")
	for _, sql := range []string{
		`update personas set updated_at = updated_at`,
		`update workspaces set name = name`,
		`insert into workspaces (name) values ('New')`,
		`update workspace_settings set company_name = 'x'`,
		`delete from members`,
	} {
		before, others := d.Snapshot(t), d.Snapshot(t, "personas", "workspaces", "workspace_revisions",
			"workspace_settings", "workspace_settings_versions", "members")
		d.Exec(t, sql)
		if d.Snapshot(t) == before {
			t.Errorf("not seen: %s", sql)
		}
		same(t, "the rest", d.Snapshot(t, "personas", "workspaces", "workspace_revisions", "workspace_settings",
			"workspace_settings_versions", "members"), others)
	}
}
