package web

import (
	"errors"
	"net/http"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

func (s *Server) confirmDelete(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	successor, err := optionalID(c.QueryParam("successor"))
	if err != nil {
		return err
	}
	m, err := s.deletion(c, id, successor)
	if err != nil {
		return err
	}
	shell := s.shell(c, deletionTitle(c, m), "personas")
	if c.htmx() && m.Successor != nil {
		return s.page(c, http.StatusOK, views.SuccessorImpact(shell, m))
	}
	return s.page(c, http.StatusOK, views.PersonaDeletePage(shell, m))
}

// deletionTitle asks what the page decides.
func deletionTitle(c *call, m views.PersonaDelete) string {
	if c.access.SecondPerson() && m.Followed() {
		return c.tr("Who follows %s as the default?", persona.Isolate(m.Persona.Name))
	}
	return c.tr("Delete %s?", persona.Isolate(m.Persona.Name))
}

// deletion returns what deleting a persona would do; the oldest of the others
// follows a default where nobody is chosen.
func (s *Server) deletion(c *call, id uuid.UUID, successor uuid.NullUUID) (views.PersonaDelete, error) {
	l := c.listing()
	d, err := s.DB.Deletion(c.ctx(), c.access, id,
		persona.SuccessorFilter{Chosen: successor, Search: l.Query, Page: l.Page})
	m := views.PersonaDelete{Listing: l.Counted(d.Matching, postgres.SuccessorsPageSize, "persona"), DeleteImpact: d}
	m.Asked = successor.Valid && l.Query == "" && l.Page == 1
	return m, err
}

type deleteForm struct {
	Version   *string       `form:"version"`
	Successor uuid.NullUUID `form:"successor"`
}

func (s *Server) deletePersona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	form, err := decode[deleteForm](c)
	if err != nil {
		return err
	}
	version := 0 // a form that does not say asks for whatever is there
	if form.Version != nil {
		if version, err = (openedAt{Version: *form.Version}).version(); err != nil {
			return err
		}
	}
	done, err := s.DB.Delete(c.ctx(), c.access, id, version, form.Successor)
	var stale *persona.StaleError
	if errors.As(err, &stale) {
		return s.deleteAgain(c, id, form.Successor)
	}
	if errors.Is(err, persona.ErrNotFound) {
		return s.deletedBefore(c, id, version, err)
	}
	if err != nil {
		return err
	}
	if done.Proposed != nil {
		return s.proposed(c, *done.Proposed)
	}
	return s.redirect(c, c.in("/personas"), views.Deleted(s.zoned(c), done))
}

// deleteAgain asks once more, because the persona is no longer as it was when
// the question was asked.
func (s *Server) deleteAgain(c *call, id uuid.UUID, successor uuid.NullUUID) error {
	m, err := s.deletion(c, id, successor)
	if successor.Valid && errors.Is(err, persona.ErrNotFound) {
		m, err = s.deletion(c, id, uuid.NullUUID{}) // it was deleted as well
	}
	if err != nil {
		return err
	}
	shell := s.shell(c, deletionTitle(c, m), "personas")
	shell.Errors = oneError("", "This persona was changed meanwhile, so it was not deleted. Look again "+
		"at what will happen, then delete it or keep it")
	return s.page(c, http.StatusConflict, views.PersonaDeletePage(shell, m))
}

// deletedBefore answers who deletes what is not there: it may have been deleted as
// this form wants it, most likely by the same one, sent a moment before.
func (s *Server) deletedBefore(c *call, id uuid.UUID, version int, cause error) error {
	h, err := s.DB.History(c.ctx(), c.access, id, 0)
	if err != nil {
		return err
	}
	last := h.Versions[0]
	if h.Now != 0 || !last.Deleted || version != 0 && version != last.Number-1 {
		return cause
	}
	return s.redirect(c, c.in("/personas"), views.DeletedBefore(s.zoned(c), last.Name))
}
