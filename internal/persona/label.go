package persona

import (
	"cmp"

	"personae/internal/i18n"
)

// withinSentences are the labels of fields as they stand within a sentence, by what they
// are at its beginning.
var withinSentences = map[string]string{
	"Name":                    i18n.N("name"),
	"Display name":            i18n.N("display name"),
	"Tone":                    i18n.N("tone"),
	"Greeting":                i18n.N("greeting"),
	"Signature":               i18n.N("signature"),
	"Goals":                   i18n.N("goals"),
	"Service description":     i18n.N("service description"),
	"Ideal customer profile":  i18n.N("ideal customer profile"),
	"Company name":            i18n.N("company name"),
	"Qualification questions": i18n.N("qualification questions"),
}

// Called returns what the field is called: "Greeting", or "Greeting in German".
func (f Field) Called() i18n.Text { return f.called(f.Label) }

// CalledWithin is Called for a place within a sentence: "greeting in German".
func (f Field) CalledWithin() i18n.Text { return f.called(cmp.Or(withinSentences[f.Label], f.Label)) }

func (f Field) called(label string) i18n.Text {
	if f.Language == "" {
		return i18n.Say(label)
	}
	return i18n.Say("%s in %s", i18n.Say(label), f.Language.Said())
}

// Labels returns the labels of fields as part of a sentence: "greeting, SMS greeting and
// goals".
func Labels(fields []Field) i18n.Text {
	texts := make([]i18n.Text, len(fields))
	for i, f := range fields {
		texts[i] = f.CalledWithin()
	}
	return i18n.ListedTexts(texts)
}
