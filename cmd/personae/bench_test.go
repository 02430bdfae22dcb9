package main

import (
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
)

func TestAnEmptyDatabaseIsSeededUnderAllRulesAndGoesOn(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	o := operator{t, d}
	sizes := []string{"--personas=3", "--campaigns=4", "--leads=2", "--events=5"}
	seed := func(workspaces string) string {
		return o.does("", append([]string{"bench", "seed", "--workspaces=" + workspaces}, sizes...)...)
	}
	seed("2")
	if out := seed("300"); !strings.Contains(out, "300 workspaces") {
		t.Error(out)
	}
	before := d.Snapshot(t)
	seed("300")
	if d.Snapshot(t) != before {
		t.Error("what is there already was changed")
	}
	for table, n := range map[string]int{"workspaces": 300, "personas": 900, "campaigns": 1200, "leads": 600, "messages": 600, "scores": 600,
		"audit_events": 1500, "persona_versions": 900} {
		if got := d.Count(t, `select count(*) from `+table); got != n {
			t.Errorf("%d %s, and not %d", got, table, n)
		}
	}
	if out := o.does("", "doctor"); !strings.Contains(out, "every rule holds") {
		t.Error(out)
	}
	d.Workspace(t, "Harbor")
	o.fails("", "of people", "bench", "seed")
	if code, _, errs := o.run("", "bench", "seed", "--leads=0"); code != 2 {
		t.Errorf("exit %d: %s", code, errs)
	}
}
