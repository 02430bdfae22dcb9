package jobs_test

import (
	"testing"

	"personae/internal/testing/dbtest"
)

func TestAWorkspaceIsErasedInTheBackgroundAlsoWhereTheJobGotLost(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	kept := d.Workspace(t, "Cedar")
	d.NewPersona(t, kept, "Kept")
	for _, lost := range []bool{false, true} {
		a := d.Workspace(t, "Harbor")
		d.NewPersona(t, a, "Default")
		receive(t, d, d.Inbox(t, a), dbtest.Inbound("m-1"))
		if err := d.EraseWorkspace(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if lost {
			d.Exec(t, `delete from river.river_job where kind = 'erase'`)
			d.Exec(t, `update workspaces set erasing_at = now() - interval '1 day' where id = $1`, a.Workspace())
		}
	}
	run(t, d, nil, compose)
	d.Until(t, 2, `select count(*) from workspace_erasures where finished_at is not null and rows_removed > 5`)
	if n := d.Count(t, `select count(*) from workspaces w join personas p on p.workspace_id = w.id and p.name = 'Kept'`); n != 1 {
		t.Error("another workspace was erased too")
	}
	if n := d.Count(t, `select (select count(*) from workspaces) + (select count(*) from messages) + (select count(*) from leads)`); n != 1 {
		t.Errorf("%d rows are left, want the other workspace alone", n)
	}
}
