// Package metrics tells Prometheus how the server does: how many requests, how
// long they take, how the database is used and whether every rule holds. There
// are no names, ids or words in it.
package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"personae/internal/postgres"
)

// checkEvery is how often the rules are checked at most, however often somebody
// asks: it reads every workspace.
const checkEvery = time.Minute

// Metrics counts what the server does. Make one with New.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	health   *health
}

// New gives Metrics of a server on db; version and commit say which program it is.
func New(db *postgres.DB, log *slog.Logger, version, commit string) *Metrics {
	m := &Metrics{
		health:   &health{db: db, log: log},
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "personae_request_seconds",
			Help: "Time that requests took, by method, route and status.", Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}},
			[]string{"method", "route", "status"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "personae_build_info", Help: "Always 1; the labels say which build it is.",
		ConstLabels: prometheus.Labels{"version": version, "commit": commit}})
	build.Set(1)
	m.registry.MustRegister(m.requests, build, pools{db}, m.health,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// methods are those that routes have; whatever else somebody sends is one more,
// so that nobody outside can make labels.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}

// Request counts a request to a route of the table; empty: to none.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	if !slices.Contains(methods, method) {
		method = "other"
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
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
