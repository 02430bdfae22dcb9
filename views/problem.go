package views

import (
	"strings"

	"github.com/google/uuid"
)

// Problem is a page that says that something did not happen.
type Problem struct {
	Lines     []string // what happened, what was kept, what to do next
	RequestID string
	Back      string // where to go on
	BackLabel string
	Also      string // where else; empty: nowhere
	AlsoLabel string
	Again     string      // where to send Typed again; empty: nothing was typed
	Typed     []TypedText // the form that could not be done
}

// TypedText is a field of a form that could not be done.
type TypedText struct {
	Name, Value string
}

// label returns the field in words; empty: nobody typed it.
func (t TypedText) label() string {
	for _, ours := range []string{"version", "once", "was", "was_default", "original_", "theirs_", "choose_"} {
		if t.Name == ours || strings.HasSuffix(ours, "_") && strings.HasPrefix(t.Name, ours) {
			return ""
		}
	}
	if t.Value == "" || uuid.Validate(t.Value) == nil {
		return ""
	}
	words := strings.ReplaceAll(t.Name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
