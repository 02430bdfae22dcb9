package web

import (
	"encoding/json"
	"io"
	"mime"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"personae/internal/personafile"
	"personae/web/problem"
)

// apiRoot is where the addresses for programs start.
const apiRoot = "/api/v1"

// isAPI tells whether an answer from this path is JSON.
func isAPI(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, inboundRoot+"/")
}

// object is a JSON object.
type object map[string]any

// done answers a program whose request succeeded.
func (c *call) done(status int, data any) error {
	if c.once.Replayed() {
		c.Response().Header().Set(replayedHeader, "true")
	}
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

// readJSON reads the request's JSON object into targets by key, each a *string
// (null empties it), a *int, a *bool or a *[]string. A key that is absent leaves its target
// alone; given tells which were there. An empty body has none. If-Match counts
// as the key version, where that is asked for. It fails with problem.ErrNotJSON or an
// InvalidError.
func (c *call) readJSON(targets object) (given map[string]bool, err error) {
	body, err := io.ReadAll(c.Request().Body)
	if err != nil {
		return nil, err
	}
	given = map[string]bool{}
	if len(body) > 0 {
		if kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType)); err != nil || kind != echo.MIMEApplicationJSON {
			return nil, problem.ErrNotJSON
		}
		if err := personafile.ReadObject(body, targets, given); err != nil {
			return nil, err
		}
	}
	if version, asked := targets["version"].(*int); asked {
		return given, c.ifMatch(version, given)
	}
	return given, nil
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

func noVersion() error {
	return invalid("version", `Say which version this is a change of, as version or as If-Match: "VERSION"`)
}

func noPersonaID() error {
	return invalid("personaId", "Send personaId: a persona's id, or null for the workspace default")
}

// orNull gives a text as JSON has it: an empty field is null.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
