package postgres_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

var words = persona.Voice{
	DisplayName: "Nora", Tone: "direct", Greeting: "Hi {firstName},\nwelcome", SMSGreeting: "Hi",
	Signature: "Nora\nHarbor",
	Goals:     "A call", ServiceDescription: "Berths", IdealCustomerProfile: "Ports",
}

// settings reads the mirror back, past the code under test.
func settings(t *testing.T, d *dbtest.Database, workspace uuid.UUID) persona.Voice {
	t.Helper()
	var v persona.Voice
	err := d.SQL.QueryRow(t.Context(), `select coalesce(ai_persona_name, ''), coalesce(ai_tone, ''), coalesce(ai_greeting, ''),
		coalesce(ai_sms_greeting, ''), coalesce(ai_signature, ''), coalesce(ai_goals, ''), coalesce(service_description, ''),
		coalesce(ideal_customer_profile, '') from workspace_settings where workspace_id = $1`, workspace).
		Scan(&v.DisplayName, &v.Tone, &v.Greeting, &v.SMSGreeting, &v.Signature, &v.Goals, &v.ServiceDescription,
			&v.IdealCustomerProfile)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func defaultName(t *testing.T, d *dbtest.Database, workspace uuid.UUID) string {
	t.Helper()
	var name string
	err := d.SQL.QueryRow(t.Context(), `select coalesce(string_agg(name, '|'), '') from personas where workspace_id = $1 and is_default`, workspace).Scan(&name)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func isErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func TestImportMakesTheDefaultFromSettingsAsTheyStand(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Northwind")
	legacy := words
	legacy.SMSGreeting = "" // empty stays empty
	must(d.SaveSettings(t.Context(), a, persona.Settings{Voice: legacy, CompanyName: "Northwind"}, true))(t)

	p := must(d.Import(t.Context(), a))(t)

	same(t, "persona", p.Content, persona.Content{Name: "Default Persona", Voice: legacy})
	same(t, "settings", settings(t, d, a.Workspace()), legacy)
	same(t, "default", defaultName(t, d, a.Workspace()), "Default Persona")
	same(t, "versions of settings: nothing changed, so none was added",
		d.Count(t, `select count(*) from workspace_settings_versions`), 1)

	_, err := d.Import(t.Context(), a)
	isErr(t, err, persona.ErrPersonaExists)
	same(t, "personas", d.Count(t, `select count(*) from personas`), 1)
}

func TestImportOfNothingAtAllMakesAnEmptyPersona(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Empty Room")
	p := must(d.Import(t.Context(), a))(t)
	same(t, "persona", p.Voice, persona.Voice{})
	same(t, "settings", settings(t, d, a.Workspace()), persona.Voice{})
	same(t, "broken", d.Broken(t), []string{})
}

func TestImportTidiesWhatOlderProgramsWroteAndKeepsTheirWords(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Legacy")
	d.Exec(t, `insert into workspace_settings (workspace_id, ai_persona_name, ai_greeting, ai_tone) values ($1, '', E'  Hello\r\nyou  ', 'sassy')`, a.Workspace())
	p := must(d.Import(t.Context(), a))(t)
	same(t, "persona", p.Voice, persona.Voice{Greeting: "Hello\nyou", Tone: "sassy"})
	same(t, "settings", settings(t, d, a.Workspace()), p.Voice)
	same(t, "the words before are kept", d.Count(t, `select count(*) from workspace_settings_versions where ai_greeting = E'  Hello\r\nyou  '`), 1)
}

func TestImportOfWordsThatNoPersonaCanHoldSaysWhichAndChangesNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Legacy")
	d.Exec(t, `insert into workspace_settings (workspace_id, ai_greeting) values ($1, repeat('x', 501))`, a.Workspace())
	before := d.Snapshot(t)
	_, err := d.Import(t.Context(), a)
	var invalid *persona.InvalidError
	if !errors.As(err, &invalid) || invalid.Fields[0].Field != "ai_greeting" {
		t.Fatalf("error is %v, want one that names ai_greeting", err)
	}
	same(t, "tables", d.Snapshot(t), before)
}

func TestFirstPersonaBecomesTheDefaultAndKeepsTheSettingsItReplaces(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Northwind")
	must(d.SaveSettings(t.Context(), a, persona.Settings{Voice: words}, true))(t)

	saved := must(d.Create(t.Context(), a, persona.Content{Name: "First", Voice: persona.Voice{Greeting: "Good day"}},
		false))(t)

	if !saved.Persona.IsDefault {
		t.Error("the first persona is not the default")
	}
	same(t, "replaced fields", len(saved.Replaced), 8)
	same(t, "settings", settings(t, d, a.Workspace()), persona.Voice{Greeting: "Good day"})
	same(t, "the words before are kept", d.Count(t, `select count(*) from workspace_settings_versions where ideal_customer_profile = 'Ports'`), 1)
}

func TestNonDefaultPersonaNeverTouchesSettings(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	before := d.Count(t, `select version from workspace_settings`)
	p := d.NewPersona(t, a, "Other")
	edited := must(d.Edit(t.Context(), a, p.ID, p.Version, persona.Content{Name: "Other", Voice: words},
		persona.KeepDefault))(t)
	must(d.Duplicate(t.Context(), a, p.ID))(t)
	must(d.Delete(t.Context(), a, p.ID, edited.Persona.Version, uuid.NullUUID{}))(t)
	same(t, "settings version", d.Count(t, `select version from workspace_settings`), before)
	same(t, "default", defaultName(t, d, a.Workspace()), "Default")
}

func TestEditOfTheDefaultMirrorsAllEightFields(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Default")
	saved := must(d.Edit(t.Context(), a, p.ID, p.Version, persona.Content{Name: "Renamed", Voice: words},
		persona.KeepDefault))(t)
	same(t, "settings", settings(t, d, a.Workspace()), words)
	same(t, "version", saved.Persona.Version, p.Version+1)
	same(t, "still the default", defaultName(t, d, a.Workspace()), "Renamed")
	same(t, "earlier words are kept", d.Count(t, `select count(*) from persona_versions where name = 'Default' and greeting = 'Hello from Default'`), 1)
}

func TestEditWithMakeDefaultMovesTheDefault(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	p := d.NewPersona(t, a, "Other")
	saved := must(d.Edit(t.Context(), a, p.ID, p.Version, persona.Content{Name: "Other", Voice: words},
		persona.MakeDefault))(t)
	same(t, "default", defaultName(t, d, a.Workspace()), "Other")
	same(t, "before", saved.Switched.Name, "Default")
	same(t, "version grows by one", saved.Persona.Version, p.Version+1)
	same(t, "settings", settings(t, d, a.Workspace()), words)
}

func TestCreateWithMakeDefaultMovesTheDefault(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	must(d.Create(t.Context(), a, persona.Content{Name: "New", Voice: words}, true))(t)
	same(t, "default", defaultName(t, d, a.Workspace()), "New")
	same(t, "settings", settings(t, d, a.Workspace()), words)
}

func TestEditOfAnOutdatedVersionChangesNothingAndGivesAllThreeTexts(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Default")
	must(d.Edit(t.Context(), a, p.ID, p.Version, persona.Content{Name: "Theirs", Voice: words}, persona.KeepDefault))(t)
	before := d.Snapshot(t)
	_, err := d.Edit(t.Context(), a, p.ID, p.Version, persona.Content{Name: "Yours"}, persona.KeepDefault)
	var stale *persona.StaleError
	if !errors.As(err, &stale) {
		t.Fatalf("error is %v, want a StaleError", err)
	}
	same(t, "original, theirs, yours", []string{stale.Original.Name, stale.Theirs.Name, stale.Yours.Name},
		[]string{"Default", "Theirs", "Yours"})
	same(t, "tables", d.Snapshot(t), before)
}

func TestSetDefaultMovesTheDefaultAndTheMirror(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	other := must(d.Create(t.Context(), a, persona.Content{Name: "Other", Voice: words}, false))(t).Persona
	d.NewCampaign(t, a, "Spring")

	s := must(d.SetDefault(t.Context(), a, other.ID))(t)

	same(t, "from and to", []string{s.From.Name, s.To.Name}, []string{"Default", "Other"})
	same(t, "campaigns that follow", s.To.Campaigns, 1)
	same(t, "settings", settings(t, d, a.Workspace()), words)
	same(t, "default", defaultName(t, d, a.Workspace()), "Other")

	before := d.Snapshot(t)
	again := must(d.SetDefault(t.Context(), a, other.ID))(t)
	same(t, "the second click changes nothing", again.Already, true)
	same(t, "and records nothing", d.Snapshot(t), before)
	same(t, "what it can be undone by", again.Event, s.Event)
	same(t, "version", again.To.Version, s.To.Version)
}

func TestSetDefaultOfAnUnknownPersonaKeepsTheDefault(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, b := d.Workspace(t, "Harbor"), d.Workspace(t, "Cedar")
	d.NewPersona(t, a, "Default")
	foreign := d.NewPersona(t, b, "Foreign")
	before := d.Snapshot(t)
	for _, id := range []uuid.UUID{uuid.New(), foreign.ID} {
		_, err := d.SetDefault(t.Context(), a, id)
		isErr(t, err, persona.ErrNotFound)
	}
	same(t, "tables", d.Snapshot(t), before)
}

func TestDeleteOfTheDefaultPromotesTheOldestAndMirrorsIt(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Default")
	d.NewPersona(t, a, "Zoe, the oldest of the rest")
	d.NewPersona(t, a, "Anna, younger")
	done := must(d.Delete(t.Context(), a, p.ID, p.Version, uuid.NullUUID{}))(t)
	same(t, "successor", done.Successor.Name, "Zoe, the oldest of the rest")
	same(t, "default", defaultName(t, d, a.Workspace()), "Zoe, the oldest of the rest")
	same(t, "greeting in settings", settings(t, d, a.Workspace()).Greeting, "Hello from Zoe, the oldest of the rest")
	same(t, "the deleted words are kept", d.Count(t, `select count(*) from persona_versions where deleted and greeting = 'Hello from Default'`), 1)
}

func TestDeleteOfTheDefaultPromotesTheChosenOne(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Default")
	d.NewPersona(t, a, "Oldest")
	chosen := d.NewPersona(t, a, "Chosen")
	foreign := d.NewPersona(t, d.Workspace(t, "Cedar"), "Foreign")

	before := d.Snapshot(t)
	for _, nobody := range []uuid.UUID{foreign.ID, p.ID, uuid.New()} {
		_, err := d.Delete(t.Context(), a, p.ID, p.Version, uuid.NullUUID{UUID: nobody, Valid: true})
		isErr(t, err, persona.ErrNotFound)
	}
	same(t, "tables", d.Snapshot(t), before)

	must(d.Delete(t.Context(), a, p.ID, p.Version, uuid.NullUUID{UUID: chosen.ID, Valid: true}))(t)
	same(t, "default", defaultName(t, d, a.Workspace()), "Chosen")
}

func TestDeleteOfTheLastPersonaLeavesSettingsAsTheyWere(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := must(d.Create(t.Context(), a, persona.Content{Name: "Only", Voice: words}, false))(t).Persona
	must(d.Delete(t.Context(), a, p.ID, p.Version, uuid.NullUUID{}))(t)
	same(t, "settings", settings(t, d, a.Workspace()), words)
	same(t, "personas", d.Count(t, `select count(*) from personas`), 0)
	r := persona.Resolve(must(d.ResolveInput(t.Context(), a, "", persona.Email))(t))
	same(t, "source", r.Source, persona.FromSettings)
	same(t, "words", r.Voice, words)
}

func TestDeletedPersonasCampaignsFallBackToTheDefault(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	p := d.NewPersona(t, a, "Other")
	c := d.NewCampaign(t, a, "Spring")
	assign(t, d, a, c, p.ID)
	done := must(d.Delete(t.Context(), a, p.ID, p.Version, uuid.NullUUID{}))(t)
	same(t, "campaigns", done.Campaigns, 1)
	r := persona.Resolve(must(d.ResolveInput(t.Context(), a, c.String(), persona.Email))(t))
	same(t, "who answers", r.PersonaName, "Default")
	same(t, "the event remembers the campaign", d.Count(t,
		`select count(*) from audit_events where action = 'persona.deleted' and details->'campaigns' ? $1`, c.String()), 1)
}

func assign(t *testing.T, d *dbtest.Database, a postgres.Access, campaign, p uuid.UUID) {
	t.Helper()
	if _, err := d.Assign(t.Context(), a, campaign, uuid.NullUUID{UUID: p, Valid: true}); err != nil {
		t.Fatal(err)
	}
}

func TestCampaignCannotHoldAnotherWorkspacesPersona(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a, b := d.Workspace(t, "Harbor"), d.Workspace(t, "Cedar")
	c := d.NewCampaign(t, a, "Spring")
	foreign := d.NewPersona(t, b, "Foreign")
	_, err := d.Assign(t.Context(), a, c, uuid.NullUUID{UUID: foreign.ID, Valid: true})
	isErr(t, err, persona.ErrNotFound)
	if _, err := d.SQL.Exec(t.Context(), `update campaigns set persona_id = $1 where id = $2`, foreign.ID, c); err == nil {
		t.Error("plain SQL gave a campaign another workspace's persona")
	}
	same(t, "campaigns with a persona", d.Count(t, `select count(*) from campaigns where persona_id is not null`), 0)
}

func TestDuplicatesCountUpAndAreNeverTheDefault(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := must(d.Create(t.Context(), a, persona.Content{Name: "Évelyne", Voice: words}, false))(t).Persona
	first := must(d.Duplicate(t.Context(), a, p.ID))(t)
	d.Exec(t, `update personas set name = upper(name) where id = $1`, first.ID) // taken whatever its case
	second := must(d.Duplicate(t.Context(), a, p.ID))(t)
	same(t, "names", []string{first.Name, second.Name}, []string{"Évelyne (copy)", "Évelyne (copy 2)"})
	same(t, "words", second.Voice, words)
	same(t, "default", defaultName(t, d, a.Workspace()), "Évelyne")

	long := must(d.Create(t.Context(), a, persona.Content{Name: strings.Repeat("ß", 80)}, false))(t).Persona
	copied := must(d.Duplicate(t.Context(), a, long.ID))(t)
	same(t, "shortened to fit", copied.Name, strings.Repeat("ß", 73)+" (copy)")
}

func TestNamesAreUniqueWhateverTheirCase(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Évelyne")
	q := d.NewPersona(t, a, "Other")
	_, err := d.Create(t.Context(), a, persona.Content{Name: "éVELYNE"}, false)
	if !errors.As(err, new(*persona.NameTakenError)) {
		t.Errorf("create: error is %v, want NameTakenError", err)
	}
	_, err = d.Edit(t.Context(), a, q.ID, q.Version, persona.Content{Name: "e\u0301velyne"},
		persona.KeepDefault) // the accent as a letter of its own
	if !errors.As(err, new(*persona.NameTakenError)) {
		t.Errorf("edit: error is %v, want NameTakenError", err)
	}
	must(d.Edit(t.Context(), a, p.ID, p.Version, persona.Content{Name: "ÉVELYNE"},
		persona.KeepDefault))(t) // its own name in another case
	d.NewPersona(t, d.Workspace(t, "Cedar"), "Évelyne") // another workspace
}

func TestBadWordsAreRefusedByFieldAndChangeNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Default")
	before := d.Snapshot(t)
	bad := persona.Content{Name: " \t ", Voice: persona.Voice{DisplayName: strings.Repeat("é", 81), Tone: "a\nb",
		Greeting: "a\x00b", Signature: "\xff", Goals: "\x1b[31m"}}
	for name, err := range map[string]error{
		"create": func() error { _, err := d.Create(t.Context(), a, bad, true); return err }(),
		"edit":   func() error { _, err := d.Edit(t.Context(), a, p.ID, p.Version, bad, persona.MakeDefault); return err }(),
	} {
		var invalid *persona.InvalidError
		if !errors.As(err, &invalid) {
			t.Fatalf("%s: error is %v, want InvalidError", name, err)
		}
		var fields []string
		for _, f := range invalid.Fields {
			fields = append(fields, f.Field)
		}
		same(t, name, fields, []string{"name", "display_name", "tone", "greeting", "signature", "goals"})
	}
	same(t, "tables", d.Snapshot(t), before)
}

