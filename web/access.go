package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// who may use a route. The zero value is nobody: New refuses it.
type who int

const (
	unruled      who = iota
	anyone           // signed in or not
	signedIn         // whoever has a session
	supportStaff     // whoever is of the support staff
	member           // whoever may look at the workspace
	switcher         // whoever may switch its default
	clientAdmin      // whoever may write in it
	manager          // whoever may let people in and take access away
	readToken        // a program whose token of the workspace may read,
	switchToken      // switch the default,
	writeToken       // or write there
	sender           // another system that signs what it sends
)

// call is one request with what guard found out about it.
type call struct {
	echo.Context
	visit   postgres.Visit
	session []byte          // SHA-256 of the session's id
	access  postgres.Access // of the workspace in the path
	once    *postgres.Once  // nil: the request has no Idempotency-Key
}

func (c *call) ctx() context.Context { return c.Request().Context() }

// htmx tells whether the answer may be a part of a page.
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

// byToken tells whether a route is for programs: it asks for a token, heeds no
// cookie and answers in JSON.
func (w who) byToken() bool { return w == readToken || w == switchToken || w == writeToken }

// byProgram tells whether a route is for programs, with a token or a signature.
func (w who) byProgram() bool { return w.byToken() || w == sender }

// guard lets a request through to its handler when the route's rule allows it.
func (s *Server) guard(r route) (echo.HandlerFunc, error) {
	needs := map[who]access.Permission{anyone: access.None, signedIn: access.None, supportStaff: access.None, member: access.Read, switcher: access.SwitchDefault, clientAdmin: access.Write,
		manager: access.Manage, readToken: access.Read, switchToken: access.SwitchDefault, writeToken: access.Write, sender: access.None}
	need, ruled := needs[r.who]
	// What tells programs how to ask is open; everything else asks for a token.
	open := r.who == anyone && r.method == http.MethodGet
	if !ruled || r.who.byProgram() != isAPI(r.path) && !open {
		return nil, fmt.Errorf("the route %s %s does not say who may use it", r.method, r.path)
	}
	return func(ec echo.Context) error {
		c := &call{Context: ec}
		visit, vary := s.sessions.visit, "Cookie, HX-Request"
		if r.who.byToken() {
			visit, vary = s.visitToken, echo.HeaderAuthorization
		}
		c.Response().Header().Add(echo.HeaderVary, vary)
		if r.who == sender {
			return r.handle(c) // which looks at the signature first
		}
		if !r.who.byToken() && !isForm(c.Request()) {
			return echo.ErrUnsupportedMediaType
		}
		if r.who == anyone {
			if resumed(c) {
				return persona.ErrNotFound // no form of these is ever kept
			}
			return r.handle(c)
		}
		workspace := uuid.Nil
		var malformed error
		if r.who != signedIn && r.who != supportStaff {
			workspace, malformed = c.id("ws")
		}
		if r.resumed != nil {
			c.readAhead()
		}
		if err := visit(c, workspace); err != nil {
			if errors.Is(err, persona.ErrSignedOut) && r.resumed != nil && !c.htmx() {
				return s.keep(c)
			}
			return err
		}
		c.access = c.visit.Access
		c.Set(callKey, c)
		switch {
		case malformed != nil:
			return malformed
		case r.who == signedIn, r.who == supportStaff && c.visit.Support:
		case !c.access.May(access.Read):
			return persona.ErrNotFound
		case c.access.Unproven() && !c.access.May(need):
			return persona.ErrNoFactor
		case !c.access.May(need):
			return persona.ErrForbidden
		}
		if r.who.byToken() {
			if err := c.onlyOnce(); err != nil {
				return err
			}
		}
		if resumed(c) {
			if r.resumed == nil {
				return persona.ErrNotFound
			}
			return r.resumed(c)
		}
		return r.handle(c)
	}, nil
}

const callKey = "call"
