//go:build unix

package localpg

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"personae/internal/testing/logtest"

	"github.com/jackc/pgx/v5"
)

func TestStartMakesTheDatabaseAndKeepsIt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "made", "if missing & odd + %20")
	s, err := Start(t.Context(), dir, slog.New(slog.DiscardHandler))
	check(t, err)
	for query, want := range map[string]string{
		"select current_database()": "personae",
		"show server_encoding":      "UTF8",
		"show listen_addresses":     "",
		"show fsync":                "on",
		"show synchronous_commit":   "on",
		"show data_checksums":       "on",
		"select lower('ÄÖ')":        "äö",
		"select rolsuper::text from pg_roles where rolname = current_user": "true",
	} {
		if got := ask(t, s, query); got != want {
			t.Errorf("%s: %q, not %q", query, got, want)
		}
	}
	ask(t, s, "create table kept as select 42 as n")
	pid := postmaster(t, s)
	if sid, _, _ := syscall.Syscall(syscall.SYS_GETSID, uintptr(pid), 0, 0); int(sid) != pid {
		t.Errorf("PostgreSQL shares a session with its terminal")
	}
	info, err := os.Stat(s.path(""))
	check(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the socket's folder is open to others: %v", info.Mode())
	}
	check(t, s.Close())
	check(t, s.Close())
	if left := servers(dir); len(left) > 0 {
		t.Fatalf("left after Close: %v", left)
	}
	s = begin(t, dir, "fsync=off", "work_mem=7MB")
	if got := ask(t, s, "select n from kept"); got != "42" {
		t.Errorf("kept: %q", got)
	}
	if got := ask(t, s, "show fsync") + ask(t, s, "show work_mem"); got != "off7MB" {
		t.Errorf("settings: %q", got)
	}
}

func TestDataSurvivesKillOfPostmaster(t *testing.T) {
	t.Parallel()
	var log logtest.Log
	s, err := Start(t.Context(), cluster(t), slog.New(slog.NewTextHandler(&log, nil)))
	check(t, err)
	defer s.Close()
	ask(t, s, "create table acked (n bigint primary key)")
	done := make(chan struct{})
	var acked []string
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
			}
			if _, err := try(s, "insert into acked values ($1)", n); err == nil {
				acked = append(acked, strconv.Itoa(n))
			} else {
				time.Sleep(10 * time.Millisecond)
			}
		}
	})
	for range 3 {
		time.Sleep(200 * time.Millisecond)
		pid := postmaster(t, s)
		check(t, syscall.Kill(pid, syscall.SIGKILL))
		killed := time.Now()
		eventually(t, 10*time.Second, "the server is back", func() bool {
			now, status := s.status()
			if now == pid || status != "ready" {
				return false
			}
			_, err := try(s, "select 1")
			return err == nil
		})
		t.Logf("back after %v", time.Since(killed).Round(time.Millisecond))
	}
	close(done)
	writer.Wait()
	if got := ask(t, s, "select count(*) from acked where n = any($1::bigint[])", "{"+strings.Join(acked, ",")+
		"}"); got != strconv.Itoa(len(acked)) || len(acked) == 0 {
		t.Errorf("%s of %d acknowledged rows are there", got, len(acked))
	}
	check(t, s.Close())
	if got := strings.Count(log.String(), "ended unexpectedly"); got != 3 {
		t.Errorf("said %d times, not 3: %s", got, log.String())
	}
}

func TestSecondProcessAttachesAndLastOneStops(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	first := another(t, "serve", dir, nil)
	said := first.says(t)
	s := begin(t, dir)
	if want := fmt.Sprint("ready ", postmaster(t, s)); said != want {
		t.Errorf("%q, not %q", said, want)
	}
	third := another(t, "serve", dir, nil)
	if got := third.says(t); got != said {
		t.Errorf("%q, not %q", got, said)
	}
	first.in.Close()
	if got := first.says(t); got != "closed <nil> goroutines left: 0" {
		t.Error(got)
	}
	check(t, first.Wait())
	pid := postmaster(t, s)
	check(t, s.Close())
	if now, status := s.status(); now != pid || status != "ready" {
		t.Error("the server was stopped while it was used")
	}
	third.in.Close()
	if got := third.says(t); got != "closed <nil> goroutines left: 0" {
		t.Error(got)
	}
	if now, _ := s.status(); now != 0 {
		t.Errorf("left: %d", now)
	}
}

