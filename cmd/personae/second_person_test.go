package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"personae/internal/access"
	"personae/internal/testing/dbtest"
)

// TestNoCommandChangesTheDefaultWithoutASecondPerson also looks that a repair goes on doing
// what changes none of the default's words.
func TestNoCommandChangesTheDefaultWithoutASecondPerson(t *testing.T) {
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
	write := func(from, to string) {
		t.Helper()
		if err := os.WriteFile(files, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const says = "a second person has to approve"
	before := o.db.Snapshot(t)
	write("Hello from Watched", "Ahoy")
	o.exits(1, says, "apply", "--yes", files)
	write("default: Watched", "default: Other")
	o.exits(1, says, "apply", "--yes", files)
	o.fails(`{"version": 1, "personas": [{"name": "Watched", "greeting": "Ahoy"}]}`, says, "load", "--workspace", ws, "--replace", "-")
	if o.db.Snapshot(t) != before {
		t.Error("something changed")
	}
	write("Hello from Other", "Ahoy")
	o.exits(0, "", "apply", "--yes", files)

	o.db.Exec(t, `begin; set local session_replication_role = replica; update workspace_settings set ai_greeting = 'Drifted'; commit`)
	o.fails("", says, "doctor", "--repair", "settings")
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
