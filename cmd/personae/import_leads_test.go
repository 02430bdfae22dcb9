package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/origin"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/origintest"
)

func TestImportBringsLeadsAndWhatTheyWroteOverOnce(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 120)
	o.FillLeads(t, 110, 2, 3)
	// more than are read at once
	o.Exec(t, `insert into "Lead" ("id", "clientId") select 'many' || i, 'clx120' from generate_series(1, 2500) i`)
	before, theirs := d.Snapshot(t), snapshot(t, o)
	dry := bring(t, d, o, "--dry-run")
	const what = "120 workspaces, 360 personas, 480 campaigns, 360 members, 2720 leads, 660 messages; 13 new accounts, 0 repairs\nleft there: 440 messages that were sent to these leads\n"
	is(t, "dry run", dry, "nothing was changed; this would come over: "+what)
	is(t, "tables after a dry run", d.Snapshot(t), before)
	is(t, "run", bring(t, d, o), "brought over: "+what)
	is(t, "counts", texts(t, d, `select count(*)::text from leads union all select count(*)::text from messages
		union all select count(*)::text from messages where answered_elsewhere
		union all select count(*)::text from origin_rows where kind in ('lead', 'message')
		union all select count(*)::text from drafts union all select count(*)::text from scores
		union all select count(distinct workspace_id)::text from audit_events
		union all select count(*)::text from audit_events`), "2720\n660\n440\n3380\n0\n0\n120\n120")
	is(t, "a lead", texts(t, d, `select concat_ws('|', l.external_id, l.first_name, l.last_name, l.email, l.company,
		c.name, l.blacklisted, l.bounced)
		from leads l join campaigns c on c.workspace_id = l.workspace_id and c.id = l.campaign_id
		where l.external_id = 'lead7-1'`),
		"lead7-1|Liv|Strand 1|liv1@example.com|Strand Shipping|Campaign 2|f|f")
	is(t, "what it wrote", texts(t, d, `select concat_ws('|', m.external_id, m.channel, c.name, m.answered_elsewhere,
		left(m.body, 18), round(extract(epoch from now() - m.sent_at) / 3600))
		from messages m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
		join campaigns c on c.workspace_id = m.workspace_id and c.id = m.campaign_id
		where l.external_id = 'lead7-1' order by m.sent_at`),
		"m-lead7-1-1-inbound|email|Campaign 2|t|What does it cost?|2\nm-lead7-1-2-inbound|email|Campaign 2|t|What does it cost?|1\nm-lead7-1-3-inbound|email|Campaign 2|f|What does it cost?|0")
	is(t, "as older programs read it", texts(t, d, `select concat_ws('|', l."id", l."clientId", l."firstName",
		l."companyName", l."status", c."name") from legacy."Lead" l
		join legacy."EmailCampaign" c on c."id" = l."emailCampaignId" and c."clientId" = l."clientId"
		where l."id" = 'lead7-1'`), "lead7-1|clx7|Liv|Strand Shipping|new|Campaign 2")
	if code, out, _ := (operator{t, d}).run("", "doctor"); code != 0 {
		t.Errorf("doctor: %s", out)
	}
	after := d.Snapshot(t)
	is(t, "second run", bring(t, d, o), "nothing to bring over: all 120 workspaces are here already\n")
	is(t, "tables after a second run", d.Snapshot(t), after)
	is(t, "the origin's tables", snapshot(t, o), theirs)
}