func TestSettingsAreEditedFreelyWhileThereIsNoPersona(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Northwind")
	must(d.SaveSettings(t.Context(), a, persona.Settings{Voice: words, CompanyName: "Northwind"}, true))(t)
	same(t, "settings", settings(t, d, a.Workspace()), words)
	_, err := d.SaveSettings(t.Context(), a, persona.Settings{CompanyName: "Stale"}, true)
	if !errors.As(err, new(*persona.StaleSettingsError)) {
		t.Errorf("error is %v, want StaleSettingsError", err)
	}
}

func TestSavingSettingsNeverRevertsTheMirror(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Default")
	opened, _, err := d.Settings(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	must(d.Edit(t.Context(), a, p.ID, p.Version, persona.Content{Name: "Default", Voice: words}, persona.KeepDefault))(t)
	opened.CompanyName = "Harbor Analytics"
	same(t, "changed", must(d.SaveSettings(t.Context(), a, opened, false))(t), []string{"company_name"})
	same(t, "settings", settings(t, d, a.Workspace()), words)
}

func TestSettingsFormFromBeforeTheFirstPersonaIsRefused(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Northwind")
	must(d.SaveSettings(t.Context(), a, persona.Settings{Voice: words}, true))(t)
	opened, _, err := d.Settings(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	must(d.Import(t.Context(), a))(t) // the mirror is exact, so the version stays
	opened.Greeting = "Typed before"
	before := d.Snapshot(t)
	_, err = d.SaveSettings(t.Context(), a, opened, true)
	var stale *persona.StaleSettingsError
	if !errors.As(err, &stale) || stale.Yours.Greeting != "Typed before" {
		t.Fatalf("error is %v, want a StaleSettingsError with what was typed", err)
	}
	same(t, "tables", d.Snapshot(t), before)
}

func TestEachWriteLeavesOneEventWithItsVersions(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	c := d.NewCampaign(t, a, "Spring")
	p := must(d.Import(t.Context(), a))(t)
	q := must(d.Create(t.Context(), a, persona.Content{Name: "Other", Voice: words}, false))(t).Persona
	must(d.Edit(t.Context(), a, q.ID, q.Version, persona.Content{Name: "Other", Voice: persona.Voice{Goals: "x"}},
		persona.KeepDefault))(t)
	must(d.SetDefault(t.Context(), a, q.ID))(t)
	must(d.SetDefault(t.Context(), a, q.ID))(t)
	assign(t, d, a, c, p.ID)
	must(d.Duplicate(t.Context(), a, p.ID))(t)
	must(d.SaveSettings(t.Context(), a, persona.Settings{CompanyName: "Harbor",
		Version: d.Count(t, `select version from workspace_settings`)}, false))(t)
	must(d.Delete(t.Context(), a, q.ID, 3, uuid.NullUUID{UUID: p.ID, Valid: true}))(t)

	rows, err := d.SQL.Query(t.Context(), `select rev || ' ' || action || ' ' || capacity || ' ' || coalesce(from_version::text, '-') || '>' || coalesce(to_version::text, '-')
		from audit_events where workspace_id = $1 and actor_id is not null order by rev`, a.Workspace())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	same(t, "events", got, []string{
		"1 persona.imported owner ->1", "2 persona.created owner ->1", "3 persona.edited owner 1>2",
		"4 persona.default_set owner 2>3",
		"5 campaign.assigned owner 2>2", "6 persona.duplicated owner ->1", "7 settings.edited owner 2>3",
		"8 persona.deleted owner 3>-",
	})
	same(t, "words in events", d.Count(t, `select count(*) from audit_events where details::text ~ 'Nora|Berths|Ports'`),
		0)
	same(t, "versions whose event is unknown", d.Count(t,
		`select count(*) from persona_versions where event_id is null`), 0)
}

func TestUnDefaultingIsRefused(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p, q := d.NewPersona(t, a, "Default"), d.NewPersona(t, a, "Other")
	before := d.Snapshot(t)
	_, err := d.Edit(t.Context(), a, p.ID, p.Version, p.Content, persona.ClearDefault)
	var invalid *persona.InvalidError
	if !errors.As(err, &invalid) || invalid.Fields[0].Field != "make_default" {
		t.Fatalf("error is %v, want one about make_default", err)
	}
	same(t, "tables", d.Snapshot(t), before)
	must(d.Edit(t.Context(), a, q.ID, q.Version, q.Content, persona.ClearDefault))(t) // it was none anyway
}

func TestAWorkspaceHasNoMorePersonasThanItMay(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Default")
	gone := d.NewPersona(t, a, "Gone")
	must(d.Delete(t.Context(), a, gone.ID, 0, uuid.NullUUID{}))(t)
	d.Exec(t, `insert into personas (workspace_id, name) select $1, 'Persona ' || n from generate_series(2, $2) n`,
		a.Workspace(), persona.MaxPersonas)
	before := d.Snapshot(t)
	content := persona.Content{Name: "One more"}
	for what, do := range map[string]func() error{
		"create":    func() error { _, err := d.Create(t.Context(), a, content, false); return err },
		"duplicate": func() error { _, err := d.Duplicate(t.Context(), a, p.ID); return err },
		"restore":   func() error { _, err := d.Restore(t.Context(), a, gone.ID, 1, 0); return err },
		"load": func() error {
			_, err := d.Load(t.Context(), a, []persona.Entry{{Content: content}}, false, "")
			return err
		},
	} {
		var invalid *persona.InvalidError
		if err := do(); !errors.As(err, &invalid) || !strings.Contains(invalid.Fields[0].Message.String(), "500 personas") {
			t.Errorf("%s: %v", what, err)
		}
	}
	same(t, "tables", d.Snapshot(t), before)
	must(d.Load(t.Context(), a, []persona.Entry{{Content: persona.Content{Name: "Default"}}}, true, ""))(t)
	must(d.Delete(t.Context(), a, p.ID, 0, uuid.NullUUID{}))(t)
	must(d.Create(t.Context(), a, content, false))(t)
}
