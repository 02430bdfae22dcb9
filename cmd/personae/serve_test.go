package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"personae/internal/config"
	"personae/internal/testing/dbtest"
	"personae/internal/testing/logtest"
)

// server is the program as serve runs it in this process.
type server struct {
	*testing.T
	url  string
	log  *logtest.Log
	stop func() // waits until it has ended, well or not; more than once does nothing
}

// serve runs the program until the test ends or it is stopped.
func serve(t *testing.T, env []string, flags ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{T: t, log: &logtest.Log{}}
	var out logtest.Log
	ended := make(chan int, 1)
	go func() {
		env := append(env, "PERSONAE_SERVER_ADDR=127.0.0.1:0")
		ended <- run(ctx, append([]string{"serve"}, flags...), env, strings.NewReader(""), &out, s.log)
	}()
	s.stop = sync.OnceFunc(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("exit %d: %s", code, s.log)
		}
	})
	t.Cleanup(s.stop)
	ready := regexp.MustCompile(`personae is ready: (http://\S+)`)
	s.until("it is ready", func() bool {
		select {
		case code := <-ended:
			ended <- code
			t.Fatalf("exit %d: %s", code, s.log)
		default:
		}
		return ready.MatchString(out.String())
	})
	s.url = ready.FindStringSubmatch(out.String())[1]
	return s
}

// until waits for what a server does by and by.
func (s *server) until(what string, done func() bool) {
	s.Helper()
	for deadline := time.Now().Add(60 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("not within a minute: %s\n%s", what, s.log)
		}
	}
}

// get returns the status and the body of a page.
func (s *server) get(url string) (int, string) {
	s.Helper()
	request, err := http.NewRequestWithContext(s.Context(), http.MethodGet, url, nil)
	if err != nil {
		s.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestDemoIsRefusedWhereOthersComeIn(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"ADDR=0.0.0.0:0", "ADDR=[::]:0", "ADDR=:0", "ADDR=192.0.2.1:80",
		"BASE_URL=https://console.example.com", "BASE_URL=http://192.0.2.1:8080", "TRUSTED_PROXIES=127.0.0.1"} {
		env := []string{"PERSONAE_SERVER_" + setting, "PERSONAE_DATABASE_DATA_DIR=" + t.TempDir()}
		code, _, errs := personae(t, env, "", "serve", "--demo")
		if code != 1 || !strings.Contains(errs, "public password") {
			t.Errorf("%s: exit %d: %s", setting, code, errs)
		}
	}
	for _, base := range []string{"", "http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"} {
		if err := onlyHere(config.Server{Addr: "127.0.0.1:8080", BaseURL: base}); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestDemoIsNotAddedWherePeopleAre(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Workspace(t, "Real")
	before := d.Snapshot(t)
	env := []string{"PERSONAE_DATABASE_URL=" + d.URL, "PERSONAE_SERVER_ADDR=127.0.0.1:0"}
	code, _, errs := personae(t, env, "", "serve", "--demo")
	if code != 1 || !strings.Contains(errs, "only to a database without people") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if d.Snapshot(t) != before {
		t.Error("something was added")
	}
}

// TestServeStartsStopsAndStartsAgainWithItsData runs the whole program as make
// run does, with a PostgreSQL of its own.
func TestServeStartsStopsAndStartsAgainWithItsData(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	env := []string{"PERSONAE_SERVER_METRICS_ADDR=127.0.0.1:0", "PERSONAE_DATABASE_DATA_DIR=" + dir}
	for start := range 2 {
		s := serve(t, append(env, fmt.Sprintf("PERSONAE_SERVER_PROFILES=%t", start > 0)), "--demo")
		for _, path := range []string{"/livez", "/readyz", "/login"} {
			if status, _ := s.get(s.url + path); status != http.StatusOK {
				t.Errorf("start %d: %s: status %d", start, path, status)
			}
		}
		s.servesNumbersApart(start)
		if start == 0 { // what nobody answered yet is drafted as soon as the program runs
			s.until("drafts", func() bool { return strings.Count(s.log.String(), "msg=draft personaSource=") >= 4 })
		}
		if added := strings.Contains(s.log.String(), "demo data added"); added != (start == 0) {
			t.Errorf("start %d: demo data added: %t", start, added)
		}
		_, found, _ := personae(t, env, "", "migrate", "status") // attaches to the running server
		if !strings.Contains(found, "applied") {
			t.Errorf("start %d: a second command does not reach the running database", start)
		}
		asked := "PERSONAE_SERVER_ADDR=" + strings.TrimPrefix(s.url, "http://")
		if code, _, errs := personae(t, []string{asked}, "", "ready"); code != 0 {
			t.Errorf("start %d: ready: exit %d: %s", start, code, errs)
		}
		s.stop()
		if code, _, errs := personae(t, []string{asked}, "", "ready"); code != 1 || !strings.Contains(errs, "nothing serves") {
			t.Errorf("start %d: ready when stopped: exit %d: %s", start, code, errs)
		}
	}
}

// servesNumbersApart fails unless the numbers are where the metrics are, and
// nothing else is there.
func (s *server) servesNumbersApart(start int) {
	s.Helper()
	address := regexp.MustCompile(`metrics are served.*address=(\S+)`).FindStringSubmatch(s.log.String())
	if address == nil {
		s.Fatalf("start %d: no metrics: %s", start, s.log)
	}
	status, numbers := s.get("http://" + address[1] + "/metrics")
	for _, number := range []string{
		`personae_request_seconds_count{method="GET",route="/login",status="200"} 1`,
		`personae_invariants_broken{rule="mirror"} 0`,
	} {
		if status != http.StatusOK || !strings.Contains(numbers, number) {
			s.Errorf("start %d: metrics: status %d: %s", start, status, numbers)
		}
	}
	for _, path := range []string{"/metrics", "/debug/pprof/"} {
		if status, _ := s.get(s.url + path); status != http.StatusNotFound {
			s.Errorf("start %d: %s on the public address: status %d", start, path, status)
		}
	}
	if status, _ := s.get("http://" + address[1] + "/debug/pprof/heap"); (status == http.StatusOK) != (start > 0) {
		s.Errorf("start %d: profiles: status %d", start, status)
	}
	if status, _ := s.get("http://" + address[1] + "/login"); status != http.StatusNotFound {
		s.Errorf("start %d: pages where the metrics are: status %d", start, status)
	}
}
