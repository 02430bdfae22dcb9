package api

import (
	"context"
	"crypto/sha256"
	"fmt"
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
// nothing and gets the same answer; nil: it has no name. It fails with an
// InvalidError.
func onlyOnce(r *http.Request, body []byte) (*postgres.IdempotentRequest, error) {
	sent := r.Header.Values(onceHeader)
	if len(sent) == 0 || r.Method != http.MethodPost {
		return nil, nil
	}
	key := sent[0]
	if len(sent) > 1 || key == "" || len(key) > onceKeyLimit ||
		strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, invalid("", fmt.Sprintf("Send one %s of at most %d letters, digits and signs of ASCII", onceHeader,
			onceKeyLimit))
	}
	name := sha256.Sum256([]byte(key))
	request := sha256.Sum256(fmt.Appendf(nil, "%s %s\n%s", r.Method, r.URL.RequestURI(), body))
	return &postgres.IdempotentRequest{KeyHash: name[:], RequestHash: request[:]}, nil
}

// asOnce answers a request that changes nothing: ask fills data, unless the same
// request was answered before under its key.
func (a *API) asOnce(ctx context.Context, access postgres.Access, data any, ask func() error) error {
	if found, err := a.DB.ReplayAnswer(ctx, access, data); found || err != nil {
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	// A model may have taken longer than the request's own time.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), SendTime)
	defer cancel()
	return a.DB.RememberAnswer(ctx, access, data)
}
