package persona

import (
	"strings"

	"personae/internal/i18n"
	"personae/internal/language"
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

// Label returns what a field is called, "Greeting" or "Greeting in German", as a text.
func Label(label string) i18n.Text { return labelText(label, func(s string) string { return s }) }

// LabelWithin is Label for a place within a sentence: "greeting in German".
func LabelWithin(label string) i18n.Text {
	return labelText(label, func(s string) string {
		if within, is := withinSentences[s]; is {
			return within
		}
		return s
	})
}

// labelText returns a label with its field as say has it.
func labelText(label string, say func(string) string) i18n.Text {
	field, name, other := strings.Cut(label, " in ")
	name, tag, of := strings.Cut(strings.TrimSuffix(name, ")"), " (")
	known, err := language.Parse(name)
	if !other || err != nil || known.Name() != name {
		return i18n.Say(say(label))
	}
	spoken := known.Said()
	if of {
		spoken = i18n.Say("%s (%s)", spoken, tag)
	}
	return i18n.Say("%s in %s", i18n.Say(say(field)), spoken)
}

// Labels returns the labels of fields as part of a sentence: "greeting, SMS greeting and
// goals".
func Labels(fields []Field) i18n.Text {
	texts := make([]i18n.Text, len(fields))
	for i, f := range fields {
		texts[i] = LabelWithin(f.Label)
	}
	return i18n.ListedTexts(texts)
}
