package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/testing/dbtest"
	"personae/internal/testing/origintest"
)

// asked is a question as the origin's programs keep it.
type asked struct {
	ID       string `json:"id"`
	Question string `json:"question"`
	Required bool   `json:"required"`
}

// questionsRead gives the questions as older programs read them.
func questionsRead(t *testing.T, d *dbtest.Database, client string) []asked {
	t.Helper()
	var list []asked
	text := texts(t, d, `select "qualificationQuestions" from legacy."WorkspaceSettings" where "clientId" = '`+client+`'`)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return list
}

func TestQuestionsAreLinesHereAndWhatTheyWereForOlderPrograms(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Client(t, "harbor")
	o.Exec(t, `insert into "WorkspaceSettings" ("clientId", "qualificationQuestions") values ('harbor',
		'[{"id":"q1","question":"How many berths?","required":true},{"id":"q2","question":"Who\n decides? ","required":false},{"id":"q3","question":"When?"}]')`)
	is(t, "run", bring(t, d, o), "brought over: 1 workspaces, 0 personas, 0 campaigns, 1 members, 0 leads, 0 messages; 1 new accounts, 0 repairs\n")
	is(t, "here", texts(t, d, `select qualification_questions from workspace_settings`),
		"How many berths?\nWho decides?\nWhen?")
	is(t, "as they were, in the history", texts(t, d,
		`select left(qualification_questions, 12) from workspace_settings_versions where version = 1`), `[{"id":"q1",`)
	is(t, "there", fmt.Sprint(questionsRead(t, d, "harbor")),
		"[{q1 How many berths? true} {q2 Who decides? false} {q3 When? false}]")

	// Whoever edits them here keeps what older programs know of the others.
	var user, workspace uuid.UUID
	if err := d.SQL.QueryRow(t.Context(), `select u.id, w.id from users u, workspaces w`).Scan(&user,
		&workspace); err != nil {
		t.Fatal(err)
	}
	admin := d.Access(t, user, workspace)
	settings, _, err := d.Settings(t.Context(), admin)
	if err != nil {
		t.Fatal(err)
	}
	settings.QualificationQuestions = "When?\nHow many berths?\n\nWhich system?"
	if _, err := d.SaveSettings(t.Context(), admin, settings, true); err != nil {
		t.Fatal(err)
	}
	list := questionsRead(t, d, "harbor")
	if len(list) != 3 || uuid.Validate(list[2].ID) != nil {
		t.Fatal(list)
	}
	list[2].ID = "new"
	is(t, "there, after an edit", fmt.Sprint(list), "[{q3 When? false} {q1 How many berths? true} {new Which system? false}]")

	// A program that writes with plain SQL writes JSON, and JSON it reads.
	const written = `[{"id": "q9", "question": "Who pays?", "required": true}]`
	d.Exec(t, `update workspace_settings set qualification_questions = $1`, written)
	is(t, "there, after plain SQL", texts(t, d, `select "qualificationQuestions" from legacy."WorkspaceSettings"`),
		written)
	if settings, _, err = d.Settings(t.Context(), admin); err != nil {
		t.Fatal(err)
	}
	is(t, "here, after plain SQL", settings.QualificationQuestions, "Who pays?")
}

func TestQuestionsThatDoNotFitAreLeftOutWhole(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	var many []asked
	for n := range 200 {
		many = append(many, asked{ID: fmt.Sprint("q", n), Question: fmt.Sprint(n, ": ", strings.Repeat("é", 50), "?")})
	}
	long, err := json.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	for client, questions := range map[string]string{"long": string(long), "cut": string(long[:1001]),
		"lines": strings.Repeat("How many?\n", 1000)} {
		o.Client(t, client)
		o.Exec(t, `insert into "WorkspaceSettings" ("clientId", "qualificationQuestions") values ($1, $2)`, client, questions)
	}
	out := bring(t, d, o)
	for _, line := range []string{
		"long text: long: qualification questions of the settings had more than 8,000 characters, so that 58 questions are left out; their words as they were are in the history",
		"cut text: cut: qualification questions of the settings ended within a question, which is left out; their words as they were are in the history",
		"lines text: lines: qualification questions of the settings had more than 8,000 characters, so that 200 questions are left out; their words as they were are in the history",
	} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("want a line %q:\n%s", line, out)
		}
	}
	for client, want := range map[string]int{"long": 142, "cut": 6, "lines": 800} {
		list := questionsRead(t, d, client)
		if len(list) != want {
			t.Errorf("%s: %d questions, want %d", client, len(list), want)
		}
		for n, q := range list {
			if client != "lines" && q != many[n] {
				t.Errorf("%s: %v, want %v", client, q, many[n])
			}
		}
	}
}