func TestSeveralStartAtOnce(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			s, err := Start(t.Context(), dir, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := try(s, "select 1"); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestKilledProcessLeavesServerToTakeOver(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT} {
		dir := cluster(t)
		p := another(t, "serve", dir, nil)
		said := p.says(t)
		check(t, syscall.Kill(-p.Process.Pid, signal)) // all of its group, as a terminal does
		p.Wait()
		s := begin(t, dir)
		if got := fmt.Sprint("ready ", postmaster(t, s)); got != said {
			t.Errorf("after %v: %q, not %q", signal, got, said)
		}
		check(t, s.Close())
	}
}

func TestAttachedUserStartsKilledServerAgain(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	p := another(t, "serve", dir, nil)
	p.says(t)
	s := begin(t, dir)
	pid := postmaster(t, s)
	check(t, p.Process.Kill())
	p.Wait()
	check(t, syscall.Kill(pid, syscall.SIGKILL))
	eventually(t, 10*time.Second, "the server is back", func() bool {
		_, err := try(s, "select 1")
		return err == nil
	})
}

func TestKillDuringInitdbIsHarmless(t *testing.T) {
	t.Parallel()
	for _, delay := range []time.Duration{0, 50 * time.Millisecond, 300 * time.Millisecond} {
		dir := folder(t)
		p := another(t, "serve", dir, nil)
		eventually(t, 10*time.Second, "initdb has begun", func() bool {
			_, err := os.Stat(filepath.Join(dir, "postgres.new"))
			return err == nil
		})
		time.Sleep(delay)
		check(t, p.Process.Kill())
		p.Wait()
		s := begin(t, dir)
		ask(t, s, "select 1")
		if _, err := os.Stat(s.path(".new")); err == nil {
			t.Error("half a cluster is left")
		}
		check(t, s.Close())
	}
}

func TestStalePidFileOfForeignProcess(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	s := begin(t, dir)
	ask(t, s, "create table kept as select 42 as n")
	check(t, s.Close())
	foreign := exec.Command("sleep", "60")
	foreign.Dir = "/"
	// PostgreSQL itself gives way to its own account's processes
	foreign.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	check(t, foreign.Start())
	defer foreign.Wait()
	defer foreign.Process.Kill()
	for _, name := range []string{"postmaster.pid", ".s.PGSQL.5432.lock"} {
		text := fmt.Sprintf("%d\n/somewhere\n1\n5432\n.\n\n  1  1\nready   \n", foreign.Process.Pid)
		check(t, os.WriteFile(s.path("/"+name), []byte(text), 0o600))
		if s.owner != nil {
			check(t, os.Chown(s.path("/"+name), int(s.owner.Uid), int(s.owner.Gid)))
		}
	}
	check(t, os.WriteFile(s.path("/.s.PGSQL.5432"), nil, 0o600))
	s = begin(t, dir)
	if got := ask(t, s, "select n from kept"); got != "42" {
		t.Error(got)
	}
	check(t, s.Close())
	check(t, foreign.Process.Signal(syscall.Signal(0)))
}

func TestServerThatIsNotOursIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	s := begin(t, dir)
	check(t, s.Close())
	bin, err := find(t.Context(), places(os.Getenv("PATH")), 0)
	check(t, err)
	data, err := os.Open(s.path(""))
	check(t, err)
	defer data.Close()
	other := exec.Command(filepath.Join(bin.dir, "postgres"), "-D", s.reach(data), "-c", "listen_addresses=", "-c",
		"unix_socket_directories=.")
	other.Dir, other.ExtraFiles = "/", []*os.File{nil, data}
	other.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	check(t, other.Start())
	defer other.Wait()
	defer other.Process.Signal(syscall.SIGINT)
	eventually(t, 10*time.Second, "it is ready", func() bool { _, status := s.status(); return status == "ready" })
	wants(t, refused(t, dir), "did not start", strconv.Itoa(other.Process.Pid), "Stop it")
}

