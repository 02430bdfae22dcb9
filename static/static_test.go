package static_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"personae/static"
)

func get(t *testing.T, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	static.Handler().ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	return rec
}

func TestFilesAreServedUnderHashedNamesForEver(t *testing.T) {
	for name, contentType := range map[string]string{
		"app.css":     "text/css; charset=utf-8",
		"favicon.svg": "image/svg+xml",
		"page.js":     "text/javascript; charset=utf-8",
		"htmx.js":     "text/javascript; charset=utf-8",
	} {
		path := static.Path(name)
		if path == "" && name == "htmx.js" {
			t.Log("htmx.js is not in this build")
			continue
		}
		if !regexp.MustCompile(`^/static/[a-z]+\.[0-9a-f]{8}\.[a-z]+$`).MatchString(path) {
			t.Errorf("%s: path %q", name, path)
		}
		rec := get(t, http.MethodGet, path)
		if rec.Code != http.StatusOK || rec.Body.Len() == 0 {
			t.Errorf("%s: status %d, %d bytes", name, rec.Code, rec.Body.Len())
		}
		if got := rec.Header().Get("Content-Type"); got != contentType {
			t.Errorf("%s: Content-Type %q", name, got)
		}
		if got := rec.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
}

func TestOtherPathsAreNotFoundAndNotKept(t *testing.T) {
	for _, path := range []string{"/static/", "/static/app.css", "/static/app.00000000.css", "/static/../static.go",
		"/static/files/app.css"} {
		rec := get(t, http.MethodGet, path)
		if rec.Code != http.StatusNotFound {
			t.Errorf("%s: status %d", path, rec.Code)
		}
		if rec.Header().Get("Cache-Control") != "" {
			t.Errorf("%s: a missing file must not be cached", path)
		}
	}
	if static.Path("missing.css") != "" {
		t.Error("a missing file has a path")
	}
}

func TestFilesAreOnlyRead(t *testing.T) {
	if rec := get(t, http.MethodPost, static.Path("app.css")); rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", rec.Code)
	}
}

func TestTheStyleSheetStaysLight(t *testing.T) {
	rec := get(t, http.MethodGet, static.Path("app.css"))
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write(rec.Body.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if limit := 6 * 1024; zipped.Len() > limit {
		t.Errorf("app.css is %d bytes gzipped, more than %d", zipped.Len(), limit)
	}
}
