// Package static holds what the browser loads besides the pages: our style
// sheet, icon and scripts, and where Node was there to build it, htmx. Each file is
// served under a name that holds a hash of its bytes, so it may be kept for
// ever and changes its address when it changes.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Prefix is the path under which Handler serves every file.
const Prefix = "/static/"

//go:embed files
var files embed.FS

type file struct {
	contentType  string
	body, zipped []byte
}

type build struct {
	paths  map[string]string // "app.css" → "/static/app.0a1b2c3d.css"
	served map[string]file   // by that path
}

// load reads the embedded files once. They are part of the binary, so a file
// that cannot be read is a broken build.
var load = sync.OnceValue(func() build {
	b := build{paths: map[string]string{}, served: map[string]file{}}
	entries, err := files.ReadDir("files")
	if err != nil {
		panic(err)
	}
	for _, entry := range entries {
		name := entry.Name()
		contentType, ok := contentTypes()[path.Ext(name)]
		if !ok {
			continue
		}
		body, err := fs.ReadFile(files, "files/"+name)
		if err != nil {
			panic(err)
		}
		ext := path.Ext(name)
		if ext == ".css" {
			body = remarks.ReplaceAll(body, nil)
		}
		sum := sha256.Sum256(body)
		hashed := Prefix + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:4]) + ext
		b.paths[name] = hashed
		b.served[hashed] = file{contentType, body, zip(body)}
	}
	return b
})

// remarks matches what of a style sheet only we read: comments and indents.
var remarks = regexp.MustCompile(`(?s)/\*.*?\*/|(?m)^\s+`)

// zip compresses as far as it goes, which is worth it because it is done once.
func zip(body []byte) []byte {
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(body)
	}
	if err != nil || w.Close() != nil {
		panic("static: a file cannot be compressed")
	}
	return zipped.Bytes()
}

// contentTypes does not ask the machine's MIME tables, which differ.
func contentTypes() map[string]string {
	return map[string]string{
		".css": "text/css; charset=utf-8",
		".js":  "text/javascript; charset=utf-8",
		".svg": "image/svg+xml",
	}
}

// Path returns the URL of a file, such as "/static/app.0a1b2c3d.css" for
// "app.css". It is "" when the file is not in this build: "htmx.js" is missing
// where the build had no Node, and the pages work without it.
func Path(name string) string { return load().paths[name] }

// Handler serves every file under its hashed name, for ever fresh. It expects
// the whole path, Prefix included; any other path is not found.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := load().served[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET and HEAD are possible here.", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", f.contentType)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		body := f.body
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			body = f.zipped
		}
		w.Header().Set("Vary", "Accept-Encoding")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}
