// Package origintest makes databases as the system before personae left them:
// its tables as far as personae knows them, in our own words, and without the
// rules that it did not have.
package origintest

import (
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"personae/internal/testing/dbtest"
)

// schema has what an import reads, and columns beside it that mean nothing to us.
const schema = `
create type "ClientMemberRole" as enum ('ADMIN', 'SETTER', 'INBOX_MANAGER', 'CLIENT_PORTAL');
create type "CampaignResponseMode" as enum ('SETTER_MANAGED', 'AI_AUTO_SEND');
create schema auth;
create table auth.users (id uuid primary key, email varchar(255), raw_user_meta_data jsonb);
create table "Client" (
	"id" text primary key, "name" text not null, "userId" text not null, "apiKey" text,
	"createdAt" timestamp(3) not null default current_timestamp, "updatedAt" timestamp(3) not null default current_timestamp);
create table "ClientMember" (
	"id" text primary key default gen_random_uuid(), "clientId" text not null references "Client", "userId" text not null, "role" "ClientMemberRole" not null,
	unique ("clientId", "userId", "role"));
create table "WorkspaceSettings" (
	"id" text primary key default gen_random_uuid(), "clientId" text not null unique references "Client",
	"aiPersonaName" text, "aiTone" text default 'friendly-professional', "aiGreeting" text, "aiSmsGreeting" text, "aiSignature" text, "aiGoals" text,
	"serviceDescription" text, "idealCustomerProfile" text, "companyName" text, "qualificationQuestions" text, "pauseForOOO" boolean default true, "draftGenerationEnabled" boolean not null default true,
	"createdAt" timestamp(3) not null default current_timestamp, "updatedAt" timestamp(3) not null default current_timestamp);
create table "AiPersona" (
	"id" text primary key default gen_random_uuid(), "clientId" text not null references "Client", "name" text not null, "isDefault" boolean not null default false,
	"personaName" text, "tone" text not null default 'friendly-professional', "greeting" text, "smsGreeting" text, "signature" text, "goals" text,
	"serviceDescription" text, "idealCustomerProfile" text, "createdBy" text,
	"createdAt" timestamp(3) not null default clock_timestamp(), "updatedAt" timestamp(3) not null default current_timestamp,
	unique ("clientId", "name"));
create index on "AiPersona" ("clientId");
create table "EmailCampaign" (
	"id" text primary key default gen_random_uuid(), "clientId" text not null references "Client", "bisonCampaignId" text not null, "name" text not null,
	"aiPersonaId" text references "AiPersona" on delete set null, "responseMode" "CampaignResponseMode" not null default 'SETTER_MANAGED',
	"createdAt" timestamp(3) not null default clock_timestamp(), "updatedAt" timestamp(3) not null default current_timestamp,
	unique ("clientId", "bisonCampaignId"));
create table "FollowUpSequence" (
	"id" text primary key default gen_random_uuid(), "name" text not null, "clientId" text not null references "Client", "isActive" boolean not null default true,
	"aiPersonaId" text references "AiPersona" on delete set null, "createdAt" timestamp(3) not null default clock_timestamp());
create table "Lead" (
	"id" text primary key default gen_random_uuid(), "clientId" text not null, "emailCampaignId" text, "smsCampaignId" text,
	"firstName" text, "lastName" text, "email" text, "phone" text, "companyName" text, "status" text not null default 'new', "sentimentTag" text,
	"fitScore" integer, "intentScore" integer, "overallScore" integer, "scoreReasoning" text, "scoredAt" timestamp(3),
	"createdAt" timestamp(3) not null default current_timestamp, "updatedAt" timestamp(3) not null default current_timestamp);
create index on "Lead" ("clientId");
create table "Message" (
	"id" text primary key default gen_random_uuid(), "leadId" text not null, "channel" text not null default 'sms', "direction" text not null default 'inbound',
	"subject" text, "body" text not null, "rawText" text, "rawHtml" text,
	"sentAt" timestamp(3) not null default current_timestamp, "createdAt" timestamp(3) not null default current_timestamp);
create index on "Message" ("leadId");
`

// Ada is the id of a person of the origin, ada@example.com.
const Ada = "00000000-0000-4000-8000-00000000ada0"

// Database is one test's own database of the origin.
type Database struct {
	URL string
	SQL *pgxpool.Pool
}

