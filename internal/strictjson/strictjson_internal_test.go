package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"personae/internal/persona"
)

type sent struct {
	Name      string          `json:"name"`
	IsDefault bool            `json:"isDefault"`
	Version   int             `json:"version"`
	Tags      []string        `json:"tags"`
	ID        uuid.NullUUID   `json:"id"`
	IDs       []uuid.UUID     `json:"ids"`
	File      json.RawMessage `json:"file"`
	Lead      struct {
		Name string `json:"name"`
	} `json:"lead"`
}

func TestWhatIsWrongIsNamedByItsKey(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                            ": Send one JSON object in UTF-8, and nothing after it",
		`[]`:                          ": Send one JSON object in UTF-8, and nothing after it",
		`{} {}`:                       ": Send one JSON object in UTF-8, and nothing after it",
		"{\"name\": \"\xff\"}":        ": Send one JSON object in UTF-8, and nothing after it",
		`{"name": 7, "version": "1"}`: "name: name must be a text or null; version: version must be a whole number",
		`{"name": {"a": [1]}, "isDefault": null}`: "name: name must be a text or null; isDefault: isDefault must be true or false",
		`{"version": 2.5}`:                        "version: version must be a whole number",
		`{"version": 92233720368547758079}`:       "version: version must be a whole number",
		`{"tags": ["a", 7]}`:                      "tags: tags must be a list of texts",
		`{"tags": null}`:                          "tags: tags must be a list of texts",
		`{"ids": ["x", 7]}`:                       "not found",
		`{"ids": [7]}`:                            "ids: ids: each must be an id",
		`{"ids": "x"}`:                            "ids: ids must be a list",
		`{"id": 7}`:                               "id: id must be an id or null",
		`{"id": "x"}`:                             "not found",
		`{"id": "x", "version": true}`:            "not found",
		`{"version": true, "id": "x"}`:            "version: version must be a whole number",
		`{"lead": {"name": 7}}`:                   "lead.name: lead.name must be a text or null",
		`{"lead": 7}`:                             "lead: lead must be an object",
		`{"Name": "x"}`:                           ": “Name” is not a key that can be sent here",
		`{"lead": {"age": 7}}`:                    ": “age” is not a key that can be sent here",
		`{"version": "1", "x": 1}`:                "version: version must be a whole number; : “x” is not a key that can be sent here",
		`{"name": "a", "n\u0061me": "b"}`:         "name: name is sent twice",
		`{"file": {"list": [{"a": 1, "a": 2}]}}`:  "file.list: file.list: a is sent twice",
		`{"name": "a\ud800b"}`:                    "name: name holds half of a surrogate pair",
		`{"name": "a\ud83d\ude00\ufffd"}`:         "",
		`{"name": null, "id": null, "ids": []}`:   "",
	} {
		var said []string
		var invalid *persona.InvalidError
		switch err := Unmarshal([]byte(body), new(sent)); {
		case errors.As(err, &invalid):
			for _, f := range invalid.Fields {
				said = append(said, f.Field+": "+f.Message.String())
			}
		case errors.Is(err, persona.ErrNotFound):
			said = append(said, "not found")
		case err != nil:
			said = append(said, fmt.Sprintf("%T", err))
		}
		if got := strings.Join(said, "; "); got != want {
			t.Errorf("%s:\n%s, want\n%s", body, got, want)
		}
	}
}

func TestWhatIsReadIsWhatWasSent(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	got := sent{Name: "before", Version: 7}
	body := `{"name": null, "isDefault": true, "tags": ["a"], "id": "` + id.String() + `", "ids": ["` + id.String() +
		`"], "file": {"a": [1]}}`
	if err := Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := sent{IsDefault: true, Version: 7, Tags: []string{"a"}, ID: uuid.NullUUID{UUID: id, Valid: true},
		IDs: []uuid.UUID{id}, File: json.RawMessage(`{"a": [1]}`)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-sent +read:\n%s", diff)
	}
	var lenient sent
	if err := Unmarshal([]byte(`{"x": 1, "NAME": "a", "name": "b\ud800", "lead": null}`), &lenient,
		Leniently()); err != nil || lenient.Name != "b\ufffd" {
		t.Errorf("read %q, and failed with %v", lenient.Name, err)
	}
}

// FuzzUnmarshal holds what is read against encoding/json: nothing is taken that
// it would refuse, and each value that is taken is the one that was sent.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"name": "x", "isDefault": true, "version": 1}`))
	f.Add([]byte(`{"name": null, "name": "\ud800"}`))
	f.Add([]byte("{\"a\xff\": [1,{}]} x"))
	f.Add([]byte(" \n"))
	f.Add([]byte(`{"n\u0061me":"\ufffd\uFFFD"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		type object struct {
			Name      string `json:"name"`
			IsDefault bool   `json:"isDefault"`
			Version   int    `json:"version"`
		}
		var got, want object
		err := Unmarshal(body, &got)
		if err != nil {
			if !errors.As(err, new(*persona.InvalidError)) {
				t.Fatal(err)
			}
			return
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatal(err)
		}
		if want != got {
			t.Errorf("read %v of %s", got, body)
		}
	})
}
