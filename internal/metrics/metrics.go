// Package metrics tells Prometheus how the server does: how many requests, how
// long they take, what becomes of drafts and scores, how the database is used and
// whether every rule holds. There are no names, ids or words in it.
package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"personae/internal/persona"
	"personae/internal/postgres"
)

// checkEvery is how often the rules are checked at most, however often somebody
// asks: it reads every workspace.
const checkEvery = time.Minute

// backlogEvery is how often the jobs are counted at most.
const backlogEvery = 5 * time.Second

// Metrics counts what the server does. Make one with New; nil counts nothing of
// jobs.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	drafts   *prometheus.CounterVec
	waited   prometheus.Histogram
	scores   *prometheus.CounterVec
	tries    *prometheus.HistogramVec
	health   *health
	backlog  *backlog
}

// New returns Metrics of a server on db; version and commit say which program it is.
func New(db *postgres.DB, log *slog.Logger, version, commit string) *Metrics {
	m := &Metrics{
		health:   &health{db: db, log: log},
		backlog:  &backlog{db: db, log: log, kinds: map[string]bool{postgres.DraftJob{}.Kind(): true, postgres.ScoreJob{}.Kind(): true}},
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "personae_request_seconds",
			Help: "Time that requests took, by method, route and status.", Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}},
			[]string{"method", "route", "status"}),
		drafts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "personae_drafts_total",
			Help: "Drafts made, and those that failed for good, by whose words they are."}, []string{"source", "result"}),
		waited: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "personae_draft_seconds",
			Help: "Time from a message or a request for a draft until the draft was stored.", Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400}}),
		scores: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "personae_scores_total",
			Help: "Scores made, by what gave them, and those that failed for good, by nothing."}, []string{"by", "result"}),
		tries: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "personae_try_seconds",
			Help:    "Time that the model, or what is built in, took for one draft or score, by what came of it.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30, 60}}, []string{"kind", "result"}),
	}
	for _, source := range []persona.Source{persona.FromCampaign, persona.FromDefault, persona.FromSettings} {
		for _, made := range []bool{true, false} { // so that the first one shows as a rise
			m.drafts.WithLabelValues(string(source), result(made))
		}
	}
	m.scores.WithLabelValues("", result(false))
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "personae_build_info", Help: "Always 1; the labels say which build it is.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit}})
	build.Set(1)
	m.registry.MustRegister(m.requests, m.drafts, m.waited, m.scores, m.tries, build, pools{db}, m.health, m.backlog,
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

func result(made bool) string {
	if made {
		return "made"
	}
	return "failed"
}

// Handler answers GET /metrics.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	return mux
}

var (
	poolSize   = prometheus.NewDesc("personae_db_connections", "Connections to the database, by pool and state.", []string{"pool", "state"}, nil)
	poolMax    = prometheus.NewDesc("personae_db_connections_max", "Connections that a pool may have.", []string{"pool"}, nil)
	poolWaits  = prometheus.NewDesc("personae_db_waits_total", "Times that something had to wait for a connection.", []string{"pool"}, nil)
	poolWaited = prometheus.NewDesc("personae_db_wait_seconds_total", "Time waited for connections.", []string{"pool"}, nil)
)

// pools reads the connection pools when somebody asks.
type pools struct{ db *postgres.DB }

func (p pools) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(p, to) }

func (p pools) Collect(to chan<- prometheus.Metric) {
	for _, pool := range p.db.Pools() {
		gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append([]string{pool.Name}, labels...)...)
		}
		gauge(poolSize, float64(pool.AcquiredConns()), "used")
		gauge(poolSize, float64(pool.IdleConns()), "idle")
		gauge(poolMax, float64(pool.MaxConns()))
		to <- prometheus.MustNewConstMetric(poolWaits, prometheus.CounterValue, float64(pool.EmptyAcquireCount()), pool.Name)
		to <- prometheus.MustNewConstMetric(poolWaited, prometheus.CounterValue, pool.EmptyAcquireWaitTime().Seconds(), pool.Name)
	}
}

