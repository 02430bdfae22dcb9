// Package dbtest gives each test a PostgreSQL database of its own.
package dbtest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/access"
	"personae/internal/lead"
	"personae/internal/localpg"
	"personae/internal/persona"
	"personae/internal/postgres"
)

const template = "personae_template"

// server is the URL of the PostgreSQL that Main started for this test binary,
// postmaster the id of its first process, and serverLog its log.
var (
	server, serverLog string
	postmaster        int
)

// databases makes and drops those of tests.
var databases *pgxpool.Pool

// Main is a package's TestMain: it starts a PostgreSQL, applies the migrations
// to a template, runs the tests, stops the server and exits.
func Main(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "dbtest:", err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	log := slog.New(slog.DiscardHandler)
	parent := "" // the system's temporary folder
	if _, err := os.Stat("/dev/shm"); err == nil {
		parent = "/dev/shm" // in memory: making a database takes 20 ms there and 200 on a disk
	}
	dir, err := os.MkdirTemp(parent, "personae-test-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	// Compiling a statement does not pay for those of a test.
	pg, err := localpg.Start(ctx, dir, log, "max_connections=400", "jit=off")
	if err != nil {
		return 1, err
	}
	defer func() {
		if closeErr := pg.Close(); err == nil {
			err = closeErr
		}
	}()
	server, serverLog = pg.URL(), filepath.Join(dir, "postgres.log")
	pid, err := os.ReadFile(filepath.Join(dir, "postgres", "postmaster.pid"))
	if err != nil {
		return 1, err
	}
	first, _, _ := strings.Cut(string(pid), "\n")
	if postmaster, err = strconv.Atoi(first); err != nil {
		return 1, err
	}
	if databases, err = pgxpool.New(ctx, server); err != nil {
		return 1, err
	}
	defer databases.Close()
	if _, err := databases.Exec(ctx, `create database `+template); err != nil {
		return 1, err
	}
	if err := Migrate(ctx, urlOf(template)); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// Migrate applies the migrations to an empty database, of which it gets the owner's URL.
func Migrate(ctx context.Context, url string) error {
	db, err := postgres.Open(ctx, url, postgres.Options{MaxConns: 4})
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err = db.Migrate(ctx); err == nil {
		err = db.GrantServer(ctx, postgres.ServerRole, "")
	}
	if err == nil {
		_, err = db.GrantReaders(ctx)
	}
	return err
}

// Database is one test's own database, used under the role that the server
// works under.
type Database struct {
	*postgres.DB
	URL       string        // of the owner
	SQL       *pgxpool.Pool // of the owner: programs that write plain SQL, and reading back
	ServerSQL *pgxpool.Pool // plain SQL under the server's role

	owner func() (*postgres.DB, error)
}

// Empty returns the URL of a database without a table, that is dropped when the
// test ends.
func Empty(t testing.TB) string {
	t.Helper()
	return urlOf(create(t, "template0"))
}

func create(t testing.TB, from string) (name string) {
	t.Helper()
	ctx := context.Background()
	name = "t_" + uuid.NewString()
	// Copying files in memory takes half of what writing each page to the log does.
	if _, err := databases.Exec(ctx, `create database "`+name+`" strategy file_copy template `+from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := databases.Exec(ctx, `drop database "`+name+`" with (force)`); err != nil {
			t.Error(err)
		}
	})
	return name
}

// New returns a migrated, empty database that is dropped when the test ends.
func New(t testing.TB) *Database {
	t.Helper()
	return Open(t, urlOf(create(t, template)))
}

// Open opens a migrated database until the test ends, of which it gets the owner's URL.
func Open(t testing.TB, owner string) *Database {
	t.Helper()
	ctx := context.Background()
	d := &Database{URL: owner}
	serverURL, err := postgres.URLFor(owner, postgres.ServerRole)
	if err != nil {
		t.Fatal(err)
	}
	if d.DB, err = postgres.Open(ctx, serverURL, postgres.Options{MaxConns: 16}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	if d.SQL, err = pgxpool.New(ctx, d.URL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.SQL.Close)
	if d.ServerSQL, err = pgxpool.New(ctx, serverURL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.ServerSQL.Close)
	d.owner = sync.OnceValues(func() (*postgres.DB, error) {
		db, err := postgres.Open(ctx, d.URL, postgres.Options{MaxConns: 4})
		if err == nil {
			t.Cleanup(db.Close)
		}
		return db, err
	})
	return d
}

// Owner returns the database as the command line works with it. Few tests ask for it, so it
// is opened only for them.
func (d *Database) Owner(t testing.TB) *postgres.DB {
	t.Helper()
	db, err := d.owner()
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// Through has the server reach the database by another URL until the test ends.
func (d *Database) Through(t testing.TB, url string, o postgres.Options) {
	t.Helper()
	db, err := postgres.Open(t.Context(), url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	d.DB = db
}

// Workspace adds a workspace and returns the access of its owner.
func (d *Database) Workspace(t testing.TB, name string) postgres.Access {
	t.Helper()
	user, id := d.User(t, access.NewUser{Name: "Olga Owner"}), uuid.New()
	d.Exec(t, `insert into workspaces (id, name) values ($1, $2)`, id, name)
	d.Member(t, id, user, access.Owner)
	return d.Access(t, user, id)
}

// User adds a user, with an address made up where u has none.
func (d *Database) User(t testing.TB, u access.NewUser) uuid.UUID {
	t.Helper()
	if u.Email == "" {
		u.Email = uuid.NewString() + "@example.com"
	}
	if u.Name == "" {
		u.Name = "Somebody"
	}
	id := uuid.New()
	d.Exec(t, `insert into users (id, email, name, password_hash, superadmin, support) values ($1, $2, $3, $4, $5, $6)`,
		id, u.Email, u.Name, u.PasswordHash, u.Superadmin, u.Support)
	return id
}

// Access returns a user's access to a workspace, by way of a new session; the
// zero Access where the user has none.
func (d *Database) Access(t testing.TB, user, workspace uuid.UUID) postgres.Access {
	t.Helper()
	session := sha256.Sum256([]byte(uuid.NewString()))
	hash := session[:]
	if err := d.StartSession(t.Context(), hash, user, time.Now().Add(time.Hour), "", "", ""); err != nil {
		t.Fatal(err)
	}
	visit, err := d.Visit(t.Context(), hash, workspace)
	if err != nil {
		t.Fatal(err)
	}
	return visit.Access
}

// Member makes the user a member of the workspace with the role, or changes it.
func (d *Database) Member(t testing.TB, workspace, user uuid.UUID, role access.Role) {
	t.Helper()
	d.Exec(t, `insert into members (workspace_id, user_id, role) values ($1, $2, $3)
		on conflict (workspace_id, user_id) do update set role = excluded.role`, workspace, user, role)
}

// NewPersona adds a persona with this name and greeting.
func (d *Database) NewPersona(t testing.TB, a postgres.Access, name string) persona.Persona {
	t.Helper()
	saved, err := d.Create(t.Context(), a, persona.Content{Name: name,
		Voice: persona.Voice{Greeting: "Hello from " + name}}, false)
	if err != nil {
		t.Fatal(err)
	}
	return saved.Persona
}

// NewCampaign adds a campaign that the default persona answers.
func (d *Database) NewCampaign(t testing.TB, a postgres.Access, name string) uuid.UUID {
	t.Helper()
	id := uuid.New()
	d.Exec(t, `insert into campaigns (id, workspace_id, name) values ($1, $2, $3)`, id, a.Workspace(), name)
	return id
}

// Exec runs plain SQL that must succeed.
func (d *Database) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := d.SQL.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// Count returns the number that sql selects.
func (d *Database) Count(t testing.TB, sql string, args ...any) int {
	t.Helper()
	var n int
	if err := d.SQL.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Until fails unless what sql counts becomes n within half a minute.
func (d *Database) Until(t testing.TB, n int, sql string, args ...any) {
	t.Helper()
	got := -1
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if got = d.Count(t, sql, args...); got == n {
			return
		}
	}
	t.Fatalf("%d, want %d: %s", got, n, sql)
}

// LockWorkspaces keeps every writer waiting until the transaction that it returns, or
// the test, ends.
func (d *Database) LockWorkspaces(t testing.TB) pgx.Tx {
	t.Helper()
	tx, err := d.SQL.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) })
	if _, err := tx.Exec(t.Context(), `select from workspaces for update`); err != nil {
		t.Fatal(err)
	}
	return tx
}

// Broken names the workspaces in which rule 1 or 2 of docs/architecture.md does not hold.
func (d *Database) Broken(t testing.TB) []string {
	t.Helper()
	rows, err := d.SQL.Query(t.Context(), `
		select w.name from workspaces w
		where exists (select from personas p where p.workspace_id = w.id)
			and (1 <> (select count(*) from personas p where p.workspace_id = w.id and p.is_default)
				or not exists (select from personas p join workspace_settings s on s.workspace_id = p.workspace_id
					where p.workspace_id = w.id and p.is_default
					and p.display_name is not distinct from s.ai_persona_name and p.tone is not distinct from s.ai_tone
					and p.greeting is not distinct from s.ai_greeting and p.sms_greeting is not distinct from s.ai_sms_greeting
					and p.signature is not distinct from s.ai_signature and p.goals is not distinct from s.ai_goals
					and p.service_description is not distinct from s.service_description
					and p.ideal_customer_profile is not distinct from s.ideal_customer_profile))`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// Healthy fails where anything is said to be wrong with the database.
func (d *Database) Healthy(t testing.TB) {
	t.Helper()
	findings, err := d.HealthOfAll(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, f := range findings {
		t.Errorf("%s: %s: %s", f.Rule, f.Name, f.Sentence)
	}
}

// Snapshot returns a hash of every row of every table, to show that something
// changed nothing. Tables named in except are left out.
func (d *Database) Snapshot(t testing.TB, except ...string) string {
	t.Helper()
	rows, err := d.SQL.Query(t.Context(), `select quote_ident(tablename) from pg_tables
		where schemaname = 'public' and tablename <> all(coalesce($1::text[], '{}')) order by tablename`, except)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) == 0 {
		t.Fatal("a snapshot of no table shows nothing")
	}
	parts := make([]string, len(tables))
	for i, table := range tables {
		row := `r.ctid::text || r.xmin` // whatever is written gets another place and transaction
		if table == "sessions" {
			row = `to_jsonb(r) - 'last_used_at'` // noted every ten minutes, whatever is asked: see DB.NoteVisit
		}
		parts[i] = `select '` + table + `' as name, count(*) || ' rows, ' || coalesce(sum(hashtextextended((` + row + `)::text, 0)), 0) as rows from ` + table + ` r`
	}
	var all string
	err = d.SQL.QueryRow(t.Context(), `select string_agg(name || ': ' || rows, E'\n' order by name) from (`+strings.Join(parts, " union all ")+`) tables`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// urlOf returns the server's URL with another database's name.
func urlOf(database string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(err) // localpg made it
	}
	u.Path = "/" + database
	return u.String()
}

// Inbox gives a workspace an inbound secret and opens its inbox with it.
func (d *Database) Inbox(t testing.TB, a postgres.Access) postgres.Inbox {
	t.Helper()
	if err := d.MakeInboundSecret(t.Context(), a, "whsec_"+uuid.NewString()+uuid.NewString()); err != nil {
		t.Fatal(err)
	}
	inbox, err := d.VisitInbox(t.Context(), a.Workspace(), func(string) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	return inbox
}

// Inbound returns a message that the lead Liv sends now, with this external id.
func Inbound(externalID string) lead.Inbound {
	return lead.Inbound{ExternalID: externalID, Channel: persona.Email, Body: "What does it cost?", SentAt: time.Now(),
		Lead: lead.InboundLead{ExternalID: "liv", FirstName: "Liv", LastName: "Strand", Email: "liv@example.com",
			Company: "Strand Shipping"}}
}

// Readers lists the tables that receiving, drafting and scoring write to. No
// other changes by them.
func Readers() []string {
	return []string{"leads", "lead_words", "messages", "drafts", "draft_versions", "draft_states", "draft_outcomes", "scores"}
}

// Dump returns every row of every table, River's too, as pg_dump writes them.
func (d *Database) Dump(t testing.TB) string {
	t.Helper()
	conn, err := d.SQL.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	rows, err := conn.Query(t.Context(), `select format('copy %I.%I to stdout', schemaname, tablename) from pg_tables
		where schemaname not in ('pg_catalog', 'information_schema') order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	copies, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, sql := range copies {
		fmt.Fprintln(&all, sql)
		if _, err := conn.Conn().PgConn().CopyTo(t.Context(), &all, sql); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// Backup returns what pg_dump writes of the whole database, schemas and data, as text.
func (d *Database) Backup(t testing.TB) string {
	t.Helper()
	major, err := d.ServerMajor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path, err := localpg.Client(t.Context(), "pg_dump", major)
	if err != nil {
		t.Fatal(err)
	}
	dump, err := exec.CommandContext(t.Context(), path, "--no-password", "--dbname="+d.URL).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(dump)
}
