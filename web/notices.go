package web

import (
	"net/http"
	"slices"

	"personae/internal/persona"
	"personae/internal/webhook"
	"personae/views"
)

func (s *Server) notices(c *call) error { return s.noticesPage(c, nil, nil) }

// noticesPage shows what is chosen, or what was ticked where something is wrong.
func (s *Server) noticesPage(c *call, ticked []string, wrong []persona.FieldError) error {
	chosen, member, err := s.DB.Notices(c.ctx(), c.access)
	if err != nil {
		return err
	}
	if wrong != nil {
		chosen = ticked
	}
	shell := s.shell(c, c.tr("Notices"), "settings")
	shell.Errors = wrong
	return s.page(c, http.StatusOK, views.NoticesPage(shell,
		views.Notices{Chosen: chosen, Member: member, Mail: s.Mail.Configured()}))
}

type noticesForm struct {
	Events []string `form:"events"`
}

// saveNotices keeps what whoever asks is told of by mail; where no mail is sent, nothing.
func (s *Server) saveNotices(c *call) error {
	form, err := decode[noticesForm](c)
	if err != nil {
		return err
	}
	if !s.Mail.Configured() {
		return s.redirect(c, c.in("/notices"), nil)
	}
	chosen := slices.DeleteFunc(webhook.Notices(), func(e string) bool { return !slices.Contains(form.Events, e) })
	if err := s.DB.SetNotices(c.ctx(), c.access, chosen); err != nil {
		return err
	}
	return s.redirect(c, c.in("/notices"), views.NoticesSaved(s.zoned(c), chosen))
}

func (s *Server) noticesKept(c *call) error {
	form, err := decode[noticesForm](c)
	if err != nil {
		return err
	}
	return s.noticesPage(c, form.Events, keptErrors())
}
