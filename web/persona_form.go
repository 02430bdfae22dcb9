package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/views"
)

func (s *Server) newPersona(c *call) error {
	if version := c.QueryParam("version"); version != "" && c.QueryParam("from") == "settings" {
		return s.newFromVersion(c, version)
	}
	list, err := s.DB.PersonasPage(c.ctx(), c.access, "", 1)
	if err != nil {
		return err
	}
	m := views.PersonaForm{First: list.Total == 0, Default: list.Default()}
	if of := c.QueryParam("house"); of != "" {
		if err := s.fillFromHouse(c, of, &m); err != nil {
			return err
		}
	} else {
		m.Offers, m.Tone = list.Offers, persona.UsualTone
		if m.First && c.QueryParam("from") == "settings" {
			m.Content = persona.Content{Name: persona.ImportedName, Voice: list.Settings}
		}
	}
	if m.First {
		m.Replaces = persona.Replaced(list.Settings, m.Voice)
	}
	return s.page(c, http.StatusOK, views.PersonaFormPage(s.shell(c, c.tr("New persona"), "personas"), m))
}

// newFromVersion shows the form with the words that the settings held at a
// version, and writes nothing.
func (s *Server) newFromVersion(c *call, text string) error {
	version, err := optionalNumber(text)
	if err != nil {
		return err
	}
	was, now, first, err := s.DB.SettingsAt(c.ctx(), c.access, version)
	if err != nil {
		return err
	}
	m := views.PersonaForm{Content: persona.Content{Name: "Words from before", Voice: was}, First: first}
	if !first {
		if m.Default, err = s.DB.DefaultPersona(c.ctx(), c.access); err != nil {
			return err
		}
	}
	if first {
		m.Replaces = persona.Replaced(now, was)
	}
	return s.page(c, http.StatusOK, views.PersonaFormPage(s.shell(c, c.tr("New persona"), "personas"), m))
}

func (s *Server) createPersona(c *call) error {
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	c.formOnce()
	saved, err := s.DB.Create(c.ctx(), c.access.AsShown(form.Shown).OfHouse(form.mark()), form.content(), form.makeDefault())
	if errors.As(err, new(*persona.ShownOtherDefaultError)) {
		return s.tickAgain(c, http.StatusConflict, form, shownOther())
	}
	if status, fieldErrors := formErrors(err); fieldErrors != nil {
		return s.createAgain(c, status, form, fieldErrors)
	}
	if err != nil {
		return err
	}
	receipt := views.Created(s.zoned(c), saved)
	if saved.Proposed != nil {
		return s.proposedOf(c, saved, receipt)
	}
	return s.redirect(c, c.in("/personas"), receipt)
}

func (s *Server) createAgain(c *call, status int, form personaForm, fieldErrors []persona.FieldError) error {
	m, err := s.typedNew(c, form)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("New persona"), "personas")
	shell.Errors = fieldErrors
	return s.page(c, status, views.PersonaFormPage(shell, m))
}

// typedNew returns the form of a new persona with what was typed.
func (s *Server) typedNew(c *call, form personaForm) (views.PersonaForm, error) {
	list, err := s.DB.PersonasPage(c.ctx(), c.access, "", 1)
	m := views.PersonaForm{Content: form.content(), MakeDefault: form.makeDefault(),
		OwnTone: ownTone(form.typed, "tone"), First: list.Total == 0, Default: list.Default()}
	if m.First {
		m.Replaces = persona.Replaced(list.Settings, m.Voice.Clean())
	}
	if mark := form.mark(); err == nil && mark.Version > 0 {
		h, _, offerErr := s.DB.HouseOffer(c.ctx(), c.access, mark.ID)
		if offerErr == nil {
			m.House = taking(h, mark.Version)
		} else if !errors.Is(offerErr, persona.ErrNotFound) { // or it was withdrawn, and this is no copy any more
			err = offerErr
		}
	}
	return m, err
}

func (s *Server) persona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	m, err := s.editForm(c, id)
	if err != nil {
		return err
	}
	title := persona.Isolate(m.Name)
	if c.access.SecondPerson() && c.access.May(access.Write) && m.IsDefault {
		m.Proposing, title = true, views.ProposeTitle(c.ctx(), m.Name)
	}
	return s.page(c, http.StatusOK, views.PersonaFormPage(s.shell(c, title, "personas"), m))
}

