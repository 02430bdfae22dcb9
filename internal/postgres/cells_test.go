package postgres_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/webhook"
)

// TestCellsDoNotNeedEachOther is the design of docs/scale.md in small: three PostgreSQL
// servers have workspaces of their own, and a directory says which has one. They work at
// once, one of them is killed, and a workspace moves from one to the next under load.
func TestCellsDoNotNeedEachOther(t *testing.T) {
	t.Parallel()
	s := newServers(t, 3)
	cells := newCells(t, s)
	dir := &directory{cells: map[uuid.UUID]*cell{}}
	var tenants []*tenant
	for _, c := range cells {
		for n := range 3 {
			tenants = append(tenants, dir.settle(t, c, c.Workspace(t, fmt.Sprint("Workspace ", c.n, "-", n))))
		}
	}
	of := func(c *cell) []*tenant {
		return slices.DeleteFunc(slices.Clone(tenants), func(w *tenant) bool { return dir.find(w.access.Workspace()) != c })
	}

	for _, c := range cells {
		measure(t, fmt.Sprint("cell ", c.n, " alone"), dir, of(c))
	}
	measure(t, "all three", dir, tenants)

	for range dbtest.Times(1, 20) {
		victim := cells[rand.N(len(cells))]
		dir.busy(t, tenants, 1, func() {
			for _, w := range tenants {
				w.goesOn(t, 5)
			}
			s.kill(victim.n)
			for _, w := range tenants {
				if dir.find(w.access.Workspace()) != victim {
					w.goesOn(t, 10)
				}
			}
			victim.start(s)
			for _, w := range of(victim) {
				w.goesOn(t, 5)
			}
		})
		away := map[bool]int{}
		for _, w := range tenants {
			away[dir.find(w.access.Workspace()) == victim] += w.away
			w.away = 0
		}
		if away[true] == 0 || away[false] > 0 {
			t.Errorf("failed at the cell that was killed: %d; at the others: %d", away[true], away[false])
		}
	}

	for range dbtest.Times(1, 50) {
		mover := dir.settle(t, cells[0], lived(t, cells[0]))
		tenants = append(tenants, mover)
		for n, step := range []string{"active", "done"} {
			from, to := cells[n], cells[n+1]
			dir.busy(t, []*tenant{mover}, 4, func() {
				mover.goesOn(t, 10)
				dir.moved(t, mover, from, to)
				mover.goesOn(t, 10)
			})
			// What is to come at a moment comes in the cell that it has moved to.
			must(to.RunSchedules(t.Context(), time.Now().Add(time.Duration(n+1)*time.Hour+time.Minute)))(t)
			same(t, step, to.Count(t, `select count(*) from schedules where workspace_id = $1 and state = $2`, mover.access.Workspace(), step), 1)
		}
	}
	for _, c := range cells {
		c.Healthy(t)
	}
	for _, w := range tenants {
		w.check(t, dir.find(w.access.Workspace()), cells)
	}
}

// TestAMoveTellsWhatItLost takes from each table a row on its way, and leaves out the people
// to whom rows refer.
func TestAMoveTellsWhatItLost(t *testing.T) {
	t.Parallel()
	from, to := &cell{Database: dbtest.New(t)}, &cell{Database: dbtest.New(t)}
	a := lived(t, from)
	tables, lost := must(tablesOf(t.Context(), from.SQL))(t), 0
	for _, n := range rand.Perm(len(tables)) {
		name := tables[n].name
		if from.Count(t, `select count(*) from `+name+` where `+tables[n].key+` = $1`, a.Workspace()) == 0 {
			continue
		}
		err := moveWorkspace(t.Context(), a.Workspace(), from, to, func(on string, rows []byte) []byte {
			if _, rest, _ := bytes.Cut(rows, []byte("\n")); on == name {
				return rest
			}
			return rows
		}, func() {})
		if err == nil {
			t.Fatalf("a row of %s was lost, and nobody noticed", name)
		}
		if lost++; lost == dbtest.Times(5, len(tables)) {
			break
		}
	}
	if lost < 5 {
		t.Errorf("%d tables had rows", lost)
	}
	err := moveWorkspace(t.Context(), a.Workspace(), from, to, func(on string, rows []byte) []byte {
		if on == "users" {
			return nil
		}
		return rows
	}, func() {})
	if err == nil || !strings.Contains(err.Error(), "refer to nothing") {
		t.Errorf("without its people: %v", err)
	}
	same(t, "it stays", must(from.Operate(t.Context(), a.Workspace()))(t).Workspace(), a.Workspace())
	from.Healthy(t)
}

