package views

import (
	"slices"
	"testing"
)

// TestEachSectionLinksToItsPartOfTheHelp finds the part of each link of the side column.
func TestEachSectionLinksToItsPartOfTheHelp(t *testing.T) {
	t.Parallel()
	known := 0
	for _, c := range chapters(Shell{MayManage: true}) {
		for _, section := range c.Sections {
			known++
			if !slices.ContainsFunc(helpParts, func(p helpPart) bool { return p.ID == helpOf[section.Key] }) {
				t.Errorf("%s: no part of the help", section.Label)
			}
		}
	}
	for section, id := range helpOf {
		if known++; !slices.ContainsFunc(helpParts, func(p helpPart) bool { return p.ID == id }) {
			t.Errorf("%s: no part of the help", section)
		}
	}
	if known < 20 {
		t.Errorf("only %d were looked at", known)
	}
}
