package language_test

import (
	"testing"

	"pgregory.net/rapid"

	"personae/internal/language"
)

func TestATagHasOneSpelling(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"de": "de", "DE": "de", "de_at": "de-AT", "pt-br": "pt-BR", "zh-hant-tw": "zh-Hant-TW",
		"iw": "he", "German": "de", "deutsch": "de", "Französisch": "fr", "norwegian": "nb", "gsw": "gsw", "es-419": "es-419", "no": "nb", "cmn": "zh", "no-NO": "nb-NO"} {
		if tag, err := language.Parse(text); err != nil || string(tag) != want {
			t.Errorf("%q is %q, %v; want %q", text, tag, err, want)
		}
	}
	for _, text := range []string{"", "xx", "und", "x-klingon", "de-x-foo", "de-u-co-phonebk", "ca-valencia", "de-XYZ", "klingonese",
		"de\x00", "mul-", "*", "und-DE"} {
		if tag, err := language.Parse(text); err == nil {
			t.Errorf("%q is %q", text, tag)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"de", "pt-BR", "zh-Hant", "x", "de-u-co", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tag, err := language.Parse(text)
		if err != nil {
			return
		}
		if again, err := language.Parse(string(tag)); err != nil || again != tag {
			t.Errorf("%q is %q, and that is %q, %v", text, tag, again, err)
		}
		if tag.Name() == "" || tag.Base() == "" {
			t.Errorf("%q has no name", tag)
		}
		language.Tell(text)
	})
}

func TestPeopleReadNamesOfLanguages(t *testing.T) {
	t.Parallel()
	for tag, want := range map[language.Tag]string{"de": "German", "de-CH": "German (de-CH)", "cy": "cy"} {
		if name := tag.Name(); name != want {
			t.Errorf("%s is %q", tag, name)
		}
	}
	for _, tag := range language.Known() {
		if parsed, err := language.Parse(tag.Name()); err != nil || parsed != tag || tag.Base() != tag {
			t.Errorf("%s is %q, %v", tag.Name(), parsed, err)
		}
	}
}

func TestTheNearestTagIsChosenAndNoOtherLanguage(t *testing.T) {
	t.Parallel()
	among := []language.Tag{"pt-PT", "pt-BR", "de", "de-CH", "nb", "zh-Hant"}
	for asked, want := range map[language.Tag]language.Tag{"de-CH": "de-CH", "de": "de", "de-AT": "de", "pt": "pt-BR", "nb": "nb",
		"zh": "zh-Hant", "nl": "", "": "", "gsw": ""} {
		if got := language.Choose(asked, among); got != want {
			t.Errorf("for %q %q is chosen, not %q", asked, got, want)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		tag := rapid.SampledFrom(among).Draw(rt, "tag")
		if rapid.Permutation(among).Draw(rt, "order"); language.Choose(tag, among) != tag {
			rt.Fatalf("%s is there and not chosen", tag)
		}
	})
}
