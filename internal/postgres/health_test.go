package postgres_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"personae/internal/audit"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// sayings returns what findings say.
func sayings(findings []persona.Finding) []string {
	list := []string{}
	for _, f := range findings {
		list = append(list, f.Rule+": "+f.Sentence.String())
	}
	return list
}

// ofData is sayings, without the guards.
func ofData(findings []persona.Finding) []string {
	return slices.DeleteFunc(sayings(findings), func(s string) bool { return strings.HasPrefix(s, "guards: ") })
}

func TestNothingIsWrongWithAWorkspaceThatHasLived(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Lived(t, "Harbor")
	empty := d.Workspace(t, "Empty").Workspace()
	d.Exec(t, `insert into workspace_settings (workspace_id) values ($1)`, empty)
	d.Exec(t, `delete from workspace_settings where workspace_id = $1`, empty)
	d.Exec(t, `insert into workspaces (name) values ('Nobody lives here')`)
	d.Healthy(t)
	health := must(d.Health(t.Context(), a))(t)
	same(t, "findings", sayings(health.Findings), []string{})
	if time.Since(health.GuardsAt) > time.Minute {
		t.Error("the guards were looked at", health.GuardsAt)
	}
}

// TestEveryBrokenRuleIsToldAndRepairedWhereItCanBe breaks each in a workspace of its
// own; a last one stays as it is.
func TestEveryBrokenRuleIsToldAndRepairedWhereItCanBe(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.NewPersona(t, d.Workspace(t, "Whole"), "Theirs")
	breakages := dbtest.Breakages()
	workspaces := make([]postgres.Access, len(breakages))
	for i, b := range breakages {
		workspaces[i] = d.Lived(t, b.Rule)
		d.Break(t, workspaces[i], b)
	}
	all := must(d.HealthOfAll(t.Context()))(t)
	tried := map[string]bool{"guards": true}
	for i, b := range breakages {
		tried[b.Rule] = true
		a := workspaces[i]
		theirs := slices.DeleteFunc(slices.Clone(all), func(f persona.Finding) bool { return f.Workspace != a.Workspace() })
		found := must(d.Health(t.Context(), a))(t).Findings
		same(t, "what is told of the workspace alone: "+b.SQL, ofData(found), sayings(theirs))
		at := slices.IndexFunc(found, func(f persona.Finding) bool {
			return f.Rule == b.Rule && f.Name == b.Rule && strings.Contains(f.Sentence.String(), b.Says)
		})
		if at < 0 {
			t.Errorf("%s is not told of %s, but %v", b.Rule, b.SQL, found)
			continue
		}
		same(t, "repairable: "+b.SQL, found[at].Repairable(), b.Repaired)
		if !b.Repaired {
			continue
		}
		if _, err := d.Repair(t.Context(), a, persona.PersonaIsRight); err != nil {
			t.Errorf("%s: %v", b.SQL, err)
		}
		left := must(d.Health(t.Context(), a))(t).Findings
		same(t, "left: "+b.SQL, ofData(left), []string{})
		same(t, "events that say what was found", d.Count(t, `select count(*) from audit_events where workspace_id = $1
			and action = 'workspace.repaired' and details->'rules' ? $2`, a.Workspace(), b.Rule), 1)
	}
	for _, rule := range postgres.Rules() {
		if !tried[rule] {
			t.Errorf("nobody breaks %s", rule)
		}
	}
	for _, f := range all {
		if f.Name == "Whole" {
			t.Error("what is whole is told of:", f)
		}
	}
}

func TestWhatIsLostAfterARepairIsToldAgain(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Lived(t, "Harbor")
	lost := dbtest.Breakage{SQL: `delete from audit_events where workspace_id = $ws
		and rev = (select max(rev) from audit_events where workspace_id = $ws and action <> 'workspace.repaired');
		delete from persona_versions v using personas p where p.workspace_id = $ws and p.name = 'Other'
		and v.persona_id = p.id and v.version = p.version - 1`}
	d.Break(t, a, lost)
	if _, err := d.Repair(t.Context(), a, persona.PersonaIsRight); err != nil {
		t.Fatal(err)
	}
	d.Healthy(t)
	for range 3 {
		p := must(d.Persona(t.Context(), a, must(d.PersonasPage(t.Context(), a, "", 1))(t).Personas[1].ID))(t)
		must(d.Edit(t.Context(), a, p.ID, p.Version, persona.Content{Name: p.Name,
			Voice: persona.Voice{Goals: p.Goals + "more"}}, persona.KeepDefault))(t)
	}
	d.Healthy(t)
	d.Break(t, a, lost)
	var rules []string
	for _, f := range must(d.HealthOfAll(t.Context()))(t) {
		rules = append(rules, f.Rule)
	}
	same(t, "rules", rules, []string{"versions", "events"})
}

func TestADeletionThatNobodyRecordedCanBeUndoneAfterARepair(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Lived(t, "Harbor")
	d.Break(t, a, dbtest.Breakage{SQL: `delete from personas where workspace_id = $ws and name = 'Other'`})
	if _, err := d.Repair(t.Context(), a, persona.PersonaIsRight); err != nil {
		t.Fatal(err)
	}
	list := must(d.DeletedPersonas(t.Context(), a))(t)
	at := slices.IndexFunc(list, func(r audit.Restorable) bool { return r.Name == "Other" })
	if at < 0 {
		t.Fatalf("it cannot be restored: %v", list)
	}
	saved := must(d.Restore(t.Context(), a, list[at].ID, list[at].Version, 0))(t)
	same(t, "its words", saved.Persona.Greeting, "Hello 2")
	d.Healthy(t)
}

func TestTheGuardsAreLookedAtOnceAMinuteForPages(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	first := must(d.Health(t.Context(), a))(t)
	d.Exec(t, `drop index personas_one_default`)
	second := must(d.Health(t.Context(), a))(t)
	same(t, "findings", sayings(second.Findings), []string{})
	same(t, "looked at", second.GuardsAt, first.GuardsAt)
	if found := must(d.HealthOfAll(t.Context()))(t); len(found) != 1 {
		t.Error("whoever runs the server is told", found)
	}
	third := must(d.Health(t.Context(), a))(t)
	if len(third.Findings) != 1 || !third.GuardsAt.After(first.GuardsAt) {
		t.Errorf("what was looked at since is not told: %v", third)
	}
}
