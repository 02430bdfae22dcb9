package web

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/access"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
	"personae/web/api"
	"personae/web/problem"
)

// handleError is the only place that turns an error into an answer. It is Echo's
// error handler.
func (s *Server) handleError(err error, ec echo.Context) {
	c, ok := ec.Get(callKey).(*call)
	if !ok {
		c = &call{Context: ec}
	}
	if c.Response().Committed {
		s.Log.ErrorContext(c.Request().Context(), "failed after the answer had begun", "requestId", requestID(c),
			"error", err)
		return
	}
	switch {
	case errors.Is(err, context.Canceled) && c.Request().Context().Err() != nil:
		err = c.NoContent(api.StatusGone) // nobody waits for the answer any more
	case isAPI(c.Request().URL.Path):
		err = s.sendAPIError(c, err)
	case errors.Is(err, access.ErrSignedOut):
		err = s.askToSignIn(c)
	default:
		err = s.renderProblem(c, err)
	}
	if err != nil {
		s.Log.ErrorContext(c.Request().Context(), "the error page failed", "requestId", requestID(c), "error", err)
		_ = c.String(http.StatusInternalServerError, "Something went wrong on our side. Request "+requestID(c)+"\n")
	}
}

// renderProblem answers with a page about what was refused or failed.
func (s *Server) renderProblem(c *call, cause error) error {
	p := problem.Of(cause)
	if errors.Is(cause, access.ErrForbidden) && c.access.Role() == access.Support {
		p = problem.Of(problem.ErrSupportForbidden)
	}
	s.logProblem(c, p, cause)
	s.recognize(c, p)
	c.speak()
	words := p.Words
	if c.Request().Method == http.MethodGet && p.Reading != nil {
		words = *p.Reading
	}
	shell, m := s.problemLinks(c, p, c.tr(words.Title), cause)
	m.Lines = []string{c.tr(words.Kept, p.Args...)}
	next := slices.Clone(words.Next)
	if m.Typed = s.typed(c, p.Status, cause); len(m.Typed) > 0 {
		m.Again = c.Request().URL.Path
		if i := slices.Index(next, problem.GoBack); i >= 0 {
			next[i] = problem.KeptBelow
		}
	}
	for _, line := range next {
		m.Lines = append(m.Lines, c.tr(line))
	}
	return s.page(c, p.Status, views.ProblemPage(shell, m))
}

// recognizeTime is how long the page of an error waits to know whom it is for.
const recognizeTime = 2 * time.Second

// recognize finds out who sent a request that was refused before anybody asked, so
// that its page leads to their account too. It asks nothing of a database that is
// busy or away; and where it is not known, the page is as for somebody signed out.
func (s *Server) recognize(c *call, p problem.Problem) {
	if c.session != nil || p.Status >= http.StatusInternalServerError || p.Status == http.StatusTooManyRequests {
		return
	}
	// The request's own context ended with its handler.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx()), recognizeTime)
	defer cancel()
	session, err := s.sessions.New(c.Request().WithContext(ctx), s.sessions.name)
	if err == nil && !session.IsNew {
		c.visit = session.Values[visitValue].(postgres.Visit)
	}
}

// problemLinks returns what surrounds the page of a problem, and where the page
// leads to.
//
// A workspace that is not there and one of somebody else's must look alike to the
// byte, so neither has a request's number or a workspace around it. What is missing
// in one's own has the workspace, and looks like what is in somebody else's.
func (s *Server) problemLinks(c *call, p problem.Problem, title string, cause error) (views.Shell, views.Problem) {
	missing := p.Status == http.StatusNotFound
	m := views.Problem{RequestID: requestID(c), Back: "/workspaces", BackLabel: c.tr("Go to your workspaces")}
	shell := views.Shell{Title: title, UserName: c.visit.Name, Support: c.visit.Support}
	if missing {
		m.RequestID = ""
	}
	if id, err := c.id("ws"); missing && err == nil && c.visit.Support && !c.access.May(access.Read) {
		m.Also, m.AlsoLabel = "/support?workspace="+id.String(), c.tr("Ask for access to this workspace, if there is one")
	}
	if !missing || c.access.May(access.Read) {
		shell = s.bareShell(c, title, "")
		shell.Role = ""
		if shell.Name != "" {
			m.Back, m.BackLabel = c.in("/personas"), c.tr("Go to the personas of %s", shell.Name)
		}
		if missing && c.Param("p") != "" {
			m.Also, m.AlsoLabel = c.in("/personas/deleted"), c.tr("Look among the deleted personas")
		}
		var late *persona.TooLateError
		if errors.As(cause, &late) && late.Again != uuid.Nil {
			m.Also = c.personaPath(late.Again) + "/impact"
			m.AlsoLabel = c.tr("Look what would change if the persona before became the default again")
		}
	}
	if p.Back.Path != "" {
		m.Back, m.BackLabel = p.Back.Path, p.Back.Label.In(c.ctx())
	}
	return shell, m
}

// typed returns what the form held that could not be done, so that nobody's words
// are lost with it: the browser would ask for the form anew. It returns nothing for
// a form that holds no words, and for one from another site: whoever pressed its
// button here would send it as theirs.
func (s *Server) typed(c *call, status int, cause error) []views.TypedText {
	kept := (status == http.StatusForbidden || status >= http.StatusInternalServerError) &&
		!errors.Is(cause, problem.ErrForeignOrigin)
	holds := func(r route) bool { return r.method == c.Request().Method && r.path == c.Path() && r.kept != nil }
	if !kept || !slices.ContainsFunc(s.routes(), holds) {
		return nil
	}
	form, err := c.keepableForm()
	if err != nil {
		return nil
	}
	var fields []views.TypedText
	for _, name := range slices.Sorted(maps.Keys(form)) {
		for _, value := range form[name] {
			fields = append(fields, views.TypedText{Name: name, Value: value})
		}
	}
	return fields
}

// logProblem notes what was refused or failed, and says when to try again.
func (s *Server) logProblem(c *call, p problem.Problem, cause error) {
	level, message := slog.LevelInfo, "request refused"
	if p.Status >= http.StatusInternalServerError {
		level, message = slog.LevelError, "request failed"
	}
	if p.Status != http.StatusNotFound {
		s.Log.Log(c.Request().Context(), level, message, "requestId", requestID(c), "route", c.Path(),
			"status", p.Status, "error", cause)
	}
	if p.RetryAfter > 0 {
		c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(p.RetryAfter))
	}
}

// sendAPIError answers a program, or another system that sent a message.
func (s *Server) sendAPIError(c *call, cause error) error {
	if strings.HasPrefix(c.Request().URL.Path, api.HookRoot) {
		cause = inboundError(cause)
	}
	p := problem.Of(cause)
	s.logProblem(c, p, cause)
	return api.Fail(c, p, cause)
}

// askToSignIn sends a browser to the sign-in page and from there back to where
// it wanted to go.
func (s *Server) askToSignIn(c *call) error {
	next := c.Request().URL.RequestURI()
	if c.Request().Method != http.MethodGet {
		next = s.formPage(c)
		// The button may stand on another page too, or on a part of a list.
		if from, err := url.Parse(c.Request().Referer()); err == nil && from.Host == c.Request().Host &&
			s.safeNext(from.RequestURI()) == from.RequestURI() {
			next = from.RequestURI()
		}
	}
	path := "/login?next=" + url.QueryEscape(next)
	if c.htmx() {
		c.Response().Header().Set("HX-Redirect", path)
		return c.NoContent(http.StatusUnauthorized)
	}
	return c.Redirect(http.StatusSeeOther, path)
}
