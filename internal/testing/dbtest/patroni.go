package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"personae/internal/localpg"
)

// Patroni is two PostgreSQL servers on this machine that Patroni manages, by an etcd: one is
// the primary, the other its synchronous standby.
type Patroni struct {
	*Database
	t     testing.TB
	dir   string
	host  string // at which all of it listens
	nodes [2]patroniNode
	attr  *syscall.SysProcAttr // as whom all of it runs
	ended []func()
}

// patroniNode is one of its servers, and the Patroni beside it.
type patroniNode struct {
	name, data, config string
	api                string // of Patroni
	port               int    // of PostgreSQL
	patroni            *exec.Cmd
}

// patroniConfig has the limits of a cluster that notices within ten seconds that a machine
// is gone, and fails over at once where PostgreSQL dies.
const patroniConfig = `
scope: personae
name: %[1]s
restapi: { listen: "%[2]s", connect_address: "%[2]s" }
etcd3: { hosts: "%[3]s" }
bootstrap:
  dcs: { ttl: 10, loop_wait: 1, retry_timeout: 3, master_start_timeout: 0, synchronous_mode: true, postgresql: { use_pg_rewind: true } }
  initdb: [ { encoding: UTF8 }, { locale: C.UTF-8 }, data-checksums ]
postgresql:
  listen: "%[8]s:%[4]d"
  connect_address: "%[8]s:%[4]d"
  data_dir: %[5]s
  bin_dir: %[6]s
  pgpass: %[5]s.pgpass
  use_unix_socket: true
  parameters: { unix_socket_directories: %[7]s, max_connections: 100, jit: "off", dynamic_shared_memory_type: mmap }
  pg_hba: [ "local all all trust", "host replication all 127.0.0.0/8 trust", "host all all 127.0.0.0/8 trust" ]
  authentication: { superuser: { username: postgres }, replication: { username: postgres } }
`

// NewPatroni starts a cluster with a migrated database that ends with the test. Without Patroni
// and etcd the test is skipped.
func NewPatroni(t testing.TB) *Patroni {
	t.Helper()
	for _, program := range []string{"patroni", "etcd"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is not installed (Debian: patroni, etcd-server)")
		}
	}
	p := &Patroni{t: t, host: "127.0.0.1"}
	if runtime.GOOS == "linux" {
		// All of 127.0.0.0/8 is this machine there, and what connects comes from 127.0.0.1: nothing takes a port of
		// another one between our choice and the program's start.
		p.host = fmt.Sprintf("127.%d.%d.%d", 1+rand.N(254), rand.N(255), 1+rand.N(254))
	}
	parent := ""
	if _, err := os.Stat("/dev/shm"); err == nil {
		parent = "/dev/shm"
	}
	var err error
	p.dir, err = os.MkdirTemp(parent, "personae-patroni-")
	p.check(err)
	t.Cleanup(p.end)
	initdb, err := localpg.Client(t.Context(), "initdb", 0)
	if err == nil {
		initdb, err = filepath.EvalSymlinks(initdb)
	}
	p.check(err)
	etcd, peer := p.address(), p.address()
	for n := range p.nodes {
		name := "node" + strconv.Itoa(n)
		node := &p.nodes[n]
		*node = patroniNode{name: name, data: filepath.Join(p.dir, name), config: filepath.Join(p.dir, name+".yml"), api: p.address()}
		_, port, _ := net.SplitHostPort(p.address())
		node.port, _ = strconv.Atoi(port)
		p.check(os.WriteFile(node.config, fmt.Appendf(nil, patroniConfig, name, node.api, etcd, node.port, node.data,
			filepath.Dir(initdb), p.dir, p.host), 0o600))
	}
	p.attr = asServer(t, socketDir(t), p.dir)
	p.start("etcd", "--data-dir", filepath.Join(p.dir, "etcd"), "--listen-client-urls", "http://"+etcd, "--advertise-client-urls", "http://"+etcd,
		"--listen-peer-urls", "http://"+peer, "--initial-advertise-peer-urls", "http://"+peer, "--initial-cluster", "default=http://"+peer)
	for n := range p.nodes {
		p.nodes[n].patroni = p.start("patroni", p.nodes[n].config)
	}
	p.Ready()
	conn, err := pgx.Connect(t.Context(), p.url("postgres"))
	p.check(err)
	_, err = conn.Exec(t.Context(), `create database personae`)
	p.check(errors.Join(err, conn.Close(t.Context())))
	p.until("both have the database", func() bool { // the standby has it written, and then reads it
		conn, err := pgx.Connect(t.Context(), p.url("personae"))
		if err == nil {
			_ = conn.Close(t.Context())
		}
		return err == nil
	})
	p.check(Migrate(t.Context(), p.url("personae")))
	p.Database = Open(t, p.url("personae"))
	return p
}

// socketDir returns where the server of this test binary has its socket.
func socketDir(t testing.TB) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("host")
}

func (p *Patroni) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// address returns one of this machine that nobody listens at.
func (p *Patroni) address() string {
	p.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(p.t.Context(), "tcp", p.host+":0")
	p.check(err)
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// url leads to whichever of the servers takes writes.
func (p *Patroni) url(database string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s,%s&port=%d,%d&target_session_attrs=read-write", database, p.dir, p.dir,
		p.nodes[0].port, p.nodes[1].port)
}

