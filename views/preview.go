package views

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/drafting"
	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/llm"
	"personae/internal/persona"
	"personae/static"
)

// Preview tries personas on a message.
type Preview struct {
	Personas    []persona.Persona
	Offer       persona.Offer // which of them these are
	Left, Right string        // ids of the chosen ones
	Channel     persona.Channel
	Lead        persona.Recipient
	Message     string
	From        *lead.Example  // that the form was filled in from; nil: none
	Recent      []lead.Example // that came in last, newest first
	Model       bool           // a model writes, when it is asked
	Asked       bool           // somebody pressed the button, so the drafts take the focus
	Drafts      []PreviewDraft
}

// Chosen returns the ids of the chosen personas.
func (m Preview) Chosen() []uuid.NullUUID {
	var ids []uuid.NullUUID
	for _, text := range []string{m.Left, m.Right} {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, uuid.NullUUID{UUID: id, Valid: true})
		}
	}
	return ids
}

// message keeps from which message the form was filled in.
func (m Preview) message() []option {
	if m.From == nil {
		return nil
	}
	return []option{{m.From.ID.String(), "message"}}
}

func (m Preview) options(ctx context.Context) []option {
	var options []option
	for _, p := range m.Personas {
		label := persona.Isolate(p.Name)
		if p.IsDefault {
			label = tr(ctx, "%s (default)", label)
		}
		options = append(options, option{Value: p.ID.String(), Label: label})
	}
	return options
}

// PreviewDraft is what one persona would write.
type PreviewDraft struct {
	Name     string
	Text     string
	Segments int    // of an SMS; 0 otherwise
	Writing  bool   // the model is at work, and Text is what it has written
	ByModel  bool   // and not by the composer
	Problem  string // why it is not, as a sentence; empty: nobody asked a model
}

// NotByModel says why the model wrote no draft.
func NotByModel(err error) i18n.Text {
	var fault *llm.Error
	if errors.As(err, &fault) {
		return i18n.Say("No answer of the model could be used: %s.", fault.Text())
	}
	return i18n.Say("The model could not be asked.")
}

// one reports whether there is nobody to stand beside the one who speaks.
func (m Preview) one() bool { return len(m.Personas) < 2 }

func (m Preview) leftLabel() string {
	if m.one() {
		return i18n.N("Persona")
	}
	return i18n.N("First persona")
}

func (m Preview) button(ctx context.Context) string {
	if m.one() {
		return tr(ctx, "Show the draft")
	}
	return tr(ctx, "Compare")
}

func (m Preview) modelWords(ctx context.Context) string {
	if m.one() {
		return tr(ctx, "The model writes it, which takes some seconds.")
	}
	return tr(ctx, "The model writes both, which takes some seconds.")
}

// exampleName says within a sentence how and when a message came.
func exampleName(ctx context.Context, e lead.Example) string {
	return cameBy(ctx, e.Channel, e.SentAt)
}

// beginning returns the lead's first words in a message, on one line.
func beginning(message string) string {
	return drafting.Shorten(strings.Join(strings.Fields(cmp.Or(lead.Own(message), message)), " "), 120)
}

// script streams what the model writes. A page with errors is rather sent whole,
// so that they go.
func (m Preview) script(s Shell) string {
	if m.Model && len(s.Errors) == 0 {
		return static.Path("preview.js")
	}
	return ""
}

// streams marks a form for preview.js, if it is to get its answer in parts, and holds what
// the script says meanwhile.
func streams(ctx context.Context, parts bool) templ.OrderedAttributes {
	if !parts {
		return nil
	}
	return templ.OrderedAttributes{
		{Key: "data-streams", Value: true},
		{Key: "data-writing", Value: tr(ctx, "The model is writing.")},
		{Key: "data-written", Value: tr(ctx, "All is written.")},
		{Key: "data-broke", Value: tr(ctx, "The connection broke before all was written.")},
		{Key: "data-again", Value: tr(ctx, "Press the button to try again.")},
		{Key: "data-stopped", Value: tr(ctx, "Stopped.")},
		{Key: "data-gone", Value: tr(ctx, "What was written is gone.")},
		{Key: "data-stays", Value: tr(ctx, "What is written by now stays.")},
	}
}

func (m Preview) writing() bool {
	return slices.ContainsFunc(m.Drafts, func(d PreviewDraft) bool { return d.Writing })
}

func busy(writing bool) string { return strconv.FormatBool(writing) }
