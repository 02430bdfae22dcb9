package web

import (
	"net/url"

	"personae/internal/persona"
)

// personaForm is what was typed about a persona. The name and the eight fields
// of persona.Fields stand in typed, each under its name, beside the choices of a
// merge.
type personaForm struct {
	openedAt
	MakeDefault *string `form:"make_default"` // nil: the box was not ticked, or is not there
	WasDefault  string  `form:"was_default"`  // "true": it was made for the default persona
	typed       url.Values
}

func (c *call) personaForm() (personaForm, error) {
	form, err := decode[personaForm](c)
	form.typed = c.Request().PostForm
	return form, err
}

// content is what was typed.
func (f personaForm) content() persona.Content { return contentIn(f.typed) }

// chosen is what was typed, but theirs where that was chosen.
func (f personaForm) chosen() persona.Content { return contentIn(withChoices(f.typed)) }

// theirs is what was typed, but theirs wherever one was to choose.
func (f personaForm) theirs() persona.Content { return contentIn(withTheirs(f.typed, f.choices())) }

func (f personaForm) choices() []persona.Conflict { return choicesIn(f.typed) }

func contentIn(form url.Values) persona.Content {
	content := persona.Content{Name: form.Get("name")}
	for _, f := range persona.Fields() {
		*f.Of(&content.Voice) = form.Get(f.Name)
	}
	return content
}

// makeDefault reports whether the box is ticked, in whichever words a program may
// send it.
func (f personaForm) makeDefault() bool {
	if f.MakeDefault == nil {
		return false
	}
	switch *f.MakeDefault {
	case "", "0", "false", "off", "no":
		return false
	}
	return true
}

// defaultChoice reads the box of an edit form. An empty box arrives as nothing
// at all, which only a form made for the default persona gives a meaning.
func (f personaForm) defaultChoice() persona.DefaultChoice {
	switch {
	case f.makeDefault():
		return persona.MakeDefault
	case f.MakeDefault != nil, f.WasDefault == "true":
		return persona.ClearDefault
	}
	return persona.KeepDefault
}
