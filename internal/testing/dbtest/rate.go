package dbtest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Clients has so many clients call act from one call to before another, each
// its next call when the one before is done, and returns how long that took. act
// takes the client, counted from 0, and the call.
func Clients(b *testing.B, from, to, clients int, act func(client, call int) error) time.Duration {
	b.Helper()
	var all sync.WaitGroup
	var next atomic.Int64
	next.Store(int64(from))
	start := time.Now()
	for client := range clients {
		all.Go(func() {
			for call := int(next.Add(1)) - 1; call < to; call = int(next.Add(1)) - 1 {
				if err := act(client, call); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// Compare measures what act does and the baseline, in turns, so that whatever
// else the machine does meets both. A line of a benchmark then has the calls a
// second, and how many times as long one takes as the baseline.
func Compare(b *testing.B, clients int, baseline string, bare, act func(client, call int) error) {
	b.Helper()
	const turns = 10
	var took, against time.Duration
	b.StopTimer()
	b.ResetTimer()
	for turn := range turns {
		from, to := b.N*turn/turns, b.N*(turn+1)/turns
		against += Clients(b, from, to, clients, bare)
		b.StartTimer()
		took += Clients(b, from, to, clients, act)
		b.StopTimer()
	}
	Report(b, baseline, took, against)
}

// Report reports how long all calls took, and as many of the baseline.
func Report(b *testing.B, baseline string, took, against time.Duration) {
	b.ReportMetric(0, "ns/op") // it says nothing of several clients
	b.ReportMetric(float64(b.N)/took.Seconds(), "per-s")
	b.ReportMetric(float64(took)/float64(against), "x-"+baseline)
}
