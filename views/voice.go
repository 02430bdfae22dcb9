package views

import (
	"slices"
	"strings"

	"personae/internal/persona"
)

// group is a heading of a form and the fields beneath it.
type group struct {
	Title  string
	Fields []persona.Field
}

// groups are the eight fields as the forms set them.
func groups() []group {
	f := persona.Fields()
	return []group{
		{"Who it is", f[0:2]},
		{"How it opens and closes", f[2:5]},
		{"What it wants", f[5:6]},
		{"What it sells, and to whom", f[6:8]},
	}
}

// voiceControl returns the control of one of the eight fields. The name is the
// persona's or the settings' one; tones are those that it had before.
func voiceControl(f persona.Field, name, value string, errs []persona.FieldError, conflicts []persona.Conflict,
	by string, tones ...string) control {
	c := control{
		Name:     name,
		Label:    f.Label,
		Hint:     hint(f),
		Value:    value,
		Error:    errorFor(errs, name),
		Conflict: conflictFor(conflicts, name),
		By:       by,
		Words:    true,
		Limit:    f.Limit,

		ChooseError: errorFor(errs, "choose_"+name),
	}
	switch f.Name {
	case "display_name":
		c.Words = false
	case "tone":
		c.Words, c.Limit, c.Options = false, 0, toneOptions(value, append(conflictTones(c.Conflict), tones...)...)
	case "greeting", "sms_greeting":
		c.Rows = 3
	case "signature":
		c.Rows = 4
	default:
		c.Rows = 6
	}
	return c
}

func hint(f persona.Field) string {
	limit := "Up to " + persona.Thousands(f.Limit) + " characters."
	placeholders := " {firstName}, {lastName} and {company} are replaced."
	switch f.Name {
	case "display_name":
		return "Who the messages are from. Left empty, the workspace’s name is used. " + limit
	case "tone":
		return "How the messages sound."
	case "greeting":
		return "The first words of an email. Left empty, they are “Hi {firstName},”. " + limit + placeholders
	case "sms_greeting":
		return "The first words of a text message. Left empty, the greeting is used. " + limit + placeholders
	case "signature":
		return "The last words of an email. " + limit + placeholders
	case "goals":
		return "What a conversation should lead to. " + limit
	case "service_description":
		return "What you sell, in the words that the persona should use. " + limit
	case "ideal_customer_profile":
		return "Who you sell to. Lead scoring reads this too. " + limit
	}
	return limit
}

// OwnWords ends the name of a field that takes a tone in one's own words, which then
// stand instead of the choice.
const OwnWords = "_own"

// ownTone returns the control of that field; name is the choice's.
func ownTone(name, value string, errs []persona.FieldError) control {
	return control{
		Name:  name + OwnWords,
		Label: "Tone in your own words",
		Hint:  "It takes the place of the choice above. Left empty, the choice counts. Up to 60 characters.",
		Value: value,
		Error: errorFor(errs, name+OwnWords),
		Limit: 60,
	}
}

// withOwnTone returns s with what is wrong with a tone beside the field that it was
// typed into.
func (s Shell) withOwnTone(name, own string) Shell {
	if own == "" {
		return s
	}
	s.Errors = slices.Clone(s.Errors)
	for i := range s.Errors {
		if s.Errors[i].Field == name {
			s.Errors[i].Field += OwnWords
		}
	}
	return s
}

// valueBeside returns what the control of a field holds where own is the tone in one's
// own words, which stands beside it.
func valueBeside(own string, f persona.Field, v persona.Voice) string {
	if f.Name == "tone" && own != "" {
		return ""
	}
	return valueOf(f, v)
}

// toneOptions offers the known tones, and also each tone that stands there
// already though no form offers it.
func toneOptions(current string, also ...string) []option {
	options := []option{{"", "Not set (" + persona.UsualTone + " is used)"}}
	known := map[string]bool{"": true}
	for _, tone := range append(persona.Tones(), append([]string{current}, also...)...) {
		if !known[tone] {
			known[tone] = true
			options = append(options, option{tone, tone})
		}
	}
	return options
}

func conflictTones(c *persona.Conflict) []string {
	if c == nil {
		return nil
	}
	return []string{c.Original, c.Theirs}
}

func valueOf(f persona.Field, v persona.Voice) string { return *f.Of(&v) }

// spoken lists the fields of v that say something.
func spoken(v persona.Voice) []persona.Field {
	var fields []persona.Field
	for _, f := range persona.Fields() {
		if valueOf(f, v) != "" {
			fields = append(fields, f)
		}
	}
	return fields
}

// labels writes the names of fields as part of a sentence.
func labels(fields []persona.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Label
		if !strings.HasPrefix(f.Label, "SMS") {
			names[i] = uncapital(f.Label)
		}
	}
	return list(names)
}

func fieldsOf(changed []persona.FieldChange) []persona.Field {
	fields := make([]persona.Field, len(changed))
	for i, c := range changed {
		fields[i] = c.Field
	}
	return fields
}

// firstWords returns what a persona opens with, and the usual words where it
// has none of its own.
func firstWords(greeting string) string {
	if greeting != "" {
		return greeting
	}
	return "Hi {firstName},"
}
