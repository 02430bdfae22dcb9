package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
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

// formOnce makes a form that was sent twice, by a double click, be done once: the
// page gave it a name of its own. The same form with other words is another.
func (c *call) formOnce() {
	form := c.Request().PostForm
	if form.Get("once") == "" {
		return
	}
	sum := sha256.Sum256([]byte(c.Request().URL.Path + "\x00" + form.Encode()))
	c.once = &postgres.Once{Key: sum[:], Request: sum[:]}
	c.access = c.access.Once(c.once)
}

// newSecret gives a secret that is shown once. The same form gives the same one, so
// that who sends it twice copies what is in force, whichever answer the browser
// shows, and nothing needs to keep it for that. It takes both our key and the name
// of the form, which is stored nowhere, to make it again.
func (s *Server) newSecret(c *call, prefix string) (string, error) {
	form := c.Request().PostForm
	if form.Get("once") == "" {
		id, err := newID()
		return prefix + id, err
	}
	mac := hmac.New(sha256.New, s.Key)
	fmt.Fprintf(mac, "secret\x00%s\x00%s\x00%s", c.visit.User(), c.Request().URL.Path, form.Encode())
	return prefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

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
	c.once = &postgres.Once{Key: name[:], Request: request[:]}
	c.access = c.access.Once(c.once)
	return nil
}

// asOnce answers a request that changes nothing: ask fills answer, unless the
// same request was answered before under its key.
func (s *Server) asOnce(c *call, answer any, ask func() error) error {
	if found, err := s.DB.Answered(c.ctx(), c.access, answer); found || err != nil {
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	// A model may have taken longer than the request's own time.
	ctx, cancel := context.WithTimeout(c.patience(), sendTime)
	defer cancel()
	return s.DB.KeepAnswer(ctx, c.access, answer)
}
