package persona

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"personae/internal/i18n"
	"personae/internal/language"
)

// MaxVariants is in how many languages a persona may have words beside its main ones.
const MaxVariants = 20

// Variant is how a persona opens and closes in another language than its main words. What is
// empty is taken from these.
type Variant struct {
	Language    language.Tag
	Greeting    string
	SMSGreeting string
	Signature   string
}

// VariantFields lists the fields that a variant has, in page order.
func VariantFields() []Field { return Fields()[2:5] }

// In returns the field as it is in another language: under a name of its own.
func (f Field) In(tag language.Tag) Field {
	f.Name, f.Language, f.Setting = VariantField(tag, f.Name), tag, ""
	return f
}

// variantField begins the name of each field of a variant.
const variantField = "variant_"

// VariantField returns the form field of a field of a variant.
func VariantField(tag language.Tag, field string) string {
	return variantField + string(tag) + "_" + field
}

// FromVariantField returns the language and the field that VariantField made a name of; false:
// it made none.
func FromVariantField(name string) (language.Tag, Field, bool) {
	rest, is := strings.CutPrefix(name, variantField)
	if !is {
		return "", Field{}, false
	}
	tag, of, _ := strings.Cut(rest, "_")
	for _, field := range VariantFields() {
		if field.Name == of {
			return language.Tag(tag), field, true
		}
	}
	return "", Field{}, false
}

// Of returns the place of one of VariantFields.
func (v *Variant) Of(f Field) *string {
	switch f.Name {
	case "greeting":
		return &v.Greeting
	case "sms_greeting":
		return &v.SMSGreeting
	default:
		return &v.Signature
	}
}

// Silent reports whether it says nothing, once cleaned.
func (v Variant) Silent() bool {
	return Clean(v.Greeting) == "" && Clean(v.SMSGreeting) == "" && Clean(v.Signature) == ""
}

// Variants is a persona's words in other languages, packed into one value so that two
// personas are the same where they are equal. Empty: it has none.
type Variants string

// Pack returns variants in the order of their languages’ names.
func Pack(list ...Variant) Variants {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Variant) int { return byName(a.Language, b.Language) })
	var b strings.Builder
	for _, v := range list {
		for _, text := range []string{string(v.Language), v.Greeting, v.SMSGreeting, v.Signature} {
			b.WriteString(strconv.Itoa(len(text)) + ":" + text)
		}
	}
	return Variants(b.String())
}

// List returns the variants.
func (v Variants) List() []Variant {
	rest := string(v)
	next := func() string {
		length, after, _ := strings.Cut(rest, ":")
		n, _ := strconv.Atoi(length)
		n = min(n, len(after))
		rest = after[n:]
		return after[:n]
	}
	var list []Variant
	for rest != "" {
		list = append(list, Variant{language.Tag(next()), next(), next(), next()})
	}
	return list
}

// In returns the variant in a language; false: there is none.
func (v Variants) In(tag language.Tag) (Variant, bool) {
	for _, one := range v.List() {
		if one.Language == tag {
			return one, true
		}
	}
	return Variant{Language: tag}, false
}

// Languages lists the languages of the variants.
func (v Variants) Languages() []language.Tag {
	var tags []language.Tag
	for _, one := range v.List() {
		tags = append(tags, one.Language)
	}
	return tags
}

// languagesOf lists the languages of several in the order of their names, each once.
func languagesOf(all ...Variants) []language.Tag {
	var tags []language.Tag
	for _, v := range all {
		tags = append(tags, v.Languages()...)
	}
	slices.SortFunc(tags, byName)
	return slices.Compact(tags)
}

// LanguagesOf lists the languages in which personas have words beside their main ones, in the
// order of their names.
func LanguagesOf(personas []Persona) []language.Tag {
	var all []Variants
	for _, p := range personas {
		all = append(all, p.Variants)
	}
	return languagesOf(all...)
}

func byName(a, b language.Tag) int { return cmp.Or(cmp.Compare(a.Name(), b.Name()), cmp.Compare(a, b)) }

// Clean returns the variants that say something, each field cleaned. A language that is none stays as it was written.
func (v Variants) Clean() Variants {
	list := v.List()
	for i := range list {
		one := &list[i]
		if tag, err := language.Parse(string(one.Language)); err == nil {
			one.Language = tag
		}
		for _, f := range VariantFields() {
			*one.Of(f) = Clean(*one.Of(f))
		}
	}
	return Pack(slices.DeleteFunc(list, Variant.Silent)...)
}

