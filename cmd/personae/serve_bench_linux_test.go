package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"personae/internal/testing/dbtest"
)

// BenchmarkServe builds the program and measures it as a process: how soon it is ready, with a
// PostgreSQL elsewhere and with one of its own, and what it takes idle and under 16 clients.
// Each run takes a minute, so one is enough.
func BenchmarkServe(b *testing.B) {
	program := filepath.Join(b.TempDir(), "personae")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-ldflags", "-s -w", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	own := []string{"PERSONAE_DATABASE_DATA_DIR=" + filepath.Join(b.TempDir(), "data")}
	serving(b, program, own, "--demo").end() // makes the database
	for b.Loop() {
		b.ReportMetric(median(b, program, []string{"PERSONAE_DATABASE_URL=" + dbtest.New(b).URL}), "ready-ms")
		b.ReportMetric(median(b, program, own), "ready-own-ms")
		s := serving(b, program, own)
		time.Sleep(10 * time.Second) // what starting left is collected
		const watched = 30 * time.Second
		before := s.processorTime()
		time.Sleep(watched)
		b.ReportMetric(100*(s.processorTime()-before).Seconds()/watched.Seconds(), "idle-%")
		b.ReportMetric(s.megabytes(), "idle-MB")
		b.ReportMetric(s.underLoad(), "load-MB")
		s.end()
	}
	b.ReportMetric(0, "ns/op")
}

// median returns within how many milliseconds of being started the program is ready, half of the times.
func median(b *testing.B, program string, env []string) float64 {
	b.Helper()
	took := make([]float64, 7)
	for i := range took {
		s := serving(b, program, env)
		took[i] = float64(s.ready.Microseconds()) / 1000
		s.end()
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// serves is the program while it serves.
type serves struct {
	*testing.B
	process *exec.Cmd
	url     string
	ready   time.Duration // from its start until /readyz answered 200
}

func serving(b *testing.B, program string, env []string, flags ...string) *serves {
	b.Helper()
	const address = "127.0.0.1:18465"
	s := &serves{B: b, process: exec.Command(program, append([]string{"serve"}, flags...)...), url: "http://" + address}
	s.process.Env = append(append(os.Environ(), env...), "PERSONAE_SERVER_ADDR="+address)
	begun := time.Now()
	if err := s.process.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.process.Process.Kill() })
	for ; ; time.Sleep(time.Millisecond) {
		if answer, err := http.Get(s.url + "/readyz"); err == nil { //nolint:noctx // it answers at once or not at all
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				s.ready = time.Since(begun)
				return s
			}
		}
		if time.Since(begun) > time.Minute {
			b.Fatal("it did not get ready within a minute")
		}
	}
}

func (s *serves) end() {
	s.Helper()
	_ = s.process.Process.Signal(os.Interrupt)
	if err := s.process.Wait(); err != nil {
		s.Fatal(err)
	}
}

var resident = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// megabytes returns the memory that the program holds, with the part of its file that it has read.
func (s *serves) megabytes() float64 {
	s.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	found := resident.FindSubmatch(status)
	if err != nil || found == nil {
		s.Fatal("Linux does not tell what memory it holds: ", err)
	}
	kilobytes, _ := strconv.Atoi(string(found[1]))
	return float64(kilobytes) / 1000
}

// processorTime returns what the program and the PostgreSQL that it started took so far.
func (s *serves) processorTime() time.Duration { return dbtest.ProcessorTime(s.process.Process.Pid) }

// underLoad returns the most memory, in MB, that the program held while 16 clients at once asked for pages.
func (s *serves) underLoad() float64 {
	s.Helper()
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	ask := func(ctx context.Context, method, path string, form url.Values) (string, string) {
		request, err := http.NewRequestWithContext(ctx, method, s.url+path, strings.NewReader(form.Encode()))
		if err != nil {
			s.Error(err)
			return "", ""
		}
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		if method == http.MethodPost {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer, err := client.Do(request)
		if err != nil {
			if ctx.Err() == nil {
				s.Error(err)
			}
			return "", ""
		}
		defer func() { _ = answer.Body.Close() }()
		body, _ := io.ReadAll(answer.Body)
		return string(body), answer.Request.URL.Path
	}
	ask(s.Context(), http.MethodPost, "/login", url.Values{"email": {"admin@demo.example"}, "password": {"personae-demo"}})
	page, _ := ask(s.Context(), http.MethodGet, "/workspaces", nil)
	workspace := regexp.MustCompile(`/workspaces/[0-9a-f-]{36}`).FindString(page)
	if workspace == "" {
		s.Fatal("signing in as the demo's admin shows no workspace")
	}
	ctx, stop := context.WithTimeout(s.Context(), 15*time.Second)
	defer stop()
	var all sync.WaitGroup
	for client := range 16 {
		all.Go(func() {
			for ctx.Err() == nil {
				ask(ctx, http.MethodGet, workspace+[]string{"/personas", "/campaigns", "/drafts"}[client%3], nil)
			}
		})
	}
	var most float64
	for ctx.Err() == nil {
		most = max(most, s.megabytes())
		time.Sleep(20 * time.Millisecond)
	}
	all.Wait()
	return most
}
