package scoring

import (
	"os"
	"strings"
	"testing"

	"personae/internal/lead"
)

func TestDocumentListsEveryPhraseOfTheRules(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/scoring.md")
	if err != nil {
		t.Fatal(err)
	}
	document := strings.Join(strings.Fields(string(text)), " ")
	for _, list := range [][]string{lead.OptOutKeywords(), lead.RefusalPhrases(), misfits, delays, buying,
		lead.AutomaticPhrases()} {
		if written := strings.Join(list, ", "); !strings.Contains(document, written) {
			t.Errorf("docs/scoring.md lists other phrases than: %s", written)
		}
	}
}
