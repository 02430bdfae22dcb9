package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/web/api"
)

// audience is who may use a route. The zero value is nobody: New refuses it.
type audience int

const (
	unruled      audience = iota
	anyone                // signed in or not
	signedIn              // whoever has a session
	supportStaff          // whoever is of the support staff
	superadmin            // whoever may do everything, everywhere
	member                // whoever may look at the workspace
	proposer              // whoever may propose changes of it
	switcher              // whoever may switch its default
	clientAdmin           // whoever may write in it
	manager               // whoever may let people in and take access away
	keeper                // a manager, also while the workspace is archived
	anyToken              // a program with any token, about the token's own workspace
	leadToken             // a program whose token of the workspace may read leads and drafts,
	sendToken             // say what became of drafts,
	readToken             // read everything,
	proposeToken          // propose changes,
	switchToken           // switch the default,
	writeToken            // or write there
	sender                // another system that signs what it sends
)

// call is one request with what guard found out about it.
type call struct {
	echo.Context
	visit   postgres.Visit
	session []byte                      // SHA-256 of the session's id
	access  postgres.Access             // of the workspace in the path
	once    *postgres.IdempotentRequest // nil: the form has no name of its own
}

func (c *call) ctx() context.Context { return c.Request().Context() }

// tr says an English text, with its arguments, in the language of whoever asks.
func (c *call) tr(format string, args ...any) string { return i18n.T(c.ctx(), format, args...) }

// speak has what the call is answered with said in the language of whoever asks: the one
// they chose, else their browser's. Programs are answered in English.
func (c *call) speak() {
	if isAPI(c.Request().URL.Path) {
		return
	}
	l := i18n.Match(c.visit.Language, c.Request().Header.Get("Accept-Language"))
	if l != i18n.Of(c.ctx()) {
		c.SetRequest(c.Request().WithContext(i18n.With(c.ctx(), l)))
	}
}

// htmx reports whether the answer may be a part of a page.
func (c *call) htmx() bool {
	return c.Request().Header.Get("HX-Request") == "true" && c.Request().Header.Get("HX-History-Restore-Request") != "true"
}

// id reads an id from the path; one that is malformed does not exist.
func (c *call) id(param string) (uuid.UUID, error) { return parseID(c.Param(param)) }

func parseID(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != len(id.String()) {
		return uuid.Nil, persona.ErrNotFound
	}
	return id, nil
}

// byToken reports whether a route is for programs: it asks for a token, reads no
// cookie and answers in JSON.
func (a audience) byToken() bool {
	return a == anyToken || a == leadToken || a == sendToken || a == readToken ||
		a == proposeToken || a == switchToken || a == writeToken
}

// byProgram reports whether a route is for programs, with a token or a signature.
func (a audience) byProgram() bool { return a.byToken() || a == sender }

// needs is the permission in the workspace that each audience has.
var needs = map[audience]access.Permission{
	anyone: access.None, signedIn: access.None, supportStaff: access.None, superadmin: access.None, sender: access.None,
	member: access.Read, proposer: access.Propose, switcher: access.SwitchDefault, clientAdmin: access.Write, manager: access.Manage,
	keeper:   access.Manage,
	anyToken: access.ReadLeads, leadToken: access.ReadLeads, sendToken: access.Send, readToken: access.Read, proposeToken: access.Propose,
	switchToken: access.SwitchDefault, writeToken: access.Write,
}

// ruled reports whether a route says who may use it: where programs ask, a program,
// and elsewhere none. What explains to programs how to ask is open.
func (r route) ruled() bool {
	_, ruled := needs[r.audience]
	open := r.audience == anyone && r.method == http.MethodGet
	return ruled && (open || r.audience.byProgram() == isAPI(r.path))
}

// guard returns the route's handler, which lets a request through when the
// route's rule allows it. It fails for a route that has none.
func (s *Server) guard(r route) (echo.HandlerFunc, error) {
	if !r.ruled() || r.audience.byToken() && r.path != api.MCPPath && !s.api.Has(r.method, r.path) {
		return nil, fmt.Errorf("the route %s %s does not say who may use it, or what it does", r.method, r.path)
	}
	vary := "Cookie, HX-Request, Accept-Language"
	if r.audience.byToken() {
		vary = echo.HeaderAuthorization
	}
	return func(ec echo.Context) error {
		c := &call{Context: ec}
		c.Response().Header().Add(echo.HeaderVary, vary)
		giveBack, err := s.takeShare(c, r)
		if err != nil {
			return err
		}
		defer giveBack()
		switch {
		case r.audience == sender:
			return r.handle(c) // which looks at the signature first
		case !r.audience.byToken() && !isForm(c.Request()):
			return echo.ErrUnsupportedMediaType
		case r.audience == anyone && showsKept(c):
			return persona.ErrNotFound // no form of these is ever kept
		case r.audience == anyone:
			c.speak()
			return r.handle(c)
		}
		if r.kept != nil {
			c.readAhead()
		}
		err = s.admit(c, r.audience)
		if errors.Is(err, access.ErrSignedOut) && r.kept != nil && !c.htmx() {
			return s.keepForm(c)
		}
		switch {
		case err != nil:
			return err
		case !showsKept(c):
			return r.handle(c)
		case r.kept == nil:
			return persona.ErrNotFound
		}
		return r.kept(c)
	}, nil
}

// admit finds out who sends the call and what access they have to the workspace
// in its path. It fails with access.ErrSignedOut, or where they are not of the
// audience.
func (s *Server) admit(c *call, a audience) error {
	workspace := uuid.Nil
	var malformed error
	if a != signedIn && a != supportStaff && a != superadmin && a != anyToken {
		workspace, malformed = c.id("ws")
	}
	visit := s.sessions.visit
	if a.byToken() {
		visit = s.visitToken
	}
	err := visit(c, workspace)
	c.speak() // a form is kept, and its page shown, where nobody is signed in
	if err != nil {
		return err
	}
	c.access = c.visit.Access
	c.Set(callKey, c)
	switch {
	case malformed != nil:
		return malformed
	case a == signedIn, a == supportStaff && c.visit.Support, a == superadmin && c.visit.Superadmin():
	case !c.access.May(access.ReadLeads):
		return persona.ErrNotFound
	case c.access.Unproven() && !c.access.May(needs[a]):
		return access.ErrNoFactor
	case !c.access.MayArchived(needs[a]):
		return access.ErrForbidden
	case a != keeper && !c.access.May(needs[a]):
		return access.ErrArchived
	}
	return nil
}

const callKey = "call"

// pageAhead returns what the page reads that is asked for, so that it is read in the same round trip
// as who asks; nil: it is read after that.
func (c *call) pageAhead() postgres.Ahead {
	if c.Request().Method != http.MethodGet {
		return nil
	}
	switch c.Path() {
	case "/workspaces/:ws/personas":
		l := c.listing()
		return postgres.PersonasAhead(l.Query, l.Page)
	case "/workspaces/:ws/settings":
		return postgres.SettingsAhead()
	case "/workspaces/:ws/members":
		return postgres.MembersAhead()
	case "/workspaces/:ws/activity":
		if c.Request().URL.RawQuery == "" {
			return postgres.ActivityAhead()
		}
	}
	return nil
}
