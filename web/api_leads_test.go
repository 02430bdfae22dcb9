package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestAProgramHasALeadAnsweredAndDecides is what a program does with a lead,
// from asking for a draft to approving it.
func TestAProgramHasALeadAnsweredAndDecides(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	p := s.NewPersona(t, ws, "Default")
	lead, draft := s.drafted(t, ws)
	path := "leads/" + lead
	token := s.token(t, ws, "write")
	ask := func(method, path, body string, headers ...string) *told {
		t.Helper()
		return s.ask(t, token, method, api(ws, path), body, headers...)
	}
	read := func() map[string]any {
		t.Helper()
		return ask("GET", path, "").is(http.StatusOK).object()["messages"].([]any)[0].(map[string]any)["draft"].(map[string]any)
	}
	before := s.Snapshot(t, slices.Concat(dbtest.Readers(),
		[]string{"api_tokens", "audit_events", "workspace_revisions", "idempotency_keys"})...)
	list := ask("GET", "leads?q=liv", "").is(http.StatusOK).data.([]any)[0].(map[string]any)
	same(t, "lead", []any{list["id"], list["firstName"], list["company"], list["draftState"], list["overall"]},
		[]any{lead, "Liv", nil, "waiting", nil})
	same(t, "nobody", ask("GET", "leads?q=nobody", "").is(http.StatusOK).data, any([]any{}))

	ask("POST", path+"/draft", "").refused(http.StatusConflict, "too_late")
	same(t, "rejected", ask("POST", path+"/drafts/"+draft+"/reject",
		`{"version": 1, "body": ""}`).is(http.StatusOK).object()["state"], any("rejected"))
	asked := ask("POST", path+"/draft", "", key+"draft").is(http.StatusAccepted)
	same(t, "asked", asked.object(), map[string]any{"leadId": lead, "draftId": draft})
	same(t, "where it will be", asked.header.Get("Location"), api(ws, path))
	same(t, "on its way", []any{read()["state"], read()["version"]}, []any{"making", 1.0})
	same(t, "sent again", ask("POST", path+"/draft", "", key+"draft").is(http.StatusAccepted).body, asked.body)
	same(t, "jobs", s.Count(t, `select count(*) from river.river_job where args->>'draft' = $1`, draft), 1)

	answer := persona.Resolve(persona.ResolveInput{Workspace: "Harbor", Channel: persona.Email, Default: &p})
	stored, _, err := s.StoreDraft(t.Context(), postgres.DraftJob{Workspace: ws.Workspace(),
		Draft: uuid.MustParse(draft)}, 1,
		postgres.MadeDraft{By: answer, PromptKey: answer.PromptKey("composer:v1:email"), Text: "Hi Liv, 400 a month."})
	if err != nil || !stored {
		t.Fatal(stored, err)
	}
	now := read()
	same(t, "draft", []any{now["state"], now["version"], now["body"], now["source"], now["personaId"],
		now["personaVersion"], now["promptKey"]},
		[]any{"waiting", 2.0, "Hi Liv, 400 a month.", "default", p.ID.String(), 1.0, "composer:v1:email:persona=default"})

	edited := ask("PATCH", path+"/drafts/"+draft, `{"body": "Hi Liv,\r\n500 a month. "}`,
		`If-Match: "2"`).is(http.StatusOK)
	same(t, "edited", []any{edited.object()["body"], edited.object()["version"], edited.header.Get("ETag")},
		[]any{"Hi Liv,\n500 a month.", 3.0, `"3"`})
	same(t, "its version now", ask("POST", path+"/drafts/"+draft+"/approve",
		`{"version": 2}`).is(http.StatusConflict).Fields, map[string]string{"version": "It is at version 3 now"})
	ask("PATCH", path+"/drafts/"+draft, `{"body": " ", "version": 3}`).refused(http.StatusUnprocessableEntity, "invalid")
	ask("POST", path+"/drafts/"+draft+"/approve", "{}").refused(http.StatusUnprocessableEntity, "invalid")
	approved := ask("POST", path+"/drafts/"+draft+"/approve", `{"version": 3}`, key+"approve").is(http.StatusOK)
	same(t, "approved", []any{approved.object()["state"], approved.object()["body"], approved.object()["version"]},
		[]any{"approved", "Hi Liv,\n500 a month.", 3.0})
	same(t, "sent again", ask("POST", path+"/drafts/"+draft+"/approve", `{"version": 3}`,
		key+"approve").is(http.StatusOK).body, approved.body)
	ask("POST", path+"/drafts/"+draft+"/reject", `{"version": 3}`).refused(http.StatusConflict, "too_late")
	same(t, "by the token", s.Count(t, `select count(*) from audit_events where action like 'draft.%' and token_id is not null`), 4)

	same(t, "scoring", ask("POST", path+"/score", "").is(http.StatusAccepted).object(), map[string]any{"leadId": lead})
	same(t, "on its way", ask("GET", path, "").object()["scoring"], any(true))
	same(t, "other tables", s.Snapshot(t, slices.Concat(dbtest.Readers(),
		[]string{"api_tokens", "audit_events", "workspace_revisions", "idempotency_keys"})...), before)
}

