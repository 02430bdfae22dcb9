package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/origintest"
)

// bring runs an import that must succeed and returns what it printed.
func bring(t *testing.T, d *dbtest.Database, from *origintest.Database, flags ...string) string {
	t.Helper()
	return operator{t, d}.does("", append([]string{"import", "--from", from.URL}, flags...)...)
}

// bringAfterDryRun runs an import after a dry run, which must change nothing and say
// the same, and returns what it printed.
func bringAfterDryRun(t *testing.T, d *dbtest.Database, o *origintest.Database) string {
	t.Helper()
	before := d.Snapshot(t)
	dry := bring(t, d, o, "--dry-run")
	is(t, "tables after a dry run", d.Snapshot(t), before)
	out := bring(t, d, o)
	is(t, "a dry run", strings.Replace(dry, "nothing was changed; this would come over:", "brought over:", 1), out)
	return out
}

// texts returns the first column of a query, one row a line.
func texts(t *testing.T, d *dbtest.Database, sql string) string {
	t.Helper()
	rows, err := d.SQL.Query(t.Context(), sql)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

func is(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
	}
}

func TestImportBringsEverythingOverOnce(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 320)
	before, theirs := d.Snapshot(t), snapshot(t, o)
	dry := bring(t, d, o, "--dry-run")
	const what = "320 workspaces, 960 personas, 1280 campaigns, 960 members, 0 leads, 0 messages; 33 new accounts, 0 repairs\n"
	is(t, "dry run", dry, "nothing was changed; this would come over: "+what)
	is(t, "tables after a dry run", d.Snapshot(t), before)
	is(t, "run", bring(t, d, o), "brought over: "+what)
	analyzed(t, d)
	d.Healthy(t)
	if broken := d.Broken(t); len(broken) > 0 {
		t.Errorf("broken: %v", broken)
	}
	is(t, "counts", texts(t, d, `select count(*)::text from personas union all select count(*)::text from campaigns
		union all select count(*)::text from members
		union all select count(*)::text from campaigns where persona_id is not null
		union all select count(distinct (workspace_id, action))::text from audit_events
		union all select count(*)::text from persona_versions where event_id is not null`), "960\n1280\n960\n640\n320\n960")
	is(t, "members of one", texts(t, d, `select u.email || ' ' || m.role from members m join users u on u.id = m.user_id
		join workspaces w on w.id = m.workspace_id
		where w.origin_id = 'clx1'
		order by 1`), "ada@example.com owner\nperson3@example.com admin\nperson4@example.com member")
	is(t, "personas of one", texts(t, d, `select concat_ws('|', p.name, p.is_default, p.display_name, p.tone, p.greeting,
		u.name) from personas p
		join workspaces w on w.id = p.workspace_id join users u on u.id = p.created_by
		where w.origin_id = 'clx7' order by p.seq`),
		"Persona 1|t|Nora 1|friendly-professional|Hi {firstName},|Ada Morgan\nPersona 2|f|Nora 2|friendly-professional|Hi {firstName},|Ada Morgan\nPersona 3|f|Nora 3|friendly-professional|Hi {firstName},|Ada Morgan")
	is(t, "settings of one, as older programs read them", texts(t, d, `select concat_ws('|', "aiPersonaName", "aiGreeting",
		"companyName") from legacy."WorkspaceSettings" where "clientId" = 'clx7'`),
		"Nora 1|Hi {firstName},|Client")
	is(t, "campaigns of one, as older programs read them", texts(t, d, `select concat_ws('|', "name", "bisonCampaignId",
		"aiPersonaId") from legacy."EmailCampaign" where "clientId" = 'clx7' order by 1`),
		"Campaign 1|b1\nCampaign 2|b2|per7-2\nCampaign 3|b3\nCampaign 4|b4|per7-2")
	if code, out, _ := (operator{t, d}).run("", "doctor"); code != 0 {
		t.Errorf("doctor: %s", out)
	}

	after := d.Snapshot(t)
	is(t, "second run", bring(t, d, o), "nothing to bring over: all 320 workspaces are here already\n")
	is(t, "tables after a second run", d.Snapshot(t), after)
	is(t, "the origin's tables", snapshot(t, o), theirs)
}

