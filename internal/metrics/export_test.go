package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Registered returns what m collects.
func Registered(m *Metrics) prometheus.Collector { return m.registry }

// Forget has the next scrape check the rules and count the jobs again.
func Forget(m *Metrics) { m.health.begun, m.backlog.begun = time.Time{}, time.Time{} }
