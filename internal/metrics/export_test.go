package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Registered gives what m collects.
func Registered(m *Metrics) prometheus.Collector { return m.registry }

// Forget has the next scrape check the rules again.
func Forget(m *Metrics) { m.health.begun = time.Time{} }
