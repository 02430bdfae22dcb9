package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// all is what go test -bench prints where everything is measured.
func all() string {
	var b strings.Builder
	b.WriteString("goos: linux\n")
	for n, r := range requests {
		fmt.Fprintf(&b, "Benchmark%s-2 \t 100\t 0.51 cpu-ms\t %d.25 cpu-x-unit\t 580 per-s\t 0.39 pg-ms\n", r.name, n)
	}
	for _, a := range amounts {
		fmt.Fprintf(&b, "Benchmark%s-2 \t 1\t 7 %s\n", a.name, a.metric)
	}
	return b.String() + "PASS\n"
}

func TestTheTablesHoldWhatWasMeasured(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "performance.md")
	if err := os.WriteFile(file, []byte("Before.\n\n"+begin+"| old |\n"+end+"\nAfter.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(file, strings.NewReader(all())); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Before.\n\n" + begin + "| one request", "| Settings | 2–2.5 | 1.2 | 2.2 | 0.51 | 0.39 | 580 |\n",
		"| Memory under 16 clients |  | 60 MB | 7 MB |\n| ", end + "\nAfter.\n"} {
		if !strings.Contains(string(written), part) {
			t.Errorf("%q is not there:\n%s", part, written)
		}
	}
	if strings.Contains(string(written), "old") {
		t.Error("the old table is still there")
	}
}

func TestAFigureThatIsMissingLeavesTheDocumentAsItIs(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "performance.md")
	text := begin + "| old |\n" + end
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	err := write(file, strings.NewReader(strings.Replace(all(), "Requests/switch", "Requests/other", 1)))
	if err == nil || !strings.Contains(err.Error(), "BenchmarkRequests/switch was not run") {
		t.Error(err)
	}
	if left, err := os.ReadFile(file); err != nil || string(left) != text {
		t.Error("the document was changed:", err, string(left))
	}
}
