package views_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// straight is a typewriter's apostrophe within words, which people read as “’”.
	straight = regexp.MustCompile(`[a-z]'[a-z]{1,2}\b|[a-z]s' [a-z]`)
	sql      = regexp.MustCompile(`\b(select|interval) `)
	// forMachines hold what a model reads, and what a message is compared with.
	forMachines = []string{"internal/lead/kind.go", "internal/drafting/model.go", "internal/llm/llm.go"}
)

func TestWhatPeopleReadHasOneKindOfApostrophe(t *testing.T) {
	t.Parallel()
	read := 0
	for _, folder := range []string{"views", "web", "web/api", "web/problem", "internal/access", "internal/audit",
		"internal/auth", "internal/config", "internal/drafting", "internal/jobs", "internal/lead", "internal/llm",
		"internal/localpg", "internal/origin", "internal/persona", "internal/personafile", "internal/postgres",
		"internal/webhook", "cmd/personae"} {
		files, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || slices.Contains(forMachines, strings.TrimPrefix(name, "../")) {
				continue
			}
			source := token.NewFileSet()
			file, err := parser.ParseFile(source, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING {
					read++
					if found := straight.FindString(text.Value); found != "" && !sql.MatchString(text.Value) {
						t.Errorf("%s: %q in %s", source.Position(text.Pos()), found, text.Value)
					}
				}
				return true
			})
		}
	}
	if read < 5000 {
		t.Errorf("read %d texts", read)
	}
}
