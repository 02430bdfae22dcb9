package web

import (
	"context"
	"net/http"
	"time"
	_ "time/tzdata" // for a server that has no zones

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
)

// zoneCookie holds the zone that the browser's script says it is in. It is only a guess:
// whoever chose one on the page of their account reads times in that.
const zoneCookie = "personae_zone"

// zone returns the zone in which whoever asks reads times: the one they chose, else their
// browser's, else the server's.
func (s *Server) zone(c *call) *time.Location {
	names := []string{c.visit.Zone}
	if cookie, err := c.Cookie(zoneCookie); err == nil {
		names = append(names, cookie.Value)
	}
	for _, name := range names {
		if zone, ok := access.KnownZone(name); ok {
			return zone
		}
	}
	return s.Zone
}

// zoned returns the context in which something is written for whoever asks.
func (s *Server) zoned(c *call) context.Context { return views.WithZone(c.ctx(), s.zone(c)) }

// languageForm says in which language whoever asks reads pages: "" for their browser's.
type languageForm struct {
	Language string `form:"language"`
}

// setLanguage says in which language whoever asks reads pages.
func (s *Server) setLanguage(c *call) error {
	form, err := decode[languageForm](c)
	if err != nil {
		return err
	}
	if form.Language != "" && !i18n.Known(form.Language) {
		return s.accountPage(c, http.StatusUnprocessableEntity,
			oneError("language", "Pages are not written in this language. Choose one of the list"))
	}
	if err := s.DB.SetLanguage(c.ctx(), c.visit, form.Language); err != nil {
		return err
	}
	c.visit.Language = form.Language
	c.speak()
	return s.redirect(c, "/account", views.LanguageSet(s.zoned(c)))
}

type zoneForm struct {
	Zone string `form:"zone"`
}

// setZone says in which zone whoever asks reads times.
func (s *Server) setZone(c *call) error {
	form, err := decode[zoneForm](c)
	if err != nil {
		return err
	}
	name := persona.CleanLine(form.Zone)
	if _, known := access.KnownZone(name); name != "" && !known {
		return s.accountAgain(c, http.StatusUnprocessableEntity, name,
			oneError("zone", "There is no zone of this name. Enter one such as Europe/Stockholm, or nothing"))
	}
	if err := s.DB.SetZone(c.ctx(), c.visit, name); err != nil {
		return err
	}
	c.visit.Zone = name
	return s.redirect(c, "/account", views.ZoneSet(s.zoned(c)))
}

func (s *Server) zoneKept(c *call) error {
	form, err := decode[zoneForm](c)
	if err != nil {
		return err
	}
	return s.accountAgain(c, http.StatusOK, form.Zone, keptErrors())
}
