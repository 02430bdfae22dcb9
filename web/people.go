package web

import (
	"net/http"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

// peoplePageSize is how many people a page of the list holds.
const peoplePageSize = 50

// people lists everybody who may sign in, or could.
func (s *Server) people(c *call) error {
	m := views.People{Listing: c.listing()}
	var err error
	m.Items, m.More, err = s.DB.People(c.ctx(), m.Query,
		postgres.Rows{Limit: peoplePageSize, Skip: (m.Page - 1) * peoplePageSize})
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.PeoplePage(s.shell(c, c.tr("People"), "people"), m))
}

// lookUp returns the person in the path, with what ends when they leave.
func (s *Server) lookUp(c *call) (access.Leaver, error) {
	id, err := c.id("u")
	if err != nil {
		return access.Leaver{}, err
	}
	return s.DB.LookUp(c.ctx(), id)
}

// person shows one of them, and what may be done about them.
func (s *Server) person(c *call) error {
	l, err := s.lookUp(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK,
		views.PersonPage(s.shell(c, persona.Isolate(l.Name), "people"), views.Person{Leaver: l, You: l.ID == c.visit.User()}))
}

// confirmRemovePerson asks before a person is removed.
func (s *Server) confirmRemovePerson(c *call) error {
	l, err := s.lookUp(c)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.RemovePersonPage(s.shell(c, c.tr("Remove %s?", persona.Isolate(l.Name)), "people"),
		views.Person{Leaver: l, You: l.ID == c.visit.User()}))
}

// standingForm says what a person is from now on.
type standingForm struct {
	Holds string `form:"holds"`
}

func (s *Server) setSuperadmin(c *call) error {
	return s.setStanding(c, true, func(by postgres.Steward, id uuid.UUID, holds bool) error {
		return s.DB.SetStanding(c.ctx(), by, id, &holds, nil)
	})
}

func (s *Server) setSupport(c *call) error {
	return s.setStanding(c, false, func(by postgres.Steward, id uuid.UUID, holds bool) error {
		return s.DB.SetStanding(c.ctx(), by, id, nil, &holds)
	})
}

func (s *Server) setStanding(c *call, superadmin bool, set func(postgres.Steward, uuid.UUID, bool) error) error {
	form, err := decode[standingForm](c)
	if err != nil {
		return err
	}
	if form.Holds != "yes" && form.Holds != "no" {
		return &persona.InvalidError{}
	}
	return s.lookAfter(c, func(by postgres.Steward, p access.Person) (*views.Receipt, error) {
		holds := form.Holds == "yes"
		return views.StandingSet(s.zoned(c), p, superadmin, holds), s.changed(c, p, access.AccountStandingSet, set(by, p.ID, holds))
	})
}

func (s *Server) disablePerson(c *call) error {
	return s.lookAfter(c, func(by postgres.Steward, p access.Person) (*views.Receipt, error) {
		ends, err := s.DB.DisablePerson(c.ctx(), by, p.ID)
		return views.PersonDisabled(s.zoned(c), p, ends), s.changed(c, p, access.AccountDisabled, err)
	})
}

func (s *Server) enablePerson(c *call) error {
	return s.lookAfter(c, func(by postgres.Steward, p access.Person) (*views.Receipt, error) {
		return views.PersonEnabled(s.zoned(c), p), s.changed(c, p, access.AccountEnabled, s.DB.EnablePerson(c.ctx(), by, p.ID))
	})
}

// changed logs what a superadmin did to an account, unless it failed, and returns err.
func (s *Server) changed(c *call, p access.Person, action access.AccountAction, err error) error {
	if err == nil {
		s.trail(c, p.ID, action)
	}
	return err
}

// lookAfter does something about the person in the path and shows them again.
func (s *Server) lookAfter(c *call, do func(postgres.Steward, access.Person) (*views.Receipt, error)) error {
	l, err := s.lookUp(c)
	if err != nil {
		return err
	}
	receipt, err := do(c.visit.Steward(), l.Person)
	if err != nil {
		return err
	}
	return s.redirect(c, "/people/"+l.ID.String(), receipt)
}

func (s *Server) removePerson(c *call) error {
	l, err := s.lookUp(c)
	if err != nil {
		return err
	}
	ends, err := s.DB.RemovePerson(c.ctx(), c.visit.Steward(), l.ID)
	if err := s.changed(c, l.Person, access.AccountDisabled, err); err != nil {
		return err
	}
	return s.redirect(c, "/people", views.PersonRemoved(s.zoned(c), l.Person, ends))
}
