package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/testing/dbtest"
)

// german and brazilian are words in other languages.
var (
	german = persona.Variant{Language: "de", Greeting: "Hallo {firstName},\nschön", SMSGreeting: "Hallo “du”\\!",
		Signature: "Grüße\nNora"}
	brazilian = persona.Variant{Language: "pt-BR", Signature: "Abraços"}
)

// speaking is a persona’s content in three languages.
func speaking() persona.Content {
	return persona.Content{Name: "Nora", Voice: words, Variants: persona.Pack(german, brazilian)}
}

// stored reads words in other languages past the code under test.
func stored(t *testing.T, d *dbtest.Database, id uuid.UUID) string {
	t.Helper()
	var text string
	err := d.SQL.QueryRow(t.Context(), `select coalesce((select string_agg(l.key || '=' || coalesce(l.value->>'greeting', '') || '|'
		|| coalesce(l.value->>'smsGreeting', '') || '|' || coalesce(l.value->>'signature', ''), ';' order by l.key)
		from jsonb_each(p.variants) l), 'none') from personas p where p.id = $1`, id).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

const inThree = "de=Hallo {firstName},\nschön|Hallo “du”\\!|Grüße\nNora;pt-BR=||Abraços"

func TestWordsInOtherLanguagesLiveInTheVersionsOfAPersona(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Northwind")
	made := must(d.Create(t.Context(), a, speaking(), false))(t).Persona
	same(t, "created", stored(t, d, made.ID), inThree)
	same(t, "read", must(d.Persona(t.Context(), a, made.ID))(t).Variants, persona.Pack(german, brazilian))
	mirror := settings(t, d, a.Workspace())

	changed := speaking()
	other := german
	other.Greeting = "Moin"
	changed.Variants = persona.Pack(other)
	edited := must(d.Edit(t.Context(), a, made.ID, 1, changed, persona.KeepDefault))(t).Persona
	same(t, "edited", stored(t, d, made.ID), "de=Moin|Hallo “du”\\!|Grüße\nNora")
	same(t, "mirror", settings(t, d, a.Workspace()), mirror)
	same(t, "version", edited.Version, 2)
	log := must(d.Activities(t.Context(), a, audit.Filter{}))(t)
	same(t, "fields", log.Events[0].Fields, []string{"variant_de_greeting", "variant_pt-BR_signature"})
	same(t, "words", log.Events[0].Words.Before.Variants, persona.Pack(german, brazilian))

	copied := must(d.Duplicate(t.Context(), a, made.ID))(t)
	same(t, "duplicated", copied.Variants, changed.Variants)
	restored := must(d.Restore(t.Context(), a, made.ID, 1, 2))(t).Persona
	same(t, "restored", stored(t, d, restored.ID), inThree)

	gone := must(d.Delete(t.Context(), a, made.ID, 0, uuid.NullUUID{}))(t)
	back := must(d.UndoDelete(t.Context(), a, gone.Event))(t).Persona
	same(t, "undone", stored(t, d, back.ID), inThree)
	must(d.Delete(t.Context(), a, copied.ID, 0, uuid.NullUUID{}))(t)
	history := must(d.History(t.Context(), a, copied.ID, 0))(t)
	same(t, "deleted with", history.Versions[0].Variants, changed.Variants)
	d.Healthy(t)
}

func TestAStaleEditTellsWhichWordsInOtherLanguagesBothChanged(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Northwind")
	made := must(d.Create(t.Context(), a, speaking(), false))(t).Persona
	theirs, yours, french := german, german, persona.Variant{Language: "fr", Greeting: "Salut"}
	theirs.Greeting, yours.Greeting, yours.Signature = "Moin", "Servus", "Nora aus Wien"
	c := made.Content
	c.Variants = persona.Pack(french, theirs, brazilian)
	must(d.Edit(t.Context(), a, made.ID, 1, c, persona.KeepDefault))(t)
	c.Variants = persona.Pack(yours, brazilian)
	_, err := d.Edit(t.Context(), a, made.ID, 1, c, persona.KeepDefault)
	var stale *persona.StaleError
	if !errors.As(err, &stale) {
		t.Fatal(err)
	}
	merged, overlap := persona.Merge(stale.Original, stale.Theirs.Content, stale.Yours, nil)
	same(t, "conflicts", overlap.Conflicts, []persona.Conflict{{Field: "variant_de_greeting", Label: persona.Fields()[2].In("de").Called(),
		Original: german.Greeting, Theirs: "Moin", Yours: "Servus"}})
	same(t, "only theirs", overlap.OnlyTheirs, []i18n.Text{i18n.Say("Greeting in French")})
	same(t, "merged", merged.Variants.Clean(), persona.Pack(french, yours, brazilian))
}

func TestFilesCarryWordsInOtherLanguages(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Northwind")
	d.NewPersona(t, a, "First")
	must(d.Load(t.Context(), a, []persona.Entry{{Content: speaking()}}, false, ""))(t)
	again := must(d.Load(t.Context(), a, []persona.Entry{{Content: speaking()}}, true, ""))(t)
	same(t, "loaded again", again.Steps[0].Outcome, persona.LoadFinds)
	same(t, "loaded", stored(t, d, again.Steps[0].ID), inThree)
	plain := speaking()
	plain.Variants = ""
	must(d.Load(t.Context(), a, []persona.Entry{{Content: plain}}, true, ""))(t)
	same(t, "replaced", stored(t, d, again.Steps[0].ID), "none")
}

func TestASecondPersonApprovesTheDefaultsWordsInOtherLanguages(t *testing.T) {
	t.Parallel()
	p, second := demanding(t)
	c := p.first.Content
	c.Variants = persona.Pack(german)
	saved := must(p.Edit(t.Context(), p.owner, p.first.ID, p.first.Version, c, persona.KeepDefault))(t)
	if saved.Proposed == nil {
		t.Fatal("saved by one person")
	}
	same(t, "proposed", saved.Proposed.Fields(), []string{"variant_de_greeting", "variant_de_sms_greeting", "variant_de_signature"})
	same(t, "needs two", saved.Proposed.NeedsTwo(), true)
	same(t, "waits", stored(t, p.Database, p.first.ID), "none")
	_, err := p.SQL.Exec(t.Context(), `update personas set variants = '{"de":{"greeting":"Plain SQL"}}' where id = $1`, p.first.ID)
	if err == nil || !strings.Contains(err.Error(), "second person") {
		t.Errorf("plain SQL: %v", err)
	}
	must(p.Approve(t.Context(), second, saved.Proposed.ID, ""))(t)
	same(t, "approved", must(p.Persona(t.Context(), p.owner, p.first.ID))(t).Variants, c.Variants)
	p.Healthy(t)
}

func TestTheDatabaseRefusesWordsInOtherLanguagesThatNobodyCouldHaveSaved(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Northwind")
	made := d.NewPersona(t, a, "Nora")
	for _, value := range []string{`{}`, `[]`, `"de"`, `{"de":{}}`, `{"de":"Hallo"}`, `{"de":{"greeting":""}}`, `{"de":{"greeting":" Hallo"}}`,
		`{"de":{"greeting":1}}`, `{"de":{"goals":"x"}}`, `{"DE":{"greeting":"x"}}`, `{"german":{"greeting":"x"}}`,
		`{"de":{"greeting":"a\u0007"}}`, `{"de":{"smsGreeting":"` + strings.Repeat("x", 321) + `"}}`, `{"":{"greeting":"x"}}`} {
		if _, err := d.SQL.Exec(t.Context(), `update personas set variants = $2 where id = $1`, made.ID, value); err == nil {
			t.Errorf("taken: %.60s", value)
		}
	}
	d.Exec(t, `update personas set variants = '{"zh-Hant-TW":{"greeting":"你好"}}' where id = $1`, made.ID)
	same(t, "a version", d.Count(t, `select count(*) from persona_versions where variants is not null`), 1)

	bad := map[string]persona.Variant{"no language": {Greeting: "x"}, "unknown": {Language: "xx", Greeting: "x"},
		"too long": {Language: "de", SMSGreeting: strings.Repeat("x", 321)}, "control": {Language: "de", Greeting: "a\x07b"}}
	for name, v := range bad {
		_, err := d.Edit(t.Context(), a, made.ID, 2, persona.Content{Name: "Nora", Variants: persona.Pack(v)}, persona.KeepDefault)
		if !errors.As(err, new(*persona.InvalidError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := persona.Content{Name: "Nora", Variants: persona.Pack(german, german)}
	if _, err := d.Edit(t.Context(), a, made.ID, 2, twice, persona.KeepDefault); !errors.As(err, new(*persona.InvalidError)) {
		t.Errorf("one language twice: %v", err)
	}
}

func TestDoctorFindsWordsInOtherLanguagesThatNoVersionHas(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Northwind")
	made := must(d.Create(t.Context(), a, speaking(), false))(t).Persona
	d.Exec(t, `alter table personas disable trigger user`)
	d.Exec(t, `update personas set variants = '{"de":{"greeting":"Unseen"}}' where id = $1`, made.ID)
	d.Exec(t, `alter table personas enable trigger user`)
	found := must(d.Health(t.Context(), a))(t).Findings
	if !slices.ContainsFunc(found, func(f persona.Finding) bool { return f.Rule == "history" }) {
		t.Fatalf("found %v", found)
	}
	if _, err := d.Repair(t.Context(), a, persona.PersonaIsRight); err != nil {
		t.Fatal(err)
	}
	d.Healthy(t)
	same(t, "kept", d.Count(t, `select count(*) from persona_versions where variants->'de'->>'greeting' = 'Unseen' and not deleted`) > 0, true)
}
