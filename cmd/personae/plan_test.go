package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"personae/internal/persona"
	"personae/internal/testing/dbtest"
)

// change replaces words in a file.
func change(t *testing.T, file string, words ...string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer(words...).Replace(string(text))
	if changed == string(text) {
		t.Fatalf("%s does not hold %q:\n%s", file, words, text)
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// exits runs a command that must end with a status and say something, and returns what it
// printed.
func (o operator) exits(code int, says string, args ...string) string {
	o.t.Helper()
	got, out, errs := o.run("", args...)
	if got != code || !strings.Contains(out+errs, says) {
		o.t.Errorf("%v: exit %d, want %d and %q\n%s%s", args, got, code, says, out, errs)
	}
	return out
}

func TestAWorkspaceIsKeptAsFilesAndChangedByThem(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	a := o.db.Workspace(t, "Harbor")
	ws := a.Workspace().String()
	o.db.NewPersona(t, a, "Anna")
	o.db.NewPersona(t, a, "Bob")
	dir := filepath.Join(t.TempDir(), "harbor")
	main, anna := filepath.Join(dir, "workspace.yaml"), filepath.Join(dir, "personas", "anna.md")
	o.exits(0, "written\t"+anna, "export", "--workspace", ws, "--to", dir)
	before := o.db.Snapshot(t)
	o.exits(0, "The files and the workspace are the same.", "plan", dir)
	o.exits(0, "are the same", "apply", dir)
	o.exits(0, "the files hold all of it already", "export", "--to", dir)

	change(t, anna, "Hello from Anna", "Good day,\n\n{{firstName}}")
	change(t, main, "default: Anna", "default: bob # of the fair\ncampaigns:\n  - externalId: spring\n    persona: Anna")
	out := o.exits(2, "Greeting holds {{firstName}}", "plan", dir)
	for _, says := range []string{"~ change persona “Anna”\n    Greeting:\n    - Hello from Anna\n    + Good day,\n    +\n    + {{firstName}}\n",
		"~ make “Bob” the default instead of “Anna”\n", "+ add campaign “spring” (spring)\n    Answered by: “Anna”\n", "1 to add, 2 to change, 0 to remove.\n"} {
		if !strings.Contains(out, says) {
			t.Errorf("it does not say %q:\n%s", says, out)
		}
	}
	o.exits(1, "nothing was changed: say --yes where nobody can be asked", "apply", dir)
	o.exits(1, "holds changes that were not applied, and nothing was written", "export", "--to", dir)
	if o.db.Snapshot(t) != before {
		t.Error("something changed before it was to")
	}
	o.exits(0, "Applied "+dir, "apply", "--yes", dir)
	o.exits(0, "are the same", "plan", dir)
	text, _ := os.ReadFile(main)
	if !strings.Contains(string(text), "default: bob # of the fair\n") || !strings.HasPrefix(string(text), "workspace: "+ws+"\nrevision: 3\n") {
		t.Errorf("it was written as\n%s", text)
	}
	// As if it had been killed before it wrote the files.
	change(t, main, "revision: 3", "revision: 2")
	o.exits(0, "are the same", "plan", dir)
	o.exits(0, "1 file was brought up to date", "apply", dir)
	if again, _ := os.ReadFile(main); string(again) != string(text) {
		t.Errorf("it was written as\n%s", again)
	}
	if n := o.db.Count(t, `select count(*) from audit_events where action = 'persona.applied' and capacity = 'operator'`); n != 1 {
		t.Errorf("%d events", n)
	}
	o.fails("", "the files are for the workspace "+ws, "plan", "--workspace", o.db.Workspace(t, "Other").Workspace().String(), dir)
	o.fails("", "there is no persona of this name", "apply", "--yes", broken(t, ws))
	o.exits(2, "--workspace goes with one path", "plan", "--workspace", ws, dir, dir)
	o.exits(1, "name the same workspace", "apply", "--yes", dir, dir)
	o.exits(2, "missing flags: --workspace=ID", "export")
}

func TestAPlanSaysWhatApplyWouldDoToSettingsAndNames(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	ws := o.db.Workspace(t, "Harbor").Workspace().String()
	file := filepath.Join(t.TempDir(), "a.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte("workspace: "+ws+"\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("settings: {companyName: Harbor, tone: direct, greeting: 'Hi {{firstName}}'}\n")
	o.exits(2, "a.yaml:2: settings: Greeting holds {{firstName}}", "plan", file)
	o.exits(2, `"message": "Greeting holds {{firstName}}`, "plan", "--json", file)
	o.exits(0, "Applied", "apply", "--yes", file)

	write("personas:\n- {name: Anna, greeting: Hello}\n")
	out := o.exits(2, "~ make “Anna” the default\n", "plan", file)
	for _, says := range []string{"    Tone in the settings: direct → (nothing)\n", "    Greeting in the settings: Hi {{firstName}} → Hello\n"} {
		if !strings.Contains(out, says) {
			t.Errorf("it does not say %q:\n%s", says, out)
		}
	}
	o.exits(2, `"field": "settings.tone"`, "plan", "--json", file)
	o.exits(0, "Applied", "apply", "--yes", file)
	change(t, file, "greeting: Hello\n", "greeting: Hello\n  - {name: Bob}\n")
	o.exits(0, "Applied", "apply", "--yes", file)
	change(t, file, "name: Anna", "name: X", "name: Bob", "name: Anna")
	change(t, file, "name: X", "name: Bob")
	o.exits(1, "exchange their names", "plan", file)
	o.exits(0, "are the same", "plan", exported(o, ws, "b.md"))
}

// exported returns where a workspace was exported to.
func exported(o operator, workspace, name string) string {
	o.t.Helper()
	to := filepath.Join(o.t.TempDir(), name)
	o.exits(0, "written\t"+to, "export", "--workspace", workspace, "--to", to)
	return to
}

// broken returns a file that cannot be applied.
func broken(t *testing.T, workspace string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(file, []byte("workspace: "+workspace+"\ndefault: Nobody\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWhatWasChangedOnAPageIsTakenBackByFilesOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	a := o.db.Workspace(t, "Harbor")
	p := o.db.NewPersona(t, a, "Anna")
	one, two := filepath.Join(t.TempDir(), "a.yaml"), filepath.Join(t.TempDir(), "b.json")
	for _, file := range []string{one, two} {
		o.exits(0, "written", "export", "--workspace", a.Workspace().String(), "--to", file)
	}
	edited := p.Content
	edited.Greeting = "By hand"
	if _, err := o.db.Edit(t.Context(), a, p.ID, p.Version, edited, persona.KeepDefault); err != nil {
		t.Fatal(err)
	}
	before := o.db.Snapshot(t)
	for _, command := range [][]string{{"plan"}, {"apply", "--yes"}} {
		o.exits(2, one+" would take back what was changed on the pages:\n  “Anna”: Greeting was changed here since the files were made.\nNothing was changed.",
			append(command, one)...)
	}
	var plan struct {
		Workspaces []struct {
			Same, Overtaken bool
			Steps           []struct {
				Kind, Action, Name, Overtaken string
				Changes                       []struct{ Field, Before, After string }
			}
		}
	}
	if err := json.Unmarshal([]byte(o.exits(2, "", "plan", "--json", two)), &plan); err != nil || len(plan.Workspaces) != 1 {
		t.Fatal(err, plan)
	}
	w := plan.Workspaces[0]
	if w.Same || !w.Overtaken || len(w.Steps) != 1 || w.Steps[0].Changes[0].Field != "greeting" || w.Steps[0].Changes[0].Before != "By hand" {
		t.Errorf("%+v", w)
	}
	if o.db.Snapshot(t) != before {
		t.Error("something changed")
	}
	o.exits(0, "written\t"+one, "export", "--to", one)
	o.exits(0, "are the same", "plan", one)
	o.exits(2, "", "plan", "--over", two)
	o.exits(0, "Applied", "apply", "--over", "--yes", two)
	o.exits(0, "are the same", "plan", two)
	o.exits(2, "would take back", "plan", one)
}
