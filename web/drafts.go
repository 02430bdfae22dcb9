package web

import (
	"cmp"
	"net/http"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/views"
)

// draftsForm says which drafts a list holds, and travels along with each of them.
type draftsForm struct {
	State    string `form:"state"`
	Persona  string `form:"persona"`
	Campaign string `form:"campaign"`
	Channel  string `form:"channel"`
	Sort     string `form:"sort"`
}

// draftsForm is that of the address of a page.
func (c *call) draftsForm() draftsForm {
	return draftsForm{c.QueryParam("state"), c.QueryParam("persona"), c.QueryParam("campaign"), c.QueryParam("channel"),
		c.QueryParam("sort")}
}

// filter returns the drafts that are asked for, and what is wrong with it; what is
// wrong leaves none out.
func (f draftsForm) filter() (filter lead.DraftFilter, wrong []persona.FieldError) {
	var n narrowing
	filter.State = cmp.Or(oneOf(&n, "state", i18n.N("Choose a state from the list"), f.State, views.DraftStates()), lead.DraftWaiting)
	filter.Persona = n.id("persona", i18n.N("Choose a persona from the list"), f.Persona)
	filter.Campaign = n.id("campaign", i18n.N("Choose a campaign from the list"), f.Campaign)
	filter.Channel = oneOf(&n, "channel", i18n.N("Choose a channel from the list"), f.Channel, persona.Channels())
	switch oneOf(&n, "sort", i18n.N("Choose an order from the list"), f.Sort, []string{views.OldestFirst, views.NewestFirst}) {
	case "":
		filter.Newest = views.NewestByItself(filter.State)
	case views.NewestFirst:
		filter.Newest = true
	}
	return filter, n.wrong
}

func (s *Server) drafts(c *call) error {
	m := views.Drafts{Page: c.listing().Page}
	var wrong []persona.FieldError
	m.Filter, wrong = c.draftsForm().filter()
	var err error
	if m.DraftList, err = s.DB.Drafts(c.ctx(), c.access, m.Filter, m.Page, c.offer()); err != nil {
		return err
	}
	if m.Filter.State == lead.DraftWaiting && m.Page == 1 {
		if m.Outdated, err = s.DB.OutdatedDrafts(c.ctx(), c.access); err != nil {
			return err
		}
	}
	shell := s.shell(c, c.tr("Drafts"), "drafts")
	status := http.StatusOK
	if shell.Errors = wrong; len(wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return s.page(c, status, views.DraftsPage(shell, m))
}

// redraftForm says whether drafts that somebody changed are drafted anew too.
type redraftForm struct {
	Edited string `form:"edited"`
}

// redraft has the drafts drafted anew that wait in a voice that would not answer now.
func (s *Server) redraft(c *call) error {
	form, err := decode[redraftForm](c)
	if err != nil {
		return err
	}
	n, err := s.DB.RedraftOutdated(c.ctx(), c.access, form.Edited != "")
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/drafts"), views.Redrafted(s.zoned(c), n))
}

// spoken answers an action that may change who answers, or how: its receipt offers to
// have what waits drafted anew. That the offer cannot be made is no failure of the action.
func (s *Server) spoken(c *call, path string, receipt *views.Receipt) error {
	if c.access.May(access.Write) {
		outdated, err := s.DB.OutdatedDrafts(c.ctx(), c.access)
		if err != nil {
			s.Log.WarnContext(c.ctx(), "drafts that wait were not counted", "requestId", requestID(c), "error", err)
		}
		receipt.Outdated = outdated
	}
	return s.redirect(c, path, receipt)
}

func (s *Server) draft(c *call) error {
	id, err := c.id("d")
	if err != nil {
		return err
	}
	filter, _ := c.draftsForm().filter()
	return s.draftPage(c, http.StatusOK, filter, views.TypedDraft{Draft: id}, nil)
}

// draftPage shows a draft, with what was typed still in its form.
func (s *Server) draftPage(
	c *call, status int, f lead.DraftFilter, typed views.TypedDraft, errs []persona.FieldError,
) error {
	found, err := s.DB.Draft(c.ctx(), c.access, typed.Draft, f, versionsShown)
	if err != nil {
		return err
	}
	if status == http.StatusOK && errs == nil {
		typed.Draft = uuid.Nil
	}
	m := views.Draft{DraftPage: found, Filter: f, Typed: typed}
	shell := s.shell(c, m.Title(c.ctx()), "drafts")
	shell.Errors = errs
	return s.page(c, status, views.DraftPage(shell, m))
}

// decideQueued does what the button says, and goes on to the next draft where that
// decides about this one.
func (s *Server) decideQueued(c *call) error {
	form, d, err := c.draftForm()
	filter, _ := form.filter()
	if err == nil {
		_, err = s.DB.DecideDraft(c.ctx(), c.access, d)
	}
	typed := form.typed(d.Draft)
	if status, errs := s.draftErrors(c, err, d, &typed); errs != nil {
		return s.draftPage(c, status, filter, typed, errs)
	} else if status != 0 {
		return err
	}
	if d.To == lead.DraftWaiting {
		return s.redirect(c, views.DraftsPath(c.in("/drafts/"+d.Draft.String()), filter), views.DraftDecided(s.zoned(c), d.To))
	}
	next, of, err := s.DB.NextDraft(c.ctx(), c.access, d.Draft, filter)
	if err != nil {
		return err
	}
	path := "/drafts"
	if next.Valid {
		path += "/" + next.UUID.String()
	}
	return s.redirect(c, views.DraftsPath(c.in(path), filter), views.NextDraft(s.zoned(c), of, d.To))
}

// queuedKept shows the form again whichever of its buttons was pressed.
func (s *Server) queuedKept(c *call) error {
	form, d, err := c.draftForm()
	if err != nil {
		return err
	}
	filter, _ := form.filter()
	return s.draftPage(c, http.StatusOK, filter, form.typed(d.Draft), keptErrors())
}
