package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
)

func TestDoctorFindsAndRepairsInEveryWorkspace(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, b := d.Workspace(t, "Harbor"), d.Workspace(t, "Cedar")
	d.NewPersona(t, a, "Default")
	d.NewPersona(t, b, "Default")
	env := []string{"PERSONAE_DATABASE_URL=" + d.URL}
	if code, out, errs := personae(t, env, "", "doctor"); code != 0 || !strings.Contains(out, "every rule holds") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	d.Exec(t, `alter table workspace_settings disable trigger user`)
	d.Exec(t, `update workspace_settings set ai_goals = 'Drifted'`)
	d.Exec(t, `alter table workspace_settings enable trigger user`)
	before := d.Snapshot(t)
	code, out, _ := personae(t, env, "", "doctor", "--json")
	var findings []struct{ Rule, Workspace, Sentence string }
	if err := json.Unmarshal([]byte(out), &findings); err != nil || code != 1 || len(findings) != 4 ||
		findings[0].Rule != "mirror" || findings[2].Rule != "settings_history" {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	if d.Snapshot(t) != before {
		t.Error("looking changed something")
	}
	if _, out, _ := personae(t, env, "", "doctor"); !strings.Contains(out,
		a.Workspace().String()+" mirror: Harbor: The workspace settings differ from the default persona “Default” in 1 of its 8 fields.\n") {
		t.Error(out)
	}
	d.Exec(t, `alter table workspace_settings disable trigger user`)
	d.Exec(t, `delete from workspace_settings where workspace_id = $1`, a.Workspace())
	if _, out, _ := personae(t, env, "", "doctor"); !strings.Contains(out,
		" mirror: Harbor: The workspace settings are missing, so older programs do not get the words of the default persona “Default”.\n") {
		t.Error(out)
	}
	d.Exec(t, `insert into workspace_settings (workspace_id, ai_goals) values ($1, 'Drifted')`, a.Workspace())
	d.Exec(t, `alter table workspace_settings enable trigger user`)
	if code, _, errs := personae(t, env, "", "doctor", "--repair", "nonsense"); code != 2 {
		t.Errorf("exit %d: %s", code, errs)
	}
	if code, out, errs := personae(t, env, "", "doctor", "--repair", "settings"); code != 0 {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	if n := d.Count(t, `select count(*) from personas where goals = 'Drifted'`); n != 2 || len(d.Broken(t)) > 0 {
		t.Errorf("%d personas took the settings' words; broken: %v", n, d.Broken(t))
	}
	d.Exec(t, `alter table personas disable trigger user`)
	d.Exec(t, `update personas set name = 'Renamed'`)
	d.Exec(t, `alter table personas enable trigger user`)
	if code, out, _ := personae(t, env, "", "doctor"); code != 1 || strings.Count(out, " history: ") != 2 {
		t.Errorf("exit %d: %s", code, out)
	}
	if code, out, errs := personae(t, env, "", "doctor", "--repair", "persona"); code != 0 ||
		!strings.Contains(out, "every rule holds") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

func TestDoctorTellsOfEveryRuleByItsCode(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.NewPersona(t, d.Workspace(t, "Whole"), "Theirs")
	for _, b := range dbtest.Breakages() {
		d.Break(t, d.Lived(t, b.Rule), b)
	}
	env := []string{"PERSONAE_DATABASE_URL=" + d.URL, "PERSONAE_SESSION_KEY=" + strings.Repeat("k", 32)}
	code, out, errs := personae(t, env, "", "doctor", "--json")
	var findings []struct{ Rule, Workspace, WorkspaceID, Sentence string }
	if err := json.Unmarshal([]byte(out), &findings); err != nil || code != 1 {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	for _, b := range dbtest.Breakages() {
		if !slices.ContainsFunc(findings, func(f struct{ Rule, Workspace, WorkspaceID, Sentence string }) bool {
			return f.Rule == b.Rule && f.Workspace == b.Rule && f.WorkspaceID != "" && strings.Contains(f.Sentence, b.Says)
		}) {
			t.Errorf("doctor does not tell of %s: %s", b.Rule, b.SQL)
		}
	}
}
