package postgres_test

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/access"
	"personae/internal/localpg"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// workSchedules is the environment variable with the database for which a process of this
// test takes the steps of schedules until it is killed.
const workSchedules = "PERSONAE_TEST_WORK_SCHEDULES"

// workOn takes whatever comes next as if its moment had come.
func workOn(url string) {
	ctx := context.Background()
	for ; ; time.Sleep(10 * time.Millisecond) {
		db, err := postgres.Open(ctx, url, postgres.Options{MaxConns: 4})
		if err != nil {
			continue
		}
		sql, err := pgxpool.New(ctx, url)
		for err == nil {
			var next *time.Time
			if err = sql.QueryRow(ctx, `select min(due_at) from schedules`).Scan(&next); err == nil && next != nil {
				_, err = db.RunSchedules(ctx, *next)
			} else {
				time.Sleep(5 * time.Millisecond)
			}
		}
		sql.Close()
		db.Close()
	}
}

// TestWhateverIsKilledEachStepOfAScheduleIsDoneExactlyOnce kills processes of PostgreSQL and
// of personae with SIGKILL, again and again, while two processes take steps. In the end all
// of them were taken, each in one transaction with its one event.
func TestWhateverIsKilledEachStepOfAScheduleIsDoneExactlyOnce(t *testing.T) {
	t.Parallel()
	k := newKilledSchedules(t)
	for round := range dbtest.Times(6, 500) {
		k.refill(t)
		k.progress(t, 3)
		if round%3 == 2 {
			k.killBackend(t)
		} else {
			k.killWorker(t, round%2)
		}
	}
	t.Logf("killed: %d times a process of personae, %d times one of PostgreSQL", k.workersKilled, k.backendsKilled)
	k.check(t)
}

// killedSchedules is a PostgreSQL of its own with schedules in two workspaces.
type killedSchedules struct {
	url                           string
	db                            *postgres.DB
	sql                           *pgxpool.Pool
	wards                         [2]proposing
	planned                       int // hours from now until the last schedule
	start                         time.Time
	workers                       [2]*exec.Cmd
	workersKilled, backendsKilled int
}

func newKilledSchedules(t *testing.T) *killedSchedules {
	t.Helper()
	var settings []string
	if runtime.GOOS == "linux" {
		settings = []string{"recovery_init_sync_method=syncfs"}
	}
	dir := must(os.MkdirTemp("", "personae-killed-"))(t)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	server := must(localpg.Start(t.Context(), dir, slog.New(slog.DiscardHandler), settings...))(t)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	k := &killedSchedules{url: server.URL(), start: time.Now()}
	k.db = must(postgres.Open(t.Context(), k.url, postgres.Options{MaxConns: 4}))(t)
	t.Cleanup(k.db.Close)
	must(k.db.Migrate(t.Context()))(t)
	k.sql = must(pgxpool.New(t.Context(), k.url))(t)
	t.Cleanup(k.sql.Close)
	d := &dbtest.Database{DB: k.db, SQL: k.sql, ServerSQL: k.sql, URL: k.url}
	user := d.User(t, access.NewUser{Email: "olga@example.com", Name: "Olga"})
	for i := range k.wards {
		id := must(k.db.AddWorkspace(t.Context(), "Harbor "+uuid.NewString(), "olga@example.com"))(t)
		p := proposing{Database: d, owner: d.Access(t, user, id)}
		p.first, p.other = d.NewPersona(t, p.owner, "First"), d.NewPersona(t, p.owner, "Other")
		k.wards[i] = p
	}
	for i := range k.workers {
		k.work(t, i)
	}
	t.Cleanup(func() {
		for i := range k.workers {
			k.stop(i)
		}
	})
	return k
}

// work starts a process that takes steps.
func (k *killedSchedules) work(t *testing.T, i int) {
	t.Helper()
	k.workers[i] = exec.Command(must(os.Executable())(t))
	k.workers[i].Env = append(os.Environ(), workSchedules+"="+k.url)
	if err := k.workers[i].Start(); err != nil {
		t.Fatal(err)
	}
}

