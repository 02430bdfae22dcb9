package problem_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/labstack/echo/v4"

	"personae/internal/access"
	"personae/internal/auth"
	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
	"personae/web/problem"
)

// told is what the table says of an error: to a program, and on a page.
type told struct {
	status                int
	code, sentence, title string
}

func TestEachCauseHasItsStatusCodeAndWords(t *testing.T) {
	t.Parallel()
	const unread = "This could not be read"
	for _, c := range []struct {
		err  error
		want told
	}{
		{persona.ErrNotFound, told{404, "not_found", "There is nothing here. Nothing was changed. " +
			"It never existed, was deleted, or is not open to you.", "There is nothing here"}},
		{echo.ErrNotFound, told{404, "not_found", "There is nothing here. Nothing was changed. " +
			"It never existed, was deleted, or is not open to you.", "There is nothing here"}},
		{access.ErrSignedOut, told{401, "unauthorized", "Send a token that works, as Authorization: Bearer TOKEN.", ""}},
		{problem.ErrSignature, told{401, "unauthorized",
			"The signature is not that of this workspace’s secret over this body. Nothing was stored.", ""}},
		{access.ErrForbidden, told{403, "forbidden", "This token may not do that. Nothing was changed.",
			"You may look at this, not change it"}},
		{access.ErrNoFactor, told{403, "forbidden", "You need a second factor first. Nothing was changed. " +
			"This takes an authenticator app or a passkey beside the password, and you have none yet.",
			"You need a second factor first"}},
		{fmt.Errorf("%w: %w", problem.ErrForeignOrigin, errors.New("evil.example")), told{403, "foreign_origin",
			"This came from another site. Nothing was changed. " +
				"A page of another site, or an address other than the usual one, sent this request.",
			"This came from another site"}},
		{&persona.InvalidError{}, told{422, "invalid", unread +
			". Nothing was changed. What arrived was not a complete form.", unread}},
		{&persona.InvalidError{Fields: []persona.FieldError{{Field: "name", Message: i18n.Say("Enter a name")}}},
			told{422, "invalid", "Enter a name.", unread}},
		{echo.ErrBadRequest, told{422, "invalid", unread + ". Nothing was changed.", unread}},
		{&persona.NameTakenError{Name: "Ana"}, told{409, "name_taken",
			"Another persona here is called “Ana”. Choose another name.", "Another persona has this name"}},
		{&persona.StaleError{Theirs: persona.Persona{Version: 7}}, told{409, "stale_version",
			"Somebody changed this meanwhile. It is at version 7 now. Nothing was changed by you.",
			"Somebody changed this meanwhile"}},
		{&lead.StaleDraftError{Theirs: lead.Draft{Version: 3, State: lead.DraftWaiting}}, told{409, "stale_version",
			"Somebody changed this meanwhile. It is at version 3 now. Nothing was changed by you.",
			"Somebody changed this meanwhile"}},
		{&lead.StaleDraftError{Theirs: lead.Draft{Version: 3, State: lead.DraftApproved}}, told{409, "too_late",
			"This draft needs no decision any more: its state is approved. Nothing was changed by you.",
			"This cannot be done any more"}},
		{&persona.TooLateError{Reason: i18n.Say("Nora did.")}, told{409, "too_late", "Nora did. Nothing was changed.",
			"This cannot be done any more"}},
		{&access.WrongPersonError{Invited: "a@b.example"},
			told{403, "", "This invitation is for somebody else. Nothing was changed. " +
				"It is for a@b.example, and you are signed in under another address.", "This invitation is for somebody else"}},
		{&problem.NoAccountError{Email: "a@b.example"}, told{403, "", "There is no account with your address. " +
			"Single sign-on knows you as a@b.example, and nobody here has that address. Nothing was created.",
			"There is no account with your address"}},
		{&problem.MessageTooLargeError{KB: 256}, told{413, "too_large", "Nothing was stored. A message may hold 256 KB.",
			""}},
		{echo.ErrStatusRequestEntityTooLarge, told{413, "too_large", "This is too much at once. Nothing was changed. " +
			"A request may hold one megabyte.", "This is too much at once"}},
		{fmt.Errorf("acquire: %w", context.DeadlineExceeded), told{503, "unavailable", "Try again in a moment. " +
			"The database is busy or away for a moment, so it is not certain that this was done.", "Try again in a moment"}},
		{fmt.Errorf("%w: discovery: %w", auth.ErrProvider, context.DeadlineExceeded), told{503, "",
			"Single sign-on does not work at the moment. You are not signed in. " +
				"The service that signs you in is away, or does not accept us. It has been noted.",
			"Single sign-on does not work at the moment"}},
		{errors.New("ERROR: null value (SQLSTATE 23502)"), told{500, "internal", "Something went wrong on our side. " +
			"Nothing was changed. It is our fault, and it has been noted.", "Something went wrong on our side"}},
	} {
		p := problem.Of(c.err)
		if got := (told{p.Status, p.Code, p.Sentence, p.Title}); got != c.want {
			t.Errorf("%v:\n got %+v\nwant %+v", c.err, got, c.want)
		}
	}
}

func TestOneErrorLeavesNothingForTheNext(t *testing.T) {
	t.Parallel()
	problem.Of(&persona.StaleError{Theirs: persona.Persona{Version: 7}})
	problem.Of(&persona.InvalidError{Fields: []persona.FieldError{{Field: "name", Message: i18n.Say("Enter a name")}}})
	for _, p := range problem.Coded() {
		if p.Fields != nil || p.Version != nil {
			t.Errorf("%s keeps %v and %v", p.Code, p.Fields, p.Version)
		}
	}
}

func TestTheCodesForProgramsAreOneEachAndSaySomething(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range problem.Coded() {
		if seen[p.Code] {
			t.Errorf("%s stands twice", p.Code)
		}
		seen[p.Code] = true
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(p.Code) || p.Meaning == "" ||
			http.StatusText(p.Status) == "" {
			t.Errorf("%+v is incomplete", p)
		}
	}
}