func TestAProgramFindsNoLeadOfAnotherWorkspace(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ours, theirs := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	lead, draft := s.drafted(t, theirs)
	mine, _ := s.drafted(t, ours)
	token := s.token(t, ours, "write")
	s.ask(t, token, "GET", api(ours, "leads"), "").is(http.StatusOK) // its use is noted
	before := s.Snapshot(t)
	for _, c := range [][3]string{{"GET", "leads/" + lead}, {"POST", "leads/" + lead + "/draft"},
		{"POST", "leads/" + lead + "/score"}, {"POST", "leads/" + mine + "/draft", `{"draftId": "` + draft + `"}`},
		{"PATCH", "leads/" + mine + "/drafts/" + draft, `{"body": "Taken", "version": 1}`},
		{"POST", "leads/" + lead + "/drafts/" + draft + "/approve", `{"version": 1}`}} {
		s.ask(t, token, c[0], api(ours, c[1]), c[2]).refused(http.StatusNotFound, "not_found")
	}
	same(t, "tables", s.Snapshot(t), before)
}

func TestAProgramUndoesRestoresAndAssignsMany(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	first, second := s.NewPersona(t, ws, "First"), s.NewPersona(t, ws, "Second")
	spring, autumn := s.NewCampaign(t, ws, "Spring").String(), s.NewCampaign(t, ws, "Autumn").String()
	token := s.token(t, ws, "write")
	ask := func(method, path, body string) *told {
		t.Helper()
		return s.ask(t, token, method, api(ws, path), body)
	}
	id := "personas/" + second.ID.String()
	impact := ask("GET", id+"/impact", "").is(http.StatusOK).object()
	same(t, "impact", []any{impact["campaigns"], impact["changes"]}, []any{[]any{"Autumn", "Spring"},
		[]any{map[string]any{"field": "greeting", "before": "Hello from First", "after": "Hello from Second"}}})
	ask("POST", id+"/default", "").is(http.StatusOK)
	event := ask("GET", "activity?limit=1", "").data.([]any)[0].(map[string]any)["id"].(string)
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from Second")
	ask("POST", "default/undo", "{}").refused(http.StatusUnprocessableEntity, "invalid")
	same(t, "the default again", ask("POST", "default/undo", `{"event": "`+event+`"}`).is(http.StatusOK).object()["id"],
		any(first.ID.String()))
	same(t, "greeting", s.defaultGreeting(t, ws.Workspace()), "Hello from First")
	events := s.Count(t, `select count(*) from audit_events`)
	same(t, "undone already", ask("POST", "default/undo", `{"event": "`+event+`"}`).is(http.StatusOK).object()["id"],
		any(first.ID.String()))
	same(t, "and nothing was done", s.Count(t, `select count(*) from audit_events`), events)
	ask("PATCH", "personas/"+first.ID.String(), `{"goals": "Newer", "version": 3}`).is(http.StatusOK)
	ask("POST", "default/undo", `{"event": "`+event+`"}`).refused(http.StatusConflict, "too_late")

	same(t, "assigned", ask("PUT", "campaigns/persona",
		`{"campaignIds": ["`+spring+`", "`+autumn+`"], "personaId": "`+second.ID.String()+`"}`).is(http.StatusOK).object(),
		map[string]any{"personaId": second.ID.String(), "chosen": 2.0, "changed": 2.0})
	for _, wrong := range []string{`{"personaId": null}`, `{"campaignIds": [], "personaId": null}`, `{"campaignIds": "` +
		spring + `", "personaId": null}`, `{"campaignIds": ["` + spring + `"]}`} {
		ask("PUT", "campaigns/persona", wrong).refused(http.StatusUnprocessableEntity, "invalid")
	}
	ask("PUT", "campaigns/persona", `{"campaignIds": ["`+spring+`", "`+uuid.NewString()+`"], "personaId": null}`).refused(http.StatusNotFound, "not_found")
	same(t, "all or none", s.Count(t, `select count(*) from campaigns where persona_id = $1`, second.ID), 2)

	version := s.Count(t, `select version from personas where id = $1`, second.ID)
	ask("DELETE", id, "").is(http.StatusOK)
	same(t, "deleted", ask("GET", "personas/deleted", "").is(http.StatusOK).data.([]any)[0].(map[string]any)["id"],
		any(second.ID.String()))
	history := ask("GET", id+"/history", "").is(http.StatusOK).data.([]any)
	same(t, "versions", []any{len(history), history[0].(map[string]any)["deleted"]}, []any{version + 1, true})
	ask("POST", id+"/history/1/restore", `{"version": 1}`).refused(http.StatusConflict, "stale_version")
	ask("POST", id+"/history/99/restore", `{"version": 0}`).refused(http.StatusNotFound, "not_found")
	same(t, "restored", ask("POST", id+"/history/1/restore", `{"version": 0}`).is(http.StatusOK).object()["greeting"],
		any("Hello from Second"))
	same(t, "health", ask("GET", "health", "").is(http.StatusOK).data, any([]any{}))
	same(t, "broken", s.Broken(t), []string{})
}

