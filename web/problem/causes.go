package problem

import (
	"errors"
	"fmt"
	"time"

	"github.com/labstack/echo/v4"

	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
)

// What only the HTTP face refuses or fails at.
var (
	// ErrForeignOrigin is a write that a page of another site sent.
	ErrForeignOrigin = errors.New("foreign origin")
	// ErrSupportForbidden is access.ErrForbidden for support staff, who may do
	// more once they are let.
	ErrSupportForbidden = errors.New("forbidden to this grant")
	// ErrLinkOver is a link with a token that was used, ran out or was revoked, or
	// never was.
	ErrLinkOver = errors.New("link is not good any more")
	// ErrCrowded is one request too many of a workspace, a person or a program. It was
	// not begun.
	ErrCrowded = errors.New("as many requests are under way as may be")
	// ErrNotSetUp is a program that comes before the first person.
	ErrNotSetUp = errors.New("nobody has set personae up yet")
	// ErrSignInOver is a second factor for a sign-in that is over or never began.
	ErrSignInOver = errors.New("the sign-in is over")
	// ErrNotJSON is a body that is not said to be JSON.
	ErrNotJSON = errors.New("the body is not JSON")
	// ErrSignature is an inbound message that its workspace's secret did not sign.
	ErrSignature = errors.New("the signature is not right")
)

// ThrottledError is too many tries: the next counts after Until.
type ThrottledError struct{ Until time.Time }

func (*ThrottledError) Error() string { return "too many failed sign-ins" }

// MessageTooLargeError is an inbound message of more than KB kilobytes.
type MessageTooLargeError struct{ KB int }

func (*MessageTooLargeError) Error() string { return "the message is too large" }

// OtherHostError is a page asked for, or a form sent, under another host than that of
// BaseURL.
type OtherHostError struct{ BaseURL string }

func (*OtherHostError) Error() string { return "another host than that of base_url" }

// NoAccountError is an address that single sign-on has verified and nobody here
// has. Only the person's own page holds it.
type NoAccountError struct{ Email string }

func (*NoAccountError) Error() string { return "no account has the verified address" }

// LinkedAccountError is auth.ErrOtherIdentity, for the account with an address.
type LinkedAccountError struct {
	Email string
	Err   error
}

func (e *LinkedAccountError) Error() string { return e.Err.Error() }
func (e *LinkedAccountError) Unwrap() error { return e.Err }

// cause reports whether an error is of its kind, and adds to the problem what
// the error itself says.
type cause func(err error, p *Problem) bool

// is matches errors that say nothing beyond what they are.
func is(targets ...error) cause {
	return func(err error, _ *Problem) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
}

// as matches errors of a type; say adds what one says, and may be nil.
func as[T error](say func(p *Problem, e T)) cause {
	return func(err error, p *Problem) bool {
		var e T
		if !errors.As(err, &e) {
			return false
		}
		if say != nil {
			say(p, e)
		}
		return true
	}
}

// inForm is is for what a form says of itself, beside what was typed.
func inForm(target error) cause {
	return func(err error, p *Problem) bool {
		if !errors.Is(err, target) {
			return false
		}
		p.Fields = []persona.FieldError{{Message: i18n.Say("%s. %s", i18n.Say(p.Title), i18n.Say(p.Kept))}}
		return true
	}
}

// either matches what one of the causes does.
func either(causes ...cause) cause {
	return func(err error, p *Problem) bool {
		for _, c := range causes {
			if c(err, p) {
				return true
			}
		}
		return false
	}
}

// status matches what the router or a middleware refuses with a status.
func status(code int) cause {
	return func(err error, _ *Problem) bool {
		var e *echo.HTTPError
		return errors.As(err, &e) && e.Code == code
	}
}

// waiting narrows a cause to drafts that still wait for a decision.
func waiting(c cause) cause {
	return func(err error, p *Problem) bool {
		var e *lead.StaleDraftError
		return errors.As(err, &e) && e.Theirs.State == lead.DraftWaiting && c(err, p)
	}
}

// keeps adds what became of the request.
func (p *Problem) keeps(format string, args ...any) { p.Kept, p.Args = format, args }

// staleAt adds the version that a change must be made from now.
func (p *Problem) staleAt(version int) {
	p.Version = &version
	p.Sentence = fmt.Sprintf("Somebody changed this meanwhile. It is at version %d now. Nothing was changed by you.",
		version)
}

// say names fields and begins with the first that is wrong.
func (p *Problem) say(wrong []persona.FieldError) {
	if p.Fields = wrong; len(wrong) > 0 {
		p.Sentence = wrong[0].Message.String() + "."
	}
}
