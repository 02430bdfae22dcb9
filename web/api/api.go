// Package api is what programs ask: structs in, structs out. The table of
// operations and the tags of the structs make the document that programs read,
// the page that people read and the checks of what is sent. Who may ask what
// stands in the table of routes of package web, which lets requests through.
package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/drafting"
	"personae/internal/postgres"
)

// Root is where the addresses for programs start.
const Root = "/api/v1"

// RequestTime is how long a request may wait for the database, and SendTime how
// long sending an answer may take after a model was waited for.
const (
	RequestTime = 10 * time.Second
	SendTime    = 10 * time.Second
)

// API answers programs. Make one with New.
type API struct {
	DB         *postgres.DB
	Drafter    *drafting.Drafter // its model writes previews; nil, or without one: the composer does
	Turns      *Turns            // that a model writes
	Log        *slog.Logger
	operations map[string]operation // by method and path
}

// New returns an API that answers with what is in a.
func New(a API) *API {
	a.operations = map[string]operation{}
	for _, o := range a.table() {
		a.operations[o.route] = o
	}
	return &a
}

// Has reports whether the table of operations has a route, by its path as the
// router has it.
func (a *API) Has(method, path string) bool {
	_, found := a.operations[method+" "+strings.TrimPrefix(path, Root)]
	return found
}

// Call is a request that was let through.
type Call struct {
	echo.Context
	Access   postgres.Access // what its token may do
	Patience context.Context // ends when whoever asked is gone, and not when the request's time is over
}

// Serve answers a call by the operation of its route, or fails with what Fail
// tells a program.
func (a *API) Serve(c Call) error {
	request := c.Request()
	method := request.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	o, found := a.operations[method+" "+strings.TrimPrefix(c.Path(), Root)]
	if !found {
		return echo.ErrNotFound
	}
	var body []byte
	if method != http.MethodGet {
		var err error
		if body, err = io.ReadAll(request.Body); err != nil {
			return err
		}
	}
	once, err := onlyOnce(request, body)
	if err != nil {
		return err
	}
	data, next, err := c.run(o, once, func(to any) error { return read(c, body, to) })
	if o.patient && c.Patience.Err() != nil {
		return c.NoContent(StatusGone)
	}
	if err != nil {
		return err
	}
	if _, proposed := data.(Proposal); proposed && o.proposable {
		o.status = http.StatusAccepted
	}
	c.setHeaders(o, data, next)
	if once.Replayed() {
		c.Response().Header().Set(replayedHeader, "true")
	}
	if etag := c.Response().Header().Get("ETag"); etag != "" && method == http.MethodGet &&
		matches(request.Header.Values("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	return Answer(c, o.status, data)
}

// run does an operation, whose request read reads.
func (c Call) run(o operation, once *postgres.IdempotentRequest, read func(any) error) (any, url.Values, error) {
	ctx := c.Request().Context()
	if o.patient {
		ctx = c.Patience
		mayTake(c, 0)
		defer mayTake(c, SendTime)
	}
	return o.answer(ctx, c.Access.Idempotent(once), read)
}

// StatusGone is for the log: whoever asked is gone, and gets no answer.
const StatusGone = 499

// mayTake lets sending the answer take so long from now; 0: without end, while a
// model is waited for, which has a limit of its own.
func mayTake(c echo.Context, long time.Duration) {
	var until time.Time
	if long > 0 {
		until = time.Now().Add(long)
	}
	// Where that cannot be set, there is no limit to lift.
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(until)
}

// Answer answers a program whose request succeeded.
func Answer(c echo.Context, status int, data any) error {
	body, err := json.Marshal(answer[any]{true, data})
	if err != nil {
		return err
	}
	return c.JSONBlob(status, body)
}

// answer is what every answer to a request that succeeded looks like.
type answer[T any] struct {
	Success bool `json:"success" const:"true"`
	Data    T    `json:"data"`
}

// What is answered may have a version, which the next change says it was made
// from, and a place of its own below the workspace.
type (
	versioned interface{ version() int }
	located   interface{ location() string }
)

// marked is an answer that says more than its version grows with: mark names that, and
// is empty where there is none of it.
type marked interface{ mark() string }

// entityTag is the ETag of an answer: its version, which If-Match reads, and its mark.
func entityTag(v versioned) string {
	tag := strconv.Itoa(v.version())
	if m, is := v.(marked); is {
		if mark := m.mark(); mark != "" {
			tag += "-" + mark
		}
	}
	return strconv.Quote(tag)
}

func (c Call) setHeaders(o operation, data any, next url.Values) {
	header := c.Response().Header()
	if v, is := data.(versioned); is {
		header.Set("ETag", entityTag(v))
	}
	if l, is := data.(located); is && o.status != http.StatusOK {
		header.Set(echo.HeaderLocation, Root+"/workspaces/"+c.Access.Workspace().String()+l.location())
	}
	if next != nil {
		header.Set("Link", fmt.Sprintf("<%s?%s>; rel=\"next\"", c.Request().URL.Path, next.Encode()))
	}
}

// matches reports whether one of the tags of If-None-Match is etag, be it weak or
// strong.
func matches(sent []string, etag string) bool {
	for tag := range strings.SplitSeq(strings.Join(sent, ","), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

// each converts a list, which is never null.
func each[From, To any](list []From, convert func(From) To) []To {
	all := make([]To, len(list))
	for i, x := range list {
		all[i] = convert(x)
	}
	return all
}

// textOrNull returns a text as JSON has it: an empty one is null.
func textOrNull(text string) *string { return unless(text == "", text) }

func timeOrNull(t time.Time) *time.Time { return unless(t.IsZero(), t.UTC()) }

func numberOrNull(n int) *int { return unless(n == 0, n) }

func unless[T any](empty bool, v T) *T {
	if empty {
		return nil
	}
	return &v
}

func idOrNull(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }
