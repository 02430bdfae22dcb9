package postgres_test

import (
	"errors"
	"strings"
	"testing"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

func exported(t *testing.T, d *dbtest.Database, a postgres.Access) string {
	t.Helper()
	file := must(personafile.Write(must(d.Export(t.Context(), a))(t)))(t)
	return string(file)
}

func entries(t *testing.T, file string) []persona.Entry {
	t.Helper()
	return must(personafile.Read([]byte(file)))(t)
}

func outcomes(plan persona.LoadPlan) []string {
	var list []string
	for _, s := range plan.Steps {
		line := s.Name + " " + string(s.Outcome)
		if s.BecomesDefault {
			line += " default"
		}
		list = append(list, line)
	}
	return list
}

func TestExportLoadedElsewhereExportsTheSame(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	from, to := d.Workspace(t, "From"), d.Workspace(t, "To")
	d.NewPersona(t, from, "Zoe")
	must(d.Create(t.Context(), from, persona.Content{Name: "Anna", Voice: words}, true))(t)
	must(d.Create(t.Context(), from, persona.Content{Name: "Silent"}, false))(t)
	file := exported(t, d, from)

	plan := must(d.Load(t.Context(), to, entries(t, file), false, ""))(t)

	same(t, "plan", outcomes(plan), []string{"Zoe created", "Anna created default", "Silent created"})
	same(t, "file", exported(t, d, to), file)
	same(t, "settings", settings(t, d, to.Workspace()), words)
	same(t, "broken", d.Broken(t), []string{})
	same(t, "events", d.Count(t, `select count(*) from audit_events where workspace_id = $1 and action = 'persona.loaded'
		and jsonb_array_length(details->'personas') = 3 and details ? 'to'`, to.Workspace()), 1)
	same(t, "versions of that event", d.Count(t, `select count(*) from persona_versions v join audit_events e on e.id = v.event_id
		where e.action = 'persona.loaded' and v.workspace_id = $1`, to.Workspace()), 3)

	before := d.Snapshot(t)
	plan = must(d.Load(t.Context(), to, entries(t, file), true, ""))(t)
	same(t, "plan", outcomes(plan), []string{"Zoe unchanged", "Anna unchanged", "Silent unchanged"})
	same(t, "tables", d.Snapshot(t), before)
}

func TestAPersonaThatDiffersIsReplacedOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Ábel")
	d.NewPersona(t, a, "Second")
	file := []persona.Entry{{Content: persona.Content{Name: "A\u0301BEL", Voice: words}},
		{Content: persona.Content{Name: "second"}, IsDefault: true}, {Content: persona.Content{Name: "Third"}}}

	plan := must(d.Load(t.Context(), a, file, false, ""))(t)
	same(t, "plan", outcomes(plan), []string{"A\u0301BEL kept", "second kept", "Third created"})
	same(t, "settings", settings(t, d, a.Workspace()).Greeting, "Hello from Ábel")
	same(t, "versions", d.Count(t, `select max(version) from personas`), 1)

	plan = must(d.Load(t.Context(), a, file, true, ""))(t)
	same(t, "plan", outcomes(plan), []string{"A\u0301BEL replaced", "second replaced", "Third unchanged"})
	same(t, "the default stays and is mirrored", settings(t, d, a.Workspace()), words)
	same(t, "default", defaultName(t, d, a.Workspace()), "A\u0301BEL")
	same(t, "personas", d.Count(t, `select count(*) from personas`), 3)
	same(t, "replaced ones have a version before", d.Count(t, `select count(*) from personas where version = 2`), 2)
	same(t, "broken", d.Broken(t), []string{})
}

func TestTheFirstOfAFileWithoutADefaultBecomesIt(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	plan := must(d.Load(t.Context(), a, []persona.Entry{{Content: persona.Content{Name: "B"}},
		{Content: persona.Content{Name: "A"}}}, false, ""))(t)
	same(t, "plan", outcomes(plan), []string{"B created default", "A created"})
	same(t, "default", defaultName(t, d, a.Workspace()), "B")
}

func TestLoadingDoesAllOrNothing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	p := d.NewPersona(t, a, "Default")
	before := d.Snapshot(t)
	two := []persona.Entry{{Content: persona.Content{Name: "New"}}, {Content: persona.Content{Name: "STRASSE\u0301"}},
		{Content: persona.Content{Name: "strasse\u0301"}}}
	var invalid *persona.InvalidError
	for _, load := range []func() error{
		func() error { _, err := d.Load(t.Context(), a, two, true, ""); return err },
		func() error { _, err := d.PlanLoad(t.Context(), a, two, true); return err },
	} {
		if err := load(); !errors.As(err, &invalid) || !strings.HasPrefix(invalid.Fields[0].Message.String(),
			"Personas 2 and 3 have the same name") {
			t.Errorf("error is %v", err)
		}
	}
	// What the database refuses, after others were accepted.
	_, err := d.Load(t.Context(), a, []persona.Entry{{Content: persona.Content{Name: "New"}},
		{Content: persona.Content{Name: "Bad", Voice: persona.Voice{Tone: strings.Repeat("x", 61)}}}}, true, "")
	if err == nil {
		t.Error("a tone that is too long was stored")
	}
	same(t, "tables", d.Snapshot(t), before)

	// What was shown is not what would be done.
	file := []persona.Entry{{Content: persona.Content{Name: "Default", Voice: words}}}
	shown := must(d.PlanLoad(t.Context(), a, file, true))(t)
	same(t, "planning changed nothing", d.Snapshot(t), before)
	must(d.Edit(t.Context(), a, p.ID, 1, persona.Content{Name: "Default", Voice: persona.Voice{Greeting: "Theirs"}},
		persona.KeepDefault))(t)
	before = d.Snapshot(t)
	_, err = d.Load(t.Context(), a, file, true, shown.Mark())
	var changed *persona.PlanChangedError
	if !errors.As(err, &changed) {
		t.Fatalf("error is %v", err)
	}
	same(t, "tables", d.Snapshot(t), before)
	must(d.Load(t.Context(), a, file, true, changed.Plan.Mark()))(t)
	same(t, "settings", settings(t, d, a.Workspace()), words)

	member := d.User(t, access.NewUser{})
	d.Member(t, a.Workspace(), member, access.Member)
	_, err = d.Load(t.Context(), d.Access(t, member, a.Workspace()),
		[]persona.Entry{{Content: persona.Content{Name: "X"}}}, false, "")
	isErr(t, err, access.ErrForbidden)
}
