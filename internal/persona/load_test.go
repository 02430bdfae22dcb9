package persona_test

import (
	"errors"
	"testing"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/persona"
)

func entry(name, goals string) persona.Entry {
	return persona.Entry{Content: persona.Content{Name: name, Voice: persona.Voice{Goals: goals}}}
}

func planned(
	t *testing.T, entries []persona.Entry, existing []*persona.Persona, current *persona.Persona, replace bool,
) persona.LoadPlan {
	t.Helper()
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = e.Name
	}
	plan, err := persona.PlanLoad(entries, keys, existing, current, replace, false)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestLoadingAddsFindsAndReplacesOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	same1 := &persona.Persona{ID: uuid.New(), Content: entry("Same", "x").Content}
	other := &persona.Persona{ID: uuid.New(), Content: entry("Other", "then").Content, Version: 4}
	entries := []persona.Entry{entry("Same", "x"), entry("Other", "now"), entry("New", "x")}
	existing := []*persona.Persona{same1, other, nil}
	for replace, outcome := range map[bool]persona.Outcome{false: persona.LoadKeeps, true: persona.LoadReplaces} {
		plan := planned(t, entries, existing, same1, replace)
		same(t, "found", plan.Names(persona.LoadFinds), []string{"Same"})
		same(t, "differs", plan.Names(outcome), []string{"Other"})
		same(t, "new", plan.Names(persona.LoadCreates), []string{"New"})
		same(t, "was there", plan.Steps[1].Now, *other)
		same(t, "stays the default", plan.Default, same1)
		for _, s := range plan.Steps {
			same(t, s.Name+" becomes the default", s.BecomesDefault, false)
		}
		writes := map[bool]int{false: 1, true: 2}
		same(t, "writes", plan.Writes(), writes[replace])
	}
}

func TestTheFilesDefaultOrItsFirstBecomesItWhereThereIsNone(t *testing.T) {
	t.Parallel()
	becomes := func(defaults ...bool) []bool {
		var entries []persona.Entry
		for i, d := range defaults {
			e := entry(string(rune('A'+i)), "x")
			e.IsDefault = d
			entries = append(entries, e)
		}
		var got []bool
		for _, s := range planned(t, entries, make([]*persona.Persona, len(entries)), nil, false).Steps {
			got = append(got, s.BecomesDefault)
		}
		return got
	}
	same(t, "the file's default", becomes(false, true, false), []bool{false, true, false})
	same(t, "the first", becomes(false, false), []bool{true, false})
	same(t, "nobody", becomes(), []bool(nil))
}

func TestTwoOfOneNameInAFileAreRefusedByNumber(t *testing.T) {
	t.Parallel()
	entries := []persona.Entry{entry("Ada", ""), entry("Bo", ""), entry("ADA", ""), entry("BO", "")}
	_, err := persona.PlanLoad(entries, []string{"ada", "bo", "ada", "bo"}, make([]*persona.Persona, 4), nil, false, false)
	var invalid *persona.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatal(err)
	}
	same(t, "fields", invalid.Fields, []persona.FieldError{
		{Field: "text", Message: i18n.Say("Personas 1 and 3 have the same name, “ADA”. Each name may be there once")},
		{Field: "text", Message: i18n.Say("Personas 2 and 4 have the same name, “BO”. Each name may be there once")}})
}

func TestAMarkIsOfWhatIsWrittenAndWhere(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	at := func(version int, goals string) *persona.Persona {
		return &persona.Persona{ID: id, Version: version, Content: entry("Ada", goals).Content}
	}
	mark := func(now *persona.Persona, replace bool) string {
		return planned(t, []persona.Entry{entry("Ada", "new")}, []*persona.Persona{now}, at(1, ""), replace).Mark()
	}
	same(t, "the same", mark(at(1, "old"), true), mark(at(1, "old"), true))
	if mark(at(1, "old"), true) == mark(at(2, "old"), true) {
		t.Error("replacing a later version has the same mark")
	}
	if mark(at(1, "old"), false) == mark(at(1, "old"), true) || mark(nil, false) == mark(at(1, "old"), false) {
		t.Error("what is kept has the mark of what is written")
	}
	// Nothing of it is written, so its version does not matter.
	same(t, "kept", mark(at(1, "old"), false), mark(at(2, "old"), false))
}
