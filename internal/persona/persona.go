// Package persona holds what a persona is and the rules that need no
// database: its fields and their limits, what may be typed into them, how two
// people's edits are merged, and which persona answers.
package persona

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// UsualTone is the tone that speaks where none was chosen.
const UsualTone = "friendly-professional"

// Longest texts besides the eight fields, in characters.
const (
	NameLimit                   = 80
	CompanyNameLimit            = 200
	QualificationQuestionsLimit = 8000
)

// ImportedName is the name that an import gives the persona it makes.
const ImportedName = "Default Persona"

// Voice is the eight fields that speak to the world. An empty string is an
// empty field: NULL in the database.
type Voice struct {
	DisplayName          string
	Tone                 string
	Greeting             string
	SMSGreeting          string
	Signature            string
	Goals                string
	ServiceDescription   string
	IdealCustomerProfile string
}

// Content is all that a person writes about a persona.
type Content struct {
	Name string
	Voice
}

// Persona is a named voice of one workspace.
type Persona struct {
	ID          uuid.UUID
	WorkspaceID uuid.UUID
	Content
	IsDefault bool
	Version   int // grows by one with each change
	CreatedAt time.Time
	UpdatedAt time.Time
	CreatedBy string // a person's name; empty when nobody is known
	Campaigns int    // campaigns that this persona answers for
}

// Settings is a workspace's legacy row. Its Voice follows the default persona
// while there is one.
type Settings struct {
	Voice
	CompanyName            string
	QualificationQuestions string
	Version                int // 0 while the workspace has no row
}

// Campaign is one of a workspace's campaigns.
type Campaign struct {
	ID         uuid.UUID
	ExternalID string
	Name       string
	PersonaID  uuid.NullUUID // not valid: the workspace default answers
}

// Field describes one of the eight fields of a Voice.
type Field struct {
	Name    string // form field and column of personas
	Setting string // column of workspace_settings
	Label   string // how a page names it
	Limit   int    // longest value, in characters
	OneLine bool   // line ends are refused
	of      func(*Voice) *string
}

// Of returns the field's place in v, to read or to set.
func (f Field) Of(v *Voice) *string { return f.of(v) }

// Fields lists the eight fields in the order in which pages show them.
func Fields() []Field {
	return []Field{
		{"display_name", "ai_persona_name", "Display name", 80, true, func(v *Voice) *string { return &v.DisplayName }},
		{"tone", "ai_tone", "Tone", 60, true, func(v *Voice) *string { return &v.Tone }},
		{"greeting", "ai_greeting", "Greeting", 500, false, func(v *Voice) *string { return &v.Greeting }},
		{"sms_greeting", "ai_sms_greeting", "SMS greeting", 320, false, func(v *Voice) *string { return &v.SMSGreeting }},
		{"signature", "ai_signature", "Signature", 2000, false, func(v *Voice) *string { return &v.Signature }},
		{"goals", "ai_goals", "Goals", 4000, false, func(v *Voice) *string { return &v.Goals }},
		{"service_description", "service_description", "Service description", 8000, false, func(v *Voice) *string { return &v.ServiceDescription }},
		{"ideal_customer_profile", "ideal_customer_profile", "Ideal customer profile", 8000, false, func(v *Voice) *string { return &v.IdealCustomerProfile }},
	}
}

// Tones lists the tones that a form offers, the usual one first. A legacy tone
// outside the list stays valid.
func Tones() []string {
	return []string{UsualTone, "professional", "friendly", "casual", "formal", "direct", "consultative"}
}

// FieldChange is one field whose words differ.
type FieldChange struct {
	Field
	Before, After string
}

// Diff lists the fields in which b differs from a, in page order.
func Diff(a, b Voice) []FieldChange {
	var changes []FieldChange
	for _, f := range Fields() {
		if before, after := *f.Of(&a), *f.Of(&b); before != after {
			changes = append(changes, FieldChange{f, before, after})
		}
	}
	return changes
}

// Replaced lists the words in before that after does not keep, field by field.
func Replaced(before, after Voice) []FieldChange {
	return slices.DeleteFunc(Diff(before, after), func(c FieldChange) bool { return c.Before == "" })
}

// CopyName returns the name of a duplicate of name: "Name (copy)", then
// "Name (copy 2)" and so on, the first that taken does not hold. A name too
// long for the ending is shortened to fit.
func CopyName(name string, taken func(string) bool) string {
	for n := 1; ; n++ {
		suffix := " (copy)"
		if n > 1 {
			suffix = " (copy " + itoa(n) + ")"
		}
		stem := []rune(name)
		if over := len(stem) + len([]rune(suffix)) - NameLimit; over > 0 {
			stem = stem[:len(stem)-over]
		}
		if candidate := trim(TidyName(string(stem)) + suffix); !taken(candidate) {
			return candidate
		}
	}
}
