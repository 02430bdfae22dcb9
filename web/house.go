package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

// How many house personas a page holds: of the list of superadmins, and of what a workspace may
// take, which shows all words of each.
const (
	housePageSize  = 50
	offersPageSize = 20
)

// house lists the house personas, for superadmins.
func (s *Server) house(c *call) error {
	m := views.HousePersonas{Listing: c.listing()}
	var err error
	m.Items, m.More, err = s.DB.HousePersonas(c.ctx(), m.Query, postgres.Rows{Limit: housePageSize, Skip: (m.Page - 1) * housePageSize})
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.HousePage(s.shell(c, c.tr("House personas"), "house"), m))
}

func (s *Server) newHouse(c *call) error {
	m := views.HouseForm{}
	m.Tone = persona.UsualTone
	return s.page(c, http.StatusOK, views.HouseFormPage(s.shell(c, c.tr("New house persona"), "house"), m))
}

func (s *Server) createHouse(c *call) error {
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	h, err := s.DB.CreateHouse(c.ctx(), c.visit.Steward(), form.content())
	if errors.As(err, new(*persona.NameTakenError)) {
		h, err = s.createdHouse(c, form.content().Clean(), err)
	}
	if status, fieldErrors := formErrors(err); fieldErrors != nil {
		return s.createHouseAgain(c, status, form, fieldErrors)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/house", views.HouseCreated(s.zoned(c), h))
}

// createdHouse returns the house persona that says just this already: most likely the same form
// was sent a moment before. Where there is none, it fails with taken.
func (s *Server) createdHouse(c *call, content persona.Content, taken error) (persona.HousePersona, error) {
	list, _, err := s.DB.HousePersonas(c.ctx(), "", postgres.Rows{})
	i := slices.IndexFunc(list, func(h persona.HousePersona) bool { return h.Content == content })
	if err == nil && i < 0 {
		err = taken
	}
	if err != nil {
		return persona.HousePersona{}, err
	}
	return list[i], nil
}

func (s *Server) createHouseAgain(c *call, status int, form personaForm, fieldErrors []persona.FieldError) error {
	m := views.HouseForm{}
	m.Content, m.OwnTone = form.content(), ownTone(form.typed, "tone")
	shell := s.shell(c, c.tr("New house persona"), "house")
	shell.Errors = fieldErrors
	return s.page(c, status, views.HouseFormPage(shell, m))
}

func (s *Server) createHouseKept(c *call) error {
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	return s.createHouseAgain(c, http.StatusOK, form, keptErrors())
}

// housePersona returns the house persona in the path, and the form that changes it.
func (s *Server) housePersona(c *call) (h persona.HousePersona, m views.HouseForm, err error) {
	id, err := c.id("house")
	if err != nil {
		return h, m, err
	}
	h, err = s.DB.HousePersona(c.ctx(), id)
	m = views.HouseForm{Withdrawn: h.Withdrawn, Copies: h.Copies}
	m.ID, m.Version, m.Content, m.Tones = h.ID, h.Version, h.Content, []string{h.Tone}
	return h, m, err
}

func (s *Server) houseForm(c *call) error {
	h, m, err := s.housePersona(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.HouseFormPage(s.shell(c, persona.Isolate(h.Name), "house"), m))
}

func (s *Server) editHouse(c *call) error {
	id, err := c.id("house")
	if err != nil {
		return err
	}
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	version, err := form.version()
	if err == nil && len(form.choices()) > 0 {
		_, overlap := persona.Merge(form.content(), form.theirs(), form.content(), form.choices())
		err = undecided(overlap.Conflicts)
	}
	if err != nil {
		return s.editHouseAgain(c, form, err)
	}
	h, err := s.DB.EditHouse(c.ctx(), c.visit.Steward(), id, version, form.chosen())
	var stale *persona.StaleError
	if errors.As(err, &stale) && stale.Theirs.Content == stale.Yours {
		return s.redirect(c, "/house", views.HouseSavedBefore(s.zoned(c), stale.Yours.Name))
	}
	if err != nil {
		return s.editHouseAgain(c, form, err)
	}
	return s.redirect(c, "/house", views.HouseSaved(s.zoned(c), h))
}

// editHouseAgain shows the form again with what was typed: beside its errors, or merged
// with what another superadmin saved meanwhile.
func (s *Server) editHouseAgain(c *call, form personaForm, cause error) error {
	status, fieldErrors := formErrors(cause)
	var stale *persona.StaleError
	if fieldErrors == nil && !errors.As(cause, &stale) {
		return cause
	}
	h, m, err := s.housePersona(c)
	if err != nil {
		return err
	}
	m.Content, m.OwnTone = form.content(), ownTone(form.typed, "tone")
	_, m.Overlap = persona.Merge(m.Content, form.theirs(), m.Content, form.choices())
	if len(m.Conflicts) > 0 {
		m.Since = form.since(0)
	}
	if version, err := form.version(); err == nil {
		m.Version = version
	}
	shell := s.shell(c, persona.Isolate(h.Name), "house")
	shell.Errors = fieldErrors
	if stale != nil {
		status = http.StatusConflict
		form.mergeInto(&m.PersonaForm, stale)
	}
	if m.Since != 0 {
		if m.By, err = s.DB.HouseChangedSince(c.ctx(), h.ID, m.Since); err != nil {
			return err
		}
	}
	if stale != nil && len(m.Conflicts) == 0 {
		shell.Errors = oneError("", "%s", views.Merged(s.zoned(c), m.By, m.OnlyTheirs))
	}
	return s.page(c, status, views.HouseFormPage(shell, m))
}

func (s *Server) editHouseKept(c *call) error {
	form, err := c.personaForm()
	if err != nil {
		return err
	}
	return s.editHouseAgain(c, form, &persona.InvalidError{Fields: keptErrors()})
}

func (s *Server) houseHistory(c *call) error {
	id, err := c.id("house")
	if err != nil {
		return err
	}
	list, err := s.DB.HouseHistory(c.ctx(), id)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.HouseHistoryPage(s.shell(c, c.tr("History of %s", persona.Isolate(list[0].Name)), "house"),
		views.HouseHistory{ID: id, Versions: list}))
}

