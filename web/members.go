package web

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/mail"
	"net/url"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/views"
	"personae/web/problem"
)

func (s *Server) members(c *call) error {
	return s.membersPage(c, http.StatusOK, views.InviteForm{Role: string(access.Member)}, nil)
}

func (s *Server) membersPage(c *call, status int, form views.InviteForm, wrong []persona.FieldError) error {
	members, open, required, err := s.DB.Members(c.ctx(), c.access)
	if err != nil {
		return err
	}
	m := views.Members{Form: form, FactorRequired: required}
	for _, x := range members {
		m.Members = append(m.Members, views.MemberRow{User: x.User, Name: x.Name, Email: x.Email, Role: string(x.Role), You: x.User == c.visit.User(), Factor: x.Factor})
	}
	for _, i := range open {
		m.Open = append(m.Open, views.InvitationRow{ID: i.ID, Email: i.Email, Role: string(i.Role), Expires: i.Expires})
	}
	shell := s.shell(c, "Members", "members")
	shell.Errors = wrong
	return s.page(c, status, views.MembersPage(shell, m))
}

func (s *Server) invite(c *call) error {
	form, err := c.inviteForm()
	if err != nil {
		return err
	}
	if !isAddress(form.Email) {
		return s.membersPage(c, http.StatusUnprocessableEntity, form, notAnAddress())
	}
	token, err := newID()
	if err != nil {
		return err
	}
	made, err := s.DB.Invite(c.ctx(), c.access, form.Email, access.Role(form.Role), hashID(token))
	if status, wrong := formErrors(err); wrong != nil {
		return s.membersPage(c, status, form, wrong)
	}
	if err != nil {
		return err
	}
	link := s.address(c) + "/invitations/" + token
	if s.Mail.Configured() {
		s.send(c, made.Email, c.visit.Name+" invites you to "+made.WorkspaceName+" in personae",
			c.visit.Name+" invites you to join "+made.WorkspaceName+".\n\n"+link+"\n\nThe link works once, for 7 days, and only for this address.\n")
	}
	return s.redirect(c, c.in("/members"), views.Invited(made.Email, link, s.Mail.Configured()))
}

// inviteForm says whom to invite as what.
type inviteForm struct {
	Email string      `form:"email"`
	Role  access.Role `form:"role"`
}

func (c *call) inviteForm() (views.InviteForm, error) {
	form, err := decode[inviteForm](c)
	return views.InviteForm{Email: persona.Clean(form.Email), Role: string(form.Role)}, err
}

func isAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && storable(text) && len(text) <= 254
}

func notAnAddress() []persona.FieldError {
	return []persona.FieldError{{Field: "email", Message: "Enter an email address, such as name@example.com"}}
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
	return s.redirect(c, c.in("/members"), views.FactorRequired(c.access.Name(), required))
}

func (s *Server) revokeInvitation(c *call) error {
	id, err := c.id("i")
	if err != nil {
		return err
	}
	if err := s.DB.RevokeInvitation(c.ctx(), c.access, id); err != nil {
		return err
	}
	return s.redirect(c, c.in("/members"), views.InvitationRevoked())
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
	return s.redirect(c, c.in("/members"), views.RoleChanged(m.Name, string(m.Role)))
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
	return s.page(c, http.StatusOK, views.RemovePage(s.shell(c, "Remove "+m.Name+"?", "members"), views.MemberRow{User: m.User, Name: m.Name, Email: m.Email}))
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
		return s.redirect(c, "/workspaces", views.Removed(m.Name))
	}
	return s.redirect(c, c.in("/members"), views.Removed(m.Name))
}

// invitation shows what an invitation's link is for. Looking at it uses nothing
// up.
func (s *Server) invitation(c *call) error {
	return s.invitationPage(c, http.StatusOK, "", nil)
}

func (s *Server) invitationPage(c *call, status int, name string, wrong []persona.FieldError) error {
	i, err := s.DB.Invitation(c.ctx(), c.tokenHash())
	if err != nil {
		return linkOver(err)
	}
	if err := s.sessions.visit(c, i.Workspace); err != nil && !errors.Is(err, persona.ErrSignedOut) {
		return err
	}
	shell := s.shell(c, "Join "+i.WorkspaceName, "")
	shell.Errors = wrong
	return s.page(c, status, views.InvitationPage(shell, views.InvitationShown{Token: c.Param("token"), Workspace: i.WorkspaceName, Email: i.Email,
		Role: string(i.Role), InvitedBy: i.InvitedBy, HasAccount: i.HasAccount, Name: name, NoPassword: s.NoPassword}))
}

// linkOver says of a used, expired, revoked or unknown link what can be done.
func linkOver(err error) error {
	if errors.Is(err, persona.ErrNotFound) {
		return problem.ErrLinkOver
	}
	return err
}

func (c *call) tokenHash() []byte {
	sum := sha256.Sum256([]byte(c.Param("token")))
	return sum[:]
}

// joinForm makes a new account.
type joinForm struct {
	Name     string `form:"name"`
	Password string `form:"password"`
}

// join accepts an invitation: as who is signed in, or with a new account.
func (s *Server) join(c *call) error {
	form, err := decode[joinForm](c)
	if err != nil {
		return err
	}
	err = s.sessions.visit(c, [16]byte{})
	switch {
	case err == nil:
		i, err := s.DB.Join(c.ctx(), c.visit, c.tokenHash())
		if err != nil {
			return linkOver(err)
		}
		return s.redirect(c, "/workspaces/"+i.Workspace.String()+"/personas", views.Joined(i.WorkspaceName, string(i.Role)))
	case !errors.Is(err, persona.ErrSignedOut):
		return err
	}
	// Hashing takes its time, which a stranger must not have us spend.
	i, err := s.DB.Invitation(c.ctx(), c.tokenHash())
	switch {
	case err != nil:
		return linkOver(err)
	case i.HasAccount:
		return problem.ErrLinkOver // signing in is the way now
	}
	name := persona.Clean(form.Name)
	wrong := persona.CheckName(nil, "name", "Name", "Enter your name", name, access.UserNameLimit)
	var hash string // none, where no password signs in
	if !s.NoPassword {
		hash, err = s.Passwords.Hash(c.ctx(), form.Password)
		if weak := weakPassword(err); weak != nil {
			wrong = append(wrong, weak...)
		} else if err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return s.invitationPage(c, http.StatusUnprocessableEntity, name, wrong)
	}
	user, i, err := s.DB.JoinAs(c.ctx(), c.tokenHash(), name, hash)
	if err != nil {
		return linkOver(err)
	}
	joined := "/workspaces/" + i.Workspace.String() + "/personas"
	if s.NoPassword { // whoever has the link is not the person yet
		return s.redirect(c, "/login?next="+url.QueryEscape(joined), views.AccountMade(i.WorkspaceName))
	}
	if err := s.startSession(c, user, hash); err != nil {
		return err
	}
	return s.redirect(c, joined, views.Joined(i.WorkspaceName, string(i.Role)))
}
