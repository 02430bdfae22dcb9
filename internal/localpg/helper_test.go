//go:build unix

package localpg

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestMain lets the test binary also be another process that uses the data
// folder: it starts, says so, and closes when its input ends.
func TestMain(m *testing.M) {
	switch os.Getenv("LOCALPG_TEST") {
	case "":
		code := m.Run()
		os.RemoveAll(template.dir)
		os.Exit(code)
	case "dial":
		conn, err := net.Dial("unix", os.Getenv("LOCALPG_DIR"))
		if err == nil {
			conn.Close()
		}
		fmt.Println("dialled", err)
	case "serve":
		before := runtime.NumGoroutine()
		within, _ := time.ParseDuration(os.Getenv("LOCALPG_WITHIN"))
		s, err := start(context.Background(), &Server{
			dir:         os.Getenv("LOCALPG_DIR"),
			log:         slog.New(slog.DiscardHandler),
			readyWithin: max(within, time.Second),
		})
		if err != nil {
			fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " "))
			return
		}
		fmt.Println("ready", s.pid)
		io.Copy(io.Discard, os.Stdin)
		err = s.Close()
		for range 100 {
			if runtime.NumGoroutine() <= before+1 { // the poller's, of which the runtime keeps one
				break
			}
			time.Sleep(time.Millisecond)
		}
		fmt.Println("closed", err, "goroutines left:", max(0, runtime.NumGoroutine()-before-1))
	}
}

// process is such another process.
type process struct {
	*exec.Cmd
	in  io.Closer
	out *bufio.Reader
}

func another(t *testing.T, role, dir string, as *syscall.Credential, env ...string) *process {
	t.Helper()
	program := "/proc/self/exe" // reachable for other accounts, unlike a path in a private build folder
	if runtime.GOOS != "linux" {
		program, _ = os.Executable()
	}
	cmd := exec.Command(program)
	cmd.Dir = "/"
	cmd.Env = append(append(os.Environ(), "LOCALPG_TEST="+role, "LOCALPG_DIR="+dir, "LOCALPG_WITHIN=30s"), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: as}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(t, err)
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	p := &process{cmd, in, bufio.NewReader(out)}
	t.Cleanup(func() {
		in.Close()
		timer := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		defer timer.Stop()
		cmd.Wait()
	})
	return p
}

func (p *process) says(t *testing.T) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	check(t, err)
	return strings.TrimSpace(line)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// folder returns a folder that is gone after the test, and fails the test if a
// PostgreSQL is left in it.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(memory(), "localpg")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	t.Cleanup(func() {
		for _, pid := range servers(dir) {
			t.Errorf("process %d is left over", pid)
			syscall.Kill(pid, syscall.SIGKILL)
		}
		for deadline := time.Now().Add(5 * time.Second); len(servers(dir)) > 0 && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
		}
	})
	return dir
}

// memory names a folder that doesn't wait for a disk, where there is one. None of
// these tests cuts the power, and killed processes leave what they wrote either way.
func memory() string {
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

// servers lists the PostgreSQL processes at work under dir.
func servers(dir string) (pids []int) {
	cwds, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, cwd := range cwds {
		where, _ := os.Readlink(cwd)
		program, _ := os.Readlink(filepath.Join(filepath.Dir(cwd), "exe"))
		if strings.HasPrefix(where, dir+"/") && strings.Contains(program, "postgres") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(cwd)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// template is a cluster that initdb made once, for tests that aren't about initdb.
var template struct {
	once sync.Once
	dir  string
	err  error
}

// cluster returns a copy of it, owned by whoever runs the test.
func cluster(t *testing.T) string {
	t.Helper()
	template.once.Do(func() {
		if template.dir, template.err = os.MkdirTemp(memory(), "localpg"); template.err == nil {
			var s *Server
			if s, template.err = Start(context.Background(), template.dir, slog.New(slog.DiscardHandler)); template.err == nil {
				template.err = s.Close()
			}
		}
	})
	check(t, template.err)
	dir := folder(t)
	check(t, os.CopyFS(dir, os.DirFS(template.dir)))
	check(t, os.Chmod(filepath.Join(dir, "postgres"), 0o700))
	return dir
}

func begin(t *testing.T, dir string, settings ...string) *Server {
	t.Helper()
	s, err := Start(t.Context(), dir, slog.New(slog.DiscardHandler), settings...)
	check(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func refused(t *testing.T, dir string, settings ...string) string {
	t.Helper()
	s, err := Start(t.Context(), dir, slog.New(slog.DiscardHandler), settings...)
	if err == nil {
		s.Close()
		t.Fatal("it started")
	}
	return err.Error()
}

func wants(t *testing.T, got string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(got, word) {
			t.Errorf("%q lacks %q", got, word)
		}
	}
}

// ask returns the first value that a query returns.
func ask(t *testing.T, s *Server, query string, args ...any) string {
	t.Helper()
	value, err := try(s, query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value
}

func try(s *Server, query string, args ...any) (value string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL())
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return "", err
	}
	for rows.Next() {
		if value == "" && len(rows.RawValues()) > 0 {
			values, err := rows.Values()
			if err != nil {
				return "", err
			}
			value = fmt.Sprint(values[0])
		}
	}
	return value, rows.Err()
}

func postmaster(t *testing.T, s *Server) int {
	t.Helper()
	pid, status := s.status()
	if status != "ready" || !s.runs(pid) {
		t.Fatalf("no server runs: %d %q", pid, status)
	}
	return pid
}

func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

func someone(t *testing.T, name string) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup(name)
	check(t, err)
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
