package postgres_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// pair is two PostgreSQL servers, each of which can be the other's synchronous standby.
type pair struct{ *servers }

// newPair starts a primary, node 0, and its standby, node 1.
func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{newServers(t, 2)}
	p.initdb(0)
	p.start(0)
	p.rebuild(1)
	return p
}

// rebuild makes a node anew as the other's standby.
func (p *pair) rebuild(n int) {
	p.Helper()
	if err := os.RemoveAll(p.data(n)); err != nil {
		p.Fatal(err)
	}
	p.run("pg_basebackup", "-D", p.data(n), "-h", p.dir, "-p", p.port(1-n), "-U", "postgres", "-c", "fast", "--no-sync")
	p.follow(n)
}

// start starts a node, which is a standby where its data say so, and waits for it.
func (p *pair) start(n int) {
	p.Helper()
	p.servers.start(n, "primary_conninfo=host="+p.dir+" user=postgres port="+p.port(1-n), "wal_retrieve_retry_interval=100ms",
		"wal_receiver_timeout=2s", "wal_sender_timeout=2s", "max_connections=100")
}

// follow starts a node as the other's standby, without which that confirms nothing from now on.
func (p *pair) follow(n int) {
	p.Helper()
	name := filepath.Join(p.data(n), "standby.signal")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		p.Fatal(err)
	}
	p.own(name)
	p.start(n)
	p.until("it follows", func() bool {
		ok, err := p.ask(1-n, `select exists (select from pg_stat_replication where state = 'streaming')`)
		return err == nil && ok
	})
	p.waitFor(1-n, "*")
}

// promote makes a standby the primary, which commits alone until another follows it.
func (p *pair) promote(n int) {
	p.Helper()
	p.run("pg_ctl", "promote", "-D", p.data(n), "-w")
	p.waitFor(n, "")
}

// waitFor says of which standbys a node waits for one before it confirms.
func (p *pair) waitFor(n int, standbys string) {
	p.Helper()
	for _, sql := range []string{`alter system set synchronous_standby_names = '` + standbys + `'`, `select pg_reload_conf()`} {
		if err := p.exec(n, sql); err != nil {
			p.Fatal(err)
		}
	}
}

