package postgres_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/migrations"
)

// TestNamesAreComparedAsUnicodeFoldsThem holds name_key against the folding of
// golang.org/x/text, for every character: one and its folded form are the same
// name, and what is folded already stays as it is. Left alone are letters that
// nobody takes for each other: an iota below and one beside, Cyrillic of old books.
// Cherokee folds to its capitals, which are the older letters; lower does not.
func TestNamesAreComparedAsUnicodeFoldsThem(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	fold := cases.Fold()
	tags := &unicode.RangeTable{R32: []unicode.Range32{{Lo: 0xE0020, Hi: 0xE007F, Stride: 1}}}
	apart := &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x345, Hi: 0x345, Stride: 1},
		{Lo: 0x37A, Hi: 0x37A, Stride: 1},
		{Lo: 0x13A0, Hi: 0x13FD, Stride: 1}, {Lo: 0x1C80, Hi: 0x1C8A, Stride: 1}, {Lo: 0x1F80, Hi: 0x1FFC, Stride: 1},
		{Lo: 0xAB70, Hi: 0xABBF, Stride: 1}},
		R32: []unicode.Range32{{Lo: 0x1E030, Hi: 0x1E06D, Stride: 1}}} // and what is younger than PostgreSQL 15
	ignored := func(r rune) bool {
		return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) &&
			!unicode.Is(tags, r) &&
			!unicode.Is(unicode.Prepended_Concatenation_Mark, r) && (r < 0xFFF9 || r > 0xFFFB) && (r < 0x13430 || r > 0x1343F)
	}
	var typed, folded []string
	for r := rune(' '); r <= unicode.MaxRune; r++ {
		if unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs, unicode.Cf) &&
			!unicode.Is(apart, r) {
			key := norm.NFKC.String(fold.String(norm.NFKC.String("a" + string(r) + "b")))
			key = strings.ReplaceAll(key, "\u1680", " ") // a blank that compatibility leaves
			if ignored(r) {
				key = "ab"
			}
			typed, folded = append(typed, "a"+string(r)+"b"), append(folded, key)
		}
	}
	rows, err := d.ServerSQL.Query(t.Context(), `select typed, folded, name_key(typed) from unnest($1::text[], $2::text[]) n (typed, folded)
		where name_key(typed) <> folded`, typed, folded)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var typed, folded, key string
		if err := rows.Scan(&typed, &folded, &key); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%+q: key is %+q, want %+q", typed, key, folded)
	}
	if err := rows.Err(); err != nil || len(typed) < 100_000 {
		t.Errorf("%d characters: %v", len(typed), err)
	}
}

// sameNames are lists of names that look the same.
var sameNames = [][]string{
	{"Sales coach", "sales\u00a0coach", "Sales  Coach", "Sales\u2003coach", "Sales co\u200dach", "Sales coach\ufe0f",
		"ＳＡＬＥＳ coach"},
	{"Straße", "STRASSE", "strasse", "STRAẞE"},
	{"Sam", "ſam"},
	{"ΚΩΝΣ", "κωνς", "κωνσ"},
	{"René", "Rene\u0301"},
	{"❤️ Team", "❤ team"},
}

func TestPersonaNamesThatLookTheSameAreTheSame(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Default")
	for _, names := range sameNames {
		first := d.NewPersona(t, a, names[0])
		other := d.NewPersona(t, a, "Other "+names[0])
		for _, name := range names[1:] {
			refused := func(how string, err error) {
				t.Helper()
				var taken *persona.NameTakenError
				if !errors.As(err, &taken) || taken.Name != first.Name {
					t.Errorf("%s %+q beside %+q: %v", how, name, first.Name, err)
				}
			}
			_, err := d.Create(t.Context(), a, persona.Content{Name: name}, false)
			refused("creating", err)
			_, err = d.Edit(t.Context(), a, other.ID, other.Version, persona.Content{Name: name}, persona.KeepDefault)
			refused("renaming", err)
			if _, err := d.SQL.Exec(t.Context(), `insert into personas (workspace_id, name, alike) values ($1, $2, 7)`,
				a.Workspace(), name); err == nil {
				t.Errorf("plain SQL adds %+q beside %+q", name, first.Name)
			}
			if _, err := d.SQL.Exec(t.Context(), `update personas set name = $2, alike = 7 where id = $1`, other.ID,
				name); err == nil {
				t.Errorf("plain SQL renames to %+q beside %+q", name, first.Name)
			}
		}
		if n := d.Count(t, `select count(*) from personas where alike > 0`); n != 0 {
			t.Errorf("%d are numbered", n)
		}
	}
}

