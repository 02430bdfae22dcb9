package main

import (
	"strings"
	"testing"

	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

func TestMigrationsAreListedAndAppliedOnce(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	o.does("correct horse\n", "user", "add", "--email", "ada@example.com", "--name", "Ada")
	if text := o.does("", "migrate", "status"); !strings.Contains(text, "00001_personas.sql\tapplied") {
		t.Error(text)
	}
	if text := o.does("", "migrate", "up"); text != "nothing to apply\n" {
		t.Error(text)
	}
	if status := o.does("", "migrate", "status"); strings.Contains(status, "not applied") || !strings.Contains(status, "river 001") {
		t.Error(status)
	}
}

func TestADatabaseOfANewerProgramIsLeftAlone(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	// What the newer one lets the server do, and this one would take back.
	d.Exec(t, `grant truncate on secrets to personae_server`)
	d.Exec(t, `insert into goose_db_version (version_id, is_applied) values (99999, true)`)
	server, err := postgres.URLFor(d.URL, postgres.ServerRole)
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"PERSONAE_DATABASE_URL=" + server, "PERSONAE_DATABASE_OWNER_URL=" + d.URL, "PERSONAE_SERVER_ADDR=127.0.0.1:0"}
	for _, command := range [][]string{{"serve"}, {"migrate", "up"}} {
		if code, _, errs := personae(t, env, "", command...); code != 1 || !strings.Contains(errs, "a newer personae") {
			t.Errorf("%v: exit %d: %s", command, code, errs)
		}
	}
	if d.Count(t, `select count(*) where has_table_privilege('personae_server', 'secrets', 'truncate')`) != 1 {
		t.Error("a right was taken back")
	}
}
