package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
)

// choicesIn returns the fields of a form in which one was to choose between theirs
// and yours, with what was chosen. Yours is the field itself: it is kept whatever
// was chosen.
func choicesIn(form url.Values) []persona.Conflict {
	var list []persona.Conflict
	for key := range form {
		field, ok := strings.CutPrefix(key, "theirs_")
		if !ok {
			continue
		}
		choice := form.Get("choose_" + field)
		list = append(list, persona.Conflict{Field: field, Original: persona.Clean(form.Get("original_" + field)),
			Theirs: persona.Clean(form.Get(key)), TakeTheirs: choice == "theirs",
			Chosen: choice == "theirs" || choice == "yours"})
	}
	return list
}

// withChoices returns a form with their words in each field where these were chosen.
func withChoices(form url.Values) url.Values {
	return withTheirs(form, slices.DeleteFunc(choicesIn(form), func(c persona.Conflict) bool { return !c.TakeTheirs }))
}

// undecided returns an error for each field of a form in which one is still to choose.
func undecided(conflicts []persona.Conflict) error {
	var errs []persona.FieldError
	for _, c := range conflicts {
		if !c.Chosen {
			errs = append(errs, persona.FieldError{Field: "choose_" + c.Field,
				Message: i18n.Say("Choose theirs or yours for %s", c.Label)})
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return &persona.InvalidError{Fields: errs}
}

func withTheirs(form url.Values, in []persona.Conflict) url.Values {
	form = maps.Clone(form)
	for _, c := range in {
		form.Set(c.Field, c.Theirs)
		form.Del(c.Field + views.OwnWords)
	}
	return form
}
