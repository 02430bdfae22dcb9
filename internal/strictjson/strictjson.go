// Package strictjson reads JSON that others send, and drops nothing of it in
// silence: what a struct has no place for is refused, by its name.
package strictjson

import (
	stdjson "encoding/json"
	"errors"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// Unmarshal reads one JSON object into the struct that to points to, by its json
// tags. A key that is absent leaves its field alone, and null empties a text or
// an id. It fails with an InvalidError that names each key whose value has the
// wrong type, or the key that is unknown or repeated, and with
// persona.ErrNotFound for a text that is no id where an id belongs.
func Unmarshal(body []byte, to any, options ...json.Options) error {
	if !isObject(body) {
		return &persona.InvalidError{Fields: []persona.FieldError{{Message: i18n.Say("Send one JSON object in UTF-8, and nothing after it")}}}
	}
	var wrong persona.InvalidError
	options = append([]json.Options{json.RejectUnknownMembers(true)},
		append(options, json.WithUnmarshalers(noting(&wrong)))...)
	switch err := json.Unmarshal(body, to, options...); {
	case errors.Is(err, persona.ErrNotFound) && len(wrong.Fields) == 0:
		return persona.ErrNotFound
	case err != nil && !errors.Is(err, persona.ErrNotFound):
		refused := refusal(err)
		if refused == nil {
			return err
		}
		wrong.Fields = append(wrong.Fields, *refused)
	}
	if len(wrong.Fields) > 0 {
		return &wrong
	}
	return nil
}

// Leniently is for who is sent what others sent before it was strict: only a
// value of another type is refused.
func Leniently() json.Options {
	return json.JoinOptions(json.RejectUnknownMembers(false), json.MatchCaseInsensitiveNames(true), AllowRepeated(),
		jsontext.AllowInvalidUTF8(true))
}

// AllowRepeated is for an object whose parts are read one by one and strictly
// afterwards.
func AllowRepeated() json.Options { return jsontext.AllowDuplicateNames(true) }

// isObject reports whether a text is one object to any reader of JSON.
func isObject(body []byte) bool {
	return utf8.Valid(body) && stdjson.Valid(body) && jsontext.Value(body).Kind() == '{'
}

// noting reads the types that requests consist of. What has another type is
// noted and passed over, so that all that is wrong is known at once.
func noting(wrong *persona.InvalidError) *json.Unmarshalers {
	return json.JoinUnmarshalers(
		noted[string](wrong, i18n.N("a text or null")),
		noted[int](wrong, i18n.N("a whole number")),
		noted[bool](wrong, i18n.N("true or false")),
		noted[[]string](wrong, i18n.N("a list of texts")),
		json.UnmarshalFromFunc(func(d *jsontext.Decoder, id *uuid.UUID) error {
			var text string
			ok, err := read(d, wrong, &text, i18n.N("an id"))
			if ok && text != "" {
				*id, err = ID(text)
			}
			return err
		}),
		json.UnmarshalFromFunc(func(d *jsontext.Decoder, id *uuid.NullUUID) error {
			var text string
			ok, err := read(d, wrong, &text, i18n.N("an id or null"))
			if *id = (uuid.NullUUID{Valid: text != ""}); ok && id.Valid {
				id.UUID, err = ID(text)
			}
			return err
		}),
	)
}

func noted[T any](wrong *persona.InvalidError, kind string) *json.Unmarshalers {
	return json.UnmarshalFromFunc(func(d *jsontext.Decoder, to *T) error {
		_, err := read(d, wrong, to, kind)
		return err
	})
}

// read reads a value and reports whether it is of the type of to. Only a text is
// emptied by null.
func read(d *jsontext.Decoder, wrong *persona.InvalidError, to any, kind string) (bool, error) {
	value, err := d.ReadValue()
	if err != nil {
		return false, err
	}
	_, isText := to.(*string)
	replace, _ := json.GetOption(d.Options(), jsontext.AllowInvalidUTF8)
	if value.Kind() == 'n' && !isText || json.Unmarshal(value, to, jsontext.AllowInvalidUTF8(replace)) != nil {
		at := d.StackPointer()
		name, must := keyOf(at), i18n.N("%s must be %s")
		if isIndex(at.LastToken()) {
			must = i18n.N("%s: each must be %s")
		}
		wrong.Fields = append(wrong.Fields, persona.FieldError{Field: name, Message: i18n.Say(must, name, i18n.Say(kind))})
		return false, nil
	}
	return true, nil
}

// ID reads an id in the one way in which we write it. It fails with
// persona.ErrNotFound: what is no id names nothing.
func ID(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != len(id.String()) {
		return uuid.Nil, persona.ErrNotFound
	}
	return id, nil
}

// keyOf writes where a value is as a program does: lead.firstName. A list is
// named as a whole.
func keyOf(at jsontext.Pointer) string {
	var parts []string
	for token := range at.Tokens() {
		if isIndex(token) {
			break
		}
		parts = append(parts, token)
	}
	return strings.Join(parts, ".")
}

func isIndex(token string) bool { return token != "" && strings.Trim(token, "0123456789") == "" }

// refusal says what is wrong with an object that is JSON and no more; nil: it is
// not the object's fault.
func refusal(err error) *persona.FieldError {
	var syntactic *jsontext.SyntacticError
	var semantic *json.SemanticError
	switch {
	case errors.As(err, &syntactic) && errors.Is(err, jsontext.ErrDuplicateName):
		name, last := keyOf(syntactic.JSONPointer), syntactic.JSONPointer.LastToken()
		if !strings.HasSuffix(name, last) {
			return &persona.FieldError{Field: name, Message: i18n.Say("%s: %.40s is sent twice", name, last)}
		}
		return &persona.FieldError{Field: name, Message: i18n.Say("%s is sent twice", name)}
	case errors.As(err, &syntactic):
		name := keyOf(syntactic.JSONPointer) // a reader would replace the half, and never say so
		return &persona.FieldError{Field: name, Message: i18n.Say("%s holds half of a surrogate pair", name)}
	case errors.As(err, &semantic) && errors.Is(err, json.ErrUnknownName):
		return &persona.FieldError{Message: i18n.Say("“%.40s” is not a key that can be sent here",
			semantic.JSONPointer.LastToken())}
	case errors.As(err, &semantic):
		name := keyOf(semantic.JSONPointer)
		return &persona.FieldError{Field: name, Message: i18n.Say("%s must be %s", name, i18n.Say(kindOf(semantic.GoType)))}
	}
	return nil
}

// kindOf names a type that noting does not know.
func kindOf(t reflect.Type) string {
	switch {
	case t == nil:
		return i18n.N("something else")
	case t.Kind() == reflect.String:
		return i18n.N("a text or null")
	case t.Kind() == reflect.Slice:
		return i18n.N("a list")
	}
	return i18n.N("an object")
}
