package postgres_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"personae/internal/localpg"
	"personae/internal/testing/dbtest"
)

// servers are PostgreSQL servers that a test starts, stops and kills, with their data in
// memory where there is such a folder.
type servers struct {
	*testing.T
	dir   string
	bin   string
	owner *syscall.Credential // as whom they run; nil: as we do
	nodes []*exec.Cmd
}

// newServers makes room for n servers, which end with the test.
func newServers(t *testing.T, n int) *servers {
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
	dir, err := os.MkdirTemp(parent, "personae-servers-")
	if err != nil {
		t.Fatal(err)
	}
	s := &servers{T: t, dir: dir, bin: filepath.Dir(initdb), nodes: make([]*exec.Cmd, n)}
	t.Cleanup(func() {
		for n := range s.nodes {
			s.kill(n)
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
		s.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	s.own(dir)
	return s
}

// own gives a file to whom the servers run as.
func (s *servers) own(name string) {
	s.Helper()
	if s.owner != nil {
		if err := os.Chown(name, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			s.Fatal(err)
		}
	}
}

func (s *servers) data(n int) string { return filepath.Join(s.dir, strconv.Itoa(n)) }

// port names a socket: the servers listen to no network.
func (s *servers) port(n int) string { return strconv.Itoa(5440 + n) }

func (s *servers) url(n int, database string) string {
	return "postgres://postgres@/" + database + "?host=" + s.dir + "&port=" + s.port(n)
}

func (s *servers) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	c.Dir, c.SysProcAttr = "/", &syscall.SysProcAttr{Credential: s.owner}
	return c
}

func (s *servers) run(program string, args ...string) {
	s.Helper()
	if out, err := s.command(s.Context(), program, args...).CombinedOutput(); err != nil {
		s.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// initdb makes the data folder of a node.
func (s *servers) initdb(n int) {
	s.Helper()
	s.run("initdb", "-D", s.data(n), "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
}

// start starts a node with settings such as port=1, and waits for it.
func (s *servers) start(n int, settings ...string) {
	s.Helper()
	args := []string{"-D", s.data(n)}
	for _, setting := range append([]string{"listen_addresses=", "unix_socket_directories=" + s.dir, "port=" + s.port(n),
		"dynamic_shared_memory_type=mmap"}, settings...) {
		args = append(args, "-c", setting)
	}
	s.nodes[n] = s.command(context.Background(), "postgres", args...)
	var log bytes.Buffer
	s.nodes[n].Stdout, s.nodes[n].Stderr = &log, &log
	if err := s.nodes[n].Start(); err != nil {
		s.Fatal(err)
	}
	s.until("it answers", func() bool { _, err := s.ask(n, `select true`); return err == nil })
}

// stop ends a node as an operator does who demotes it.
func (s *servers) stop(n int) {
	s.Helper()
	s.run("pg_ctl", "stop", "-D", s.data(n), "-m", "fast", "-w")
	_ = s.nodes[n].Wait()
	s.nodes[n] = nil
}

// kill ends a node as a power cut does.
func (s *servers) kill(n int) {
	if s.nodes[n] != nil {
		_ = s.nodes[n].Process.Kill() // the others of it see that and end
		_ = s.nodes[n].Wait()
		s.nodes[n] = nil
	}
}

// signal sends a signal to all processes of a node.
func (s *servers) signal(n int, sig syscall.Signal) { dbtest.SignalAll(s.nodes[n].Process.Pid, sig) }

func (s *servers) connect(n int) (*pgx.Conn, error) {
	return pgx.Connect(s.Context(), s.url(n, "postgres"))
}

func (s *servers) exec(n int, sql string) error {
	conn, err := s.connect(n)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(s.Context(), sql)
	return err
}

func (s *servers) ask(n int, sql string) (answer bool, err error) {
	conn, err := s.connect(n)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(context.Background()) }()
	return answer, conn.QueryRow(s.Context(), sql).Scan(&answer)
}

func (s *servers) until(what string, done func() bool) {
	s.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("not within a minute: %s", what)
		}
	}
}
