package metrics_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"personae/internal/metrics"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
	"personae/internal/webhook"
)

// TestTheDashboardAndTheAlertsAskForMetricsThatThereAre reads what is given to operators.
func TestTheDashboardAndTheAlertsAskForMetricsThatThereAre(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	m := metrics.New(d.DB, slog.New(slog.DiscardHandler), "1", "c")
	m.Request("GET", "/login", 200, time.Millisecond)
	m.Delivery(webhook.Delivered)
	m.Draft(persona.FromDefault, true, time.Second)
	m.Score("rules", true)
	m.Try("draft", "made", time.Second)
	if _, err := d.Receive(t.Context(), d.Inbox(t, d.Workspace(t, "Harbor")), dbtest.Inbound("m-1")); err != nil {
		t.Fatal(err) // a job waits
	}
	known := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)`).FindAllStringSubmatch(scrape(t, m), -1) {
		known[match[1]] = true
		if match[2] == "histogram" {
			known[match[1]+"_bucket"], known[match[1]+"_count"], known[match[1]+"_sum"] = true, true, true
		}
	}
	used := 0
	for _, file := range []string{"alerts.yml", "grafana.json"} {
		text, err := os.ReadFile("../../examples/monitoring/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".json") && !json.Valid(text) {
			t.Errorf("%s is no JSON", file)
		}
		for _, name := range regexp.MustCompile(`\b(?:personae|process)_[a-z_]+`).FindAllString(string(text), -1) {
			used++
			if !known[name] {
				t.Errorf("%s asks for %s, which is not there", file, name)
			}
		}
	}
	if used < 20 {
		t.Errorf("only %d metrics were looked at", used)
	}
}

// TestNoAlertForWhatIsTriedAgainForADay looks at the rules about jobs: those that a webhook's
// receiver or a mail server holds up are nobody's night.
func TestNoAlertForWhatIsTriedAgainForADay(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../examples/monitoring/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	asked := regexp.MustCompile(`personae_jobs_oldest_seconds(\{kind!~"([a-z|]+)"\})?`).FindAllSubmatch(text, -1)
	if len(asked) == 0 {
		t.Error("no rule asks for the age of jobs")
	}
	for _, match := range asked {
		for _, kind := range []string{postgres.DeliverJob{}.Kind(), postgres.NoticeJob{}.Kind()} {
			if ok, err := regexp.Match("^(?:"+string(match[2])+")$", []byte(kind)); len(match[2]) == 0 || !ok || err != nil {
				t.Errorf("%s takes %s: %v", match[0], kind, err)
			}
		}
	}
}