// snapshot returns a hash of every row of the origin.
func snapshot(t *testing.T, o *origintest.Database) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{`"Client"`, `"ClientMember"`, `"WorkspaceSettings"`, `"AiPersona"`, `"EmailCampaign"`,
		`"Lead"`, `"Message"`, `auth.users`} {
		var rows string
		if err := o.SQL.QueryRow(t.Context(),
			`select count(*) || ' ' || coalesce(sum(hashtextextended(r::text || r.xmin::text, 0)), 0)
				from `+table+` r`).Scan(&rows); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&all, table, rows)
	}
	return all.String()
}

// TestImportAgainLeavesAloneWhatPeopleChanged changes, deletes and adds on both
// sides between two runs.
func TestImportAgainLeavesAloneWhatPeopleChanged(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 3)
	bring(t, d, o)
	for _, sql := range []string{
		`update personas set greeting = 'Ours' where name = 'Persona 2'`,
		`delete from personas where name = 'Persona 3'`,
		`update workspaces set name = 'Renamed' where origin_id = 'clx1'`,
		`delete from members where role = 'member'`,
		`update campaigns set persona_id = null`,
		`insert into personas (workspace_id, name) select id, 'NEW' from workspaces where origin_id = 'clx1'`,
		`insert into campaigns (workspace_id, external_id, name) select id, 'b9', 'Known by its number' from workspaces
			where origin_id = 'clx1'`,
	} {
		d.Exec(t, sql)
	}
	for _, sql := range []string{
		`update "AiPersona" set "greeting" = 'Theirs', "isDefault" = true`,
		`update "WorkspaceSettings" set "aiGreeting" = 'Theirs'`,
		`insert into "AiPersona" ("id", "clientId", "name", "isDefault") values ('per-new', 'clx1', 'New', true)`,
		`insert into "EmailCampaign" ("clientId", "bisonCampaignId", "name", "aiPersonaId")
			values ('clx1', 'b9', 'Nine', 'per-new'), ('clx1', 'b10', 'Ten', 'per-new'), ('clx1', 'b11', 'Eleven', 'per1-3')`,
	} {
		o.Exec(t, sql)
	}
	o.Client(t, "clx4")
	is(t, "second run", bring(t, d, o),
		`clx1 duplicate_name: Client 1: two personas were called “New”, apart from capitals; the newer one is called “New (2)”
clx1 service_description: Client 1: drafts read the settings’ service description beside that of a persona; it stands in “New (2)” now, and their words as they were are in the history
brought over: 1 workspaces, 1 personas, 3 campaigns, 1 members, 0 leads, 0 messages; 0 new accounts, 2 repairs
`)
	is(t, "personas", texts(t, d, `select concat_ws('|', w.name, p.name, p.is_default, p.greeting) from personas p
		join workspaces w on w.id = p.workspace_id order by w.origin_id, p.seq`),
		`Renamed|Persona 1|t|Hi {firstName},
Renamed|Persona 2|f|Ours
Renamed|NEW|f
Renamed|New (2)|f
Client 2|Persona 1|t|Hi {firstName},
Client 2|Persona 2|f|Ours
Client 3|Persona 1|t|Hi {firstName},
Client 3|Persona 2|f|Ours`)
	is(t, "campaigns", texts(t, d, `select concat_ws('|', c.name, p.name) from campaigns c
		left join personas p on p.id = c.persona_id join workspaces w on w.id = c.workspace_id
		where w.origin_id = 'clx1'
		order by c.name`), "Campaign 1\nCampaign 2\nCampaign 3\nCampaign 4\nEleven\nKnown by its number\nTen|New (2)")
	is(t, "members", texts(t, d, `select count(*)::text from members`), "7")
	d.Healthy(t)
	if broken := d.Broken(t); len(broken) > 0 {
		t.Errorf("broken: %v", broken)
	}
	after := d.Snapshot(t)
	is(t, "third run", bring(t, d, o), "nothing to bring over: all 4 workspaces are here already\n")
	is(t, "tables", d.Snapshot(t), after)
}

