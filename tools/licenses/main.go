// Command licenses writes the licences of everything that is built into personae.
//
//	go run ./tools/licenses FILE.gz
//
// It fails where something has none. The texts come from the module cache, the Go
// installation and node_modules, and are nowhere in this repository.
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "licenses: name the file to write")
		os.Exit(2)
	}
	if err := write(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "licenses:", err)
		os.Exit(1)
	}
}

// part is something that is built in.
type part struct{ name, dir string }

func write(ctx context.Context, file string) error {
	parts, err := modules(ctx)
	if err != nil {
		return err
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	parts = append([]part{{"personae", "."}, {"Go", strings.TrimSpace(string(root))}}, parts...)
	if _, err := os.Stat("static/files/htmx.js"); err == nil {
		parts = append(parts, part{"htmx.org", "static/node_modules/htmx.org"})
	}
	var out bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, p := range parts {
		text, err := p.texts()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(zipped, "==== %s\n\n%s\n", p.name, text); err != nil {
			return err
		}
	}
	if err := zipped.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644) //nolint:gosec // anybody may read it
}

// modules lists those whose packages are in the program, on any system that it is built for.
func modules(ctx context.Context) ([]part, error) {
	found := map[string]string{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}",
			"./cmd/personae")
		cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0", "GOFLAGS=-buildvcs=false")
		cmd.Stderr = os.Stderr
		list, err := cmd.Output()
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(list)) {
			if name, dir, is := strings.Cut(strings.TrimSpace(line), "\t"); is {
				found[name] = dir
			}
		}
	}
	var parts []part
	for name, dir := range found {
		parts = append(parts, part{name, dir})
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.name, b.name) })
	return parts, nil
}

var licence = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|notice|patents|copyright)`)

// texts returns all that a part says of its licence.
func (p part) texts() (string, error) {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.name, err)
	}
	var texts []string
	for _, entry := range entries {
		if entry.IsDir() || !licence.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(p.dir, entry.Name()))
		if err != nil {
			return "", err
		}
		texts = append(texts, string(text))
	}
	if len(texts) == 0 {
		return "", errors.New(p.name + " has no licence in " + p.dir)
	}
	return strings.Join(texts, "\n"), nil
}
