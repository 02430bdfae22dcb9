package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/web"
)

// watched returns what a second person watches over: the default, its words and the demand
// itself.
func (s *site) watched(t *testing.T) string {
	t.Helper()
	return s.words(t, `select w.require_second_person || p.id::text || p.version || to_jsonb(s)::text from workspaces w
		join workspace_settings s on s.workspace_id = w.id join personas p on p.workspace_id = w.id and p.is_default`)
}

// risky returns requests that would change the default or its words, of routes whose right
// request in forms or bodies does not. v is the version of the persona in the path.
func risky(x target, name, mark string, v int) (pages map[string]url.Values, programs map[string]string) {
	file := `{"version": 1, "personas": [{"name": "` + name + `", "greeting": "Ahoy"}]}`
	return map[string]url.Values{
			"/workspaces/:ws/personas":                             {"name": {uuid.NewString()}, "greeting": {"Ahoy"}, "make_default": {"true"}},
			"/workspaces/:ws/personas/:p":                          {"greeting": {"Ahoy"}, "version": {strconv.Itoa(v)}, "make_default": {"true"}},
			"/workspaces/:ws/personas/:p/history/:version/restore": {"version": {strconv.Itoa(v)}},
			"/workspaces/:ws/personas/load":                        {"text": {file}, "replace": {"true"}, "do": {"load"}, "plan": {mark}},
			"/workspaces/:ws/settings":                             {"ai_greeting": {"Ahoy"}, "version": {x.settings}},
			"/workspaces/:ws/health":                               {"right": {"settings"}},
		}, map[string]string{
			"POST /api/v1/workspaces/:ws/personas":                             `{"name": "` + uuid.NewString() + `", "isDefault": true}`,
			"PATCH /api/v1/workspaces/:ws/personas/:p":                         fmt.Sprintf(`{"greeting": "Ahoy", "isDefault": true, "version": %d}`, v),
			"POST /api/v1/workspaces/:ws/personas/:p/history/:version/restore": fmt.Sprintf(`{"version": %d}`, v),
			"POST /api/v1/workspaces/:ws/personas/load":                        `{"file": ` + file + `, "replace": true}`,
			"PATCH /api/v1/workspaces/:ws/settings":                            `{"greeting": "Ahoy", "version": ` + x.settings + `}`,
			"POST /api/v1/workspaces/:ws/health/repair":                        `{"right": "settings"}`,
		}
}

