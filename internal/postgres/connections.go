package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"personae/internal/config"
)

// Pooler says what stands between personae and PostgreSQL.
type Pooler string

// What may stand there.
const (
	PoolerAuto        Pooler = "auto"        // look; so is an empty one
	PoolerNone        Pooler = "none"        // nothing that comes between a connection and its server
	PoolerTransaction Pooler = "transaction" // a pooler that may give each transaction another connection
)

// directName and pooledName begin the name of a DB. Of a direct one it is its connections'
// too, which are seen as long as it lives.
const (
	directName = "personae "
	pooledName = "personae pooled "
)

// purpose is what connections are for: how their transactions begin, and the limits that
// these keep.
type purpose struct {
	begin  string
	limits map[string]string
	pooled bool // a pooler may give each transaction another connection

	standby bool // a replica is asked for
}

// forWriting does not ask to write: where a host has forbidden it, as for a disk that is full,
// everything that writes is refused, as single statements are, and /readyz says so.
func forWriting(pooled bool) purpose {
	return purpose{begin: "begin isolation level read committed", limits: map[string]string{
		"lock_timeout":                        "2s",
		"statement_timeout":                   "5s",
		"idle_in_transaction_session_timeout": "10s",
		// Frees the locks of a client that died while it waited.
		"client_connection_check_interval": "500ms",
	}, pooled: pooled}
}

// forReading takes one snapshot for all statements of a page.
func forReading(pooled bool) purpose {
	p := forWriting(pooled)
	p.begin = "begin isolation level repeatable read read only"
	if !pooled {
		p.limits["default_transaction_read_only"] = "on"
		p.limits["default_transaction_isolation"] = "repeatable read"
	}
	return p
}

// connections are those of a pool, all for one purpose. Each transaction of theirs keeps
// its limits: they hold for the connection or, behind a pooler, which may drop what
// belongs to one, are set in each transaction, in the round trip that begins it. So what
// would be a transaction by itself is put into one there.
type connections struct {
	*pgxpool.Pool
	purpose
}

func connect(ctx context.Context, databaseURL string, conns int, name string, for_ purpose) (connections, error) {
	pool, err := config.ParsePostgres(databaseURL)
	if err != nil {
		return connections{}, err
	}
	pool.MaxConns = int32(min(conns, 1000))
	pool.ConnConfig.ConnectTimeout = 5 * time.Second
	for _, f := range pool.ConnConfig.Fallbacks {
		if f.Host != pool.ConnConfig.Host || f.Port != pool.ConnConfig.Port {
			// Where the first host hangs, the request that waits still has time for the next.
			pool.ConnConfig.ConnectTimeout = 2 * time.Second
		}
	}
	pool.ConnConfig.Tracer = tracer{}
	pool.ConnConfig.RuntimeParams["application_name"] = name
	if for_.pooled {
		// A statement is prepared in one connection and would be looked for in another.
		pool.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	} else {
		maps.Copy(pool.ConnConfig.RuntimeParams, for_.limits)
		// Statements look things up by their keys: a plan for any value is as good, and planning
		// anew for each of the first five costs more than carrying them out.
		pool.ConnConfig.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
		// What is looked up lies in memory or on a disk without arms. As if it did not, PostgreSQL
		// reads all campaigns of all workspaces rather than the few that are asked for by their keys.
		pool.ConnConfig.RuntimeParams["random_page_cost"] = "1.1"
		// Where there are 100,000 workspaces, a search is thought to read many rows and reads few:
		// compiling it, and asking other processes for help, took ten times what it takes.
		pool.ConnConfig.RuntimeParams["jit"] = "off"
		pool.ConnConfig.RuntimeParams["max_parallel_workers_per_gather"] = "0"
	}
	if pool.ConnConfig.ValidateConnect != nil && !for_.standby {
		// target_session_attrs=read-write would ask for what connections for reading are not.
		pool.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary
	}
	pool.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		pgxuuid.Register(conn.TypeMap())
		conn.TypeMap().RegisterType(&pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: idCodec{}})
		return nil
	}
	var p *pgxpool.Pool
	pool.AfterRelease = func(conn *pgx.Conn) bool {
		if _, demoted := conn.PgConn().CustomData()[demotedKey]; demoted {
			p.Reset() // the others lead there too
			return false
		}
		return true
	}
	p, err = pgxpool.NewWithConfig(ctx, pool)
	return connections{p, for_}, err
}