// TestImportTellsWebhooksAtOnce brings a first persona and a campaign of its into a workspace that came
// over without one and has a webhook since.
func TestImportTellsWebhooksAtOnce(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Client(t, "clx1")
	bring(t, d, o)
	d.Exec(t, `insert into webhooks (workspace_id, url, events, secret) select id, 'https://example.com/',
		'{persona.default_changed,persona.created,campaign.assigned}', repeat('s', 40) from workspaces`)
	o.Exec(t, `insert into "AiPersona" ("id", "clientId", "name", "isDefault") values ('p1', 'clx1', 'Nora', true)`)
	o.Exec(t, `insert into "EmailCampaign" ("clientId", "bisonCampaignId", "name", "aiPersonaId") values
		('clx1', '1', 'Spring', 'p1'), ('clx1', '2', 'Autumn', null)`)
	bring(t, d, o)
	is(t, "deliveries, each with its job", texts(t, d, `select concat_ws('|', x.event, x.data->'to'->>'name',
		(select name from campaigns where id::text = x.data->'campaigns'->0->>'id'), jsonb_array_length(x.data->'campaigns'), x.state,
		j.kind, j.state) from webhook_deliveries x
		left join river.river_job j on j.args = jsonb_build_object('workspace', x.workspace_id, 'delivery', x.id,
		'round', x.round) order by x.event`),
		"campaign.assigned|Spring|1|waiting|deliver|available\npersona.created|waiting|deliver|available\npersona.default_changed|Nora|waiting|deliver|available")
}

