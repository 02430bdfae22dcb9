package views

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
)

// Trial tries a voice on messages that came in.
type Trial struct {
	Present, Next persona.Persona
	Typed         []Hidden // the form of an edit whose words are tried; nil: a switch of the default is
	Filter        persona.TrialFilter
	Campaigns     []persona.Named // to choose from
	More          bool            // there are more campaigns
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
func (m Trial) progress(ctx context.Context) string {
	both, failed := m.written()
	words := tr(ctx, "The model has answered %d of %s in both voices.", both, i18n.Counted(len(m.Tried), "message"))
	if failed > 0 {
		words += " " + tr(ctx, "It could not answer %d, which count for nothing; each says why.", failed)
	}
	return words
}

// found says on which messages it was tried.
func (m Trial) found(ctx context.Context) string {
	if len(m.Tried) < m.Filter.Size {
		return tr(ctx, "Only %s, the newest first: others that came in lately would be answered as before, or get no draft by themselves.",
			i18n.Counted(len(m.Tried), "message"))
	}
	return tr(ctx, "%s, the newest first.", i18n.Counted(len(m.Tried), "message"))
}

// presentName and nextName name both voices above their answers.
func (m Trial) presentName(ctx context.Context) string {
	return tr(ctx, "Now: %s", persona.Isolate(m.Present.Name))
}

func (m Trial) nextName(ctx context.Context) string {
	if m.Edited() {
		return tr(ctx, "With your changes")
	}
	return tr(ctx, "Then: %s", persona.Isolate(m.Next.Name))
}

// judging asks for a verdict on one message.
func (m Trial) judging(ctx context.Context, t TriedMessage) string {
	if m.Edited() {
		return tr(ctx, "To %s, the answer with your changes is", persona.Isolate(t.Lead.Name()))
	}
	return tr(ctx, "To %s, the answer of %s is", persona.Isolate(t.Lead.Name()), persona.Isolate(m.Next.Name))
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

// judgePath is where the verdicts go: with an edit, or to be kept until a switch.
func (m Trial) judgePath(s Shell) templ.SafeURL {
	switch {
	case m.Edited() && !s.MayWrite:
		return personaPath(s, m.Next.ID, "propose")
	case m.Edited():
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
func verdictWords(ctx context.Context, v persona.Verdict) string {
	switch v {
	case persona.Better:
		return tr(ctx, "Better")
	case persona.Same:
		return tr(ctx, "The same")
	case persona.Worse:
		return tr(ctx, "Worse")
	case persona.Skipped:
	}
	return tr(ctx, "Not judged")
}

func trialPath(s Shell, p uuid.UUID) templ.SafeURL { return personaPath(s, p, "trial") }

// twoSides marks in each of two texts what the other has not, word by word.
func twoSides(ctx context.Context, before, after string) (left, right string) {
	var l, r strings.Builder
	for _, p := range persona.Words(before, after, comparing(ctx)) {
		if p.Kind != persona.Added {
			l.WriteString(pieceHTML(ctx, p))
		}
		if p.Kind != persona.Removed {
			r.WriteString(pieceHTML(ctx, p))
		}
	}
	return l.String(), r.String()
}

// TrialVerdicts says what somebody thought, in words.
func TrialVerdicts(ctx context.Context, t persona.Trial) string {
	if t.Skipped > 0 {
		return tr(ctx, "%d better, %d the same, %d worse, %d not judged", t.Better, t.Same, t.Worse, t.Skipped)
	}
	return tr(ctx, "%d better, %d the same, %d worse", t.Better, t.Same, t.Worse)
}

// triedOn says what a trial compared, on how many messages and with what result.
func triedOn(ctx context.Context, t persona.Trial) string {
	from, to := strconv.Itoa(t.From.Version), strconv.Itoa(t.To.Version)
	messages, verdicts := i18n.Counted(t.Messages(), "message"), TrialVerdicts(ctx, t)
	if t.From.ID == t.To.ID {
		return tr(ctx, "%s, version %s, was tried beside version %s on %s: %s.", quote(ctx, t.To.Name), to, from, messages, verdicts)
	}
	return tr(ctx, "%s (version %s) was tried beside %s (version %s) on %s: %s.", quote(ctx, t.To.Name), to,
		quote(ctx, t.From.Name), from, messages, verdicts)
}

// judgedBy says who judged a trial, and when.
func judgedBy(ctx context.Context, t persona.Trial) string {
	if t.Who == "" {
		return tr(ctx, "Judged on %s.", moment(ctx, t.At))
	}
	return tr(ctx, "Judged by %s on %s.", persona.Isolate(t.Who), moment(ctx, t.At))
}

// outdatedTrial says why a trial says nothing of the switch as it stands; empty: it does.
func outdatedTrial(ctx context.Context, m persona.Impact) string {
	t := m.Trial
	switch {
	case m.Default == nil || t.From.ID != m.Default.ID:
		return tr(ctx, "Another persona is the default since, so this does not stand behind the switch. Try it again.")
	case !t.Of(*m.Default, m.Target):
		return tr(ctx, "One of the two was changed since, so this does not stand behind the switch. Try it again.")
	}
	return ""
}

// TrialKept tells that a trial is evidence now.
func TrialKept(ctx context.Context, t persona.Trial) *Receipt {
	return &Receipt{Title: tr(ctx, "The trial is kept"), Lines: []string{triedOn(ctx, t),
		tr(ctx, "No message and no answer was kept."),
		tr(ctx, "If %s is made the default while both stay as they are, this stands with the switch in the activity, unless another trial of it is kept before.",
			quote(ctx, t.To.Name))}}
}

// trialLine is what a receipt says of a trial that stands behind what was done.
func trialLine(ctx context.Context, t *persona.Trial) []string {
	if t == nil {
		return nil
	}
	return []string{tr(ctx, "It was tried before on %s: %s.", i18n.Counted(t.Messages(), "message"), TrialVerdicts(ctx, *t))}
}

// tried adds to what was done the trial that stands behind it, if one does.
func tried(ctx context.Context, done string, t *persona.Trial) string {
	if t == nil {
		return done
	}
	return tr(ctx, "%s, tried before on %s", done, i18n.Counted(t.Messages(), "message"))
}
