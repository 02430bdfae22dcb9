package web_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/config"
	"personae/internal/persona"
)

func TestActivityTellsWhoDidWhatInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "First")
	s.NewPersona(t, ws, "=Second()")
	s.NewCampaign(t, ws, "Spring")
	b := s.as(t, ws.Workspace(), access.Admin)
	sam := actors()[6].sign(s, t, ws.Workspace())
	root := s.signIn(t, access.NewUser{Superadmin: true, Name: "Rosa"})
	b.get(at(ws, "personas", p.ID.String())).submit("Save changes", url.Values{"greeting": {"Good day"}}).is(http.StatusOK)
	sam.get(at(ws, "personas")).submit("Make the default: =Second()", nil).is(http.StatusOK).
		submit("Undo this: “=Second()” is now the default", nil).is(http.StatusOK)
	b.get(at(ws, "campaigns")).submit("Save the persona for Spring", url.Values{"persona": {p.ID.String()}}).
		is(http.StatusOK)
	root.get(at(ws, "settings")).submit("Save settings", url.Values{"company_name": {"Harbor"}}).is(http.StatusOK)
	b.get(at(ws, "personas", p.ID.String(), "delete")).submit("Delete First", nil).is(http.StatusOK)

	reader := s.as(t, ws.Workspace(), access.Member)
	before := s.Snapshot(t)
	page := reader.get(at(ws, "activity")).is(http.StatusOK)
	page.says("Deleted “First”; “=Second()” became the default; 1 campaign went back to the default",
		"Changed the workspace settings: company name", "Rosa, as superadmin",
		"Gave the campaign “Spring” the persona “First” instead of the workspace default",
		"Undid the switch: “First” is the default again instead of “=Second()”",
		"Made “=Second()” the default instead of “First”", "(support), let in by", "Edited “First”: greeting", "Ada Morgan",
		"removed: Hello from First", "added: Good day", "Workspace settings followed: greeting.",
		"Created “First” as the default")
	only := reader.get(at(ws, "activity?action=campaign")).is(http.StatusOK).says("Gave the campaign")
	if strings.Contains(only.text(), "Rosa, as superadmin") {
		t.Error("the filter lets another action through")
	}
	reader.get(at(ws, "activity?person="+root.user.String())).is(http.StatusOK).says("company name")
	reader.get(at(ws, "activity?persona="+p.ID.String()+"&action=settings")).is(http.StatusOK).
		says("No entries match.")
	for _, bad := range []string{"person=nonsense", "action=%00", "persona=1", "person=operators"} {
		reader.get(at(ws, "activity?"+bad)).is(http.StatusUnprocessableEntity).says("from the list")
		reader.get(at(ws, "activity.csv?"+bad)).is(http.StatusUnprocessableEntity)
	}
	file := reader.get(at(ws, "activity.csv?action=persona")).is(http.StatusOK)
	table, marked := strings.CutPrefix(file.body, "\ufeff")
	same(t, "Excel knows that it is UTF-8", marked, true)
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
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
	b := s.as(t, ws.Workspace(), access.Member)
	b.get(at(ws, "activity")).is(http.StatusOK).says("Nothing has happened here yet.")
	s.Exec(t, `insert into audit_events (workspace_id, rev, capacity, action)
		values ($1, 0, 'operator', 'future.thing_done')`, ws.Workspace())
	s.Exec(t, `insert into audit_events (workspace_id, rev, capacity, action)
		select $1, n, 'operator', 'settings.edited' from generate_series(1, 2120) n`, ws.Workspace())
	b.get(at(ws, "activity")).is(http.StatusOK).says("Older")
	b.get(at(ws, "activity?before=50")).is(http.StatusOK).says("Future thing done", "The newest")
	b.get(at(ws, "activity?before=99999999999999")).is(http.StatusOK)
	same(t, "lines of the file", strings.Count(b.get(at(ws, "activity.csv")).is(http.StatusOK).body, "\n"), 1+2121)
	long := b.at(s.again(t, config.LLM{}, time.Nanosecond)).get(at(ws, "activity.csv")).is(http.StatusOK)
	same(t, "and of one that takes longer than an answer may", strings.Count(long.body, "\n"), 1+2121)
	b.get(fmt.Sprintf("/workspaces/%s/activity", uuid.New())).is(http.StatusNotFound)
}

