// Package persona holds what a persona is and the rules that need no database: its
// fields and their limits, what may be typed into them, what differs between two of
// them, how two people's edits are merged, which persona answers, and what placeholders
// become.
package persona

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/language"
)

// UsualTone is the tone that speaks where none was chosen.
const UsualTone = "friendly-professional"

// UsualGreeting opens an email where no greeting was typed.
const UsualGreeting = "Hi {firstName},"

// NameLimit is the longest name of a persona, in characters. Fields has the limits of
// the eight fields.
const NameLimit = 80

// ImportedName is the name of the persona that an import makes.
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
	Variants Variants // in other languages
}

// MaxPersonas is how many personas a workspace may have.
const MaxPersonas = 500

// Room fails with an InvalidError about a form field unless a workspace that has so many personas may have
// so many more.
func Room(field string, has, more int) error {
	if more == 0 || has+more <= MaxPersonas {
		return nil
	}
	return &InvalidError{Fields: []FieldError{{Field: field, Message: i18n.Say(
		"This workspace has %d personas, and may have %d. Delete some that nobody uses, then try again", has, MaxPersonas)}}}
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
	Campaigns int // campaigns that this persona answers for
}

// Default returns the default; nil: it is not among them.
func (l List) Default() *Listed {
	if len(l.Personas) == 0 || !l.Personas[0].IsDefault {
		return nil
	}
	return &l.Personas[0]
}

// List is what the list of a workspace's personas shows.
type List struct {
	Personas  []Listed      // the default first, then by name
	Matching  int           // personas that the search finds
	Total     int           // personas without the search
	Deleted   int           // personas that were deleted and not restored
	Campaigns int           // campaigns of the workspace
	Proposals int           // proposals that wait
	Schedules []Schedule    // of the default, that are to come; and all that lately could not be done
	Behind    []HouseChange // copies whose house persona changed since
	Offers    int           // house personas that may be taken
	Settings  Voice         // only where there is no persona
	Undoable  Undoable      // the switch that made the default what it is, if Undo takes it back
}

// Listed is what a list says of a persona, whose longer words it leaves out.
type Listed struct {
	Named
	DisplayName, Tone, Greeting string
	IsDefault                   bool
	Version                     int
	Campaigns                   int // how many it answers for, archived ones not counted
}

// Field describes one of the eight fields of a Voice.
type Field struct {
	Name     string       // form field and column of personas
	Setting  string       // column of workspace_settings
	Label    string       // how a page names it; in another language than the main words, Called does
	Language language.Tag // of the words, where they are not the main ones; else empty
	Limit    int          // longest value, in characters
	OneLine  bool         // line ends are refused
	of       func(*Voice) *string
}

// Of returns the field's place in v, to read or to set.
func (f Field) Of(v *Voice) *string { return f.of(v) }

// Fields lists the eight fields in the order in which pages show them.
func Fields() []Field {
	return []Field{
		{"display_name", "ai_persona_name", i18n.N("Display name"), "", 80, true, func(v *Voice) *string { return &v.DisplayName }},
		{"tone", "ai_tone", i18n.N("Tone"), "", 60, true, func(v *Voice) *string { return &v.Tone }},
		{"greeting", "ai_greeting", i18n.N("Greeting"), "", 500, false, func(v *Voice) *string { return &v.Greeting }},
		{"sms_greeting", "ai_sms_greeting", i18n.N("SMS greeting"), "", 320, false, func(v *Voice) *string { return &v.SMSGreeting }},
		{"signature", "ai_signature", i18n.N("Signature"), "", 2000, false, func(v *Voice) *string { return &v.Signature }},
		{"goals", "ai_goals", i18n.N("Goals"), "", 4000, false, func(v *Voice) *string { return &v.Goals }},
		{"service_description", "service_description", i18n.N("Service description"), "", 8000, false,
			func(v *Voice) *string { return &v.ServiceDescription }},
		{"ideal_customer_profile", "ideal_customer_profile", i18n.N("Ideal customer profile"), "", 8000, false,
			func(v *Voice) *string { return &v.IdealCustomerProfile }},
	}
}

// Tones lists the tones that a form offers, the usual one first. A legacy tone
// outside the list stays valid.
func Tones() []string {
	return []string{i18n.N("friendly-professional"), i18n.N("professional"), i18n.N("friendly"), i18n.N("casual"),
		i18n.N("formal"), i18n.N("direct"), i18n.N("consultative")}
}

// Named is something to choose or to filter by.
type Named struct {
	ID   uuid.UUID
	Name string
}
