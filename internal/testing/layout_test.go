// Package testing_test checks the shape of the code: which package may import
// which, and that the documents name what is there.
package testing_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	module  = "personae/"
	root    = "../.."
	helpers = "internal/testing/"
)

// layers are all packages but the helpers of tests, from the top down. A package
// imports only packages that stand in a line below its own.
var layers = [][]string{
	{"cmd/personae", "tools/mutate", "tools/templates", "tools/performance", "tools/licenses", "examples/sender", "examples/mailbox"},
	{"web"},
	{"web/api", "internal/jobs"},
	{"web/problem", "internal/metrics"},
	{"views", "internal/postgres", "internal/localpg"},
	{"internal/personafile", "internal/workspacefile", "internal/leadfile", "internal/drafting", "internal/scoring", "internal/origin", "internal/webhook",
		"internal/mail"},
	{"internal/strictjson", "internal/llm"},
	{"internal/auth", "internal/seal", "internal/config", "internal/tracing", "static", "migrations"},
	// The nouns: what is talked about. They know nothing of how it is stored, shown or sent.
	{"internal/audit"},
	{"internal/lead"},
	{"internal/persona"},
	{"internal/language"},
	{"internal/access"},
	{"internal/i18n"},
}

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	GoFiles    []string
	Imports    []string
}

// packages returns the packages of this module that have code, by their folder.
func packages(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,GoFiles,Imports", "./...")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string]pkg{}
	for list := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			found[strings.TrimPrefix(p.ImportPath, module)] = p
		}
	}
}

func TestImportsRunOneWay(t *testing.T) {
	line := map[string]int{}
	for i, layer := range layers {
		for _, name := range layer {
			line[name] = i
		}
	}
	all := packages(t)
	for name := range line {
		if _, ok := all[name]; !ok {
			t.Errorf("layers name %s, which is not there", name)
		}
	}
	for name, p := range all {
		if strings.HasPrefix(name, helpers) {
			continue
		}
		own, ok := line[name]
		if !ok {
			t.Errorf("%s stands in no line of layers: say where it belongs", name)
			continue
		}
		for _, path := range p.Imports {
			imported, ours := strings.CutPrefix(path, module)
			if !ours {
				continue
			}
			if strings.HasPrefix(imported, helpers) {
				t.Errorf("%s imports %s, which only tests may", name, imported)
			} else if below, ok := line[imported]; ok && below <= own {
				t.Errorf("%s imports %s, which does not stand below it", name, imported)
			}
		}
	}
}

// tree is the list of packages in the architecture page: a line each, its path first.
var tree = regexp.MustCompile("(?s)## Packages.*?```\n(.*?)```")

func TestTheArchitecturePageNamesEveryPackage(t *testing.T) {
	page, err := os.ReadFile(root + "/docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	match := tree.FindSubmatch(page)
	if match == nil {
		t.Fatal("docs/architecture.md has no list of packages")
	}
	all := packages(t)
	var order []string // of the page
	for entry := range strings.Lines(string(match[1])) {
		name := strings.Fields(entry)[0]
		order = append(order, name)
		if _, ok := all[name]; !ok {
			t.Errorf("docs/architecture.md names %s, which is not there", name)
		}
		delete(all, name)
	}
	for name := range all {
		t.Errorf("docs/architecture.md does not name %s", name)
	}
	var want []string
	for _, layer := range layers {
		want = append(want, layer...)
	}
	order = slices.DeleteFunc(order, func(name string) bool { return strings.HasPrefix(name, helpers) })
	if !slices.Equal(order, want) {
		t.Errorf("the page lists packages in another order than layers:\n%v\n%v", order, want)
	}
}

// named is a file or folder of ours in backticks, such as `web/routes.go`, and
// link what a Markdown link leads to.
var (
	named = regexp.MustCompile("`((?:cmd|docs|examples|internal|migrations|static|tools|views|web)/[\\w./-]+)`")
	link  = regexp.MustCompile(`\]\(([^)#]+)`)
)

func TestTheDocumentsNameWhatIsThere(t *testing.T) {
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git" ||
			path == filepath.Join(root, "data")) {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" || entry.Name() == "CHANGELOG.md" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range named.FindAllSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, string(m[1]))); err != nil {
				t.Errorf("%s names %s, which is not there", path, m[1])
			}
		}
		for _, m := range link.FindAllSubmatch(text, -1) {
			to := string(m[1])
			if strings.Contains(to, "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), to)); err != nil {
				t.Errorf("%s leads to %s, which is not there", path, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
