package web

import (
	"strings"
	"testing"
)

func TestRoutesForProgramsAskForATokenAndOthersForNone(t *testing.T) {
	t.Parallel()
	var s Server
	for _, r := range []route{{method: "POST", path: "/api/v1/secret", audience: anyone},
		{path: "/api/v1/secret", audience: clientAdmin}, {path: "/workspaces/:ws", audience: writeToken}} {
		if _, err := s.guard(r); err == nil || !strings.Contains(err.Error(), r.path) {
			t.Errorf("%s: error is %v", r.path, err)
		}
	}
}