func (k *killedSchedules) stop(i int) {
	_ = k.workers[i].Process.Kill()
	_ = k.workers[i].Wait()
}

// refill schedules switches, each of which ends before the next in either workspace, where few
// are left: one before what a process is at would be over, and skipped as missed. What was not
// answered is not asked for again: two at once would be in each other's way.
func (k *killedSchedules) refill(t *testing.T) {
	t.Helper()
	for _, p := range k.wards {
		open, err := k.db.OpenSchedules(t.Context(), p.owner)
		for left := len(open); err == nil && left < 6; left++ {
			k.planned++
			hour := time.Duration(k.planned) * time.Hour
			_, err := k.db.AddSchedule(t.Context(), p.owner, persona.ScheduleRequest{Kind: persona.ProposedSwitch,
				Persona: uuid.NullUUID{UUID: p.other.ID, Valid: true}, Start: k.start.Add(hour), End: k.start.Add(hour + 30*time.Minute)})
			if err != nil {
				break // killed meanwhile: it is there or not
			}
		}
	}
}

// progress waits until so many steps more were taken.
func (k *killedSchedules) progress(t *testing.T, steps int) {
	t.Helper()
	from := -1
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		var taken int
		err := k.sql.QueryRow(t.Context(), `select count(start_event) + count(end_event) from schedules`).Scan(&taken)
		switch {
		case err == nil && from < 0:
			from = taken
		case err == nil && taken >= from+steps:
			return
		case time.Now().After(deadline):
			t.Fatalf("no step is taken any more: %v", err)
		default:
			k.refill(t)
		}
	}
}

func (k *killedSchedules) killWorker(t *testing.T, i int) {
	t.Helper()
	k.stop(i)
	k.workersKilled++
	k.work(t, i)
}

// killBackend kills a process of PostgreSQL that takes a step.
func (k *killedSchedules) killBackend(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		var pid int
		if err := k.sql.QueryRow(t.Context(), `select pid from pg_stat_activity where application_name like 'personae %'
			and xact_start is not null and pid <> pg_backend_pid() limit 1`).Scan(&pid); err != nil {
			k.refill(t)
			continue
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err == nil {
			k.backendsKilled++
			return
		}
	}
	t.Fatal("no process takes a step")
}

// check has the rest done, and counts.
func (k *killedSchedules) check(t *testing.T) {
	t.Helper()
	for i := range k.workers {
		k.stop(i)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		var next *time.Time
		err := k.sql.QueryRow(t.Context(), `select min(due_at) from schedules`).Scan(&next)
		if err == nil && next == nil {
			break
		}
		if err == nil {
			_, err = k.db.RunSchedules(t.Context(), *next)
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	// What was open may be broken.
	db := must(postgres.Open(t.Context(), k.url, postgres.Options{MaxConns: 4}))(t)
	t.Cleanup(db.Close)
	k.sql.Reset()
	p := dbtest.Database{DB: db, SQL: k.sql}
	t.Logf("%d schedules", p.Count(t, `select count(*) from schedules`))
	var others string
	if err := k.sql.QueryRow(t.Context(), `select coalesce(string_agg(state || ' ' || coalesce(skipped_by, '') || ' ' || starts_at, ', '), '')
		from schedules where state <> 'done'`).Scan(&others); err != nil || others != "" {
		t.Errorf("schedules that are not done: %s, %v", others, err)
	}
	same(t, "steps without their one event, or with another", p.Count(t, `select count(*) from schedules s
		where array(select e.id from audit_events e where e.workspace_id = s.workspace_id and e.action = 'persona.default_set'
			and e.details->>'schedule' = s.id::text order by e.rev) <> array_remove(array[s.start_event, s.end_event], null)`), 0)
	same(t, "events whose one switch is not in the versions", p.Count(t, `select count(*) from audit_events e where e.details ? 'schedule'
		and e.action = 'persona.default_set' and 1 <> (select count(*) from persona_versions v where v.event_id = e.id and v.is_default)`), 0)
	p.Healthy(t)
}
