package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// usesUp matches the routes that may leave nothing to ask the next one about.
var usesUp = regexp.MustCompile(`:.*:|undo|erase|archive|remove`)

// TestNoRequestReadsAllOfATable asks each route once of somebody who may, and looks at how
// PostgreSQL carries out every statement, those of triggers and functions too, where it takes
// any index that can be taken: what reads a table from end to end all the same, or the whole
// of an index, gets slower with each workspace that there is.
func TestNoRequestReadsAllOfATable(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	plans := d.Explain(t)
	s := siteOn(t, d)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	person := s.signIn(t, access.NewUser{Superadmin: true, Support: true})
	person.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	tokens := map[string]*client{}
	for _, scope := range []string{"read", "send", "write"} {
		tokens[scope+" token"] = s.client(t)
		tokens[scope+" token"].bearer = s.token(t, ws, scope)
	}
	tokens["lead token"], tokens["any token"], tokens["switch token"] = tokens["write token"], tokens["read token"], tokens["write token"]
	var x *target
	for _, route := range s.server.Routes() {
		if x == nil {
			fresh := s.target(t, ws)
			x = &fresh
		}
		b := tokens[route.Who]
		if b == nil {
			b = person
		}
		if strings.HasPrefix(route.Path, "/logout") || strings.HasPrefix(route.Path, "/account/sessions") {
			continue // it would end the session
		}
		if status := request(route, b, *x); status >= http.StatusInternalServerError {
			t.Errorf("%s %s: status %d", route.Method, route.Path, status)
		}
		if route.Method != http.MethodGet && usesUp.MatchString(route.Path) {
			x = nil
		}
	}
	for _, query := range []string{"personas?q=def", "campaigns?q=autumn&sort=persona", "leads?q=strand", "drafts?sort=last&state=sent",
		"activity?action=default", "activity?from=2026-01-01", "search?q=default", "outcomes?by=persona"} {
		person.get(at(ws, query))
	}
	person.get("/workspaces?q=harbor&sort=change")
	workJobs(t, s, ws)
	noneReadsAll(t, s, plans())
	versionsByTheirKey(t) // after it, as the log is that of the server
}

// workJobs does once what a server does by itself, in a workspace where there is something to do.
func workJobs(t *testing.T, s *site, ws postgres.Access) {
	t.Helper()
	x := s.target(t, ws)
	id := uuid.MustParse
	draft, lead := postgres.DraftJob{Workspace: ws.Workspace(), Draft: id(x.draft)}, postgres.ScoreJob{Workspace: ws.Workspace(), Lead: id(x.lead)}
	delivery := postgres.DeliverJob{Workspace: ws.Workspace(), Delivery: id(x.delivery)}
	ctx := t.Context()
	for name, work := range map[string]func() error{
		"sweep":        func() error { _, err := s.Sweep(ctx, time.Minute); return err },
		"jobs wait":    func() error { _, err := s.JobsWait(ctx); return err },
		"backlog":      func() error { _, err := s.Backlog(ctx); return err },
		"tidy":         func() error { _, err := s.Tidy(ctx); return err },
		"history":      func() error { _, err := s.RemoveHistory(ctx, 12); return err },
		"schedules":    func() error { _, err := s.RunSchedules(ctx, time.Now().Add(2*time.Hour)); return err },
		"reminders":    func() error { _, err := s.RemindOfDrafts(ctx); return err },
		"forget leads": func() error { _, err := s.ForgetLeads(ctx, time.Now()); return err },
		"seal secrets": func() error { _, err := s.SealSecrets(ctx); return err },
		"draft":        func() error { _, err := s.DraftTask(ctx, draft); return err },
		"no draft":     func() error { return s.FailDraft(ctx, draft, "No.") },
		"score":        func() error { _, err := s.ScoreTask(ctx, lead); return err },
		"no score":     func() error { return s.FailScore(ctx, lead, "No.") },
		"delivery":     func() error { _, err := s.DeliveryTask(ctx, delivery); return err },
	} {
		if err := work(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.Exec(t, `update workspaces set erasing_at = now() where id = $1`, ws.Workspace())
	if _, err := s.EraseRows(ctx, postgres.EraseJob{Workspace: ws.Workspace()}); err != nil {
		t.Error(err)
	}
}

// versionsByTheirKey has PostgreSQL count that a persona has one version and a
// workspace one of its settings, as nearly all have: it must not read all versions of one that
// has many.
func versionsByTheirKey(t *testing.T) {
	t.Helper()
	d := dbtest.New(t)
	plans := d.Explain(t)
	s := siteOn(t, d)
	for i := range 60 {
		s.NewPersona(t, s.Workspace(t, fmt.Sprint("Workspace ", i)), "Default")
	}
	d.Exec(t, `analyze`)
	ws := s.Workspace(t, "Harbor")
	x := s.target(t, ws)
	other := s.NewPersona(t, ws, "Other")
	person := s.signIn(t, access.NewUser{Superadmin: true})
	for range 3 {
		for _, p := range []string{x.persona, other.ID.String()} {
			person.post(at(ws, "personas/"+p+"/default"), nil)
		}
	}
	for _, page := range []string{"personas", "personas/" + x.persona, "activity", "proposals", "schedules", "drafts", "campaigns",
		"leads/" + x.lead, "leads/" + x.lead + ".json", "outcomes", "why"} {
		if status := person.get(at(ws, page)).status; status != http.StatusOK {
			t.Errorf("%s: status %d", page, status)
		}
	}
	seen := 0
	for _, plan := range plans() {
		if strings.Contains(plan.Query, "_versions") {
			seen++
		}
		wrong := func(step dbtest.Step) {
			t.Errorf("%s by %s, of which are left %s:\n%s", step.Index, step.By, step.Filter, strings.TrimSpace(plan.Query))
		}
		tones := strings.Contains(plan.Query, "select distinct tone") // of all versions there ever were
		for _, step := range plan.Root.Steps() {
			key := "(version "
			if step.Index == "draft_versions_pkey" {
				key = "(draft_id " // a draft is shown with all its versions
			}
			if strings.HasSuffix(step.Index, "_versions_pkey") && !strings.Contains(step.By, key) && !tones {
				wrong(step)
			}
		}
		for _, step := range plan.Root.All() {
			if strings.Contains(step.Index, "_versions_") && (strings.Contains(step.Filter, "(version =") || strings.Contains(step.Filter, "(event_id =")) {
				wrong(step)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d statements about versions were seen", seen)
	}
}

// noneReadsAll reports each statement that reads all of a table that is not small, or of its index.
func noneReadsAll(t *testing.T, s *site, plans []dbtest.Plan) {
	t.Helper()
	if len(plans) < 300 {
		t.Errorf("only %d plans were seen", len(plans))
	}
	told, seldom, whole := map[string]bool{}, map[string]bool{}, s.Whole(t)
	for _, plan := range plans {
		query := strings.TrimSpace(plan.Query)
		for _, step := range whole(plan) {
			begins, may := dbtest.Seldom(query)
			seldom[begins] = true
			// The addresses of users are read in their order, as far as a page goes.
			if where := step.Table + step.Index + query; !may && step.Index != "users_email" && !told[where] {
				told[where] = true
				t.Errorf("%s of %s %s:\n%s", step.Type, step.Table, step.Index, query)
			}
		}
	}
	for begins := range dbtest.SeldomWhole {
		if !seldom[begins] {
			t.Errorf("none reads all of a table any more by %s", begins)
		}
	}
}
