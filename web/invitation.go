package web

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/views"
	"personae/web/problem"
)

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
	if err := s.sessions.visit(c, i.Workspace); err != nil && !errors.Is(err, access.ErrSignedOut) {
		return err
	}
	shell := s.shell(c, c.tr("Join %s", persona.Isolate(i.WorkspaceName)), "members")
	shell.Errors = wrong
	return s.page(c, status, views.InvitationPage(shell, views.Invitation{
		Invitation: i, Token: c.Param("token"), Name: name, NoPassword: s.NoPassword}))
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
		return s.redirect(c, "/workspaces/"+i.Workspace.String()+"/personas", views.Joined(s.zoned(c), i))
	case !errors.Is(err, access.ErrSignedOut):
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
	name := persona.CleanLine(form.Name)
	wrong := persona.CheckName(nil, "name", i18n.N("Name"), i18n.N("Enter your name"), name, access.UserNameLimit)
	if !s.NoPassword {
		wrong = append(wrong, wrongIn("password", auth.CheckNew(form.Password, i.Email, name))...)
	}
	if len(wrong) > 0 {
		return s.invitationPage(c, http.StatusUnprocessableEntity, name, wrong)
	}
	var hash string // none, where no password signs in
	if !s.NoPassword {
		if hash, err = s.Passwords.Hash(c.ctx(), form.Password, i.Email, name); err != nil {
			return err
		}
	}
	user, i, err := s.DB.JoinAs(c.ctx(), c.tokenHash(), name, hash)
	if err != nil {
		return linkOver(err)
	}
	joined := "/workspaces/" + i.Workspace.String() + "/personas"
	if s.NoPassword { // whoever has the link is not the person yet
		return s.redirect(c, "/login?next="+url.QueryEscape(joined), views.AccountMade(s.zoned(c), i))
	}
	if err := s.startSession(c, user, hash, access.SignedInInvitation); err != nil {
		return err
	}
	return s.redirect(c, joined, views.Joined(s.zoned(c), i))
}
