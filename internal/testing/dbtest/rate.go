package dbtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Spent is what calls took.
type Spent struct {
	Time time.Duration
	// CPU of this process, which is client and server, and of the PostgreSQL of this test
	// binary. It depends far less than Time on what else the machine does.
	CPU time.Duration
	// Database is PostgreSQL's part of CPU.
	Database time.Duration
}

// Add returns both together.
func (s Spent) Add(more Spent) Spent {
	return Spent{s.Time + more.Time, s.CPU + more.CPU, s.Database + more.Database}
}

// Measure returns what do spends.
func Measure(do func()) Spent {
	database := ProcessorTime(postmaster) // first and last, as to look takes time of its own
	start, own := time.Now(), ownTime()
	do()
	took := Spent{Time: time.Since(start), CPU: ownTime() - own}
	took.Database = ProcessorTime(postmaster) - database
	took.CPU += took.Database
	return took
}

// ownTime returns the processor time that this process took so far.
func ownTime() time.Duration {
	var own syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	return time.Duration(own.Utime.Nano() + own.Stime.Nano())
}

// ProcessorTime returns the processor time that a process, and all that it started, took so far, as
// Linux tells it. Of what ended meanwhile it is known to hundredths of a second.
func ProcessorTime(pid int) (total time.Duration) {
	parents := map[string]string{}
	processes, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, p := range processes {
		stat, _ := os.ReadFile(p)
		if _, rest, found := strings.Cut(string(stat), ") "); found {
			fields, id := strings.Fields(rest), filepath.Base(filepath.Dir(p))
			parents[id] = fields[1]
			if id == strconv.Itoa(pid) {
				total = ended(fields)
			}
		}
	}
	for p := range parents {
		for above := p; above != ""; above = parents[above] {
			if above == strconv.Itoa(pid) {
				total += threads(p)
				break
			}
		}
	}
	return total
}

// ended returns what those took that a process started and that ended, as its stat has it, in hundredths of a second.
func ended(stat []string) time.Duration {
	user, _ := strconv.ParseInt(stat[13], 10, 64)
	system, _ := strconv.ParseInt(stat[14], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// threads returns what all threads of a process took.
func threads(pid string) (total time.Duration) {
	all, _ := filepath.Glob("/proc/" + pid + "/task/*/schedstat")
	for _, thread := range all {
		spent, _ := os.ReadFile(thread)
		ns, _, _ := strings.Cut(string(spent), " ")
		n, _ := strconv.ParseInt(ns, 10, 64)
		total += time.Duration(n)
	}
	return total
}

// Clients has so many clients call act from one call to before another, each
// its next call when the one before is done, and returns what that took. act
// takes the client, counted from 0, and the call.
func Clients(b *testing.B, from, to, clients int, act func(client, call int) error) Spent {
	b.Helper()
	var next atomic.Int64
	next.Store(int64(from))
	return Measure(func() {
		var all sync.WaitGroup
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
	})
}

// Compare measures what act does and the baseline, in turns, so that whatever
// else the machine does meets both. A line of a benchmark then says what Report does.
func Compare(b *testing.B, clients int, baseline string, bare, act func(client, call int) error) {
	b.Helper()
	const turns = 10
	var took, against Spent
	b.StopTimer()
	b.ResetTimer()
	for turn := range turns {
		from, to := b.N*turn/turns, b.N*(turn+1)/turns
		against = against.Add(Clients(b, from, to, clients, bare))
		b.StartTimer()
		took = took.Add(Clients(b, from, to, clients, act))
		b.StopTimer()
	}
	Report(b, baseline, took, against)
}

// Report reports the calls a second, the processor time of one, PostgreSQL's part of it, and
// how many times as much of it one takes as the baseline.
func Report(b *testing.B, baseline string, took, against Spent) {
	b.ReportMetric(0, "ns/op") // it says nothing of several clients
	b.ReportMetric(float64(b.N)/took.Time.Seconds(), "per-s")
	b.ReportMetric(took.CPU.Seconds()*1000/float64(b.N), "cpu-ms")
	b.ReportMetric(took.Database.Seconds()*1000/float64(b.N), "pg-ms")
	b.ReportMetric(float64(took.CPU)/float64(against.CPU), "cpu-x-"+baseline)
}
