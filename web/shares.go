package web

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"

	"personae/web/api"
	"personae/web/problem"
)

// shares lets each workspace, and each person or program, have only so many requests
// under way at once, so that none of them can keep the connections from all others, and,
// where there are others, only so many at work that a processor is left to these. A request
// that is one too many waits for its turn, for a while: it is refused only for want of a place.
type shares struct {
	most  int // requests under way
	turns int // of which are at work
	mu    sync.Mutex
	taken map[string]*share
	last  string    // who asked last: a workspace, or else a person
	met   time.Time // when somebody else had asked before
}

// share is what one of them has under way or waiting.
type share struct {
	places   chan struct{}
	turns    chan struct{}
	requests int
}

const (
	shareWait  = 2 * time.Second
	shareQueue = 100 // requests that wait
	// A request this old most likely waits: for a lock, or for somebody who sends or reads
	// slowly. It keeps its place, and its turn is over.
	turnTime = 500 * time.Millisecond
	// Who has asked alone for as long may have all processors.
	aloneAfter = 3 * time.Second
)

// newShares returns shares of this many requests, of which all processors but one may be
// at work on an owner's, and one at least.
func newShares(most int) *shares {
	return &shares{most: most, turns: max(1, min(most, runtime.GOMAXPROCS(0)-1)), taken: map[string]*share{}}
}

// take waits for a place and a turn of each owner and returns what gives them back. It
// fails with problem.ErrCrowded where there is none for long, or too many wait already.
// The last owner is who asks.
func (s *shares) take(ctx context.Context, owners ...string) (giveBack func(), err error) {
	until := time.Now().Add(shareWait)
	var had []func()
	giveBack = func() {
		for _, leave := range had {
			leave()
		}
	}
	alone := s.alone(owners[len(owners)-1])
	for _, owner := range owners {
		leave, ok := s.enter(ctx, owner, until, alone)
		if !ok {
			giveBack()
			return nil, problem.ErrCrowded
		}
		had = append(had, leave)
	}
	return giveBack, nil
}

// alone notes that somebody asks, and reports whether nobody else has for a while.
func (s *shares) alone(who string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if who != s.last {
		s.last, s.met = who, time.Now()
	}
	return time.Since(s.met) > aloneAfter
}

func (s *shares) enter(ctx context.Context, owner string, until time.Time, alone bool) (leave func(), ok bool) {
	of := s.queue(owner)
	if of == nil {
		return nil, false
	}
	if !waitFor(ctx, of.places, until) {
		s.leave(owner)
		return nil, false
	}
	if alone || !waitFor(ctx, of.turns, until) {
		return func() {
			<-of.places
			s.leave(owner)
		}, true
	}
	end := sync.OnceFunc(func() { <-of.turns })
	late := time.AfterFunc(turnTime, end)
	return func() {
		late.Stop()
		end()
		<-of.places
		s.leave(owner)
	}, true
}

// waitFor reports whether there was room in time.
func waitFor(ctx context.Context, room chan struct{}, until time.Time) bool {
	select {
	case room <- struct{}{}:
		return true
	default: // only who waits needs a clock
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	select {
	case room <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// queue returns the owner's share with one more request, or nil where too many wait.
func (s *shares) queue(owner string) *share {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.taken[owner]
	if of == nil {
		of = &share{places: make(chan struct{}, s.most), turns: make(chan struct{}, s.turns)}
		s.taken[owner] = of
	}
	if of.requests >= s.most+shareQueue {
		return nil
	}
	of.requests++
	return of
}

func (s *shares) leave(owner string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.taken[owner]
	if of.requests--; of.requests == 0 {
		delete(s.taken, owner)
	}
}

// owners names whose places a call of the route takes: of the person or program, by
// the session or token that it shows, and of the workspace in its path.
func (s *Server) owners(c *call) []string {
	var list []string
	if text, err := bearer(c.Request()); err == nil {
		list = append(list, string(hashID(text)))
	} else if id, ok := s.sessions.id(c.Request()); ok {
		list = append(list, string(hashID(id)))
	}
	if ws, err := c.id("ws"); err == nil {
		list = append(list, ws.String())
	}
	return list
}

// takeShare has the call of a route that is not open to all wait for its turn. What it
// returns gives its places back, which api.StepAside does before.
func (s *Server) takeShare(c *call, r route) (giveBack func(), err error) {
	if r.audience == anyone {
		if r.method == http.MethodPost {
			s.shares.alone("somebody who signs in")
		}
		return func() {}, nil
	}
	s.sessions.decode(c)
	owners := s.owners(c)
	if len(owners) == 0 {
		return func() {}, nil
	}
	if giveBack, err = s.shares.take(c.ctx(), owners...); err != nil {
		return nil, err
	}
	giveBack = sync.OnceFunc(giveBack)
	c.Set(patienceKey, api.WithStepAside(c.patience(), giveBack))
	c.SetRequest(c.Request().WithContext(api.WithStepAside(c.ctx(), giveBack)))
	return giveBack, nil
}
