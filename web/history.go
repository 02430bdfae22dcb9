package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
)

func (s *Server) history(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	before, err := optionalNumber(c.QueryParam("before"))
	if err != nil {
		return err
	}
	return s.historyPage(c, id, before, http.StatusOK, nil)
}

func (s *Server) historyPage(c *call, id uuid.UUID, before, status int, wrong []persona.FieldError) error {
	h, err := s.DB.History(c.ctx(), c.access, id, before)
	if err != nil {
		return err
	}
	m := views.History{History: h, Newest: before == 0, From: c.QueryParam("from"), To: c.QueryParam("to")}
	shell := s.shell(c, c.tr("History of %s", persona.Isolate(h.Versions[0].Name)), "personas")
	shell.Errors = wrong
	return s.page(c, status, views.HistoryPage(shell, m))
}

// compare shows what differs between the versions from and to.
func (s *Server) compare(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	from, err := optionalNumber(c.QueryParam("from"))
	to, errTo := optionalNumber(c.QueryParam("to"))
	var both audit.Comparison
	if err = errors.Join(err, errTo); err == nil {
		both, err = s.DB.Compare(c.ctx(), c.access, id, from, to)
	}
	if errors.Is(err, persona.ErrNotFound) {
		return s.historyPage(c, id, 0, http.StatusUnprocessableEntity,
			oneError("from", "Choose two versions of this persona"))
	}
	if err != nil {
		return err
	}
	title := c.tr("%s: versions %s and %s", both.To.Name, strconv.Itoa(from), strconv.Itoa(to))
	return s.page(c, http.StatusOK, views.ComparePage(s.shell(c, title, "personas"),
		views.Compare{ID: id, Comparison: both}))
}

func (s *Server) deletedPersonas(c *call) error {
	list, err := s.DB.DeletedPersonas(c.ctx(), c.access)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.DeletedPage(s.shell(c, c.tr("Deleted personas"), "personas"), list))
}

func (s *Server) restorePersona(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	number, err := optionalNumber(c.Param("version"))
	if err != nil {
		return err
	}
	form, err := decode[restoreForm](c)
	if err != nil {
		return err
	}
	now, err := form.version()
	if err != nil {
		return err
	}
	var saved persona.Saved
	if back := form.comeback(); now == 0 {
		saved, err = s.DB.BringBack(c.ctx(), c.access.AsShown(form.Shown), id, number, back)
	} else {
		saved, err = s.DB.Restore(c.ctx(), c.access, id, number, now)
	}
	var stale *persona.StaleError
	if errors.As(err, &stale) && now < stale.Theirs.Version && stale.Theirs.Content == stale.Yours {
		return s.redirect(c, c.personaPath(id), views.RestoredBefore(s.zoned(c), stale.Theirs, number))
	}
	var taken *persona.NameTakenError
	if errors.As(err, new(*persona.ShownOtherDefaultError)) {
		return &persona.TooLateError{Reason: i18n.Say("Somebody changed the default, who it answers for or the settings meanwhile. " +
			"Restore it without its place as the default, then look what would change if it became the default again.")}
	}
	if errors.As(err, &taken) {
		return &persona.TooLateError{Reason: i18n.Say("Another persona is called “%s” by now. Rename that one, then restore this one.",
			persona.Isolate(taken.Name))}
	}
	var invalid *persona.InvalidError
	if errors.As(err, &invalid) {
		return &persona.TooLateError{Reason: i18n.Say("This version has words that no persona can hold any more: %s. "+
			"They stay in the history; copy from there what you need into the persona’s page.", invalid.Fields[0].Message)}
	}
	if err != nil {
		return err
	}
	receipt := views.Restored(s.zoned(c), saved, number, now == 0)
	if saved.Proposed != nil {
		return s.proposedOf(c, saved, receipt)
	}
	return s.redirect(c, c.personaPath(id), receipt)
}

// restoreForm says at which version a persona is (0: it is deleted), and what one that
// is deleted gets back.
type restoreForm struct {
	openedAt
	Default   string      `form:"make_default"`
	All       string      `form:"all"`
	Campaigns []uuid.UUID `form:"campaign"`
	Shown     string      `form:"shown"`
}

func (f restoreForm) comeback() persona.Comeback {
	return persona.Comeback{Default: f.Default != "", All: f.All != "", Campaigns: f.Campaigns}
}

// confirmRestore asks what a deleted persona gets back beside its words.
func (s *Server) confirmRestore(c *call) error {
	id, err := c.id("p")
	if err != nil {
		return err
	}
	r, err := s.DB.Restoration(c.ctx(), c.access, id)
	if errors.Is(err, persona.ErrNotFound) {
		if _, err = s.DB.Persona(c.ctx(), c.access, id); err == nil {
			return s.redirect(c, c.personaPath(id), nil) // it is back already
		}
	}
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.RestorePage(s.shell(c, c.tr("Restore %s?", persona.Isolate(r.Name)), "personas"), r))
}

// optionalNumber reads a version from an address; empty is 0, and nonsense is a
// version that does not exist.
func optionalNumber(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, persona.ErrNotFound
	}
	return int(n), nil
}
