package metrics_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"personae/internal/config"
	"personae/internal/drafting"
	"personae/internal/jobs"
	"personae/internal/lead"
	"personae/internal/llm"
	"personae/internal/metrics"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/scoring"
	"personae/internal/testing/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// scrape returns the lines that Prometheus reads, and fails where it could not.
func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler(false).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	text := answer.Body.String()
	if problems, err := testutil.CollectAndLint(metrics.Registered(m), "personae_request_seconds",
		"personae_db_connections", "personae_invariants_broken",
		"personae_drafts_total", "personae_draft_seconds", "personae_scores_total", "personae_try_seconds", "personae_jobs",
		"personae_jobs_oldest_seconds", "personae_drafts_failed", "personae_scores_failed"); err != nil || len(problems) > 0 {
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
	m.Request("other", "", 404, time.Millisecond)
	holds(t, scrape(t, m), `personae_request_seconds_count{method="GET",route="/login",status="200"} 2`,
		`personae_request_seconds_bucket{method="GET",route="/login",status="200",le="0.05"} 1`,
		`personae_request_seconds_count{method="other",route="none",status="404"} 1`,
		`personae_build_info{commit="abc",version="1.2"} 1`,
		`personae_db_connections_max{pool="read"} 7`, `personae_db_connections{pool="write",state="used"} 0`)
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
	holds(t, scrape(t, m), `personae_invariants_broken{rule="mirror"} 1`, `personae_invariants_broken{rule="guards"} 1`,
		`personae_invariants_broken{rule="one_default"} 0`)
	if !strings.Contains(log.String(), "rules do not hold") {
		t.Error("the log does not say so")
	}
	metrics.Forget(m)
	d.Close()
	holds(t, scrape(t, m), `personae_invariants_broken{rule="mirror"} 1`) // what was found last
	if !strings.Contains(log.String(), "could not be checked") {
		t.Error("the log does not say that the database is away")
	}
}

func TestEveryBrokenRuleIsCounted(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.NewPersona(t, d.Workspace(t, "Whole"), "Theirs")
	for _, b := range dbtest.Breakages() {
		d.Break(t, d.Lived(t, b.Rule), b)
	}
	text := scrape(t, metrics.New(d.DB, slog.New(slog.DiscardHandler), "1", "c"))
	for _, rule := range postgres.Rules() {
		if !regexp.MustCompile(`personae_invariants_broken\{rule="` + rule + `"\} [1-9]`).MatchString(text) {
			t.Errorf("%s is broken, and nobody counts it:\n%s", rule, text)
		}
	}
}

// scrapeUntil scrapes until all lines are there.
func scrapeUntil(t *testing.T, m *metrics.Metrics, lines ...string) string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		metrics.Forget(m)
		text := scrape(t, m)
		missing := ""
		for _, line := range lines {
			if !strings.Contains(text, line+"\n") {
				missing = line
			}
		}
		if missing == "" {
			return text
		}
		if time.Now().After(deadline) {
			t.Fatalf("there is no line %s in\n%s", missing, text)
		}
	}
}

// receive receives a message, which names a campaign or none.
func receive(t *testing.T, d *dbtest.Database, inbox postgres.Inbox, id, campaign string) {
	t.Helper()
	message := dbtest.Inbound(id)
	message.Campaign = campaign
	if _, err := d.Receive(t.Context(), inbox, message); err != nil {
		t.Fatal(err)
	}
}

