package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/labstack/echo/v4"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/web/problem"
)

// Error is how a program is told what was refused or failed.
type Error struct {
	Success bool              `json:"success" const:"false"`
	Error   string            `json:"error" description:"A sentence"`
	Code    string            `json:"code"`
	Fields  map[string]string `json:"fields,omitempty" description:"What is wrong with what was sent, by its key"`
	Version *int              `json:"version,omitempty" nullable:"false" description:"With stale_version: the version now"`
}

// Fail answers a program whose request was refused or failed with cause, which is
// p in the table of errors.
func Fail(c echo.Context, p problem.Problem, cause error) error {
	if errors.Is(cause, access.ErrSignedOut) {
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, "Bearer")
	}
	body, err := json.Marshal(errorOf(p))
	if err != nil {
		return err
	}
	return c.JSONBlob(p.Status, body)
}

func errorOf(p problem.Problem) Error {
	e := Error{Code: p.Code, Error: p.Sentence, Fields: map[string]string{}, Version: p.Version}
	if p.Version != nil {
		e.Fields["version"] = fmt.Sprintf("It is at version %d now", *p.Version)
	}
	for _, wrong := range p.Fields {
		if key := Key(wrong.Field); e.Fields[key] != "" {
			e.Fields[key] += ". " + wrong.Message.String()
		} else if wrong.Field != "" {
			e.Fields[key] = wrong.Message.String()
		}
	}
	return e
}

// Key returns the key of a form's field or of a settings column.
func Key(field string) string {
	if tag, f, is := persona.FromVariantField(field); is {
		return "variants." + string(tag) + "." + Key(f.Name)
	}
	switch field {
	case persona.NewVariantLanguage:
		return "variants"
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
	return &persona.InvalidError{Fields: []persona.FieldError{{Field: field, Message: i18n.Say(message)}}}
}
