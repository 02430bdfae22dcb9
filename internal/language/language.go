// Package language holds languages by their tags (BCP 47), what people call them, and which
// one a short message is in.
package language

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	bcp47 "golang.org/x/text/language"

	"personae/internal/i18n"
)

// Tag names a language as BCP 47 does, in one spelling: "de", "pt-BR", "zh-Hant". Empty: none,
// or not known.
type Tag string

// ErrUnknown is a text that names no language.
var ErrUnknown = errors.New("this names no language")

// Parse returns the tag that a text names: a tag in any spelling of a language, maybe with a
// script and a region, or the name of a language that Known lists, as any language of the
// interface has it. It fails with ErrUnknown.
func Parse(text string) (Tag, error) {
	text = strings.TrimSpace(text)
	if tag, is := byName()[strings.ToLower(text)]; is {
		return tag, nil
	}
	parsed, err := bcp47.Parse(text)
	base, _, _ := parsed.Raw()
	if err != nil || base.String() == "und" || base.String() == "mul" || len(parsed.Variants()) > 0 || len(parsed.Extensions()) > 0 {
		return "", ErrUnknown
	}
	tag := Tag(parsed.String())
	return tag.Base() + tag[len(base.String()):], nil
}

// byName are the tags of the languages by their names, in small letters.
var byName = sync.OnceValue(func() map[string]Tag {
	german := i18n.With(context.Background(), i18n.German)
	names := map[string]Tag{}
	for _, l := range languages {
		names[strings.ToLower(l.name)] = l.tag
		names[strings.ToLower(i18n.T(german, l.name))] = l.tag
	}
	return names
})

// Name returns what the language is called in English, with the tag where that says more:
// "German", "German (de-CH)"; the tag alone where Known does not list the language.
func (t Tag) Name() string { return t.Said().String() }

// Said returns Name as a text that other languages than English can say.
func (t Tag) Said() i18n.Text {
	i := slices.IndexFunc(languages, func(l language) bool { return l.tag == t.Base() })
	switch {
	case i < 0:
		return i18n.Say("%s", string(t))
	case languages[i].tag == t:
		return i18n.Say(languages[i].name)
	}
	return i18n.Say("%s (%s)", i18n.Say(languages[i].name), string(t))
}

// Base returns the tag of the language alone, as Known lists it.
func (t Tag) Base() Tag {
	base, _, _ := strings.Cut(string(t), "-")
	switch base {
	case "no":
		return "nb"
	case "cmn":
		return "zh"
	}
	return Tag(base)
}

// Choose returns which of some tags is for a text in the language t: t itself, else that
// language without a region, else the first of its regions. Empty: none is, or t is.
func Choose(t Tag, among []Tag) Tag {
	if t == "" {
		return ""
	}
	var of []Tag
	for _, tag := range among {
		if tag == t {
			return tag
		}
		if tag.Base() == t.Base() {
			of = append(of, tag)
		}
	}
	if len(of) == 0 {
		return ""
	}
	return slices.MinFunc(of, func(a, b Tag) int {
		if n := strings.Count(string(a), "-") - strings.Count(string(b), "-"); n != 0 {
			return n
		}
		return strings.Compare(string(a), string(b))
	})
}

// Known lists the languages that Tell tells apart, by their names.
func Known() []Tag {
	tags := make([]Tag, len(languages))
	for i, l := range languages {
		tags[i] = l.tag
	}
	return tags
}
