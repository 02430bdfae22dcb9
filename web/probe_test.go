package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAProbeThatGivesUpIsNoFaultOfTheDatabase(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	left, leave := context.WithCancel(t.Context())
	leave()
	for _, path := range []string{"/readyz", "/livez"} {
		s.server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(left, http.MethodGet, path, nil))
	}
	s.log.HoldsNone(t, "level=WARN", "level=ERROR", "does not answer")
}
