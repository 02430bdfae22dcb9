// Package drafting writes a reply in a persona's voice: by a model where one is
// configured, else by the built-in composer, which needs no network. It stores
// nothing.
package drafting

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"personae/internal/config"
	"personae/internal/lead"
	"personae/internal/llm"
	"personae/internal/persona"
)

// Reply is the text of a draft, which a person may send.
type Reply struct {
	Text      string
	Segments  int    // SMS only: into how many parts the network cuts it
	PromptKey string // what wrote it, for which channel, and whose voice it is
}

// Drafter writes replies. It is safe for concurrent use.
type Drafter struct {
	model *llm.Client // nil: the composer writes
}

// New returns a Drafter that writes with the model that c names, or composes
// where c names none.
func New(c config.LLM) *Drafter { return &Drafter{llm.New(c)} }

// Model reports whether a model writes. A nil Drafter has none.
func (d *Drafter) Model() bool { return d != nil && d.model != nil }

// Draft answers a lead's message with r's voice. As the text comes, its parts are
// passed to onText, which may be nil; together they are the reply's text, unless Draft
// fails: then what was passed is void.
//
// It fails with an *llm.Error, which says whether to try again, or with ctx's
// error. The composer never fails.
func (d *Drafter) Draft(
	ctx context.Context, r persona.Resolution, to persona.Recipient, message string, onText func(string),
) (Reply, error) {
	if d.model != nil {
		return ask(ctx, d.model, r, to, message, onText)
	}
	reply := Compose(r, to, message)
	if onText != nil {
		onText(reply.Text)
	}
	return reply, nil
}

// Compose writes a plain reply to a lead's message: the opening for the channel, what
// the lead asked or wrote, what is offered, a closing in the persona's tone and, by
// email, the signature. A refusal, an opt-out or an automatic reply gets a polite line
// instead, which offers and asks nothing. Its own sentences are in the language in which the
// persona greets, as far as they are there in it.
func Compose(r persona.Resolution, to persona.Recipient, message string) Reply {
	before, after := frame(r, to)
	own := wordsIn(r.OpensIn)
	if line := own.polite[lead.KindOf(message)]; line != "" {
		return finish(r, "composer:v1", before, line, after)
	}
	heard := own.hear(lead.Own(message))
	service := persona.Fill(r.Voice.ServiceDescription, to)
	offer := sentences(service, 2)
	if r.Channel == persona.SMS {
		offer = Shorten(sentences(service, 1), 160)
	}
	return finish(r, "composer:v1", before, strings.TrimSpace(heard+" "+offer), own.closing(r.Voice.Tone), after)
}

// frame returns what stands before and after a reply's own words: the opening for
// the channel, and the signature or the name.
func frame(r persona.Resolution, to persona.Recipient) (before, after string) {
	after = persona.Fill(r.Voice.DisplayName, to)
	if r.Channel == persona.Email && r.Voice.Signature != "" {
		after = persona.Fill(r.Voice.Signature, to)
	}
	return strings.TrimSpace(persona.Fill(r.Opening, to)), strings.TrimSpace(after)
}

// between returns what stands between two parts of a reply.
func between(channel persona.Channel) string {
	if channel == persona.SMS {
		return " "
	}
	return "\n\n"
}

// finish puts a reply together from its parts, of which some may be empty.
func finish(r persona.Resolution, writer string, parts ...string) Reply {
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	reply := Reply{
		Text:      strings.Join(parts, between(r.Channel)),
		PromptKey: r.PromptKey(writer + ":" + string(r.Channel)),
	}
	if r.Channel == persona.SMS {
		reply.Text = plainMarks.Replace(reply.Text)
		reply.Segments = Segments(reply.Text)
	}
	return reply
}

// hear shows that the message was read: its first question, else its first words,
// which turn none of the reply's own.
func (w words) hear(body string) string {
	body = strings.Join(strings.Fields(body), " ")
	body = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, body)
	if body == "" {
		return ""
	}
	if asked := lead.Question(body); asked != "" {
		return w.asked + Shorten(asked, 160) + w.unquote
	}
	return w.wrote + Shorten(sentences(body, 1), 160) + w.unquote
}