var (
	broken  = prometheus.NewDesc("personae_invariants_broken", "Places where a rule does not hold, by rule. Always 0.", []string{"rule"}, nil)
	checked = prometheus.NewDesc("personae_invariants_checked_timestamp_seconds", "When the rules were last checked to the end.", nil, nil)
)

// health checks every rule when somebody asks, and remembers it for a while. A
// check that fails keeps what was found last; that it grows old tells of it.
type health struct {
	db      *postgres.DB
	log     *slog.Logger
	mu      sync.Mutex
	begun   time.Time
	checked time.Time
	found   map[string]int
}

func (h *health) Describe(to chan<- *prometheus.Desc) {
	to <- broken
	to <- checked
}

func (h *health) Collect(to chan<- prometheus.Metric) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.begun) >= checkEvery {
		h.begun = time.Now()
		h.check()
	}
	if h.checked.IsZero() {
		return
	}
	for _, rule := range postgres.Rules() { // also those of which nothing was found
		to <- prometheus.MustNewConstMetric(broken, prometheus.GaugeValue, float64(h.found[rule]), rule)
	}
	to <- prometheus.MustNewConstMetric(checked, prometheus.GaugeValue, float64(h.checked.Unix()))
}

func (h *health) check() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	findings, err := h.db.HealthOfAll(ctx)
	if err != nil {
		h.log.Error("the rules could not be checked", "error", err)
		return
	}
	h.found, h.checked = map[string]int{}, time.Now()
	for _, f := range findings {
		h.found[f.Rule]++
	}
	if len(findings) > 0 {
		h.log.Error("rules do not hold; personae doctor tells which", "findings", len(findings))
	}
}

var (
	jobs         = prometheus.NewDesc("personae_jobs", "Jobs that are not done, by kind and state, of all instances together.", []string{"kind", "state"}, nil)
	oldest       = prometheus.NewDesc("personae_jobs_oldest_seconds", "Time since the oldest job that is not done was added.", []string{"kind"}, nil)
	failedDrafts = prometheus.NewDesc("personae_drafts_failed", "Drafts that failed for good and wait until a person asks for them again.", nil, nil)
	failedScores = prometheus.NewDesc("personae_scores_failed", "Scores that failed for good and wait until a person asks for them again.", nil, nil)
)

// backlog counts the jobs when somebody asks, and remembers it for a while. While
// the database does not tell, it gives nothing: old numbers would look well.
type backlog struct {
	db    *postgres.DB
	log   *slog.Logger
	mu    sync.Mutex
	begun time.Time
	known bool
	kinds map[string]bool // ever seen, so that a number falls to 0 and does not vanish
	found postgres.Backlog
}

func (b *backlog) Describe(to chan<- *prometheus.Desc) {
	to <- jobs
	to <- oldest
	to <- failedDrafts
	to <- failedScores
}

func (b *backlog) Collect(to chan<- prometheus.Metric) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.begun) >= backlogEvery {
		b.begun = time.Now()
		b.count()
	}
	if !b.known {
		return
	}
	number := map[[2]string]int{}
	age := map[string]time.Duration{}
	for _, j := range b.found.Jobs {
		b.kinds[j.Kind] = true
		number[[2]string{j.Kind, j.State}] = j.Jobs
		age[j.Kind] = max(age[j.Kind], j.Oldest)
	}
	for kind := range b.kinds {
		for _, state := range postgres.JobStates() {
			to <- prometheus.MustNewConstMetric(jobs, prometheus.GaugeValue, float64(number[[2]string{kind, state}]), kind, state)
		}
		to <- prometheus.MustNewConstMetric(oldest, prometheus.GaugeValue, age[kind].Seconds(), kind)
	}
	to <- prometheus.MustNewConstMetric(failedDrafts, prometheus.GaugeValue, float64(b.found.FailedDrafts))
	to <- prometheus.MustNewConstMetric(failedScores, prometheus.GaugeValue, float64(b.found.FailedScores))
}

func (b *backlog) count() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var err error
	if b.found, err = b.db.Backlog(ctx); err != nil {
		b.log.Error("the jobs could not be counted", "error", err)
	}
	b.known = err == nil
}
