package views

import (
	"context"

	"personae/internal/i18n"
	"personae/internal/language"
	"personae/internal/persona"
)

// variants returns the languages of the form that have their own part in it, and what was
// typed for another one.
func (m PersonaForm) variants() (parts []persona.Variant, added persona.Variant) {
	seen := map[language.Tag]bool{}
	for _, v := range m.Variants.List() {
		if tag, err := language.Parse(string(v.Language)); err != nil || tag != v.Language || seen[tag] {
			added = v
			continue
		}
		seen[v.Language] = true
		parts = append(parts, v)
	}
	return parts, added
}

// mayAddLanguage reports whether a language can be added: whoever has to choose is asked nothing
// else, but for what they typed.
func (m PersonaForm) mayAddLanguage() bool {
	_, added := m.variants()
	return len(m.Conflicts) == 0 || added != (persona.Variant{})
}

// hasLanguages reports whether the form has a part for other languages.
func (m PersonaForm) hasLanguages() bool { return m.Variants != "" || m.mayAddLanguage() }

// variantControl returns the control of a field of a variant.
func (m PersonaForm) variantControl(ctx context.Context, s Shell, v persona.Variant, f persona.Field) control {
	in := f.In(v.Language)
	return control{
		Name:        in.Name,
		Label:       in.Called().In(ctx),
		Lang:        string(v.Language),
		Value:       *v.Of(f),
		Error:       errorFor(s.Errors, in.Name),
		Conflict:    conflictFor(m.Conflicts, in.Name),
		By:          whoChanged(ctx, m.By),
		ChooseError: errorFor(s.Errors, "choose_"+in.Name),
		Words:       true,
		Limit:       f.Limit,
		Rows:        3,
	}
}

// addedLabels are the labels of the fields of the language that is added, by their names.
var addedLabels = map[string]string{
	"greeting":     i18n.N("Greeting in it"),
	"sms_greeting": i18n.N("SMS greeting in it"),
	"signature":    i18n.N("Signature in it"),
}

// addedControl returns the control of a field of the language that is added.
func addedControl(v persona.Variant, f persona.Field) control {
	return control{Name: persona.NewVariant + f.Name, Label: addedLabels[f.Name], Value: *v.Of(f), Words: true, Rows: 3}
}

// languageControl asks which language is added.
func languageControl(s Shell, v persona.Variant) control {
	return control{
		Name:  persona.NewVariantLanguage,
		Label: "Language",
		Hint:  "Such as German, or de.",
		Value: string(v.Language),
		Error: errorFor(s.Errors, persona.NewVariantLanguage),
	}
}

// inLanguages lists what a persona says in other languages.
func inLanguages(ctx context.Context, v persona.Variants) []Change {
	return Changes(ctx, persona.Content{}, persona.Content{Variants: v})
}
