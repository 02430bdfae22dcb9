package web

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/web/problem"
)

// triesNoted is how many tries may wait to be noted in the trails of accounts.
const triesNoted = 20

// trail logs what happened to an account, with who it is, where that is known, and a
// keyed hash of the address that it came from: one may compare them, and read none.
func (s *Server) trail(c *call, user uuid.UUID, action access.AccountAction) {
	s.trailOf(c)(user, action)
}

// trailOf returns trail for when the call is over.
func (s *Server) trailOf(c *call) func(user uuid.UUID, action access.AccountAction) {
	ctx := context.WithoutCancel(c.Request().Context())
	id, from := requestID(c), hex.EncodeToString(s.bucket("trail", network(c.RealIP()))[:8])
	return func(user uuid.UUID, action access.AccountAction) {
		event, outcome, _ := strings.Cut(string(action), ".")
		who := ""
		if user != uuid.Nil {
			who = user.String()
		}
		s.Log.InfoContext(ctx, "account", "requestId", id, "userId", who, "event", event, "outcome", outcome,
			"fromHash", from)
	}
}

// tried logs a try that failed, and has it noted in the account's trail after the
// answer: that must take as long for an address that nobody has. A flood is noted as far
// as there is room, and logged in full.
func (s *Server) tried(c *call, user uuid.UUID, action access.AccountAction) {
	s.trail(c, user, action)
	if user == uuid.Nil {
		return
	}
	select {
	case s.tries <- struct{}{}:
	default:
		return
	}
	id, agent := requestID(c), agentWords(c.Request().UserAgent())
	s.sending.Go(func() {
		defer func() { <-s.tries }()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.DB.NoteAccountTry(ctx, user, action, agent); err != nil {
			s.Log.Error("a try could not be noted", "requestId", id, "userId", user, "error", err)
		}
	})
}

// throttledTry is tried for what throttle refused, and returns err.
func (s *Server) throttledTry(c *call, user uuid.UUID, action access.AccountAction, err error) error {
	if errors.As(err, new(*problem.ThrottledError)) {
		s.tried(c, user, action)
	}
	return err
}
