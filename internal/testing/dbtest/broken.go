package dbtest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
)

// Breakage is a way in which whoever owns the tables can break a rule.
type Breakage struct {
	Rule     string
	SQL      string // $ws is the workspace that Lived made
	Says     string // what is told of it
	Repaired bool   // a repair puts it right, or records it
}

// Breakages breaks each rule that data have to keep. Where several are tried in one
// database, each has a workspace of its own.
func Breakages() []Breakage {
	const ofOther = `(select id from personas where workspace_id = $ws and name = 'Other')`
	return []Breakage{
		{"one_default", `update personas set is_default = false where workspace_id = $ws`,
			"Of its 2 personas, 0 are the default", true},
		{"mirror", `update workspace_settings set ai_goals = 'Drifted' where workspace_id = $ws`,
			"settings differ from the default persona", true},
		{"own_personas", `update campaigns set persona_id = (select id from personas where workspace_id <> $ws limit 1)
			where workspace_id = $ws`, "“Spring” has a persona that this workspace does not have", false},
		{"names", `drop index personas_name; insert into personas (workspace_id, name) values ($ws, 'ＯＴＨＥＲ')`,
			"names that look the same: “Other”, “ＯＴＨＥＲ”. Give each another name.", false},
		{"history", `update personas set goals = 'Forged' where workspace_id = $ws and name = 'Other'`,
			"The history does not hold “Other” as it reads now.", true},
		{"history", `update persona_versions v set goals = 'Forged' from personas p
			where p.workspace_id = $ws and p.name = 'Other' and v.persona_id = p.id and v.version = p.version`,
			"The history does not hold “Other” as it reads now.", true},
		{"history", `insert into persona_versions (workspace_id, persona_id, version, name, is_default, goals)
			select workspace_id, id, version + 1, name, is_default, 'Forged' from personas
			where workspace_id = $ws and name = 'Other'`, "The history does not hold “Other” as it reads now.", true},
		{"settings_history", `update workspace_settings set company_name = 'Forged' where workspace_id = $ws`,
			"The history does not hold the workspace settings as they read now.", true},
		{"settings_history", `delete from personas where workspace_id = $ws; delete from workspace_settings where workspace_id = $ws`,
			"The workspace settings are gone, and the history does not say that they were deleted.", true},
		{"versions", `delete from persona_versions where persona_id = ` + ofOther + ` and version = 2`,
			"A version of the persona “Other” is missing from the history.", true},
		{"versions", `delete from persona_versions where persona_id = ` + ofOther + ` and version = 1`,
			"A version of the persona “Other” is missing from the history.", true},
		{"versions", `delete from personas where workspace_id = $ws and name = 'Other'`,
			"“Other” is gone, and the history does not say that it was deleted. A repair records that", true},
		{"versions", `delete from workspace_settings_versions where workspace_id = $ws and version = 2`,
			"A version of the workspace settings is missing from the history.", true},
		{"events", `delete from audit_events where workspace_id = $ws and rev in (2, 4)`,
			"some are missing: 2. Whoever owns the database can bring it back from a backup; else a repair records", true},
		{"events", `delete from audit_events where workspace_id = $ws
			and rev = (select rev from workspace_revisions where workspace_id = $ws)`, "some are missing: 1.", true},
		{"events", `update workspace_revisions set rev = rev + 3 where workspace_id = $ws`, "some are missing: 3.", true},
		{"events", `update workspace_revisions set rev = 1 where workspace_id = $ws`,
			"is said to be 1 and in the log it is", false},
		{"events", `delete from workspace_revisions where workspace_id = $ws`,
			"has to insert it into workspace_revisions", false},
		{"admins", `update members set role = 'member' where workspace_id = $ws`,
			"Nobody of its members is an owner or admin. There are 1: a superadmin can make", false},
		{"drafts", `update drafts set persona_id = (select id from personas where workspace_id <> $ws limit 1),
			persona_version = 1 where workspace_id = $ws`,
			"a persona of another workspace: 1; or a version that never was: 0.", true},
		{"drafts", `update drafts set persona_version = 77 where workspace_id = $ws`,
			"a persona of another workspace: 0; or a version that never was: 1.", true},
		{"schedules", `insert into schedules (workspace_id, kind, persona_id, persona_version, previous_id, previous_version,
			starts_at, rev, made_by, capacity) values ($ws, 'switch', gen_random_uuid(), 1, gen_random_uuid(), 1,
			now() - interval '6 minutes', 1, gen_random_uuid(), 'owner')`, "What was scheduled is overdue: 1, the first since", false},
		{"secrets", `insert into inbound_secrets (workspace_id, secret) values ($ws, 'sealed:' || repeat('A', 60))
			on conflict (workspace_id) do update set secret = excluded.secret`,
			"The secret of inbound messages cannot be read", false},
		{"secrets", `insert into webhooks (workspace_id, url, events, secret)
			values ($ws, 'https://example.com/sealed', array['draft.created'], 'sealed:' || repeat('A', 60))`,
			"The secret of a webhook cannot be read", false},
	}
}

