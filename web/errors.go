package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/access"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/views"
)

// answer is how an error is told: a status and a page in words.
type answer struct {
	status int
	title  string
	lines  []string
}

// goBack is said where what was typed is not on the page that says so.
const goBack = "If you had typed something, go back in your browser: it is still in the form."

// answerTo is the table of errors. What is not in it is our fault.
func answerTo(err error) answer {
	var http_ *echo.HTTPError
	var late *persona.TooLateError
	var wrongPerson *access.WrongPersonError
	var signIn *signInError
	switch {
	case errors.As(err, &signIn):
		return signIn.answer
	case errors.Is(err, persona.ErrNotFound):
		return notFound
	case errors.Is(err, persona.ErrForbidden):
		return answer{http.StatusForbidden, "You may look at this, not change it", []string{
			"Nothing was changed. An owner or admin of this workspace can do it, or make you an admin.",
			goBack}}
	case errors.Is(err, persona.ErrNoFactor):
		return answer{http.StatusForbidden, "You need a second factor first", []string{
			"Nothing was changed. This takes an authenticator app or a passkey beside the password, and you have none yet.",
			"Add one on the page of your account, then do this again.", goBack}}
	case errors.Is(err, errForeignOrigin):
		return answer{http.StatusForbidden, "This came from another site", []string{
			"Nothing was changed. A page of another site, or an address other than the usual one, sent this request.",
			"Open personae under its usual address and do it again there."}}
	case errors.Is(err, errStepOver):
		return answer{http.StatusUnprocessableEntity, "This sign-in took too long", []string{
			"You are not signed in, and nothing was changed. It may have taken longer than ten minutes, or have been finished already.",
			"Go to the sign-in page and begin again."}}
	case errors.As(err, new(*persona.InvalidError)):
		return answer{http.StatusUnprocessableEntity, "This could not be read", []string{
			"Nothing was changed. What arrived was not a complete form.", "Go back in your browser: what you typed is still there. Then send it again."}}
	case errors.As(err, new(*persona.StaleError)), errors.As(err, new(*persona.StaleSettingsError)):
		return answer{http.StatusConflict, "Somebody changed this meanwhile", []string{
			"Nothing was changed by you. Look at it as it is now, then decide again."}}
	case errors.As(err, new(*throttledError)):
		return answer{http.StatusTooManyRequests, "Too many tries", []string{"Nothing was changed. Wait a quarter of an hour, then try again."}}
	case errors.Is(err, errGone):
		return answer{http.StatusNotFound, "This link does not work any more", []string{
			"It was used, it is too old, or it was taken back. Nothing was changed.", "Ask whoever sent it for a new one."}}
	case errors.As(err, &wrongPerson):
		return answer{http.StatusForbidden, "This invitation is for somebody else", []string{
			"Nothing was changed. It is for " + wrongPerson.Invited + ", and you are signed in under another address.",
			"Sign out, open the link again and sign in with that address."}}
	case errors.As(err, &late):
		return answer{http.StatusConflict, "This cannot be done any more", []string{"Nothing was changed. " + late.Reason}}
	case errors.Is(err, persona.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return answer{http.StatusServiceUnavailable, "Try again in a moment", []string{
			"The database is busy or away for a moment, so it is not certain that this was done.",
			goBack, "Look whether it was saved before you send it again."}}
	case errors.As(err, &http_):
		switch http_.Code {
		case http.StatusNotFound:
			return notFound
		case http.StatusMethodNotAllowed:
			return answer{http_.Code, "This address does not do that", []string{"Nothing was changed."}}
		case http.StatusRequestEntityTooLarge:
			return answer{http_.Code, "This is too much at once", []string{
				"Nothing was changed. A request may hold one megabyte.", "Go back in your browser, shorten what you typed and send it again."}}
		case http.StatusUnsupportedMediaType:
			return answer{http_.Code, "This is not a form", []string{"Nothing was changed. Pages take forms only; programs use the JSON interface under /api/v1."}}
		case http.StatusBadRequest:
			return answer{http.StatusUnprocessableEntity, "This could not be read", []string{"Nothing was changed."}}
		}
	}
	return answer{http.StatusInternalServerError, "Something went wrong on our side", []string{
		"Nothing was changed. It is our fault, and it has been noted.",
		"If you had typed something, go back in your browser: it is still in the form."}}
}

var notFound = answer{http.StatusNotFound, "There is nothing here", []string{
	"Nothing was changed. Either this never existed, or it was deleted, or it is not open to you."}}

// fail is the only place that turns an error into an answer. It is Echo's error
// handler.
func (s *Server) fail(err error, ec echo.Context) {
	c, ok := ec.Get(callKey).(*call)
	if !ok {
		c = &call{Context: ec}
	}
	if c.Response().Committed {
		s.Log.ErrorContext(c.Request().Context(), "failed after the answer had begun", "requestId", requestID(c), "error", err)
		return
	}
	switch {
	case isAPI(c.Request().URL.Path):
		err = s.tellProgram(c, err)
	case errors.Is(err, persona.ErrSignedOut):
		err = s.askToSignIn(c)
	default:
		err = s.tell(c, err)
	}
	if err != nil {
		s.Log.ErrorContext(c.Request().Context(), "the error page failed", "requestId", requestID(c), "error", err)
		_ = c.String(http.StatusInternalServerError, "Something went wrong on our side. Request "+requestID(c)+"\n")
	}
}

func (s *Server) tell(c *call, cause error) error {
	a := answerTo(cause)
	if errors.Is(cause, persona.ErrForbidden) {
		a = forbidden(c, a)
	}
	s.noteFailure(c, a.status, cause)
	problem := views.Problem{Lines: a.lines, RequestID: requestID(c), Back: "/workspaces", BackLabel: "Go to your workspaces"}
	if errors.As(cause, new(*signInError)) || errors.Is(cause, errStepOver) {
		problem.Back, problem.BackLabel = "/login", "Go to the sign-in page"
	}
	// A workspace that is not there and one of somebody else's must look alike to
	// the byte, so neither has a number or a workspace around it. What is missing in
	// one's own has the workspace, and looks like what is in somebody else's.
	shell := views.Shell{Title: a.title, UserName: c.visit.Name}
	if a.status == http.StatusNotFound {
		problem.RequestID = ""
	}
	if a.status != http.StatusNotFound || c.access.May(access.Read) {
		shell = s.shell(c, a.title, "")
		shell.Receipt, shell.Capacity = nil, ""
		if shell.Name != "" {
			problem.Back, problem.BackLabel = c.in("/personas"), "Go to the personas of "+shell.Name
		}
		if a.status == http.StatusNotFound && c.Param("p") != "" {
			problem.Also, problem.AlsoLabel = c.in("/personas/deleted"), "Look among the deleted personas"
		}
		var late *persona.TooLateError
		if errors.As(cause, &late) && late.Again != uuid.Nil {
			problem.Also, problem.AlsoLabel = c.personaPath(late.Again)+"/impact", "Look what would change if the persona before became the default again"
		}
		if errors.Is(cause, persona.ErrNoFactor) {
			problem.Back, problem.BackLabel = "/account#factors", "Go to your account"
		}
	}
	problem.Typed = s.typed(c, a.status, cause)
	switch {
	case len(problem.Typed) > 0:
		problem.Again = c.Request().URL.Path
		if i := slices.Index(a.lines, goBack); i >= 0 {
			problem.Lines = slices.Replace(slices.Clone(a.lines), i, i+1, "What you typed is kept below.")
		}
	case a.status == http.StatusServiceUnavailable && c.Request().Method == http.MethodGet:
		problem.Lines = []string{"The database is busy or away for a moment.", "Nothing was changed. Load the page again."}
	}
	return s.page(c, a.status, views.ProblemPage(shell, problem))
}

// forbidden says of a page that it does not open, and to support staff how they
// could do more.
func forbidden(c *call, a answer) answer {
	if c.Request().Method == http.MethodGet {
		a.title, a.lines = "Only an owner or admin can open this", []string{"Nothing was changed. Ask an owner or admin of this workspace, or ask them to make you an admin."}
	}
	if c.access.Capacity() == access.Support {
		a.lines = append([]string{"Nothing was changed. You may switch the default here; an owner or admin can let you do more for a while, on their page Support."}, a.lines[1:]...)
	}
	return a
}

// typed gives what the form held that could not be done, so that nobody's words are
// lost with it: the browser would ask for the form anew. It gives nothing for a
// form that holds no words, and for one from another site: whoever pressed its
// button here would send it as theirs.
func (s *Server) typed(c *call, status int, cause error) []views.TypedText {
	kept := (status == http.StatusForbidden || status >= http.StatusInternalServerError) && !errors.Is(cause, errForeignOrigin)
	holds := func(r route) bool { return r.method == c.Request().Method && r.path == c.Path() && r.resumed != nil }
	if !kept || !slices.ContainsFunc(s.routes(), holds) {
		return nil
	}
	form, err := c.keepable()
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

func (s *Server) noteFailure(c *call, status int, cause error) {
	switch {
	case status >= 500:
		s.Log.ErrorContext(c.Request().Context(), "request failed", "requestId", requestID(c), "route", c.Path(), "status", status, "error", cause)
	case status != http.StatusNotFound:
		s.Log.InfoContext(c.Request().Context(), "request refused", "requestId", requestID(c), "route", c.Path(), "status", status, "error", cause)
	}
	if status == http.StatusServiceUnavailable {
		c.Response().Header().Set("Retry-After", "2")
	}
}

// told is how a program is told an error.
type told struct {
	Success bool              `json:"success"` // false
	Error   string            `json:"error"`
	Code    string            `json:"code"`
	Fields  map[string]string `json:"fields,omitempty"`
}

func (s *Server) tellProgram(c *call, cause error) error {
	status, t := toldTo(cause)
	s.noteFailure(c, status, cause)
	message := strings.HasPrefix(c.Request().URL.Path, hooksRoot)
	switch {
	case status == http.StatusUnauthorized && message:
		t.Error = "The signature is not that of this workspace's secret over this body. Nothing was stored."
	case status == http.StatusRequestEntityTooLarge && message:
		t.Error = fmt.Sprintf("Nothing was stored. A message may hold %d KB.", hookLimit>>10)
	case status == http.StatusUnauthorized:
		c.Response().Header().Set("WWW-Authenticate", "Bearer")
	}
	return c.sendJSON(status, t)
}

// toldTo is the table of errors for programs. What is not in it is in answerTo.
func toldTo(err error) (int, told) {
	var stale *persona.StaleError
	var staleSettings *persona.StaleSettingsError
	var draft *lead.StaleDraftError
	var late *persona.TooLateError
	if status, fieldErrors := formErrors(err); len(fieldErrors) > 0 {
		t := told{Code: "invalid", Error: fieldErrors[0].Message + ".", Fields: map[string]string{}}
		if status == http.StatusConflict {
			t.Code = "name_taken"
		}
		for _, e := range fieldErrors {
			if key := personafile.Key(e.Field); t.Fields[key] != "" {
				t.Fields[key] += ". " + e.Message
			} else if e.Field != "" {
				t.Fields[key] = e.Message
			}
		}
		return status, t
	}
	switch {
	case errors.Is(err, persona.ErrSignedOut):
		return http.StatusUnauthorized, told{Code: "unauthorized", Error: "Send a token that works, as Authorization: Bearer TOKEN."}
	case errors.Is(err, persona.ErrForbidden):
		return http.StatusForbidden, told{Code: "forbidden", Error: "This token may not do that. Nothing was changed."}
	case errors.Is(err, persona.ErrKeyReused):
		return http.StatusUnprocessableEntity, told{Code: "idempotency_mismatch", Error: "This Idempotency-Key was used for another request. Nothing was changed. Send a new key with a new request."}
	case errors.Is(err, persona.ErrPersonaExists):
		return http.StatusConflict, told{Code: "persona_exists", Error: "There is a persona already, so nothing was imported."}
	case errors.As(err, &stale):
		return http.StatusConflict, staleAt(stale.Theirs.Version)
	case errors.As(err, &staleSettings):
		return http.StatusConflict, staleAt(staleSettings.Theirs.Version)
	case errors.As(err, &draft):
		return http.StatusConflict, staleDraft(draft.Theirs)
	case errors.As(err, &late):
		return http.StatusConflict, told{Code: "too_late", Error: late.Reason + " Nothing was changed."}
	case errors.As(err, new(*persona.PlanChangedError)):
		return http.StatusConflict, told{Code: "plan_changed", Error: "The personas here changed meanwhile, or you changed what to load. Nothing was loaded. Ask what it would do now, with dryRun."}
	case errors.Is(err, errBusy):
		return http.StatusTooManyRequests, told{Code: "busy", Error: "The model writes as many previews as it may at once. Nothing was asked of it. Wait a few seconds, then ask again."}
	case errors.Is(err, errNotJSON):
		return http.StatusUnsupportedMediaType, told{Code: "unsupported_media_type", Error: "Send JSON, with Content-Type: application/json. Nothing was changed."}
	}
	a := answerTo(err)
	codes := map[int]string{http.StatusNotFound: "not_found", http.StatusForbidden: "foreign_origin", http.StatusMethodNotAllowed: "method_not_allowed",
		http.StatusRequestEntityTooLarge: "too_large", http.StatusUnprocessableEntity: "invalid",
		http.StatusServiceUnavailable: "unavailable", http.StatusInternalServerError: "internal"}
	return a.status, told{Code: codes[a.status], Error: a.title + ". " + a.lines[0]}
}

func staleAt(version int) told {
	now := fmt.Sprintf("It is at version %d now", version)
	return told{Code: "stale_version", Error: "Somebody changed this meanwhile. " + now + ". Nothing was changed by you.", Fields: map[string]string{"version": now}}
}

// askToSignIn sends a browser to the sign-in page and from there back to where
// it wanted to go.
func (s *Server) askToSignIn(c *call) error {
	next := c.Request().URL.RequestURI()
	if c.Request().Method != http.MethodGet {
		next = s.formPage(c)
		// The button may stand on another page too, or on a part of a list.
		if from, err := url.Parse(c.Request().Referer()); err == nil && from.Host == c.Request().Host && s.safeNext(from.RequestURI()) == from.RequestURI() {
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

// formErrors gives what a form shows of an error beside its fields, and the
// status; no errors where the form cannot help.
func formErrors(err error) (int, []persona.FieldError) {
	var invalid *persona.InvalidError
	var taken *persona.NameTakenError
	switch {
	case errors.As(err, &invalid):
		return http.StatusUnprocessableEntity, invalid.Fields
	case errors.As(err, &taken):
		return http.StatusConflict, []persona.FieldError{taken.Field()}
	}
	return 0, nil
}
