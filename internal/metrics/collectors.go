package metrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"personae/internal/postgres"
)

// checkEvery is how often the rules are checked at most, however often somebody
// asks: it reads every workspace. A check that takes long waits restFor times as long.
const (
	checkEvery = time.Minute
	restFor    = 20
)

// backlogEvery is how often the jobs are counted at most.
const backlogEvery = 5 * time.Second

var (
	poolSize = prometheus.NewDesc("personae_db_connections", "Connections to the database, by pool and state.",
		[]string{"pool", "state"}, nil)
	poolMax = prometheus.NewDesc("personae_db_connections_max", "Connections that a pool may have.",
		[]string{"pool"}, nil)
	poolWaits = prometheus.NewDesc("personae_db_waits_total", "Times that something had to wait for a connection.",
		[]string{"pool"}, nil)
	poolWaited = prometheus.NewDesc("personae_db_wait_seconds_total", "Time waited for connections.",
		[]string{"pool"}, nil)
)

// pools reads the connection pools when somebody asks.
type pools struct{ db *postgres.DB }

// Describe describes the numbers of the pools.
func (p pools) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(p, to) }

// Collect reads the pools.
func (p pools) Collect(to chan<- prometheus.Metric) {
	for _, pool := range p.db.Pools() {
		gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
			to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, append([]string{pool.Name}, labels...)...)
		}
		gauge(poolSize, float64(pool.AcquiredConns()), "used")
		gauge(poolSize, float64(pool.IdleConns()), "idle")
		gauge(poolMax, float64(pool.MaxConns()))
		to <- prometheus.MustNewConstMetric(poolWaits, prometheus.CounterValue, float64(pool.EmptyAcquireCount()), pool.Name)
		to <- prometheus.MustNewConstMetric(poolWaited, prometheus.CounterValue,
			pool.EmptyAcquireWaitTime().Seconds(), pool.Name)
	}
}

var (
	broken = prometheus.NewDesc("personae_invariants_broken", "Places where a rule does not hold, by rule. Always 0.",
		[]string{"rule"}, nil)
	checked = prometheus.NewDesc("personae_invariants_checked_timestamp_seconds",
		"When the rules were last checked to the end.", nil, nil)
)

// health checks every rule when somebody asks, and remembers it for a while. A
// check that fails keeps what was found last; that it grows old shows it.
type health struct {
	db      *postgres.DB
	log     *slog.Logger
	mu      sync.Mutex
	begun   time.Time
	took    time.Duration
	checked time.Time
	found   map[string]int
}

// Describe describes the numbers of the rules.
func (h *health) Describe(to chan<- *prometheus.Desc) {
	to <- broken
	to <- checked
}

// Collect returns what the last check found, after one where that is old.
func (h *health) Collect(to chan<- prometheus.Metric) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if time.Since(h.begun) >= max(checkEvery, restFor*h.took) {
		h.begun = time.Now()
		h.check()
		h.took = time.Since(h.begun)
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
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
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
		h.log.Error("rules do not hold; personae doctor says which", "findings", len(findings))
	}
}

var (
	jobs = prometheus.NewDesc("personae_jobs",
		"Jobs that are not done, by kind and state, of all instances together.", []string{"kind", "state"}, nil)
	oldest = prometheus.NewDesc("personae_jobs_oldest_seconds",
		"Time since the oldest job that is not done was added.", []string{"kind"}, nil)
	failedDrafts = prometheus.NewDesc("personae_drafts_failed",
		"Drafts that could not be made and wait until a person asks for them again.", nil, nil)
	failedScores = prometheus.NewDesc("personae_scores_failed",
		"Scores that failed for good and wait until a person asks for them again.", nil, nil)
)

// backlog counts the jobs when somebody asks, and remembers it for a while. While
// the database does not answer, it returns nothing: old numbers would look well.
type backlog struct {
	db    *postgres.DB
	log   *slog.Logger
	mu    sync.Mutex
	begun time.Time
	known bool
	kinds map[string]bool // ever seen, so that a number falls to 0 and does not vanish
	found postgres.Backlog
}

// Describe describes the numbers of the jobs.
func (b *backlog) Describe(to chan<- *prometheus.Desc) {
	to <- jobs
	to <- oldest
	to <- failedDrafts
	to <- failedScores
}

// Collect returns what was counted last, after a count where that is old.
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
			to <- prometheus.MustNewConstMetric(jobs, prometheus.GaugeValue,
				float64(number[[2]string{kind, state}]), kind, state)
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