// TestAnImportTellsHowMuchItHasLookedAtThoughNothingIsNew looks at each report,
// of which people see one a second.
func TestAnImportTellsHowMuchItHasLookedAtThoughNothingIsNew(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 2)
	o.FillLeads(t, 2, 1, 2)
	o.Exec(t, `insert into "Lead" ("id", "clientId") select 'many' || i, 'clx2' from generate_series(1, 1200) i`)
	run := func(dry bool) string {
		t.Helper()
		source, err := origin.Open(t.Context(), o.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer source.Close()
		importer, err := d.Owner(t).NewImporter(t.Context(), nil, persona.SettingsAreRight, dry)
		if err != nil {
			t.Fatal(err)
		}
		defer importer.Close()
		var lines []string
		if err := source.Each(t.Context(), func(list []origin.Workspace) error {
			_, err := importer.ImportBatch(t.Context(), source, list, func(so postgres.Imported) {
				lines = append(lines, soFar(0, source.Size(), so))
			})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines, "\n")
	}
	const first = "0 of 2 workspaces, 1000 leads (1000 new), 4 messages (4 new)\n0 of 2 workspaces, 1202 leads (1202 new), 4 messages (4 new)"
	is(t, "dry run", run(true), first)
	is(t, "run", run(false), first)
	o.Exec(t, `insert into "Lead" ("id", "clientId") values ('new', 'clx2')`)
	is(t, "second run", run(false),
		"0 of 2 workspaces, 1000 leads (0 new), 4 messages (0 new)\n0 of 2 workspaces, 1203 leads (1 new), 4 messages (0 new)")
}

// TestALeadThatWasErasedDoesNotComeOverAgain erases one of two by the command.
func TestALeadThatWasErasedDoesNotComeOverAgain(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 1)
	o.FillLeads(t, 1, 2, 3)
	bring(t, d, o)
	ids := strings.Fields(texts(t, d, `select workspace_id || ' ' || id from leads where external_id = 'lead1-1'`))
	if code, _, errs := (operator{t, d}).run("", "lead", "erase", "--workspace", ids[0], "--lead", ids[1], "--yes"); code != 0 {
		t.Fatal(errs)
	}
	before := d.Snapshot(t)
	const left = "left there, with what they wrote: 1 of the leads, erased here\n"
	is(t, "again", bring(t, d, o), left+"nothing to bring over: all 1 workspaces are here already\n")
	is(t, "tables", d.Snapshot(t), before)
	is(t, "leads", texts(t, d, `select external_id from leads`), "lead1-2")
	o.Exec(t, `insert into "Lead" ("id", "clientId") values ('new', 'clx1')`)
	if said := bring(t, d, o); !strings.HasPrefix(said, left) || !strings.Contains(said, " 1 leads, 0 messages") {
		t.Error(said)
	}
}

// brokenLeads fills an origin with what no rule of it keeps out of leads and messages.
func brokenLeads(t *testing.T, o *origintest.Database) {
	t.Helper()
	for _, client := range []string{"a", "b"} {
		o.Client(t, client)
		o.Exec(t, `insert into "EmailCampaign" ("id", "clientId", "bisonCampaignId", "name")
			values ('of-' || $1, $1, 'x', 'Spring')`, client)
	}
	for _, sql := range []string{
		`insert into "Lead" ("id", "clientId", "emailCampaignId", "firstName", "email", "companyName", "status",
			"sentimentTag") values
			('foreign', 'a', 'of-b', 'Ada', null, null, 'new', null), ('gone', 'a', 'nowhere', null, null, null, 'new', null),
			('long', 'a', 'of-a', repeat('x', 130), repeat('y', 300) || '@example.com', E'Strand\u0007\nShipping', 'new', null),
			('black', 'a', 'of-a', null, null, null, 'BLACKLISTED', null),
			('out', 'a', null, null, null, null, 'new', 'Opt-out'),
			('off', 'b', null, null, null, null, 'unsubscribed', null),
			('back', 'b', null, null, null, null, 'bounced', 'Blacklist'),
			('good', 'b', null, null, null, null, 'meeting-booked', 'Interested'),
			(repeat('i', 201), 'a', null, null, null, null, 'new', null),
			(E'line\nbreak', 'a', null, null, null, null, 'new', null), ('astray', 'c', null, null, null, null, 'new', null)`,
		`insert into "Message" ("id", "leadId", "channel", "direction", "body", "rawText", "sentAt") values
			('m1', 'foreign', 'EMAIL', 'inbound', E'One\r\ntwo\u0008', null, '2025-01-02'),
			('m2', 'foreign', 'sms', 'outbound', 'Answer', null, '2025-01-01'),
			('m3', 'foreign', 'fax', 'inbound', 'Hello', null, '2025-01-03'),
			('m4', 'foreign', 'email', 'inbound', E' \n', '', '2025-01-04'),
			('m5', 'good', 'linkedin', 'inbound', ' ', 'Raw words', '2025-01-05'),
			('m6', 'good', 'sms', 'inbound', repeat('z', 30000), null, now() + interval '1 year'),
			('m7', 'good', 'sms', 'sideways', 'Who wrote this?', null, '2025-01-06'),
			(repeat('m', 201), 'good', 'sms', 'inbound', 'x', null, '2025-01-06'),
			('m8', 'nobody', 'sms', 'inbound', 'x', null, '2025-01-06'),
			('m9', E'line\nbreak', 'sms', 'inbound', 'x', null, '2025-01-06'),
			('m10', 'black', 'sms', 'inbound', 'x', null, '-infinity')`,
	} {
		o.Exec(t, sql)
	}
}

