// Command performance puts what benchmarks measured into the tables of a document.
//
//	go run ./tools/performance docs/performance.md < bin/bench.txt
//
// The tables stand between two comments, and are left as they are where a figure is missing.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "performance: name the document")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "performance:", err)
		os.Exit(1)
	}
}

const begin, end = "<!-- Written by make bench. -->\n", "<!-- Until here. -->\n"

func write(file string, measured io.Reader) error {
	figures, err := read(measured)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s: the comments around the tables are not there", file)
	}
	tables, err := tables(figures)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(before+begin+tables+end+after), 0o644) //nolint:gosec // anybody may read it
}

// figures are what was measured, by benchmark and by what it is in.
type figures map[string]map[string]float64

// processors is how many a benchmark ran on, which go test writes behind its name.
var processors = regexp.MustCompile(`-[0-9]+$`)

// read reads what go test -bench prints. Of several figures for the same the last is taken.
func read(r io.Reader) (figures, error) {
	all := figures{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(processors.ReplaceAllString(words[0], ""), "Benchmark")
		if all[name] == nil {
			all[name] = map[string]float64{}
		}
		for i := 2; i+1 < len(words); i += 2 {
			n, err := strconv.ParseFloat(words[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all[name][words[i+1]] = n
		}
	}
	return all, lines.Err()
}
