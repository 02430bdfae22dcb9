// Package metrics measures for Prometheus how the server does: how many requests, how
// long they take, what becomes of drafts and scores, how the database is used and
// whether every rule holds. There are no names, ids or words in it.
package metrics

import (
	"log/slog"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/internal/webhook"
)

// Metrics counts what the server does. Make one with New; nil counts nothing of
// jobs.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	drafts   *prometheus.CounterVec
	waited   prometheus.Histogram
	scores   *prometheus.CounterVec
	tries    *prometheus.HistogramVec
	sent     *prometheus.CounterVec
	health   *health
	backlog  *backlog
}

// New returns Metrics of a server on db; version and commit say which program it is.
func New(db *postgres.DB, log *slog.Logger, version, commit string) *Metrics {
	m := &Metrics{
		health: &health{db: db, log: log},
		backlog: &backlog{db: db, log: log, kinds: map[string]bool{
			postgres.DraftJob{}.Kind(): true, postgres.ScoreJob{}.Kind(): true, postgres.DeliverJob{}.Kind(): true,
			postgres.NoticeJob{}.Kind(): true,
		}},
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "personae_request_seconds",
			Help:    "Time that requests took, by method, route and status.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}},
			[]string{"method", "route", "status"}),
		drafts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "personae_drafts_total",
			Help: "Drafts made, and those that failed for good, by whose words they are."}, []string{"source", "result"}),
		waited: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "personae_draft_seconds",
			Help:    "Time from a message or a request for a draft until the draft was stored.",
			Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400},
		}),
		scores: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "personae_scores_total",
			Help: "Scores made, by what gave them, and those that failed for good, by nothing."}, []string{"by", "result"}),
		tries: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "personae_try_seconds",
			Help:    "Time that the model, or what is built in, took for one draft or score, by what came of it.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60}}, []string{"kind", "result"}),
		sent: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "personae_delivery_tries_total",
			Help: "Tries to send a webhook, by what became of the delivery: delivered, waiting (tried again later), failed."},
			[]string{"state"}),
	}
	for _, source := range []persona.Source{persona.FromCampaign, persona.FromDefault, persona.FromSettings} {
		for _, made := range []bool{true, false} { // so that the first one shows as a rise
			m.drafts.WithLabelValues(string(source), result(made))
		}
	}
	m.scores.WithLabelValues("", result(false))
	for _, state := range []webhook.DeliveryState{webhook.Delivered, webhook.DeliveryWaiting, webhook.DeliveryFailed} {
		m.sent.WithLabelValues(string(state))
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name:        "personae_build_info",
		Help:        "Always 1; the labels say which build it is.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit},
	})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.drafts, m.waited, m.scores, m.tries, m.sent, build, pools{db}, m.health, m.backlog,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Request counts a request to a route of the table; empty: to none. The method is
// one of a few.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Draft counts a draft in the voice of source: one that was stored so long after
// it was asked for, or one that failed for good.
func (m *Metrics) Draft(source persona.Source, made bool, waited time.Duration) {
	if m == nil {
		return
	}
	m.drafts.WithLabelValues(string(source), result(made)).Inc()
	if made {
		m.waited.Observe(waited.Seconds())
	}
}

// Score counts a score that was stored, by what gave it, or one that failed for
// good, where by is empty.
func (m *Metrics) Score(by string, made bool) {
	if m != nil {
		m.scores.WithLabelValues(by, result(made)).Inc()
	}
}

// Try counts how long the model, or what is built in, took for a job of a kind,
// and what came of it: "made", a fault, or "failed".
func (m *Metrics) Try(kind, result string, took time.Duration) {
	if m != nil {
		m.tries.WithLabelValues(kind, result).Observe(took.Seconds())
	}
}

// Delivery counts a try to send a webhook, by the state of the delivery after it.
func (m *Metrics) Delivery(state webhook.DeliveryState) {
	if m != nil {
		m.sent.WithLabelValues(string(state)).Inc()
	}
}

func result(made bool) string {
	if made {
		return "made"
	}
	return "failed"
}

// Handler answers GET /metrics, and GET /debug/pprof/ with profiles.
func (m *Metrics) Handler(profiles bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	if profiles {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}