// TestImportRepairsLeadsAndMessages brings over what no rule of the origin keeps out.
func TestImportRepairsLeadsAndMessages(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	brokenLeads(t, o)
	out := bringAfterDryRun(t, d, o)
	is(t, "run", out, `a no_id: a: 2 leads without an id, or with one that is no line of up to 200 characters or is another’s too: left out, with what was written; the first is “`+strings.Repeat("i", 80)+`”
a foreign_campaign: a: 2 leads with a campaign that this workspace does not have: brought over without one, so the default answers; the first is “foreign”
a text: a: 1 lead with a name, company or address that was too long or held control characters: cut or cleaned, and an address that was too long is left out; the first is “long”
a channel: a: 1 message that came neither by email nor by SMS nor by LinkedIn: left out; the first is “m3”
a empty: a: 1 message without a word: left out; the first is “m4”
a text: a: 1 message longer than 20,000 characters or with control characters: cut or cleaned; the first is “m1”
b no_id: b: 1 message without an id, or with one that is no line of up to 200 characters or is another’s too: left out; the first is “`+strings.Repeat("m", 80)+`”
b direction: b: 1 message that says neither that it came in nor that it went out: left out; the first is “m7”
b text: b: 1 message longer than 20,000 characters or with control characters: cut or cleaned; the first is “m6”
b time: b: 1 message sent in the future: taken as sent now; the first is “m6”
- stray: no workspace: 1 lead of a workspace that is not there: left out
- stray: no workspace: 1 message of a lead that is not there: left out
brought over: 2 workspaces, 0 personas, 2 campaigns, 2 members, 8 leads, 4 messages; 1 new accounts, 12 repairs
left there: 1 messages that were sent to these leads
`)
	is(t, "leads", texts(t, d, `select concat_ws('|', l.external_id, c.name, l.first_name, l.email, l.company,
		concat(case when blacklisted then 'blacklisted' end,
		case when opted_out then 'opted out' end, case when unsubscribed then 'unsubscribed' end,
		case when bounced then ' bounced' end))
		from leads l left join campaigns c on c.workspace_id = l.workspace_id and c.id = l.campaign_id
		order by 1`), `back||||blacklisted bounced
black|Spring||||blacklisted
foreign|Ada|||
gone||||
good||||
long|Spring|`+strings.Repeat("x", 120)+`||Strand Shipping|
off||||unsubscribed
out||||opted out`)
	is(t, "messages", texts(t, d, `select concat_ws('|', external_id, channel, left(body, 9), char_length(body),
		to_char(sent_at, 'YYYY'), answered_elsewhere) from messages order by 1`),
		"m10|sms|x|1|1970|f\nm1|email|One\ntwo|7|2025|f\nm5|linkedin|Raw words|9|2025|f\nm6|sms|zzzzzzzzz|20000|"+
			time.Now().UTC().Format("2006")+"|f")
}