// TestImportRepairsSettingsThatNoFormCouldSave brings a workspace over that has no
// persona, so that one can be made of its settings at once.
func TestImportRepairsSettingsThatNoFormCouldSave(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	for _, client := range []string{"bad", "good"} {
		o.Client(t, client)
	}
	o.Exec(t, `update "Client" set "name" = E'Har\u202Ebor\u200B' where "id" = 'bad'`)
	o.Exec(t, `insert into "WorkspaceSettings" ("clientId", "aiPersonaName", "aiTone", "aiGreeting",
		"aiGoals", "companyName")
		values ('bad', repeat('n', 100), repeat('t', 70), E'a\rb\u0007c', E' to the\r\nlast space ', E'Acme\nInc'),
		('good', 'Nora', 'direct', 'Hi', E' to the\r\nlast space ', 'Acme')`)
	want := `bad text: Harbor: the name of the workspace “Harbor” lost invisible characters
bad text: Harbor: display name of the settings was cut from 100 to 80 characters; its words as they were are in the history
bad text: Harbor: tone of the settings was cut from 70 to 60 characters; its words as they were are in the history
bad text: Harbor: greeting of the settings lost control characters or line breaks; its words as they were are in the history
bad text: Harbor: company name of the settings lost control characters or line breaks; its words as they were are in the history
`
	out := bringAfterDryRun(t, d, o)
	repairs, _, _ := strings.Cut(out, "brought over:")
	is(t, "repairs", repairs, want)
	is(t, "settings", texts(t, d, `select concat_ws('|', w.origin_id, length(s.ai_persona_name), length(s.ai_tone),
		encode(s.ai_greeting::bytea, 'escape'), s.company_name, s.ai_goals = E' to the\r\nlast space ', s.version)
		from workspace_settings s join workspaces w on w.id = s.workspace_id
		order by 1`), "bad|80|60|a\nbc|Acme Inc|t|2\ngood|4|6|Hi|Acme|t|1")
	is(t, "as they were", texts(t, d, `select concat_ws('|', length(v.ai_persona_name), length(v.ai_tone),
		v.ai_greeting = E'a\rb\u0007c', v.company_name = E'Acme\nInc')
		from workspace_settings_versions v join workspaces w on w.id = v.workspace_id
		where w.origin_id = 'bad' and v.version = 1`), "100|70|t|t")
	var id uuid.UUID
	if err := d.SQL.QueryRow(t.Context(), `select id from workspaces where origin_id = 'bad'`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	access, err := d.Operate(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Import(t.Context(), access); err != nil {
		t.Errorf("no persona can be made of the settings: %v", err)
	}
}

// repairsReported are the lines of an import of brokenOrigin, one for each repair.
const repairsReported = `two two_defaults: two: “A” and “B” were all the default; “B” stays it, because the settings have its words
none no_default: none: no persona was the default; “B” is it now, because the settings have its words
nobody no_default: nobody: no persona was the default, so the settings spoke; they go on speaking, as the default persona “Default Persona (2)”
silent no_default: silent: no persona was the default and the settings said nothing; “A” is the default now, because it is the oldest, and drafts that had nobody’s words there have its words here
silent mirror: silent: the settings said nothing in display name, tone and greeting; they have the words of “A” there
drifted ideal_customer_profile: drifted: “A” had another ideal customer profile than the settings, which lead scoring reads; it has theirs now, and its own is in its history
drifted mirror: drifted: the settings said something else in greeting and goals than the default persona “A”, by which drafts went; they follow it now, and what they said is in their history
unscored ideal_customer_profile: unscored: “A” had no ideal customer profile; it has that of the settings, which lead scoring reads
unscored mirror: unscored: the settings said nothing in goals; they have the words of “A” there
unnamed blank_name: unnamed: a persona had no name and is called “Nora”
unnamed duplicate_name: unnamed: two personas were called “SALES”, apart from capitals; the newer one is called “SALES (2)”
long text: long: the name of the persona “Be ll” lost control characters or line breaks
long text: long: greeting of the persona “Be ll” was cut from 600 to 500 characters; its words as they were are in the history
long text: long: greeting of the settings was cut from 600 to 500 characters; its words as they were are in the history
agreed foreign_persona: agreed: the campaign “Spring” had a persona that this workspace does not have; the default answers for it
silent no_address: silent: the member somebody has no e-mail address in the origin’s database and is left out; invite them
silent no_admin: silent: 1 of its members can be let in, and none is an owner or admin; they are left out until one is
`

// brokenOrigin fills an origin with what it let happen, a workspace for each.
func brokenOrigin(t *testing.T, o *origintest.Database) {
	t.Helper()
	add := func(client, settings, personas string) {
		t.Helper()
		o.Client(t, client)
		if settings != "" {
			o.Exec(t, `insert into "WorkspaceSettings" ("clientId", "aiPersonaName", "aiGreeting", "aiGoals",
				"idealCustomerProfile") values (`+"'"+client+"', "+settings+`)`)
		}
		for i, p := range strings.Split(personas, ";") {
			o.Exec(t, `insert into "AiPersona" ("createdAt", "clientId", "name", "isDefault", "personaName", "greeting", "goals",
				"idealCustomerProfile")
				values (timestamp '2025-01-01' + interval '1 day' * `+strconv.Itoa(i)+", '"+client+"', "+p+`)`)
		}
	}
	add("agreed", `'Nora', 'Hello', 'A call', null`, `'A', true, 'Nora', 'Hello', 'A call', null`)
	add("two", `'Nora', 'Hello', 'A call', null`,
		`'A', true, 'Nora', 'Hi', 'A call', null; 'B', true, 'Nora', 'Hello', 'A call', null`)
	add("none", `'Nora', 'Hello', 'A call', null`,
		`'A', false, 'Theo', 'Hi', 'A yes', null; 'B', false, 'Nora', 'Hello', 'A call', null`)
	add("nobody", `'Nora', 'Hello', 'A call', 'Ports'`,
		`'A', false, 'Theo', 'Hi', 'A yes', null; 'default persona', false, 'Theo', 'Hi', null, null`)
	add("silent", "", `'A', false, 'Theo', 'Hi', null, null; 'B', false, null, null, null, null`)
	add("drifted", `'Nora', 'Hello', 'A call', 'Ports'`, `'A', true, 'Nora', 'Hi', 'A yes', 'Airports'`)
	add("unscored", `'Nora', 'Hello', null, 'Ports'`, `'A', true, 'Nora', 'Hello', 'A call', null`)
	add("unnamed", `'Nora', 'Hello', null, null`,
		`'  ', true, 'Nora', 'Hello', null, null; 'Sales', false, null, null, null, null; 'SALES', false, null, null, null, null`)
	add("long", `'Nora', repeat('x', 600), null, null`, `E'Be\n\u0007ll', true, 'Nora', repeat('x', 600), null, null`)
	o.Exec(t, `insert into "EmailCampaign" ("clientId", "bisonCampaignId", "name", "aiPersonaId")
		select 'agreed', 'b1', 'Spring', "id" from "AiPersona" where "clientId" = 'silent' and "name" = 'A'`)
	o.Exec(t, `update "Client" set "userId" = 'somebody' where "id" = 'silent'`)
	o.Exec(t, `insert into "ClientMember" ("clientId", "userId", "role") values ('silent', $1, 'SETTER')`, origintest.Ada)
}

func TestImportRepairsAndReportsWhatTheOriginLetHappen(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	brokenOrigin(t, o)
	out := bringAfterDryRun(t, d, o)
	for line := range strings.Lines(repairsReported) {
		if !strings.Contains(out, line) {
			t.Errorf("not reported: %s", line)
		}
	}
	if got, want := strings.Count(out, "\n"), strings.Count(repairsReported, "\n")+1; got != want {
		t.Errorf("%d lines, want %d:\n%s", got, want, out)
	}
	d.Healthy(t)
	if broken := d.Broken(t); len(broken) > 0 {
		t.Errorf("broken: %v", broken)
	}
	is(t, "personas", texts(t, d, `select concat_ws('|', w.name, p.name, case when p.is_default then 'default' end,
		p.display_name, left(p.greeting, 5), p.goals, p.ideal_customer_profile)
		from personas p join workspaces w on w.id = p.workspace_id
		order by w.name, p.seq`), `agreed|A|default|Nora|Hello|A call
drifted|A|default|Nora|Hi|A yes|Ports
long|Be ll|default|Nora|xxxxx
nobody|A|Theo|Hi|A yes
nobody|default persona|Theo|Hi
nobody|Default Persona (2)|default|Nora|Hello|A call|Ports
none|A|Theo|Hi|A yes
none|B|default|Nora|Hello|A call
silent|A|default|Theo|Hi
silent|B
two|A|Nora|Hi|A call
two|B|default|Nora|Hello|A call
unnamed|Nora|default|Nora|Hello
unnamed|Sales
unnamed|SALES (2)
unscored|A|default|Nora|Hello|A call|Ports`)
	// Older programs read what the default persona says, and the profile that was there.
	is(t, "settings", texts(t, d, `select concat_ws('|', w.name, s.ai_persona_name, left(s.ai_greeting, 5), s.ai_goals,
		s.ideal_customer_profile)
		from workspace_settings s join workspaces w on w.id = s.workspace_id order by w.name`), `agreed|Nora|Hello|A call
drifted|Nora|Hi|A yes|Ports
long|Nora|xxxxx
nobody|Nora|Hello|A call|Ports
none|Nora|Hello|A call
silent|Theo|Hi
two|Nora|Hello|A call
unnamed|Nora|Hello
unscored|Nora|Hello|A call|Ports`)
	is(t, "words as they were, in the history", texts(t, d, `select concat_ws('|', w.name, v.version,
		regexp_replace(v.name, '[[:cntrl:]]', '.', 'g'), char_length(v.greeting), v.ideal_customer_profile is null)
		from persona_versions v join workspaces w on w.id = v.workspace_id
		where v.version = 1 and exists (select from persona_versions n where n.persona_id = v.persona_id and n.version = 2)
		order by 1`), `drifted|1|A|2|f
long|1|Be..ll|600|t
unnamed|1|  |5|t
unnamed|1|SALES|t
unscored|1|A|5|t`)
	is(t, "settings as they were", texts(t, d, `select char_length(ai_greeting)::text from workspace_settings_versions v
		join workspaces w on w.id = v.workspace_id where w.name = 'long' order by v.version`), "600\n500")
	is(t, "members where nobody could administer", texts(t, d, `select count(*)::text from members m
		join workspaces w on w.id = m.workspace_id where w.name = 'silent'`), "0")
}

// TestImportJoinsServiceDescriptionsUnlessTheOperatorPrefersOne brings over a default
// persona and another, and settings that describe a third service.
func TestImportJoinsServiceDescriptionsUnlessTheOperatorPrefersOne(t *testing.T) {
	t.Parallel()
	o := origintest.New(t)
	o.Client(t, "w")
	o.Exec(t, `insert into "WorkspaceSettings" ("clientId", "aiGreeting", "aiGoals", "serviceDescription")
		values ('w', 'Hello', 'A call', 'Ports')`)
	o.Exec(t, `insert into "AiPersona" ("createdAt", "clientId", "name", "isDefault", "greeting", "serviceDescription")
		values ('2025-01-01', 'w', 'A', true, 'Hi', 'Trains'), ('2025-01-02', 'w', 'B', false, null, 'Rivers'),
			('2025-01-03', 'w', 'C', false, null, null), ('2025-01-04', 'w', 'D', false, null, E'Rivers and\n  PORTS.')`)
	const mirror = `w mirror: w: the settings said something else in greeting than the default persona “A”, by which drafts went; they follow it now, and what they said is in their history
w mirror: w: the default persona “A” says nothing in goals, and so drafts did not; the settings, which had words there, follow it now, and what they said is in their history
`
	for prefer, want := range map[string]struct{ repairs, personas, settings string }{
		"": {
			`w service_description: w: “A” and the settings described different services, and drafts read both; both descriptions stand in it now, and lead scoring, which read theirs alone, reads both
` + mirror + `w service_description: w: drafts read the settings’ service description beside that of a persona; it stands in “B” and “C” now, and their words as they were are in the history
`, "A|Trains..Ports|2\nB|Rivers..Ports|2\nC|Ports|2\nD|Rivers and.  PORTS.|1", "Hello|A call|Ports\nHi|Trains\n\nPorts",
		},
		"settings": {
			`w service_description: w: “A” and the settings described different services, and drafts read both; it has their description now, which lead scoring reads, and its own is in its history
` + mirror + `w service_description: w: drafts read the settings’ service description beside that of a persona; it stands in “B” and “C” now, and their words as they were are in the history
`, "A|Ports|2\nB|Rivers..Ports|2\nC|Ports|2\nD|Rivers and.  PORTS.|1", "Hello|A call|Ports\nHi|Ports",
		},
		"persona": {
			`w service_description: w: “A” and the settings described different services, and drafts read both; the settings, and so lead scoring, have its description now, and theirs is in their history
` + mirror + `w service_description: w: drafts read the settings’ service description beside that of a persona; it stands in “C” now, and their words as they were are in the history
`, "A|Trains|1\nB|Rivers|1\nC|Ports|2\nD|Rivers and.  PORTS.|1", "Hello|A call|Ports\nHi|Trains",
		},
	} {
		d := dbtest.New(t)
		repairs, _, _ := strings.Cut(bring(t, d, o, "--prefer", prefer), "brought over")
		is(t, prefer, repairs, want.repairs)
		is(t, prefer+": personas", texts(t, d, `select concat_ws('|', name, translate(service_description, E'\n', '.'), version)
			from personas order by name`), want.personas)
		is(t, prefer+": settings", texts(t, d, `select concat_ws('|', ai_greeting, ai_goals, service_description)
			from workspace_settings_versions order by version`), want.settings)
		d.Healthy(t)
		if broken := d.Broken(t); len(broken) > 0 {
			t.Errorf("%s: broken: %v", prefer, broken)
		}
	}
}

func TestImportReadsWhatThereIsOfAnOrigin(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	for _, sql := range []string{
		`drop table "EmailCampaign", "ClientMember", auth.users`,
		`alter table "AiPersona" drop column "idealCustomerProfile", drop column "createdBy"`,
		`alter table "WorkspaceSettings" drop column "idealCustomerProfile"`,
		`create table "User" ("id" text primary key, "email" text, "name" text)`,
		`insert into "User" values ('u1', ' Grace@Example.com ', null)`,
		`insert into "Client" values ('3f0e8a52-6f5b-4a1c-9c58-6d7b0b1d2c3a', 'Harbor', 'u1'), ('clx', 'Cedar', 'u1')`,
		`insert into "AiPersona" ("clientId", "name", "isDefault", "greeting") values ('clx', 'A', true, 'Hi')`,
	} {
		o.Exec(t, sql)
	}
	is(t, "run", bring(t, d, o),
		`clx mirror: Cedar: the settings said nothing in tone and greeting; they have the words of “A” there
brought over: 2 workspaces, 1 personas, 0 campaigns, 2 members, 0 leads, 0 messages; 1 new accounts, 1 repairs
`)
	is(t, "an id that is a UUID is kept", texts(t, d, `select id::text from workspaces
		where name = 'Harbor'`), "3f0e8a52-6f5b-4a1c-9c58-6d7b0b1d2c3a")
	is(t, "accounts", texts(t, d, `select concat_ws('|', email, name, origin_id, password_hash)
		from users`), "Grace@Example.com|Grace|u1")
}

func TestImportTakesAccountsThatAreHere(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	a := d.Workspace(t, "Ours")
	d.Exec(t, `update users set email = 'ADA@example.com', name = 'Ada, here'`)
	o.Exec(t, `insert into auth.users values ('00000000-0000-4000-8000-00000000ada1', 'Ada@Example.COM', null)`)
	o.Client(t, "Theirs")
	o.Exec(t, `insert into "ClientMember" ("clientId", "userId", "role")
		values ('Theirs', '00000000-0000-4000-8000-00000000ada1', 'SETTER')`)
	is(t, "run", bring(t, d, o),
		"brought over: 1 workspaces, 0 personas, 0 campaigns, 2 members, 0 leads, 0 messages; 0 new accounts, 0 repairs\n")
	is(t, "accounts", texts(t, d, `select concat_ws('|', u.email, u.name, u.origin_id,
		(select string_agg(w.name || ' ' || m.role, ',' order by w.name) from members m
		join workspaces w on w.id = m.workspace_id where m.user_id = u.id))
		from users u`), "ADA@example.com|Ada, here|"+origintest.Ada+"|Ours owner,Theirs owner")
	after := d.Snapshot(t)
	is(t, "second run", bring(t, d, o), "nothing to bring over: all 1 workspaces are here already\n")
	is(t, "tables", d.Snapshot(t), after)
	is(t, "ours", a.Name(), "Ours")
}

func TestImportsAtOnceBringEverythingOverOnce(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 150)
	var all sync.WaitGroup
	said := make([]string, 4)
	for i := range said {
		all.Go(func() {
			code, out, errs := operator{t, d}.run("", "import", "--from", o.URL)
			said[i] = fmt.Sprint(code, out, errs)
		})
	}
	all.Wait()
	done := 0
	for _, s := range said {
		switch {
		case strings.HasPrefix(s, "0brought over: 150"):
			done++
		case strings.HasPrefix(s, "0nothing to bring over"), strings.HasPrefix(s, "1") &&
			strings.Contains(s, "another import is under way"):
		default:
			t.Error(s)
		}
	}
	if n := d.Count(t, `select count(*) from workspaces`); done != 1 || n != 150 || len(d.Broken(t)) > 0 {
		t.Errorf("%d brought everything over, %d workspaces, broken: %v", done, n, d.Broken(t))
	}
	is(t, "each workspace has one event, which all its versions name", texts(t, d, `select distinct concat_ws(' ', count(*), min(e.action),
			min(jsonb_array_length(e.details->'personas')), min(e.details->'settings'->>'to'), min(e.rev), max(e.rev),
			min((select count(*) from persona_versions v where v.workspace_id = e.workspace_id and v.event_id = e.id)))
		from audit_events e group by e.workspace_id`), "1 import.brought_over 3 2 1 1 3")
	is(t, "versions outside of an event", texts(t, d, `select (select count(*) from persona_versions where event_id is null)
		+ (select count(*) from workspace_settings_versions where event_id is null) || ''`), "0")
}

func TestImportThatStoppedGoesOn(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 250)
	// the last but one of all, as text
	d.Exec(t, `alter table workspaces add constraint stops check (origin_id <> 'clx99')`)
	code, out, errs := operator{t, d}.run("", "import", "--from", o.URL)
	if code != 1 || !strings.Contains(errs, "stopped after 200 of 250 workspaces, which are kept; run it again") {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	is(t, "whole batches", texts(t, d, `select count(*)::text from workspaces union all select count(*)::text
		from personas`), "200\n600")
	d.Exec(t, `alter table workspaces drop constraint stops`)
	is(t, "second run", bring(t, d, o),
		"brought over: 50 workspaces, 150 personas, 200 campaigns, 150 members, 0 leads, 0 messages; 0 new accounts, 0 repairs\n")
	is(t, "everything", texts(t, d, `select count(*)::text from workspaces union all select count(*)::text
		from personas`), "250\n750")
}

func TestABatchThatFailsKeepsNoneOfThoseBesideItFromBeingCounted(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 450)
	d.Exec(t, `alter table workspaces add constraint stops check (origin_id <> 'clx1')`) // in the first batch
	code, out, errs := operator{t, d}.run("", "import", "--from", o.URL)
	kept := d.Count(t, `select count(*) from workspaces`)
	if code != 1 || kept > 100 || !strings.Contains(errs, fmt.Sprintf("stopped after %d of 450 workspaces, which are kept", kept)) {
		t.Fatalf("exit %d with %d workspaces: %s%s", code, kept, out, errs)
	}
	d.Exec(t, `alter table workspaces drop constraint stops`)
	is(t, "second run", strings.Fields(bring(t, d, o))[2], strconv.Itoa(450-kept))
	is(t, "everything", texts(t, d, `select count(*)::text from workspaces union all select count(*)::text
		from personas`), "450\n1350")
}

