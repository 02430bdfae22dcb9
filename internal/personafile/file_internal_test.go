package personafile

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"personae/internal/persona"
)

func personas(entries []persona.Entry) []persona.Persona {
	list := make([]persona.Persona, len(entries))
	for i, e := range entries {
		list[i] = persona.Persona{Content: e.Content, IsDefault: e.IsDefault}
	}
	return list
}

func TestAFileHoldsEveryWordAndNothingElse(t *testing.T) {
	t.Parallel()
	full := persona.Persona{Content: persona.Content{Name: "Élan & <co>"}, IsDefault: true, Version: 7}
	for _, f := range persona.Fields() {
		*f.Of(&full.Voice) = f.Label + " “\u2028”"
	}
	full.Goals = "one\n\ttwo"
	full.Variants = persona.Pack(persona.Variant{Language: "pt-BR", Signature: "Abraços\nÉ “ela”"}, persona.Variant{Language: "de",
		Greeting: "Hallo {firstName}", SMSGreeting: "Moin"})
	file, err := Write([]persona.Persona{full, {Content: persona.Content{Name: "Empty"}}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(file), "{\n  \"version\": 1,\n  \"personas\": [\n    {\n      \"name\": \"Élan & <co>\",\n      \"isDefault\": true,\n      \"personaName\": ") {
		t.Errorf("%s", file)
	}
	entries, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []persona.Entry{{Content: full.Content, IsDefault: true}, {Content: persona.Content{Name: "Empty"}}}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("-written +read:\n%s", diff)
	}
	if _, err := Read(append([]byte("\ufeff"), file...)); err != nil {
		t.Errorf("with a byte order mark: %v", err)
	}
}

func TestABadFileIsToldByThePlace(t *testing.T) {
	t.Parallel()
	in := func(list string) string { return `{"version": 1, "personas": [` + list + `]}` }
	for file, want := range map[string]string{
		"":                                       "There is nothing in it",
		" \n":                                    "There is nothing in it",
		"\xff\xfe{":                              "not a text in UTF-8",
		"{\n \"version\": 1,\n  oops}":           "from line 3, character 3 on",
		"[1]":                                    "no file of personas",
		`{"personas": []}`:                       "does not say its version",
		`{"version": 2, "people": []}`:           "its version is 2, and this personae reads version 1",
		`{"version": "1"}`:                       `its version is "1"`,
		`{"version": 1}`:                         "no list called personas",
		`{"version": 1, "personas": {}}`:         "no list called personas",
		`{"version": 1, "personas": null}`:       "no list called personas",
		`{"version": 1, "personas": [], "x": 1}`: "“x” is not a key",
		in(`7`):                                  "Persona 1: it must be an object",
		in(`{"name": "A"}, {}`):                  "Persona 2: Enter a name",
		in(`{"name": "A", "greeting": 7}`):       "Persona 1, “A”: greeting must be a text or null",
		in(`{"name": "A", "Greeting": "x"}`):     "Persona 1, “A”: “Greeting” is not a key",
		in(`{"name": "A", "tone": "a", "tone": ""}`): "Persona 1, “A”: tone is sent twice",
		in(`{"name": "A", "goals": "` + strings.Repeat("x", 4001) +
			`"}`): "Persona 1, “A”: Goals must be 4,000 characters or fewer; it has 4,001",
		in(`{"name": "A\u0000"}`): "Name holds an invisible control character",
		in(`{"name": "A", "isDefault": true}, {"name": "B"}, {"name": "C", "isDefault": true}`): "Persona 3, “C”: only one can be the default, and persona 1 is it already",
		in(strings.Repeat(`{},`, 30) + `{}`):                                                    "There may be more. Repair these first",
	} {
		_, err := Read([]byte(file))
		var invalid *persona.InvalidError
		if !errors.As(err, &invalid) {
			t.Errorf("%.60s: error is %v", file, err)
			continue
		}
		var all []string
		for _, f := range invalid.Fields {
			all = append(all, f.Message.String())
			if f.Field != TextField {
				t.Errorf("%.60s: about the field %q", file, f.Field)
			}
		}
		if !strings.Contains(strings.Join(all, "\n"), want) {
			t.Errorf("%.60s: %q", file, all)
		}
	}
}

// FuzzRead holds what is read against what is written of it.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"version": 1, "personas": [{"name": " A ", "greeting": "a\r\nb", "isDefault": true}, {"name": "B", "tone": null}]}`))
	f.Add([]byte(`{"version": 1.0, "personas": [{"name": "\ud800"}]}`))
	f.Add([]byte("\ufeff{\"version\": 1, \"personas\": [null]}"))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, file []byte) {
		entries, err := Read(file)
		if err != nil {
			if !errors.As(err, new(*persona.InvalidError)) {
				t.Fatal(err)
			}
			return
		}
		written, err := Write(personas(entries))
		if err != nil {
			t.Fatal(err)
		}
		again, err := Read(written)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if diff := cmp.Diff(entries, again); diff != "" {
			t.Error(diff)
		}
	})
}

// TestAFileThatIsAllWrongCostsNoMoreThanItsBeginning reads as many wrong personas as
// a page takes bytes.
func TestAFileThatIsAllWrongCostsNoMoreThanItsBeginning(t *testing.T) {
	t.Parallel()
	many := func(n int, item func(int) string) []byte {
		items := make([]string, n)
		for i := range items {
			items[i] = item(i)
		}
		return []byte(`{"version": 1, "personas": [` + strings.Join(items, ",") + `]}`)
	}
	wrong := func(i int) string { return fmt.Sprintf(`{"name": "", "tone": %d, "unknown": 1}`, i) }
	for n, says := range map[int]string{20000: "holds 20,000 personas, and one may hold 500",
		500: "There may be more"} {
		_, err := Read(many(n, wrong))
		var invalid *persona.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Fields) > persona.FaultsShown+1 ||
			!strings.Contains(invalid.Fields[len(invalid.Fields)-1].Message.String(), says) {
			t.Errorf("%d: %v", n, err)
		}
	}
	same := many(500, func(int) string { return `{"name": "Maya"}` })
	entries, err := Read(same)
	if err != nil {
		t.Fatal(err)
	}
	keys := make([]string, len(entries))
	_, err = persona.PlanLoad(entries, keys, make([]*persona.Persona, len(entries)), nil, false, false)
	var invalid *persona.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Fields) != persona.FaultsShown+1 {
		t.Errorf("500 of one name: %v", err)
	}
}
