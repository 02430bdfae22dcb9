package postgres_test

import (
	"testing"
	"time"

	"personae/internal/testing/dbtest"
	"personae/migrations"
)

func TestEachWorkspaceGetsASupportCodeWhileOthersWrite(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	// As the migrations before left it.
	d.Exec(t, `alter table workspaces drop support_code; drop function new_support_code()`)
	d.Exec(t, `insert into workspaces (name) select 'Client ' || n from generate_series(1, 12000) n`)
	migration, err := migrations.FS.ReadFile("00034_support_codes.sql")
	if err != nil {
		t.Fatal(err)
	}
	done, waited := make(chan struct{}), time.Duration(0)
	go func() { // as every write locks its workspace
		defer close(done)
		for n := range 200 {
			begun := time.Now()
			d.Exec(t, `update workspaces set name = name || ' Ltd' where name = 'Client ' || $1::integer`, n*50+1)
			waited = max(waited, time.Since(begun))
		}
	}()
	for range 2 { // also where it was cut short before
		for _, statement := range statements(string(migration)) {
			d.Exec(t, statement)
		}
	}
	<-done
	d.Workspace(t, "Afterwards")
	if n := d.Count(t, `select count(distinct support_code) from workspaces where support_code ~ '^[2-9CDFHJKMNPQRTVWXY]{8}$'`); n != 12001 {
		t.Errorf("%d workspaces have a code of their own", n)
	}
	if waited > 5*time.Second {
		t.Errorf("a write waited %v", waited)
	}
	for _, code := range []string{`null`, `'K7MX3RW0'`, `'k7mx3rwd'`, `'K7MX3RW'`, `(select support_code from workspaces where name = 'Client 2')`} {
		if _, err := d.SQL.Exec(t.Context(), `update workspaces set support_code = `+code+` where name = 'Client 3'`); err == nil {
			t.Errorf("a workspace has the code %s", code)
		}
	}
}
