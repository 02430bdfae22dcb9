// Package personafile is how personas travel as JSON: the names of keys, reading
// them strictly, and files of personas.
package personafile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"personae/internal/persona"
)

// ReadObject reads a JSON object into targets by key, each a *string (null
// empties it), a *int, a *bool, a *[]string or a *json.RawMessage. A key that is absent
// leaves its target alone; given then tells which were there. It is strict, so
// that nothing anybody sends is dropped in silence, and fails with an
// InvalidError.
func ReadObject(body []byte, targets map[string]any, given map[string]bool) error {
	if !utf8.Valid(body) || !json.Valid(body) || bytes.TrimLeft(body, " \t\r\n")[0] != '{' {
		return invalid("", "Send one JSON object in UTF-8, and nothing after it")
	}
	keys := json.NewDecoder(bytes.NewReader(body))
	_, _ = keys.Token() // the brace; all of it is valid, so nothing below fails
	var wrong persona.InvalidError
	for keys.More() {
		token, _ := keys.Token()
		key, _ := token.(string)
		var value json.RawMessage
		if err := keys.Decode(&value); err != nil {
			return err
		}
		target, known := targets[key]
		switch {
		case !known:
			return invalid("", fmt.Sprintf("“%.40s” is not a key that can be sent here", key))
		case given[key]:
			return invalid(key, key+" is sent twice")
		}
		given[key] = true
		if message := readValue(value, target); message != "" {
			wrong.Fields = append(wrong.Fields, persona.FieldError{Field: key, Message: key + " " + message})
		}
	}
	if len(wrong.Fields) > 0 {
		return &wrong
	}
	return nil
}

// readValue gives what is wrong with a value; nothing: it was read.
func readValue(value json.RawMessage, target any) string {
	null := string(value) == "null"
	switch to := target.(type) {
	case *string:
		*to = ""
		switch err := json.Unmarshal(value, to); {
		case err != nil:
			return "must be a text or null"
		case strings.Count(*to, "\ufffd") > strings.Count(string(value), "\ufffd")+strings.Count(strings.ToLower(string(value)), `\ufffd`):
			return "holds half of a surrogate pair" // which would be replaced
		}
	case *int:
		if null || json.Unmarshal(value, to) != nil {
			return "must be a whole number"
		}
	case *[]string:
		if null || json.Unmarshal(value, to) != nil {
			return "must be a list of texts"
		}
	case *json.RawMessage:
		*to = value
	case *bool:
		if null || json.Unmarshal(value, to) != nil {
			return "must be true or false"
		}
	}
	return ""
}

// Key gives the key of a form's field or of a settings column.
func Key(field string) string {
	switch field {
	case "display_name":
		return "personaName"
	case "make_default":
		return "isDefault"
	}
	words := strings.Split(strings.TrimPrefix(field, "ai_"), "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

func invalid(field, message string) error {
	return &persona.InvalidError{Fields: []persona.FieldError{{Field: field, Message: message}}}
}