func TestFolderNotTraversableByAccount(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	check(t, os.Chmod(dir, 0o700)) // as mktemp -d makes it
	s := begin(t, dir, "max_connections=80", "min_parallel_table_scan_size=0", "parallel_setup_cost=0",
		"parallel_tuple_cost=0", "force_parallel_mode=on")
	ask(t, s, "create table big as select n, repeat('x', 200) as x from generate_series(1, 50000) n")
	ask(t, s, "alter system set work_mem = '9MB'")
	ask(t, s, "select pg_reload_conf()")
	eventually(t, 5*time.Second,
		"the new configuration is read", func() bool { return ask(t, s, "show work_mem") == "9MB" })
	exercise := func() {
		t.Helper()
		ask(t, s, "checkpoint")
		ask(t, s, "vacuum (full, analyze) big")
		ask(t, s, "select pg_switch_wal()::text")
		wants(t, ask(t, s, "select string_agg(a, ' ') from (select count(*)::text a from big where x <> '') q"), "50000")
		ask(t, s, "create index on big (x, n)")
	}
	exercise()
	var conns []*pgx.Conn
	for range 60 {
		conn, err := pgx.Connect(t.Context(), s.URL())
		check(t, err)
		conns = append(conns, conn)
	}
	var n int
	check(t, conns[0].QueryRow(t.Context(),
		"select count(*) from pg_stat_activity where backend_type = 'client backend'").Scan(&n))
	if n < 60 {
		t.Errorf("%d backends", n)
	}
	check(t, syscall.Kill(int(conns[1].PgConn().PID()), syscall.SIGKILL)) // all backends end and the postmaster recovers
	for _, conn := range conns {
		eventually(t, 10*time.Second, "all backends have ended", func() bool { return conn.Ping(t.Context()) != nil })
	}
	eventually(t, 10*time.Second, "it has recovered", func() bool { _, err := try(s, "select 1"); return err == nil })
	exercise()
	pid := postmaster(t, s)
	check(t, syscall.Kill(pid, syscall.SIGKILL))
	eventually(t, 10*time.Second, "it is back", func() bool { _, err := try(s, "select 1"); return err == nil })
	exercise()
	check(t, s.Close())
	s = begin(t, dir)
	wants(t, ask(t, s, "select count(*) from big"), "50000")
}

func TestBusyBackendOfKilledPostmasterIsWaitedFor(t *testing.T) {
	t.Parallel()
	s := begin(t, cluster(t))
	conn, err := pgx.Connect(t.Context(), s.URL())
	check(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), "set statement_timeout = '2s'; create table t (n int)")
	check(t, err)
	busy := make(chan error, 1)
	go func() { // never looks whether the postmaster lives
		_, err := conn.Exec(context.Background(), "do $$ begin loop end loop; end $$")
		busy <- err
	}()
	time.Sleep(200 * time.Millisecond)
	check(t, syscall.Kill(postmaster(t, s), syscall.SIGKILL))
	if err := <-busy; err == nil {
		t.Error("it ended by itself")
	}
	eventually(t, 10*time.Second,
		"the server is back", func() bool { _, err := try(s, "select * from t"); return err == nil })
}

func TestOthersCannotConnect(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // only root can become somebody else; TestOrdinaryUser is the reverse of this
	}
	dir := cluster(t)
	s := begin(t, dir)
	check(t, os.Chmod(dir, 0o755)) // its parents are open to all
	wants(t, another(t, "dial", s.path("/.s.PGSQL.5432"), someone(t, "nobody")).says(t), "permission denied")
	wants(t, another(t, "dial", s.path("/.s.PGSQL.5432"), nil).says(t), "dialled <nil>")
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		return // everything here runs as one
	}
	dir, err := os.MkdirTemp("/tmp", "localpg")
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	nobody := someone(t, "nobody")
	check(t, os.Chmod(dir, 0o755))
	wants(t, another(t, "serve", filepath.Join(dir, "data"), nobody).says(t), "error", "permission denied",
		"may write there", "PERSONAE_DATABASE_DATA_DIR")
	check(t, os.Chown(dir, int(nobody.Uid), int(nobody.Gid)))
	p := another(t, "serve", filepath.Join(dir, "data"), nobody)
	said := p.says(t)
	s := begin(t, filepath.Join(dir, "data")) // root comes in as well
	if got := fmt.Sprint("ready ", postmaster(t, s)); got != said {
		t.Fatalf("%q, not %q", got, said)
	}
	p.in.Close()
	wants(t, p.says(t), "closed <nil>")
	check(t, s.Close())
	s = begin(t, filepath.Join(dir, "data")) // and starts it as its owner
	if s.owner.Uid != nobody.Uid {
		t.Errorf("runs as %d", s.owner.Uid)
	}
	check(t, s.Close())
	p = another(t, "serve", filepath.Join(dir, "data"), nobody)
	wants(t, p.says(t), "ready ")
	p.in.Close()
	wants(t, p.says(t), "closed <nil>")
	if left := servers(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestRootStartsFirstInTheFolderOfAService(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	service := someone(t, "nobody")
	if os.Geteuid() == 0 {
		check(t, os.Chown(dir, int(service.Uid), int(service.Gid)))
	}
	check(t, begin(t, dir).Close())
	key := filepath.Join(dir, "key")
	check(t, os.WriteFile(key, nil, 0o600))
	check(t, AsFolder(key))
	check(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		check(t, err)
		info, err := os.Lstat(path)
		check(t, err)
		if st := info.Sys().(*syscall.Stat_t); os.Geteuid() == 0 && st.Uid != service.Uid {
			t.Errorf("%s belongs to %d", path, st.Uid)
		}
		return nil
	}))
}