// confirmWithdrawHouse asks before a house persona is withdrawn.
func (s *Server) confirmWithdrawHouse(c *call) error {
	h, _, err := s.housePersona(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.HouseWithdrawPage(s.shell(c, c.tr("Withdraw %s?", persona.Isolate(h.Name)), "house"), h))
}

func (s *Server) withdrawHouse(c *call) error { return s.offerHouse(c, false) }

func (s *Server) offerHouseAgain(c *call) error { return s.offerHouse(c, true) }

func (s *Server) offerHouse(c *call, offered bool) error {
	id, err := c.id("house")
	if err != nil {
		return err
	}
	h, err := s.DB.OfferHouse(c.ctx(), c.visit.Steward(), id, offered)
	if err != nil {
		return err
	}
	return s.redirect(c, "/house", views.HouseOffered(s.zoned(c), h))
}

// houseOffers shows what the workspace may take a copy of.
func (s *Server) houseOffers(c *call) error {
	list, err := s.DB.PersonasPage(c.ctx(), c.access, "", 1)
	if err != nil {
		return err
	}
	m := views.HouseOffers{Listing: c.listing(), First: list.Total == 0, Says: list.Settings}
	m.Items, m.More, m.Taken, err = s.DB.HouseOffers(c.ctx(), c.access, m.Query,
		postgres.Rows{Limit: offersPageSize, Skip: (m.Page - 1) * offersPageSize})
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.HouseOffersPage(s.shell(c, c.tr("House personas"), "personas"), m))
}

// houseMarkForm is a house persona at a version, as a form names it.
type houseMarkForm struct {
	House        uuid.NullUUID `form:"house"`
	HouseVersion string        `form:"house_version"`
}

// mark returns it; the zero value for none, and for nonsense one that nothing has.
func (f houseMarkForm) mark() persona.HouseMark {
	if f.HouseVersion == "" {
		return persona.HouseMark{}
	}
	n, err := strconv.Atoi(f.HouseVersion)
	if err != nil || n < 1 || n > 1<<31-1 {
		n = -1
	}
	return persona.HouseMark{ID: f.House.UUID, Version: n}
}

// fillFromHouse fills the form of a new persona with the words of a house persona.
func (s *Server) fillFromHouse(c *call, of string, m *views.PersonaForm) error {
	id, err := parseID(of)
	if err != nil {
		return err
	}
	h, name, err := s.DB.HouseOffer(c.ctx(), c.access, id)
	m.Content, m.Tones, m.House = h.Content, []string{h.Tone}, taking(h, h.Version)
	m.Name = name
	return err
}

func taking(h persona.HousePersona, version int) views.House {
	return views.House{HouseCopy: persona.HouseCopy{House: persona.Named{ID: h.ID, Name: h.Name}}, Merged: version}
}

// mergeHouse shows a copy merged with what changed in its house persona, to be saved or
// proposed, and writes nothing.
func (s *Server) mergeHouse(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	h, err := s.DB.HouseMerge(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	title := c.tr("What changed in %s", persona.Isolate(h.House.Name))
	if !h.Changed {
		return s.page(c, http.StatusOK, views.HouseSamePage(s.shell(c, title, "personas"), h))
	}
	m, err := s.editForm(c, id)
	if err != nil {
		return err
	}
	m.Version, m.House.HouseCopy, m.House.Merged, m.House.Asks = h.Yours.Version, h.HouseCopy, h.Newest, true
	m.Content, m.Overlap = persona.Merge(h.Base, h.Theirs, h.Yours.Content, nil)
	m.House.Taken, m.House.Before, m.House.After = m.OnlyTheirs, h.Base, h.Theirs
	m.Proposing = !c.access.May(access.Write) || c.access.SecondPerson() && m.IsDefault
	return s.page(c, http.StatusOK, views.PersonaFormPage(s.shell(c, title, "personas"), m))
}

// keepOurs leaves the words of a copy as they are, whatever changed in its house persona.
func (s *Server) keepOurs(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	form, err := decode[houseMarkForm](c)
	if err != nil {
		return err
	}
	p, err := s.DB.Persona(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	kept, err := s.DB.KeepOurs(c.ctx(), c.access, id, form.mark().Version)
	if err != nil {
		return err
	}
	return s.redirect(c, c.personaPath(id), views.KeptOurs(s.zoned(c), kept, p.Name))
}
