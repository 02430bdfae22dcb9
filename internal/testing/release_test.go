package testing_test

import (
	"os"
	"path/filepath"
	"slices"
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
	if !strings.Contains(text(t, "Containerfile"), "USER 65532") {
		t.Error("the image runs as root")
	}
}

// TestTheComposeFileHangsTogether reads it, as no engine runs where tests do: each secret is made by
// the lines at its head, and what a service is given is there.
func TestTheComposeFileHangsTogether(t *testing.T) {
	t.Parallel()
	var compose struct {
		Services map[string]struct {
			Image       string
			Build       struct{ Context, Dockerfile string }
			Environment map[string]string
			Secrets     []string
		}
		Configs map[string]struct{ Content string }
		Secrets map[string]struct{ File string }
	}
	parse(t, "compose.yaml", &compose)
	head, _, _ := strings.Cut(text(t, "compose.yaml"), "services:")
	for name, secret := range compose.Secrets {
		if secret.File != "secrets/"+name || !strings.Contains(head, "> "+secret.File) {
			t.Errorf("nothing makes the secret %s", name)
		}
	}
	for name, service := range compose.Services {
		if _, tag, pinned := strings.Cut(service.Image, ":"); service.Image != "" && (!pinned || tag == "latest") {
			t.Errorf("%s is %s", name, service.Image)
		}
		for _, secret := range service.Secrets {
			if _, there := compose.Secrets[secret]; !there {
				t.Errorf("%s is given %s, which is not there", name, secret)
			}
		}
		for key, value := range service.Environment {
			if secret, is := strings.CutPrefix(value, "/run/secrets/"); is && !slices.Contains(service.Secrets, secret) {
				t.Errorf("%s of %s is not given to it", key, name)
			}
		}
	}
	personae := compose.Services["personae"]
	if _, err := os.Stat(filepath.Join(releases, personae.Build.Context, personae.Build.Dockerfile)); err != nil {
		t.Error(err)
	}
	// The server goes through the pooler and migrations past it, as docs/operating.md says.
	for _, part := range []string{"personae_owner:%s@postgres/personae", "personae_server:%s@pooler:6432/personae"} {
		if !strings.Contains(head, part) {
			t.Errorf("no URL with %s", part)
		}
	}
	for _, line := range []string{"personae = host=postgres port=5432", "listen_port = 6432", "pool_mode = transaction", "auth_file = /run/secrets/pooler"} {
		if !slices.Contains(strings.Split(compose.Configs["pooler"].Content, "\n"), line) {
			t.Errorf("the pooler is not told %q", line)
		}
	}
	if personae.Environment["PERSONAE_DATABASE_POOLER"] != "transaction" || !slices.Contains(compose.Services["pooler"].Secrets, "pooler") {
		t.Error("personae does not know of the pooler, or that not whom to let in")
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
