package postgres_test

import (
	"encoding/base64"
	"testing"

	"github.com/jackc/pgx/v5"

	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestTheServersRoleCanOnlyDoWhatItNeeds tries, as the role under which the
// server and all these tests work, what the server never has to do.
func TestTheServersRoleCanOnlyDoWhatItNeeds(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	before := d.Snapshot(t)
	for _, sql := range []string{
		`update audit_events set action = 'x'`,
		`delete from audit_events`,
		`truncate audit_events`,
		`update persona_versions set greeting = 'x'`,
		`insert into persona_versions (workspace_id, persona_id, version, name, is_default) select workspace_id, id, 99, 'x', false from personas`,
		`delete from workspace_settings_versions`,
		`delete from workspace_settings`,
		`truncate personas cascade`,
		`update users set id = gen_random_uuid()`,
		`delete from users`,
		`update secrets set name = 'x'`,
		`delete from workspaces`,
		`alter table personas disable trigger all`,
		`drop trigger default_holds_update on personas`,
		`set session_replication_role = replica`,
		`create table x (y int)`,
		`create function x() returns int language sql as 'select 1'`,
		`set role ` + postgresOwner(t, d),
	} {
		err := pgx.BeginFunc(t.Context(), d.ServerSQL, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), sql)
			return err
		})
		if err == nil {
			t.Errorf("it may: %s", sql)
		}
	}
	same(t, "tables", d.Snapshot(t), before)
	same(t, "objects it owns", d.Count(t, `select count(*) from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname = $1`, postgres.ServerRole), 0)
}

func postgresOwner(t *testing.T, d *dbtest.Database) string {
	t.Helper()
	var owner string
	if err := d.SQL.QueryRow(t.Context(), `select current_user`).Scan(&owner); err != nil {
		t.Fatal(err)
	}
	return pgx.Identifier{owner}.Sanitize()
}

func TestEveryTableSaysWhatTheServerMayDoWithIt(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	rows, err := d.SQL.Query(t.Context(), `select tablename from pg_tables where schemaname = 'public' order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	same(t, "tables", postgres.PrivilegedTables(), tables)
}

// TestAPasswordIsKeptAsPostgreSQLKeepsIt uses the example of RFC 7677.
func TestAPasswordIsKeptAsPostgreSQLKeepsIt(t *testing.T) {
	t.Parallel()
	salt, err := base64.StdEncoding.DecodeString("W22ZaJ0SNY7soEsUEjb6gQ==")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := postgres.Scram("pencil", salt)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "kept", kept, "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"+
		"WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")
}