// TestPersonasThatLookAlikeAlreadyKeepTheirNames migrates a workspace that has two
// of them: both stay as they are, can be saved, found and loaded, and no third comes.
func TestPersonasThatLookAlikeAlreadyKeepTheirNames(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	d.NewPersona(t, a, "Sales coach")
	for _, sql := range []string{
		`drop index personas_name, campaigns_search, workspaces_search, house_personas_name`, `drop trigger persona_alike on personas`,
		`drop function persona_alike, search_key, name_key`,
		`alter table personas drop column alike`,
		`create unique index personas_name on personas (workspace_id, lower(normalize(name) collate "und-x-icu"))`,
	} {
		d.Exec(t, sql)
	}
	d.Exec(t, `insert into personas (workspace_id, name) values ($1, $2)`, a.Workspace(), "sales\u00a0coach")
	versions := d.Count(t, `select count(*) from persona_versions`)
	migration, err := migrations.FS.ReadFile("00025_alike_names.sql")
	if err != nil {
		t.Fatal(err)
	}
	d.Exec(t, string(migration))
	if n := d.Count(t, `select count(*) from persona_versions`); n != versions {
		t.Errorf("%d versions, and %d before", n, versions)
	}
	if broken := d.Broken(t); len(broken) > 0 {
		t.Error(broken)
	}
	list, _, err := d.PersonasPart(t.Context(), a, "", postgres.Rows{})
	if err != nil {
		t.Fatal(err)
	}
	var entries []persona.Entry
	for _, p := range list {
		content := p.Content
		content.Goals = "A call"
		saved, err := d.Edit(t.Context(), a, p.ID, p.Version, content, persona.KeepDefault)
		if err != nil || saved.Persona.Name != p.Name {
			t.Errorf("saving %+q: %+q, %v", p.Name, saved.Persona.Name, err)
		}
		entries = append(entries, persona.Entry{Content: content})
	}
	for _, e := range entries {
		plan, err := d.PlanLoad(t.Context(), a, []persona.Entry{e}, false)
		if err != nil || len(plan.Steps) != 1 || plan.Steps[0].Outcome != persona.LoadFinds {
			t.Errorf("loading %+q: %v, %v", e.Name, plan.Steps, err)
		}
	}
	if _, err := d.Create(t.Context(), a, persona.Content{Name: "SALES COACH"}, false); !errors.As(err,
		new(*persona.NameTakenError)) {
		t.Errorf("a third one: %v", err)
	}
	twin := list[1]
	if _, err := d.Edit(t.Context(), a, twin.ID, twin.Version+1, persona.Content{Name: "Another"},
		persona.KeepDefault); err != nil {
		t.Fatal(err)
	}
	_, err = d.Edit(t.Context(), a, twin.ID, twin.Version+2, persona.Content{Name: twin.Name}, persona.KeepDefault)
	if !errors.As(err, new(*persona.NameTakenError)) {
		t.Errorf("taking the name back: %v", err)
	}
}

func TestASearchNeedsNoAccentsAndNoFinalSigma(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Café ΚΩΝΣΤΑΝΤΙΝΟΣ René")
	d.NewPersona(t, a, "Café ΚΩΝΣΤΑΝΤΙΝΟΣ Rene\u0301  Ł한글")
	d.NewCampaign(t, a, "Café ΚΩΝΣΤΑΝΤΙΝΟΣ Rene\u0301  Ł한글")
	d.Exec(t, `insert into leads (workspace_id, external_id, first_name, email) values ($1, 'a', $2, 'in@example.com')`,
		a.Workspace(), "Café ΚΩΝΣΤΑΝΤΙΝΟΣ Rene\u0301  Ł한글")
	for search, found := range map[string]int{
		"": 1, "ΚΩΝΣ": 1, "κωνς": 1, "νος": 1, "ΝΟΣ": 1, "rene": 1, "RENÉ": 1, "rené": 1, "e\u0301": 1, "cafe": 1, "ＣＡＦＥ": 1,
		"rene ł": 1, "rene  ł": 1, "한": 1, "하": 0, "renex": 0, "rénè": 1, "caf\u00a0e": 0, "é κων": 1,
	} {
		personas, err := d.PersonasPage(t.Context(), a, search, 1)
		if err != nil || len(personas.Personas) != found {
			t.Errorf("%+q: %d personas, %v", search, len(personas.Personas), err)
		}
		campaigns, err := d.CampaignList(t.Context(), a, persona.CampaignFilter{Search: search, Page: 1})
		if err != nil || campaigns.Matching != found {
			t.Errorf("%+q: %d campaigns, %v", search, campaigns.Matching, err)
		}
		list, err := d.Leads(t.Context(), a, search, 1)
		leads := list.Items
		if err != nil || len(leads) != found {
			t.Errorf("%+q: %d leads, %v", search, len(leads), err)
		}
	}
	if list, err := d.Leads(t.Context(), a, "한글 in@", 1); err != nil || len(list.Items) > 0 {
		leads := list.Items
		t.Errorf("words of a name and the address after it: %v, %v", leads, err)
	}
}
