// Package logtest is a log that a test reads while others write to it, and only
// for tests.
package logtest

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// Log holds what was written to it. The zero Log is empty.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to the log, and never fails.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String returns all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Logger returns a logger that writes lines of text to l.
func (l *Log) Logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// HoldsNone fails for each of the words that stands in the log.
func (l *Log) HoldsNone(t testing.TB, words ...string) {
	t.Helper()
	for _, word := range words {
		if strings.Contains(l.String(), word) {
			t.Errorf("the log holds %q", word)
		}
	}
}
