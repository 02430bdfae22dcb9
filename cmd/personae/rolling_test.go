package main

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"personae/internal/testing/dbtest"
)

// pair is two instances behind a balancer that asks for /readyz.
type pair struct {
	sync.RWMutex
	instances [2]*process
	ready     [2]bool
	next      atomic.Int64
}

// at returns an instance that is said to be ready.
func (p *pair) at() *process {
	p.RLock()
	defer p.RUnlock()
	n := int(p.next.Add(1)) % 2
	if !p.ready[n] {
		n = 1 - n
	}
	return p.instances[n]
}

// look asks an instance whether it is ready.
func (p *pair) look(n int) {
	p.RLock()
	instance := p.instances[n]
	p.RUnlock()
	ready := instance != nil && instance.status("/readyz") == http.StatusOK
	p.Lock()
	p.ready[n] = ready
	p.Unlock()
}

// TestARollingRestartLosesNoRequest restarts one instance after the other under clients.
func TestARollingRestartLosesNoRequest(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	run := func() *process {
		p := start(t, "PERSONAE_DATABASE_URL="+d.URL)
		go func() { _, _ = io.Copy(io.Discard, p.output) }()
		return p
	}
	p := &pair{instances: [2]*process{run(), run()}}
	stop := make(chan struct{})
	var all sync.WaitGroup
	for n := range 2 {
		p.look(n)
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(100 * time.Millisecond):
					p.look(n)
				}
			}
		})
	}
	var asked, lost atomic.Int64
	for range 4 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
				}
				asked.Add(1)
				if status := p.at().status("/login"); status != http.StatusOK {
					lost.Add(1)
					t.Errorf("a request was answered %d", status)
				}
			}
		})
	}
	for n := range 2 {
		if err := p.instances[n].Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		p.instances[n].ends("it was told to")
		fresh := run()
		p.Lock()
		p.instances[n] = fresh
		p.Unlock()
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			p.RLock()
			ready := p.ready[n]
			p.RUnlock()
			if ready {
				break
			}
		}
	}
	close(stop)
	all.Wait()
	t.Logf("%d requests, %d lost", asked.Load(), lost.Load())
}