func (s *Server) editForm(c *call, id uuid.UUID) (views.PersonaForm, error) {
	p, tones, copied, err := s.DB.PersonaWithTones(c.ctx(), c.access, id)
	m := views.PersonaForm{ID: p.ID, Version: p.Version, Content: p.Content, IsDefault: p.IsDefault,
		MakeDefault: p.IsDefault, Campaigns: p.Campaigns, Tones: tones}
	if copied != nil {
		m.House.HouseCopy = *copied
	}
	if err == nil && !p.IsDefault {
		m.Default, err = s.DB.DefaultPersona(c.ctx(), c.access)
	}
	return m, err
}

func (s *Server) editPersona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	if err := s.complete(c, id, form); err != nil {
		return err
	}
	version, err := form.version()
	if err != nil {
		return s.editAgain(c, id, form, err)
	}
	if err := s.decided(c, id, form); err != nil {
		return s.editAgain(c, id, form, err)
	}
	choice := form.defaultChoice()
	saved, err := s.DB.Edit(c.ctx(), c.access.AsShown(form.Shown).Judged(verdictsIn(form.typed).Kept()).OfHouse(form.merged()), id, version,
		form.chosen(), choice)
	if errors.As(err, new(*persona.ShownOtherDefaultError)) {
		return s.tickAgain(c, http.StatusConflict, form, shownOther())
	}
	var stale *persona.StaleError
	if errors.As(err, &stale) && stale.Theirs.Content == stale.Yours &&
		(choice == persona.KeepDefault || stale.Theirs.IsDefault == (choice == persona.MakeDefault)) {
		return s.savedBefore(c, form, stale.Theirs)
	}
	if err != nil {
		return s.editAgain(c, id, form, err)
	}
	receipt := views.Saved(s.zoned(c), saved)
	if saved.Proposed != nil {
		return s.proposedOf(c, saved, receipt)
	}
	return s.spoken(c, c.in("/personas"), receipt)
}

// savedBefore answers a form that says what is saved already, and has it merge what it says
// that it merges.
func (s *Server) savedBefore(c *call, form personaForm, p persona.Persona) error {
	if version := form.merged().Version; version != 0 {
		if _, err := s.DB.KeepOurs(c.ctx(), c.access, p.ID, version); err != nil {
			return err
		}
	}
	return s.redirect(c, c.in("/personas"), views.SavedBefore(s.zoned(c), p))
}

// complete adds to a form what it does not hold: a program that sends some fields
// of a persona leaves the others as they are. A browser sends all of them.
func (s *Server) complete(c *call, id uuid.UUID, form personaForm) error {
	absent := slices.DeleteFunc(append(persona.Fields(), persona.Field{Name: "name"}),
		func(f persona.Field) bool { return form.typed.Has(f.Name) })
	if len(absent) == 0 && form.typed.Has("variants") {
		return nil
	}
	p, err := s.DB.Persona(c.ctx(), c.access, id)
	for _, f := range absent {
		if f.Name == "name" {
			form.typed.Set("name", p.Name)
		} else {
			form.typed.Set(f.Name, *f.Of(&p.Voice))
		}
	}
	if !form.typed.Has("variants") {
		keepVariants(form.typed, p.Variants)
	}
	return err
}

// editAgain shows the form again with what was typed: beside its errors, or
// merged with what somebody else saved meanwhile.
func (s *Server) editAgain(c *call, id uuid.UUID, form personaForm, cause error) error {
	status, fieldErrors := formErrors(cause)
	var stale *persona.StaleError
	if fieldErrors == nil && !errors.As(cause, &stale) {
		return cause
	}
	if stale != nil && form.betweenCopies() {
		form = form.decidedForm() // what is chosen of the house persona is what was typed
	}
	m, title, err := s.typedEdit(c, id, form)
	if err != nil {
		return err
	}
	shell := s.shell(c, title, "personas")
	shell.Errors = fieldErrors
	if stale != nil {
		status = http.StatusConflict
		m.House.Asks = false
		form.mergeInto(&m, stale)
	}
	if m.Since != 0 {
		if m.By, err = s.DB.ChangedSince(c.ctx(), c.access, id, m.Since); err != nil {
			return err
		}
	}
	if stale != nil && len(m.Conflicts) == 0 {
		shell.Errors = oneError("", "%s", views.Merged(s.zoned(c), m.By, m.OnlyTheirs))
	}
	return s.page(c, status, views.PersonaFormPage(shell, m))
}

// mergeInto merges what was typed with what somebody else saved meanwhile.
func (f personaForm) mergeInto(m *views.PersonaForm, stale *persona.StaleError) {
	m.Since, m.Version = f.since(m.Version), stale.Theirs.Version
	m.Content, m.Overlap = persona.Merge(stale.Original, stale.Theirs.Content, m.Clean(), f.choices())
}

