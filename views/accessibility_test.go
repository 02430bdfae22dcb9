package views_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"personae/views"
)

// wcag22 are the success criteria of WCAG 2.2 at levels A and AA, and 4.1.1, which it removed
// and OpenACR still lists.
var wcag22 = map[string]string{
	"success_criteria_level_a": "1.1.1 1.2.1 1.2.2 1.2.3 1.3.1 1.3.2 1.3.3 1.4.1 1.4.2 2.1.1 2.1.2 2.1.4 2.2.1 2.2.2 2.3.1 " +
		"2.4.1 2.4.2 2.4.3 2.4.4 2.5.1 2.5.2 2.5.3 2.5.4 3.1.1 3.2.1 3.2.2 3.2.6 3.3.1 3.3.2 3.3.7 4.1.1 4.1.2",
	"success_criteria_level_aa": "1.2.4 1.2.5 1.3.4 1.3.5 1.4.3 1.4.4 1.4.5 1.4.10 1.4.11 1.4.12 1.4.13 2.4.5 2.4.6 2.4.7 " +
		"2.4.11 2.5.7 2.5.8 3.1.2 3.2.3 3.2.4 3.3.3 3.3.4 3.3.8 4.1.3",
}

// TestEachCriterionOfTheAccessibilityReportHasItsEvidence finds the tests that the report names, and a
// date where somebody looked.
func TestEachCriterionOfTheAccessibilityReportHasItsEvidence(t *testing.T) {
	t.Parallel()
	var report struct {
		Chapters map[string]struct {
			Criteria []struct {
				Num        string
				Components []struct {
					Adherence struct{ Level, Notes string }
				}
			}
		}
	}
	if err := yaml.Unmarshal(views.AccessibilityReport, &report); err != nil {
		t.Fatal(err)
	}
	declared := declaredTests(t)
	named, looked := regexp.MustCompile(`\bTest[A-Z]\w+`), regexp.MustCompile(`By hand, 20\d\d-\d\d-\d\d: .+`)
	for chapter, nums := range wcag22 {
		var reported []string
		for _, c := range report.Chapters[chapter].Criteria {
			reported = append(reported, c.Num)
			if len(c.Components) != 1 {
				t.Fatalf("%s: %d components", c.Num, len(c.Components))
			}
			level, notes := c.Components[0].Adherence.Level, c.Components[0].Adherence.Notes
			if !slices.Contains([]string{"supports", "partially-supports", "does-not-support", "not-applicable"}, level) {
				t.Errorf("%s: no level of OpenACR: %q", c.Num, level)
			}
			tests := named.FindAllString(notes, -1)
			if len(tests) == 0 && !looked.MatchString(notes) {
				t.Errorf("%s: no evidence: %q", c.Num, notes)
			}
			for _, test := range tests {
				if !declared[test] {
					t.Errorf("%s: there is no %s", c.Num, test)
				}
			}
		}
		if got := strings.Join(reported, " "); got != nums {
			t.Errorf("%s: %s, want %s", chapter, got, nums)
		}
	}
}

// declaredTests returns the names of the tests of pages.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	declared := map[string]bool{}
	for _, pattern := range []string{"*_test.go", "../web/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range regexp.MustCompile(`(?m)^func (Test\w+)`).FindAllSubmatch(source, -1) {
				declared[string(match[1])] = true
			}
		}
	}
	return declared
}
