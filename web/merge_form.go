package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"personae/internal/persona"
	"personae/views"
)

// choicesIn returns the fields of a form in which one was to choose between theirs
// and yours, with what was chosen. Yours is the field itself: it is kept whatever
// was chosen.
func choicesIn(form url.Values) []persona.Conflict {
	var list []persona.Conflict
	for key := range form {
		if field, ok := strings.CutPrefix(key, "choose_"); ok {
			list = append(list, persona.Conflict{Field: field, Original: persona.Clean(form.Get("original_" + field)),
				Theirs: persona.Clean(form.Get("theirs_" + field)), TakeTheirs: form.Get(key) == "theirs"})
		}
	}
	return list
}

// withChoices returns a form with their words in each field where these were chosen.
func withChoices(form url.Values) url.Values {
	return withTheirs(form, slices.DeleteFunc(choicesIn(form), func(c persona.Conflict) bool { return !c.TakeTheirs }))
}

func withTheirs(form url.Values, in []persona.Conflict) url.Values {
	form = maps.Clone(form)
	for _, c := range in {
		form.Set(c.Field, c.Theirs)
		form.Del(c.Field + views.OwnWords)
	}
	return form
}
