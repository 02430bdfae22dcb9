package postgres_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/localpg"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// pair is two PostgreSQL servers, each of which can be the other's synchronous standby.
type pair struct {
	*testing.T
	dir   string
	bin   string
	owner *syscall.Credential // as whom they run; nil: as we do
	nodes [2]*exec.Cmd
}

// newPair starts a primary, node 0, and its standby, node 1.
func newPair(t *testing.T) *pair {
	t.Helper()
	initdb, err := localpg.Client(t.Context(), "initdb", 0)
	if err == nil {
		initdb, err = filepath.EvalSymlinks(initdb)
	}
	if err != nil {
		t.Fatal(err)
	}
	parent := ""
	if _, err := os.Stat("/dev/shm"); err == nil {
		parent = "/dev/shm"
	}
	dir, err := os.MkdirTemp(parent, "personae-pair-")
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{T: t, dir: dir, bin: filepath.Dir(initdb)}
	t.Cleanup(func() {
		for n := range p.nodes {
			p.kill(n)
		}
		_ = os.RemoveAll(dir)
	})
	if os.Geteuid() == 0 { // as whom it refuses to run
		u, err := user.Lookup("postgres")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		p.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
	p.run("initdb", "-D", p.data(0), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
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

func (p *pair) data(n int) string { return filepath.Join(p.dir, strconv.Itoa(n)) }

// port names a socket: the servers listen to no network.
func (p *pair) port(n int) string { return strconv.Itoa(5440 + n) }

func (p *pair) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(p.bin, program), args...)
	c.Dir, c.SysProcAttr = "/", &syscall.SysProcAttr{Credential: p.owner}
	return c
}

func (p *pair) run(program string, args ...string) {
	p.Helper()
	if out, err := p.command(p.Context(), program, args...).CombinedOutput(); err != nil {
		p.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// start starts a node, which is a standby where its data say so, and waits for it.
func (p *pair) start(n int) {
	p.Helper()
	p.nodes[n] = p.command(context.Background(), "postgres", "-D", p.data(n), "-c", "listen_addresses=",
		"-c", "unix_socket_directories="+p.dir, "-c", "port="+p.port(n), "-c", "primary_conninfo=host="+p.dir+" user=postgres port="+p.port(1-n), "-c", "wal_retrieve_retry_interval=100ms",
		"-c", "wal_receiver_timeout=2s", "-c", "wal_sender_timeout=2s", "-c", "max_connections=100")
	var log bytes.Buffer
	p.nodes[n].Stdout, p.nodes[n].Stderr = &log, &log
	if err := p.nodes[n].Start(); err != nil {
		p.Fatal(err)
	}
	p.until("it answers", func() bool { _, err := p.ask(n, `select true`); return err == nil })
}

// follow starts a node as the other's standby, without which that confirms nothing from now on.
func (p *pair) follow(n int) {
	p.Helper()
	name := filepath.Join(p.data(n), "standby.signal")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		p.Fatal(err)
	}
	if p.owner != nil {
		if err := os.Chown(name, int(p.owner.Uid), int(p.owner.Gid)); err != nil {
			p.Fatal(err)
		}
	}
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

// stop ends a node as an operator does who demotes it.
func (p *pair) stop(n int) {
	p.Helper()
	p.run("pg_ctl", "stop", "-D", p.data(n), "-m", "fast", "-w")
	_ = p.nodes[n].Wait()
	p.nodes[n] = nil
}

// kill ends a node as a power cut does.
func (p *pair) kill(n int) {
	if p.nodes[n] != nil {
		_ = p.nodes[n].Process.Kill() // the others of it see that and end
		_ = p.nodes[n].Wait()
		p.nodes[n] = nil
	}
}

// signal sends a signal to all processes of a node, where Linux tells which they are.
func (p *pair) signal(n int, sig syscall.Signal) {
	p.Helper()
	pid := strconv.Itoa(p.nodes[n].Process.Pid)
	children, err := os.ReadFile("/proc/" + pid + "/task/" + pid + "/children")
	if err != nil {
		p.Error(err)
	}
	for _, each := range append([]string{pid}, strings.Fields(string(children))...) {
		if id, err := strconv.Atoi(each); err == nil {
			_ = syscall.Kill(id, sig) // one that is gone is no trouble
		}
	}
}

func (p *pair) connect(n int) (*pgx.Conn, error) {
	return pgx.Connect(p.Context(), "postgres://postgres@/postgres?host="+p.dir+"&port="+p.port(n))
}

func (p *pair) exec(n int, sql string) error {
	conn, err := p.connect(n)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(p.Context(), sql)
	return err
}

func (p *pair) ask(n int, sql string) (answer bool, err error) {
	conn, err := p.connect(n)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	return answer, conn.QueryRow(p.Context(), sql).Scan(&answer)
}

func (p *pair) until(what string, done func() bool) {
	p.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.Fatalf("not within a minute: %s", what)
		}
	}
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
	d.Owner = d.DB
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
