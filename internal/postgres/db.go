// Package postgres holds all SQL of personae. An exported method is one
// transaction; the helpers below it take that transaction. A read runs on a
// pool whose transactions are READ ONLY, so a read that writes fails. A write
// takes an Access and goes through DB.write, which tells the protocol.
package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river"

	"personae/internal/config"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/migrations"
)

// DB is a PostgreSQL database with personae's schema. It is safe for
// concurrent use.
type DB struct {
	name    string // of its connections, by which others see that it lives
	writes  connections
	reads   connections
	signIn  connections           // for signing in, whatever keeps the others busy
	replica *replica              // nil: there is none
	queue   *river.Client[pgx.Tx] // adds jobs and works none
	guards  guardLook
	sealed  sealing
	log     *slog.Logger
}

// Options say how a database is opened. The zero value is what fits most.
type Options struct {
	ReadURL  string // of a replica that pages are read from; empty: there is none
	Pooler   Pooler
	MaxConns int          // the most connections; 0: four for each processor, at least 12
	Log      *slog.Logger // nil: nothing is logged
}

// Open connects to the database at databaseURL. It fails with a sentence for the operator
// when the server cannot be reached, is not one that keeps what it confirms (older than
// PostgreSQL 15, not UTF-8, fsync or synchronous_commit off), or does not hold the limits
// that connections, or transactions behind a pooler, ask for.
func Open(ctx context.Context, databaseURL string, o Options) (*DB, error) {
	if o.MaxConns == 0 {
		o.MaxConns = max(12, 4*runtime.NumCPU())
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Pooler = cmp.Or(o.Pooler, PoolerAuto)
	if o.Pooler != PoolerTransaction && pooledAt(ctx, databaseURL) {
		if o.Pooler == PoolerNone {
			return nil, &poolerError{"a pooler answers connections to the database"}
		}
		o.Pooler = PoolerTransaction
	}
	db, err := open(ctx, databaseURL, o)
	if o.Pooler == PoolerAuto && errors.As(err, new(*poolerError)) {
		o.Pooler = PoolerTransaction
		db, err = open(ctx, databaseURL, o)
	}
	if err == nil && db.writes.pooled {
		o.Log.InfoContext(ctx, "there is a pooler before the database: limits are set in each transaction")
	}
	return db, err
}

// open is Open with a pooler as the options say; PoolerAuto: none.
func open(ctx context.Context, databaseURL string, o Options) (_ *DB, err error) {
	pooled := o.Pooler == PoolerTransaction
	db := &DB{name: directName + uuid.NewString()[:8], log: o.Log}
	if pooled {
		db.name = pooledName + uuid.NewString()[:8]
	}
	defer func() {
		if err != nil {
			db.Close()
		}
	}()
	forSignIn := max(1, o.MaxConns/6)
	forReads := (o.MaxConns - forSignIn + 1) / 2
	if db.writes, err = connect(ctx, databaseURL, o.MaxConns-forSignIn-forReads, db.name, forWriting(pooled)); err != nil {
		return nil, err
	}
	if db.signIn, err = connect(ctx, databaseURL, forSignIn, db.name, forWriting(pooled)); err != nil {
		return nil, err
	}
	if db.reads, err = connect(ctx, databaseURL, forReads, db.name, forReading(pooled)); err != nil {
		return nil, err
	}
	if db.queue, err = db.Jobs(&river.Config{}); err != nil {
		return nil, err
	}
	if err = db.checkServer(ctx); err != nil {
		return nil, err
	}
	if err = errors.Join(db.writes.inForce(ctx), db.reads.inForce(ctx)); err != nil {
		return nil, err
	}
	if o.ReadURL != "" {
		if err = db.follow(ctx, o.ReadURL, forReads); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// RoleOf returns the role that a database URL names.
func RoleOf(databaseURL string) (string, error) {
	pool, err := config.ParsePostgres(databaseURL)
	if err != nil {
		return "", err
	}
	return pool.ConnConfig.User, nil
}

// URLFor returns a database URL of the form postgres:// for another role.
func URLFor(databaseURL, role string) (string, error) {
	u, err := url.Parse(databaseURL)
	if err != nil || u.Scheme == "" {
		return "", config.ErrUnreadablePostgres
	}
	query := u.Query()
	query.Set("user", role)
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20") // pgx takes + for itself
	return u.String(), nil
}

// passwordWord matches the password in a database URL of the form key=value.
var passwordWord = regexp.MustCompile(`(?i)\bpassword\s*=\s*(?:'(?:[^'\\]|\\.)*'|\S*)`)

// WithoutPassword returns a database URL without its password, and that: what stands
// on a command line can be read by every account of the machine.
func WithoutPassword(databaseURL string) (bare, password string, err error) {
	pool, err := config.ParsePostgres(databaseURL)
	if err != nil {
		return "", "", err
	}
	password = pool.ConnConfig.Password
	u, _ := url.Parse(databaseURL)
	if u == nil || u.Scheme == "" { // key=value
		return passwordWord.ReplaceAllString(databaseURL, ""), password, nil
	}
	if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	query.Del("password")
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return u.String(), password, nil
}

// demotedKey marks a connection to a server that takes no writes any more.
const demotedKey = "demoted"

// demoted reports whether err is of a server that takes no writes, though a primary does:
// it was demoted, or is still recovering.
func demoted(err error) bool {
	code, _ := sqlState(err)
	return code == "25006" || code == "0A000"
}

func (db *DB) checkServer(ctx context.Context) error {
	var version int
	var encoding, fsync, commit string
	err := db.reads.QueryRow(ctx, `select current_setting('server_version_num')::int, current_setting('server_encoding'),
		current_setting('fsync'), current_setting('synchronous_commit')`).Scan(&version, &encoding, &fsync, &commit)
	switch {
	case err != nil:
		return fmt.Errorf("the database cannot be reached: %w", err)
	case version < 150000:
		return fmt.Errorf("the database is PostgreSQL %d; personae needs 15 or newer", version/10000)
	case encoding != "UTF8":
		return fmt.Errorf("the database’s encoding is %s; personae needs UTF8 (CREATE DATABASE … ENCODING 'UTF8')", encoding)
	case fsync != "on" || commit == "off":
		return fmt.Errorf("the database runs with fsync=%s and synchronous_commit=%s, so it may lose what it confirmed; turn both on", fsync, commit)
	}
	return nil
}

// Close ends all connections, waiting for those in use.
func (db *DB) Close() {
	if db.replica != nil {
		db.replica.close()
	}
	for _, c := range []connections{db.writes, db.reads, db.signIn} {
		if c.Pool != nil {
			c.Close()
		}
	}
}

// errReadOnly is a database that answers and takes no writes.
var errReadOnly = errors.New("the database takes no writes: it is a standby, is still recovering, or its host forbids them " +
	"(default_transaction_read_only), as some do when the disk is full")

// Ping fails unless the database answers a connection for reading, and one for writing on
// which it takes writes.
func (db *DB) Ping(ctx context.Context) error {
	var readOnly bool
	err := db.writes.QueryRow(ctx, `select current_setting('transaction_read_only')::boolean`).Scan(&readOnly)
	if readOnly {
		err = errReadOnly
		db.writes.Reset() // what the URL leads to may be another server by now
	}
	return errors.Join(err, db.reads.Ping(ctx))
}

// Migration is one step of the schema.
type Migration struct {
	Name    string
	Applied time.Time // zero: not yet
}

// NotOwner is a role that may not change the tables, as another one owns them.
type NotOwner struct {
	Role, Owner string
	Missing     int // migrations
}

func (e *NotOwner) Error() string {
	return fmt.Sprintf("the tables belong to the role %s, and %s may not change them: let [database] owner_url name %[1]s. "+
		"Migrations that are missing: %[3]d. Nothing was changed", e.Owner, e.Role, e.Missing)
}

// Migrate applies every migration that is missing, River's too, and gives the
// names of those it applied. Two programs that do so at once take turns. It fails where a
// newer program has applied others, and with a *NotOwner.
func (db *DB) Migrate(ctx context.Context) ([]string, error) {
	provider, closeDB, err := db.goose()
	if err != nil {
		return nil, err
	}
	defer closeDB()
	there, known, err := provider.GetVersions(ctx)
	if err != nil {
		return nil, err
	}
	if there > known {
		return nil, fmt.Errorf("a newer personae has brought this database to migration %d, and this one knows %d: "+
			"start the newer one. Nothing was changed", there, known)
	}
	if err := db.mayMigrate(ctx); err != nil {
		return nil, err
	}
	results, err := provider.Up(ctx)
	names := make([]string, len(results))
	for i, r := range results {
		names[i] = r.Source.Path
	}
	if err != nil {
		return names, err
	}
	queue, err := db.migrateJobs(ctx)
	return append(names, queue...), err
}

// mayMigrate fails with a *NotOwner where the tables are there and somebody else's.
func (db *DB) mayMigrate(ctx context.Context) error {
	var not NotOwner
	var may bool
	err := db.writes.QueryRow(ctx, `select current_user, pg_get_userbyid(relowner), pg_has_role(relowner, 'usage')
		from pg_class where oid = to_regclass('workspaces')`).Scan(&not.Role, &not.Owner, &may)
	if err != nil || may {
		if errors.Is(err, pgx.ErrNoRows) {
			err = nil
		}
		return err
	}
	all, err := db.Migrations(ctx)
	for _, m := range all {
		if m.Applied.IsZero() {
			not.Missing++
		}
	}
	return cmp.Or(err, error(&not))
}

// Empty reports whether nothing has been made in the database: no table, view or
// sequence.
func (db *DB) Empty(ctx context.Context) (empty bool, err error) {
	err = db.writes.QueryRow(ctx, `select not exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'S'))`).Scan(&empty)
	return empty, err
}

// ServerMajor returns the major version of the PostgreSQL that holds the database.
func (db *DB) ServerMajor(ctx context.Context) (major int, err error) {
	err = db.writes.QueryRow(ctx, `select current_setting('server_version_num')::int / 10000`).Scan(&major)
	return major, err
}

// Migrations lists every migration, oldest first.
func (db *DB) Migrations(ctx context.Context) ([]Migration, error) {
	provider, closeDB, err := db.goose()
	if err != nil {
		return nil, err
	}
	defer closeDB()
	statuses, err := provider.Status(ctx)
	list := make([]Migration, len(statuses))
	for i, s := range statuses {
		list[i] = Migration{Name: s.Source.Path, Applied: s.AppliedAt}
	}
	if err != nil {
		return nil, err
	}
	queue, err := db.jobMigrations(ctx)
	return append(list, queue...), err
}

func (db *DB) goose() (*goose.Provider, func(), error) {
	if db.writes.pooled {
		return nil, nil, errPooledOwner
	}
	owner := db.writes.Config().ConnConfig.Copy()
	// A migration may well take longer than a write.
	delete(owner.RuntimeParams, "statement_timeout")
	sqlDB := stdlib.OpenDB(*owner)
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return nil, nil, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, sqlDB, fs.FS(migrations.FS), goose.WithSessionLocker(locker))
	if err != nil {
		return nil, nil, err
	}
	return provider, func() { _ = sqlDB.Close() }, nil
}

// sqlState returns the SQLSTATE and constraint of err, empty where err did not
// come from the server.
func sqlState(err error) (code, constraint string) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code, pg.ConstraintName
	}
	return "", ""
}

