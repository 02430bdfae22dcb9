package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"personae/internal/persona"
	"personae/internal/postgres"
)

// FuzzIdempotencyKey: a key is refused in words, or names one request alone.
func FuzzIdempotencyKey(f *testing.F) {
	f.Add("k", "", []byte("{}"))
	f.Add("", "k", []byte{})
	f.Add(strings.Repeat("k", 256), "\x7f", []byte("é"))
	f.Fuzz(func(t *testing.T, key, other string, body []byte) {
		read := func(key string, body []byte) (*postgres.IdempotentRequest, error) {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x", nil)
			request.Header[onceHeader] = []string{key}
			return onlyOnce(request, body)
		}
		a, err := read(key, body)
		if err != nil && !errors.As(err, new(*persona.InvalidError)) {
			t.Errorf("refused without words: %v", err)
		}
		if (err == nil) != (a != nil) || err == nil && (key == "" || len(key) > 255) {
			t.Fatalf("%q: %v", key, err)
		}
		b, err := read(other, append(body, 'x'))
		if a == nil || err != nil {
			return
		}
		if (string(a.KeyHash) == string(b.KeyHash)) != (key == other) || string(a.RequestHash) == string(b.RequestHash) {
			t.Errorf("%q and %q are told apart wrongly", key, other)
		}
	})
}
