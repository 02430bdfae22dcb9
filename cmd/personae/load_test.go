package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
)

func TestOperatorExportsPersonasAndLoadsThemElsewhere(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	from, to := o.db.Workspace(t, "From"), o.db.Workspace(t, "To")
	o.db.NewPersona(t, from, "First")
	o.db.NewPersona(t, from, "Second")
	load := func(file string, flags ...string) string {
		t.Helper()
		return o.does(file, append(append([]string{"load", "--workspace", to.Workspace().String()}, flags...), "-")...)
	}
	file := o.does("", "export", "--workspace", from.Workspace().String())
	before := o.db.Snapshot(t)
	dry := func() (int, string) {
		code, out, errs := o.run(file, "load", "--workspace", to.Workspace().String(), "--dry-run", "-")
		if follow := "~ the settings follow the default\n    Greeting: Hello from First\n"; strings.Contains(errs, follow) != (code == 2) {
			t.Errorf("exit %d: %s", code, errs)
		}
		return code, out
	}
	code, out := dry()
	is(t, "a dry run", out, "created\tFirst\tthe default\ncreated\tSecond\n")
	if code != 2 {
		t.Errorf("a dry run that differs: exit %d", code)
	}
	for in, says := range map[string]string{
		`{"version": 1, "personas": [{"name": "A"}, {}]}`:            "Persona 2: Enter a name",
		`{"version": 1, "personas": [{"name": "a\u202eb"}]}`:         "Persona 1, “ab”: Name holds an invisible character at character 2 (U+202E)",
		`{"version": 1, "personas": [{"name": "A"}, {"name": "a"}]}`: "same name",
		"{": "not JSON",
	} {
		code, _, errs := o.run(in, "load", "--workspace", to.Workspace().String(), "-")
		if code != 1 || !strings.Contains(errs, "nothing was changed") || !strings.Contains(errs, says) {
			t.Errorf("exit %d: %s", code, errs)
		}
	}
	o.fails(file, "no workspace", "load", "--workspace", "00000000-0000-0000-0000-000000000000", "-")
	if o.db.Snapshot(t) != before {
		t.Error("something changed")
	}
	name := filepath.Join(t.TempDir(), "personas.json")
	if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	o.does("", "load", "--workspace", to.Workspace().String(), name)
	is(t, "what was loaded", o.does("", "export", "--workspace", to.Workspace().String()), file)
	if code, out := dry(); code != 0 {
		t.Errorf("a dry run without a difference: exit %d: %s", code, out)
	}
	is(t, "an empty file", load(`{"version": 1, "personas": []}`),
		"the file holds no persona, so there was nothing to load\n")
	other := strings.Replace(file, "Hello from Second", "Good day", 1)
	is(t, "another", load(other), "unchanged\tFirst\nkept\tSecond\tdiffers; --replace replaces it\n")
	is(t, "another in its place", load(other, "--replace"), "unchanged\tFirst\nreplaced\tSecond\n")
	if n := o.db.Count(t, `select count(*) from audit_events
		where action = 'persona.loaded' and capacity = 'operator'`); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestOperatorLoadsACardAndATable(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	ws := o.db.Workspace(t, "Harbor").Workspace().String()
	is(t, "a card", o.does(`{"spec": "chara_card_v3", "data": {"name": "Elena", "first_mes": "Hi"}}`, "load",
		"--workspace", ws, "-"),
		"created\tElena\tthe default\n")
	is(t, "a table", o.does("\ufeffname,tone\nZoë,brisk\n", "load", "--workspace", ws, "-"), "created\tZoë\n")
	o.fails(`{"presetId": "1"}`, "This is a LibreChat preset", "load", "--workspace", ws, "-")
	o.fails("name,mood\nA,b\n", "its column “mood” is none of ours", "load", "--workspace", ws, "-")
	if n := o.db.Count(t, `select count(*) from personas where name = 'Zoë' and tone = 'brisk' or name = 'Elena' and greeting = 'Hi'`); n != 2 {
		t.Errorf("%d were loaded", n)
	}
}

func TestOperatorIsWarnedOfPlaceholdersInALoadedFile(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	ws := o.db.Workspace(t, "Harbor").Workspace().String()
	warning := "Zoë: Greeting holds {{firstName}}, which is sent as it stands. Write {firstName} instead.\n"
	for _, flags := range [][]string{{"--dry-run"}, nil} {
		code, out, errs := o.run("name,greeting\nZoë,\"Hi {{firstName}},\"\n",
			append(append([]string{"load", "--workspace", ws}, flags...), "-")...)
		if code != map[bool]int{true: 2}[len(flags) > 0] || out != "created\tZoë\tthe default\n" || !strings.Contains(errs, warning) {
			t.Errorf("%v: exit %d: %s%s", flags, code, out, errs)
		}
	}
	if n := o.db.Count(t, `select count(*) from personas where greeting = 'Hi {{firstName}},'`); n != 1 {
		t.Errorf("%d were loaded", n)
	}
}
