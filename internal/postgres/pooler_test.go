package postgres_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestLimitsHoldBehindAPooler looks into the transactions that come through PgBouncer: as
// Debian has it, without prepared statements.
func TestLimitsHoldBehindAPooler(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for name, url := range map[string]string{
		"session":     d.Pooler(t, "session"),
		"transaction": d.Pooler(t, "transaction"),
		"transaction, and it ignores limits": d.Pooler(t, "transaction",
			"ignore_startup_parameters = lock_timeout, statement_timeout, idle_in_transaction_session_timeout, "+
				"client_connection_check_interval, default_transaction_read_only, default_transaction_isolation"),
	} {
		_, err := postgres.Open(t.Context(), url, postgres.Options{Pooler: postgres.PoolerNone, MaxConns: 4})
		if err == nil || !strings.Contains(err.Error(), "pooler = transaction") {
			t.Errorf("%s: with none: %v", name, err)
		}
		for _, mode := range []postgres.Pooler{postgres.PoolerAuto, postgres.PoolerTransaction} {
			through := *d
			through.Through(t, url, postgres.Options{Pooler: mode, MaxConns: 4})
			limited(t, &through)
			through.Close()
			if strings.HasPrefix(name, "transaction") { // what one set is not there for the next
				conn := must(pgx.Connect(t.Context(), url))(t)
				var timeout string
				err := conn.QueryRow(t.Context(), `show statement_timeout`, pgx.QueryExecModeSimpleProtocol).Scan(&timeout)
				_ = conn.Close(t.Context())
				same(t, name, timeout, must("0", err)(t))
			}
		}
	}
	same(t, "settings of others", d.Count(t, `select count(*) from pg_db_role_setting`), 0)
}

// limited fails unless whatever goes through the database keeps its limits.
func limited(t *testing.T, d *dbtest.Database) {
	t.Helper()
	if _, err := d.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), "owner_url") {
		t.Errorf("it migrates: %v", err)
	}
	for name, in := range d.Transactions() {
		seen := must(in(t.Context(), `select string_agg(current_setting(n), ' ') from unnest(array['lock_timeout',
			'statement_timeout', 'idle_in_transaction_session_timeout', 'client_connection_check_interval']) n`))(t)
		same(t, name, seen, "2s 5s 10s 500ms")
		if strings.HasPrefix(name, "reads") {
			_, err := in(t.Context(), `insert into workspaces (name) values ('x') returning name`)
			if code, _ := postgres.SQLState(err); code != "25006" {
				t.Errorf("%s writes: %v", name, err)
			}
		}
	}
	a := d.Workspace(t, "Harbor Analytics")
	first, second := d.NewPersona(t, a, "Ada"), d.NewPersona(t, a, "Grace")
	for range 3 { // until each connection knows the statements
		must(d.SetDefault(t.Context(), a, first.ID))(t)
		must(d.SetDefault(t.Context(), a, second.ID))(t)
	}
	var n atomic.Int64
	must(d.SetDefault(postgres.CountTrips(t.Context(), &n), a, first.ID))(t)
	same(t, "round trips of a write", n.Load(), int64(2))
	n.Store(0)
	must(d.Persona(postgres.CountTrips(t.Context(), &n), a, first.ID))(t)
	same(t, "round trips of a read", n.Load(), int64(1))
}

// TestStatementPoolingIsRefusedAtTheStart opens through a pooler that takes a transaction in
// one round trip, as the others do, and none in two.
func TestStatementPoolingIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	url := d.Pooler(t, "statement")
	for _, mode := range []postgres.Pooler{postgres.PoolerAuto, postgres.PoolerTransaction} {
		db, err := postgres.Open(t.Context(), url, postgres.Options{Pooler: mode, MaxConns: 4})
		if err == nil {
			db.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "statement pooling") {
			t.Errorf("with %s: %v", mode, err)
		}
	}
}

func TestAnErrorOfAPoolerIsATimeToComeBack(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	url := d.Pooler(t, "transaction", "query_wait_timeout = 1", "default_pool_size = 1", "max_db_connections = 1")
	db := must(postgres.Open(t.Context(), url, postgres.Options{MaxConns: 4}))(t)
	t.Cleanup(db.Close)
	holder := must(pgx.Connect(t.Context(), url))(t)
	defer func() { _ = holder.Close(t.Context()) }()
	tx := must(holder.Begin(t.Context()))(t)
	if _, err := db.Anybody(t.Context()); !errors.Is(err, persona.ErrUnavailable) {
		t.Errorf("without a connection for us: %v", err)
	}
	_ = tx.Rollback(t.Context())
	if _, err := db.Anybody(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