// idCodec reads ids as they come. pgx would make text of each, for Scan to read, because
// uuid.UUID has that for database/sql.
type idCodec struct{ pgxuuid.UUIDCodec }

// PlanScan returns how a column of ids is read into target.
func (c idCodec) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	switch target.(type) {
	case *uuid.UUID, *uuid.NullUUID:
		if format == pgtype.BinaryFormatCode {
			return idPlan{}
		}
	}
	return c.UUIDCodec.PlanScan(m, oid, format, target)
}

type idPlan struct{}

// Scan reads an id; NULL leaves a uuid.UUID as it is, as its own Scan does.
func (idPlan) Scan(src []byte, target any) error {
	switch to := target.(type) {
	case *uuid.UUID:
		copy(to[:], src)
	case *uuid.NullUUID:
		*to = uuid.NullUUID{Valid: src != nil}
		copy(to.UUID[:], src)
	}
	return nil
}

// queueBegin has a batch begin a transaction.
func (c connections) queueBegin(batch *pgx.Batch) {
	batch.BeginTx(pgx.TxOptions{BeginQuery: c.begin})
	if c.pooled {
		batch.Queue(c.setLimits())
	}
}

// setLimits returns the statement that has a transaction keep the limits.
func (c connections) setLimits() string {
	var settings []string
	for _, name := range slices.Sorted(maps.Keys(c.limits)) {
		settings = append(settings, "set_config('"+name+"', '"+c.limits[name]+"', true)")
	}
	return "select " + strings.Join(settings, ", ")
}

// Begin begins a transaction.
func (c connections) Begin(ctx context.Context) (pgx.Tx, error) {
	if !c.pooled {
		return c.Pool.Begin(ctx)
	}
	return c.BeginTx(ctx, pgx.TxOptions{BeginQuery: c.begin + "; " + c.setLimits()})
}

// SendBatch runs statements in one transaction. Its results are for Close alone to read.
func (c connections) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	if !c.pooled {
		return send(ctx, c.Pool, batch)
	}
	all := &pgx.Batch{}
	all.Queue(c.begin)
	all.Queue(c.setLimits())
	all.QueuedQueries = append(all.QueuedQueries, batch.QueuedQueries...)
	all.Queue("commit")
	return send(ctx, c.Pool, all)
}

// Exec runs a statement.
func (c connections) Exec(ctx context.Context, sql string, arguments ...any) (tag pgconn.CommandTag, err error) {
	if !c.pooled {
		return c.Pool.Exec(ctx, sql, arguments...)
	}
	batch := &pgx.Batch{}
	batch.Queue(sql, arguments...).Exec(func(t pgconn.CommandTag) error {
		tag = t
		return nil
	})
	return tag, c.SendBatch(ctx, batch).Close()
}

// QueryRow runs a query for its first row; behind a pooler when that is scanned.
func (c connections) QueryRow(ctx context.Context, sql string, arguments ...any) pgx.Row {
	if !c.pooled {
		return c.Pool.QueryRow(ctx, sql, arguments...)
	}
	return rowOf(func(targets []any) error {
		batch := &pgx.Batch{}
		scanRow(batch.Queue(sql, arguments...), targets...)
		return c.SendBatch(ctx, batch).Close()
	})
}

// rowOf is a row that is asked for when it is scanned.
type rowOf func(targets []any) error

// Scan asks for the row and reads it into targets.
func (r rowOf) Scan(targets ...any) error { return r(targets) }

// Query runs a query. What becomes of its transaction, Err tells at the end.
func (c connections) Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error) {
	if !c.pooled {
		return c.Pool.Query(ctx, sql, arguments...)
	}
	batch := &pgx.Batch{}
	batch.Queue(sql, arguments...)
	results := c.SendBatch(ctx, batch)
	for range 2 { // the beginning and the limits
		if _, err := results.Exec(); err != nil {
			return nil, errors.Join(err, results.Close())
		}
	}
	rows, err := results.Query()
	return &rowsOf{Rows: rows, results: results}, err
}