// New returns a database with the origin's tables and one person, Ada.
func New(t testing.TB) *Database {
	t.Helper()
	d := &Database{URL: dbtest.Empty(t)}
	var err error
	if d.SQL, err = pgxpool.New(t.Context(), d.URL); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.SQL.Close)
	d.Exec(t, schema)
	d.Exec(t, `insert into auth.users values ($1, 'ada@example.com', '{"full_name": "Ada Morgan"}')`, Ada)
	return d
}

// Exec runs plain SQL that must succeed.
func (d *Database) Exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := d.SQL.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// Client adds a workspace that Ada owns. Its id is the name, as text.
func (d *Database) Client(t testing.TB, name string) {
	t.Helper()
	d.Exec(t, `insert into "Client" ("id", "name", "userId") values ($1, $1, $2)`, name, Ada)
}

// Fill adds n workspaces of an ordinary kind: settings, three personas of which
// the first is the default and mirrored, four campaigns and three members.
func (d *Database) Fill(t testing.TB, n int) {
	t.Helper()
	d.Exec(t, `insert into auth.users select ('00000000-0000-4000-9000-' || lpad(i::text, 12, '0'))::uuid, 'person' || i || '@example.com', '{}'
		from generate_series(1, greatest($1 / 10, 3)) i`, n)
	d.Exec(t, `insert into "Client" ("id", "name", "userId") select 'clx' || i, 'Client ' || i, $2 from generate_series(1, $1) i`, n, Ada)
	d.Exec(t, `insert into "ClientMember" ("clientId", "userId", "role")
		select 'clx' || i, '00000000-0000-4000-9000-' || lpad((1 + (i + m) % greatest($1 / 10, 3))::text, 12, '0'), case m when 1 then 'ADMIN' else 'SETTER' end::"ClientMemberRole"
		from generate_series(1, $1) i, generate_series(1, 2) m`, n)
	d.Exec(t, `insert into "AiPersona" ("id", "clientId", "name", "isDefault", "personaName", "greeting", "signature", "goals", "serviceDescription", "createdBy")
		select 'per' || i || '-' || p, 'clx' || i, 'Persona ' || p, p = 1, 'Nora ' || p, 'Hi {firstName},', 'Nora', repeat('Offer a call. ', 20), repeat('Forecasts. ', 40), $2
		from generate_series(1, $1) i, generate_series(1, 3) p order by i, p`, n, Ada)
	d.Exec(t, `insert into "WorkspaceSettings" ("clientId", "aiPersonaName", "aiTone", "aiGreeting", "aiSignature", "aiGoals", "serviceDescription", "companyName")
		select "clientId", "personaName", "tone", "greeting", "signature", "goals", "serviceDescription", 'Client' from "AiPersona" where "isDefault"`)
	d.Exec(t, `insert into "EmailCampaign" ("clientId", "bisonCampaignId", "name", "aiPersonaId")
		select 'clx' || i, 'b' || c, 'Campaign ' || c, case when c % 2 = 0 then 'per' || i || '-2' end from generate_series(1, $1) i, generate_series(1, 4) c`, n)
}

// FillLeads adds leads to each of the first n workspaces that Fill made, and as
// many pairs of messages to each: what the lead wrote, every hour, and what it
// was sent half an hour later. The last pair is sent now, and not answered.
func (d *Database) FillLeads(t testing.TB, n, leads, pairs int) {
	t.Helper()
	d.Exec(t, `insert into "Lead" ("id", "clientId", "emailCampaignId", "firstName", "lastName", "email", "companyName")
		select 'lead' || i || '-' || l, 'clx' || i, (select "id" from "EmailCampaign" where "clientId" = 'clx' || i and "bisonCampaignId" = 'b2'),
			'Liv', 'Strand ' || l, 'liv' || l || '@example.com', 'Strand Shipping'
		from generate_series(1, $1) i, generate_series(1, $2) l`, n, leads)
	d.Exec(t, `insert into "Message" ("id", "leadId", "channel", "direction", "body", "sentAt")
		select concat_ws('-', 'm', l."id", p, d), l."id", 'email', d, repeat('What does it cost? ', 20), current_timestamp - interval '1 hour' * ($1::int - p) + case d when 'inbound' then interval '0' else interval '30 minutes' end
		from "Lead" l, generate_series(1, $1::int) p, unnest(array['inbound', 'outbound']) d where p < $1 or d = 'inbound'`, pairs)
}
