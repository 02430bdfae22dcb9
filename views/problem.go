package views

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/persona"
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

// typedLabels name the fields of forms that words are typed into, beside those of a voice.
var typedLabels = map[string]string{
	"name": i18n.N("Name"), "company_name": i18n.N("Company name"), "qualification_questions": i18n.N("Qualification questions"),
	"language": i18n.N("Language"), "email": i18n.N("Email"), "first_name": i18n.N("First name"),
	"last_name": i18n.N("Last name"), "company": i18n.N("Company"), "reason": i18n.N("Reason"), "role": i18n.N("Role"),
	"note": i18n.N("Note"), "body": i18n.N("Body"), "text": i18n.N("Text"), "word": i18n.N("Word"), "file": i18n.N("File"),
	"admin": i18n.N("Admin"), "workspace": i18n.N("Workspace"), "state": i18n.N("State"), "channel": i18n.N("Channel"),
	"answer": i18n.N("Your answer"), "at": i18n.N("At"), "url": i18n.N("Address"), persona.NewVariantLanguage: i18n.N("Language"),
	"hours": i18n.N("Hours"), "days": i18n.N("Days"), "until": i18n.N("Until"), "zone": i18n.N("Zone"), "scope": i18n.N("Scope"),
}

// label returns the field in words; empty: nobody typed it.
func (t TypedText) label(ctx context.Context) string {
	for _, ours := range []string{"version", "once", "was", "was_default", "shown", "present_version", "house_version", "variants",
		"original_", "theirs_", "choose_", "judged_"} {
		if t.Name == ours || strings.HasSuffix(ours, "_") && strings.HasPrefix(t.Name, ours) {
			return ""
		}
	}
	if t.Value == "" || uuid.Validate(t.Value) == nil {
		return ""
	}
	if label, is := typedLabels[t.Name]; is {
		return tr(ctx, label)
	}
	if tag, f, is := persona.FromVariantField(t.Name); is {
		return f.In(tag).Called().In(ctx)
	}
	for _, f := range persona.Fields() {
		if f.Name == strings.TrimPrefix(t.Name, persona.NewVariant) {
			return tr(ctx, f.Label)
		}
	}
	words := strings.ReplaceAll(t.Name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