// TestWhatNoStandbyHasIsNotConfirmedToWhoAsksAgain gives up a write and a message that wait for a
// standby which is away. PostgreSQL shows them from then on, but a failover would lose them.
func TestWhatNoStandbyHasIsNotConfirmedToWhoAsksAgain(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	if err := p.exec(0, `create database personae`); err != nil {
		t.Fatal(err)
	}
	if err := dbtest.Migrate(t.Context(), p.url(0, "personae")); err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, p.url(0, "personae"))
	a := d.Workspace(t, "Harbor")
	inbox, by := d.Inbox(t, a), program(t, d, a)
	create := func(ctx context.Context) error {
		_, err := d.Create(ctx, by.Idempotent(once("key", "request")), persona.Content{Name: "Ada"}, false)
		return err
	}
	receive := func(ctx context.Context) error {
		_, err := d.Receive(ctx, inbox, dbtest.Inbound("m-1"))
		return err
	}
	p.kill(1)
	for name, write := range map[string]func(context.Context) error{"a write": create, "a message": receive} {
		first := make(chan error, 1)
		go func() { first <- write(t.Context()) }()
		for waits := true; waits; {
			d.Exec(t, `select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`)
			select {
			case <-first:
				waits = false
			case <-time.After(20 * time.Millisecond):
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if err := write(ctx); !errors.Is(err, persona.ErrUnavailable) {
			t.Errorf("%s is confirmed, and no standby has it: %v", name, err)
		}
		cancel()
	}
	p.follow(1)
	for _, write := range []func(context.Context) error{create, receive} {
		if err := write(t.Context()); err != nil {
			t.Error(err)
		}
	}
	same(t, "personas and messages", d.Count(t, `select (select count(*) from personas) * 10 + (select count(*) from messages)`), 11)
}

// switchers switch the default of a workspace of their own and note what was confirmed.
type switchers struct {
	sync.Mutex
	confirmed map[uuid.UUID]bool // events
	last      time.Time
	wrong     []error
}

func (s *switchers) work(ctx context.Context, db *postgres.DB, a postgres.Access, personas []uuid.UUID) {
	for ctx.Err() == nil {
		request, cancel := context.WithTimeout(ctx, 5*time.Second) // as long as a page waits
		done, err := db.SetDefault(request, a, personas[rand.N(len(personas))])
		cancel()
		s.Lock()
		switch {
		case err == nil && done.Event != uuid.Nil:
			s.confirmed[done.Event], s.last = true, time.Now()
		case err != nil && !errors.Is(err, persona.ErrUnavailable) && ctx.Err() == nil:
			s.wrong = append(s.wrong, err)
		}
		s.Unlock()
		if err != nil {
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// TestNothingConfirmedIsLostWhenTheDatabaseFailsOver takes the primary away from 16
// clients again and again, each time in one of three ways: an operator demotes it, it dies,
// or it hangs.
func TestNothingConfirmedIsLostWhenTheDatabaseFailsOver(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	if err := p.exec(0, `create database personae`); err != nil {
		t.Fatal(err)
	}
	d := &dbtest.Database{URL: "postgres://postgres@/personae?target_session_attrs=read-write&host=" + p.dir + "," + p.dir +
		"&port=" + p.port(0) + "," + p.port(1)}
	var err error
	if d.DB, err = postgres.Open(t.Context(), d.URL, postgres.Options{MaxConns: 24}); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.SQL, err = pgxpool.New(t.Context(), d.URL); err != nil {
		t.Fatal(err)
	}
	defer d.SQL.Close()
	if _, err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	clients := &switchers{confirmed: map[uuid.UUID]bool{}}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var workers sync.WaitGroup
	for n := range 4 {
		a := d.Workspace(t, "Workspace "+strconv.Itoa(n))
		personas := []uuid.UUID{d.NewPersona(t, a, "Ada").ID, d.NewPersona(t, a, "Grace").ID, d.NewPersona(t, a, "Mary").ID}
		for range 4 {
			workers.Go(func() { clients.work(ctx, d.DB, a, personas) })
		}
	}
	goesOn := func(after string) {
		t.Helper()
		since := time.Now()
		p.until("writes go on after "+after, func() bool {
			clients.Lock()
			defer clients.Unlock()
			return clients.last.After(since)
		})
		t.Logf("writes were back %v after %s", time.Since(since).Round(time.Millisecond), after)
		p.until("ready again after "+after, func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			return d.Ping(ctx) == nil
		})
	}
	goesOn("the start")
	faults := []string{"demoted", "dead"}
	for range dbtest.Times(2, 60) - 2 {
		faults = append(faults, []string{"demoted", "dead", "hanging"}[rand.N(3)])
	}
	for primary, fault := range faults {
		primary %= 2
		switch fault {
		case "demoted":
			p.stop(primary)
		case "dead":
			p.kill(primary)
		case "hanging":
			p.signal(primary, syscall.SIGSTOP)
		}
		p.promote(1 - primary)
		goesOn("the primary was " + fault)
		if fault == "hanging" {
			p.signal(primary, syscall.SIGKILL)
		}
		if fault == "demoted" {
			p.follow(primary)
		} else {
			p.kill(primary)
			p.rebuild(primary)
		}
		goesOn("it followed")
	}
	stop()
	workers.Wait()
	for _, err := range clients.wrong {
		t.Errorf("a client was told something else than to come back: %v", err)
	}
	ids := slices.Collect(maps.Keys(clients.confirmed))
	if n := d.Count(t, `select count(*) from audit_events where id = any($1)`, ids); n != len(ids) {
		t.Errorf("of %d switches that were confirmed, %d are there", len(ids), n)
	}
	d.Healthy(t)
}
