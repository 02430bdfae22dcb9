package main

import (
	"encoding/json"
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
)

func TestOperatorExportsALeadAndErasesItWhenSure(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	a, other := o.db.Workspace(t, "Harbor"), o.db.Workspace(t, "Cedar").Workspace().String()
	if _, err := o.db.Receive(t.Context(), o.db.Inbox(t, a), dbtest.Inbound("m-1")); err != nil {
		t.Fatal(err)
	}
	var lead string
	if err := o.db.SQL.QueryRow(t.Context(), `select id from leads`).Scan(&lead); err != nil {
		t.Fatal(err)
	}
	of := func(workspace, command string, more ...string) []string {
		return append([]string{"lead", command, "--workspace", workspace, "--lead", lead}, more...)
	}
	ws := a.Workspace().String()
	var file struct {
		Lead     struct{ Email string }
		Messages []struct {
			Body  string
			Draft struct{ State string }
		}
	}
	text := o.does("", of(ws, "export")...)
	if err := json.Unmarshal([]byte(text), &file); err != nil || file.Lead.Email != "liv@example.com" ||
		len(file.Messages) != 1 || file.Messages[0].Body != "What does it cost?" || file.Messages[0].Draft.State != "making" {
		t.Errorf("%v: %s", err, text)
	}
	before := o.db.Snapshot(t)
	o.fails("", "has no lead "+lead, of(other, "export")...)
	o.fails("", "has no lead "+lead, of(other, "erase", "--yes")...)
	for _, answer := range []string{"", "\n", "no\n", "yesterday\n"} {
		o.fails(answer, "nothing was erased", of(ws, "erase")...)
	}
	if o.db.Snapshot(t) != before {
		t.Error("something changed")
	}
	o.does("yes\n", of(ws, "erase")...)
	if dump := o.db.Dump(t); strings.Contains(dump, "Strand") || strings.Contains(dump, "What does it cost?") {
		t.Error("words are left")
	}
	if n := o.db.Count(t, `select count(*) from audit_events where action = 'lead.erased' and capacity = 'operator'`); n != 1 {
		t.Errorf("%d events", n)
	}
	o.fails("", "has no lead "+lead, of(ws, "erase", "--yes")...)
}