// Forbidden reports whether PostgreSQL refused something to the role, which another may do.
func Forbidden(err error) bool {
	code, _ := sqlState(err)
	return code == "42501"
}

// explain turns what PostgreSQL says into the errors that package persona
// names. What it does not know goes up as it is.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return persona.ErrNotFound
	}
	code, constraint := sqlState(err)
	if constraint == "draft_contact" {
		return &persona.TooLateError{Reason: i18n.Say("This lead may not be written to, so no draft of theirs goes to a sender.")}
	}
	if constraint == "needs_second_person" {
		return persona.ErrSecondPerson
	}
	// No connection, by a pooler; no room, no memory, too many connections.
	if strings.HasPrefix(code, "08") || strings.HasPrefix(code, "53") || demoted(err) {
		return fmt.Errorf("%w: %w", persona.ErrUnavailable, err)
	}
	switch code {
	case "55P03", "57014", // lock timeout, statement timeout
		"40001", "40P01", // still in another writer's way after every try
		"57P01", "57P02", "57P03": // going down, crashed, coming up
		return fmt.Errorf("%w: %w", persona.ErrUnavailable, err)
	case "42P01", "42703", "3F000", "42883", "42704": // there is no such table, column, schema, function, type
		return &unmigratedError{err}
	}
	if code == "" && (errors.Is(err, errOvertaken) || errors.As(err, new(*pgconn.ConnectError)) ||
		errors.As(err, new(net.Error)) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, pgconn.ErrConnClosed) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
		return fmt.Errorf("%w: %w", persona.ErrUnavailable, err)
	}
	return err
}

