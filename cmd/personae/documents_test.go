package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestEveryCommandInTheDocumentsIsOne reads each as it stands there, without running it.
func TestEveryCommandInTheDocumentsIsOne(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	const id = "0198c0de-0000-7000-8000-000000000001"
	line := regexp.MustCompile(`(?m)^ {4}(?:[^#\n|]*\| )?(?:[A-Z_]+=\S+ )*(?:bin/)?personae ([a-z][^\n|>#]*)`)
	word := regexp.MustCompile(`"[^"]*"|\S+`)
	found := 0
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range line.FindAllStringSubmatch(string(text), -1) {
			if strings.ContainsAny(match[1], "[…") && !strings.Contains(match[1], "://") {
				continue // a synopsis
			}
			var args []string
			for _, w := range word.FindAllString(match[1], -1) {
				args = append(args, strings.ReplaceAll(strings.Trim(w, `"`), "ID", id))
			}
			var cli commands
			parser, err := kong.New(&cli, kong.Name("personae"), kong.Exit(func(int) {}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args); err != nil {
				t.Errorf("%s: personae %s: %v", file, match[1], err)
			}
			found++
		}
	}
	if found < 25 {
		t.Errorf("only %d commands were found", found)
	}
}
