package views

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/lead"
	"personae/internal/persona"
)

// Trial tries a voice on messages that came in.
type Trial struct {
	Present, Next persona.Persona
	Typed         []Hidden // the form of an edit whose words are tried; nil: a switch of the default is
	Filter        persona.TrialFilter
	Campaigns     []persona.Named // to choose from
	Model         bool            // a model writes, when it is asked
	Asked         bool            // somebody pressed the button, so what was tried takes the focus
	Tried         []TriedMessage  // nil: nothing was tried yet
	Verdicts      []Hidden        // that were given before somebody was signed out; they are kept without the messages
}

// Hidden is a field of a form that nobody sees.
type Hidden struct{ Name, Value string }

// TriedMessage is a message with what both voices would answer.
type TriedMessage struct {
	lead.Example
	Present, Next string
	Segments      [2]int // of SMS; 0: it is none
	Writing       bool   // the model is at work
	Problem       string // why it wrote nothing to compare; empty: it did, or none was asked
}

// Edited reports whether words are tried that are not saved.
func (m Trial) Edited() bool { return m.Typed != nil }

// written returns to how many messages both answers are there, and how many have none.
func (m Trial) written() (both, failed int) {
	for _, t := range m.Tried {
		switch {
		case t.Problem != "":
			failed++
		case !t.Writing:
			both++
		}
	}
	return both, failed
}

// progress says how far the answers are.
func (m Trial) progress() string {
	both, failed := m.written()
	words := fmt.Sprintf("The model has answered %d of %s in both voices.", both, count(len(m.Tried), "message"))
	if failed > 0 {
		words += fmt.Sprintf(" It could not answer %d, which count for nothing; each says why.", failed)
	}
	return words
}

// found says on which messages it was tried.
func (m Trial) found() string {
	words := capital(count(len(m.Tried), "message")) + ", the newest first."
	if len(m.Tried) < m.Filter.Size {
		words = fmt.Sprintf("Only %s, the newest first: others that came in lately would be answered as before, or get no draft by themselves.",
			count(len(m.Tried), "message"))
	}
	return words
}

// presentName and nextName name both voices above their answers.
func (m Trial) presentName() string { return "Now: " + persona.Isolate(m.Present.Name) }

func (m Trial) nextName() string {
	if m.Edited() {
		return "With your changes"
	}
	return "Then: " + persona.Isolate(m.Next.Name)
}

// judging asks for a verdict on one message.
func (m Trial) judging(t TriedMessage) string {
	who := "the answer of " + persona.Isolate(m.Next.Name)
	if m.Edited() {
		who = "the answer with your changes"
	}
	return "To " + persona.Isolate(t.Lead.Name()) + ", " + who + " is"
}

func (m Trial) sizes() []option {
	var options []option
	for _, n := range persona.TrialSizes() {
		options = append(options, option{strconv.Itoa(n), strconv.Itoa(n)})
	}
	return options
}

func (m Trial) chosen(c persona.Channel) bool {
	return len(m.Filter.Channels) == 0 || slices.Contains(m.Filter.Channels, c)
}

// judged reports whether who looks may mark the answers.
func (m Trial) judged(s Shell) bool {
	if m.Edited() {
		return s.MayWrite
	}
	return s.MaySwitch
}

// judgePath is where the verdicts go: with an edit, or to be kept until a switch.
func (m Trial) judgePath(s Shell) templ.SafeURL {
	if m.Edited() {
		return personaPath(s, m.Next.ID)
	}
	return personaPath(s, m.Next.ID, "trial", "evidence")
}

// script streams what the model writes.
func (m Trial) script(s Shell) string { return Preview{Model: m.Model}.script(s) }

// preselected is what stands chosen for a message: the same where both say the same.
func (t TriedMessage) preselected() persona.Verdict {
	if t.Present == t.Next {
		return persona.Same
	}
	return persona.Skipped
}

// verdictWords says a verdict as it is offered.
func verdictWords(v persona.Verdict) string {
	switch v {
	case persona.Better:
		return "Better"
	case persona.Same:
		return "The same"
	case persona.Worse:
		return "Worse"
	case persona.Skipped:
	}
	return "Not judged"
}

func trialPath(s Shell, p uuid.UUID) templ.SafeURL { return personaPath(s, p, "trial") }

// twoSides marks in each of two texts what the other has not, word by word.
func twoSides(ctx context.Context, before, after string) (left, right string) {
	var l, r strings.Builder
	for _, p := range persona.Words(before, after, comparing(ctx)) {
		if p.Kind != persona.Added {
			l.WriteString(pieceHTML(p))
		}
		if p.Kind != persona.Removed {
			r.WriteString(pieceHTML(p))
		}
	}
	return l.String(), r.String()
}

// TrialVerdicts says what somebody thought, in words.
func TrialVerdicts(ctx context.Context, t persona.Trial) string {
	words := fmt.Sprintf("%d better, %d the same, %d worse", t.Better, t.Same, t.Worse)
	if t.Skipped > 0 {
		words += fmt.Sprintf(", %d not judged", t.Skipped)
	}
	return words
}

// triedOn says what a trial compared, on how many messages and with what result.
func triedOn(ctx context.Context, t persona.Trial) string {
	from := fmt.Sprintf("%s (version %d)", quoted(t.From.Name), t.From.Version)
	to := fmt.Sprintf("%s (version %d)", quoted(t.To.Name), t.To.Version)
	if t.From.ID == t.To.ID {
		from = fmt.Sprintf("version %d", t.From.Version)
		to = fmt.Sprintf("%s, version %d,", quoted(t.To.Name), t.To.Version)
	}
	return to + " was tried beside " + from + " on " + count(t.Messages(), "message") + ": " + TrialVerdicts(ctx, t) + "."
}

// judgedBy says who judged a trial, and when.
func judgedBy(ctx context.Context, t persona.Trial) string {
	who := "Judged"
	if t.Who != "" {
		who += " by " + persona.Isolate(t.Who)
	}
	return who + " on " + moment(ctx, t.At) + "."
}

// outdatedTrial says why a trial says nothing of the switch as it stands; empty: it does.
func outdatedTrial(ctx context.Context, m persona.Impact) string {
	t := m.Trial
	switch {
	case m.Default == nil || t.From.ID != m.Default.ID:
		return "Another persona is the default since, so this does not stand behind the switch. Try it again."
	case !t.Of(*m.Default, m.Target):
		return "One of the two was changed since, so this does not stand behind the switch. Try it again."
	}
	return ""
}

// TrialKept tells that a trial is evidence now.
func TrialKept(ctx context.Context, t persona.Trial) *Receipt {
	return &Receipt{Title: "The trial is kept", Lines: []string{triedOn(ctx, t), "No message and no answer was kept.",
		"If " + quoted(t.To.Name) + " is made the default while both stay as they are, this stands with the switch in the activity."}}
}

// trialLine is what a receipt says of a trial that stands behind what was done.
func trialLine(ctx context.Context, t *persona.Trial) []string {
	if t == nil {
		return nil
	}
	return []string{"It was tried before on " + count(t.Messages(), "message") + ": " + TrialVerdicts(ctx, *t) + "."}
}

// tried ends the phrase of what a trial stands behind.
func tried(ctx context.Context, t *persona.Trial) string {
	if t == nil {
		return ""
	}
	return ", tried before on " + count(t.Messages(), "message")
}
