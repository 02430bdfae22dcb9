package web

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRoutesForProgramsAskForATokenAndOthersForNone(t *testing.T) {
	t.Parallel()
	var s Server
	for _, r := range []route{{path: "/api/v1/secret", who: anyone}, {path: "/api/v1/secret", who: clientAdmin}, {path: "/workspaces/:ws", who: writeToken}} {
		if _, err := s.guard(r); err == nil || !strings.Contains(err.Error(), r.path) {
			t.Errorf("%s: error is %v", r.path, err)
		}
	}
}

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
		if len(body) == 0 || readObject(body, object{"name": &name, "isDefault": &isDefault, "version": &version}, given) != nil {
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
