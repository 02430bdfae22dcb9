package views

import (
	"context"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/drafting"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// PersonaForm creates or edits one persona.
type PersonaForm struct {
	ID      uuid.UUID // uuid.Nil: a new one
	Version int
	persona.Content
	IsDefault       bool                  // it is the default now
	MakeDefault     bool                  // the box is ticked
	First           bool                  // the workspace has no persona: this one becomes the default
	Replaces        []persona.FieldChange // settings that this first persona would replace
	persona.Overlap                       // what somebody else changed meanwhile
	Since           int                   // the version that the form was opened at before they did; 0: nobody did
	By              persona.Change        // who they are, and when they did
	Default         *persona.Listed       // the default now, where it is another; nil: there is none
	Impact          *persona.Impact       // what making this the default would change; nil: it was not asked for
	Campaigns       int                   // campaigns that it answers for
	Tones           []string              // that it has or had
	OwnTone         string                // the tone in one's own words, as it was typed
	Sampled         bool                  // it was asked how this reads
	Two             bool                  // a second person approves another default, so that the box proposes it
	Proposing       bool                  // what is typed is proposed, not saved
	Note            string                // of the proposal, as it was typed
	House           House                 // what the persona was taken from
	Offers          int                   // house personas that may be taken instead of typing a new one
}

// ProposeTitle is the title of the form that proposes a change of a persona.
func ProposeTitle(ctx context.Context, name string) string {
	return tr(ctx, "Propose a change of %s", persona.Isolate(name))
}

// action is where the form is sent.
func (m PersonaForm) action(s Shell) templ.SafeURL {
	switch {
	case m.Proposing:
		return personaPath(s, m.ID, "propose")
	case m.ID == uuid.Nil:
		return at(s, "personas")
	}
	return personaPath(s, m.ID)
}

// boxed reports whether the form has the box that makes the persona the default.
func (m PersonaForm) boxed() bool { return !m.First && !m.Proposing }

// reach says where the persona of the form speaks.
func (m PersonaForm) reach(ctx context.Context) string {
	switch {
	case m.IsDefault && m.Campaigns == 0:
		return tr(ctx, "This persona answers every campaign without its own persona.")
	case m.IsDefault:
		return tr(ctx, "This persona answers every campaign without its own persona. It answers for %s.",
			i18n.Counted(upTo(m.Campaigns), "campaign"))
	case m.Campaigns == 0:
		return tr(ctx, "No campaign uses this persona.")
	}
	return tr(ctx, "This persona answers for %s.", i18n.Counted(upTo(m.Campaigns), "campaign"))
}

// defaultControl is the box that makes the persona of the form the default.
func (m PersonaForm) defaultControl(ctx context.Context, errs []persona.FieldError) control {
	c := control{
		Name:  "make_default",
		Label: tr(ctx, "Make this the default persona"),
		Hint:  tr(ctx, "The default answers every campaign without its own persona. Its words are copied to the workspace settings."),
		Error: errorFor(errs, "make_default"),
	}
	switch {
	case m.IsDefault:
		c.Label = tr(ctx, "This is the default persona")
		c.Hint = tr(ctx, "There is always one default. To change it, make another persona the default instead.")
	case m.Two:
		c.Label = tr(ctx, "Propose this as the default persona")
		c.Hint += tr(ctx, " With this ticked, saving proposes it too. It becomes the default once another owner or admin approves it.")
	case m.Default != nil:
		c.Hint += tr(ctx, " With this ticked, saving takes the default from %s, which answers for %s now. “Preview the effect” "+
			"shows what would change, and saves nothing; afterwards you can undo it.",
			persona.Isolate(m.Default.Name), i18n.Counted(upTo(m.Default.Campaigns), "campaign"))
	}
	return c
}

// sounding returns the words that saving the form would leave: theirs where they
// were chosen.
func (m PersonaForm) sounding() persona.Voice {
	for _, f := range persona.Fields() {
		if c := conflictFor(m.Conflicts, f.Name); c != nil && c.TakeTheirs {
			*f.Of(&m.Voice) = c.Theirs
		}
	}
	return m.Voice
}

func tickPath(s Shell, m PersonaForm) templ.SafeURL {
	if m.ID == uuid.Nil {
		return at(s, "personas", "impact")
	}
	return personaPath(s, m.ID, "impact")
}

// sampledPart is the group of fields beside which stands how they read.
const sampledPart = 1

func partID(i int) string { return "part-" + strconv.Itoa(i+1) }

// unsaved reports whether the form as it is shown holds words that are not saved.
func (m PersonaForm) unsaved(s Shell) bool { return m.Sampled || len(s.Errors)+len(m.Conflicts) > 0 }

// smsCost says how many parts an SMS with these words takes, and what in them takes
// more room than it seems to.
func smsCost(ctx context.Context, words string) string {
	cost := drafting.CostOf(words)
	said := tr(ctx, "%s.", capital(i18n.Count(ctx, cost.Parts, "SMS part")))
	if len(cost.Alien) > 0 {
		said += tr(ctx, " The alphabet of SMS lacks %s, so a part holds 70 characters instead of 160.", lettersList(ctx, cost.Alien))
	}
	if len(cost.Twice) > 0 {
		said += tr(ctx, " Counts double: %s.", lettersList(ctx, cost.Twice))
	}
	return said
}

// lettersList writes letters as part of a sentence.
func lettersList(ctx context.Context, letters []string) string {
	shown := make([]string, 0, namesShown+1)
	for _, letter := range letters[:min(len(letters), namesShown)] {
		shown = append(shown, quote(ctx, letter))
	}
	if more := len(letters) - namesShown; more > 0 {
		shown = append(shown, i18n.Count(ctx, more, "other"))
	}
	return i18n.List(ctx, shown)
}

func samplePath(s Shell, m PersonaForm) templ.SafeURL {
	if m.ID == uuid.Nil {
		return at(s, "personas", "sample")
	}
	return personaPath(s, m.ID, "sample")
}

// sampleWords says to whom the sample speaks.
func sampleWords(ctx context.Context) string {
	to := persona.SampleLead()
	return tr(ctx, "To %s %s of %s, and to somebody whose first name is not known. “Check the sample” makes it anew from what stands in the form.",
		to.FirstName, to.LastName, to.Company)
}

// ProposedToo adds to what a receipt tells of a persona that it is proposed as the default.
func ProposedToo(ctx context.Context, r *Receipt) *Receipt {
	r.Lines = append(r.Lines, tr(ctx, "It is proposed as the default: another owner or admin decides, and you find the answer here."))
	return r
}

// Created tells of a new persona.
func Created(ctx context.Context, d persona.Saved) *Receipt {
	title := tr(ctx, "%s was created", quote(ctx, d.Persona.Name))
	switch {
	case d.Switched != nil:
		title = tr(ctx, "%s was created and is now the default", quote(ctx, d.Persona.Name))
	case d.Persona.IsDefault:
		title = tr(ctx, "%s was created and is the default", quote(ctx, d.Persona.Name))
	}
	r := wrote(ctx, title, d)
	r.Replaced = d.Settings
	return r
}

// Saved tells of an edit.
func Saved(ctx context.Context, d persona.Saved) *Receipt {
	if d.Switched != nil {
		return wrote(ctx, tr(ctx, "%s was saved and is now the default", quote(ctx, d.Persona.Name)), d)
	}
	return wrote(ctx, tr(ctx, "%s was saved", quote(ctx, d.Persona.Name)), d)
}

// SavedBefore tells that what was typed is saved already: most likely by the same
// form, sent a moment before without its answer being seen.
func SavedBefore(ctx context.Context, p persona.Persona) *Receipt {
	return &Receipt{Title: tr(ctx, "%s was saved", quote(ctx, p.Name)),
		Lines: []string{tr(ctx, "It already read like this, so nothing changed.")}}
}

func wrote(ctx context.Context, title string, d persona.Saved) *Receipt {
	switch {
	case d.Switched != nil:
		r := took(ctx, title,
			persona.Switch{From: d.Switched, To: d.Persona, Moved: d.Moved, Changed: d.Replaced})
		r.Lines = append(r.Lines, trialLine(ctx, d.Trial)...)
		r.Undo = d.Event
		return r
	case d.Persona.IsDefault:
		lines := append(losses(ctx, d.Replaced), settingsFollow(ctx, d.Replaced))
		return warned(ctx, d.Persona.Content, title, append(lines, trialLine(ctx, d.Trial)...)...)
	}
	return warned(ctx, d.Persona.Content, title, append([]string{
		tr(ctx, "It is not the default, so the workspace settings are unchanged.")},
		trialLine(ctx, d.Trial)...)...)
}