// TestNoWayInChangesTheDefaultWithoutASecondPerson asks every route that writes in a
// workspace, of the default and of another persona, as one person and by a token of theirs.
func TestNoWayInChangesTheDefaultWithoutASecondPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "First")
	one := s.as(t, ws.Workspace(), access.Owner)
	own := s.Access(t, one.user, ws.Workspace())
	token := s.client(t)
	token.bearer = s.token(t, own, "write")
	x := s.target(t, own)
	p := s.NewPersona(t, own, "Watched")
	words := p.Content
	words.Greeting = "Hello again"
	if _, err := s.Edit(t.Context(), own, p.ID, p.Version, words, persona.KeepDefault); err != nil {
		t.Fatal(err)
	}
	done, err := s.SetDefault(t.Context(), own, p.ID)
	if err != nil {
		t.Fatal(err)
	}
	x.event = done.Event.String()
	one.get(at(ws, "settings")).submit("Ask for a second person", nil).is(http.StatusOK).
		says("A second person approves changes of the default now")
	before, proposed := s.watched(t), []string{}
	for _, route := range s.server.Routes() {
		// Erasing a workspace ends its default with it. A lead and a webhook have none.
		if route.Method == http.MethodGet || !strings.Contains(route.Path, "/workspaces/:ws") || strings.HasSuffix(route.Path, "/erase") ||
			strings.Contains(route.Path, "/:l") || strings.Contains(route.Path, "/:h") {
			continue
		}
		s.Exec(t, `update workspaces set archived_at = null`)
		by := one
		if strings.HasPrefix(route.Path, "/api/") {
			by = token
		}
		for _, of := range []uuid.UUID{done.To.ID, s.NewPersona(t, own, uuid.NewString()).ID} {
			x.persona = of.String()
			x.house, x.houseVersion = s.copied(t, own, of)
			status := s.tryAlone(t, own, by, route, x, before)
			if s.Count(t, `select count(*) from proposals where state = 'waiting'`) > 1 {
				proposed = append(proposed, fmt.Sprintf("%d %s %s of the default: %t", status, route.Method,
					strings.TrimPrefix(route.Path, "/workspaces/:ws"), of == done.To.ID))
			}
			if !strings.Contains(route.Path, ":p") {
				break
			}
		}
	}
	same(t, "proposed", strings.Join(proposed, "\n"), strings.TrimSpace(`
200 POST /personas/load of the default: true
200 POST /personas of the default: true
200 POST /personas/:p of the default: true
200 POST /personas/:p of the default: false
200 POST /personas/:p/default of the default: false
200 POST /personas/:p/delete of the default: true
200 POST /personas/:p/propose of the default: false
200 POST /personas/:p/default/propose of the default: false
200 POST /personas/:p/schedule of the default: false
200 POST /default/undo of the default: true
200 POST /personas/:p/history/:version/restore of the default: true
200 POST /settings/second-person of the default: true
201 POST /api/v1/workspaces/:ws/personas of the default: true
202 PATCH /api/v1/workspaces/:ws/personas/:p of the default: true
200 PATCH /api/v1/workspaces/:ws/personas/:p of the default: false
202 DELETE /api/v1/workspaces/:ws/personas/:p of the default: true
202 POST /api/v1/workspaces/:ws/personas/:p/default of the default: false
202 POST /api/v1/workspaces/:ws/default/undo of the default: true
202 POST /api/v1/workspaces/:ws/personas/:p/history/:version/restore of the default: true
200 POST /api/v1/workspaces/:ws/personas/load of the default: true`))
}

// tryAlone sends a request that would change the default, and looks that it does not.
func (s *site) tryAlone(
	t *testing.T, own postgres.Access, by *client, route web.RouteLine, x target, before string,
) (status int) {
	t.Helper()
	s.Exec(t, `update proposals set state = 'withdrawn', decided_at = now(), decided_by = made_by, decided_capacity = capacity
		where state = 'waiting'`)
	proposal, err := s.Propose(t.Context(), own, persona.Suggestion{Kind: persona.ProposedSwitch,
		Persona: uuid.NullUUID{UUID: s.NewPersona(t, own, uuid.NewString()).ID, Valid: true}})
	if err != nil {
		t.Fatal(err)
	}
	x.proposal = proposal.ID.String()
	plan, err := s.PlanLoad(t.Context(), own, []persona.Entry{{Content: persona.Content{Name: "Watched",
		Voice: persona.Voice{Greeting: "Ahoy"}}}}, true)
	if err != nil {
		t.Fatal(err)
	}
	pages, programs := risky(x, "Watched", plan.Mark(), s.Count(t, `select coalesce(max(version), 0) from personas where id = $1`, x.persona))
	body, inJSON := programs[route.Method+" "+route.Path]
	if of, known := bodies()[route.Method+" "+route.Path]; known && !inJSON {
		body, inJSON = of(x), true
	}
	var answer *page
	if inJSON {
		answer = by.send(route.Method, x.in(route.Path), body)
	} else {
		form, known := pages[route.Path]
		if !known {
			form = forms()[route.Path](x)
		}
		answer = by.post(x.in(route.Path), form)
	}
	if answer.status == http.StatusNotFound || answer.status == http.StatusUnauthorized || answer.status >= 500 {
		t.Errorf("%s %s was not asked: status %d", route.Method, route.Path, answer.status)
	}
	same(t, route.Method+" "+route.Path, s.watched(t), before)
	return answer.status
}

