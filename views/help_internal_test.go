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
	if known != len(helpOf) {
		t.Errorf("help for %d sections, of which there are %d", len(helpOf), known)
	}
}
