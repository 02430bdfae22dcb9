package web

import (
	"errors"
	"net/http"
	"strings"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
)

func (s *Server) members(c *call) error {
	return s.membersPage(c, http.StatusOK, views.InviteForm{Role: access.Member}, nil)
}

func (s *Server) membersPage(c *call, status int, form views.InviteForm, wrong []persona.FieldError) error {
	m := views.Members{Form: form, You: c.visit.User()}
	var err error
	if m.Members, m.Invitations, m.FactorRequired, err = s.DB.Members(c.ctx(), c.access); err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Members"), "members")
	shell.Errors = wrong
	return s.page(c, status, views.MembersPage(shell, m))
}

func (s *Server) invite(c *call) error {
	form, err := c.inviteForm()
	if err != nil {
		return err
	}
	if wrong := wrongIn("email", access.CheckAddress(form.Email)); wrong != nil {
		return s.membersPage(c, http.StatusUnprocessableEntity, form, wrong)
	}
	counted, err := s.throttleInvitation(c, form.Email)
	if err != nil {
		return err
	}
	token, err := newID()
	if err != nil {
		return err
	}
	made, err := s.DB.Invite(c.ctx(), c.access, form.Email, form.Role, hashID(token))
	if err != nil {
		err = errors.Join(err, s.takeBack(c, counted))
	}
	if status, wrong := formErrors(err); wrong != nil {
		return s.membersPage(c, status, form, wrong)
	}
	if err != nil {
		return err
	}
	link := s.mailInvitation(c, made.Email, i18n.N("%s invites you to join %s."), made.WorkspaceName, token)
	return s.redirect(c, c.in("/members"), views.Invited(s.zoned(c), made, link, s.Mail.Configured()))
}

// mailInvitation sends the link of an invitation, where there is a mail server, and returns
// it.
func (s *Server) mailInvitation(c *call, to, invites, workspace, token string) (link string) {
	link = s.address(c) + "/invitations/" + token
	if s.Mail.Configured() {
		s.send(c, to, i18n.Say("Invitation to %s in personae", workspace), i18n.Say("%s\n\n%s\n\nThe link works once, for 7 days, "+
			"and only for this address.\n", i18n.Say(invites, c.visit.Name, workspace), link))
	}
	return link
}

// How many invitations in a quarter of an hour one person may make, and one address
// may get: each may be a mail.
const (
	invitationsBy = 30
	invitationsTo = 3
)

func (s *Server) throttleInvitation(c *call, email string) (signInTry, error) {
	return s.throttle(c, [][]byte{s.bucket("invitation by", c.visit.User().String()),
		s.bucket("invitation to", strings.ToLower(email))}, []int{invitationsBy, invitationsTo})
}

// inviteForm reads whom to invite as what.
func (c *call) inviteForm() (views.InviteForm, error) {
	form, err := decode[views.InviteForm](c)
	form.Email = persona.CleanLine(form.Email)
	return form, err
}

// address returns the scheme and host under which people reach us.
func (s *Server) address(c *call) string {
	if s.BaseURL != "" {
		return s.BaseURL
	}
	return c.Scheme() + "://" + c.Request().Host
}

type requireFactorForm struct {
	Required string `form:"required"`
}

// requireFactor says whether admins here must have a second factor.
func (s *Server) requireFactor(c *call) error {
	form, err := decode[requireFactorForm](c)
	if err != nil {
		return err
	}
	required := form.Required == "yes"
	if err := s.DB.RequireFactor(c.ctx(), c.access, required); err != nil {
		return err
	}
	return s.redirect(c, c.in("/members"), views.FactorRequired(s.zoned(c), c.access.Name(), required))
}

func (s *Server) revokeInvitation(c *call) error {
	id, err := c.id("i")
	if err != nil {
		return err
	}
	if err := s.DB.RevokeInvitation(c.ctx(), c.access, id); err != nil {
		return err
	}
	return s.redirect(c, c.in("/members"), views.InvitationRevoked(s.zoned(c)))
}

type roleForm struct {
	Was  access.Role `form:"was"`
	Role access.Role `form:"role"`
}

func (s *Server) changeRole(c *call) error {
	user, err := c.id("u")
	if err != nil {
		return err
	}
	form, err := decode[roleForm](c)
	if err != nil {
		return err
	}
	m, err := s.DB.ChangeRole(c.ctx(), c.access, user, form.Was, form.Role)
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/members"), views.RoleChanged(s.zoned(c), m))
}

func (s *Server) confirmRemove(c *call) error {
	user, err := c.id("u")
	if err != nil {
		return err
	}
	m, err := s.DB.MemberNamed(c.ctx(), c.access, user)
	if err != nil {
		return err
	}
	return s.page(c, http.StatusOK, views.RemovePage(s.shell(c, c.tr("Remove %s?", persona.Isolate(m.Name)), "members"), m))
}

func (s *Server) removeMember(c *call) error {
	user, err := c.id("u")
	if err != nil {
		return err
	}
	m, err := s.DB.RemoveMember(c.ctx(), c.access, user)
	if err != nil {
		return err
	}
	if user == c.visit.User() {
		return s.redirect(c, "/workspaces", views.Removed(s.zoned(c), m))
	}
	return s.redirect(c, c.in("/members"), views.Removed(s.zoned(c), m))
}
