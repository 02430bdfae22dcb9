package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"personae/internal/persona"
)

// apiRoot is where the addresses for programs start.
const apiRoot = "/api/v1"

// isAPI tells whether an answer from this path is JSON.
func isAPI(path string) bool { return strings.HasPrefix(path, "/api/") }

// object is a JSON object.
type object map[string]any

// done answers a program whose request succeeded.
func (c *call) done(status int, data any) error {
	return c.sendJSON(status, struct {
		Success bool `json:"success"`
		Data    any  `json:"data"`
	}{true, data})
}

func (c *call) sendJSON(status int, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return c.JSONBlob(status, body)
}

var errNotJSON = errors.New("the body is not JSON")

// readJSON reads the request's JSON object into targets by key, each a *string
// (null empties it), a *int or a *bool. A key that is absent leaves its target
// alone; given tells which were there. An empty body has none. If-Match counts
// as the key version, where that is asked for. It fails with errNotJSON or an
// InvalidError.
func (c *call) readJSON(targets object) (given map[string]bool, err error) {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return nil, err
	}
	given = map[string]bool{}
	if len(body) > 0 {
		if kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType)); err != nil || kind != echo.MIMEApplicationJSON {
			return nil, errNotJSON
		}
		if err := readObject(body, targets, given); err != nil {
			return nil, err
		}
	}
	if version, asked := targets["version"].(*int); asked {
		return given, c.ifMatch(version, given)
	}
	return given, nil
}

// readObject is strict, so that nothing a program sends is dropped in silence.
func readObject(body []byte, targets object, given map[string]bool) error {
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
	case *bool:
		if null || json.Unmarshal(value, to) != nil {
			return "must be true or false"
		}
	}
	return ""
}

// ifMatch reads the version that a change was made from out of If-Match: "7".
func (c *call) ifMatch(version *int, given map[string]bool) error {
	sent := c.Request().Header.Values("If-Match")
	if len(sent) == 0 {
		return nil
	}
	n, err := strconv.Atoi(strings.Trim(sent[0], `"`))
	if err != nil || len(sent) > 1 || given["version"] && n != *version {
		return invalid("version", `Send one version, as version or as If-Match: "VERSION"`)
	}
	*version, given["version"] = n, true
	return nil
}

func invalid(field, message string) error {
	return &persona.InvalidError{Fields: []persona.FieldError{{Field: field, Message: message}}}
}

func noVersion() error {
	return invalid("version", `Say which version this is a change of, as version or as If-Match: "VERSION"`)
}

// jsonKey gives the key of a form's field or of a settings column.
func jsonKey(field string) string {
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

// orNull gives a text as JSON has it: an empty field is null.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
