package postgres_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/npm"
)

// originReads gives what the programs of the origin got to each of their reads.
func originReads(t *testing.T, d *dbtest.Database, client, lead string) map[string]any {
	t.Helper()
	npm.Needs(t, legacyFolder+"node_modules/pg/package.json")
	npm.Needs(t, legacyFolder+"node_modules/legacy-client/index.js")
	cmd := npm.Command(t, legacyFolder+"reads.mjs", legacyLogin(t, d, "legacy"), "legacy", client, lead)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, complaint.String())
	}
	got := map[string]any{}
	for line := range strings.Lines(string(out)) {
		var read struct {
			Name, Error string
			Got         any
		}
		if err := json.Unmarshal([]byte(line), &read); err != nil {
			t.Fatal(err, line)
		}
		if read.Error != "" {
			t.Errorf("%s: %s", read.Name, read.Error)
		}
		got[read.Name] = read.Got
	}
	return got
}

// at gives what stands in a row that was read, by keys and places in lists.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			row, _ := v.(map[string]any)
			v = row[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// TestEveryReadOfTheOriginsProgramsRuns asks with Prisma what they ask, by the
// whole row and with what they join, and looks at what they make of it.
func TestEveryReadOfTheOriginsProgramsRuns(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	other := d.Workspace(t, "Cedar")
	d.NewPersona(t, other, "Not of Harbor")
	setter := d.User(t, access.NewUser{Email: "sam@example.com", Name: "Sam"})
	d.Member(t, a.Workspace(), setter, access.Member)
	saved := must(d.Create(t.Context(), a, persona.Content{Name: "Guide",
		Voice: persona.Voice{DisplayName: "Nora", Greeting: "Hello"}}, false))(t)
	second := d.NewPersona(t, a, "Another")
	settings := persona.Settings{CompanyName: "Harbor AB", QualificationQuestions: "How many berths?\nWho decides?",
		Version: saved.Persona.Version}
	must(d.SaveSettings(t.Context(), a, settings, false))(t)
	campaign := d.NewCampaign(t, a, "Spring")
	d.NewCampaign(t, a, "Summer")
	d.Exec(t, `update campaigns set external_id = 'HA-101' where id = $1`, campaign)
	if _, err := d.Assign(t.Context(), a, campaign, uuid.NullUUID{UUID: second.ID, Valid: true}); err != nil {
		t.Fatal(err)
	}
	inbound := dbtest.Inbound("m-1")
	inbound.Campaign = "HA-101"
	received := must(d.Receive(t.Context(), d.Inbox(t, a), inbound))(t)
	made := postgres.MadeDraft{By: persona.Resolution{Source: persona.FromSettings}, PromptKey: "x:persona=settings",
		Text: "Hi Liv"}
	if _, _, err := d.StoreDraft(t.Context(), postgres.DraftJob{Workspace: a.Workspace(), Draft: received.Draft}, 0,
		made); err != nil {
		t.Fatal(err)
	}
	var lead string
	if err := d.SQL.QueryRow(t.Context(), `select id from leads`).Scan(&lead); err != nil {
		t.Fatal(err)
	}
	d.Exec(t, `insert into scores (workspace_id, lead_id, fit, intent, overall, reason, scored_by, settings_version)
		values ($1, $2, 4, 3, 4, 'Asked for a price.', 'rules:v1', 1)`, a.Workspace(), lead)
	d.Exec(t, `update workspace_settings set drafts_off = true where workspace_id = $1`, a.Workspace())
	before := d.Snapshot(t)

	ws := a.Workspace().String()
	got := originReads(t, d, ws, lead)
	is := func(want any, path ...any) {
		t.Helper()
		same(t, fmt.Sprint(path...), at(got, path...), want)
	}
	is("Harbor AB", "scoredLead", "client", "settings", "companyName")
	is("Strand Shipping", "scoredLead", "companyName")
	is(inbound.Body, "scoredMessages", 0, "body")
	is("inbound", "scoredMessages", 0, "direction")
	is(4.0, "scores", 0, "overallScore")
	is("Asked for a price.", "scores", 0, "scoreReasoning")
	is("Guide", "draftedLead", "client", "aiPersonas", 0, "name")
	is("Another", "draftedLead", "emailCampaign", "aiPersona", "name")
	is("Nora", "draftedLead", "client", "settings", "aiPersonaName")
	is([]any{}, "draftedLead", "client", "settings", "knowledgeAssets")
	is(lead, "trigger", "leadId")
	is(inbound.Body, "triggerOfLead", "body")
	is(inbound.Body, "latest", "body")
	is(map[string]any{"id": received.Draft.String(), "status": "pending", "leadId": lead, "content": "Hi Liv"}, "draft")
	is(false, "verifier", "draftGenerationEnabled")
	is("Nora", "settings", "aiPersonaName")
	is(28.0, "settings", "calendarLookAheadDays")
	is("Guide", "personas", 0, "name")
	is("friendly-professional", "personas", 0, "tone")
	is(1.0, "personas", 1, "_count", "campaigns")
	is("Guide", "defaultPersona", "name")
	is("Harbor", "campaigns", 0, "client", "name")
	is("Another", "campaigns", 0, "aiPersona", "name")
	is(1.0, "campaigns", 0, "_count", "leads")
	is("SETTER_MANAGED", "campaigns", 1, "responseMode")
	is(2.0, "byHand")
	is([]any{}, "byItself")
	is([]any{map[string]any{"userId": setter.String()}}, "setters")
	is("ADMIN", "member", "role")
	is("Nora", "client", "settings", "aiPersonaName")
	is(nil, "client", "ghlPrivateKey")
	is("Hi Liv", "lead", "aiDrafts", 0, "content")
	is(inbound.Body, "lead", "messages", 0, "body")
	is("inbound", "lead", "lastMessageDirection")
	is(1.0, "unread")
	is([]any{map[string]any{"_count": 1.0, "status": "new"}}, "statuses")
	for model, rows := range map[string]int{"client": 2, "clientMember": 3, "workspaceSettings": 2, "aiPersona": 3,
		"emailCampaign": 2, "lead": 1, "message": 1,
		"aIDraft": 1, "knowledgeAsset": 0, "calendarLink": 0, "bookingProcess": 0, "emailBisonBaseHost": 0, "campaign": 0,
		"smsCampaign": 0} {
		list, _ := got["all of "+model].([]any)
		same(t, "all of "+model, len(list), rows)
	}
	same(t, "tables", d.Snapshot(t), before)
}
