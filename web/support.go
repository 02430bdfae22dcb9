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
	return s.supportPage(c, http.StatusOK, views.GrantForm{Scope: string(access.SwitchOnly), Hours: "1"}, nil)
}

func (s *Server) supportPage(c *call, status int, form views.GrantForm, wrong []persona.FieldError) error {
	p, err := s.DB.Support(c.ctx(), c.access)
	if err != nil {
		return err
	}
	m := views.Support{Form: form, Requests: viewRequests(p.Requests), Current: viewGrants(p.Current),
		Past: viewGrants(p.Past)}
	shell := s.shell(c, "Support access", "support")
	shell.Errors = wrong
	return s.page(c, status, views.SupportPage(shell, m))
}

func viewGrant(g access.Grant) views.Grant {
	return views.Grant{ID: g.ID, Workspace: g.Workspace, WorkspaceName: g.WorkspaceName, Person: g.Person,
		Full:   g.Scope == access.FullAccess,
		Reason: g.Reason, GrantedBy: g.GrantedBy, From: g.CreatedAt, Until: g.Expires, Revoked: g.Revoked}
}

func viewGrants(grants []access.Grant) []views.Grant {
	var list []views.Grant
	for _, g := range grants {
		list = append(list, viewGrant(g))
	}
	return list
}

func viewRequests(requests []access.GrantRequest) []views.Request {
	var list []views.Request
	for _, r := range requests {
		list = append(list, views.Request{ID: r.ID, Workspace: r.Workspace, WorkspaceName: r.WorkspaceName,
			Person: r.Person, Full: r.Scope == access.FullAccess, Hours: r.Hours,
			Reason: r.Reason, At: r.CreatedAt, Decided: r.Decided, Granted: r.Granted, Withdrawn: r.Withdrawn, RanOut: r.RanOut})
	}
	return list
}

// grantForm is what was typed about a grant.
type grantForm struct {
	Email     string `form:"email"`
	Workspace string `form:"workspace"`
	Scope     string `form:"scope"`
	Hours     string `form:"hours"`
	Reason    string `form:"reason"`
}

// grantForm returns what was typed, with the scope and the hours in it. Hours that
// are no number are refused with those that are not offered.
func (c *call) grantForm() (typed views.GrantForm, scope access.Scope, hours int, err error) {
	form, err := decode[grantForm](c)
	hours, _ = strconv.Atoi(form.Hours)
	return views.GrantForm(form), access.Scope(form.Scope), hours, err
}

func (s *Server) grantSupport(c *call) error {
	form, scope, hours, err := c.grantForm()
	if err != nil {
		return err
	}
	g, err := s.DB.Grant(c.ctx(), c.access, form.Email, scope, hours, form.Reason)
	if status, wrong := formErrors(err); wrong != nil {
		return s.supportPage(c, status, form, wrong)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/support"), views.Granted(viewGrant(g)))
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
	return s.redirect(c, c.in("/support"), views.Revoked(viewGrant(g)))
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
		return s.redirect(c, c.in("/support"), views.RequestOver())
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/support"), views.Decided(r.Person, approve))
}

// mySupport is support staff's own page: what they hold, and asking for more.
func (s *Server) mySupport(c *call) error {
	return s.mySupportPage(c, http.StatusOK, views.GrantForm{Scope: string(access.SwitchOnly), Hours: "1"}, nil)
}

func (s *Server) mySupportPage(c *call, status int, form views.GrantForm, wrong []persona.FieldError) error {
	grants, requests, err := s.DB.SupportOf(c.ctx(), c.visit)
	if err != nil {
		return err
	}
	m := views.MySupport{Form: form, Grants: viewGrants(grants), Requests: viewRequests(requests)}
	shell := s.shell(c, "Support", "")
	shell.Errors = wrong
	return s.page(c, status, views.MySupportPage(shell, m))
}

// askSupport asks for a grant. The answer is the same whether or not there is
// such a workspace.
func (s *Server) askSupport(c *call) error {
	form, scope, hours, err := c.grantForm()
	if err != nil {
		return err
	}
	workspace, err := parseID(workspaceIn(form.Workspace))
	if err != nil {
		return s.mySupportPage(c, http.StatusUnprocessableEntity, form,
			oneError("workspace", "Enter the workspace's number or address, as the customer reads it to you"))
	}
	err = s.DB.AskSupport(c.ctx(), c.visit, workspace, scope, hours, form.Reason)
	if status, wrong := formErrors(err); wrong != nil {
		return s.mySupportPage(c, status, form, wrong)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/support", views.Asked())
}

func (s *Server) withdrawSupport(c *call) error {
	id, err := c.id("r")
	if err != nil {
		return err
	}
	err = s.DB.WithdrawRequest(c.ctx(), c.visit, id)
	if errors.Is(err, access.ErrRequestOver) {
		return s.redirect(c, "/support", views.RequestOver())
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/support", views.Withdrawn())
}

// workspaceIn finds the id in what somebody pasted: the id itself, or the
// address of any page of the workspace.
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
