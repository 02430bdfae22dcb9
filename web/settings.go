package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"personae/internal/persona"
	"personae/views"
)

func (s *Server) settings(c *call) error {
	settings, speaker, err := s.DB.Settings(c.ctx(), c.access)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.SettingsPage(s.shell(c, "Settings", "settings"), views.Settings{Settings: settings, Default: speaker}))
}

func (s *Server) saveSettings(c *call) error {
	if err := c.formValues(); err != nil {
		return err
	}
	version, err := c.version()
	if err != nil {
		return s.settingsAgain(c, err)
	}
	yours, withVoice := settingsForm(withChoices(c.Request().PostForm))
	yours.Version = version
	changed, err := s.DB.SaveSettings(c.ctx(), c.access, yours, withVoice)
	var stale *persona.StaleSettingsError
	if errors.As(err, &stale) && stale.SavedBefore() {
		return s.redirect(c, c.in("/settings"), views.SettingsSaved(false, yours.Voice))
	}
	if err != nil {
		return s.settingsAgain(c, err)
	}
	return s.redirect(c, c.in("/settings"), views.SettingsSaved(len(changed) > 0, yours.Voice))
}

// settingsAgain shows the form again with what was typed.
func (s *Server) settingsAgain(c *call, cause error) error {
	status, fieldErrors := formErrors(cause)
	var stale *persona.StaleSettingsError
	if fieldErrors == nil && !errors.As(cause, &stale) {
		return cause
	}
	now, speaker, err := s.DB.Settings(c.ctx(), c.access)
	if err != nil {
		return err
	}
	typed, withVoice := settingsForm(c.Request().PostForm)
	if version, err := c.version(); err == nil {
		typed.Version = version
	}
	m := views.Settings{Settings: typed, Default: speaker}
	form := c.Request().PostForm
	open := choicesIn(form)
	theirs, _ := settingsForm(withTheirs(form, open))
	_, m.Conflicts = persona.MergeSettings(typed, theirs, typed, open)
	shell := s.shell(c, "Settings", "settings")
	shell.Errors = fieldErrors
	if stale != nil {
		status = http.StatusConflict
		m.Settings, m.Conflicts = persona.MergeSettings(stale.Original, stale.Theirs, typed.Clean(), open)
		m.Version = stale.Theirs.Version
	}
	if speaker != nil {
		if stale != nil && withVoice {
			m.Unsaved = persona.Diff(now.Voice, typed.Voice.Clean())
		}
		m.Conflicts = slices.DeleteFunc(m.Conflicts, func(conflict persona.Conflict) bool {
			return slices.ContainsFunc(persona.Fields(), func(f persona.Field) bool { return f.Setting == conflict.Field })
		})
		m.Voice = now.Voice
	}
	switch {
	case len(m.Unsaved) > 0:
		shell.Errors = []persona.FieldError{{Message: "A default persona was created meanwhile, so nothing was saved. What you typed is below"}}
	case stale != nil && len(m.Conflicts) == 0:
		shell.Errors = []persona.FieldError{{Message: "Somebody else changed other settings meanwhile; what they changed is in the form now. Save again to keep both"}}
	}
	return s.page(c, status, views.SettingsPage(shell, m))
}

// settingsForm reads what was typed, and whether the form had the eight fields.
func settingsForm(form url.Values) (typed persona.Settings, withVoice bool) {
	for _, f := range persona.Fields() {
		*f.Of(&typed.Voice) = form.Get(f.Setting)
		withVoice = withVoice || form.Has(f.Setting)
	}
	typed.CompanyName, typed.QualificationQuestions = form.Get("company_name"), form.Get("qualification_questions")
	return typed, withVoice
}

// version reads the version that a form was opened at.
func (c *call) version() (int, error) {
	n, err := strconv.Atoi(c.Request().PostForm.Get("version"))
	if err != nil || n < 0 || n > 1<<31-1 {
		return 0, &persona.InvalidError{Fields: []persona.FieldError{{
			Message: "The form did not say which version it was made from. Check what is in it now and save again"}}}
	}
	return n, nil
}
