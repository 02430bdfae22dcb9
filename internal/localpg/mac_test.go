//go:build unix

package localpg

import (
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

// TestItCompilesForAMac checks the types of what a build for a Mac has: compiling all that it
// needs would take much longer.
func TestItCompilesForAMac(t *testing.T) {
	build.Default.GOOS, build.Default.GOARCH, build.Default.CgoEnabled = "darwin", "arm64", false // which the importer asks
	p, err := build.Default.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	config := types.Config{Importer: importer.ForCompiler(set, "source", nil), Error: func(err error) { t.Error(err) }}
	_, _ = config.Check(p.ImportPath, set, files, nil)
}