// start starts a program that writes what it says to a file, until the test ends.
func (p *Patroni) start(name string, args ...string) *exec.Cmd {
	p.t.Helper()
	path, err := exec.LookPath(name)
	p.check(err)
	log, err := os.OpenFile(filepath.Join(p.dir, filepath.Base(args[0])+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	p.check(err)
	defer func() { _ = log.Close() }()
	c := exec.CommandContext(context.Background(), path, args...)
	c.Dir, c.SysProcAttr, c.Stdout, c.Stderr = p.dir, p.attr, log, log
	p.check(c.Start())
	p.ended = append(p.ended, func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return c
}

// end kills all of it, and says what Patroni said where the test has failed.
func (p *Patroni) end() {
	for _, end := range p.ended {
		end()
	}
	for _, n := range p.nodes {
		if pid := n.postmaster(); pid > 0 {
			SignalAll(pid, syscall.SIGKILL) // what hangs does not notice that the first of them is gone
		}
		if said, err := os.ReadFile(n.config + ".log"); err == nil && p.t.Failed() {
			p.t.Logf("%s: %s", n.name, said[max(0, len(said)-8000):])
		}
	}
	_ = os.RemoveAll(p.dir)
}

// postmaster returns the process id of a server, 0 where it does not run.
func (n patroniNode) postmaster() int {
	pid, _ := os.ReadFile(filepath.Join(n.data, "postmaster.pid"))
	line, _, _ := strings.Cut(string(pid), "\n")
	id, _ := strconv.Atoi(line)
	return id
}

// is reports whether the Patroni of a server says that this is the primary, or a synchronous standby
// (sync).
func (p *Patroni) is(n int, role string) bool {
	status, err := p.call(n, http.MethodGet, role, "")
	return err == nil && status == http.StatusOK
}

// call asks the Patroni of a server, which may hang.
func (p *Patroni) call(n int, method, path, body string) (status int, err error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	if method == http.MethodGet {
		ctx, cancel = context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+p.nodes[n].api+"/"+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// Ready waits until there is a primary and a synchronous standby, and returns the primary's
// number. A primary that was cut off may write down in etcd that it is the primary and has no standby.
// Patroni 3.0 then names none ever again ("updated by someone else"), until an operator turns synchronous
// standbys off and on.
func (p *Patroni) Ready() int {
	p.t.Helper()
	primary, again := 0, time.Now().Add(40*time.Second)
	p.until("there is a primary with a synchronous standby", func() bool {
		for n := range p.nodes {
			if p.is(n, "primary") && p.is(1-n, "sync") {
				primary = n
				return true
			}
		}
		if time.Now().After(again) {
			p.t.Log("synchronous standbys are turned off and on")
			p.synchronous(false)
			time.Sleep(5 * time.Second) // the primary looks each second, and takes away whom etcd has as its standby
			p.synchronous(true)
			again = time.Now().Add(time.Minute)
		}
		return false
	})
	return primary
}

// synchronous sets whether there is to be a synchronous standby.
func (p *Patroni) synchronous(wanted bool) {
	p.t.Helper()
	p.until("Patroni takes another setting", func() bool {
		status, err := p.call(0, http.MethodPatch, "config", fmt.Sprintf(`{"synchronous_mode": %t}`, wanted))
		return err == nil && status == http.StatusOK
	})
}

func (p *Patroni) until(what string, done func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("not within five minutes: %s", what)
		}
	}
}

// Kill ends the primary's PostgreSQL with SIGKILL. Its Patroni lives.
func (p *Patroni) Kill() {
	p.t.Helper()
	p.check(syscall.Kill(p.nodes[p.Ready()].postmaster(), syscall.SIGKILL))
}

// Stop stops all that is of the primary's machine with SIGSTOP, and returns what has it come back. That
// does what a watchdog does, which Patroni wants for this: what has hung for so long never goes on, but is
// begun anew. Without one it may take itself for the primary for a moment, and confirm what then is lost.
func (p *Patroni) Stop() (comeBack func()) {
	p.t.Helper()
	node := &p.nodes[p.Ready()]
	postgres := node.postmaster()
	for _, pid := range []int{node.patroni.Process.Pid, postgres} {
		SignalAll(pid, syscall.SIGSTOP)
	}
	return func() {
		p.t.Helper()
		SignalAll(postgres, syscall.SIGKILL)
		_ = node.patroni.Process.Kill()
		_ = node.patroni.Wait()
		node.patroni = p.start("patroni", node.config)
	}
}

// SwitchOver has Patroni demote the primary in order.
func (p *Patroni) SwitchOver() {
	p.t.Helper()
	p.until("Patroni switches over", func() bool {
		n := p.Ready()
		status, err := p.call(n, http.MethodPost, "switchover", fmt.Sprintf(`{"leader": %q, "candidate": %q}`, p.nodes[n].name, p.nodes[1-n].name))
		return err == nil && status == http.StatusOK
	})
}
