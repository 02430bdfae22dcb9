package testing_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v2"
)

const releases = "../../tools/release"

// TestWhatIsReleasedNamesFilesThatAreThere reads what make release goes by, which is too
// slow to be made here.
func TestWhatIsReleasedNamesFilesThatAreThere(t *testing.T) {
	t.Parallel()
	var deb struct {
		Contents []struct{ Src, Dst string }
		Scripts  map[string]string
	}
	parse(t, "nfpm.yaml", &deb)
	makefile := text(t, "release.mk")
	installed := map[string]bool{}
	for _, c := range deb.Contents {
		installed[c.Dst] = true
		name, made := strings.CutPrefix(c.Src, "bin/release/")
		if _, err := os.Stat(filepath.Join("../..", c.Src)); !made && err != nil {
			t.Error(err)
		}
		if base := filepath.Base(name); made && strings.HasPrefix(name, "share/") &&
			!strings.Contains(makefile, "$@/"+base) && !strings.Contains(makefile, "$@/personae.$$s") {
			t.Errorf("release.mk does not make %s", base)
		}
	}
	for _, script := range deb.Scripts {
		if _, err := os.Stat(filepath.Join("../..", script)); err != nil {
			t.Error(err)
		}
	}
	start := ""
	for line := range strings.Lines(text(t, "personae.service")) {
		if command, is := strings.CutPrefix(strings.TrimSpace(line), "ExecStart="); is {
			start = command
		}
	}
	words := strings.Fields(start)
	if len(words) != 4 || !installed[words[0]] || !installed[words[3]] {
		t.Errorf("the unit starts %q, of which the package holds not all", start)
	}
	var compose struct {
		Services map[string]struct {
			Build struct{ Context, Dockerfile string }
		}
		Secrets map[string]any
	}
	parse(t, "compose.yaml", &compose)
	built := compose.Services["personae"].Build
	if _, err := os.Stat(filepath.Join(releases, built.Context, built.Dockerfile)); err != nil || len(compose.Secrets) != 4 {
		t.Errorf("%v, %v", err, compose)
	}
	if !strings.Contains(text(t, "Containerfile"), "USER 65532") {
		t.Error("the image runs as root")
	}
}

func text(t *testing.T, name string) string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(releases, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

func parse(t *testing.T, name string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text(t, name)), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
