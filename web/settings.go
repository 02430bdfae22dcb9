package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"personae/internal/persona"
	"personae/views"
)

func (s *Server) settings(c *call) error { return s.settingsPage(c, http.StatusOK, nil) }

func (s *Server) settingsPage(c *call, status int, wrong []persona.FieldError) error {
	settings, speaker, err := s.DB.Settings(c.ctx(), c.access)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Settings"), "settings")
	shell.Errors = wrong
	return s.page(c, status, views.SettingsPage(shell, views.Settings{Settings: settings, Default: speaker}))
}

func (s *Server) saveSettings(c *call) error {
	form, err := c.settingsForm()
	if err != nil {
		return err
	}
	version, err := form.version()
	if err != nil {
		return s.settingsAgain(c, form, err)
	}
	open := choicesIn(form.typed)
	typed, _ := settingsIn(form.typed)
	theirs, _ := settingsIn(withTheirs(form.typed, open))
	_, overlap := persona.MergeSettings(typed, theirs, typed, open)
	if err := undecided(overlap.Conflicts); err != nil {
		return s.settingsAgain(c, form, err)
	}
	yours, withVoice := settingsIn(withChoices(form.typed))
	yours.Version = version
	if !form.asksOfLeads() {
		now, _, err := s.DB.Settings(c.ctx(), c.access)
		if err != nil {
			return err
		}
		form.fill(&yours, now)
	}
	changed, err := s.DB.SaveSettings(c.ctx(), c.access, yours, withVoice)
	var stale *persona.StaleSettingsError
	if errors.As(err, &stale) && stale.SavedBefore() {
		return s.redirect(c, c.in("/settings"), views.SettingsSaved(s.zoned(c), false, yours.Voice))
	}
	if err != nil {
		return s.settingsAgain(c, form, err)
	}
	return s.spoken(c, c.in("/settings"), views.SettingsSaved(s.zoned(c), len(changed) > 0, yours.Voice))
}

// settingsAgain shows the form again with what was typed.
func (s *Server) settingsAgain(c *call, form settingsForm, cause error) error {
	status, fieldErrors := formErrors(cause)
	var stale *persona.StaleSettingsError
	if fieldErrors == nil && !errors.As(cause, &stale) {
		return cause
	}
	now, speaker, err := s.DB.Settings(c.ctx(), c.access)
	if err != nil {
		return err
	}
	typed, withVoice := settingsIn(form.typed)
	form.fill(&typed, now)
	if version, err := form.version(); err == nil {
		typed.Version = version
	}
	m := views.Settings{Settings: typed, Default: speaker, OwnTone: ownTone(form.typed, "ai_tone")}
	open := choicesIn(form.typed)
	theirs, _ := settingsIn(withTheirs(form.typed, open))
	_, m.Overlap = persona.MergeSettings(typed, theirs, typed, open)
	if len(m.Conflicts) > 0 {
		m.Since = form.since(0)
	}
	shell := s.shell(c, c.tr("Settings"), "settings")
	shell.Errors = fieldErrors
	if stale != nil {
		status = http.StatusConflict
		m.Since = form.since(m.Version)
		m.Settings, m.Overlap = persona.MergeSettings(stale.Original, stale.Theirs, typed.Clean(), open)
		m.Version = stale.Theirs.Version
	}
	if m.Since != 0 {
		if m.By, err = s.DB.SettingsChangedSince(c.ctx(), c.access, m.Since); err != nil {
			return err
		}
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
		shell.Errors = oneError("", "A default persona was created meanwhile, so nothing was saved. What you typed is below")
	case stale != nil && len(m.Conflicts) == 0:
		shell.Errors = oneError("", "%s", views.Merged(s.zoned(c), m.By, m.OnlyTheirs))
	}
	return s.page(c, status, views.SettingsPage(shell, m))
}

// requireSecondPersonForm says whether a second person is to approve changes of the default.
type requireSecondPersonForm struct {
	Required string `form:"required"`
}

// requireSecondPerson has a second person approve changes of the default, or proposes that
// nobody has to any more.
func (s *Server) requireSecondPerson(c *call) error {
	form, err := decode[requireSecondPersonForm](c)
	if err != nil {
		return err
	}
	if form.Required != "yes" {
		c.formOnce()
		p, err := s.DB.Propose(c.ctx(), c.access, persona.Suggestion{Kind: persona.ProposedAlone})
		if err != nil {
			return err
		}
		return s.proposed(c, p)
	}
	err = s.DB.RequireSecondPerson(c.ctx(), c.access)
	if status, wrong := formErrors(err); wrong != nil {
		return s.settingsPage(c, status, wrong)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/settings"), views.SecondPersonRequired(s.zoned(c)))
}

// settingsForm is what was typed. The fields stand in typed, each under the name
// of its column, beside the choices of a merge.
type settingsForm struct {
	openedAt
	typed url.Values
}

// asksOfDrafts reports whether the form showed the box “Draft replies automatically”: one
// that is not ticked is not sent.
func (f settingsForm) asksOfDrafts() bool { return f.typed.Has("has_draft_generation_enabled") }

// asksOfLeads reports whether it asked all that is asked of drafts and leads.
func (f settingsForm) asksOfLeads() bool {
	return f.asksOfDrafts() && f.typed.Has("forget_leads_after_months")
}

// fill takes what the form did not ask from the settings as they are.
func (f settingsForm) fill(typed *persona.Settings, now persona.Settings) {
	if !f.asksOfDrafts() {
		typed.DraftsOff = now.DraftsOff
	}
	if !f.typed.Has("forget_leads_after_months") {
		typed.ForgetAfter = now.ForgetAfter
	}
}

func (c *call) settingsForm() (settingsForm, error) {
	form, err := decode[settingsForm](c)
	form.typed = c.Request().PostForm
	return form, err
}

// settingsIn returns the settings in a form, and whether it had the eight fields.
func settingsIn(form url.Values) (typed persona.Settings, withVoice bool) {
	for _, f := range persona.Fields() {
		*f.Of(&typed.Voice) = form.Get(f.Setting)
		withVoice = withVoice || form.Has(f.Setting)
	}
	if own := ownTone(form, "ai_tone"); own != "" {
		typed.Tone = own
	}
	typed.CompanyName, typed.QualificationQuestions = form.Get("company_name"), form.Get("qualification_questions")
	typed.DraftsOff = !form.Has("draft_generation_enabled")
	typed.ForgetAfter = persona.MonthsIn(form.Get("forget_leads_after_months"))
	return typed, withVoice
}
