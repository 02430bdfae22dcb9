package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/llmtest"
	"personae/internal/testing/logtest"
)

// asServer in the environment makes the test binary personae itself.
const asServer = "TEST_BINARY_IS_PERSONAE"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) == "" {
		dbtest.Main(m)
	}
	go func() { // it ends with the tests, however they end
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(3)
	}()
	main()
}

// deaths are the moments between each two steps of inbound → draft → store.
func deaths() []stop {
	const insertDraft, store = "insert into drafts", "update drafts set state = 'waiting'"
	all := []stop{
		{name: "with the message and no draft in the open transaction",
			sql: insertDraft, sees: "0 messages"},
		{name: "with the draft and no job in the open transaction",
			sql: "JobInsert", within: insertDraft, sees: "0 messages"},
		{name: "before the message is committed",
			sql: "commit", within: insertDraft, sees: "0 messages"},
		// a worker may be at it
		{name: "when it is committed and the sender not answered",
			sql: "commit", within: insertDraft, done: true, sees: "1 messages"},
		{name: "before the job is fetched",
			sql: "JobGetAvailable", with: river.QueueDefault, accepted: true, sees: "1 messages, draft making, job available"},
		{
			name:     "when the job is fetched and nobody knows",
			sql:      "JobGetAvailable",
			with:     river.QueueDefault,
			done:     true,
			accepted: true,
			sees:     "1 messages, draft making, job running",
		},
		{name: "before it is read what to draft",
			sql: "select d.state = 'making'", accepted: true, sees: "1 messages, draft making, job running"},
		{name: "when it is read what to draft",
			sql: "select d.state = 'making'", done: true, accepted: true, sees: "1 messages, draft making, job running"},
		{name: "while the model thinks",
			accepted: true, sees: "1 messages, draft making, job running"},
		{name: "with the model's answer, before it is stored",
			sql: store, accepted: true, sees: "1 messages, draft making, job running"},
		{name: "with the draft stored in the open transaction",
			sql: "commit", within: store, accepted: true, sees: "1 messages, draft making, job running"},
		{name: "when it is stored and the worker does not know",
			sql: "commit", within: store, done: true, accepted: true, sees: "1 messages, draft waiting, job running"},
		{name: "before River hears that the job is done",
			sql: "JobSetState", accepted: true, sees: "1 messages, draft waiting, job running"},
		{name: "when River has heard and the worker does not know",
			sql: "JobSetState", done: true, accepted: true, sees: "1 messages, draft waiting, job completed"},
	}
	for range 10 {
		all = append(all, stop{name: "at some moment", some: true})
	}
	return all
}

// TestKilledAnywhereEachMessageHasOneDraft kills the server with SIGKILL in each
// of these moments. What was not answered is sent again to the next server, as
// docs/operating.md says.
func TestKilledAnywhereEachMessageHasOneDraft(t *testing.T) {
	t.Parallel()
	const servers = 4
	kills := dbtest.Times(24, 500)
	for n := range servers {
		t.Run(fmt.Sprint("server ", n), func(t *testing.T) {
			t.Parallel()
			k := newKilling(t)
			moments := deaths()
			k.start()
			for i := n; i < kills && !t.Failed(); i += servers {
				k.round(moments[i%len(moments)])
			}
			k.end()
		})
	}
}

// killing is a server that is killed again and again, and what it is to have
// done by then.
type killing struct {
	*dbtest.Database
	t       *testing.T
	proxy   *proxy
	env     []string
	ws      postgres.Access
	secret  string
	before  string // the tables that no reader changes
	process *exec.Cmd
	url     string
	since   string // when the process was started, by PostgreSQL's clock
	log     *logtest.Log
	rounds  int

	mu       sync.Mutex
	thinking func() // what the model does with its next question; nil: it answers
	drafts   map[string]uuid.UUID
}

