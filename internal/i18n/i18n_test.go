package i18n_test

import (
	"testing"

	"personae/internal/i18n"
)

func TestTextsAreSaidInTheLanguageOfWhoeverReads(t *testing.T) {
	t.Parallel()
	german, marked := i18n.With(t.Context(), i18n.German), i18n.With(t.Context(), i18n.Marked)
	for _, c := range []struct{ what, got, want string }{
		{"a number in English", i18n.Count(t.Context(), 1204, "campaign"), "1,204 campaigns"},
		{"one in English", i18n.Count(t.Context(), 1, "campaign"), "1 campaign"},
		{"none in English", i18n.Count(t.Context(), 0, "campaign"), "no campaigns"},
		{"a number in German", i18n.Count(german, 1204, "campaign"), "1.204 Kampagnen"},
		{"one in German", i18n.Count(german, 1, "campaign"), "1 Kampagne"},
		{"none in German", i18n.Count(german, 0, "campaign"), "keine Kampagnen"},
		{"a list in German", i18n.List(german, []string{"a", "b", "c"}), "a, b und c"},
		{"a text within a text", i18n.T(german, "“%s”", i18n.Say("%s and %s", "100 %", "b")), "„100 % und b“"},
		{"what is in no catalogue", i18n.T(german, "100 % of nothing"), "100 % of nothing"},
		{"the same with an argument", i18n.T(german, "nothing of %s: %d", "it", 1204), "nothing of it: 1.204"},
		{"a number that only chooses the words", i18n.T(t.Context(), "%[2]s have no display name, so leads read the workspace’s name in its place. The next drafts show the new one.", 1, "Kim"),
			"Kim has no display name, so leads read the workspace’s name in its place. The next drafts show the new one."},
		{"marked", i18n.T(marked, "Hello"), "⟦Hello⟧"},
		{"no text", i18n.Text{}.In(marked), ""},
		{"a text alone", i18n.Say("“%s”", "x").String(), "“x”"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
}

func TestTheLanguageIsTheOneChosenOrTheBrowsers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		chosen, accepted string
		want             i18n.Language
	}{
		{"", "", i18n.English},
		{"", "de", i18n.German},
		{"", "de-AT,de;q=0.9,en;q=0.5", i18n.German},
		{"", "en-US,en;q=0.9,de;q=0.8", i18n.English},
		{"", "fr,de;q=0.5", i18n.German},
		{"", "fr", i18n.English},
		{"", "*", i18n.English},
		{"", ";;;nonsense\x00", i18n.English},
		{"en", "de", i18n.English},
		{"de", "en", i18n.German},
		{"fr", "de", i18n.German},
	} {
		if got := i18n.Match(c.chosen, c.accepted); got != c.want {
			t.Errorf("chosen %q, accepted %q: %s, want %s", c.chosen, c.accepted, got, c.want)
		}
	}
}
