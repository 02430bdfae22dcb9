package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/views"
)

func (s *Server) personas(c *call) error {
	m, err := s.personasView(c, searchText(c))
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.PersonasPage(s.shell(c, "Personas", "personas"), m))
}

func (s *Server) personasView(c *call, search string) (views.Personas, error) {
	list, err := s.DB.Personas(c.ctx(), c.access, search)
	return views.Personas{List: list, Query: search}, err
}

func (s *Server) importPersona(c *call) error {
	made, err := s.DB.Import(c.ctx(), c.access)
	if errors.Is(err, persona.ErrPersonaExists) {
		return s.redirect(c, c.in("/personas"), views.ImportedBefore())
	}
	if status, fieldErrors := formErrors(err); fieldErrors != nil {
		return s.importRefused(c, status, fieldErrors)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/personas"), views.Imported(made))
}

// importRefused says which settings no persona can hold. They are repaired where
// they are, so the messages lead nowhere on this page.
func (s *Server) importRefused(c *call, status int, fieldErrors []persona.FieldError) error {
	m, err := s.personasView(c, "")
	if err != nil {
		return err
	}
	shell := s.shell(c, "Personas", "personas")
	for _, e := range fieldErrors {
		shell.Errors = append(shell.Errors, persona.FieldError{Message: e.Message + " in the workspace settings. Change it there, then create the persona"})
	}
	return s.page(c, status, views.PersonasPage(shell, m))
}

func (s *Server) newPersona(c *call) error {
	if version := c.QueryParam("version"); version != "" && c.QueryParam("from") == "settings" {
		return s.newFromVersion(c, version)
	}
	list, err := s.DB.Personas(c.ctx(), c.access, "")
	if err != nil {
		return err
	}
	m := views.PersonaForm{First: list.Total == 0}
	m.Tone = persona.UsualTone
	if m.First && c.QueryParam("from") == "settings" {
		m.Content = persona.Content{Name: persona.ImportedName, Voice: list.Settings}
	}
	if m.First {
		m.Replaces = persona.Replaced(list.Settings, m.Voice)
	}
	return s.page(c, http.StatusOK, views.PersonaFormPage(s.shell(c, "New persona", "personas"), m))
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
	if first {
		m.Replaces = persona.Replaced(now, was)
	}
	return s.page(c, http.StatusOK, views.PersonaFormPage(s.shell(c, "New persona", "personas"), m))
}

func (s *Server) createPersona(c *call) error {
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	c.formOnce()
	saved, err := s.DB.Create(c.ctx(), c.access, form.content(), form.makeDefault())
	if status, fieldErrors := formErrors(err); fieldErrors != nil {
		return s.createAgain(c, status, form, fieldErrors)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/personas"), views.Created(saved.Persona, saved.Switched, saved.Moved, saved.Replaced, saved.Settings))
}

func (s *Server) createAgain(c *call, status int, form personaForm, fieldErrors []persona.FieldError) error {
	m, err := s.typedNew(c, form)
	if err != nil {
		return err
	}
	shell := s.shell(c, "New persona", "personas")
	shell.Errors = fieldErrors
	return s.page(c, status, views.PersonaFormPage(shell, m))
}

// typedNew returns the form of a new persona with what was typed.
func (s *Server) typedNew(c *call, form personaForm) (views.PersonaForm, error) {
	list, err := s.DB.Personas(c.ctx(), c.access, "")
	m := views.PersonaForm{Content: form.content(), MakeDefault: form.makeDefault(), First: list.Total == 0}
	if m.First {
		m.Replaces = persona.Replaced(list.Settings, m.Voice.Clean())
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
	return s.page(c, http.StatusOK, views.PersonaFormPage(s.shell(c, m.Name, "personas"), m))
}

func (s *Server) editForm(c *call, id uuid.UUID) (views.PersonaForm, error) {
	p, tones, err := s.DB.Tones(c.ctx(), c.access, id)
	return views.PersonaForm{ID: p.ID, Version: p.Version, Content: p.Content, IsDefault: p.IsDefault, MakeDefault: p.IsDefault, Campaigns: p.Campaigns, Tones: tones}, err
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
	choice := form.defaultChoice()
	saved, err := s.DB.Edit(c.ctx(), c.access, id, version, form.chosen(), choice)
	var stale *persona.StaleError
	if errors.As(err, &stale) && stale.Theirs.Content == stale.Yours && (choice == persona.KeepDefault || stale.Theirs.IsDefault == (choice == persona.MakeDefault)) {
		return s.redirect(c, c.in("/personas"), views.SavedBefore(stale.Theirs))
	}
	if err != nil {
		return s.editAgain(c, id, form, err)
	}
	return s.redirect(c, c.in("/personas"), views.Saved(saved.Persona, saved.Switched, saved.Moved, saved.Replaced))
}

// complete adds to a form what it does not hold: a program that sends some fields
// of a persona leaves the others as they are. A browser sends all of them.
func (s *Server) complete(c *call, id uuid.UUID, form personaForm) error {
	absent := slices.DeleteFunc(append(persona.Fields(), persona.Field{Name: "name"}), func(f persona.Field) bool { return form.typed.Has(f.Name) })
	if len(absent) == 0 {
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
	m, name, err := s.typedEdit(c, id, form)
	if err != nil {
		return err
	}
	shell := s.shell(c, name, "personas")
	shell.Errors = fieldErrors
	if stale != nil {
		status = http.StatusConflict
		m.Version = stale.Theirs.Version
		m.Content, m.Conflicts = persona.Merge(stale.Original, stale.Theirs.Content, m.Clean(), form.choices())
		if len(m.Conflicts) == 0 {
			shell.Errors = []persona.FieldError{{Message: "Somebody else saved this persona meanwhile. What they changed is in the form now, and so is what you typed. Save again to keep both"}}
		}
	}
	return s.page(c, status, views.PersonaFormPage(shell, m))
}

// typedEdit returns the form of a persona with what was typed, and its name.
func (s *Server) typedEdit(c *call, id uuid.UUID, form personaForm) (views.PersonaForm, string, error) {
	m, err := s.editForm(c, id)
	name := m.Name
	m.Content, m.MakeDefault = form.content(), form.makeDefault()
	if was := form.WasDefault == "true"; was != m.IsDefault {
		m.MakeDefault = m.IsDefault // the default moved meanwhile; nobody asked this form to move it
	}
	_, m.Conflicts = persona.Merge(m.Content, form.theirs(), m.Content, form.choices())
	if version, err := form.version(); err == nil {
		m.Version = version
	}
	return m, name, err
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
		return s.page(c, http.StatusOK, views.Sample(c.access.Name(), form.chosen().Voice))
	}
	title := "New persona"
	var m views.PersonaForm
	if c.Param("p") == "" {
		m, err = s.typedNew(c, form)
	} else {
		id, malformed := c.id("p")
		if malformed != nil {
			return malformed
		}
		m, title, err = s.typedEdit(c, id, form)
	}
	if err != nil {
		return err
	}
	m.Sampled = true
	shell := s.shell(c, title, "personas")
	shell.Errors = fieldErrors
	return s.page(c, http.StatusOK, views.PersonaFormPage(shell, m))
}

func (s *Server) setDefaultPersona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	done, err := s.DB.SetDefault(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	receipt := views.Switched(done.To, done.From, done.Moved, done.Changed, done.Event)
	if done.Already {
		receipt = views.SwitchedBefore(done.To, done.Event)
	}
	return s.redirect(c, c.in("/personas"), receipt)
}

func (s *Server) confirmDelete(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	successor, err := optionalID(c.QueryParam("successor"))
	if err != nil {
		return err
	}
	m, err := s.deletion(c, id, successor)
	if err != nil {
		return err
	}
	if successor.Valid && !slices.ContainsFunc(m.Others, func(p persona.Persona) bool { return p.ID == successor.UUID }) {
		return persona.ErrNotFound
	}
	if c.htmx() && len(m.Others) > 0 {
		return s.page(c, http.StatusOK, views.SuccessorImpact(m))
	}
	return s.page(c, http.StatusOK, views.PersonaDeletePage(s.shell(c, "Delete "+m.Persona.Name+"?", "personas"), m))
}

// deletion returns what deleting a persona would do; the oldest of the others
// follows a default where nobody is chosen.
func (s *Server) deletion(c *call, id uuid.UUID, successor uuid.NullUUID) (views.PersonaDelete, error) {
	d, err := s.DB.Deletion(c.ctx(), c.access, id)
	m := views.PersonaDelete{Persona: d.Persona, Campaigns: d.Campaigns, Unnamed: d.Unnamed, Others: d.Others, Successor: successor.UUID, Asked: successor.Valid}
	if !successor.Valid && len(d.Others) > 0 {
		m.Successor = d.Others[0].ID
	}
	return m, err
}

type deleteForm struct {
	Version   *string       `form:"version"`
	Successor uuid.NullUUID `form:"successor"`
}

func (s *Server) deletePersona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	form, err := decode[deleteForm](c)
	if err != nil {
		return err
	}
	version := 0 // a form that does not say asks for whatever is there
	if form.Version != nil {
		if version, err = (openedAt{*form.Version}).version(); err != nil {
			return err
		}
	}
	done, err := s.DB.Delete(c.ctx(), c.access, id, version, form.Successor)
	var stale *persona.StaleError
	if errors.As(err, &stale) {
		return s.deleteAgain(c, id, form.Successor)
	}
	if errors.Is(err, persona.ErrNotFound) {
		return s.deletedBefore(c, id, version, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/personas"), views.Deleted(done.Persona, done.Campaigns, done.Successor, done.Moved, done.Changed))
}

// deleteAgain asks once more, because the persona is no longer as it was when
// the question was asked.
func (s *Server) deleteAgain(c *call, id uuid.UUID, successor uuid.NullUUID) error {
	m, err := s.deletion(c, id, successor)
	if err != nil {
		return err
	}
	shell := s.shell(c, "Delete "+m.Persona.Name+"?", "personas")
	shell.Errors = []persona.FieldError{{Message: "Somebody else changed this persona meanwhile, so it was not deleted. Look again at what will happen, then delete it or keep it"}}
	return s.page(c, http.StatusConflict, views.PersonaDeletePage(shell, m))
}

// deletedBefore answers who deletes what is not there: it may have been deleted as
// this form wants it, most likely by the same one, sent a moment before.
func (s *Server) deletedBefore(c *call, id uuid.UUID, version int, cause error) error {
	h, err := s.DB.History(c.ctx(), c.access, id, 0)
	if err != nil {
		return err
	}
	last := h.Versions[0]
	if h.Now != 0 || !last.Deleted || version != 0 && version != last.Number-1 {
		return cause
	}
	return s.redirect(c, c.in("/personas"), views.DeletedBefore(last.Name))
}

func (s *Server) duplicatePersona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	if err := c.buttonOnce(); err != nil {
		return err
	}
	made, err := s.DB.Duplicate(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return s.redirect(c, c.personaPath(made.ID), views.Duplicated(made))
}
