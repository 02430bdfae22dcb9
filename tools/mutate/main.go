// Command mutate breaks files of a package in one place at a time and prints which of
// those mutants no test notices.
//
//	go run ./tools/mutate [-run TESTS] [-every N] [-timeout D] PACKAGE[,PACKAGE] FILE...
//
// It is here because gremlins goes by the coverage of blocks, to which the
// conditions of a switch do not belong: it passes them over as not covered. Nor
// does it break SQL or leave a statement out.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// mutant is a file with one of its places written differently.
type mutant struct {
	at       token.Position
	from, to int // offsets of what is replaced
	by       string
}

func main() {
	run := flag.String("run", ".", "the tests that are run against each mutant")
	every := flag.Int("every", 1, "only try every so many mutants")
	limit := flag.Duration("timeout", 2*time.Minute, "when a test that hangs has noticed")
	flag.Parse()
	if flag.NArg() < 2 {
		fmt.Fprintln(os.Stderr, "mutate: name the packages whose tests are run, and the files that are mutated")
		os.Exit(2)
	}
	if err := try(flag.Arg(0), flag.Args()[1:], *run, *every, *limit); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// try runs the tests of packages against mutants of files, and prints what survived.
func try(packages string, files []string, run string, every int, limit time.Duration) error {
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	count := map[string]int{}
	seen := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		mutants, err := mutantsOf(file, source)
		if err != nil {
			return err
		}
		for _, m := range mutants {
			if seen++; seen%every != 0 {
				continue
			}
			changed := string(source[:m.from]) + m.by + string(source[m.to:])
			outcome, err := test(dir, file, changed, packages, run, limit)
			if err != nil {
				return err
			}
			count[outcome]++
			if outcome == "survived" {
				fmt.Printf("survived %s: %s → %s\n", m.at, line(source[m.from:m.to]), line([]byte(m.by)))
			}
		}
	}
	if tried := count["killed"] + count["survived"]; tried > 0 {
		fmt.Printf("%d mutants, %d killed, %d survived (%.1f%% killed); %d more did not compile\n",
			tried, count["killed"], count["survived"], 100*float64(count["killed"])/float64(tried), count["void"])
	}
	return nil
}

// line returns text as one line.
func line(text []byte) string { return strings.Join(strings.Fields(string(text)), " ") }

// test runs the tests with changed in the place of file.
func test(dir, file, changed, packages, run string, limit time.Duration) (outcome string, err error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	mutated := filepath.Join(dir, "mutated.go")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutated}})
	if err == nil {
		err = os.WriteFile(mutated, []byte(changed), 0o600)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600)
	}
	if err != nil {
		return "", err
	}
	args := []string{"test", "-overlay", filepath.Join(dir, "overlay.json"), "-vet=off", "-failfast", "-count=1",
		"-timeout", limit.String(), "-run", run}
	out, err := exec.CommandContext(context.Background(), "go",
		append(args, strings.Split(packages, ",")...)...).CombinedOutput()
	switch {
	case err == nil:
		return "survived", nil
	case strings.Contains(string(out), "[build failed]") || strings.Contains(string(out), "[setup failed]"):
		return "void", nil
	}
	return "killed", nil
}

// swaps are operators and what stands for them in a mutant.
var swaps = map[token.Token]string{token.LAND: "||", token.LOR: "&&", token.EQL: "!=", token.NEQ: "==",
	token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">", token.ADD: "-", token.SUB: "+"}

// inSQL are parts of statements and what stands for them in a mutant.
var inSQL = [][2]string{
	{" for share", ""}, {" for no key update", ""}, {" for update", ""},
	{"workspace_id = $1", "(workspace_id = $1 or true)"},
	{" and version = $3", " and ($3::int is null or true)"},
}

// mutantsOf returns the mutants of a file, in the order of their places.
func mutantsOf(file string, source []byte) ([]mutant, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, source, 0)
	if err != nil {
		return nil, err
	}
	m := mutator{set: set, source: source}
	ast.Inspect(tree, m.visit)
	return m.mutants, nil
}

// mutator collects the mutants of a file.
type mutator struct {
	set     *token.FileSet
	source  []byte
	mutants []mutant
}

func (m *mutator) replace(from, to token.Pos, by string) {
	at := m.set.Position(from)
	m.mutants = append(m.mutants, mutant{at, at.Offset, m.set.Position(to).Offset, by})
}

func (m *mutator) negate(e ast.Expr) {
	from, to := m.set.Position(e.Pos()).Offset, m.set.Position(e.End()).Offset
	m.replace(e.Pos(), e.End(), "!("+string(m.source[from:to])+")")
}

func (m *mutator) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return false
	case *ast.IfStmt:
		m.negate(n.Cond)
	case *ast.SwitchStmt:
		m.conditions(n)
	case *ast.BinaryExpr:
		if by, ok := swaps[n.Op]; ok {
			m.replace(n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), by)
		}
	case *ast.ExprStmt:
		m.replace(n.Pos(), n.End(), "")
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			m.replace(n.Pos(), n.End(), "")
		}
	case *ast.ReturnStmt:
		if k := len(n.Results); k > 0 {
			if last, ok := n.Results[k-1].(*ast.Ident); ok && last.Name == "err" {
				m.replace(last.Pos(), last.End(), "nil")
			}
		}
	case *ast.BasicLit:
		m.sql(n)
	}
	return true
}

// conditions negates each condition of a switch without a tag.
func (m *mutator) conditions(n *ast.SwitchStmt) {
	if n.Tag != nil {
		return
	}
	for _, clause := range n.Body.List {
		for _, e := range clause.(*ast.CaseClause).List {
			m.negate(e)
		}
	}
}

// sql replaces each part of a statement that inSQL lists.
func (m *mutator) sql(n *ast.BasicLit) {
	if n.Kind != token.STRING {
		return
	}
	for _, rule := range inSQL {
		for at := 0; ; {
			i := strings.Index(n.Value[at:], rule[0])
			if i < 0 {
				break
			}
			at += i + len(rule[0])
			m.replace(n.Pos()+token.Pos(at-len(rule[0])), n.Pos()+token.Pos(at), rule[1])
		}
	}
}
