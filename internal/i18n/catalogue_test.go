package i18n

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// forPrograms is what programs and operators read, in English.
var forPrograms = []string{"web/api", "internal/testing", "internal/lead/inbound.go",
	"internal/postgres/senders.go", "web/inbound.go", "internal/persona/apply.go"}

// textOf says which argument of a function is a text in English. All others than those of
// this package hand theirs on to it.
var textOf = map[string]int{
	"tr": 1, "c.tr": 0, "i18n.T": 1, "T": 1, "i18n.Say": 0, "Say": 0, "i18n.N": 0,
	"oneError": 1, "invalid": 1, "p.keeps": 0, "r.because": 0,
}

// thingOf says which argument of a function is what is counted.
var thingOf = map[string]int{"i18n.Count": 2, "i18n.Counted": 1}

// used are the texts of the interface, with where each is first said: those that the
// functions above are given, and the labels and hints of controls.
func used(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, root := range []string{"../../views", "../../web", "../../internal"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case slices.Contains(forPrograms, strings.TrimPrefix(path, "../../")):
				if d.IsDir() {
					return fs.SkipDir
				}
			case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
				collect(t, path, all)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func collect(t *testing.T, path string, all map[string]string) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	note := func(format string, at token.Pos) {
		if _, ok := all[format]; !ok && format != "" {
			all[format] = strings.TrimPrefix(fset.Position(at).String(), "../../")
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if i, ok := textOf[name(n.Fun)]; ok && i < len(n.Args) {
				if format, constant := literal(n.Args[i]); constant {
					note(format, n.Pos())
				}
			}
			if i, ok := thingOf[name(n.Fun)]; ok && i < len(n.Args) {
				if thing, constant := literal(n.Args[i]); constant {
					note("%d "+thing+"s", n.Pos())
				}
			}
		case *ast.CompositeLit:
			if name(n.Type) == "Words" { // of web/problem
				noteAll(n, note)
			}
			if name(n.Type) != "control" {
				break
			}
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok && slices.Contains([]string{"Label", "Hint"}, name(kv.Key)) {
					if format, constant := literal(kv.Value); constant {
						note(format, kv.Pos())
					}
				}
			}
		}
		return true
	})
}

// noteAll notes each text that an expression holds.
func noteAll(in ast.Expr, note func(string, token.Pos)) {
	ast.Inspect(in, func(n ast.Node) bool {
		if e, is := n.(ast.Expr); is {
			if format, constant := literal(e); constant {
				note(format, e.Pos())
				return false
			}
		}
		return true
	})
}

func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return name(e.X) + "." + e.Sel.Name
	}
	return ""
}

// literal returns the constant string that e is: a literal, or several put together.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, also := literal(e.Y)
		return left + right, ok && also && e.Op == token.ADD
	case *ast.ParenExpr:
		return literal(e.X)
	}
	return "", false
}

func TestEachTextIsInTheGermanCatalogueAndNoOther(t *testing.T) {
	t.Parallel()
	texts, counted, said := germanTexts(), germanCounted(), used(t)
	var missing []string
	for format, at := range said {
		_, plain := texts[format]
		_, numbered := counted[format]
		if !plain && !numbered && wordy(format) {
			missing = append(missing, fmt.Sprintf("%s: %q", at, format))
		}
	}
	slices.Sort(missing)
	for _, m := range missing {
		t.Errorf("not in German: %s", m)
	}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if _, ok := said[key]; !ok {
			t.Errorf("in the German catalogue, and said nowhere: %q", key)
		}
		if _, also := counted[key]; also {
			t.Errorf("twice in the German catalogue: %q", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(counted)) {
		if _, ok := said[key]; !ok {
			t.Errorf("counted in German, and said nowhere: %q", key)
		}
		if _, ok := englishCounted[key]; !ok {
			t.Errorf("counted in German, and not in English: %q", key)
		}
	}
}

// wordy reports whether a text holds a word, and not only verbs and signs.
func wordy(format string) bool {
	return regexp.MustCompile(`\pL{2}`).MatchString(verbs.ReplaceAllString(format, ""))
}

var verbs = regexp.MustCompile(`%(\[\d+\])?[a-z]`)

// verbsOf returns the verbs of a text, each with the number of its argument.
func verbsOf(format string) []string {
	var all []string
	next := 1
	for _, m := range regexp.MustCompile(`%(?:\[(\d+)\])?([a-z%])`).FindAllStringSubmatch(format, -1) {
		if m[2] == "%" {
			continue
		}
		if m[1] != "" {
			next, _ = strconv.Atoi(m[1])
		}
		all = append(all, fmt.Sprintf("%d%s", next, m[2]))
		next++
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestEachGermanTextHasTheArgumentsOfTheEnglishOne(t *testing.T) {
	t.Parallel()
	for key, german := range germanTexts() {
		if want, got := verbsOf(key), verbsOf(german); !slices.Equal(want, got) {
			t.Errorf("%q has %v, and %q has %v", key, want, german, got)
		}
	}
	for key, f := range germanCounted() {
		if want, got := verbsOf(key), verbsOf(f.more); !slices.Equal(want, got) {
			t.Errorf("%q has %v, and %q has %v", key, want, f.more, got)
		}
	}
}

func TestNoTextStandsInTwoPartsOfTheGermanCatalogue(t *testing.T) {
	t.Parallel()
	plain, numbered := 0, 0
	for _, part := range germanParts {
		plain, numbered = plain+len(part.texts), numbered+len(part.counted)
	}
	if all := len(germanTexts()); plain != all {
		t.Errorf("%d texts stand in two parts", plain-all)
	}
	if all := len(germanCounted()); numbered != all {
		t.Errorf("%d counted texts stand in two parts", numbered-all)
	}
}
