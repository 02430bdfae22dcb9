package main

import (
	"encoding/json"
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
)

func TestOperatorAsksWhoAnswersAndChangesNothing(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	id := o.db.Workspace(t, "Harbor").Workspace().String()
	o.fails("", "no campaign", "resolve", "--workspace", id, "--campaign", id)
	o.fails("", "no workspace", "resolve", "--workspace", "00000000-0000-0000-0000-000000000000")

	// By its id, by what others call it, and by its id where both would do.
	o.db.Exec(t, `insert into campaigns (workspace_id, name, external_id) values ($1, 'Spring', 'spring')`, id)
	o.db.Exec(t, `insert into campaigns (workspace_id, name, external_id)
		select workspace_id, 'Autumn', id::text from campaigns where name = 'Spring'`)
	var spring string
	if err := o.db.SQL.QueryRow(t.Context(), `select id::text from campaigns where name = 'Spring'`).Scan(&spring); err != nil {
		t.Fatal(err)
	}
	for _, named := range []string{spring, strings.ToUpper(spring), "spring"} {
		if text := o.does("", "resolve", "--workspace", id, "--campaign", named); !strings.Contains(text, "Spring") {
			t.Errorf("%s: %s", named, text)
		}
	}

	before := o.db.Snapshot(t)
	if text := o.does("", "resolve", "--workspace", id, "--campaign", "spring", "--at", "2999-01-01T00:00:00Z"); !strings.Contains(text, "Spring") {
		t.Error(text)
	}
	o.exits(2, "--at: say a time with its zone, such as 2026-12-24T18:00:00+01:00", "resolve", "--workspace", id, "--at", "tomorrow")
	o.fails("", "--at is over", "resolve", "--workspace", id, "--at", "2020-01-01T00:00:00Z")
	text := o.does("", "resolve", "--workspace", id)
	if !strings.Contains(text, "Harbor has no persona, so its workspace settings answer.") {
		t.Error(text)
	}
	var resolution struct {
		Source, PersonaName, Name string
		Opening                   string
		Reasons                   []string
		Fields                    []struct{ Field, Value, Source string }
	}
	text = o.does("", "resolve", "--workspace", id, "--channel", "sms", "--json")
	if err := json.Unmarshal([]byte(text), &resolution); err != nil {
		t.Fatal(err)
	}
	if resolution.Source != "settings" || resolution.PersonaName != "Harbor" || resolution.Name != "" ||
		resolution.Opening != "Hi {firstName}," || len(resolution.Fields) != 8 || len(resolution.Reasons) < 2 {
		t.Errorf("%+v", resolution)
	}
	if o.db.Snapshot(t) != before {
		t.Error("resolving changed something")
	}
}
