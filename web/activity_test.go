package web_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/postgres"
)

func TestActivityTellsWhoDidWhatInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "First")
	s.NewPersona(t, ws, "=Second()")
	s.NewCampaign(t, ws, "Spring")
	b := s.as(t, ws.Workspace(), postgres.Admin)
	sam := actors()[6].sign(s, t, ws.Workspace())
	root := s.signIn(t, postgres.NewUser{Superadmin: true, Name: "Rosa"})
	b.get(at(ws, "personas", p.ID.String())).submit("Save changes", url.Values{"greeting": {"Good day"}}).is(http.StatusOK)
	sam.get(at(ws, "personas")).submit("Make =Second() the default", nil).is(http.StatusOK).submit("Undo: “=Second()” is now the default", nil).is(http.StatusOK)
	b.get(at(ws, "campaigns")).submit("Save the persona for Spring", url.Values{"persona": {p.ID.String()}}).is(http.StatusOK)
	root.get(at(ws, "settings")).submit("Save settings", url.Values{"company_name": {"Harbor"}}).is(http.StatusOK)
	b.get(at(ws, "personas", p.ID.String(), "delete")).submit("Delete First", nil).is(http.StatusOK)

	reader := s.as(t, ws.Workspace(), postgres.Member)
	before := s.Snapshot(t)
	page := reader.get(at(ws, "activity")).is(http.StatusOK)
	page.says("Deleted “First”; “=Second()” became the default", "Changed the workspace settings: company name", "Rosa, as superadmin",
		"Gave the campaign “Spring” the persona “First”", "Undid the switch: “First” is the default again instead of “=Second()”",
		"Made “=Second()” the default instead of “First”", "as support let in by", "Edited “First”: greeting", "Ada Morgan",
		"removed: Hello from First", "added: Good day", "The workspace settings followed.", "Created “First” as the default")
	only := reader.get(at(ws, "activity?action=campaign")).is(http.StatusOK).says("Gave the campaign")
	if strings.Contains(only.text(), "Rosa, as superadmin") {
		t.Error("the filter lets another action through")
	}
	reader.get(at(ws, "activity?person="+root.user.String())).is(http.StatusOK).says("company name")
	reader.get(at(ws, "activity?persona="+p.ID.String()+"&action=settings")).is(http.StatusOK).says("Nothing like this happened.")
	for _, bad := range []string{"person=nonsense", "action=%00", "persona=1"} {
		reader.get(at(ws, "activity?"+bad)).is(http.StatusUnprocessableEntity).says("from the list")
		reader.get(at(ws, "activity.csv?"+bad)).is(http.StatusUnprocessableEntity)
	}
	file := reader.get(at(ws, "activity.csv?action=persona")).is(http.StatusOK)
	rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", len(rows), 1+6)
	for _, words := range []string{"Good day", "Hello from", "\n=Second", ",=Second"} {
		if strings.Contains(file.body, words) {
			t.Errorf("the file holds %q", words)
		}
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestActivityIsPagedToItsEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), postgres.Member)
	b.get(at(ws, "activity")).is(http.StatusOK).says("Nothing has happened here yet.")
	s.Exec(t, `insert into audit_events (workspace_id, rev, capacity, action) select $1, n, 'operator', 'settings.edited' from generate_series(1, 2120) n`, ws.Workspace())
	s.Exec(t, `insert into audit_events (workspace_id, rev, capacity, action) values ($1, 0, 'operator', 'future.thing_done')`, ws.Workspace())
	b.get(at(ws, "activity")).is(http.StatusOK).says("Older")
	b.get(at(ws, "activity?before=50")).is(http.StatusOK).says("Future thing done", "The newest")
	b.get(at(ws, "activity?before=99999999999999")).is(http.StatusOK)
	same(t, "lines of the file", strings.Count(b.get(at(ws, "activity.csv")).is(http.StatusOK).body, "\n"), 1+2121)
	b.get(fmt.Sprintf("/workspaces/%s/activity", uuid.New())).is(http.StatusNotFound)
}
