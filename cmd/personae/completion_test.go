package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestAShellCompletesCommandsAndFlags asks bash, and looks that the others name the same.
func TestAShellCompletesCommandsAndFlags(t *testing.T) {
	t.Parallel()
	_, script, _ := personae(t, []string{"PERSONAE_NONSENSE=1"}, "", "completion", "bash")
	for typed, want := range map[string]string{
		"personae rest":                "restore",
		"personae user a":              "add",
		"personae user add --sup":      "--superadmin --support",
		"personae --config x.ini migr": "migrate",
		"personae completion f":        "fish",
	} {
		words := strings.Fields(typed)
		if want == "--superadmin --support" {
			words[len(words)-1], want = "--sup", "--superadmin --support"
		}
		ask := exec.CommandContext(t.Context(), "bash", "-c", script+`
			COMP_WORDS=("$@") COMP_CWORD=$(($#-1)); _personae; echo "${COMPREPLY[*]}"`, "bash")
		ask.Args = append(ask.Args, words...)
		got, err := ask.CombinedOutput()
		if strings.TrimSpace(string(got)) != want {
			t.Errorf("%s: %q, %v", typed, got, err)
		}
	}
	for _, shell := range []string{"zsh", "fish"} {
		_, script, errs := personae(t, nil, "", "completion", shell)
		for _, word := range []string{"upgrade-database", "--superadmin", "' workspace add'", "licenses"} {
			if !strings.Contains(script, word) {
				t.Errorf("%s does not name %s: %s", shell, word, errs)
			}
		}
	}
	if code, _, _ := personae(t, nil, "", "completion", "csh"); code != 2 {
		t.Errorf("csh: exit %d", code)
	}
	_, page, _ := personae(t, nil, "", "man")
	for _, word := range []string{".SS restore <file>", `\-\-second\-factor`, ".SH EXIT STATUS"} {
		if !strings.Contains(page, word) {
			t.Errorf("the manual does not hold %s", word)
		}
	}
}
