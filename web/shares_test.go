package web_test

import (
	"net/http"
	"sync"
	"testing"

	"personae/internal/access"
)

// TestAWorkspaceThatIsBusyLeavesOthersTheirPages has every write of one workspace wait,
// from more people than there are connections, while somebody signs in elsewhere,
// looks and switches.
func TestAWorkspaceThatIsBusyLeavesOthersTheirPages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	busy, other := s.Workspace(t, "Harbor"), s.Workspace(t, "Cedar")
	s.NewPersona(t, busy, "Default")
	held := s.NewPersona(t, busy, "Other")
	s.NewPersona(t, other, "First")
	second := s.NewPersona(t, other, "Second")
	var crowd []*client
	for range 30 {
		crowd = append(crowd, s.as(t, busy.Workspace(), access.Admin))
	}
	tx, err := s.SQL.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tx.Rollback(t.Context()) })
	if _, err := tx.Exec(t.Context(), `select from workspaces where id = $1 for update`, busy.Workspace()); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for _, b := range crowd {
		all.Go(func() {
			b.post(at(busy, "personas", held.ID.String(), "default"), nil).is(http.StatusServiceUnavailable).
				says("Try again in a moment")
		})
	}
	s.Until(t, s.Share(), `select count(*) from pg_stat_activity
		where datname = current_database() and wait_event_type = 'Lock'`)
	b := s.as(t, other.Workspace(), access.Admin)
	b.get(at(other, "personas")).is(http.StatusOK)
	b.post(at(other, "personas", second.ID.String(), "default"), nil).is(http.StatusOK).says("“Second” is now the default")
	all.Wait()
}

// TestAPersonOrAProgramWaitsForItsTurn sends more at once than one may have under way.
func TestAPersonOrAProgramWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ws := s.Workspace(t, "Harbor")
	s.NewPersona(t, ws, "Default")
	token := s.token(t, ws, "read")
	b := s.as(t, ws.Workspace(), access.Admin)
	var all sync.WaitGroup
	for range 5 * s.Share() {
		all.Go(func() { s.ask(t, token, http.MethodGet, api(ws, "personas"), "").is(http.StatusOK) })
		all.Go(func() { b.get(at(ws, "personas")).is(http.StatusOK) })
	}
	all.Wait()
}
