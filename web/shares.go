package web

import (
	"context"
	"sync"
	"time"

	"personae/web/api"
	"personae/web/problem"
)

// shares lets each workspace, and each person or program, have only so many requests
// under way at once, so that none of them can keep the connections from all others.
// A request that is one too many waits for its turn.
type shares struct {
	most  int // requests under way
	mu    sync.Mutex
	taken map[string]*share
}

// share is what one of them has under way or waiting.
type share struct {
	places   chan struct{}
	requests int
}

const (
	shareWait  = 2 * time.Second
	shareQueue = 100 // requests that wait
)

func newShares(most int) *shares { return &shares{most: most, taken: map[string]*share{}} }

// take waits for a place of each owner and returns what gives them back. It fails with
// problem.ErrCrowded where there is none for long, or too many wait already.
func (s *shares) take(ctx context.Context, owners ...string) (giveBack func(), err error) {
	until := time.Now().Add(shareWait)
	var had []string
	giveBack = func() {
		for _, owner := range had {
			s.leave(owner, true)
		}
	}
	for _, owner := range owners {
		if !s.enter(ctx, owner, until) {
			giveBack()
			return nil, problem.ErrCrowded
		}
		had = append(had, owner)
	}
	return giveBack, nil
}

func (s *shares) enter(ctx context.Context, owner string, until time.Time) bool {
	s.mu.Lock()
	of := s.taken[owner]
	if of == nil {
		of = &share{places: make(chan struct{}, s.most)}
		s.taken[owner] = of
	}
	full := of.requests >= s.most+shareQueue
	if !full {
		of.requests++
	}
	s.mu.Unlock()
	if full {
		return false
	}
	select {
	case of.places <- struct{}{}:
		return true
	default: // only who waits needs a clock
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	select {
	case of.places <- struct{}{}:
		return true
	case <-ctx.Done():
		s.leave(owner, false)
		return false
	}
}

func (s *shares) leave(owner string, placed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of := s.taken[owner]
	if placed {
		<-of.places
	}
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

// takeShare has the call wait for its turn. What it returns gives its places back,
// which api.StepAside does before.
func (s *Server) takeShare(c *call) (giveBack func(), err error) {
	if giveBack, err = s.shares.take(c.ctx(), s.owners(c)...); err != nil {
		return nil, err
	}
	giveBack = sync.OnceFunc(giveBack)
	c.Set(patienceKey, api.WithStepAside(c.patience(), giveBack))
	c.SetRequest(c.Request().WithContext(api.WithStepAside(c.ctx(), giveBack)))
	return giveBack, nil
}