// cell is a PostgreSQL server with whole workspaces.
type cell struct {
	*dbtest.Database
	n int
}

// newCells starts the servers, each with a migrated database.
func newCells(t *testing.T, s *servers) []*cell {
	t.Helper()
	cells := make([]*cell, len(s.nodes))
	for n := range cells {
		cells[n] = &cell{n: n}
	}
	s.initdb(0)
	cells[0].start(s)
	if err := s.exec(0, `create database personae`); err != nil {
		t.Fatal(err)
	}
	if err := dbtest.Migrate(t.Context(), s.url(0, "personae")); err != nil {
		t.Fatal(err)
	}
	s.stop(0)
	for n := 1; n < len(cells); n++ {
		if out, err := exec.CommandContext(t.Context(), "cp", "-a", s.data(0), s.data(n)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for n, c := range cells {
		c.start(s)
		c.Database = dbtest.Open(t, s.url(n, "personae"))
	}
	return cells
}

func (c *cell) start(s *servers) { s.start(c.n, "max_connections=60", "jit=off") }

// lived adds a workspace in which all kinds of things have happened.
func lived(t *testing.T, c *cell) postgres.Access {
	t.Helper()
	ctx, a := t.Context(), c.Lived(t, "Harbor Analytics")
	secret := "whsec_" + strings.Repeat("x", 60)
	hash := sha256.Sum256([]byte(uuid.NewString()))
	must(c.AddWebhook(ctx, a, webhook.Choice{URL: "https://example.com/hook", Events: []string{webhook.DraftFailed}}, secret))(t)
	must(c.CreateToken(ctx, a, access.NewToken{Name: "Sender", Scope: access.TokenSend, Days: 30, Hash: hash[:]}))(t)
	other := c.NewPersona(t, a, "Ada")
	must(c.Propose(ctx, a, persona.Suggestion{Kind: persona.ProposedSwitch, Persona: uuid.NullUUID{UUID: other.ID, Valid: true}}))(t)
	must(c.AddSchedule(ctx, a, persona.ScheduleRequest{Kind: persona.ProposedAssignment, Campaign: c.NewCampaign(t, a, "Fair"),
		Persona: uuid.NullUUID{UUID: other.ID, Valid: true}, Start: time.Now().Add(time.Hour), End: time.Now().Add(2 * time.Hour)}))(t)
	c.Member(t, a.Workspace(), c.User(t, access.NewUser{Name: "Mia Member"}), access.Member)
	c.Exec(t, `insert into notice_choices (workspace_id, user_id, event) select workspace_id, user_id, 'persona.default_changed' from members where workspace_id = $1`, a.Workspace())
	// The latest is added first, so that nothing but their numbers tells their order.
	c.Exec(t, `insert into webhook_deliveries (workspace_id, webhook_id, event, about, data) select workspace_id, id, 'ping', 'x', '{}' from webhooks where workspace_id = $1`, a.Workspace())
	c.Exec(t, `insert into webhook_tries (workspace_id, delivery_id, at, status) select d.workspace_id, d.id, now() - n * interval '1 minute', 500
		from webhook_deliveries d, generate_series(1, 5) n where d.workspace_id = $1`, a.Workspace())
	c.Exec(t, `update personas set seq = default where workspace_id = $1 and name = 'Default'`, a.Workspace())
	return a
}

// directory says which cell has a workspace; nil: it moves, so whoever asks comes back.
type directory struct {
	sync.RWMutex
	cells map[uuid.UUID]*cell
}

func (d *directory) find(workspace uuid.UUID) *cell {
	d.RLock()
	defer d.RUnlock()
	return d.cells[workspace]
}

func (d *directory) name(workspace uuid.UUID, c *cell) {
	d.Lock()
	defer d.Unlock()
	d.cells[workspace] = c
}

// settle names the cell of a workspace, and gives it what its clients need.
func (d *directory) settle(t *testing.T, c *cell, a postgres.Access) *tenant {
	t.Helper()
	d.name(a.Workspace(), c)
	c.Inbox(t, a)
	w := &tenant{access: a, switched: map[uuid.UUID]bool{}}
	for _, name := range []string{"Beatrice", "Carla", "Dora"} {
		w.personas = append(w.personas, c.NewPersona(t, a, name).ID)
	}
	return w
}

// tenant is a workspace, and what its clients were told.
type tenant struct {
	access   postgres.Access
	personas []uuid.UUID

	sync.Mutex
	switched map[uuid.UUID]bool // events
	received []string           // external ids
	later    int                // answers that it moves
	away     int                // answers that the database is away
	wrong    []error
}

// work switches the default and, every fourth time, sends a message until it is taken.
func (w *tenant) work(ctx context.Context, d *directory) {
	for n, message := 0, uuid.NewString(); ctx.Err() == nil; {
		at := d.find(w.access.Workspace())
		if at == nil {
			w.note(func() { w.later++ })
			time.Sleep(10 * time.Millisecond)
			continue
		}
		var err error
		if n%4 < 3 {
			err = w.change(ctx, at)
		} else if err = w.send(ctx, at, message); err == nil {
			message = uuid.NewString()
		}
		switch {
		case err == nil:
			n++
			continue
		case ctx.Err() != nil:
		case at != d.find(w.access.Workspace()): // whatever it says, it is not the one to ask any more
			w.note(func() { w.later++ })
		case errors.Is(err, persona.ErrUnavailable):
			w.note(func() { w.away++ })
		default:
			w.note(func() { w.wrong = append(w.wrong, err) })
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (w *tenant) change(ctx context.Context, at *cell) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	done, err := at.SetDefault(ctx, w.access, w.personas[rand.N(len(w.personas))])
	if err == nil && done.Event != uuid.Nil {
		w.note(func() { w.switched[done.Event] = true })
	}
	return err
}

func (w *tenant) send(ctx context.Context, at *cell, id string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	inbox, err := at.VisitInbox(ctx, w.access.Workspace(), func(string) bool { return true })
	if err != nil {
		return err
	}
	got, err := at.Receive(ctx, inbox, dbtest.Inbound(id))
	if err == nil && got.Why != "" {
		err = errors.New(got.Why)
	}
	if err == nil {
		w.note(func() { w.received = append(w.received, id) })
	}
	return err
}

func (w *tenant) note(what func()) {
	w.Lock()
	defer w.Unlock()
	what()
}

func (w *tenant) done() int {
	w.Lock()
	defer w.Unlock()
	return len(w.switched)
}

// goesOn waits until so many more switches are confirmed.
func (w *tenant) goesOn(t *testing.T, more int) {
	t.Helper()
	enough := w.done() + more
	for deadline := time.Now().Add(time.Minute); w.done() < enough; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing is written any more: %v", w.wrong)
		}
	}
}

// check looks at what was confirmed: it is in one cell, once.
func (w *tenant) check(t *testing.T, home *cell, cells []*cell) {
	t.Helper()
	for _, err := range w.wrong {
		t.Errorf("a client was told something else than to come back: %v", err)
	}
	events := slices.Collect(maps.Keys(w.switched))
	for _, c := range cells {
		there, taken := len(events), len(w.received)
		if c != home {
			there, taken = 0, 0
		}
		same(t, "confirmed switches", c.Count(t, `select count(*) from audit_events where id = any($1)`, events), there)
		same(t, "messages", c.Count(t, `select count(*) from messages where external_id = any($1)`, w.received), taken)
		if c == home {
			continue
		}
		for _, table := range must(tablesOf(t.Context(), c.SQL))(t) {
			same(t, "left in "+table.name, c.Count(t, `select count(*) from `+table.name+` where `+table.key+` = $1`, w.access.Workspace()), 0)
		}
	}
}

// busy has so many clients of each workspace work until during returns.
func (d *directory) busy(t *testing.T, tenants []*tenant, clients int, during func()) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, w := range tenants {
		for range clients {
			all.Go(func() { w.work(ctx, d) })
		}
	}
	defer all.Wait()
	defer stop()
	during()
}

// measure tells how many switches a second the clients of workspaces are told of, and
// fails where those of one are told of none.
func measure(t *testing.T, what string, d *directory, tenants []*tenant) {
	t.Helper()
	before := make(map[*tenant]int)
	for _, w := range tenants {
		before[w] = w.done()
	}
	since := time.Now()
	d.busy(t, tenants, 2, func() {
		time.Sleep(time.Duration(dbtest.Times(300, 10_000)) * time.Millisecond)
		for _, w := range tenants {
			w.goesOn(t, 1)
		}
	})
	rates := map[int]float64{}
	for _, w := range tenants {
		rates[d.find(w.access.Workspace()).n] += float64(w.done()-before[w]) / time.Since(since).Seconds()
	}
	for _, n := range slices.Sorted(maps.Keys(rates)) {
		t.Logf("%s: %.0f switches a second in cell %d", what, rates[n], n)
	}
}

// moved moves a workspace under its clients, has it erased where it was as any other, and its
// jobs begun again where it is.
func (d *directory) moved(t *testing.T, w *tenant, from, to *cell) {
	t.Helper()
	ws := w.access.Workspace()
	d.name(ws, nil)
	since, rows, size := time.Now(), 0, 0
	err := moveWorkspace(t.Context(), ws, from, to, func(_ string, r []byte) []byte {
		rows, size = rows+bytes.Count(r, []byte("\n")), size+len(r)
		if _, err := from.Persona(t.Context(), w.access, w.personas[0]); err != nil {
			t.Errorf("it is not read while it moves: %v", err)
		}
		return r
	}, func() { d.name(ws, to) })
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(since).Round(time.Millisecond)
	w.note(func() {
		t.Logf("%d rows, %d bytes moved in %v; %d times a client was told to come back, so far", rows, size, took, w.later)
	})
	for must(from.EraseRows(t.Context(), postgres.EraseJob{Workspace: ws}))(t) > 0 {
	}
	for must(to.Sweep(t.Context(), 0))(t) != (postgres.Swept{}) { // its jobs stayed behind
	}
	same(t, "drafts without a job", to.Count(t, `select count(*) from drafts d where workspace_id = $1 and state = 'making'
		and not exists (select from river.river_job j where j.kind = 'draft' and j.args->>'draft' = d.id::text)`, ws), 0)
}

// table is a table with rows of workspaces.
type table struct {
	name, key string // key is the column of the workspace
	columns   string // what is copied: all but what PostgreSQL makes
	order     string // of rows: by number, where they are numbered
}

// rows selects those of a workspace.
func (b table) rows(workspace uuid.UUID) string {
	return fmt.Sprintf(`copy (select %s from %s r where %s = '%s' order by %s) to stdout`, b.columns, b.name, b.key, workspace, b.order)
}

// tablesOf reads the catalogue, so that a table that is new comes along.
func tablesOf(ctx context.Context, sql interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
}) ([]table, error) {
	rows, err := sql.Query(ctx, `
		select quote_ident(c.relname), case c.relname when 'workspaces' then 'id' else 'workspace_id' end,
			string_agg(quote_ident(a.attname), ', ' order by a.attnum) filter (where a.attgenerated = '' and a.attidentity = ''),
			coalesce(max(quote_ident(a.attname)) filter (where a.attidentity <> ''), 'r::text collate "C"')
		from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'workspace_erasures'
		group by c.relname having bool_or(a.attname = 'workspace_id') or c.relname = 'workspaces' order by c.relname`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (b table, err error) {
		return b, row.Scan(&b.name, &b.key, &b.columns, &b.order)
	})
}

