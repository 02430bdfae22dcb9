package postgres_test

import (
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"testing"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"

	"github.com/jackc/pgx/v5/pgproto3"
)

// backend finds the server's process in what failWith has it say.
var backend = regexp.MustCompile(`backend (\d+)`)

// failWith has PostgreSQL fail with a code at each new persona.
func failWith(t *testing.T, d *dbtest.Database, code string) {
	t.Helper()
	d.Exec(t, `create or replace function refuse() returns trigger language plpgsql as
		$$ begin raise exception 'backend %', pg_backend_pid() using errcode = '`+code+`'; end $$`)
	d.Exec(t, `create or replace trigger refuse before insert on personas execute function refuse()`)
}

// TestAConnectionToADemotedServerIsGivenUp has a server that takes no writes stand in by
// what it would answer.
func TestAConnectionToADemotedServerIsGivenUp(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor Analytics")
	for _, code := range []string{"25006", "0A000"} {
		failWith(t, d, code)
		_, err := d.Create(t.Context(), a, persona.Content{Name: "Ada"}, false)
		if !errors.Is(err, persona.ErrUnavailable) {
			t.Fatalf("%s: %v", code, err)
		}
		d.Until(t, 0, `select count(*) from pg_stat_activity where pid = $1::text::int`, backend.FindStringSubmatch(err.Error())[1])
		d.Exec(t, `drop trigger refuse on personas`)
		d.NewPersona(t, a, "Made after "+code)
	}
}

func TestADatabaseThatTakesNoWritesIsNotReady(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	db, err := postgres.Open(t.Context(), d.URL+"&target_session_attrs=read-write", postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	// As in a standby, for connections that are made from now on.
	d.Exec(t, `do $$ begin execute format('alter database %I set default_transaction_read_only = on', current_database()); end $$`)
	db, err = postgres.Open(t.Context(), d.URL, postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "takes no writes") {
		t.Errorf("ready: %v", err)
	}
	d.Exec(t, `begin read write; do $$ begin execute format('alter database %I reset default_transaction_read_only', current_database()); end $$; commit`)
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("not ready though it takes writes again: %v", err)
	}
}

func TestAFullDiskIsATimeToComeBack(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor Analytics")
	for _, code := range []string{"53100", "53200", "53400"} {
		failWith(t, d, code)
		if _, err := d.Create(t.Context(), a, persona.Content{Name: "Ada"}, false); !errors.Is(err, persona.ErrUnavailable) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// TestAPoolerThatDropsLimitsIsRefused stands between as a pooler does that ignores what
// connections ask for as they begin.
func TestAPoolerThatDropsLimitsIsRefused(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, dropped := range []string{"default_transaction_read_only", "statement_timeout"} {
		url := d.Between(t, func(client, server net.Conn) {
			message, err := pgproto3.NewBackend(client, client).ReceiveStartupMessage()
			if err != nil {
				return
			}
			start, ok := message.(*pgproto3.StartupMessage)
			if !ok { // a request to cancel
				return
			}
			delete(start.Parameters, dropped)
			bytes, err := start.Encode(nil)
			if err != nil {
				return
			}
			if _, err := server.Write(bytes); err == nil {
				go func() { _, _ = io.Copy(server, client) }()
				_, _ = io.Copy(client, server)
			}
		})
		_, err := postgres.Open(t.Context(), url, postgres.Options{Pooler: postgres.PoolerNone, MaxConns: 4})
		if err == nil || !strings.Contains(err.Error(), dropped) {
			t.Errorf("without %s: %v", dropped, err)
		}
		db := must(postgres.Open(t.Context(), url, postgres.Options{MaxConns: 4}))(t)
		db.Close()
	}
}