func TestLongPathGetsShortSocket(t *testing.T) {
	t.Parallel()
	for _, name := range []string{strings.Repeat("long", 30), "with,comma"} {
		dir := filepath.Join(folder(t), name)
		check(t, os.MkdirAll(filepath.Dir(dir), 0o755))
		check(t, os.Rename(cluster(t), dir))
		s := begin(t, dir)
		ask(t, s, "select 1")
		info, err := os.Lstat(s.link)
		check(t, err)
		if info.Mode()&os.ModeSymlink == 0 || len(s.link) > 60 {
			t.Errorf("%s %v", s.link, info.Mode())
		}
		check(t, os.Remove(s.link)) // as cleaners of temporary folders do
		eventually(t, 5*time.Second, "the link is back", func() bool { _, err := try(s, "select 1"); return err == nil })
		check(t, s.Close())
		if _, err := os.Lstat(s.link); err == nil {
			t.Error("the link is left")
		}
		check(t, os.Symlink("/somewhere/else", s.link))
		wants(t, refused(t, dir), s.link, "Remove that")
		check(t, os.Remove(s.link))
	}
}

func TestOtherMajorVersionSaysWhatToDo(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	for version, words := range map[string][]string{
		"14":   {"made by PostgreSQL 14", "needs 15 or newer", "load it into a new folder"},
		"99":   {"made by PostgreSQL 99; found PostgreSQL ", "Install PostgreSQL 99"},
		"junk": {"holds no PostgreSQL data", "PERSONAE_DATABASE_DATA_DIR"},
	} {
		check(t, os.WriteFile(filepath.Join(dir, "postgres", "PG_VERSION"), []byte(version+"\n"), 0o600))
		wants(t, refused(t, dir), append(words, dir, "PERSONAE_DATABASE_DATA_DIR")...)
	}
	check(t, os.Remove(filepath.Join(dir, "postgres", "PG_VERSION")))
	wants(t, refused(t, dir), "holds no PostgreSQL data", "Move it away")
}

func TestNoBinariesNamesInstallCommand(t *testing.T) {
	t.Parallel()
	_, err := find(t.Context(), []string{t.TempDir(), "relative", ""}, 0)
	wants(t, fmt.Sprint(err), "no PostgreSQL is installed", "Install PostgreSQL 15 or newer with ",
		"PERSONAE_DATABASE_URL")
	old, new, same := fake(t, "14.2", "", ""), fake(t, "16.1", "", ""), fake(t, "16.9", "", "")
	_, err = find(t.Context(), []string{old}, 0)
	wants(t, fmt.Sprint(err), "only PostgreSQL 14", "too old", "Install PostgreSQL 15", "PERSONAE_DATABASE_URL")
	for want, major := range map[int]int{0: 16, 15: 15, 16: 16} {
		got, err := find(t.Context(), []string{old, fake(t, "15.18 (Debian 15.18-0+deb12u1)", "", ""), new, same}, want)
		if err != nil || got.major != major || major == 16 && got.dir != new {
			t.Errorf("%d: %v %v", want, got, err)
		}
	}
	for release, want := range map[string]string{
		"ID=debian\n": "apt-get install postgresql",
		"NAME=x\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n": "apt-get install postgresql",
		"ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"":      "dnf install postgresql-server",
		"ID=alpine\n": "apk add postgresql",
		"":            "package manager",
	} {
		wants(t, installCommand("linux", release), want)
	}
	wants(t, installCommand("darwin", ""), "brew install postgresql@17")
}

