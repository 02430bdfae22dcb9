package views

import (
	"context"
	"slices"

	"personae/internal/i18n"
	"personae/internal/persona"
)

// group is a heading of a form, in English, and the fields beneath it.
type group struct {
	Title  string
	Fields []persona.Field
}

// groups are the eight fields as the forms set them.
func groups() []group {
	f := persona.Fields()
	return []group{
		{i18n.N("Who it is"), f[0:2]},
		{i18n.N("How it opens and closes"), f[2:5]},
		{i18n.N("What it wants"), f[5:6]},
		{i18n.N("What it sells, and to whom"), f[6:8]},
	}
}

// voiceControl returns the control of one of the eight fields. The name is the
// persona's or the settings' one; tones are those that it had before.
func voiceControl(ctx context.Context, f persona.Field, name, value string, errs []persona.FieldError, conflicts []persona.Conflict,
	by string, tones ...string) control {
	c := control{
		Name:     name,
		Label:    f.Label,
		Hint:     hint(ctx, f),
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
		c.Words, c.Limit, c.Options = false, 0, toneOptions(ctx, value, append(conflictTones(c.Conflict), tones...)...)
	case "greeting", "sms_greeting":
		c.Rows = 3
	case "signature":
		c.Rows = 4
	default:
		c.Rows = 6
	}
	return c
}

func hint(ctx context.Context, f persona.Field) string {
	switch f.Name {
	case "display_name":
		return tr(ctx, "Who the messages are from. Left empty, the workspace’s name is used. Up to %d characters.", f.Limit)
	case "tone":
		return tr(ctx, "How the messages sound.")
	case "greeting":
		return tr(ctx, "The first words of an email. Left empty, they are “Hi {firstName},”. Up to %d characters. "+
			"{firstName}, {lastName} and {company} are replaced.", f.Limit)
	case "sms_greeting":
		return tr(ctx, "The first words of a text message. Left empty, the greeting is used. Up to %d characters. "+
			"{firstName}, {lastName} and {company} are replaced.", f.Limit)
	case "signature":
		return tr(ctx, "The last words of an email. Up to %d characters. {firstName}, {lastName} and {company} are replaced.", f.Limit)
	case "goals":
		return tr(ctx, "What a conversation should lead to. Up to %d characters.", f.Limit)
	case "service_description":
		return tr(ctx, "What you sell, in the words that the persona should use. Up to %d characters.", f.Limit)
	case "ideal_customer_profile":
		return tr(ctx, "Who you sell to. Lead scoring reads this too. Up to %d characters.", f.Limit)
	}
	return tr(ctx, "Up to %d characters.", f.Limit)
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
func toneOptions(ctx context.Context, current string, also ...string) []option {
	options := []option{{"", tr(ctx, "Not set (%s is used)", toneName(ctx, persona.UsualTone))}}
	known := map[string]bool{"": true}
	for _, tone := range append(persona.Tones(), append([]string{current}, also...)...) {
		if !known[tone] {
			known[tone] = true
			options = append(options, option{tone, toneName(ctx, tone)})
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
func labels(ctx context.Context, fields []persona.Field) string {
	return persona.Labels(fields).In(ctx)
}

// toneName says a tone that forms offer; any other is somebody’s own words.
func toneName(ctx context.Context, tone string) string {
	if slices.Contains(persona.Tones(), tone) {
		return tr(ctx, tone)
	}
	return tone
}

// shown returns what a field holds as pages show it.
func shown(ctx context.Context, f persona.Field, words string) string {
	if f.Name == "tone" {
		return toneName(ctx, words)
	}
	return words
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
	return persona.UsualGreeting
}