// TestAProgramNamesACampaignByItsOwnIDForItEverywhere has ids with a slash and a blank, and
// one that is the id of another campaign.
func TestAProgramNamesACampaignByItsOwnIDForItEverywhere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	p := s.NewPersona(t, ws, "Maya")
	spring, autumn := s.NewCampaign(t, ws, "Spring").String(), s.NewCampaign(t, ws, "Autumn").String()
	token := s.token(t, ws, "write")
	for _, external := range []string{"HA 7/Ä%2F", "persona", "7f9c2a10-4b8f-4f1e-9d0a-1f2e3d4c5b6a"} {
		s.Exec(t, `update campaigns set external_id = $2 where id = $1`, spring, external)
		c := "campaigns/" + url.PathEscape(external)
		ask := func(method, path, body string) *told {
			t.Helper()
			return s.ask(t, token, method, api(ws, path), body)
		}
		read := ask("GET", c, "").is(http.StatusOK).object()
		same(t, "read", []any{read["id"], read["externalId"]}, []any{spring, external})
		ask("PUT", c+"/persona", `{"personaId": "`+p.ID.String()+`"}`).is(http.StatusOK)
		ask("PUT", c+"/persona", `{"personaId": null}`).is(http.StatusOK)
		ask("PATCH", c, fmt.Sprintf(`{"name": "Spring", "version": %v}`, read["version"])).is(http.StatusOK)
		ask("POST", c+"/archive", "").is(http.StatusOK)
		ask("POST", c+"/unarchive", "").is(http.StatusOK)
		for _, query := range []string{"resolve?campaign=", "outcomes?campaign="} {
			ask("GET", query+url.QueryEscape(external), "").is(http.StatusOK)
			ask("GET", query+"unknown", "").refused(http.StatusNotFound, "not_found")
			for _, none := range []string{"%00", "x%00y", "%ff"} { // no text that a campaign could be called
				ask("GET", query+none, "").refused(http.StatusNotFound, "not_found")
			}
		}
		ask("PUT", "campaigns/%00/persona", `{"personaId": null}`).refused(http.StatusNotFound, "not_found")
		same(t, "called so", ask("GET", "campaigns?externalId=%ff", "").is(http.StatusOK).data, any([]any{}))
		many := func(name string) *told {
			return ask("PUT", "campaigns/persona", fmt.Sprintf(`{"campaignIds": [%q, %q], "personaId": null}`, name, autumn))
		}
		same(t, "of both", many(external).is(http.StatusOK).object()["chosen"], any(2.0))
		many("unknown").refused(http.StatusNotFound, "not_found")
		elsewhere := s.token(t, other, "write")
		s.ask(t, elsewhere, "GET", api(other, c), "").refused(http.StatusNotFound, "not_found")
	}
	s.Exec(t, `update campaigns set external_id = $2 where id = $1`, spring, autumn)
	same(t, "its own id wins", s.ask(t, token, "GET", api(ws, "campaigns/"+strings.ToUpper(autumn)), "").object()["name"], any("Autumn"))
}
