package web

import (
	"strings"
	"testing"
)

func TestRoutesForProgramsAskForATokenAndOthersForNone(t *testing.T) {
	t.Parallel()
	var s Server
	for _, r := range []route{{method: "POST", path: "/api/v1/secret", who: anyone}, {path: "/api/v1/secret", who: clientAdmin}, {path: "/workspaces/:ws", who: writeToken}} {
		if _, err := s.guard(r); err == nil || !strings.Contains(err.Error(), r.path) {
			t.Errorf("%s: error is %v", r.path, err)
		}
	}
}
