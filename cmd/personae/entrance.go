package main

import (
	"net/http"
	"time"
)

// startTime is how long a request waits for a console that is starting.
const startTime = 8 * time.Second

// entrance answers at the console's address from the first moment, so that nobody takes a
// long migration for a process that hangs: /livez and /readyz at once, all else once the
// console is there.
type entrance struct {
	opened  chan struct{}
	console http.Handler // set before opened is closed
}

func (n *entrance) open(console http.Handler) {
	n.console = console
	close(n.opened)
}

func (n *entrance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	probe := r.URL.Path == "/livez" || r.URL.Path == "/readyz"
	if !probe {
		wait := time.NewTimer(startTime)
		defer wait.Stop()
		select {
		case <-n.opened:
		case <-wait.C:
		case <-r.Context().Done():
		}
	}
	select {
	case <-n.opened:
		n.console.ServeHTTP(w, r)
		return
	default:
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if r.URL.Path == "/livez" {
		_, _ = w.Write([]byte("alive\n"))
		return
	}
	w.Header().Set("Retry-After", "5")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte("personae is starting. Try again in a few seconds.\n"))
}
