package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// basePath returns the path below which base_url has us, such as "/personae"; empty: none.
func basePath(baseURL string) (string, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(base.Path, "/"), nil
}

// above begins the path of what is not below that of base_url. No route has it.
const above = "/-"

// below serves everything below the path of base_url. Inside, every address is as it is
// without one; the path is taken off what comes, and put before what leads to a page of
// ours. Probes are answered above it too, because they come by no proxy.
func (s *Server) below(next http.Handler) http.Handler {
	if s.path == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, below := strings.CutPrefix(r.URL.Path, s.path)
		raw, _ := strings.CutPrefix(r.URL.RawPath, s.path)
		switch {
		case r.URL.Path == "/livez", r.URL.Path == "/readyz":
			next.ServeHTTP(w, r)
			return
		case r.URL.Path == "/", r.URL.Path == s.path:
			http.Redirect(w, r, s.path+"/", http.StatusSeeOther)
			return
		case !below || path[0] != '/':
			path, raw = above+r.URL.Path, ""
		}
		inside := r.Clone(r.Context())
		inside.URL.Path, inside.URL.RawPath = path, raw
		if from, ours := strings.CutPrefix(r.Referer(), s.BaseURL); ours {
			inside.Header.Set("Referer", s.origin()+from)
		}
		next.ServeHTTP(&belowWriter{ResponseWriter: w, path: s.path}, inside)
	})
}

// origin returns base_url without its path.
func (s *Server) origin() string { return strings.TrimSuffix(s.BaseURL, s.path) }

// links returns what finds, in a page, the addresses of ours that it leads to and puts path
// before them. Words of people cannot look so: in them a quotation mark is escaped.
func links(path string) *strings.Replacer {
	var pairs []string
	for _, name := range []string{"href", "src", "action", "formaction", "hx-get", "hx-post"} {
		pairs = append(pairs, " "+name+`="/`, " "+name+`="`+path+"/")
	}
	return strings.NewReplacer(pairs...)
}

// linked returns a page with its links below the path of base_url.
func (s *Server) linked(page *bytes.Buffer) []byte {
	if s.path == "" {
		return page.Bytes()
	}
	return []byte(s.links.Replace(page.String()))
}

// belowWriter puts path before each address of ours in headers.
type belowWriter struct {
	http.ResponseWriter
	path  string
	begun bool
}

// Unwrap returns what http.ResponseController asks for.
func (w *belowWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader sends status and headers.
func (w *belowWriter) WriteHeader(status int) {
	h := w.Header()
	for _, name := range []string{echo.HeaderLocation, "HX-Redirect"} {
		if to := h.Get(name); !w.begun && strings.HasPrefix(to, "/") {
			h.Set(name, w.path+to)
		}
	}
	if link := h.Get("Link"); !w.begun && strings.HasPrefix(link, "</") {
		h.Set("Link", "<"+w.path+link[1:])
	}
	w.begun = true
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *belowWriter) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}