// TestImportAgainLeavesLeadsAloneButForWhatEndsAConversation changes and deletes
// on both sides between two runs.
func TestImportAgainLeavesLeadsAloneButForWhatEndsAConversation(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 2)
	o.FillLeads(t, 2, 3, 1)
	bring(t, d, o)
	for _, sql := range []string{
		`update leads set first_name = 'Ours', campaign_id = null, bounced = true where external_id = 'lead1-1'`,
		`delete from messages where external_id like 'm-lead1-2%' or external_id like 'm-lead1-3%'`,
		`delete from leads where external_id = 'lead1-2'`,
	} {
		d.Exec(t, sql)
	}
	for _, sql := range []string{
		`update "Lead" set "firstName" = 'Theirs'`,
		`update "Message" set "body" = 'Theirs'`,
		`update "Lead" set "status" = 'unsubscribed' where "id" in ('lead1-2', 'lead2-1')`,
		`insert into "Message" ("leadId", "channel", "direction", "body")
			values ('lead2-2', 'sms', 'outbound', 'It costs 10.')`,
		`insert into "Message" ("id", "leadId", "channel", "body") values ('new', 'lead1-3', 'sms', 'And now?'),
			('lost', 'lead1-2', 'sms', 'And now?')`,
		`insert into "Lead" ("id", "clientId", "emailCampaignId", "lastName") select 'lead2-9', 'clx2', "id", E'New\n'
			from "EmailCampaign" where "clientId" = 'clx1' limit 1`,
	} {
		o.Exec(t, sql)
	}
	out := bringAfterDryRun(t, d, o)
	is(t, "second run", out,
		`clx2 foreign_campaign: Client 2: 1 lead with a campaign that this workspace does not have: brought over without one, so the default answers; the first is “lead2-9”
brought over: 0 workspaces, 0 personas, 0 campaigns, 0 members, 1 leads, 1 messages; 0 new accounts, 1 repairs
2 leads and messages that came over before were closed or answered there since
`)
	is(t, "leads", texts(t, d, `select concat_ws('|', external_id, first_name, campaign_id is null, unsubscribed, bounced)
		from leads order by 1`), `lead1-1|Ours|t|f|t
lead1-3|Liv|f|f|f
lead2-1|Liv|f|t|f
lead2-2|Liv|f|f|f
lead2-3|Liv|f|f|f
lead2-9||t|f|f`)
	is(t, "messages", texts(t, d, `select concat_ws('|', external_id, left(body, 8), answered_elsewhere) from messages
		order by 1`), `m-lead1-1-1-inbound|What doe|f
m-lead2-1-1-inbound|What doe|f
m-lead2-2-1-inbound|What doe|t
m-lead2-3-1-inbound|What doe|f
new|And now?|f`)
	is(t, "events", texts(t, d, `select count(*)::text from audit_events where action = 'import.brought_over'`), "4")
	after := d.Snapshot(t)
	is(t, "third run", bring(t, d, o), "nothing to bring over: all 2 workspaces are here already\n")
	is(t, "tables", d.Snapshot(t), after)
}

// TestWhatTheOriginAnsweredGetsNeitherDraftNorScoreByItself sweeps after an
// import: only a lead that still waits for an answer is taken up.
func TestWhatTheOriginAnsweredGetsNeitherDraftNorScoreByItself(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 1)
	o.FillLeads(t, 1, 2, 2)
	o.Exec(t, `insert into "Message" ("leadId", "channel", "direction", "body", "sentAt")
		values ('lead1-1', 'linkedin', 'outbound', 'It costs 10.', current_timestamp + interval '1 second')`)
	o.Exec(t, `insert into "Lead" ("id", "clientId") values ('old', 'clx1')`)
	o.Exec(t, `insert into "Message" ("leadId", "channel", "body", "sentAt", "createdAt")
		values ('old', 'email', 'Too long ago', current_timestamp - interval '8 days', current_timestamp)`)
	bring(t, d, o)
	swept, err := d.Sweep(t.Context(), 0)
	if err != nil || swept.Drafts != 1 || swept.Scores != 1 {
		t.Errorf("swept %+v, %v", swept, err)
	}
	is(t, "drafts and scores asked for", texts(t, d, `select l.external_id || ' ' || m.external_id from drafts r
		join messages m on m.id = r.message_id join leads l on l.id = m.lead_id
		union all select external_id from leads where score_asked_at is not null`), "lead1-2 m-lead1-2-2-inbound\nlead1-2")
	// Whoever wants one all the same may ask.
	var lead, ws uuid.UUID
	if err := d.SQL.QueryRow(t.Context(), `select id, workspace_id from leads
		where external_id = 'lead1-1'`).Scan(&lead, &ws); err != nil {
		t.Fatal(err)
	}
	var owner uuid.UUID
	if err := d.SQL.QueryRow(t.Context(), `select user_id from members where role = 'owner'`).Scan(&owner); err != nil {
		t.Fatal(err)
	}
	if _, err := d.AskDraft(t.Context(), d.Access(t, owner, ws), lead, uuid.NullUUID{}); err != nil {
		t.Error(err)
	}
}