func TestActivityKeepsNamesAndWordsAsTheyWereThen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p, q := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas")).submit("Make the default: Second", nil).is(http.StatusOK)
	b.get(at(ws, "settings")).submit("Save settings", url.Values{"company_name": {"Harbor AB"}}).is(http.StatusOK)
	b.get(at(ws, "settings")).submit("Save settings", url.Values{"company_name": {"Harbor Analytics"}}).is(http.StatusOK)
	b.get(at(ws, "personas", p.ID.String())).submit("Save changes", url.Values{"name": {"Renamed"}}).is(http.StatusOK)
	b.get(at(ws, "personas", q.ID.String(), "delete")).submit("Delete Second", nil).is(http.StatusOK)

	entries := b.get(at(ws, "activity")).is(http.StatusOK).entries()
	same(t, "entries", len(entries), 7)
	for i, want := range [][]string{
		{"Deleted “Second”; “Renamed” became the default", "Workspace settings followed: greeting.",
			"Before After Greeting Hello from Second Hello from First"},
		{"Edited “Renamed”: name", "removed: First", "added: Renamed"},
		{"Changed the workspace settings: company name", "AB", "Analytics"},
		{"Changed the workspace settings: company name", "added: Harbor AB"},
		{"Made “Second” the default instead of “First”", "Workspace settings followed: greeting.",
			"Before After Greeting Hello from First Hello from Second"},
		{"Created “Second”"},
		{"Created “First” as the default", "Workspace settings followed: greeting."},
	} {
		for _, w := range want {
			if !strings.Contains(entries[i], w) {
				t.Errorf("entry %d does not say %q: %s", i, w, entries[i])
			}
		}
	}
}

// entries returns the text of each entry of the log.
func (p *page) entries() []string {
	var list []string
	for n := range p.doc().Descendants() {
		if n.Data == "ol" && has(n, "reversed") && attr(n.Parent, "aria-labelledby") != "outside" {
			for li := range n.ChildNodes() {
				if li.Data == "li" {
					list = append(list, textOf(li))
				}
			}
		}
	}
	return list
}

func TestActivityIsFilteredByOperatorSwitchAndDay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p, _ := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	operator, err := s.Operate(t.Context(), ws.Workspace())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SaveSettings(t.Context(), operator, persona.Settings{CompanyName: "Harbor", Version: 1},
		false); err != nil {
		t.Fatal(err)
	}
	b := s.as(t, ws.Workspace(), access.Admin)
	b.get(at(ws, "personas")).submit("Make the default: Second", nil).is(http.StatusOK)
	b.post(at(ws, "personas", p.ID.String(), "duplicate"), nil).is(http.StatusOK)
	for n := range 60 {
		s.Exec(t, `insert into audit_events (workspace_id, rev, at, capacity, action)
			values ($1, $2, '2020-02-28 23:59:59.5+00', 'operator', 'settings.edited')`, ws.Workspace(), 1000+n)
	}
	get := func(query string) []string { return b.get(at(ws, "activity?"+query)).is(http.StatusOK).entries() }
	same(t, "of the operator, then", len(get("person=operator&from=2021-01-01")), 1)
	same(t, "of the person", len(get("person="+b.user.String())), 2)
	same(t, "switches", len(get("action=default")), 2)
	if got := get("action=default")[0]; !strings.HasPrefix(got, "Made “Second” the default") {
		t.Errorf("the latest switch: %s", got)
	}
	same(t, "of that day", len(get("from=2020-02-28&to=2020-02-28")), 50)
	same(t, "before that day", len(get("to=2020-02-27")), 0)
	same(t, "after that day", len(get("from=2020-02-29")), 5)
	older := ""
	for n := range b.get(at(ws, "activity?person=operator&to=2020-02-28")).doc().Descendants() {
		if n.Data == "a" && textOf(n) == "Older" {
			older = attr(n, "href")
		}
	}
	last := b.get(older).is(http.StatusOK).says("The newest")
	same(t, "the rest of that day, under the same filters", len(last.entries()), 10)
	for query, says := range map[string]string{"from=yesterday": "Enter a day", "to=2020-02-30": "Enter a day",
		"from=2020-02-02&to=2020-02-01": "not before the first"} {
		wrong := b.get(at(ws, "activity?person=operator&"+query)).is(http.StatusUnprocessableEntity).says(says)
		fields := formFields(wrong.button("Show"))
		same(t, "person kept beside "+query, fields.Get("person"), "operator")
		if !strings.Contains(query, fields.Get("from")) || !strings.Contains(query, fields.Get("to")) {
			t.Errorf("%s became %v", query, fields)
		}
		b.get(at(ws, "activity.csv?"+query)).is(http.StatusUnprocessableEntity)
	}
}