func TestImportRefusesWhatIsNoOrigin(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	before := d.Snapshot(t)
	for from, says := range map[string]string{
		d.URL:                          `no table "Client"`,
		"nonsense":                     "cannot be read",
		"postgres://u:geheim@%zz/d":    "cannot be read",
		"postgres://u:geheim@h:port/d": "cannot be read",
		"postgres://u:geheim@127.0.0.1:1/d?schema=x&pgbouncer=true&connection_limit=1": "cannot be reached",
	} {
		code, out, errs := operator{t, d}.run("", "import", "--from", from)
		if code != 1 || !strings.Contains(errs, says) || strings.Contains(out+errs, "geheim") {
			t.Errorf("%s: exit %d: %s%s", from, code, out, errs)
		}
	}
	if d.Snapshot(t) != before {
		t.Error("something was changed")
	}
	// A dry run changes nothing, so it applies no migration either.
	o := origintest.New(t)
	empty := dbtest.Empty(t)
	code, _, errs := personae(t, []string{"PERSONAE_DATABASE_URL=" + empty}, "", "import", "--dry-run", "--from", o.URL)
	if code != 1 || !strings.Contains(errs, "migrate up") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

// TestImportStopsWhereRowsAreHiddenFromIt reads with a role from which row-level
// security hides rows, and with one that may not read a table.
func TestImportStopsWhereRowsAreHiddenFromIt(t *testing.T) {
	t.Parallel()
	d, o := dbtest.New(t), origintest.New(t)
	o.Fill(t, 2)
	role := "reader_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	sql := func(statements ...string) {
		t.Helper()
		for _, s := range statements {
			o.Exec(t, strings.ReplaceAll(s, "READER", role))
		}
	}
	sql(`create role READER login`, `grant usage on schema public, auth to READER`,
		`grant select on all tables in schema public, auth to READER`)
	t.Cleanup(func() {
		if _, err := o.SQL.Exec(context.Background(), `drop owned by `+role+` cascade`); err != nil {
			t.Error(err)
		}
		if _, err := o.SQL.Exec(context.Background(), `drop role `+role); err != nil {
			t.Error(err)
		}
	})
	reader, err := postgres.URLFor(o.URL, role)
	if err != nil {
		t.Fatal(err)
	}
	before := d.Snapshot(t)
	stops := func(why string, says ...string) {
		t.Helper()
		for _, flags := range [][]string{{"--dry-run"}, nil} {
			code, out, errs := operator{t, d}.run("", append([]string{"import", "--from", reader}, flags...)...)
			for _, part := range says {
				if code != 1 || out != "" || !strings.Contains(errs, part) || strings.Contains(errs, "SQLSTATE") {
					t.Errorf("%s %v: exit %d: %s%s, want %q", why, flags, code, out, errs, part)
				}
			}
		}
	}
	sql(`alter table "AiPersona" enable row level security`)
	stops("no policy", `row-level security hides rows of public."AiPersona" from its role `+role, "nothing was imported")
	sql(`create policy one on "AiPersona" using ("clientId" = 'clx1')`)
	stops("a policy that lets some rows through", `public."AiPersona"`)
	sql(`alter table "AiPersona" disable row level security`,
		`alter table "Lead" rename to "All"`, `alter table "All" enable row level security`,
		`create view "Lead" with (security_invoker) as select * from "All"`, `grant select on "Lead" to READER`)
	stops("a table behind a view", `row-level security policy for table "All"`, "bypassrls")
	sql(`alter table "All" disable row level security`, `revoke select on "Message", "AiPersona" from READER`)
	stops("tables that it may not read", role+` may not read public."AiPersona" and public."Message"`)
	is(t, "tables", d.Snapshot(t), before)

	sql(`grant select on "Message", "AiPersona" to READER`, `alter table "AiPersona" enable row level security`,
		`alter role READER bypassrls`)
	if code, out, errs := (operator{t, d}).run("", "import", "--from", reader); code != 0 ||
		!strings.HasPrefix(out, "brought over: 2 workspaces, 6 personas, 8 campaigns") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}
