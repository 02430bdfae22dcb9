package dbtest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Rate has so many clients call act n times between them, each its next call
// when the one before is done, and gives the calls a second. act takes the
// client and the call, both counted from 0.
func Rate(b *testing.B, n, clients int, act func(client, call int) error) float64 {
	b.Helper()
	var all sync.WaitGroup
	var next atomic.Int64
	start := time.Now()
	for client := range clients {
		all.Go(func() {
			for call := int(next.Add(1)) - 1; call < n; call = int(next.Add(1)) - 1 {
				if err := act(client, call); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(start).Seconds()
}

// Compare measures what act does and, in the same run, the baseline: a line of
// a benchmark has the calls a second, and how many times as many the baseline
// does in that time.
func Compare(b *testing.B, clients int, baseline string, bare, act func(client, call int) error) {
	b.Helper()
	rate := Rate(b, b.N, clients, act)
	b.StopTimer()
	against := Rate(b, b.N, clients, bare)
	b.ReportMetric(0, "ns/op") // it says nothing of several clients
	b.ReportMetric(rate, "per-s")
	b.ReportMetric(against/rate, "x-"+baseline)
}
