package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) campaigns(c *call) error {
	m, err := s.campaignsView(c, listing(c.QueryParams(), views.SortByPersona))
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.CampaignsPage(s.shell(c, "Campaigns", "campaigns"), m))
}

func (s *Server) campaignsView(c *call, l views.Listing) (views.Campaigns, error) {
	list, err := s.DB.CampaignList(c.ctx(), c.access, persona.CampaignFilter{Search: l.Query, ByPersona: l.Sort == views.SortByPersona, Page: l.Page})
	l.More = list.Matching > l.Page*postgres.CampaignsPage
	return views.Campaigns{Listing: l, Items: list.Campaigns, Matching: list.Matching, Total: list.Total, Personas: list.Personas}, err
}

func (s *Server) assignPersona(c *call) error {
	campaign, err := c.id("c")
	if err != nil {
		return err
	}
	if err := c.formValues(); err != nil {
		return err
	}
	chosen, err := c.chosenPersona()
	if err != nil {
		return err
	}
	changed, p, err := s.DB.Assign(c.ctx(), c.access, campaign, chosen)
	if err != nil {
		return err
	}
	l := listing(c.Request().PostForm, views.SortByPersona)
	return s.redirect(c, l.Path(c.in("/campaigns")), views.Assigned(changed, p))
}

// chosenPersona reads which persona a campaign is given: none, where the field
// is empty and not where it is missing.
func (c *call) chosenPersona() (uuid.NullUUID, error) {
	form := c.Request().PostForm
	if !form.Has("persona") {
		return uuid.NullUUID{}, invalid("persona", "Say which persona")
	}
	return optionalID(form.Get("persona"))
}

// manyForm reads which campaigns of a list are to have which persona.
func (c *call) manyForm() (l views.Listing, which persona.CampaignChoice, to uuid.NullUUID, err error) {
	if err = c.formValues("campaign"); err != nil {
		return l, which, to, err
	}
	form := c.Request().PostForm
	l = listing(form, views.SortByPersona)
	which = persona.CampaignChoice{All: form.Get("all") != "", Search: l.Query}
	if n, err := strconv.Atoi(form.Get("all")); err == nil {
		which.Shown = n
	}
	for _, text := range form["campaign"] {
		id, err := parseID(text)
		if err != nil {
			return l, which, to, err
		}
		which.IDs = append(which.IDs, id)
	}
	to, err = c.chosenPersona()
	return l, which, to, err
}

// assignMany returns the chosen campaigns the same persona.
func (s *Server) assignMany(c *call) error {
	l, which, to, err := c.manyForm()
	if err != nil {
		return err
	}
	if !which.All && len(which.IDs) == 0 {
		return s.assignManyAgain(c, http.StatusUnprocessableEntity, l, which, to, []persona.FieldError{{Field: "all",
			Message: "Choose campaigns in the list, or all of them here. Nothing was changed"}})
	}
	done, err := s.DB.AssignMany(c.ctx(), c.access, which, to)
	var other *persona.ShownOtherError
	if errors.As(err, &other) {
		return s.assignManyAgain(c, http.StatusConflict, l, which, to, []persona.FieldError{{Field: "all", Message: fmt.Sprintf(
			"You were shown %s, and now there are %s, so nothing was changed. Look at the list again, then assign", persona.Thousands(other.Shown), persona.Thousands(other.Now))}})
	}
	if err != nil {
		return err
	}
	return s.redirect(c, l.Path(c.in("/campaigns")), views.AssignedMany(done.Chosen, done.Changed, done.Persona, done.Event))
}

// undoAssignMany returns the campaigns of such an assignment what they had before.
func (s *Server) undoAssignMany(c *call) error {
	if err := c.formValues(); err != nil {
		return err
	}
	event, err := parseID(c.Request().PostForm.Get("event"))
	if err != nil {
		return err
	}
	c.formOnce()
	campaigns, err := s.DB.UndoAssignMany(c.ctx(), c.access, event)
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/campaigns"), views.AssignmentUndone(campaigns))
}

// assignManyAgain shows the list again with what was chosen.
func (s *Server) assignManyAgain(c *call, status int, l views.Listing, which persona.CampaignChoice, to uuid.NullUUID, wrong []persona.FieldError) error {
	m, err := s.campaignsView(c, l)
	if err != nil {
		return err
	}
	m.Chosen = views.Choice{Campaigns: which.IDs, All: which.All}
	if to.Valid {
		m.Chosen.Persona = to.UUID.String()
	}
	shell := s.shell(c, "Campaigns", "campaigns")
	shell.Errors = wrong
	return s.page(c, status, views.CampaignsPage(shell, m))
}