// moveWorkspace takes a workspace to another cell: nobody writes to it any more, its rows are copied and
// compared, name has the directory name the new cell, and it is left to be erased at the old one. Each
// table's rows pass through spoil. Where it fails, nothing has changed.
func moveWorkspace(ctx context.Context, workspace uuid.UUID, from, to *cell, spoil func(string, []byte) []byte, name func()) error {
	return pgx.BeginFunc(ctx, from.SQL, func(old pgx.Tx) error {
		// Whoever writes there waits for this, and is told to come back. A message takes no turn with others
		// and holds its secret, which it does not find afterwards.
		for _, lock := range []string{`select from inbound_secrets where workspace_id = $1 for update`, `select from workspaces where id = $1 for update`} {
			if _, err := old.Exec(ctx, lock, workspace); err != nil {
				return err
			}
		}
		if err := pgx.BeginFunc(ctx, to.SQL, func(there pgx.Tx) error { return copyWorkspace(ctx, workspace, old, there, spoil) }); err != nil {
			return err
		}
		name()
		for _, end := range []string{`delete from inbound_secrets where workspace_id = $1`, `update workspaces set erasing_at = clock_timestamp() where id = $1`,
			`insert into workspace_erasures (workspace_id, capacity) values ($1, 'operator') on conflict do nothing`} {
			if _, err := old.Exec(ctx, end, workspace); err != nil {
				return err
			}
		}
		return nil
	})
}