// rowsOf are the rows of the last query of a transaction, which ends with them.
type rowsOf struct {
	pgx.Rows
	results pgx.BatchResults
}

// Close ends the transaction.
func (r *rowsOf) Close() {
	r.Rows.Close()
	_ = r.results.Close() // which says the same each time
}

// Err returns what went wrong, after the last row.
func (r *rowsOf) Err() error {
	r.Rows.Close()
	return errors.Join(r.Rows.Err(), r.results.Close())
}

// poolerError says that a pooler stands between, which may drop what a connection asks for.
type poolerError struct{ what string }

// Error says so, and what to do.
func (e *poolerError) Error() string {
	return e.what + ", so the limits that personae relies on may not hold. Set [database] pooler = transaction or auto, " +
		"or give [database] url the address of PostgreSQL itself; owner_url wants that in any case"
}

// errPooledOwner says what the owner of the tables wants.
var errPooledOwner = errors.New("migrations take locks that last as long as a connection, and between personae and " +
	"PostgreSQL there is a pooler, which does not keep them. Give [database] owner_url the address of PostgreSQL " +
	"itself, for the role that owns the tables; nothing was changed")

// errStatementPooling says that a pooler knows no transactions of several round trips.
var errStatementPooling = errors.New("the pooler before the database may give each statement another connection " +
	"(statement pooling), and personae needs transactions: have it pool transactions or sessions, " +
	"or give [database] url the address of PostgreSQL itself")

// inForce fails unless the server holds what was asked for, behind a pooler also from one
// round trip of a transaction to the next.
func (c connections) inForce(ctx context.Context) error {
	wanted := c.limits
	if c.pooled && strings.HasSuffix(c.begin, "read only") {
		wanted = maps.Clone(wanted)
		wanted["transaction_read_only"], wanted["transaction_isolation"] = "on", "repeatable read"
	}
	if err := holdsLimits(ctx, c, wanted); err != nil || !c.pooled {
		return err
	}
	tx, err := c.Begin(ctx)
	if err == nil {
		err = holdsLimits(ctx, tx, wanted)
		_ = tx.Rollback(ctx)
	}
	if code, _ := sqlState(err); code == "08P01" || errors.As(err, new(*poolerError)) {
		return fmt.Errorf("%w (%w)", errStatementPooling, err)
	}
	return err
}

// holdsLimits fails unless the settings of in are those that are wanted.
func holdsLimits(ctx context.Context, in querier, wanted map[string]string) error {
	rows, err := in.Query(ctx, `select name, current_setting(name, true) from unnest($1::text[]) name order by name`,
		slices.Collect(maps.Keys(wanted)))
	if err != nil {
		return err
	}
	var name string
	var value *string
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error {
		if value == nil || *value != wanted[name] {
			return &poolerError{fmt.Sprintf("connections to the database ask for %s = %s and do not get it", name, wanted[name])}
		}
		return nil
	})
	return err
}

// pooledAt reports whether a pooler answers there: it refuses the limits, or who answers is
// somebody else than who took the connection. It leaves nothing behind in a connection
// that others get next.
func pooledAt(ctx context.Context, databaseURL string) bool {
	pool, err := config.ParsePostgres(databaseURL)
	if err != nil {
		return false
	}
	pool.ConnConfig.ConnectTimeout = 5 * time.Second
	pool.ConnConfig.ValidateConnect = nil
	maps.Copy(pool.ConnConfig.RuntimeParams, forWriting(false).limits)
	conn, err := pgx.ConnectConfig(ctx, pool.ConnConfig)
	if err != nil {
		code, _ := sqlState(err)
		return code == "08P01" && strings.Contains(err.Error(), "startup parameter")
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var pid uint32
	err = conn.QueryRow(ctx, `select pg_backend_pid()`, pgx.QueryExecModeSimpleProtocol).Scan(&pid)
	return err == nil && pid != conn.PgConn().PID()
}