// TestDraftsStartOnlyWhereTheOriginWouldHaveMadeOne sweeps after an import of messages
// that the origin marks, and of a workspace that it drafts nothing for.
func TestDraftsStartOnlyWhereTheOriginWouldHaveMadeOne(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Client(t, "on")
	o.Client(t, "off")
	o.Exec(t, `insert into "WorkspaceSettings" ("clientId", "draftGenerationEnabled") values ('on', true), ('off', false)`)
	for tag, kind := range map[string]string{
		"Interested": "", "Follow Up": "", "Meeting Requested": "", "Call Requested": "", "Information Requested": "",
		"Meeting Booked": "", "Positive": "", "New": "", "Not Interested": "refusal", "Out of Office": "automatic",
		"Automated Reply": "automatic", "Neutral": "passed", "Objection": "passed", "Snoozed": "passed",
	} {
		o.Exec(t, `insert into "Lead" ("id", "clientId", "sentimentTag") values ($1, 'on', $1)`, tag)
		o.Exec(t, `insert into "Message" ("id", "leadId", "channel", "body", "sentAt")
			values ($1 || ', first', $1, 'email', 'What?', current_timestamp - interval '1 day'),
			($1 || ', last=' || $2, $1, 'email', 'And what?', current_timestamp)`, tag, kind)
	}
	o.Exec(t, `insert into "Lead" ("id", "clientId", "email", "status", "sentimentTag") values
		('server', 'on', 'MAILER-DAEMON@example.com', 'new', null), ('status', 'on', null, 'not-interested', null),
		('unmarked', 'on', null, 'new', null), ('elsewhere', 'off', null, 'new', 'Interested')`)
	o.Exec(t, `insert into "Message" ("id", "leadId", "channel", "body") select 'last=' || "id", "id", 'email', 'And what?'
		from "Lead" where "id" in ('server', 'status', 'unmarked', 'elsewhere')`)
	bring(t, d, o)
	is(t, "kinds", texts(t, d, `select concat_ws('|', l.external_id, m.external_id, m.kind) from messages m
		join leads l on l.id = m.lead_id where m.external_id like '%last=%' and m.external_id <> l.external_id || ', last=' || m.kind
		order by 1`), "elsewhere|last=elsewhere|\nserver|last=server|passed\nstatus|last=status|refusal\nunmarked|last=unmarked|")
	is(t, "earlier messages", texts(t, d, `select distinct kind from messages where external_id like '%, first'`), "")
	is(t, "settings", texts(t, d, `select concat_ws('|', w.name, s.drafts_off) from workspace_settings s
		join workspaces w on w.id = s.workspace_id order by 1`), "off|t\non|f")
	if _, err := d.Sweep(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	is(t, "drafts", texts(t, d, `select l.external_id from drafts r join messages m on m.id = r.message_id
		join leads l on l.id = m.lead_id order by 1`),
		"Call Requested\nFollow Up\nInformation Requested\nInterested\nMeeting Booked\nMeeting Requested\nNew\nPositive\nunmarked")

	// What it marks afterwards is heard of: by the lead and by its message.
	o.Exec(t, `update "Lead" set "sentimentTag" = 'Not Interested' where "id" = 'elsewhere'`)
	is(t, "second run", bring(t, d, o), "brought over: 0 workspaces, 0 personas, 0 campaigns, 0 members, 0 leads, 0 messages; 0 new accounts, 0 repairs\n"+
		"2 leads and messages that came over before were closed or answered there since\n")
	is(t, "its kind", texts(t, d, `select m.kind from messages m join leads l on l.id = m.lead_id
		where l.external_id = 'elsewhere' and not m.answered_elsewhere`), "refusal")
	is(t, "third run", bring(t, d, o), "nothing to bring over: all 2 workspaces are here already\n")
}

// TestALeadIsTheSameForTheImportAndTheHook brings over a lead whose last message
// was sent to the hook already, and then lets it write again.
func TestALeadIsTheSameForTheImportAndTheHook(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Client(t, "clx1")
	bring(t, d, o)
	var ws, owner uuid.UUID
	if err := d.SQL.QueryRow(t.Context(), `select workspace_id, user_id from members`).Scan(&ws, &owner); err != nil {
		t.Fatal(err)
	}
	inbox := d.Inbox(t, d.Access(t, owner, ws))
	receive := func(id string) {
		t.Helper()
		if _, err := d.Receive(t.Context(), inbox, dbtest.Inbound(id)); err != nil {
			t.Fatal(err)
		}
	}
	receive("m2")
	o.Exec(t, `insert into "Lead" ("id", "clientId", "firstName", "status")
		values ('liv', 'clx1', 'Olivia', 'blacklisted'), ('LIV', 'clx1', 'Another', 'new')`)
	o.Exec(t, `insert into "Message" ("id", "leadId", "channel", "body", "sentAt")
		values ('m1', 'liv', 'email', 'Hello', current_timestamp - interval '1 day'),
		('m2', 'liv', 'email', 'Hello again', current_timestamp)`)
	is(t, "run", bring(t, d, o),
		"brought over: 0 workspaces, 0 personas, 0 campaigns, 0 members, 2 leads, 2 messages; 0 new accounts, 0 repairs\n")
	receive("m3")
	receive("m1")
	is(t, "leads", texts(t, d, `select concat_ws('|', external_id, origin_id, first_name, blacklisted,
		(select string_agg(m.external_id || ' ' || m.body, ',' order by m.external_id)
		from messages m where m.workspace_id = l.workspace_id and m.lead_id = l.id)) from leads l
		order by external_id collate "C"`),
		"LIV|LIV|Another|f\nliv|liv|Liv|t|m1 Hello,m2 What does it cost?,m3 What does it cost?")
	is(t, "a run after that", bring(t, d, o), "nothing to bring over: all 1 workspaces are here already\n")
}

func TestImportReadsWhatThereIsOfLeads(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ schema, want string }{
		"no leads":    {`drop table "Lead"`, ""},
		"no messages": {`drop table "Message"`, "l1|||f|f|f|f|"},
		"few columns": {`alter table "Message" drop column "channel", drop column "rawText",
			drop column "sentAt";
			alter table "Lead" drop column "status", drop column "emailCampaignId", drop column "companyName", drop column "updatedAt"`,
			"l1|||f|f|f|f|email Hello f"},
		"other names": {`alter table "Lead" rename column "companyName" to "company"; alter table "Lead" add "isBlacklisted" boolean, add "optedOutAt" timestamp(3), add "bounced" boolean not null default true;
			alter table "Message" drop column "direction", add "isInbound" boolean default true; update "Lead"
			set "company" = 'Strand', "isBlacklisted" = false, "optedOutAt" = now()`, "l1|Strand||f|t|f|t|sms Hello f"},
		"no direction": {`alter table "Message" drop column "direction"`, "l1|||f|f|f|f|"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, o := dbtest.New(t), origintest.New(t)
			o.Client(t, "clx1")
			o.Exec(t, `insert into "Lead" ("id", "clientId") values ('l1', 'clx1')`)
			o.Exec(t, `insert into "Message" ("leadId", "body") values ('l1', 'Hello')`)
			o.Exec(t, c.schema)
			bring(t, d, o)
			is(t, "leads", texts(t, d, `select concat_ws('|', external_id, company, first_name, blacklisted, opted_out,
				unsubscribed, bounced,
				coalesce((select string_agg(concat_ws(' ', m.channel, m.body, m.answered_elsewhere), ',') from messages m
				where m.lead_id = l.id), '')) from leads l`), c.want)
			after := d.Snapshot(t)
			bring(t, d, o)
			is(t, "tables after a second run", d.Snapshot(t), after)
		})
	}
}
