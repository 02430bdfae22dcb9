package views_test

import (
	"path"
	"strings"
	"testing"

	"personae/views"
)

// TestEachSectionLinksToItsPartOfTheHelp follows the link from a page of each section of the side column,
// and of those that are in no workspace.
func TestEachSectionLinksToItsPartOfTheHelp(t *testing.T) {
	t.Parallel()
	sections := []string{"account", "people", "workspaces", "house", "accessibility", "api"}
	shell := admin("Help", "")
	shell.MayManage = true
	menu := render(t, views.HelpPage(shell)).with("id", "menu")[0]
	for n := range menu.Descendants() {
		if href, ok := attr(n, "href"); ok && n.Data == "a" && strings.Count(href, "/") > 1 {
			sections = append(sections, path.Base(href))
		}
	}
	if len(sections) < 20 {
		t.Errorf("only %v are looked at", sections)
	}
	for _, section := range sections {
		shell.Section = section
		help := render(t, views.HelpPage(shell))
		to := ""
		for _, link := range help.all("a") {
			if href, _ := attr(link, "href"); text(link) == "Help" {
				to = href
			}
		}
		if part, found := strings.CutPrefix(to, "/help#"); !found || len(help.with("id", part)) != 1 {
			t.Errorf("%s: its help is %q, and there is no such part", section, to)
		}
	}
}