func TestStatusesScoresAndRolesComeOverUnderTheirNames(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Client(t, "harbor")
	o.Exec(t, `insert into auth.users values ('00000000-0000-4000-8000-00000000be00', 'ben@example.com', '{}')`)
	o.Exec(t, `insert into "ClientMember" ("clientId", "userId", "role") select 'harbor', u, r::"ClientMemberRole" from (values
		($1, 'ADMIN'), ($1, 'SETTER'), ('00000000-0000-4000-8000-00000000be00', 'INBOX_MANAGER'), ('00000000-0000-4000-8000-00000000be00', 'CLIENT_PORTAL')) v (u, r)`, origintest.Ada)
	o.Exec(t, `insert into "EmailCampaign" ("id", "clientId", "bisonCampaignId", "name", "responseMode") values
		('c1', 'harbor', 'b1', 'Spring', 'AI_AUTO_SEND'), ('c2', 'harbor', 'b2', 'Summer', 'SETTER_MANAGED')`)
	o.Exec(t, `insert into "Lead" ("id", "clientId", "status", "sentimentTag", "fitScore", "intentScore", "overallScore", "scoreReasoning", "scoredAt") values
		('l1', 'harbor', 'meeting-booked', 'Meeting Booked', 4, 3, 4, 'Runs a port.', '2026-01-02 03:04:05.678'),
		('l2', 'harbor', 'unsubscribed', 'Blacklist', 0, 0, 0, null, '2026-01-02'),
		('l3', 'harbor', 'not-interested', 'Not Interested', null, null, null, null, null),
		('l4', 'harbor', 'new', null, null, 2, 3, repeat('x', 3000), null)`)
	what := "brought over: 1 workspaces, 0 personas, 2 campaigns, 2 members, 4 leads, 0 messages; 2 new accounts, 0 repairs\n"
	is(t, "run", bringAfterDryRun(t, d, o), what)
	leads := func() string {
		return texts(t, d, `select concat_ws('|', "id", "status", coalesce("sentimentTag", '-'), "fitScore", "intentScore", "overallScore",
			left("scoreReasoning", 16), char_length("scoreReasoning"), "scoredAt" = '2026-01-02 03:04:05.678') from legacy."Lead" order by 1`)
	}
	is(t, "leads", leads(), `l1|meeting-booked|Meeting Booked|4|3|4|Runs a port.|12|t
l2|unsubscribed|Blacklist|1|1|1|Scored before it|49|f
l3|not-interested|Not Interested
l4|new|-|3|2|3|xxxxxxxxxxxxxxxx|2000|f`)
	is(t, "campaigns", texts(t, d, `select "id" || "responseMode" from legacy."EmailCampaign" order by 1`),
		"c1AI_AUTO_SEND\nc2SETTER_MANAGED")
	is(t, "members", texts(t, d, `select left("userId", 36) || "role"::text from legacy."ClientMember" order by "userId", "role"::text`),
		origintest.Ada+"ADMIN\n"+origintest.Ada+"SETTER\n00000000-0000-4000-8000-00000000be00CLIENT_PORTAL\n00000000-0000-4000-8000-00000000be00INBOX_MANAGER")
	is(t, "second run", bring(t, d, o), "nothing to bring over: all 1 workspaces are here already\n")

	// What changed there since is followed; what was scored here since is kept.
	d.Exec(t, `insert into scores (workspace_id, lead_id, fit, intent, overall, reason, scored_by, settings_version)
		select workspace_id, id, 2, 2, 2, 'Here.', 'rules:v1', 1 from leads where origin_id = 'l4'`)
	o.Exec(t, `update "Lead" set "status" = 'qualified', "sentimentTag" = 'Interested', "fitScore" = 2, "overallScore" = 2, "scoreReasoning" = 'Later.',
		"scoredAt" = '2026-01-03' where "id" in ('l1', 'l4')`)
	bring(t, d, o)
	is(t, "followed", leads(), `l1|qualified|Interested|2|3|2|Later.|6|f
l2|unsubscribed|Blacklist|1|1|1|Scored before it|49|f
l3|not-interested|Not Interested
l4|qualified|Interested|2|2|2|Here.|5|f`)
	is(t, "fourth run", bring(t, d, o), "nothing to bring over: all 1 workspaces are here already\n")

	// Whether a lead may be written to is decided here.
	d.Exec(t, `update leads set opted_out = origin_id = 'l1', unsubscribed = false, blacklisted = false`)
	is(t, "decided here", texts(t, d, `select concat_ws('|', "id", "status", "sentimentTag") from legacy."Lead" where "id" < 'l3' order by 1`),
		"l1|blacklisted|Blacklist\nl2|new")
	d.Exec(t, `update members m set role = 'admin' from users u where u.id = m.user_id and u.email = 'ben@example.com'`)
	is(t, "an admin here", texts(t, d, `select "role"::text from legacy."ClientMember" where "userId" like '%be00' order by 1`), "ADMIN\nCLIENT_PORTAL\nINBOX_MANAGER")
}
