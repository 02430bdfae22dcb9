package dbtest

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"personae/internal/postgres"
)

// Pooler puts a PgBouncer before the database until the test ends, and returns the URL of
// the server's role through it. The mode is session or transaction; more are lines of its
// configuration. Without PgBouncer the test is skipped.
func (d *Database) Pooler(t testing.TB, mode string, more ...string) string {
	t.Helper()
	path := "/usr/sbin/pgbouncer" // as Debian has it, where PATH may not lead
	if found, err := exec.LookPath("pgbouncer"); err == nil {
		path = found
	} else if _, err := os.Stat(path); err != nil {
		t.Skip("pgbouncer is not installed")
	}
	u, err := url.Parse(d.URL)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	dir, err := os.MkdirTemp("", "pooler")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	lines := append([]string{"[databases]", fmt.Sprintf("* = host=%s port=%s", query.Get("host"), query.Get("port")),
		"[pgbouncer]", "pool_mode = " + mode, "unix_socket_dir = " + dir, "listen_port = 6432", "auth_type = trust",
		"auth_file = " + filepath.Join(dir, "users"), "default_pool_size = 8", "max_client_conn = 200"}, more...)
	users := fmt.Sprintf("%q \"\"\n%q \"\"\n", postgres.ServerRole, "postgres")
	for name, text := range map[string]string{"users": users, "pgbouncer.ini": strings.Join(lines, "\n") + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(context.Background(), path, filepath.Join(dir, "pgbouncer.ini"))
	command.SysProcAttr = asServer(t, query.Get("host"), dir)
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Signal(syscall.SIGINT)
		_ = command.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	query.Set("host", dir)
	query.Set("port", "6432")
	u.RawQuery = query.Encode()
	through, err := postgres.URLFor(u.String(), postgres.ServerRole)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		conn, err := pgx.Connect(t.Context(), through)
		if err == nil {
			_ = conn.Close(context.Background())
			return through
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// asServer has a program run as whom PostgreSQL does, and gives it a folder: as root it
// refuses to.
func asServer(t testing.TB, socket, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(socket)
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if err := os.Chmod(filepath.Dir(socket), 0o711); err != nil { // the way to the socket
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append([]os.DirEntry{nil}, entries...) {
		path := dir
		if name != nil {
			path = filepath.Join(dir, name.Name())
		}
		if err := os.Chown(path, int(owner.Uid), int(owner.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
}
