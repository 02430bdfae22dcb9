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

func TestASweepForgetsLeadsAsTheSettingsSay(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	in := d.Inbox(t, a)
	receive(t, d, in, dbtest.Inbound("m-1"))
	fresh := dbtest.Inbound("m-2")
	fresh.Lead.ExternalID = "fresh"
	receive(t, d, in, fresh)
	d.Exec(t, `update leads set last_at = now() - interval '2 months' where external_id = 'liv'`)
	d.Exec(t, `insert into workspace_settings (workspace_id, forget_leads_after_months) values ($1, 1)`, a.Workspace())
	d.Exec(t, `alter table workspace_settings_versions disable trigger user`)
	d.Exec(t, `update workspace_settings_versions set recorded_at = now() - interval '2 days'`)
	d.Exec(t, `alter table workspace_settings_versions enable trigger user`)
	d.Exec(t, `insert into river.river_job (kind, args, max_attempts, queue) values ('sweep', '{}', 1, 'default')`) // which comes by itself once a minute
	run(t, d, nil, compose)
	d.Until(t, 1, `select count(*) from audit_events where action = 'lead.forgotten' and details->>'leads' = '1'`)
	if n := d.Count(t, `select count(*) from leads where external_id = 'fresh'`); n != 1 {
		t.Error("the other lead is gone too")
	}
}