// TestOnPagesOneProposesAndAnotherApproves goes all the way on pages.
func TestOnPagesOneProposesAndAnotherApproves(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, coach := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Coach")
	one := s.as(t, ws.Workspace(), access.Admin)
	settings := one.get(at(ws, "settings")).is(http.StatusOK)
	s.Exec(t, `update users set disabled_at = now() where id <> $1`, one.user)
	settings.submit("Ask for a second person", nil).is(http.StatusUnprocessableEntity).says("Fewer than two people here")
	s.Exec(t, `update users set disabled_at = null`)
	settings.submit("Ask for a second person", nil).is(http.StatusOK)
	two := s.as(t, ws.Workspace(), access.Admin)

	form := one.get(at(ws, "personas", first.ID.String())).is(http.StatusOK).says("Nothing changes until another owner or admin approves")
	made := form.submit("Propose this change", url.Values{"greeting": {"Ahoy"}, "note": {"Nicer"}}).is(http.StatusOK).
		says("It waits for a second person", "Nicer", "You proposed this")
	if strings.Contains(made.body, ">Approve</button>") {
		t.Error("who proposed it may approve it")
	}
	one.post(made.path+"/approve", nil).is(http.StatusForbidden).says("Somebody else has to approve this")
	two.get(made.path).submit("Approve", nil).is(http.StatusOK).says("“First” was saved")
	same(t, "words", s.defaultGreeting(t, ws.Workspace()), "Ahoy")

	third := one.get(at(ws, "personas", "new")).is(http.StatusOK).says("Propose this as the default persona").
		submit("Create persona", url.Values{"name": {"Third"}, "make_default": {"true"}}).is(http.StatusOK).
		says("“Third” was created", "It is proposed as the default", "Make “Third” the default", "You proposed this")
	two.get(third.path).submit("Decline", nil).is(http.StatusOK)
	coached := one.get(at(ws, "personas", first.ID.String(), "delete")).is(http.StatusOK).says("nothing is deleted yet").
		submit("Propose who follows", url.Values{"successor": {coach.ID.String()}}).is(http.StatusOK).says("Make “Coach” the default")
	two.get(coached.path).submit("Decline", nil).is(http.StatusOK)
	one.get(at(ws, "personas", coach.ID.String(), "impact")).is(http.StatusOK).says("Propose it for a moment")
	tomorrow := time.Now().UTC().Add(24 * time.Hour).Format("2006-01-02T15:04")
	scheduled := one.get(at(ws, "personas", coach.ID.String(), "schedule")).is(http.StatusOK).
		says("Nothing changes until another owner or admin approves it", "only with the words that they saw").
		submit("Propose this change", url.Values{"at": {tomorrow}}).is(http.StatusOK).says("Make “Coach” the default on")
	one.get(at(ws, "schedules")).is(http.StatusOK).says("Nothing is scheduled")
	two.get(scheduled.path).submit("Approve", nil).is(http.StatusOK).says("It is scheduled: make “Coach” the default", "You approved what")
	two.get(at(ws, "schedules")).is(http.StatusOK).submit("Cancel: make “Coach” the default", nil).is(http.StatusOK)
	switched := one.get(one.get(at(ws, "personas")).link("Propose Coach as the default")).submit("Propose this change", nil).is(http.StatusOK)
	undo := two.get(switched.path).submit("Approve", nil).is(http.StatusOK).says("Coach", "is now the default", "Propose to undo")
	two.get(undo.path)
	same(t, "words", s.defaultGreeting(t, ws.Workspace()), coach.Greeting)
	off := two.get(at(ws, "settings")).submit("Propose to ask no second person", nil).is(http.StatusOK).
		says("Let one person change the default again")
	one.get(off.path).submit("Approve", nil).is(http.StatusOK).says("One person may change the default again")
	one.get(at(ws, "activity")).is(http.StatusOK).says("Stopped asking for a second person", "Asked for a second person")
	one.get(at(ws, "personas", first.ID.String())).says("Save changes")
}
