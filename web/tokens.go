package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/views"
	"personae/web/api"
)

// tokenPrefix starts every token, so that programs which look for leaked
// secrets know one when they see it.
const tokenPrefix = "pat_"

func (s *Server) tokens(c *call) error {
	return s.tokensPage(c, http.StatusOK, nil, views.NewTokenForm())
}

// tokensPage shows the list and the form with what is typed in it.
func (s *Server) tokensPage(c *call, status int, errs []persona.FieldError, typed views.TokenForm) error {
	m := views.Tokens{Form: typed}
	var err error
	if m.Live, m.Ended, m.Secret, err = s.DB.Tokens(c.ctx(), c.access); err != nil {
		return err
	}
	shell := s.shell(c, c.tr("Tokens"), "tokens")
	shell.Errors = errs
	return s.page(c, status, views.TokensPage(shell, m))
}

func (s *Server) createToken(c *call) error {
	typed, err := decode[views.TokenForm](c)
	if err != nil {
		return err
	}
	days, _ := strconv.Atoi(typed.Days) // what is no number is no choice either
	c.formOnce()
	text, err := s.formSecret(c, tokenPrefix)
	if err != nil {
		return err
	}
	made, err := s.DB.CreateToken(c.ctx(), c.access,
		access.NewToken{Name: typed.Name, Scope: typed.Scope, Days: days, Hash: hashID(text)})
	if status, fieldErrors := formErrors(err); fieldErrors != nil {
		return s.tokensPage(c, status, fieldErrors, typed)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/tokens"), views.TokenCreated(s.zoned(c), made, text))
}

// makeInboundSecret replaces the secret with which inbound messages are signed.
func (s *Server) makeInboundSecret(c *call) error {
	if err := c.buttonOnce(); err != nil {
		return err
	}
	text, err := s.formSecret(c, secretPrefix)
	if err != nil {
		return err
	}
	if err := s.DB.MakeInboundSecret(c.ctx(), c.access, text); err != nil {
		return err
	}
	return s.redirect(c, c.in("/tokens"), views.SecretMade(s.zoned(c), text))
}

func (s *Server) revokeToken(c *call) error {
	id, err := c.id("t")
	if err != nil {
		return err
	}
	revoked, err := s.DB.RevokeToken(c.ctx(), c.access, id)
	if err != nil {
		return err
	}
	return s.redirect(c, c.in("/tokens"), views.TokenRevoked(s.zoned(c), revoked))
}

const resolvePath = api.Root + "/workspaces/:ws/resolve"

// visitToken puts into the call what access the token that it carries has to the
// workspace. It fails with access.ErrSignedOut where there is none that works.
// That the token was used is noted after the answer, so that reading waits for
// no write and cannot fail with it.
func (s *Server) visitToken(c *call, workspace uuid.UUID) error {
	text, err := bearer(c.Request())
	if err != nil {
		return err
	}
	if c.Path() == resolvePath && workspace != uuid.Nil {
		// This is asked for most, before each message: what it answers comes with the visit.
		c.visit.Access, err = s.DB.VisitTokenToResolve(c.ctx(), hashID(text), workspace, c.QueryParam("campaign"))
	} else {
		c.visit.Access, err = s.DB.VisitToken(c.ctx(), hashID(text), workspace)
	}
	if err != nil {
		return err
	}
	access := c.visit.Access
	c.Response().After(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx()), time.Second)
		defer cancel()
		if err := s.DB.NoteUse(ctx, access); err != nil {
			s.Log.WarnContext(c.Request().Context(), "the use of a token was not noted", "requestId", requestID(c), "error", err)
		}
	})
	return nil
}

// bearer returns the token that a request carries, or access.ErrSignedOut.
func bearer(r *http.Request) (string, error) {
	sent := r.Header.Values("Authorization")
	if len(sent) != 1 {
		return "", access.ErrSignedOut
	}
	scheme, text, _ := strings.Cut(sent[0], " ")
	text = strings.TrimLeft(text, " ")
	if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(text, tokenPrefix) {
		return "", access.ErrSignedOut
	}
	return text, nil
}