// unmigratedError is an error of a database that lacks what a migration makes.
type unmigratedError struct{ cause error }

// Error says so, and what is missing, in words.
func (e *unmigratedError) Error() string {
	var pg *pgconn.PgError
	errors.As(e.cause, &pg)
	return "personae’s database lacks a migration, or is another program’s (" + pg.Message +
		"); if it is the right one, run personae migrate up first"
}

// Unwrap returns what PostgreSQL said.
func (e *unmigratedError) Unwrap() error { return e.cause }

// holds returns the condition that a text contains what is searched for, whatever
// its case and with or without its accents. Who searches for nothing finds everything.
func holds(text, search string) string {
	return `(` + search + ` = '' or strpos(search_key(` + text + `), (select search_key(` + search + `))) > 0)`
}

// asked returns a condition where it is asked for, and else what holds of its argument then: a
// statement is planned for any arguments, and goes by no index for what only some ask for.
func asked(by bool, condition, otherwise string) string {
	if by {
		return condition
	}
	return otherwise
}

// Analyze has PostgreSQL count what the tables hold, as it would do by itself a minute after
// they were filled. Until then it finds its ways through them by chance.
func (db *DB) Analyze(ctx context.Context) error {
	return pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `select set_config('statement_timeout', '0', true)`)
		if err == nil {
			_, err = tx.Exec(ctx, `analyze (skip_locked)`)
		}
		return err
	})
}