// decided fails with an InvalidError where both changed a field and nobody has chosen
// yet.
func (s *Server) decided(c *call, id uuid.UUID, form personaForm) error {
	if len(form.choices()) == 0 {
		return nil
	}
	m, _, err := s.typedEdit(c, id, form)
	if err != nil {
		return err
	}
	return undecided(m.Conflicts)
}

// typedEdit returns the form of a persona with what was typed, and the title of its page.
func (s *Server) typedEdit(c *call, id uuid.UUID, form personaForm) (views.PersonaForm, string, error) {
	m, err := s.editForm(c, id)
	title := persona.Isolate(m.Name)
	if form.Note != nil {
		title = views.ProposeTitle(c.ctx(), m.Name)
		m.Proposing, m.Note = true, *form.Note
	}
	m.Content, m.MakeDefault, m.OwnTone = form.content(), form.makeDefault(), ownTone(form.typed, "tone")
	if was := form.WasDefault == "true"; was != m.IsDefault {
		m.MakeDefault = m.IsDefault // the default moved meanwhile; nobody asked this form to move it
	}
	_, m.Overlap = persona.Merge(m.Content, form.theirs(), m.Content, form.choices())
	if len(m.Conflicts) > 0 {
		m.Since = form.since(0)
	}
	m.House.Merged = max(form.merged().Version, 0)
	m.House.Asks = form.betweenCopies()
	if version, err := form.version(); err == nil {
		m.Version = version
	}
	return m, title, err
}

// typedForm returns the form of the persona in the path, or of a new one, with what was
// typed, and the title of its page.
func (s *Server) typedForm(c *call, form personaForm) (m views.PersonaForm, title string, err error) {
	if c.Param("p") == "" {
		m, err = s.typedNew(c, form)
		return m, c.tr("New persona"), err
	}
	id, err := c.id("p")
	if err != nil {
		return m, "", err
	}
	if err := s.complete(c, id, form); err != nil {
		return m, "", err
	}
	return s.typedEdit(c, id, form)
}

// samplePersona shows how what was typed would read, and writes nothing: beside
// the form for htmx, else in the form with all that was typed.
func (s *Server) samplePersona(c *call) error { return s.sampleAgain(c, nil) }

func (s *Server) sampleAgain(c *call, fieldErrors []persona.FieldError) error {
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	if c.htmx() {
		return s.page(c, http.StatusOK, views.Sample(c.access.Name(), form.chosen().Voice, form.chosen().Variants))
	}
	m, title, err := s.typedForm(c, form)
	if err != nil {
		return err
	}
	m.Sampled = true
	shell := s.shell(c, title, "personas")
	shell.Errors = fieldErrors
	return s.page(c, http.StatusOK, views.PersonaFormPage(shell, m))
}

// personaForm is what was typed about a persona. The name and the eight fields
// of persona.Fields stand in typed, each under its name, beside the choices of a
// merge.
type personaForm struct {
	openedAt
	MakeDefault *string `form:"make_default"` // nil: the box was not ticked, or is not there
	WasDefault  string  `form:"was_default"`  // "true": it was made for the default persona
	Shown       string  `form:"shown"`        // the mark of the impact that was shown; empty: none was
	Note        *string `form:"note"`         // of a proposal; nil: it is none
	houseMarkForm
	typed url.Values
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

// merged is the version of its house persona with which the form merges a copy.
func (f personaForm) merged() persona.HouseMark {
	return persona.HouseMark{Version: f.mark().Version}
}

// betweenCopies reports whether the choices of the form are between the words of a copy and
// of its house persona, and not between those of two people.
func (f personaForm) betweenCopies() bool { return f.merged().Version > 0 && f.Since == "" }

// decidedForm returns the form as if what was chosen in it had been typed.
func (f personaForm) decidedForm() personaForm {
	f.typed = withChoices(f.typed)
	for _, choice := range f.choices() {
		for _, part := range []string{"theirs_", "original_", "choose_"} {
			f.typed.Del(part + choice.Field)
		}
	}
	return f
}

func contentIn(form url.Values) persona.Content {
	content := persona.Content{Name: form.Get("name")}
	for _, f := range persona.Fields() {
		*f.Of(&content.Voice) = form.Get(f.Name)
	}
	if own := ownTone(form, "tone"); own != "" {
		content.Tone = own
	}
	content.Variants = variantsIn(form)
	return content
}

// ownTone returns the tone that somebody typed in their own words, instead of what was
// chosen in the field of that name; empty: they typed none.
func ownTone(form url.Values, name string) string {
	own := form.Get(name + views.OwnWords)
	if persona.CleanLine(own) == "" {
		return ""
	}
	return own
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
