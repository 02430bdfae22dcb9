package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) campaigns(c *call) error {
	l := c.listing(views.SortByPersona)
	l.Archived = c.QueryParam("archived") == "1"
	m, err := s.campaignsView(c, l)
	if err != nil {
		return err
	}
	title := c.tr("Campaigns")
	if l.Archived {
		title = c.tr("Archived campaigns")
	}
	return s.page(c, http.StatusOK, views.CampaignsPage(s.shell(c, title, "campaigns"), m))
}

// campaignFilter returns which campaigns a part of the list holds.
func campaignFilter(l views.Listing) persona.CampaignFilter {
	f := persona.CampaignFilter{Search: l.Query, Default: l.Of == views.OfDefault, Archived: l.Archived,
		ByPersona: l.Sort == views.SortByPersona, Page: l.Page}
	if id, err := parseID(l.Of); err == nil {
		f.Persona = uuid.NullUUID{UUID: id, Valid: true}
	}
	return f
}

func (s *Server) campaignsView(c *call, l views.Listing) (views.Campaigns, error) {
	f := campaignFilter(l)
	f.Find = c.offer().Find
	l.Find = f.Find
	list, err := s.DB.CampaignList(c.ctx(), c.access, f)
	l = l.Counted(list.Matching, postgres.CampaignsPageSize, "campaign")
	return views.Campaigns{Listing: l, CampaignList: list}, err
}

// assignForm says which persona a campaign is given, and from which part of the
// list.
type assignForm struct {
	listingForm
	Persona *uuid.NullUUID `form:"persona"` // empty: the workspace default
}

// persona returns the persona: none, where the field is empty and not where it is
// missing.
func (f assignForm) persona() (uuid.NullUUID, error) {
	if f.Persona == nil {
		return uuid.NullUUID{}, invalid("persona", "Say which persona")
	}
	return *f.Persona, nil
}

func (s *Server) assignPersona(c *call) error {
	campaign, err := c.id("c")
	if err != nil {
		return err
	}
	form, err := decode[assignForm](c)
	if err != nil {
		return err
	}
	chosen, err := form.persona()
	if err != nil {
		return err
	}
	done, err := s.DB.Assign(c.ctx(), c.access, campaign, chosen)
	if err != nil {
		return err
	}
	l := form.listing(views.SortByPersona)
	return s.spoken(c, l.Path(c.in("/campaigns")), views.Assigned(s.zoned(c), done, l))
}

// assignManyForm says which campaigns of a list are given which persona.
type assignManyForm struct {
	assignForm
	Campaigns []uuid.UUID `form:"campaign"`
	All       string      `form:"all"` // ticked: how many match what is searched for
}

func (f assignManyForm) choice() persona.CampaignChoice {
	shown, err := strconv.Atoi(f.All)
	if err != nil {
		shown = 0 // not said
	}
	return persona.CampaignChoice{IDs: f.Campaigns, All: f.All != "", Filter: campaignFilter(f.listing()), Shown: shown}
}

func (c *call) assignManyForm() (form assignManyForm, to uuid.NullUUID, err error) {
	if form, err = decode[assignManyForm](c); err == nil {
		to, err = form.persona()
	}
	return form, to, err
}

// assignMany returns the chosen campaigns the same persona.
func (s *Server) assignMany(c *call) error {
	form, to, err := c.assignManyForm()
	if err != nil {
		return err
	}
	if form.All == "" && len(form.Campaigns) == 0 {
		return s.assignManyAgain(c, http.StatusUnprocessableEntity, form,
			oneError("all", "Choose campaigns in the list, or all of them here. Nothing was changed"))
	}
	done, err := s.DB.AssignMany(c.ctx(), c.access, form.choice(), to)
	var other *persona.ShownOtherError
	if errors.As(err, &other) {
		return s.assignManyAgain(c, http.StatusConflict, form, oneError("all",
			"You were shown %d, and now there are %d, so nothing was changed. Look at the list again, then assign",
			other.Shown, other.Now))
	}
	if err != nil {
		return err
	}
	l := form.listing(views.SortByPersona)
	return s.spoken(c, l.Path(c.in("/campaigns")), views.AssignedMany(s.zoned(c), done, l))
}

// undoAssignForm names the assignment that is undone, and the part of the list that is
// shown then.
type undoAssignForm struct {
	listingForm
	undoForm
}

// undoAssign gives the campaigns of an assignment what they had before.
func (s *Server) undoAssign(c *call) error {
	form, err := decode[undoAssignForm](c)
	if err != nil {
		return err
	}
	c.formOnce()
	campaigns, err := s.DB.UndoAssignment(c.ctx(), c.access, form.Event)
	if err != nil {
		return err
	}
	l := form.listing(views.SortByPersona)
	return s.spoken(c, l.Path(c.in("/campaigns")), views.AssignmentUndone(s.zoned(c), campaigns))
}

// assignManyAgain shows the list again with what was chosen.
func (s *Server) assignManyAgain(c *call, status int, form assignManyForm, wrong []persona.FieldError) error {
	m, err := s.campaignsView(c, form.listing(views.SortByPersona))
	if err != nil {
		return err
	}
	m.Chosen = form.choice()
	if to := form.Persona; to != nil && to.Valid {
		m.Persona = to.UUID.String()
	}
	shell := s.shell(c, c.tr("Campaigns"), "campaigns")
	shell.Errors = wrong
	return s.page(c, status, views.CampaignsPage(shell, m))
}
