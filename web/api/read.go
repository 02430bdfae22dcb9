package api

import (
	"fmt"
	"math"
	"mime"
	"net/url"
	"reflect"
	"regexp"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/persona"
	"personae/internal/strictjson"
	"personae/web/problem"
)

// Optional is a key that need not be sent. Where null is, it was sent, and empties
// a text or an id.
type Optional[T any] struct {
	Value T
	Sent  bool
}

// UnmarshalJSONFrom reads the value, which is there.
func (o *Optional[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	o.Sent = true
	return json.UnmarshalDecode(d, &o.Value)
}

// into sets what was sent where it belongs.
func (o Optional[T]) into(to *T) {
	if o.Sent {
		*to = o.Value
	}
}

// OfVersion is a change of what is at a version, which the body or If-Match says.
type OfVersion struct {
	Version Optional[int] `json:"version" description:"The version that this is a change of, unless If-Match says it"`
}

// asked returns the version, or fails with an InvalidError where it was not sent.
func (v OfVersion) asked() (int, error) {
	if !v.Version.Sent {
		return 0, invalid("version", `Say which version this is a change of, as version or as If-Match: "VERSION"`)
	}
	return v.Version.Value, nil
}

// etag is a version as If-Match names it: in quotes, be it weak or strong, or
// without. In quotes, the mark of an answer may stand behind it.
var etag = regexp.MustCompile(`^(?:(?:W/)?"(0|[1-9]\d*)(?:-[\da-f-]+)?"|(0|[1-9]\d*))$`)

// match reads the version out of If-Match.
func (v *OfVersion) match(sent []string) error {
	if len(sent) == 0 {
		return nil
	}
	parts := etag.FindStringSubmatch(sent[0])
	if parts == nil || len(sent) > 1 {
		return oneVersion()
	}
	n, err := strconv.Atoi(parts[1] + parts[2])
	if err != nil || v.Version.Sent && n != v.Version.Value {
		return oneVersion()
	}
	v.Version = Optional[int]{n, true}
	return nil
}

func oneVersion() error {
	return invalid("version", `Send one version, as version or as If-Match: "VERSION"`)
}

// read reads a request into the struct that to points to: what is tagged path and
// query out of the address, and what is tagged json out of the body, which may be
// empty. It fails with problem.ErrNotJSON, an InvalidError, or persona.ErrNotFound for
// what is no id.
func read(c echo.Context, body []byte, to any) error {
	inPath := func(name string) string { return place(c, places[name]) }
	if err := readAddress(to, inPath, c.QueryParam); err != nil {
		return err
	}
	if len(body) > 0 {
		if kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType)); err != nil ||
			kind != echo.MIMEApplicationJSON {
			return problem.ErrNotJSON
		}
		if err := strictjson.Unmarshal(body, to); err != nil {
			return err
		}
	}
	if change, is := to.(interface{ match([]string) error }); is {
		return change.match(c.Request().Header.Values("If-Match"))
	}
	return nil
}

// places are the parts of a path as the router names them, by the name that the
// document has.
var places = map[string]string{"workspace": "ws", "persona": "p", "campaign": "c", "lead": "l", "draft": "d",
	"version": "version", "proposal": "o", "schedule": "schedule"}

// place returns a part of the path. The router leaves it as it was sent where the whole
// path cannot be told from its parts, as with a slash in one of them.
func place(c echo.Context, name string) string {
	text := c.Param(name)
	if c.Request().URL.RawPath != "" {
		if plain, err := url.PathUnescape(text); err == nil {
			return plain
		}
	}
	return text
}

// readAddress reads what is tagged path and query into the struct that to points to.
func readAddress(to any, inPath, inQuery func(name string) string) error {
	of := reflect.ValueOf(to).Elem()
	for _, field := range reflect.VisibleFields(of.Type()) {
		value := of.FieldByIndex(field.Index)
		if name, is := field.Tag.Lookup("path"); is {
			if err := readText(inPath(name), field, value); err != nil {
				return persona.ErrNotFound
			}
		}
		name, is := field.Tag.Lookup("query")
		if !is {
			continue
		}
		if text := inQuery(name); text != "" {
			if err := readText(text, field, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// readText reads one part of an address. A text that is no id names nothing.
func readText(text string, field reflect.StructField, to reflect.Value) error {
	switch place := to.Addr().Interface().(type) {
	case *uuid.UUID:
		id, err := strictjson.ID(text)
		*place = id
		return err
	case *uuid.NullUUID:
		id, err := strictjson.ID(text)
		*place = uuid.NullUUID{UUID: id, Valid: true}
		return err
	case *int:
		least, most := limit(field, "minimum", 0), limit(field, "maximum", math.MaxInt32)
		n, err := strconv.Atoi(text)
		if err != nil || n < least || n > most {
			name := field.Tag.Get("query")
			return invalid(name, fmt.Sprintf("%s must be a number from %d to %s", name, least, persona.Thousands(most)))
		}
		*place = n
	default:
		to.SetString(text)
	}
	return nil
}

func limit(field reflect.StructField, tag string, otherwise int) int {
	if n, err := strconv.Atoi(field.Tag.Get(tag)); err == nil {
		return n
	}
	return otherwise
}
