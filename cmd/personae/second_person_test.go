package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"personae/internal/access"
	"personae/internal/testing/dbtest"
)

// TestCommandsProposeWhatASecondPersonApproves also looks that they go on doing what changes
// none of the default's words.
func TestCommandsProposeWhatASecondPersonApproves(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	a := o.db.Workspace(t, "Harbor")
	ws := a.Workspace().String()
	o.db.NewPersona(t, a, "Watched")
	o.db.NewPersona(t, a, "Other")
	o.db.Member(t, a.Workspace(), o.db.User(t, access.NewUser{}), access.Admin)
	if err := o.db.RequireSecondPerson(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(t.TempDir(), "harbor.yaml")
	o.does("", "export", "--workspace", ws, "--to", files)
	text, err := os.ReadFile(files)
	if err != nil {
		t.Fatal(err)
	}
	write := func(changes ...string) {
		t.Helper()
		if err := os.WriteFile(files, []byte(strings.NewReplacer(changes...).Replace(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	watched := func() string {
		t.Helper()
		p, err := o.db.DefaultPersona(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		return p.Name + ": " + p.Greeting
	}
	proposals := func() int { return o.db.Count(t, `select count(*) from proposals where state = 'waiting'`) }
	before := watched()
	write("Hello from Watched", "Ahoy", "Hello from Other", "Hey")
	o.exits(2, "a second person has to approve it", "plan", files)
	o.exits(2, `"approval": "proposed"`, "plan", "--json", files)
	o.exits(0, "waits as the proposal", "apply", "--yes", files)
	o.exits(0, "waits as the proposal", "apply", "--yes", files)
	o.exits(2, "a second person has to approve it", "plan", files)
	write("default: Watched", "default: Other", "Hello from Other", "Hey")
	o.exits(0, "waits as the proposal", "apply", "--yes", files)
	o.does(`{"version": 1, "personas": [{"name": "Watched", "greeting": "Ahoy"}]}`, "load", "--workspace", ws, "--replace", "-")
	if now := watched(); now != before || proposals() != 2 {
		t.Errorf("%s, was %s; %d proposals wait", now, before, proposals())
	}
	if n := o.db.Count(t, `select count(*) from personas where greeting = 'Hey'`); n != 1 {
		t.Errorf("%d others were changed", n)
	}

	o.db.Exec(t, `begin; set local session_replication_role = replica; update workspace_settings set ai_greeting = 'Drifted'; commit`)
	_, _, said := o.run("", "doctor", "--repair", "settings")
	if !strings.Contains(said, "wait as the proposal") || watched() != before || proposals() != 3 {
		t.Errorf("doctor said %s; %d proposals wait", said, proposals())
	}
	o.does("", "doctor", "--repair", "persona")
	o.db.Exec(t, `begin; set local session_replication_role = replica; update personas set is_default = false; commit`)
	o.does("", "doctor", "--repair", "persona")
	o.db.Exec(t, `begin; set local session_replication_role = replica; drop index personas_one_default;
		update personas set is_default = true; commit`)
	_, _, _ = o.run("", "doctor", "--repair", "persona") // the index is missing still
	if n := o.db.Count(t, `select count(*) from personas p join workspace_settings s on s.ai_greeting = p.greeting
		where is_default and p.greeting = 'Hello from Watched'`); n != 1 {
		t.Errorf("%d defaults with its words", n)
	}
}
