package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sashabaranov/go-openai"

	"personae/internal/i18n"
)

// Fault is what kept an answer from being had or used, as a word for logs and
// metrics.
type Fault string

// The faults, those first that may pass by themselves.
const (
	Timeout     Fault = "timeout"     // no whole answer in time
	Unreachable Fault = "unreachable" // no connection, or it broke
	Busy        Fault = "busy"        // 429, 5xx and their like, to the last try
	Half        Fault = "half"        // the answer stops before its end
	Empty       Fault = "empty"
	TooLong     Fault = "too_long"   // for the channel
	WrongForm   Fault = "wrong_form" // not what the prompt asked for
	Rejected    Fault = "rejected"   // any other 4xx: key, model or request
	Declined    Fault = "declined"   // the model or its filter will not answer
	NotJSON     Fault = "not_json"   // not a model service, or a broken one
	TooLarge    Fault = "too_large"  // more bytes than any answer has
)

var says = map[Fault]string{
	Timeout:     i18n.N("the model did not answer in time"),
	Unreachable: i18n.N("the model service cannot be reached"),
	Busy:        i18n.N("the model service is busy or out of order"),
	Half:        i18n.N("the model’s answer stops half-way"),
	Empty:       i18n.N("the model’s answer is empty"),
	TooLong:     i18n.N("the model’s answer is too long"),
	WrongForm:   i18n.N("the model’s answer has not the form that was asked for"),
	Rejected:    i18n.N("the model service rejects the request; look at its key, address and model"),
	Declined:    i18n.N("the model declines to answer"),
	NotJSON:     i18n.N("the answer is not that of a model service; look at its address"),
	TooLarge:    i18n.N("the answer is far too large"),
}

// Error is the lack of a usable answer. Its text holds no word of the prompt or
// the answer.
type Error struct {
	Fault      Fault
	Status     int           // of the service's answer; 0 where it does not matter
	Code       string        // the service's own word for it, such as model_not_found
	RetryAfter time.Duration // how long the service asks to be left alone; 0: it does not
}

func (e *Error) Error() string { return e.Text().String() }

// Text is Error for people, within a sentence.
func (e *Error) Text() i18n.Text {
	status := strconv.Itoa(e.Status)
	if e.Code != "" {
		status += ", " + e.Code
	}
	return faultText(says[e.Fault], status, e.Status != 0)
}

func faultText(says, status string, has bool) i18n.Text {
	if !has {
		return i18n.Say(says)
	}
	return i18n.Say("%s (status %s)", i18n.Say(says), status)
}

// unusable begins what is kept of a fault.
const unusable = "No answer of the model could be used: "

// Problem says in English, as a sentence to be kept, that no answer could be used.
func (e *Error) Problem() string { return unusable + e.Error() + "." }

// Problem returns a sentence that Error.Problem made, or any other, as a text.
func Problem(kept string) i18n.Text {
	fault, is := strings.CutPrefix(kept, unusable)
	if !is {
		return i18n.Say(kept)
	}
	says, status, has := strings.Cut(strings.TrimSuffix(fault, "."), " (status ")
	return i18n.Say("No answer of the model could be used: %s.", faultText(says, strings.TrimSuffix(status, ")"), has))
}

// Retryable reports whether the same question may be answered later. The others
// want a change of settings or words first.
func (e *Error) Retryable() bool {
	switch e.Fault {
	case Rejected, Declined, NotJSON, TooLarge:
		return false
	}
	return true
}

var (
	errNoAnswer  = errors.New("no answer in it")
	errInStream  = errors.New("an error in the stream")
	errElsewhere = errors.New("the address points elsewhere")
	identifier   = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
)

// fault tells what err, which came of the last try, means.
func (w *watch) fault(err error) *Error {
	var large *http.MaxBytesError
	var told *openai.APIError
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &large):
		return &Error{Fault: TooLarge}
	case w.status >= 400:
		e := &Error{Fault: Rejected, Status: w.status, RetryAfter: w.wait}
		if busy(w.status) {
			e.Fault = Busy
		}
		if errors.As(err, &told) && told.Code != nil {
			if code := fmt.Sprint(told.Code); identifier.MatchString(code) {
				e.Code = code
			}
		}
		return e
	case w.tries == 0: // the client knows the model as one that does not chat
		return &Error{Fault: Rejected}
	case w.broken:
		return &Error{Fault: Unreachable}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Fault: Timeout}
	case errors.As(err, &told) || errors.Is(err, errInStream):
		return &Error{Fault: Busy}
	case w.strange || errors.Is(err, errNoAnswer) || errors.As(err, &syntax) || errors.As(err, &kind) ||
		errors.Is(err, io.EOF):
		return &Error{Fault: NotJSON}
	}
	return &Error{Fault: Half}
}
