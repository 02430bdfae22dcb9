package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestTheServersRoleIsMadeWithThePasswordOfItsURL, or the owner says what makes it.
func TestTheServersRoleIsMadeWithThePasswordOfItsURL(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	owner, server := "owner_"+uuid.NewString(), "server_"+uuid.NewString()
	u, err := url.Parse(dbtest.Empty(t))
	if err != nil {
		t.Fatal(err)
	}
	db.Exec(t, `create role "`+owner+`" login`)
	db.Exec(t, `alter database "`+strings.TrimPrefix(u.Path, "/")+`" owner to "`+owner+`"`)
	as := func(role string) string {
		query := u.Query()
		query.Set("user", role)
		query.Set("password", "s3cret'word")
		return "postgres://" + u.Path + "?" + query.Encode()
	}
	up := func() (int, string) {
		code, out, errs := personae(t, []string{"PERSONAE_DATABASE_OWNER_URL=" + as(owner),
			"PERSONAE_DATABASE_URL=" + as(server)}, "", "migrate", "up")
		return code, out + errs
	}
	if code, says := up(); code != 1 || !strings.Contains(says, `create role "`+server+`" login; \password "`+server+`"`) ||
		strings.Contains(says, "s3cret") {
		t.Errorf("an owner who may make no roles: exit %d: %s", code, says)
	}
	db.Exec(t, `alter role "`+owner+`" createrole`)
	if code, says := up(); code != 0 {
		t.Errorf("one who may: exit %d: %s", code, says)
	}
	if n := db.Count(t, `select count(*) from pg_authid where rolname = $1 and rolcanlogin
		and rolpassword like 'SCRAM-SHA-256$4096:%'`, server); n != 1 {
		t.Error("the role has not the password of its URL")
	}
}

// TestARoleThatDoesNotOwnTheTablesServesWhatIsUpToDate, and is told what to set where it is not.
func TestARoleThatDoesNotOwnTheTablesServesWhatIsUpToDate(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	only := []string{"PERSONAE_DATABASE_URL=" + db.ServerSQL.Config().ConnString()}
	serve(t, only).stop()
	if code, out, errs := personae(t, only, "", "migrate", "up"); code != 0 {
		t.Errorf("nothing is missing: exit %d: %s%s", code, out, errs)
	}
	nobody := "nobody_" + uuid.NewString()
	db.Exec(t, `create role "`+nobody+`" login`)
	empty, err := postgres.URLFor(dbtest.Empty(t), nobody)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, errs := personae(t, []string{"PERSONAE_DATABASE_URL=" + empty}, "", "migrate", "up"); code != 1 ||
		!strings.Contains(errs, "let owner_url name") {
		t.Errorf("a role that may make no tables: exit %d: %s", code, errs)
	}
	db.Exec(t, `delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)`)
	before := db.Snapshot(t)
	for _, command := range [][]string{{"serve"}, {"migrate", "up"}} {
		code, _, errs := personae(t, append(only, "PERSONAE_SERVER_ADDR=127.0.0.1:0"), "", command...)
		if code != 1 || !strings.Contains(errs, "let [database] owner_url name") || !strings.Contains(errs, "Migrations that are missing: 1.") {
			t.Errorf("%v: exit %d: %s", command, code, errs)
		}
	}
	if db.Snapshot(t) != before {
		t.Error("something was changed")
	}
}

// TestBehindAPoolerTheOwnerGoesDirect has commands reach the database through PgBouncer.
func TestBehindAPoolerTheOwnerGoesDirect(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	through := "PERSONAE_DATABASE_URL=" + db.Pooler(t, "transaction")
	if code, _, errs := personae(t, []string{through}, "", "migrate", "up"); code != 1 || !strings.Contains(errs, "owner_url") {
		t.Errorf("without owner_url: exit %d: %s", code, errs)
	}
	owner := "PERSONAE_DATABASE_OWNER_URL=" + db.URL
	if code, out, errs := personae(t, []string{through, owner}, "", "migrate", "up"); code != 0 {
		t.Errorf("with it: exit %d: %s%s", code, out, errs)
	}
	code, _, errs := personae(t, []string{through, owner, "PERSONAE_DATABASE_POOLER=none", "PERSONAE_SERVER_ADDR=127.0.0.1:0"},
		"", "serve")
	if code != 1 || !strings.Contains(errs, "pooler = transaction") {
		t.Errorf("it serves though no pooler should be there: exit %d: %s", code, errs)
	}
}
