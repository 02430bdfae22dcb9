package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"personae/internal/access"
)

// TestPagesSayWhatIsKeptNoLonger reads activity and history before and after what is old was
// removed.
func TestPagesSayWhatIsKeptNoLonger(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Lived(t, "Harbor")
	other := s.words(t, `select id::text from personas where name = 'Other'`)
	b := s.as(t, ws.Workspace(), access.Owner)
	s.Age(t, ws, 20)
	const events, versions = "This server keeps what happened for a time only.", "This server keeps versions for a time only."
	silent := func(pages ...string) {
		t.Helper()
		for _, page := range pages {
			if body := b.get(at(ws, page)).is(http.StatusOK).body; strings.Contains(body, "for a time only") ||
				strings.Contains(body, "history.removed") {
				t.Errorf("%s says that something is kept no longer", page)
			}
		}
	}
	silent("activity", "activity.csv", "personas/"+other+"/history")
	if _, err := s.RemoveHistory(t.Context(), 12); err != nil {
		t.Fatal(err)
	}
	b.get(at(ws, "activity")).is(http.StatusOK).says(events, "was removed, but for what is still needed.")
	csv := strings.Split(strings.TrimSpace(b.get(at(ws, "activity.csv")).is(http.StatusOK).body), "\n")
	if last := csv[len(csv)-1]; !strings.Contains(last, ",history.removed,") {
		t.Errorf("the CSV ends in %q", last)
	}
	silent("activity.csv?from=2026-01-01")
	history := b.get(at(ws, "personas", other, "history")).is(http.StatusOK).says(versions, "Olga Owner changed it.", "The words of version 7")
	if strings.Contains(history.body, ">1, the first<") {
		t.Error("the first version is offered, which is gone")
	}
	b.post(at(ws, "personas", other, "history", "1", "restore"), url.Values{"version": {"7"}}).is(http.StatusNotFound)
	b.get(at(ws, "personas", other, "compare?from=1&to=7")).is(http.StatusUnprocessableEntity)
}
