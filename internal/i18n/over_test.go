package i18n_test

import (
	"strings"
	"testing"

	"personae/internal/i18n"
)

func TestANumberThatMayBeMoreIsSaidSo(t *testing.T) {
	t.Parallel()
	for language, want := range map[i18n.Language]string{i18n.English: "1,000+ campaigns", i18n.German: "1.000+ Kampagnen"} {
		ctx := i18n.With(t.Context(), language)
		if got := i18n.Counted(i18n.Over(1000), "campaign").In(ctx); got != want {
			t.Errorf("%s: %q", language, got)
		}
	}
	if got := i18n.T(t.Context(), "%[2]s speaks by default, one of %[1]d personas.", i18n.Over(1000), "Club 1,000"); !strings.HasPrefix(got, "Club 1,000 speaks") {
		t.Errorf("%q", got)
	}
	got := i18n.T(t.Context(), "%d of %s %s.", 12, i18n.Counted(i18n.Over(1000), "campaign"), "match")
	if got != "12 of 1,000+ campaigns match." {
		t.Errorf("%q", got)
	}
}