// copyWorkspace copies the rows of a workspace, and the people to whom they refer, and
// fails where they are not the same there or refer to nothing. No trigger fires, as these would
// number and record everything anew; foreign keys are triggers too, so each is looked at.
func copyWorkspace(ctx context.Context, workspace uuid.UUID, old, there pgx.Tx, spoil func(string, []byte) []byte) error {
	if _, err := there.Exec(ctx, `set local session_replication_role = replica`); err != nil {
		return err
	}
	tables, err := tablesOf(ctx, old)
	if err != nil {
		return err
	}
	keys, err := foreignKeys(ctx, old)
	if err != nil {
		return err
	}
	if err := copyPeople(ctx, workspace, old, there, keys, spoil); err != nil {
		return err
	}
	for _, b := range tables {
		rows, err := read(ctx, old, b.rows(workspace))
		if err == nil {
			_, err = there.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(spoil(b.name, rows)), `copy `+b.name+` (`+b.columns+`) from stdin`)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
	}
	for _, b := range tables {
		want, err := read(ctx, old, b.rows(workspace)) // anew: what writes without the lock is noticed
		if err != nil {
			return err
		}
		got, err := read(ctx, there, b.rows(workspace))
		if err != nil {
			return err
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("the rows of %s differ", b.name)
		}
	}
	for _, k := range keys {
		var dangling int
		err := there.QueryRow(ctx, fmt.Sprintf(`select count(*) from %s c where workspace_id = $1 and (%s) is not null
			and not exists (select from %s p where (%s) = (%s))`, k.from, k.columns("c"), k.to, k.targets("p"), k.columns("c")), workspace).Scan(&dangling)
		if err != nil {
			return err
		}
		if dangling > 0 {
			return fmt.Errorf("%d rows of %s refer to nothing in %s", dangling, k.from, k.to)
		}
	}
	return nil
}

