package web

import (
	"net/http"

	"personae/views"
)

func (s *Server) campaigns(c *call) error {
	m, err := s.campaignsView(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.CampaignsPage(s.shell(c, "Campaigns", "campaigns"), m))
}

func (s *Server) campaignsView(c *call) (views.Campaigns, error) {
	campaigns, personas, _, err := s.DB.Campaigns(c.ctx(), c.access)
	return views.Campaigns{Items: campaigns, Personas: personas}, err
}

func (s *Server) assignPersona(c *call) error {
	campaign, err := c.id("c")
	if err != nil {
		return err
	}
	if err := c.formValues(); err != nil {
		return err
	}
	chosen, err := optionalID(c.Request().PostForm.Get("persona"))
	if err != nil {
		return err
	}
	changed, p, err := s.DB.Assign(c.ctx(), c.access, campaign, chosen)
	if err != nil {
		return err
	}
	receipt := views.Assigned(changed, p)
	if !c.htmx() {
		return s.redirect(c, c.in("/campaigns"), receipt)
	}
	m, err := s.campaignsView(c)
	if err != nil {
		return err
	}
	m.Changed = campaign
	shell := s.shell(c, "Campaigns", "campaigns")
	shell.Receipt = receipt
	return s.page(c, http.StatusOK, views.CampaignAssigned(shell, m))
}
