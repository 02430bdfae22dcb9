package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/access"
	"personae/internal/localpg"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestNothingAcknowledgedIsLostWhenPostgreSQLIsKilled kills processes of
// PostgreSQL with SIGKILL, again and again, while clients write. What was
// acknowledged must be there, once; what nobody knows of is there or not; and all
// of it must have one order, as in a model. No power is cut: what PostgreSQL
// wrote and the disk has not yet is left to fsync, which is on.
func TestNothingAcknowledgedIsLostWhenPostgreSQLIsKilled(t *testing.T) {
	t.Parallel()
	for name, victims := range map[string]func(context.Context, *pgx.Conn, string, int) ([]int, error){
		"one of its backends at work": func(ctx context.Context, conn *pgx.Conn, _ string, _ int) ([]int, error) {
			rows, _ := conn.Query(ctx, `select pid from pg_stat_activity where application_name like 'personae %' and xact_start is not null order by random() limit 1`)
			return pgx.CollectRows(rows, pgx.RowTo[int])
		},
		"its first process, and every other time the others with it": func(ctx context.Context, conn *pgx.Conn, dir string,
			round int) ([]int, error) {
			pid, err := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
			if err != nil {
				return nil, err
			}
			line, _, _ := strings.Cut(string(pid), "\n")
			first, err := strconv.Atoi(line)
			if err != nil {
				return nil, err
			}
			rows, _ := conn.Query(ctx, `select pid from pg_stat_activity where $1 and pid <> pg_backend_pid()`, round%2 == 1)
			others, err := pgx.CollectRows(rows, pgx.RowTo[int])
			return append([]int{first}, others...), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, err := os.MkdirTemp("", "personae-killed-")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.RemoveAll(dir) })
			var settings []string
			if runtime.GOOS == "linux" {
				settings = []string{"recovery_init_sync_method=syncfs"} // one call instead of one for each file
			}
			server := must(localpg.Start(t.Context(), dir, slog.New(slog.DiscardHandler), settings...))(t)
			t.Cleanup(func() {
				if err := server.Close(); err != nil {
					t.Error(err)
				}
			})
			killing := newUnderLoad(t, server.URL())
			killing.load(t, func() {
				for round := range dbtest.Times(20, 500) {
					killing.kill(t, func(ctx context.Context, conn *pgx.Conn) ([]int, error) { return victims(ctx, conn, dir, round) })
				}
			})
			killing.check(t)
		})
	}
}

// underLoad is a PostgreSQL of its own whose processes are killed.
type underLoad struct {
	url   string
	sql   *pgxpool.Pool
	db    *postgres.DB
	wards []*ward
	clock atomic.Int64
	done  atomic.Int64 // changes that were acknowledged
}

func newUnderLoad(t *testing.T, url string) *underLoad {
	t.Helper()
	m := &underLoad{url: url}
	db := must(postgres.Open(t.Context(), url, postgres.Options{MaxConns: 8}))(t)
	t.Cleanup(db.Close)
	must(db.Migrate(t.Context()))(t)
	m.db = noted(t, db, 8)
	m.sql = must(pgxpool.New(t.Context(), url))(t)
	t.Cleanup(m.sql.Close)
	user := must(db.AddUser(t.Context(), access.NewUser{Email: "olga@example.com", Name: "Olga"}))(t)
	for n := range 3 {
		id := must(db.AddWorkspace(t.Context(), fmt.Sprint("Workspace ", n), "olga@example.com"))(t)
		a := (&dbtest.Database{DB: db}).Access(t, user, id)
		m.wards = append(m.wards, must(newWard(t.Context(), m.sql, a, uuid.New(), uuid.New()))(t))
	}
	return m
}

// load lets clients write until during returns.
func (m *underLoad) load(t *testing.T, during func()) {
	t.Helper()
	var clients sync.WaitGroup
	var over atomic.Bool
	for range 8 {
		clients.Go(func() {
			for !over.Load() {
				w := m.wards[rand.IntN(len(m.wards))]
				got, known := w.ask(t.Context(), m.db, &m.clock, w.board.choose(kinds[rand.IntN(len(kinds))], rand.IntN))
				switch {
				case !known:
					time.Sleep(50 * time.Millisecond)
				case got.Refused == "":
					m.done.Add(1)
				}
			}
		})
	}
	defer clients.Wait()
	defer over.Store(true)
	during()
}

// kill waits until clients have written anew, and kills while they write.
func (m *underLoad) kill(t *testing.T, victims func(context.Context, *pgx.Conn) ([]int, error)) {
	t.Helper()
	enough := m.done.Load() + 20
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Duration(rand.IntN(10)) * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing is written any more")
		}
		if m.done.Load() < enough {
			continue
		}
		conn, err := pgx.Connect(t.Context(), m.url)
		if err != nil {
			continue
		}
		pids, err := victims(t.Context(), conn)
		if err == nil && len(pids) > 0 {
			for i, pid := range pids {
				if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && i == 0 {
					t.Errorf("it could not be killed: %v", err)
				}
			}
			m.wait(t, conn)
			return
		}
		_ = conn.Close(t.Context())
	}
}

// wait waits until a connection notices that its server has died.
func (m *underLoad) wait(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		if _, err := conn.Exec(t.Context(), `select 1`); err != nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the server goes on")
		}
	}
}

// check looks at what is there in the end, and shows that it would see a client
// which claims what it was never told.
func (m *underLoad) check(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		var busy int
		err := m.sql.QueryRow(t.Context(), `select count(*) from pg_stat_activity where application_name like 'personae %' and xact_start is not null`).Scan(&busy)
		if err == nil && busy == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d are at work in the end, %v", busy, err)
		}
	}
	count := tally{done: map[kind]int{}, refused: map[kind]int{}}
	count.add(m.wards)
	t.Logf("done: %v; refused: %v; not answered: %d", count.done, count.refused, count.unknown)
	cutOff, applied := 0, 0
	for _, w := range m.wards {
		r := must(readBack(t.Context(), m.sql, w.access.Workspace()))(t)
		if wrong := w.violation(r); wrong != "" {
			t.Error(wrong)
			continue
		}
		there := map[uuid.UUID]bool{}
		for _, e := range r.events {
			there[e.id] = true
		}
		for _, a := range w.asked {
			switch {
			case !a.unknown || len(a.events) == 0:
			case there[a.events[0]]:
				applied++
			default:
				cutOff++
				told, ended := a.got, a.ended
				a.unknown, a.ended, a.got = false, m.clock.Add(1), answer{Personas: []seen{{ID: uuid.New(), Version: 1}, {}}}
				if wrong := w.violation(r); !strings.Contains(wrong, "acknowledged and lost") {
					t.Errorf("a client that claims what it was never told: %q", wrong)
				}
				a.unknown, a.ended, a.got = true, ended, told
			}
		}
	}
	t.Logf("of those not answered, %d were done and %d were not", applied, cutOff)
	if cutOff == 0 {
		t.Error("nothing was cut off: it is not shown that a loss would be seen")
	}
}
