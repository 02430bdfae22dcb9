package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/views"
)

// campaignForm is what was typed about a campaign.
type campaignForm struct {
	openedAt
	Name       string        `form:"name"`
	ExternalID string        `form:"external_id"`
	Persona    uuid.NullUUID `form:"persona"` // of a new one; not valid: the workspace default
	typed      url.Values    // with the choices of a merge
}

func (c *call) campaignForm() (campaignForm, error) {
	form, err := decode[campaignForm](c)
	form.typed = c.Request().PostForm
	return form, err
}

// overlap returns what is still to choose in the form, of what was shown before.
func (f campaignForm) overlap() persona.Overlap {
	open := choicesIn(f.typed)
	typed := campaignIn(f.typed)
	_, o := persona.MergeCampaign(typed, campaignIn(withTheirs(f.typed, open)), typed, open)
	return o
}

// campaignIn returns the content of a campaign in a form.
func campaignIn(form url.Values) persona.CampaignContent {
	return persona.CampaignContent{Name: form.Get("name"), ExternalID: form.Get("external_id")}
}

func (s *Server) newCampaign(c *call) error {
	return s.createCampaignAgain(c, http.StatusOK, campaignForm{}, nil)
}

func (s *Server) createCampaign(c *call) error {
	form, err := c.campaignForm()
	if err != nil {
		return err
	}
	c.formOnce()
	made, err := s.DB.AddCampaign(c.ctx(), c.access, campaignIn(form.typed), form.Persona)
	if status, fieldErrors := formErrors(err); fieldErrors != nil {
		return s.createCampaignAgain(c, status, form, fieldErrors)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/campaigns"), views.CampaignCreated(s.zoned(c), made))
}

// createCampaignAgain shows the form of a new campaign with what was typed.
func (s *Server) createCampaignAgain(c *call, status int, form campaignForm, wrong []persona.FieldError) error {
	offer := c.offer()
	personas, err := s.DB.PersonaChoices(c.ctx(), c.access, &offer, form.Persona)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("New campaign"), "campaigns")
	shell.Errors = wrong
	return s.page(c, status, views.NewCampaignPage(shell, views.Campaign{
		Campaign: persona.Campaign{Name: form.Name, ExternalID: form.ExternalID, PersonaID: form.Persona},
		Personas: personas, Offer: offer}))
}

func (s *Server) campaign(c *call) error {
	id, err := c.id("c")
	if err != nil {
		return err
	}
	m, err := s.campaignView(c, id)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.CampaignPage(s.shell(c, persona.Isolate(m.Name), "campaigns"), m))
}

func (s *Server) campaignView(c *call, id uuid.UUID) (views.Campaign, error) {
	offer := c.offer()
	campaign, personas, err := s.DB.CampaignWithChoices(c.ctx(), c.access, id, &offer)
	m := views.Campaign{Campaign: campaign, Typed: campaign.Content(), Personas: personas, Offer: offer}
	if campaign.PersonaID.Valid {
		m.Proposing.Persona = campaign.PersonaID.UUID.String()
	}
	return m, err
}

func (s *Server) editCampaign(c *call) error {
	id, err := c.id("c")
	if err != nil {
		return err
	}
	form, err := c.campaignForm()
	if err != nil {
		return err
	}
	version, err := form.version()
	if err == nil {
		err = undecided(form.overlap().Conflicts)
	}
	if err != nil {
		return s.editCampaignAgain(c, id, form, err)
	}
	saved, err := s.DB.EditCampaign(c.ctx(), c.access, id, version, campaignIn(withChoices(form.typed)), nil)
	var stale *persona.StaleCampaignError
	if errors.As(err, &stale) && stale.Theirs.Content() == stale.Yours {
		saved, err = stale.Theirs, nil // the same form, sent twice
	}
	if err != nil {
		return s.editCampaignAgain(c, id, form, err)
	}
	return s.redirect(c, c.campaignPath(id), views.CampaignSaved(s.zoned(c), saved))
}

func (c *call) campaignPath(id uuid.UUID) string { return c.in("/campaigns/" + id.String()) }

// editCampaignAgain shows the form again with what was typed: beside its errors, or
// merged with what somebody else saved meanwhile.
func (s *Server) editCampaignAgain(c *call, id uuid.UUID, form campaignForm, cause error) error {
	status, fieldErrors := formErrors(cause)
	var stale *persona.StaleCampaignError
	if fieldErrors == nil && !errors.As(cause, &stale) {
		return cause
	}
	m, err := s.campaignView(c, id)
	if err != nil {
		return err
	}
	m.Typed, m.Overlap = campaignIn(form.typed), form.overlap()
	if len(m.Conflicts) > 0 {
		m.Since = form.since(0)
	}
	if version, err := form.version(); err == nil {
		m.Version = version
	}
	shell := s.shell(c, persona.Isolate(m.Name), "campaigns")
	shell.Errors = fieldErrors
	if stale != nil {
		status = http.StatusConflict
		m.Since = form.since(m.Version)
		m.Version = stale.Theirs.Version
		typed, _ := m.Typed.Validate()
		m.Typed, m.Overlap = persona.MergeCampaign(stale.Original, stale.Theirs.Content(), typed, choicesIn(form.typed))
	}
	if m.Since != 0 {
		if m.By, err = s.DB.CampaignChangedSince(c.ctx(), c.access, id, m.Since); err != nil {
			return err
		}
	}
	if stale != nil && len(m.Conflicts) == 0 {
		shell.Errors = oneError("", "%s", views.Merged(s.zoned(c), m.By, m.OnlyTheirs))
	}
	return s.page(c, status, views.CampaignPage(shell, m))
}

func (s *Server) archiveCampaign(c *call) error { return s.setArchived(c, true) }

func (s *Server) unarchiveCampaign(c *call) error { return s.setArchived(c, false) }

// setArchived takes a campaign out of all lists, or puts it back.
func (s *Server) setArchived(c *call, archive bool) error {
	id, err := c.id("c")
	if err != nil {
		return err
	}
	if _, err := decode[struct{}](c); err != nil {
		return err
	}
	done, err := s.DB.ArchiveCampaign(c.ctx(), c.access, id, archive)
	if err != nil {
		return err
	}
	if archive {
		return s.redirect(c, c.in("/campaigns"), views.CampaignArchived(s.zoned(c), done))
	}
	return s.redirect(c, c.campaignPath(id), views.CampaignUnarchived(s.zoned(c), done))
}