// run works jobs until the test ends, whose model rejects what it is asked from when
// rejects says so.
func run(t *testing.T, d *dbtest.Database, m *metrics.Metrics, rejects *atomic.Bool) {
	t.Helper()
	runner, err := jobs.Start(t.Context(), jobs.Options{
		DB: d.DB, Log: slog.New(slog.DiscardHandler), Metrics: m, Try: 10 * time.Second, Poll: 20 * time.Millisecond,
		Score: func(ctx context.Context, s persona.Settings, l lead.Lead, messages []string) (lead.Score, error) {
			if rejects.Load() {
				return lead.Score{}, &llm.Error{Fault: llm.Rejected, Status: 401}
			}
			return scoring.New(config.LLM{}).Score(ctx, s, l, messages)
		},
		Draft: func(_ context.Context, r persona.Resolution, to persona.Recipient, message string) (drafting.Reply, error) {
			if rejects.Load() {
				return drafting.Reply{}, &llm.Error{Fault: llm.Rejected, Status: 401}
			}
			return drafting.Compose(r, to, message), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := runner.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// TestDraftsScoresAndJobsAreCountedWithoutAnybodysWords takes three messages by
// three ways, of which the model rejects the last, and then a score.
func TestDraftsScoresAndJobsAreCountedWithoutAnybodysWords(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	a := d.Workspace(t, "Harbor")
	inbox := d.Inbox(t, a)
	m := metrics.New(d.DB, slog.New(slog.DiscardHandler), "1", "c")
	until := func(lines ...string) string { t.Helper(); return scrapeUntil(t, m, lines...) }
	receive(t, d, inbox, "m-1", "")
	text := until(`personae_jobs{kind="draft",state="available"} 1`, `personae_jobs{kind="score",state="available"} 0`,
		`personae_drafts_failed 0`, `personae_scores_failed 0`,
		`personae_drafts_total{result="made",source="settings"} 0`)
	if !regexp.MustCompile(`personae_jobs_oldest_seconds\{kind="draft"\} 0\.0*[1-9]`).MatchString(text) {
		t.Errorf("nobody says how old the job is:\n%s", text)
	}
	var rejects atomic.Bool
	run(t, d, m, &rejects)
	until(`personae_drafts_total{result="made",source="settings"} 1`)
	p := d.NewPersona(t, a, "Zebedee")
	d.NewCampaign(t, a, "Springtime")
	d.Exec(t, `update campaigns set external_id = 'C-77', persona_id = $1`, p.ID)
	receive(t, d, inbox, "m-2", "C-77")
	until(`personae_drafts_total{result="made",source="campaign"} 1`)
	rejects.Store(true)
	receive(t, d, inbox, "m-3", "")
	text = until(`personae_drafts_total{result="failed",source="default"} 1`,
		`personae_drafts_total{result="made",source="default"} 0`,
		`personae_drafts_failed 1`, `personae_draft_seconds_count 2`, `personae_scores_total{by="rules:v1",result="made"} 1`,
		`personae_try_seconds_count{kind="draft",result="made"} 2`,
		`personae_try_seconds_count{kind="draft",result="rejected"} 1`,
		`personae_try_seconds_count{kind="score",result="made"} 1`,
		`personae_jobs{kind="draft",state="available"} 0`, `personae_jobs{kind="draft",state="running"} 0`,
		`personae_jobs_oldest_seconds{kind="draft"} 0`)
	var lead uuid.UUID
	if err := d.SQL.QueryRow(t.Context(), `select id from leads`).Scan(&lead); err != nil {
		t.Fatal(err)
	}
	ask := func() {
		t.Helper()
		if err := d.AskScore(t.Context(), a, lead); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, text, `personae_scores_failed 0`, `personae_scores_total{by="",result="failed"} 0`)
	ask()
	text = until(`personae_scores_failed 1`, `personae_scores_total{by="",result="failed"} 1`, `personae_drafts_failed 1`,
		`personae_try_seconds_count{kind="score",result="rejected"} 1`)
	if ids := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}`).FindString(text); ids != "" {
		t.Errorf("an id is in it: %s", ids)
	}
	for _, word := range []string{"Liv", "Strand", "example.com", "Harbor", "Zebedee", "Springtime",
		"C-77", "m-1", "cost"} {
		if strings.Contains(text, word) {
			t.Errorf("%q is in it", word)
		}
	}
	rejects.Store(false)
	ask()
	until(`personae_scores_failed 0`, `personae_scores_total{by="rules:v1",result="made"} 2`)
}

func TestJobsAreNotCountedWithoutADatabase(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	m := metrics.New(d.DB, slog.New(slog.DiscardHandler), "1", "c")
	receive(t, d, d.Inbox(t, d.Workspace(t, "Harbor")), "m-1", "")
	scrapeUntil(t, m, `personae_jobs{kind="draft",state="available"} 1`, `personae_scores_failed 0`)
	d.Close()
	metrics.Forget(m)
	if text := scrape(t, m); strings.Contains(text, "personae_jobs{") ||
		strings.Contains(text, "personae_scores_failed ") {
		t.Errorf("it counts jobs without a database:\n%s", text)
	}
}
