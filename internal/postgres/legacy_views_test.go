package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/migrations"
)

// legacyLogin returns the URL of a login as an operator makes it for an older
// program: in the readers' role, with the views in its search path.
func legacyLogin(t *testing.T, d *dbtest.Database, searchPath string) string {
	t.Helper()
	login := "reader_" + uuid.NewString()
	name := pgx.Identifier{login}.Sanitize()
	d.Exec(t, `create role `+name+` login in role `+postgres.ReaderRole)
	t.Cleanup(func() {
		// After the connection has ended: cleanups run last in, first out.
		if _, err := d.SQL.Exec(context.Background(), `drop role `+name); err != nil {
			t.Error(err)
		}
	})
	d.Exec(t, `alter role `+name+` set search_path = `+searchPath)
	reader, err := postgres.URLFor(d.URL, login)
	if err != nil {
		t.Fatal(err)
	}
	return reader
}

// legacyReader connects as such a program.
func legacyReader(t *testing.T, d *dbtest.Database) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), legacyLogin(t, d, "legacy"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func TestOlderProgramsReadUnderTheirNames(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	voice := persona.Voice{DisplayName: "Nora", Tone: "direct", Greeting: "Hello", SMSGreeting: "Hey", Signature: "N.",
		Goals:              "A call",
		ServiceDescription: "Forecasts", IdealCustomerProfile: "Ports"}
	saved := must(d.Create(t.Context(), a, persona.Content{Name: "Guide", Voice: voice}, false))(t)
	campaign := d.NewCampaign(t, a, "Spring")
	if _, err := d.Assign(t.Context(), a, campaign, uuid.NullUUID{UUID: saved.Persona.ID, Valid: true}); err != nil {
		t.Fatal(err)
	}
	conn := legacyReader(t, d)
	one := func(sql string, args ...any) map[string]any {
		t.Helper()
		rows, err := conn.Query(t.Context(), sql, args...)
		if err != nil {
			t.Fatal(err)
		}
		row, err := pgx.CollectExactlyOneRow(rows, pgx.RowToMap)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return row
	}
	// Of the other columns, the reads of a program by way of Prisma tell.
	holds := func(what string, row, want map[string]any) {
		t.Helper()
		maps.DeleteFunc(row, func(column string, _ any) bool { _, wanted := want[column]; return !wanted })
		same(t, what, row, want)
	}
	ws, p := a.Workspace().String(), saved.Persona.ID.String()
	holds("settings", one(`SELECT * FROM "WorkspaceSettings" WHERE "clientId" = $1`, ws), map[string]any{
		"id": ws, "clientId": ws, "aiPersonaName": "Nora", "aiTone": "direct", "aiGreeting": "Hello",
		"aiSmsGreeting": "Hey", "aiSignature": "N.",
		"aiGoals": "A call", "serviceDescription": "Forecasts", "idealCustomerProfile": "Ports", "companyName": nil,
		"qualificationQuestions": nil})
	holds("persona", one(`SELECT * FROM "AiPersona" WHERE "clientId" = $1 AND "isDefault"`, ws), map[string]any{
		"id": p, "clientId": ws, "name": "Guide", "isDefault": true, "personaName": "Nora", "tone": "direct",
		"greeting": "Hello", "smsGreeting": "Hey",
		"signature": "N.", "goals": "A call", "serviceDescription": "Forecasts", "idealCustomerProfile": "Ports"})
	holds("campaign", one(`SELECT * FROM "EmailCampaign"`), map[string]any{
		"id": campaign.String(), "clientId": ws, "bisonCampaignId": campaign.String(), "name": "Spring", "aiPersonaId": p})
	inbound := dbtest.Inbound("m-1")
	inbound.Campaign = "HA-101"
	d.Exec(t, `update campaigns set external_id = 'HA-101'`)
	must(d.Receive(t.Context(), d.Inbox(t, a), inbound))(t)
	var lead string
	if err := d.SQL.QueryRow(t.Context(), `select id from leads`).Scan(&lead); err != nil {
		t.Fatal(err)
	}
	unscored := map[string]any{"id": lead, "clientId": ws, "firstName": "Liv", "lastName": "Strand",
		"email": "liv@example.com", "companyName": "Strand Shipping",
		"status": "new", "emailCampaignId": campaign.String(), "fitScore": nil, "intentScore": nil, "overallScore": nil,
		"scoreReasoning": nil, "scoredAt": nil}
	holds("lead", one(`SELECT * FROM "Lead" WHERE "clientId" = $1`, ws), unscored)
	d.Exec(t, `insert into scores (workspace_id, lead_id, fit, intent, overall, reason, scored_by, settings_version, created_at)
		values ($1, $2, 2, 2, 2, 'Before.', 'rules', 1, now() - interval '1 hour'), ($1, $2, 4, 3, 4, 'Asked for a price.', 'rules', 1, now())`, ws, lead)
	d.Exec(t, `update leads set unsubscribed = true`)
	holds("scored lead", one(`SELECT "status", "fitScore", "intentScore", "overallScore", "scoreReasoning" FROM "Lead" WHERE "id" = $1`, lead),
		map[string]any{"status": "blacklisted", "fitScore": int32(4), "intentScore": int32(3), "overallScore": int32(4),
			"scoreReasoning": "Asked for a price."})
	same(t, "sentiment", one(`SELECT "sentimentTag" FROM "Lead"`)["sentimentTag"], any("Blacklist"))
	client := one(`SELECT * FROM "Client"`)
	owner := client["userId"]
	holds("client", client, map[string]any{"id": ws, "name": "Harbor"})
	member := one(`SELECT * FROM "ClientMember"`)
	holds("member", member, map[string]any{"clientId": ws, "userId": owner, "role": "ADMIN"})

	// What came over from the origin keeps the ids that these programs know.
	d.Exec(t, `update workspaces set origin_id = 'clx1'`)
	d.Exec(t, `update users set origin_id = 'usr1'`)
	d.Exec(t, `insert into origin_rows (workspace_id, kind, origin_id, id) values ($1, 'persona', 'per1', $2), ($1, 'campaign', 'cam1', $3)`, ws, p, campaign)
	d.Exec(t, `update leads set origin_id = 'lead1'`)
	same(t, "ids", []any{
		one(`SELECT "userId" FROM "Client" WHERE "id" = 'clx1'`)["userId"], one(`SELECT "id" FROM "AiPersona" WHERE "clientId" = 'clx1'`)["id"],
		one(`SELECT "aiPersonaId" FROM "EmailCampaign" WHERE "id" = 'cam1'`)["aiPersonaId"],
		one(`SELECT "userId" FROM "ClientMember"`)["userId"],
		one(`SELECT "aiTone" FROM "WorkspaceSettings" WHERE "clientId" = 'clx1'`)["aiTone"],
		one(`SELECT "emailCampaignId" FROM "Lead" WHERE "id" = 'lead1' AND "clientId" = 'clx1'`)["emailCampaignId"],
	}, []any{"usr1", "per1", "per1", "usr1", "direct", "cam1"})
}

func TestAReaderOfTheViewsCanDoNothingElse(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	conn := legacyReader(t, d)
	before := d.Snapshot(t)
	refused := func(sql string) {
		t.Helper()
		_, err := conn.Exec(t.Context(), sql)
		var refusal *pgconn.PgError
		// 55000: no rule says how to write through a view of several tables.
		if !errors.As(err, &refusal) || refusal.Code != "42501" && refusal.Code != "55000" {
			t.Errorf("%s: %v, want it refused", sql, err)
		}
	}
	rows, err := d.SQL.Query(t.Context(), `select quote_ident(tablename) from pg_tables where schemaname = 'public'`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 10 {
		t.Fatal(len(tables), err)
	}
	for _, table := range tables {
		refused(`select from public.` + table)
	}
	for view, column := range map[string]string{"Client": "name", "ClientMember": "userId",
		"WorkspaceSettings": "aiTone", "AiPersona": "tone", "EmailCampaign": "name", "Lead": "email",
		"Message": "body", "AIDraft": "content"} {
		refused(`insert into legacy."` + view + `" default values`)
		refused(`delete from legacy."` + view + `"`)
		refused(`update legacy."` + view + `" set "` + column + `" = 'x'`)
		same(t, view, d.Count(t, `select count(*) from pg_class where oid = $1::regclass and 'security_barrier=true' = any(reloptions)`, `legacy."`+view+`"`), 1)
	}
	refused(`create table legacy.x (y int)`)
	refused(`create view legacy.x as select 1`)
	refused(`create table public.x (y int)`)
	refused(`set role ` + postgresOwner(t, d))
	refused(`set role ` + postgres.ServerRole)
	refused(`select public.keep_unrecorded(gen_random_uuid())`)
	// Whatever runs with its owner's rights is a trigger, which nobody can call, or not for everybody.
	same(t, "functions with their owner's rights", d.Count(t,
		`select count(*) from pg_proc p join pg_roles r on r.rolname = $1
		where p.prosecdef and p.prorettype <> 'trigger'::regtype and has_function_privilege(r.oid, p.oid, 'execute')`, postgres.ReaderRole), 0)
	same(t, "what it may read", d.Count(t, `select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_roles r on r.rolname = $1
		where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') and c.relkind in ('r', 'v', 'm', 'p', 'f')
			and has_table_privilege(r.oid, c.oid, 'select')`, postgres.ReaderRole), 14)
	same(t, "tables", d.Snapshot(t), before)
}

// speakers adds personas that share no word, and returns their ids and the eight
// fields of each in one line.
func speakers(t *testing.T, d *dbtest.Database, a postgres.Access) (ids []uuid.UUID, whole map[string]bool) {
	t.Helper()
	whole = map[string]bool{}
	for n := range 5 {
		c := persona.Content{Name: fmt.Sprint("Persona ", n)}
		var line []string
		for _, f := range persona.Fields() {
			words := fmt.Sprint(f.Name, " of ", n)
			*f.Of(&c.Voice) = words
			line = append(line, words)
		}
		whole[strings.Join(line, "|")] = true
		ids = append(ids, must(d.Create(t.Context(), a, c, false))(t).Persona.ID)
	}
	return ids, whole
}

// TestSettingsAreWholeWhileTheDefaultSwitches reads as an older program while
// the default moves as fast as it can: each row is some one persona's.
func TestSettingsAreWholeWhileTheDefaultSwitches(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	const writers, switches = 4, 50
	ids, whole := speakers(t, d, a)
	conn := legacyReader(t, d)
	var done atomic.Bool
	read := make(chan map[string]int)
	go func() {
		seen := map[string]int{}
		for last := false; !last; {
			last = done.Load() // one more look after the last switch
			var whole string
			err := conn.QueryRow(t.Context(), `SELECT concat_ws('|', "aiPersonaName", "aiTone", "aiGreeting", "aiSmsGreeting", "aiSignature", "aiGoals",
				"serviceDescription", "idealCustomerProfile") FROM "WorkspaceSettings" WHERE "clientId" = $1`, a.Workspace().String()).Scan(&whole)
			if err != nil {
				t.Error(err)
				break
			}
			seen[whole]++
		}
		read <- seen
	}()
	together(writers, func(w int) {
		for n := range switches {
			if _, err := d.SetDefault(t.Context(), a, ids[(w+n)%len(ids)]); err != nil {
				t.Error(err)
			}
		}
	})
	done.Store(true)
	seen := <-read
	for row, times := range seen {
		if !whole[row] {
			t.Errorf("read %d times, and is nobody's: %s", times, row)
		}
	}
	if len(seen) < 2 {
		t.Errorf("the reader saw no switch: %v", seen)
	}
}

func TestTheReadersRoleIsMadeOnceForAllDatabasesOfAServer(t *testing.T) {
	t.Parallel()
	d, other := dbtest.New(t), dbtest.New(t)
	for _, db := range []*dbtest.Database{d, other} {
		granted, err := db.Owner(t).GrantReaders(t.Context())
		if err != nil || !granted {
			t.Errorf("%t, %v", granted, err)
		}
	}
	same(t, "may sign in or inherit more", d.Count(t, `select count(*) from pg_roles r where rolname = $1
		and (rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or exists (select from pg_auth_members m where m.member = r.oid))`, postgres.ReaderRole), 0)
}

// TestAnOwnerWithoutTheRightToMakeRolesMigratesAllTheSame migrates a database
// as an ordinary role: on the test's server the readers' role is there already,
// and is given its rights in this database too.
func TestAnOwnerWithoutTheRightToMakeRolesMigratesAllTheSame(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	owner, database := "owner_"+uuid.NewString(), "own_"+uuid.NewString()
	role, base := pgx.Identifier{owner}.Sanitize(), pgx.Identifier{database}.Sanitize()
	d.Exec(t, `create role `+role+` login`)
	t.Cleanup(func() {
		for _, sql := range []string{`drop database if exists ` + base + ` with (force)`, `drop role ` + role} {
			if _, err := d.SQL.Exec(context.Background(), sql); err != nil {
				t.Error(err)
			}
		}
	})
	d.Exec(t, `create database `+base+` owner `+role+` template template0`)
	address, err := postgres.URLFor(d.URL, owner)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + database
	db, err := postgres.Open(t.Context(), u.String(), postgres.Options{MaxConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	granted, err := db.GrantReaders(t.Context())
	if err != nil || !granted {
		t.Errorf("with the role there: %t, %v", granted, err)
	}
	granted, err = db.GrantRole(t.Context(), "nobody_"+uuid.NewString())
	if err != nil || granted {
		t.Errorf("with no role there: %t, %v", granted, err)
	}
}

// TestQuestionsThatCameOverAsJSONKeepTheirIDs has settings from before questions
// were lines, some of them no JSON, when the migration runs; it runs twice, as when
// it was cut short.
func TestQuestionsThatCameOverAsJSONKeepTheirIDs(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	for _, questions := range []string{`[{"id":"q1","question":"How many?","required":true},{"id":"q2","question":"Who\n decides?"},{"question":"When?"}]`,
		`[{"id":"q1","question":"How ma`, "[{How}] many?", "Who?"} {
		a := d.Workspace(t, strings.Trim(questions, "[{"))
		d.Exec(t, `insert into workspace_settings (workspace_id, qualification_questions) values ($1, $2)`, a.Workspace(),
			questions)
	}
	d.Exec(t, `insert into leads (workspace_id, external_id) select id, 'liv' from workspaces limit 1`)
	d.Exec(t, `insert into messages (workspace_id, lead_id, channel, external_id, body, sent_at) select workspace_id, id, 'email', 'm1', 'Hi', now() from leads`)
	d.Exec(t, `insert into origin_rows (workspace_id, kind, origin_id, id) select workspace_id, 'message', 'm1', id from messages`)
	migration, err := migrations.FS.ReadFile("00023_origin_words.sql")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d.Exec(t, string(migration))
	}
	rows, err := d.SQL.Query(t.Context(), `select concat_ws('|', origin_id, question, required) from origin_questions order by 1`)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "questions", must(pgx.CollectRows(rows, pgx.RowTo[string]))(t),
		[]string{"q1|How many?|t", "q2|Who decides?|f"})
	same(t, "messages by their id", d.Count(t, `select count(*) from legacy."Message" where "id" = 'm1'`), 1)
}

func TestOlderProgramsFindALeadAndItsMessagesByAnIndex(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.Exec(t, `insert into leads (workspace_id, external_id, origin_id) select $1, n::text, case when n % 2 = 0 then 'l' || n end from generate_series(1, 5000) n`, a.Workspace())
	d.Exec(t, `insert into messages (workspace_id, lead_id, channel, external_id, origin_id, body, sent_at)
		select l.workspace_id, l.id, 'email', l.external_id || '-' || n, l.origin_id || '-' || n, 'Hello', now() from leads l, generate_series(1, 4) n`)
	d.Exec(t, `analyze`)
	conn := legacyReader(t, d)
	for sql, index := range map[string]string{
		`select * from "Message" where "id" = 'l8-1'`:                                         "messages_legacy_id",
		`select * from "Message" where "leadId" = 'l8' order by "sentAt" desc limit 1`:        "messages_lead",
		`select * from "Message" where "leadId" in ('l8', 'l10') and "direction" = 'inbound'`: "messages_lead",
		`select * from "Lead" where "id" = 'l8'`:                                              "leads_legacy_id",
		`select * from "AIDraft" where "triggerMessageId" = 'l8-1' and "channel" = 'email'`:   "messages_legacy_id",
	} {
		rows, err := conn.Query(t.Context(), `explain (costs off) `+sql)
		if err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(must(pgx.CollectRows(rows, pgx.RowTo[string]))(t), "\n")
		if !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan on leads") ||
			strings.Contains(plan, "Seq Scan on messages") {
			t.Errorf("%s takes no %s:\n%s", sql, index, plan)
		}
	}
}
