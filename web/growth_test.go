package web_test

import (
	"crypto/md5" //nolint:gosec // as a Seed makes ids
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// grows are the pages and answers that read more of a larger workspace, and why that is right.
var grows = map[string]string{
	"/workspaces/:ws/personas.json":             "a file of all personas",
	"/workspaces/:ws/why.csv":                   "a file of all campaigns",
	"/workspaces/:ws/activity.csv":              "a file of all events",
	"/workspaces/:ws/health":                    "that nothing is missing is known once all is looked at",
	"/api/v1/workspaces/:ws/health":             "likewise",
	"/api/v1/workspaces/:ws/personas":           "without a limit it answers with all",
	"/api/v1/workspaces/:ws/campaigns":          "without a limit it answers with all",
	"/api/v1/workspaces/:ws/personas/export":    "a file of all personas",
	"/api/v1/workspaces/:ws/personas/:p/impact": "it names all campaigns that change",
	"/workspaces/:ws/personas?q=nobody":         "no index knows the words of personas, of which there are at most 500",
	"/workspaces/:ws/search?q=nobody":           "likewise",
	"/workspaces/:ws/search?q=lead":             "likewise",
}

// TestNoPageReadsMoreOfALargerWorkspace asks for each page and each answer to a program in a
// workspace that has more than any page shows or counts, and in one that holds two or three times as much, and has PostgreSQL
// count the rows that it reads. No other test runs meanwhile, as the log is that of the server.
//
//nolint:paralleltest // see above
func TestNoPageReadsMoreOfALargerWorkspace(t *testing.T) {
	d := dbtest.New(t)
	small := postgres.Seed{Workspaces: 1, Personas: 1050, Campaigns: 1700, Leads: 1100, Events: 1100}
	if _, err := d.Owner(t).SeedMore(t.Context(), small, 0); err != nil {
		t.Fatal(err)
	}
	for have := 0; have < 3*small.Events; {
		var err error
		if have, err = d.Owner(t).SeedLarge(t.Context(), postgres.Seed{Personas: 2 * small.Personas, Campaigns: 3 * small.Campaigns,
			Leads: 3 * small.Leads, Events: 3 * small.Events}, have); err != nil {
			t.Fatal(err)
		}
	}
	rows := d.Reads(t)
	s := siteOn(t, d)
	person, id := s.signIn(t, access.NewUser{Superadmin: true}), s.User(t, access.NewUser{})
	ids := map[bool]string{}
	tokens := map[bool]*client{}
	for large, name := range map[bool]string{false: "Workspace 000001", true: "Large workspace"} {
		var ws uuid.UUID
		if err := d.SQL.QueryRow(t.Context(), `select id from workspaces where name = $1`, name).Scan(&ws); err != nil {
			t.Fatal(err)
		}
		s.Member(t, ws, id, access.Owner)
		tokens[large] = s.client(t)
		tokens[large].bearer = s.token(t, s.Access(t, id, ws), "write")
		ids[large] = ws.String()
	}
	reads := func(route string, program, large bool) int {
		number := map[bool]string{false: "1", true: "0"}[large]
		b := person
		if program {
			b = tokens[large]
		}
		path := strings.ReplaceAll(route, ":ws", ids[large])
		for name, thing := range map[string]string{":p": "persona", ":c": "campaign", ":l": "lead"} {
			path = strings.ReplaceAll(path, name, seeded(thing, number, "2"))
		}
		if strings.HasSuffix(path, "/compare") {
			path += "?from=1&to=1"
		}
		got := b.get(path)
		if got.status >= http.StatusBadRequest && got.status != http.StatusNotFound {
			t.Errorf("%s: status %d", path, got.status)
		}
		if _, all := grows[route]; !all && len(got.body) > 200_000 {
			t.Errorf("%s: %d bytes", path, len(got.body))
		}
		return rows()
	}
	const most = 200_000                                // a few for each of what a file holds
	person.get("/workspaces/" + ids[false] + "/health") // which looks at the guards once a minute
	rows()
	look := func(route string) {
		program := strings.HasPrefix(route, "/api/")
		few, many := reads(route, program, false), reads(route, program, true)
		why := grows[route]
		if many > most {
			t.Errorf("%s reads %d rows", route, many)
		}
		if more := many > few+few/3+100; more && why == "" {
			t.Errorf("%s reads %d rows, and of the larger workspace %d", route, few, many)
		} else if !more && why != "" {
			t.Errorf("%s reads %d rows, and no more of the larger workspace: it need not be among those that do", route, few)
		}
	}
	for _, route := range readRoutes(s) {
		look(route)
	}
	rows()
	if _, err := s.Sweep(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if n := rows(); n > 500 {
		t.Errorf("a sweep reads %d rows where all was answered", n)
	}
	s.ask(t, tokens[true].bearer, http.MethodPost, "/api/v1/workspaces/"+ids[true]+"/personas/"+seeded("persona", "0", "2")+"/default", "").is(http.StatusOK)
	if n, moved := rows(), 2*small.Campaigns; n > 2*moved+1000 { // in the index, and in the table
		t.Errorf("a switch that moves %d campaigns reads %d rows", moved, n)
	}
	fewInEach(t, d)
	for _, page := range []string{"preview", "campaigns/new", "campaigns/:c", "campaigns?sort=persona"} {
		look("/workspaces/:ws/" + page)
	}
}

// fewInEach has PostgreSQL think that there are many workspaces with 10 rows each, as where one is large.
func fewInEach(t *testing.T, d *dbtest.Database) {
	t.Helper()
	for _, table := range []string{"campaigns", "leads", "messages", "personas"} {
		d.Exec(t, `alter table `+table+` alter column workspace_id set (n_distinct = -0.1)`)
		d.Exec(t, `vacuum analyze `+table)
	}
}

// seeded is the id of a thing of a workspace that a Seed added.
func seeded(thing, workspace, number string) string {
	return uuid.UUID(md5.Sum([]byte(thing + " " + workspace + " " + number))).String() //nolint:gosec // likewise
}

// readRoutes are the pages and answers of a workspace, and some of their searches and filters.
func readRoutes(s *site) []string {
	var routes []string
	for _, route := range s.server.Routes() {
		if route.Method == http.MethodGet && strings.Contains(route.Path, "/workspaces/:ws") && !strings.ContainsAny(strings.NewReplacer(":ws", "", ":p", "", ":c", "", ":l", "").Replace(route.Path), ":") &&
			!strings.HasSuffix(route.Path, "/leads/:l/export") {
			routes = append(routes, route.Path)
		}
	}
	for _, query := range []string{"personas?q=persona", "personas?q=nobody", "personas?page=2", "campaigns?q=campaign", "campaigns?q=nobody",
		"campaigns?persona=default", "campaigns?page=2", "campaigns?sort=persona", "campaigns?find=1", "leads?q=lead", "leads?q=nobody", "leads?q=l", "leads?q=9@e", "leads?page=2",
		"drafts?state=sent", "activity?action=default", "activity?from=2026-01-01", "search?q=lead", "search?q=9@e", "search?q=nobody", "outcomes?by=campaign", "why?page=2"} {
		routes = append(routes, "/workspaces/:ws/"+query)
	}
	slices.Sort(routes)
	return slices.Compact(routes)
}
