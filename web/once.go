package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"

	"personae/internal/postgres"
)

const (
	onceHeader     = "Idempotency-Key"
	replayedHeader = "Idempotent-Replayed"
	onceKeyLimit   = 255
)

// onlyOnce reads what a program calls its POST, so that sending it again does
// nothing and gets the same answer.
func (c *call) onlyOnce() error {
	sent := c.Request().Header.Values(onceHeader)
	if len(sent) == 0 || c.Request().Method != http.MethodPost {
		return nil
	}
	key := sent[0]
	if len(sent) > 1 || key == "" || len(key) > onceKeyLimit || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return invalid("", fmt.Sprintf("Send one %s of at most %d letters, digits and signs of ASCII", onceHeader, onceKeyLimit))
	}
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return err
	}
	c.Request().Body = io.NopCloser(bytes.NewReader(body))
	name := sha256.Sum256([]byte(key))
	request := sha256.Sum256(fmt.Appendf(nil, "%s %s\n%s", c.Request().Method, c.Request().URL.RequestURI(), body))
	c.once = &postgres.IdempotentRequest{KeyHash: name[:], RequestHash: request[:]}
	c.access = c.access.Idempotent(c.once)
	return nil
}

// asOnce answers a request that changes nothing: ask fills answer, unless the
// same request was answered before under its key.
func (s *Server) asOnce(c *call, answer any, ask func() error) error {
	if found, err := s.DB.ReplayAnswer(c.ctx(), c.access, answer); found || err != nil {
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	// A model may have taken longer than the request's own time.
	ctx, cancel := context.WithTimeout(c.patience(), sendTime)
	defer cancel()
	return s.DB.RememberAnswer(ctx, c.access, answer)
}
