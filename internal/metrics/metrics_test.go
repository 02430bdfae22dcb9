package metrics_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"personae/internal/dbtest"
	"personae/internal/metrics"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// scrape gives the lines that Prometheus reads, and fails where it could not.
func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	text := answer.Body.String()
	if problems, err := testutil.CollectAndLint(metrics.Registered(m), "personae_request_seconds", "personae_db_connections", "personae_invariants_broken"); err != nil || len(problems) > 0 {
		t.Errorf("not as Prometheus wants it: %v %v", problems, err)
	}
	return text
}

func holds(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("there is no line %s in\n%s", line, text)
		}
	}
}

func TestWhatTheServerDoesIsCounted(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	m := metrics.New(d.DB, slog.New(slog.DiscardHandler), "1.2", "abc")
	m.Request("GET", "/login", 200, 30*time.Millisecond)
	m.Request("GET", "/login", 200, 2*time.Second)
	m.Request("BREW", "", 404, time.Millisecond)
	holds(t, scrape(t, m), `personae_request_seconds_count{method="GET",route="/login",status="200"} 2`,
		`personae_request_seconds_bucket{method="GET",route="/login",status="200",le="0.05"} 1`,
		`personae_request_seconds_count{method="other",route="none",status="404"} 1`,
		`personae_build_info{commit="abc",version="1.2"} 1`,
		`personae_db_connections_max{pool="read"} 8`, `personae_db_connections{pool="write",state="used"} 0`)
}

// TestABrokenRuleShowsWithinAMinute breaks one as nobody but the owner of the
// tables can.
func TestABrokenRuleShowsWithinAMinute(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.NewPersona(t, d.Workspace(t, "Harbor"), "Default")
	var log bytes.Buffer
	m := metrics.New(d.DB, slog.New(slog.NewTextHandler(&log, nil)), "1", "c")
	holds(t, scrape(t, m), `personae_invariants_broken{rule="mirror"} 0`, `personae_invariants_broken{rule="guards"} 0`)
	d.Exec(t, `alter table workspace_settings disable trigger default_holds_settings`)
	d.Exec(t, `update workspace_settings set ai_greeting = 'Hey'`)
	holds(t, scrape(t, m), `personae_invariants_broken{rule="mirror"} 0`) // not looked at again so soon
	metrics.Forget(m)
	holds(t, scrape(t, m), `personae_invariants_broken{rule="mirror"} 1`, `personae_invariants_broken{rule="guards"} 1`, `personae_invariants_broken{rule="one_default"} 0`)
	if !strings.Contains(log.String(), "rules do not hold") {
		t.Error("the log does not tell")
	}
	metrics.Forget(m)
	d.Close()
	holds(t, scrape(t, m), `personae_invariants_broken{rule="mirror"} 1`) // what was found last
	if !strings.Contains(log.String(), "could not be checked") {
		t.Error("the log does not tell that the database is away")
	}
}
