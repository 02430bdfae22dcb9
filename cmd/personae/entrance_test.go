package main

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"personae/internal/testing/dbtest"
)

func TestAStartingConsoleLivesIsNotReadyAndLetsRequestsWait(t *testing.T) {
	t.Parallel()
	n := &entrance{opened: make(chan struct{})}
	server := httptest.NewServer(n)
	t.Cleanup(server.Close)
	answer := func(path string) string {
		response, err := http.Get(server.URL + path)
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		return response.Status + " " + string(body)
	}
	if got := answer("/livez"); got != "200 OK alive\n" {
		t.Error(got)
	}
	if got := answer("/readyz"); !strings.HasPrefix(got, "503 ") {
		t.Error(got)
	}
	waited := make(chan string)
	go func() { waited <- answer("/login") }()
	select {
	case got := <-waited:
		t.Error("answered before the console was there: " + got)
	default:
	}
	n.open(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "console at "+r.URL.Path) }))
	for _, got := range []string{<-waited, answer("/livez"), answer("/readyz")} {
		if !strings.Contains(got, "200 OK console at /") {
			t.Error(got)
		}
	}
}

// process is the program in a process of its own.
type process struct {
	*exec.Cmd
	t      *testing.T
	url    string
	output io.ReadCloser // what it prints: nothing more is read
}

func start(t *testing.T, env ...string) *process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(program, "serve"), t: t}
	p.Env = append(append(os.Environ(), env...), asServer+"=1", "PERSONAE_SERVER_ADDR=127.0.0.1:0", "GOCOVERDIR="+t.TempDir())
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stdout, p.Stderr, p.output = write, write, read
	if _, err := p.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	t.Cleanup(func() { _, _ = p.Process.Kill(), read.Close() })
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), "personae is ready: "); found {
			p.url = url
			return p
		}
	}
	t.Fatal("it did not get ready")
	return nil
}

// status returns the status of a page; 0: none.
func (p *process) status(path string) int {
	request, _ := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+path, nil)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// ends fails unless the process ends well.
func (p *process) ends(why string) {
	p.t.Helper()
	if err := p.Wait(); err != nil {
		p.t.Errorf("%s: %v", why, err)
	}
}

func TestAConsoleWithoutATerminalOrAReaderEndsInOrder(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	closed := start(t, "PERSONAE_DATABASE_URL="+d.URL)
	if err := closed.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if signal.Ignored(syscall.SIGHUP) { // the tests run under nohup, and so does this
		if got := closed.status("/livez"); got != http.StatusOK {
			t.Errorf("it ended under nohup: /livez is %d", got)
		}
		_ = closed.Process.Signal(syscall.SIGTERM)
	}
	closed.ends("its terminal was closed")

	unread := start(t, "PERSONAE_DATABASE_URL="+d.URL)
	_ = unread.output.Close()
	unread.status("/workspaces") // leaves a line
	unread.ends("nobody reads its log")
}

func TestADrainingConsoleSaysSoAndStillAnswers(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	p := start(t, "PERSONAE_DATABASE_URL="+d.URL)
	go func() { _, _ = io.Copy(io.Discard, p.output) }()
	if got := p.status("/readyz"); got != http.StatusOK {
		t.Fatal(got)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for p.status("/readyz") == http.StatusOK { //nolint:revive // until it has heard
	}
	if ready, login := p.status("/readyz"), p.status("/login"); ready != http.StatusServiceUnavailable || login != http.StatusOK {
		t.Errorf("while it drains, /readyz answers %d and /login %d", ready, login)
	}
	p.ends("it was told to")
}