func newKilling(t *testing.T) *killing {
	d := dbtest.New(t)
	k := &killing{Database: d, t: t, proxy: newProxy(t, d), log: &logtest.Log{}, drafts: map[string]uuid.UUID{}}
	model := llmtest.Start(t, func(w http.ResponseWriter, r *http.Request, a llmtest.Asked) {
		k.mu.Lock()
		held := k.thinking
		k.thinking = nil
		k.mu.Unlock()
		if held != nil {
			held()
			<-r.Context().Done()
			return
		}
		llmtest.Answer("It depends.")(w, r, a)
	}).LLM()
	serverURL, err := postgres.URLFor(k.proxy.url, postgres.ServerRole)
	if err != nil {
		t.Fatal(err)
	}
	k.env = append(modelSettings(model), asServer+"=1", "PATH="+os.Getenv("PATH"), "PERSONAE_SERVER_ADDR=127.0.0.1:0",
		"PERSONAE_DATABASE_URL="+serverURL, "PERSONAE_DATABASE_OWNER_URL="+d.URL)
	k.ws, k.secret = workspaceWithHook(t, d, "Harbor")
	d.NewPersona(t, k.ws, "Default")
	d.NewPersona(t, k.ws, "Other")
	// A lead with a score, so that every job is a draft's.
	d.Exec(t, `with l as (insert into leads (workspace_id, external_id, first_name) values ($1, 'liv', 'Liv') returning id)
		insert into scores (workspace_id, lead_id, fit, intent, overall, reason, scored_by, settings_version)
		select $1, id, 2, 2, 2, 'x', 'rules:v1', 0 from l`, k.ws.Workspace())
	k.start() // makes the session key
	k.kill()
	k.before = d.Snapshot(t, dbtest.Readers()...)
	t.Cleanup(func() {
		k.kill()
		for _, bad := range []string{"DATA RACE", "panic:", "level=ERROR"} {
			if strings.Contains(k.log.String(), bad) {
				t.Errorf("a server says %s:\n%s", bad, k.log)
			}
		}
	})
	return k
}

// start starts a server and waits until it is ready.
func (k *killing) start() {
	k.t.Helper()
	if err := k.SQL.QueryRow(k.t.Context(), `select clock_timestamp()::text`).Scan(&k.since); err != nil {
		k.t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	k.process = exec.Command(program, "serve")
	k.process.Dir, k.process.Env, k.process.Stderr = k.t.TempDir(), k.env, k.log
	if _, err := k.process.StdinPipe(); err != nil {
		k.t.Fatal(err)
	}
	out, err := k.process.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := k.process.Start(); err != nil {
		k.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ready := strings.CutPrefix(strings.TrimSpace(line), "personae is ready: ")
	if err != nil || !ready {
		k.t.Fatalf("%v: %s%s", err, line, k.log)
	}
	k.url = url
}

func (k *killing) kill() {
	_ = k.process.Process.Kill()
	_ = k.process.Wait()
	k.proxy.release()
}

// send sends a message as its sender does, and notes the draft's id. It reports
// whether an answer came.
func (k *killing) send(externalID string) bool {
	body, err := json.Marshal(map[string]any{
		"externalId": externalID, "channel": "email", "body": "What does it cost?", "sentAt": time.Now(),
		"lead": map[string]string{"externalId": "liv"},
	})
	if err != nil {
		k.t.Error(err)
		return false
	}
	request := inbound(k.t, k.url, k.ws.Workspace(), k.secret, string(body))
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := k.drafts[externalID]; !known {
		k.drafts[externalID] = uuid.Nil
	}
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	var got struct{ Data struct{ DraftID uuid.UUID } }
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		return false
	}
	if response.StatusCode != http.StatusAccepted || got.Data.DraftID == uuid.Nil {
		k.t.Errorf("status %d", response.StatusCode)
		return false
	}
	if first := k.drafts[externalID]; first != uuid.Nil && first != got.Data.DraftID {
		k.t.Errorf("%s had the draft %s, and now %s", externalID, first, got.Data.DraftID)
	}
	k.drafts[externalID] = got.Data.DraftID
	return true
}

// round sends messages, kills the server in this moment and lets the next one
// finish what was begun.
func (k *killing) round(at stop) {
	k.t.Helper()
	at.reached = make(chan struct{})
	k.await(&at)
	ids := make([]string, 1)
	if at.some {
		ids = make([]string, 8)
	}
	var sending sync.WaitGroup
	for i := range ids {
		ids[i] = uuid.NewString()
		sending.Go(func() {
			if !k.send(ids[i]) && at.accepted {
				k.t.Errorf("%s: the message is not taken", at.name)
			}
		})
	}
	select {
	case <-at.reached:
	case <-time.After(30 * time.Second):
		k.t.Fatalf("%s: it never came to this\n%s", at.name, k.log)
	}
	if at.accepted {
		sending.Wait()
	}
	if !at.some {
		k.isSeen(at, ids[0])
	}
	k.kill()
	sending.Wait()
	k.restart(at, ids)
	k.finished(at.name)
}

// await has the next server stop there, which closes at.reached.
func (k *killing) await(at *stop) {
	switch {
	case at.some:
		// By then the most of it is done.
		time.AfterFunc(time.Duration(rand.IntN(700))*time.Millisecond, func() { close(at.reached) })
	case at.sql == "":
		k.mu.Lock()
		k.thinking = sync.OnceFunc(func() { close(at.reached) })
		k.mu.Unlock()
	default:
		k.proxy.arm(at)
	}
}

// isSeen fails unless others see this of a message at the moment of the stop.
func (k *killing) isSeen(at stop, id string) {
	k.t.Helper()
	var sees string
	if err := k.SQL.QueryRow(k.t.Context(), `select count(m.id) || ' messages' ||
			coalesce(', draft ' || max(d.state) || ', job ' || max(j.state::text), '')
		from messages m left join drafts d on d.message_id = m.id
		left join river.river_job j on j.args->>'draft' = d.id::text where m.external_id = $1`, id).Scan(&sees); err != nil {
		k.t.Fatal(err)
	}
	if !strings.HasPrefix(sees, at.sees) {
		k.t.Errorf("%s, others see %s, not %s", at.name, sees, at.sees)
	}
}

// restart starts the next server and lets it finish what the last one began, sending
// the messages with these ids again.
func (k *killing) restart(at stop, ids []string) {
	k.t.Helper()
	// What the dead have asked for may still be under way, such as the fetch of a job.
	k.none(`select count(*) from pg_stat_activity where datname = current_database()
		and application_name like 'personae %' and backend_start >= '` + k.since + `'`)
	rows, _ := k.SQL.Query(k.t.Context(), `select id from river.river_job where state = 'running'`)
	orphans, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		k.t.Fatal(err)
	}
	k.start()
	// River hands the jobs of the dead to somebody else after a minute. Here it is
	// either at once, beside those that the server's first sweep has added for
	// them, or when these are done.
	inherit := func() {
		k.Exec(k.t, `update river.river_job set state = 'available' where id = any($1) and state = 'running'`, orphans)
	}
	if k.rounds++; k.rounds%2 == 0 {
		inherit()
	}
	for _, id := range ids {
		if !k.send(id) {
			k.t.Errorf("%s: the message is not taken by the next server", at.name)
		}
	}
	k.none(`select count(*) from drafts where state <> 'waiting'`)
	inherit()
}