func TestActivityShowsWhatOtherProgramsChanged(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	p, q := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	b := s.as(t, ws.Workspace(), access.Member)
	if strings.Contains(b.get(at(ws, "activity")).text(), "Changed outside personae") {
		t.Error("nothing was changed outside, yet the section is there")
	}
	s.Exec(t, `with p as (update personas set goals = 'By SQL' where id = $1 returning 1) update workspace_settings
		set ai_goals = 'By SQL' from p`, p.ID)
	s.Exec(t, `delete from personas where id = $1`, q.ID)
	s.Exec(t, `insert into personas (workspace_id, name) values ($1, 'Third')`, ws.Workspace())
	s.Exec(t, `insert into workspace_settings (workspace_id, company_name) values ($1, 'Secret of Cedar')`,
		other.Workspace())
	page := b.get(at(ws, "activity")).is(http.StatusOK).
		says("Changed outside personae", "A program outside personae", "Changed “First”: goals", "added: By SQL",
			"Changed the workspace settings: goals", "Deleted “Second”", "Added “Third”")
	if strings.Contains(page.text(), "Cedar") {
		t.Error("another workspace's change is shown")
	}
	same(t, "entries of the log", len(page.entries()), 2)
	if strings.Contains(b.get(at(ws, "activity?action=persona")).text(), "Changed outside personae") {
		t.Error("the section stands beside a filter that it does not obey")
	}
}

func TestActivityTakesTwoRoundTripsAndThreeWhereItIsFiltered(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "First")
	b := s.as(t, ws.Workspace(), access.Member)
	b.get(at(ws, "activity")).is(http.StatusOK)
	b.get(at(ws, "activity?action=persona&person=operator")).is(http.StatusOK)
	trips := regexp.MustCompile(`route=/workspaces/:ws/activity .* dbTrips=(\d+)`).FindAllStringSubmatch(s.log.String(), -1)
	if len(trips) != 2 || trips[0][1] != "2" || trips[1][1] != "3" {
		t.Errorf("round trips: %q", trips)
	}
}

// TestAFileThatBreaksOffDoesNotLookWhole has the second part of the file fail.
func TestAFileThatBreaksOffDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	b := s.as(t, ws.Workspace(), access.Member)
	s.Exec(t, `insert into audit_events (workspace_id, rev, capacity, action, details)
		select $1, n, 'operator', 'settings.edited',
		case when n = 1 then '{"from": "no id"}' else '{}' end::jsonb from generate_series(1, 1500) n`, ws.Workspace())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+at(ws, "activity.csv"), nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); err == nil {
		t.Errorf("%d bytes were taken for the whole file", len(body))
	}
	if !strings.Contains(s.log.String(), "failed after the answer had begun") {
		t.Error("the log does not tell")
	}
}

// TestTheActivityOpensAfterAllOfManyCampaignsWereAssigned has events that name so
// many campaigns that a page which unpacked them for each would never come.
func TestTheActivityOpensAfterAllOfManyCampaignsWereAssigned(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	s.Exec(t, `insert into campaigns (workspace_id, name)
		select $1, 'Campaign ' || lpad(n::text, 5, '0') from generate_series(1, 10000) n`, ws.Workspace())
	for _, p := range []persona.Persona{first, second} {
		if _, err := s.AssignMany(t.Context(), ws, persona.CampaignChoice{All: true},
			uuid.NullUUID{UUID: p.ID, Valid: true}); err != nil {
			t.Fatal(err)
		}
	}
	s.as(t, ws.Workspace(), access.Admin).get(at(ws, "activity")).is(http.StatusOK).
		says("Gave 10,000 campaigns the persona “Second”",
			"Campaign 00001: from the persona “First” to the persona “Second”", "And 9,950 more campaigns")
}