// Break breaks a rule in the workspace of a, which no trigger and no foreign key refuses.
func (d *Database) Break(t testing.TB, a postgres.Access, b Breakage) {
	t.Helper()
	d.Exec(t, `begin; set local session_replication_role = replica; `+
		strings.ReplaceAll(b.SQL, "$ws", "'"+a.Workspace().String()+"'::uuid")+`; commit`)
}

// Overdue has the persona Other become the default at a moment that passed ten minutes ago, and
// nobody did it.
func (d *Database) Overdue(t testing.TB, a postgres.Access) {
	t.Helper()
	r := persona.ScheduleRequest{Kind: persona.ProposedSwitch, Start: time.Now().Add(time.Hour)}
	err := d.SQL.QueryRow(t.Context(), `select id from personas where workspace_id = $1 and name = 'Other'`, a.Workspace()).Scan(&r.Persona)
	if err == nil {
		_, err = d.AddSchedule(t.Context(), a, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	d.Break(t, a, Breakage{SQL: `update schedules set starts_at = now() - interval '10 minutes' where workspace_id = $ws`})
}

// Age has all that happened in a workspace have happened so many months earlier.
func (d *Database) Age(t testing.TB, a postgres.Access, months int) {
	t.Helper()
	sql := &strings.Builder{}
	for _, column := range []string{"audit_events.at", "persona_versions.recorded_at", "workspace_settings_versions.recorded_at",
		"campaign_versions.recorded_at", "schedules.made_at", "proposals.made_at", "drafts.made_at"} {
		table, name, _ := strings.Cut(column, ".")
		fmt.Fprintf(sql, "update %s set %[2]s = %[2]s - interval '%d months' where workspace_id = '%s';", table, name, months, a.Workspace())
	}
	d.Exec(t, `begin; set local session_replication_role = replica; `+sql.String()+`commit`)
}

// Lived adds a workspace in which all kinds of things have happened.
func (d *Database) Lived(t testing.TB, name string) postgres.Access {
	t.Helper()
	ctx, a := t.Context(), d.Workspace(t, name)
	fail := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	first, other, gone := d.NewPersona(t, a, "Default"), d.NewPersona(t, a, "Other"), d.NewPersona(t, a, "Gone")
	d.NewCampaign(t, a, "Spring")
	for i := range 3 {
		var err error
		other, err = d.Persona(ctx, a, other.ID)
		fail(err)
		_, err = d.Edit(ctx, a, other.ID, other.Version, persona.Content{Name: "Other",
			Voice: persona.Voice{Greeting: fmt.Sprint("Hello ", i)}}, persona.MakeDefault)
		fail(err)
		_, err = d.SetDefault(ctx, a, first.ID)
		fail(err)
	}
	settings, _, err := d.Settings(ctx, a)
	fail(err)
	settings.CompanyName = "Harbor Ltd"
	_, err = d.SaveSettings(ctx, a, settings, false)
	fail(err)
	_, err = d.Receive(ctx, d.Inbox(t, a), Inbound("m-1"))
	fail(err)
	d.Exec(t, `update drafts set state = 'waiting', version = 1, source = 'default', persona_id = $1, persona_version = 1,
		prompt_key = 'v1:persona=default', body = 'Hello', made_at = now() where workspace_id = $2`, gone.ID, a.Workspace())
	_, err = d.Delete(ctx, a, gone.ID, gone.Version, uuid.NullUUID{})
	fail(err)
	_, err = d.Restore(ctx, a, gone.ID, gone.Version+1, 0)
	fail(err)
	// Programs with plain SQL, with every guard in its place.
	d.Exec(t, `update personas set goals = 'By SQL' where id = $1`, gone.ID)
	d.Exec(t, `delete from personas where id = $1`, gone.ID)
	d.Exec(t, `update workspace_settings set company_name = 'By SQL' where workspace_id = $1`, a.Workspace())
	return a
}