// copyPeople copies whom the rows of a workspace name, without what they sign in with: that is
// the directory's.
func copyPeople(ctx context.Context, workspace uuid.UUID, old, there pgx.Tx, keys []foreignKey, spoil func(string, []byte) []byte) error {
	var whom []string
	for _, k := range keys {
		if k.to == "users" {
			whom = append(whom, fmt.Sprintf(`select %s from %s c where workspace_id = '%s'`, k.columns("c"), k.from, workspace))
		}
	}
	const columns = `id, email, name, superadmin, support, disabled_at, removed_at, time_zone, language`
	rows, err := read(ctx, old, `copy (select `+columns+` from users where id in (`+strings.Join(whom, " union ")+`)) to stdout`)
	if err != nil {
		return err
	}
	if _, err := there.Exec(ctx, `create temporary table people on commit drop as select `+columns+` from users limit 0`); err != nil {
		return err
	}
	if _, err := there.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(spoil("users", rows)), `copy people from stdin`); err != nil {
		return err
	}
	_, err = there.Exec(ctx, `insert into users (`+columns+`) select `+columns+` from people on conflict (id) do nothing`)
	return err
}

func read(ctx context.Context, tx pgx.Tx, copy string) ([]byte, error) {
	var rows bytes.Buffer
	_, err := tx.Conn().PgConn().CopyTo(ctx, &rows, copy)
	return rows.Bytes(), err
}

// foreignKey is one of a table with rows of workspaces.
type foreignKey struct {
	from, to    string
	names, they []string // columns, of from and of to
}

func (k foreignKey) columns(of string) string { return of + "." + strings.Join(k.names, ", "+of+".") }
func (k foreignKey) targets(of string) string { return of + "." + strings.Join(k.they, ", "+of+".") }

func foreignKeys(ctx context.Context, tx pgx.Tx) ([]foreignKey, error) {
	rows, err := tx.Query(ctx, `
		select k.conrelid::regclass::text, k.confrelid::regclass::text,
			array(select quote_ident(a.attname) from unnest(k.conkey) with ordinality u (n, place) join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by place),
			array(select quote_ident(a.attname) from unnest(k.confkey) with ordinality u (n, place) join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by place)
		from pg_constraint k where k.contype = 'f' and k.connamespace = 'public'::regnamespace
			and exists (select from pg_attribute a where a.attrelid = k.conrelid and a.attname = 'workspace_id' and not a.attisdropped)`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (k foreignKey, err error) {
		return k, row.Scan(&k.from, &k.to, &k.names, &k.they)
	})
}
