package main

import (
	"strings"
	"testing"

	"personae/internal/postgres"
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
	large := []string{"bench", "large", "--personas=7", "--campaigns=9", "--leads=50", "--events=101"}
	if out, told := o.does("", large...), "101 events of the large workspace"; !strings.Contains(out, told) {
		t.Errorf("%s does not say %s", out, told)
	}
	for table, n := range map[string]int{"personas": 907, "campaigns": 1209, "leads": 650, "messages": 650, "scores": 650, "audit_events": 1601} {
		if got := d.Count(t, `select count(*) from `+table); got != n {
			t.Errorf("with a large workspace %d %s, and not %d", got, table, n)
		}
	}
	before = d.Snapshot(t)
	o.does("", large...)
	seed("300")
	if d.Snapshot(t) != before {
		t.Error("a large workspace is made twice, or in the way of the others")
	}
	if out := o.does("", "doctor"); !strings.Contains(out, "every rule holds") {
		t.Error(out)
	}
	d.Workspace(t, "Harbor")
	o.fails("", "of people", large...)
	o.fails("", "of people", "bench", "seed")
	if code, _, errs := o.run("", "bench", "seed", "--leads=0"); code != 2 {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestALargeWorkspaceThatWasStoppedGoesOn(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Through(t, d.URL, postgres.Options{})
	sizes := postgres.Seed{Personas: 3, Campaigns: 4, Leads: 120, Events: 150}
	for _, events := range []int{3, 6} {
		has, err := d.SeedLarge(t.Context(), sizes, events-3)
		if err != nil || has != events {
			t.Fatalf("%d events and not %d: %v", has, events, err)
		}
	}
	out := operator{t, d}.does("", "bench", "large", "--personas=3", "--campaigns=4", "--leads=120", "--events=150")
	if !strings.Contains(out, "150 events") || d.Count(t, `select count(*) from leads`) != 120 || d.Count(t, `select count(*) from audit_events`) != 150 {
		t.Errorf("%s\n%d leads, %d events", out, d.Count(t, `select count(*) from leads`), d.Count(t, `select count(*) from audit_events`))
	}
}
