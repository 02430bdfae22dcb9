package main

import (
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
	"personae/internal/testing/origintest"
)

// TestImportNamesTheOwnCompanyAndWarnsOfWhatNothingFills brings over words with
// placeholders that mean something else here, or nothing, and sequences.
func TestImportNamesTheOwnCompanyAndWarnsOfWhatNothingFills(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	for _, client := range []string{"Harbor", "Northwind"} {
		o.Client(t, client)
	}
	o.Exec(t, `insert into "WorkspaceSettings" ("clientId", "companyName", "aiGreeting", "aiSmsGreeting", "aiSignature") values
		('Harbor', 'Harbor Analytics AB', 'Hi {firstName}, {company} here', null, null),
		('Northwind', null, 'Hi {{first_name}}', 'We are {companyName}', '{company} {')`)
	o.Exec(t, `insert into "AiPersona" ("id", "clientId", "name", "isDefault", "createdAt", "greeting", "smsGreeting", "signature") values
		('a', 'Harbor', 'A', true, '2025-01-01', 'Hi {firstName}, {company} here', null, E'Ann\n{company}, {result}'),
		('b', 'Harbor', 'B', false, '2025-01-02', 'Hi {{firstName}}', repeat('x', 306) || ' {company}', null)`)
	o.Exec(t, `insert into "FollowUpSequence" ("clientId", "name", "aiPersonaId", "createdAt") values
		('Harbor', 'Second touch', 'b', '2025-01-01'), ('Harbor', E'No\nshow', 'b', '2025-01-02'), ('Northwind', 'Other', null, '2025-01-03')`)
	const company = "the workspace’s own company there, and that of the lead here; the name stands in its place now, and the words as they were are in the history\n"
	const fills = "there are placeholders or braces that nothing fills, so they would be sent as they stand; its page says which, and how to write them\n"
	repairs, _, _ := strings.Cut(bringAfterDryRun(t, d, o), "brought over")
	is(t, "repairs", repairs, `Harbor company: Harbor: {company} in greeting of the settings means `+company+
		`Harbor company: Harbor: {company} in greeting and signature of the persona “A” means `+company+
		`Harbor company: Harbor: {company} in SMS greeting of the persona “B” means the workspace’s own company there, and that of the lead here; with the name it would be too long, so put it there yourself
Harbor mirror: Harbor: the settings said nothing in signature; they have the words of “A” there
Harbor placeholder: Harbor: in signature of the persona “A” `+fills+
		`Harbor placeholder: Harbor: in greeting of the persona “B” `+fills+
		`Harbor sequence: Harbor: follow-ups by “Second touch” and “No show” speak as “B”; sequences stay there, and here that persona answers only for campaigns that name it, or as the default
Northwind company: Northwind: {company} in SMS greeting and signature of the settings means `+company+
		`Northwind placeholder: Northwind: in greeting and signature of the settings `+fills)
	is(t, "personas", texts(t, d, `select concat_ws('|', name, greeting, translate(signature, E'\n', '/'), version)
		from personas order by name`), "A|Hi {firstName}, Harbor Analytics AB here|Ann/Harbor Analytics AB, {result}|2\nB|Hi {{firstName}}|1")
	is(t, "words as they were", texts(t, d, `select greeting || ' ' || translate(signature, E'\n', '/') from persona_versions
		where name = 'A' and version = 1`), "Hi {firstName}, {company} here Ann/{company}, {result}")
	is(t, "settings", texts(t, d, `select concat_ws('|', w.name, s.ai_greeting, s.ai_sms_greeting, s.ai_signature = E'Ann\nHarbor Analytics AB, {result}')
		from workspace_settings s join workspaces w on w.id = s.workspace_id order by 1`),
		"Harbor|Hi {firstName}, Harbor Analytics AB here|t\nNorthwind|Hi {{first_name}}|We are Northwind|f")
	after := d.Snapshot(t)
	is(t, "second run", bring(t, d, o), "nothing to bring over: all 2 workspaces are here already\n")
	is(t, "tables", d.Snapshot(t), after)

	o.Exec(t, `insert into "FollowUpSequence" ("clientId", "name", "aiPersonaId") values ('Harbor', 'Third', 'a')`)
	is(t, "run with a new sequence", bring(t, d, o), `Harbor sequence: Harbor: follow-ups by “Third” speak as “A”; sequences stay there, and here that persona answers only for campaigns that name it, or as the default
nothing to bring over: all 2 workspaces are here already
`)
}

// TestImportTakesWordsFromWhereverAMessageHasThem brings over messages whose body is
// empty.
func TestImportTakesWordsFromWhereverAMessageHasThem(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Client(t, "w")
	o.Exec(t, `insert into "Lead" ("id", "clientId") values ('l', 'w')`)
	o.Exec(t, `insert into "Message" ("id", "leadId", "body", "rawText", "rawHtml", "subject") values
		('body', 'l', 'Body', 'Raw', '<p>Markup</p>', 'Subject'),
		('raw', 'l', E' \n', 'Raw', '<p>Markup</p>', 'Subject'),
		('html', 'l', '', null, '<div>What does <b>it</b> cost?</div>', 'Re: Hello'),
		('long', 'l', '', ' ', '<p>' || repeat('<i></i>', 5000) || 'At the end?</p>', null),
		('empty', 'l', '', null, '<div><img src="x"> </div>', ' Call me? '),
		('subject', 'l', '', null, null, 'Automatic reply: away'),
		('none', 'l', '', null, '<br>', ' ')`)
	out := bringAfterDryRun(t, d, o)
	repairs, _, _ := strings.Cut(out, "brought over")
	is(t, "repairs", repairs, `w empty: w: 1 message without a word: left out; the first is “none”
w html: w: 2 messages whose words stand in its HTML alone: taken from there; the first is “html”
w subject: w: 2 messages whose only words are its subject: that is what it says; the first is “empty”
`)
	is(t, "messages", texts(t, d, `select concat_ws('|', external_id, body, kind) from messages order by 1`),
		`body|Body|
empty|Call me?|
html|<div>What does <b>it</b> cost?</div>|
long|At the end?|
raw|Raw|
subject|Automatic reply: away|automatic`)
	is(t, "second run", bring(t, d, o), "nothing to bring over: all 1 workspaces are here already\n")
	o.Exec(t, `insert into "Message" ("id", "leadId", "body") values ('nothing', 'l', '')`)
	is(t, "run with another", bring(t, d, o), `w empty: w: 2 messages without a word: left out; the first is “none”
nothing to bring over: all 1 workspaces are here already
`)
}

// TestASecondImportPrintsOnlyWhatIsNew imports what goes on being wrong there.
func TestASecondImportPrintsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	brokenOrigin(t, o)
	brokenLeads(t, o)
	bring(t, d, o)
	after := d.Snapshot(t)
	is(t, "dry run", bring(t, d, o, "--dry-run"), "nothing to bring over: all 11 workspaces are here already\n")
	is(t, "second run", bring(t, d, o), "nothing to bring over: all 11 workspaces are here already\n")
	is(t, "tables", d.Snapshot(t), after)
	// Two campaigns without a name are two repairs, whenever they come.
	for range 2 {
		o.Exec(t, `insert into "EmailCampaign" ("clientId", "bisonCampaignId", "name") values ('two', gen_random_uuid(), ' ')`)
		is(t, "run with a campaign", bring(t, d, o), `two blank_name: two: a campaign had no name and is called “Unnamed campaign”
brought over: 0 workspaces, 0 personas, 1 campaigns, 0 members, 0 leads, 0 messages; 0 new accounts, 1 repairs
`)
	}
}
