package web_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestTheDocumentedMessageIsTakenWheneverItIsPasted runs what the documents say with curl
// and openssl, as whoever pastes it.
func TestTheDocumentedMessageIsTakenWheneverItIsPasted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	secret := s.secret(t, ws)
	block := regexp.MustCompile(`(?ms)^ *BODY='.*?/messages$`)
	for _, document := range []string{"../README.md", "../docs/operating.md"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		script := block.FindString(string(text))
		for _, address := range []string{"http://127.0.0.1:8080", "https://personae.example"} {
			script = strings.ReplaceAll(script, address, s.url)
		}
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
		cmd.Env = append(os.Environ(), "SECRET="+secret, "WORKSPACE="+ws.Workspace().String())
		said, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(said), `"draftId"`) {
			t.Errorf("%s: %v: %s\n%s", document, err, said, script)
		}
	}
}
