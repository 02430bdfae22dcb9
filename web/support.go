package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/views"
)

func (s *Server) support(c *call) error {
	return s.supportPage(c, http.StatusOK, views.NewGrantForm(), nil)
}

func (s *Server) supportPage(c *call, status int, form views.GrantForm, wrong []persona.FieldError) error {
	grants, err := s.DB.Support(c.ctx(), c.access)
	if err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Support access"), "support")
	shell.Errors = wrong
	return s.page(c, status, views.SupportPage(shell, views.Support{Grants: grants, Form: form}))
}

func (s *Server) replaceSupportCode(c *call) error {
	if err := c.buttonOnce(); err != nil {
		return err
	}
	code, err := s.DB.ReplaceSupportCode(c.ctx(), c.access)
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/support"), views.CodeReplaced(s.zoned(c), code))
}

// grantForm returns what was typed about a grant, and the hours in it. Hours that
// are no number are refused with those that are not offered.
func (c *call) grantForm() (typed views.GrantForm, hours int, err error) {
	typed, err = decode[views.GrantForm](c)
	hours, _ = strconv.Atoi(typed.Hours)
	return typed, hours, err
}

func (s *Server) grantSupport(c *call) error {
	form, hours, err := c.grantForm()
	if err != nil {
		return err
	}
	g, err := s.DB.Grant(c.ctx(), c.access, form.Email, form.Scope, hours, form.Reason)
	if status, wrong := formErrors(err); wrong != nil {
		return s.supportPage(c, status, form, wrong)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/support"), views.Granted(s.zoned(c), g))
}

func (s *Server) revokeSupport(c *call) error {
	id, err := c.id("g")
	if err != nil {
		return err
	}
	g, err := s.DB.Revoke(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/support"), views.Revoked(s.zoned(c), g))
}

func (s *Server) approveSupport(c *call) error { return s.decideSupport(c, true) }
func (s *Server) declineSupport(c *call) error { return s.decideSupport(c, false) }

func (s *Server) decideSupport(c *call, approve bool) error {
	id, err := c.id("r")
	if err != nil {
		return err
	}
	r, err := s.DB.Decide(c.ctx(), c.access, id, approve)
	if errors.Is(err, access.ErrRequestOver) {
		return s.redirect(c, c.in("/support"), views.RequestOver(s.zoned(c)))
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/support"), views.Decided(s.zoned(c), r, approve))
}

// mySupport is support staff's own page: asking for access, and what they hold. A link
// that they could not open leads here with the workspace that it names.
func (s *Server) mySupport(c *call) error {
	form := views.NewGrantForm()
	if id, err := parseID(c.QueryParam("workspace")); err == nil {
		form.Workspace = id.String()
	}
	return s.mySupportPage(c, http.StatusOK, form, nil)
}

func (s *Server) mySupportPage(c *call, status int, form views.GrantForm, wrong []persona.FieldError) error {
	m := views.MySupport{Form: form}
	var err error
	if m.Grants, m.Requests, err = s.DB.SupportOf(c.ctx(), c.visit); err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Support"), "support")
	shell.Errors = wrong
	return s.page(c, status, views.MySupportPage(shell, m))
}

// supportRequest is the page of one request. htmx asks for it again until there is an
// answer.
func (s *Server) supportRequest(c *call) error {
	id, err := c.id("r")
	if err != nil {
		return err
	}
	m := views.SupportRequest{Looked: c.QueryParam("look") != ""}
	if m.Request, m.Grant, err = s.DB.SupportRequest(c.ctx(), c.visit, id); err != nil {
		return err
	}
	if !c.htmx() {
		return s.page(c, http.StatusOK, views.SupportRequestPage(s.shell(c, c.tr("Your request"), "support"), m))
	}
	if m.Request.Open() {
		return c.NoContent(http.StatusNoContent)
	}
	return s.page(c, http.StatusOK, views.SupportAnswer(m))
}

// askSupport asks for a grant. The answer is the same whether or not there is
// such a workspace.
func (s *Server) askSupport(c *call) error {
	form, hours, err := c.grantForm()
	if err != nil {
		return err
	}
	id, err := s.DB.AskSupport(c.ctx(), c.visit, workspaceIn(form.Workspace), form.Scope, hours, form.Reason)
	if status, wrong := formErrors(err); wrong != nil {
		return s.mySupportPage(c, status, form, wrong)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/support/requests/"+id.String(), views.Asked(s.zoned(c)))
}

func (s *Server) withdrawSupport(c *call) error {
	id, err := c.id("r")
	if err != nil {
		return err
	}
	err = s.DB.WithdrawRequest(c.ctx(), c.visit, id)
	if errors.Is(err, access.ErrRequestOver) {
		return s.redirect(c, "/support", views.RequestOver(s.zoned(c)))
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/support", views.Withdrawn(s.zoned(c)))
}

// workspaceIn returns the id in the address of any page of a workspace, and other text as
// it was typed: a support code, a name or an id.
func workspaceIn(text string) string {
	text = strings.TrimSpace(text)
	u, err := url.Parse(text)
	if err != nil {
		return text
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) > 1 && parts[0] == "workspaces" {
		return parts[1]
	}
	return text
}