// NewVariant begins the names of the form fields of a variant that is added, which bear the name of no
// language; NewVariantLanguage is that of its language.
const (
	NewVariant         = "new_variant_"
	NewVariantLanguage = NewVariant + "language"
)

// Check reports what is wrong with clean variants.
func (v Variants) Check() []FieldError {
	var errs []FieldError
	list := v.List()
	seen := map[language.Tag]bool{}
	for _, one := range list {
		tag, err := language.Parse(string(one.Language))
		switch {
		case one.Language == "":
			errs = append(errs, FieldError{NewVariantLanguage, i18n.Say("Enter the language of these words, such as German or de")})
		case err != nil || tag != one.Language:
			errs = append(errs, FieldError{NewVariantLanguage, i18n.Say("“%s” is no language that is known here. Enter its name, such as "+
				"German, or its tag, such as de or pt-BR", Isolate(Cut(string(one.Language), 40)))})
		case seen[tag]:
			errs = append(errs, FieldError{NewVariantLanguage, i18n.Say("%s is there already. Change the words there", tag.Said())})
		default:
			for _, f := range VariantFields() {
				in := f.In(tag)
				errs = checkText(errs, in, *one.Of(f))
			}
		}
		seen[one.Language] = true
	}
	if len(list) > MaxVariants {
		errs = append(errs, FieldError{NewVariantLanguage, i18n.Say(
			"A persona may have words in %d other languages, and these are %d. Empty those that nobody needs", MaxVariants, len(list))})
	}
	return errs
}

// checkSilent reports the languages that are named and have no words.
func (v Variants) checkSilent() []FieldError {
	var errs []FieldError
	for _, one := range v.List() {
		tag, err := language.Parse(string(one.Language))
		if err == nil && one.Silent() {
			errs = append(errs, FieldError{VariantField(tag, "greeting"), i18n.Say("Enter a greeting, an SMS greeting or a signature in %s, "+
				"or leave the language out", tag.Said())})
		}
	}
	return errs
}

// DiffContent lists the fields in which b differs from a, but the name, in page order: those
// of its other languages last.
func DiffContent(a, b Content) []FieldChange {
	changes := Diff(a.Voice, b.Voice)
	if a.Variants == b.Variants {
		return changes
	}
	for _, tag := range languagesOf(a.Variants, b.Variants) {
		before, _ := a.Variants.In(tag)
		after, _ := b.Variants.In(tag)
		for _, f := range VariantFields() {
			if was, is := *before.Of(f), *after.Of(f); was != is {
				changes = append(changes, FieldChange{f.In(tag), was, is})
			}
		}
	}
	return changes
}

// eachVariant calls do for each field in each language that any of them has, with its key in
// files, its label and its words in each.
func eachVariant(do func(key, label string, words ...string), of ...Variants) {
	for _, tag := range languagesOf(of...) {
		for i, f := range VariantFields() {
			words := make([]string, len(of))
			for n, v := range of {
				in, _ := v.In(tag)
				words[n] = *in.Of(f)
			}
			do("variants."+string(tag)+"."+VariantKeys()[i], f.In(tag).Called().String(), words...)
		}
	}
}

// VariantKeys lists what files and the API call the fields of a variant, in the order of
// VariantFields.
func VariantKeys() []string { return FieldKeys()[2:5] }

// variants merges words in other languages into yours.
func (m *merge) variants(original, theirs Variants, yours *Variants) {
	if original == theirs && len(m.shown) == 0 {
		return
	}
	var list []Variant
	for _, tag := range languagesOf(original, theirs, *yours) {
		was, _ := original.In(tag)
		is, _ := theirs.In(tag)
		merged, _ := yours.In(tag)
		for _, f := range VariantFields() {
			in := f.In(tag)
			m.field(in.Name, in.Called(), *was.Of(f), *is.Of(f), merged.Of(f))
		}
		list = append(list, merged)
	}
	*yours = Pack(list...)
}

// Warnings returns what Warnings returns of the words, and of those in other languages.
func (c Content) Warnings() []Warning {
	warnings := Warnings(c.Voice)
	for _, v := range c.Variants.List() {
		for _, f := range VariantFields() {
			in := f.In(v.Language)
			for _, message := range warningsOf(in.Called(), *v.Of(f)) {
				warnings = append(warnings, Warning{in.Name, message})
			}
		}
	}
	return warnings
}
