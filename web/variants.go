package web

import (
	"maps"
	"net/url"
	"slices"

	"personae/internal/language"
	"personae/internal/persona"
)

// variantsIn returns the words in other languages that were typed in the form of a persona, but
// for a language that was emptied, and those of a language that is added, whatever was typed as
// its name.
func variantsIn(form url.Values) persona.Variants {
	var list []persona.Variant
	place := func(tag language.Tag) *persona.Variant {
		i := slices.IndexFunc(list, func(v persona.Variant) bool { return v.Language == tag })
		if i < 0 {
			i, list = len(list), append(list, persona.Variant{Language: tag})
		}
		return &list[i]
	}
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if tag, f, is := persona.FromVariantField(name); is {
			*place(tag).Of(f) = form.Get(name)
		}
	}
	list = slices.DeleteFunc(list, persona.Variant.Silent)
	added := persona.Variant{Language: language.Tag(form.Get(persona.NewVariantLanguage))}
	for _, f := range persona.VariantFields() {
		*added.Of(f) = form.Get(persona.NewVariant + f.Name)
	}
	tag, err := language.Parse(string(added.Language))
	there := slices.ContainsFunc(list, func(v persona.Variant) bool { return v.Language == tag })
	if err == nil && !there {
		added.Language = tag // its words stand under its name from now on
	}
	if added != (persona.Variant{}) {
		list = append(list, added)
	}
	return persona.Pack(list...)
}

// keepVariants adds to a form the words in other languages that it does not hold.
func keepVariants(form url.Values, stored persona.Variants) {
	for _, v := range stored.List() {
		for _, f := range persona.VariantFields() {
			if name := f.In(v.Language).Name; !form.Has(name) {
				form.Set(name, *v.Of(f))
			}
		}
	}
}