// fake makes binaries that say they are of a version and do as told.
func fake(t *testing.T, version, initdb, postgres string) string {
	t.Helper()
	dir := t.TempDir()
	for parent := dir; strings.HasPrefix(parent, os.TempDir()+"/"); parent = filepath.Dir(parent) {
		check(t, os.Chmod(parent, 0o755))
	}
	for name, script := range map[string]string{"initdb": initdb, "postgres": postgres} {
		script = fmt.Sprintf("#!/bin/sh\nif [ \"$1\" = --version ]; then echo 'postgres (PostgreSQL) %s'; exit; fi\n%s\n",
			version, script)
		check(t, os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755))
	}
	return dir
}

func TestNoAccountForRoot(t *testing.T) {
	t.Parallel()
	got, err := account(filepath.Join(t.TempDir(), "missing"), "no-such-account", "nor-this")
	if os.Geteuid() != 0 {
		if got != nil || err != nil {
			t.Errorf("%v %v", got, err)
		}
		return
	}
	wants(t, fmt.Sprint(err), "won’t run as root", "useradd --system no-such-account", "ordinary user")
}

func TestUnwritableFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	check(t, os.WriteFile(file, nil, 0o600))
	wants(t, refused(t, filepath.Join(file, "data")), "can’t be kept in "+file, "not a directory", "may write there",
		"PERSONAE_DATABASE_DATA_DIR")
	wants(t, refused(t, "/proc/personae"), "can’t be kept in /proc/personae", "PERSONAE_DATABASE_DATA_DIR")
}

func TestStartFailureShowsTheLog(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	wants(t, refused(t, dir, "shared_buffers=plenty"), "did not start", "postgres.log",
		`"shared_buffers": "plenty"`, "Put that right")
	full := fake(t, "99.1", `echo 'initdb: could not write: No space left on device'; exit 1`, "")
	wants(t, another(t, "serve", folder(t), nil, "PATH="+full).says(t), "error", "could not be made",
		"No space left on device", "Free some space")
	begin(t, dir)
}

func TestTheLogDoesNotGrowWhileNothingIsWrong(t *testing.T) {
	t.Parallel()
	s := begin(t, cluster(t))
	before, err := os.ReadFile(s.path(".log"))
	check(t, err)
	ask(t, s, "create table t as select 1 as n")
	ask(t, s, "checkpoint")
	after, err := os.ReadFile(s.path(".log"))
	check(t, err)
	if string(after) != string(before) {
		t.Errorf("it says more:\n%s", after[len(before):])
	}
}

func TestServerThatIsNeverReady(t *testing.T) {
	t.Parallel()
	hung := fake(t, "99.1", `for last; do :; done; echo 99 >"$2/PG_VERSION"`, `echo 'I think'; exec sleep 60`)
	began := time.Now()
	wants(t, another(t, "serve", folder(t), nil, "PATH="+hung+":"+os.Getenv("PATH"), "LOCALPG_WITHIN=1s").says(t), "error",
		"not ready after 1s", "I think")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestRecoveringServerGoesOn(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	s := begin(t, dir)
	text, err := os.ReadFile(s.path("/postmaster.pid"))
	check(t, err)
	recovering := strings.Replace(string(text), "ready   ", "starting", 1)
	check(t, os.WriteFile(s.path("/postmaster.pid"), []byte(recovering), 0o600))
	wants(t, another(t, "serve", dir, nil, "LOCALPG_WITHIN=1s").says(t), "error", "still recovering",
		"try again in a while")
	check(t, os.WriteFile(s.path("/postmaster.pid"), text, 0o600))
	ask(t, s, "select 1")
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	for _, within := range []time.Duration{0, 30 * time.Millisecond, 300 * time.Millisecond} {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		s, err := Start(ctx, dir, slog.New(slog.DiscardHandler))
		cancel()
		if err == nil {
			s.Close()
			t.Errorf("started in %v", within)
		} else {
			wants(t, err.Error(), "given up", "deadline exceeded")
		}
	}
	s := begin(t, dir)
	ask(t, s, "select 1")
}

func TestRemovedFolderIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	dir := cluster(t)
	s := begin(t, dir)
	check(t, os.RemoveAll(dir))
	check(t, s.Close())
	if left := servers(dir); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it was made again")
	}
}
