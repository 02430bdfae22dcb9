package lead_test

import (
	"testing"

	"personae/internal/lead"
)

func TestCarriersKeywordsOptOutAndSentencesDoNot(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"STOP", " stop! ", "STOPALL", "Stop all", "QUIT", "END", "CANCEL", "Revoke",
		"Unsubscribe.", "opt out", "OPT-OUT", "OptOut",
		"STOP please", "Please stop", "stop, thanks"} {
		if !lead.OptsOut(body) {
			t.Errorf("%q does not opt out", body)
		}
	}
	for _, body := range []string{"", "We must stop losing money", "cancel our call", "In the end, yes", "please",
		"I quit my job", "> STOP"} {
		if lead.OptsOut(body) {
			t.Errorf("%q opts out", body)
		}
	}
}
