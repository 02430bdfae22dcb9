package web

import (
	"errors"
	"net/http"
	"unicode/utf8"

	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/views"
)

// loadLimit is how long a file may be that a page takes, in bytes. It leaves
// room in a request for what else is in it.
const loadLimit = 800_000

// exportPersonas answers with the personas as a file that can be loaded.
func (s *Server) exportPersonas(c *call) error {
	file, err := s.exported(c)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition",
		`attachment; filename="personas-`+c.access.Workspace().String()+`.json"`)
	return c.Blob(http.StatusOK, "application/json", file)
}

func (s *Server) exported(c *call) ([]byte, error) {
	list, err := s.DB.Export(c.ctx(), c.access)
	if err != nil {
		return nil, err
	}
	return personafile.Write(list)
}

func (s *Server) loadForm(c *call) error {
	return s.page(c, http.StatusOK, views.LoadPage(s.shell(c, c.tr("Load personas"), "personas"), views.Load{}))
}

// loadForm is a file of personas, or its text, and what to do with it.
type loadForm struct {
	Text    string `form:"text"`
	File    string `form:"file"`
	Replace string `form:"replace"` // ticked: those of the same name
	Do      string `form:"do"`      // "load" is the button that follows the plan
	Plan    string `form:"plan"`    // the mark of what was shown
}

// loadPersonas shows what loading would do, and does it when that was shown.
func (s *Server) loadPersonas(c *call) error {
	form, err := decode[loadForm](c)
	if err != nil {
		return err
	}
	m, entries, err := form.file()
	if err != nil {
		return s.loadAgain(c, err, m)
	}
	if form.Do == "load" && form.Plan != "" {
		plan, err := s.DB.Load(c.ctx(), c.access, entries, m.Replace, form.Plan)
		if err != nil {
			return s.loadAgain(c, err, m)
		}
		path := "/personas"
		if p := plan.Proposed(); p != nil {
			path = "/proposals/" + p.ID.String()
		}
		return s.redirect(c, c.in(path), views.Loaded(s.zoned(c), plan))
	}
	plan, err := s.DB.PlanLoad(c.ctx(), c.access, entries, m.Replace)
	if err != nil {
		return s.loadAgain(c, err, m)
	}
	m.Plan = &plan
	return s.page(c, http.StatusOK, views.LoadPage(s.shell(c, c.tr("Load these personas?"), "personas"), m))
}

// loadAgain shows the form again with what was sent.
func (s *Server) loadAgain(c *call, cause error, m views.Load) error {
	shell := s.shell(c, c.tr("Load personas"), "personas")
	status, fieldErrors := formErrors(cause)
	var changed *persona.PlanChangedError
	switch {
	case errors.As(cause, &changed):
		status, m.Plan = http.StatusConflict, &changed.Plan
		fieldErrors = oneError("", "This is no longer what you were shown: the personas here changed meanwhile, "+
			"or you changed what to load. Nothing was loaded. Look at it as it is now, then load it")
	case fieldErrors == nil:
		return cause
	}
	shell.Errors = fieldErrors
	return s.page(c, status, views.LoadPage(shell, m))
}

func (s *Server) loadKept(c *call) error {
	form, err := decode[loadForm](c)
	if err != nil {
		return err
	}
	m, _, _ := form.file() // the file is looked at when its button is pressed
	return s.loadAgain(c, &persona.InvalidError{Fields: keptErrors()}, m)
}

// file returns the personas of the file that was chosen, else of the text. It
// fails with an InvalidError.
func (f loadForm) file() (views.Load, []persona.Entry, error) {
	m := views.Load{Text: f.Text, Replace: f.Replace != ""}
	if f.File != "" {
		file, err := personafile.Convert([]byte(f.File))
		if err != nil {
			return m, nil, about("file", err)
		}
		f.File = string(file) // that of another tool can be corrected in the page
		if !utf8.ValidString(f.File) {
			return m, nil, invalid("file", "This file is not a text in UTF-8, so it cannot be read. Choose a file "+
				"that Export made, or save it as UTF-8 (Excel calls that CSV UTF-8)")
		}
		m.Text = f.File
	}
	if n := len(m.Text); n > loadLimit {
		return m, nil, invalid(personafile.TextField, "This is too long: %d bytes, where %d are allowed. Load it in parts, or have it "+
			"loaded on the server with personae load", n, loadLimit)
	}
	text, err := personafile.Convert([]byte(m.Text))
	if err != nil {
		return m, nil, err
	}
	m.Text = string(text)
	entries, err := personafile.Read(text)
	return m, entries, err
}

// about returns an InvalidError that is about another field.
func about(field string, err error) error {
	var wrong *persona.InvalidError
	if errors.As(err, &wrong) && len(wrong.Fields) > 0 {
		return &persona.InvalidError{Fields: []persona.FieldError{{Field: field, Message: wrong.Fields[0].Message}}}
	}
	return err
}
