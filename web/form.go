package web

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-playground/form/v4"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/web/problem"
)

// decode reads the form that was sent into a T, whose fields say by a tag which
// one each is. What no field names is left out; a field that was not sent stays
// empty, and a pointer nil. Ids are read as such, all else as it was typed.
//
// decode fails with persona.ErrNotFound for a malformed id, and with an
// InvalidError for what cannot be read and for a field that came twice, unless
// the T has a list for it: two readers could take it for two things.
func decode[T any](c *call) (T, error) {
	var to T
	if err := c.readForm(); err != nil {
		return to, err
	}
	sent := c.Request().PostForm
	lists := listsIn(reflect.TypeFor[T]())
	for name, values := range sent {
		if len(values) > 1 && !slices.Contains(lists, name) {
			return to, &persona.InvalidError{}
		}
	}
	return to, decodeValues(&to, sent)
}

func decodeValues(to any, sent url.Values) error {
	// Dots and brackets lead the decoder into structs and lists, and are in no name of ours.
	named := maps.Clone(sent)
	maps.DeleteFunc(named, func(name string, _ []string) bool { return strings.ContainsAny(name, ".[]") })
	err := decoder.Decode(to, named)
	if errors.As(err, new(form.DecodeErrors)) {
		return persona.ErrNotFound // only an id can be malformed
	}
	return err
}

var decoder = newDecoder()

func newDecoder() *form.Decoder {
	d := form.NewDecoder()
	d.RegisterCustomTypeFunc(func(values []string) (any, error) { return parseID(values[0]) }, uuid.UUID{})
	d.RegisterCustomTypeFunc(func(values []string) (any, error) { return optionalID(values[0]) }, uuid.NullUUID{})
	return d
}

// listsIn returns the names of a form's fields that may be sent more than once.
func listsIn(t reflect.Type) []string {
	var names []string
	for _, field := range reflect.VisibleFields(t) {
		if field.Type.Kind() == reflect.Slice {
			names = append(names, field.Tag.Get("form"))
		}
	}
	return names
}

// optionalID reads an id from a form; empty means none.
func optionalID(text string) (uuid.NullUUID, error) {
	if text == "" {
		return uuid.NullUUID{}, nil
	}
	id, err := parseID(text)
	return uuid.NullUUID{UUID: id, Valid: err == nil}, err
}

// narrowing is what is wrong with what a list is narrowed to. What is wrong leaves nothing
// out.
type narrowing struct{ wrong []persona.FieldError }

// refuse notes that a field holds nothing that it offers.
func (n *narrowing) refuse(field, message string) {
	n.wrong = append(n.wrong, oneError(field, message)...)
}

// id returns the id of what was chosen; not valid: nothing was.
func (n *narrowing) id(field, message, text string) uuid.NullUUID {
	id, err := optionalID(text)
	if err != nil {
		n.refuse(field, message)
	}
	return id
}

// oneOf returns which of those that are offered was chosen; "": none was.
func oneOf[T ~string](n *narrowing, field, message, text string, offered []T) T {
	if text == "" || slices.Contains(offered, T(text)) {
		return T(text)
	}
	n.refuse(field, message)
	return ""
}

// openedAt is the version that a form was opened at, as the form says it.
type openedAt struct {
	Version string `form:"version"`
	Since   string `form:"since"` // that it was opened at before a conflict; empty: there was none
}

// since returns the version that the form was first opened at: opened, unless it says
// an earlier one.
func (f openedAt) since(opened int) int {
	if n, err := strconv.Atoi(f.Since); err == nil && n > 0 {
		return n
	}
	return opened
}

// version reads it. It fails with an InvalidError.
func (f openedAt) version() (int, error) {
	n, err := strconv.Atoi(f.Version)
	if err != nil || n < 0 || n > 1<<31-1 {
		return 0, invalid("", "The form did not say which version it was made from. Check what is in it now and save again")
	}
	return n, nil
}

// formMemory is how much of a form's files is held in memory: all, as the whole
// request is no longer.
const formMemory = 1 << 20

// readForm reads the form once. What cannot be read is bad input. A file that was
// chosen becomes the value of its field.
func (c *call) readForm() error {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		return unreadable(err)
	}
	if r.MultipartForm == nil {
		switch err := r.ParseMultipartForm(formMemory); {
		case errors.Is(err, http.ErrNotMultipart):
		case err != nil:
			return unreadable(err)
		default:
			if err := filesAsValues(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// readAhead takes what is sent before anything is waited for. When the database
// has let us wait until the request's time was over, nothing more can be read of
// it, and what was typed could not be shown again.
func (c *call) readAhead() {
	r := c.Request()
	sent, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(sent), errReader{err}))
}

// errReader is the end of what could be read: of all, where err is nil.
type errReader struct{ err error }

func (f errReader) Read([]byte) (int, error) { return 0, cmp.Or(f.err, io.EOF) }

// unreadable is bad input, unless what made it so is that it is too large.
func unreadable(err error) error {
	if errors.As(err, new(*echo.HTTPError)) {
		return err
	}
	return &persona.InvalidError{}
}

func filesAsValues(r *http.Request) error {
	for name, files := range r.MultipartForm.File {
		for _, file := range files {
			f, err := file.Open()
			if err != nil {
				return err
			}
			content, err := io.ReadAll(f)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			r.PostForm.Add(name, string(content))
		}
	}
	return nil
}

// isForm reports whether a request's body is a form, or there is none.
func isForm(r *http.Request) bool {
	if r.Method != http.MethodPost || r.ContentLength == 0 && r.Header.Get("Content-Type") == "" {
		return true
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && (kind == "application/x-www-form-urlencoded" || kind == "multipart/form-data")
}

// formErrors returns what a form shows of an error beside its fields, and the
// status; no errors where the form cannot help.
func formErrors(err error) (int, []persona.FieldError) {
	p := problem.Of(err)
	return p.Status, p.Fields
}

// invalid returns an InvalidError of one field.
func invalid(field, format string, args ...any) error {
	return &persona.InvalidError{Fields: oneError(field, format, args...)}
}

// wrongIn returns what a field shows of an error that says it to people; nothing where
// there is none.
func wrongIn(field string, err error) []persona.FieldError {
	var said interface {
		error
		Text() i18n.Text
	}
	if !errors.As(err, &said) {
		return nil
	}
	return []persona.FieldError{{Field: field, Message: said.Text()}}
}

// oneError is one thing that is wrong: with a field, or with the whole form where
// field is empty.
func oneError(field, format string, args ...any) []persona.FieldError {
	return []persona.FieldError{{Field: field, Message: i18n.Say(format, args...)}}
}
