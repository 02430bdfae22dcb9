package personafile

import (
	"encoding/json"
	"testing"
)

// FuzzReadObject holds what is read against encoding/json: nothing is taken
// that it would refuse, and each value that is taken is the one that was sent.
func FuzzReadObject(f *testing.F) {
	f.Add([]byte(`{"name": "x", "isDefault": true, "version": 1}`))
	f.Add([]byte(`{"name": null, "name": "\ud800"}`))
	f.Add([]byte("{\"a\xff\": [1,{}]} x"))
	f.Add([]byte(" \n"))
	f.Add([]byte(`{"n\u0061me":"\ufffd\uFFFD"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var name string
		var isDefault bool
		var version int
		given := map[string]bool{}
		if len(body) == 0 || ReadObject(body, map[string]any{"name": &name, "isDefault": &isDefault, "version": &version}, given) != nil {
			return
		}
		var want struct {
			Name      string
			IsDefault bool
			Version   int
		}
		if err := json.Unmarshal(body, &want); err != nil {
			t.Fatal(err)
		}
		if want.Name != name || want.IsDefault != isDefault || want.Version != version {
			t.Errorf("read %q, %t and %d of %s", name, isDefault, version, body)
		}
	})
}
