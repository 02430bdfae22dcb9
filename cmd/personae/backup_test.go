package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"

	"personae/internal/testing/dbtest"
	"personae/migrations"
)

// empty returns a database without a table.
func empty(t *testing.T) *dbtest.Database {
	t.Helper()
	url := dbtest.Empty(t)
	pool, err := pgxpool.New(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &dbtest.Database{URL: url, SQL: pool}
}

// content returns a hash of the rows of every table.
func content(t *testing.T, d *dbtest.Database) (hashes string) {
	t.Helper()
	if err := d.SQL.QueryRow(t.Context(), `select string_agg(schemaname || '.' || tablename || query_to_xml(format(
		'select md5(string_agg(r::text, chr(10) order by r::text)) from %I.%I r', schemaname, tablename),
		false, true, '')::text, chr(10) order by schemaname, tablename) from pg_tables
		where schemaname in ('public', 'river') and tablename <> 'river_migration'`).Scan(&hashes); err != nil {
		t.Fatal(err)
	}
	return hashes
}

func TestABackupIsRestoredWholeIntoAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Lived(t, "Harbor")
	d.Overdue(t, a)
	from := operator{t, d}
	file := filepath.Join(t.TempDir(), "personae.backup")
	before, was := d.Snapshot(t), content(t, d)
	from.does("", "backup", file)
	from.does("", "backup", file)
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	if d.Snapshot(t) != before {
		t.Error("a backup changed something")
	}
	piped := from.does("", "backup", "-")

	for in, words := range map[string][]string{"": {"restore", file}, piped: {"restore", "-"}} {
		to := empty(t)
		if out := (operator{t, to}).does(in, words...); !strings.Contains(out, "every rule holds") {
			t.Error(out)
		}
		if got := content(t, to); got != was {
			t.Errorf("what was restored is not what was there:\n%s\n%s", got, was)
		}
		analyzed(t, to)
	}
}

func TestARestoreIsAllOrNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Lived(t, "Harbor")
	from := operator{t, d}
	whole := from.does("", "backup", "-")
	from.fails(whole, "holds something already", "restore", "-")
	into := operator{t, empty(t)}
	for says, in := range map[string]string{"pg_restore": whole[:len(whole)/2], "Nothing was restored": "no backup"} {
		if code, _, errs := into.run(in, "restore", "-"); code != 1 || !strings.Contains(errs, says) {
			t.Errorf("exit %d: %s", code, errs)
		}
		if n := into.db.Count(t, `select count(*) from pg_tables where schemaname = 'public'`); n != 0 {
			t.Errorf("%d tables are left", n)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing")
	if code, _, errs := into.run("", "restore", missing); code != 1 || !strings.Contains(errs, "no such file") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, _, _ := from.run("", "backup", filepath.Join(missing, "personae.backup")); code != 1 {
		t.Errorf("exit %d", code)
	}
}

func TestACommandInTheWrongFolderMakesNoDatabase(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	for _, words := range []string{"doctor", "user list", "user add --email ada@example.com --name Ada", "migrate status",
		"workspace list", "backup -"} {
		code, out, errs := personae(t, []string{"PERSONAE_DATABASE_DATA_DIR=" + dir}, "a long password", strings.Fields(words)...)
		if code != 1 || out != "" || !strings.Contains(errs, "there is no database in "+dir) ||
			!strings.Contains(errs, "PERSONAE_DATABASE_DATA_DIR") {
			t.Errorf("%s: exit %d: %s%s", words, code, out, errs)
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%s: %v", words, err)
		}
	}
}

func TestABackupOfAnOlderPersonaeIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	from, to := operator{t, empty(t)}, operator{t, empty(t)}
	older, err := sql.Open("pgx", from.db.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer older.Close()
	steps, err := goose.NewProvider(goose.DialectPostgres, older, migrations.FS)
	if err == nil {
		_, err = steps.UpTo(t.Context(), 53) // before leads could be erased
	}
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "older.backup")
	from.does("", "backup", file)
	if out := to.does("", "restore", file); !strings.Contains(out, "every rule holds") {
		t.Error(out)
	}
}

// analyzed fails unless PostgreSQL has counted what is in the personas.
func analyzed(t *testing.T, d *dbtest.Database) {
	t.Helper()
	if n := d.Count(t, `select count(*) from pg_stats where tablename = 'personas'`); n == 0 {
		t.Error("PostgreSQL knows nothing of the personas yet")
	}
}