// none waits until sql counts none.
func (k *killing) none(sql string) {
	k.t.Helper()
	left := -1
	for deadline := time.Now().Add(30 * time.Second); left != 0; time.Sleep(5 * time.Millisecond) {
		if left = k.Count(k.t, sql); left != 0 && time.Now().After(deadline) {
			k.t.Fatalf("%d are left: %s\n%s", left, sql, k.log)
		}
	}
}

// finished fails unless every message that was ever sent gets its one draft.
func (k *killing) finished(moment string) {
	k.t.Helper()
	k.none(`select count(*) from river.river_job where state <> 'completed'`)
	for sql, want := range map[string]int{
		`select count(*) from messages`: len(k.drafts),
		`select count(*) from drafts`:   len(k.drafts),
		`select count(*) from drafts where state = 'waiting' and version = 1 and source = 'default'`: len(k.drafts),
		`select count(*) from draft_versions where body like E'Hello from Default\n\nIt depends.%'`:  len(k.drafts),
		`select count(*) from draft_versions`:                                                        len(k.drafts),
		`select count(*) from leads`:                                                                 1,
		`select count(*) from scores`:                                                                1,
		`select count(*) from river.river_job where kind in ('score', 'deliver', 'notice', 'erase')`: 0,
	} {
		if got := k.Count(k.t, sql); got != want {
			k.t.Errorf("killed %s: %d, want %d: %s", moment, got, want, sql)
		}
	}
	for external, draft := range k.drafts {
		if n := k.Count(k.t, `select count(*) from drafts d join messages m on m.id = d.message_id
			where m.external_id = $1 and d.id = $2`, external, draft); n != 1 {
			k.t.Errorf("killed %s: the sender was sent another draft", moment)
		}
	}
}

// end stops the last server as an operator does.
func (k *killing) end() {
	k.t.Helper()
	_ = k.process.Process.Signal(syscall.SIGTERM)
	if err := k.process.Wait(); err != nil {
		k.t.Errorf("the last server ends with %v\n%s", err, k.log)
	}
	k.finished("for the last time")
	if after := k.Snapshot(k.t, dbtest.Readers()...); after != k.before {
		k.t.Errorf("something else changed; before:\n%s\nafter:\n%s", k.before, after)
	}
}
