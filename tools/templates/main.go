// Command templates makes the Go files of templ's templates in the folders that are named,
// byte for byte as templ generate does. It leaves out what else templ's own command is, a
// language server and a watcher: building those takes longer than all of personae.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"strings"

	"github.com/a-h/templ"
	"github.com/a-h/templ/generator"
	"github.com/a-h/templ/parser/v2"
)

func main() {
	for _, folder := range os.Args[1:] {
		// Glob fails only for a pattern that is wrong.
		files, _ := filepath.Glob(filepath.Join(folder, "*.templ"))
		for _, file := range files {
			if err := generate(file); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	}
}

// generate makes the Go file of one template. It leaves a file alone that is as it should be.
func generate(file string) error {
	template, err := parser.Parse(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var b bytes.Buffer
	if _, err = generator.Generate(template, &b, generator.WithVersion(templ.Version()), generator.WithFileName(filepath.ToSlash(file))); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	source, err := format.Source(b.Bytes())
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	target := strings.TrimSuffix(file, ".templ") + "_templ.go"
	if there, err := os.ReadFile(target); err == nil && bytes.Equal(there, source) {
		return nil
	}
	return os.WriteFile(target, source, 0o644)
}
