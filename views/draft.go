package views

import (
	"context"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
)

// Draft is one draft beside the message that it answers, and its place among those
// like it.
type Draft struct {
	lead.DraftPage
	Filter lead.DraftFilter
	Typed  TypedDraft
}

// message returns the message that the draft answers.
func (m Draft) message() lead.Message { return m.Messages[len(m.Messages)-1] }

// earlier returns the messages before it.
func (m Draft) earlier() []lead.Message { return m.Messages[:len(m.Messages)-1] }

// Title heads the page.
func (m Draft) Title(ctx context.Context) string {
	return tr(ctx, "Reply to %s", persona.Isolate(m.Lead.Name()))
}

// frame makes of s the frame of the page. Its heading takes the focus, but for who goes
// on.
func (m Draft) frame(ctx context.Context, s Shell) frame {
	return frame{Shell: s, Trail: under(s), Badge: m.place(ctx), FocusTitle: !m.goesOn(s), ReceiptBeside: true}
}

// decides reports whether whoever looks at the draft may decide about it.
func (m Draft) decides(s Shell) bool {
	return s.MayWrite && m.message().Draft.State == lead.DraftWaiting
}

// goesOn reports whether they have just decided about another one: the button that
// approves takes the focus, so that ten drafts are ten presses, and what was done
// describes it.
func (m Draft) goesOn(s Shell) bool { return m.decides(s) && s.Receipt != nil && len(s.Errors) == 0 }

// place says where in the list the draft stands; "": it is not in it any more.
func (m Draft) place(ctx context.Context) string {
	switch p := m.Place; {
	case p.Number == 0:
		return ""
	case p.Of > persona.CountLimit && p.Number > persona.CountLimit:
		return ""
	case p.Of > persona.CountLimit:
		return tr(ctx, "%d of more than %d", p.Number, persona.CountLimit)
	default:
		return tr(ctx, "%d of %d", p.Number, p.Of)
	}
}

// about says in a line whom the draft is for.
func (m Draft) about(ctx context.Context) string {
	var parts []string
	for _, part := range []string{m.Lead.Company, m.message().Campaign} {
		if part != "" {
			parts = append(parts, persona.Isolate(part))
		}
	}
	if len(m.Scores) > 0 {
		parts = append(parts, tr(ctx, "score %d of 4", m.Scores[0].Overall))
	}
	return strings.Join(parts, ", ")
}

// form returns the form of the draft.
func (m Draft) form(s Shell) draftForm {
	return draftForm{Action: at(s, "drafts", m.Draft.String()), Draft: *m.message().Draft, Channel: m.message().Channel,
		Typed: m.Typed, Queue: &m.Filter, GoesOn: m.goesOn(s)}
}

// draftForm is the form in which a draft is changed and decided about.
type draftForm struct {
	Action  templ.SafeURL
	Draft   lead.Draft
	Channel persona.Channel
	Typed   TypedDraft
	Of      string            // which message is answered, where the page holds several; empty: the only one
	Queue   *lead.DraftFilter // the list that goes on after a decision; nil: none does
	GoesOn  bool              // the button that approves takes the focus
}

// which says after a button which reply is meant.
func (f draftForm) which(ctx context.Context) string {
	if f.Of == "" {
		return ""
	}
	return tr(ctx, " the reply to the %s", f.Of)
}

// to says after the word reply which one is meant.
func (f draftForm) to(ctx context.Context) string {
	if f.Of == "" {
		return ""
	}
	return tr(ctx, " to the %s", f.Of)
}

// toReject says after the word reason what for.
func (f draftForm) toReject(ctx context.Context) string {
	if f.Of == "" {
		return tr(ctx, " to reject (optional)")
	}
	return tr(ctx, " to reject the reply to the %s (optional)", f.Of)
}

// approve names the button, and whether the next draft follows.
func (f draftForm) approve(ctx context.Context) string {
	if f.Queue != nil {
		return tr(ctx, "Approve and next")
	}
	return tr(ctx, "Approve")
}

// reject is likewise.
func (f draftForm) reject(ctx context.Context) string {
	if f.Queue != nil {
		return tr(ctx, "Reject and next")
	}
	return tr(ctx, "Reject")
}

// replyName names the reply to a message that is named of; to the only one where it is empty.
func replyName(ctx context.Context, of string) string {
	if of == "" {
		return tr(ctx, "the reply")
	}
	return tr(ctx, "the reply to the %s", of)
}

// TypedDraft is what was typed into the form of a draft and is not saved.
type TypedDraft struct {
	Draft  uuid.UUID // uuid.Nil: nothing was typed
	Body   string
	Reason lead.RejectReason
	Stale  bool // the draft changed since
}

// DraftField returns the id of the field that holds a draft's text, to which an
// error leads.
func DraftField(draft uuid.UUID) string { return "body-" + draft.String() }

// ReasonField returns the id of the field that says why a draft is rejected.
func ReasonField(draft uuid.UUID) string { return "reason-" + draft.String() }

// reasonWords says why a draft was rejected: a text that is still to be said.
func reasonWords(r lead.RejectReason) string {
	switch r {
	case lead.WrongFacts:
		return i18n.N("Something in it is wrong")
	case lead.WrongTone:
		return i18n.N("The tone is not right")
	case lead.WrongLength:
		return i18n.N("Too long or too short")
	case lead.Unneeded:
		return i18n.N("No answer is needed")
	case lead.Elsewhere:
		return i18n.N("Answered elsewhere")
	case lead.OtherReason:
		return i18n.N("Another reason")
	}
	return ""
}

// reasonWithin says it within a sentence.
func reasonWithin(ctx context.Context, r lead.RejectReason) string {
	switch r {
	case lead.WrongFacts:
		return tr(ctx, "something in it is wrong")
	case lead.WrongTone:
		return tr(ctx, "the tone is not right")
	case lead.WrongLength:
		return tr(ctx, "too long or too short")
	case lead.Unneeded:
		return tr(ctx, "no answer is needed")
	case lead.Elsewhere:
		return tr(ctx, "answered elsewhere")
	case lead.OtherReason:
		return tr(ctx, "another reason")
	}
	return ""
}

func reasonOptions(ctx context.Context) []option {
	options := []option{{"", tr(ctx, "No reason given")}}
	for _, r := range lead.RejectReasons() {
		options = append(options, option{string(r), tr(ctx, reasonWords(r))})
	}
	return options
}

// Overtaken says what somebody did to a draft while it was looked at.
func Overtaken(ctx context.Context, d lead.Draft) string {
	if d.State != lead.DraftWaiting {
		what := tr(ctx, "it is being drafted anew")
		if d.State != lead.DraftMaking && d.State != lead.DraftUnmade {
			what = decidedWithin(ctx, d)
			if since := draftSince(ctx, d); since != "" {
				what += ". " + since
			}
		}
		return tr(ctx, "This draft is no longer waiting: %s. What you typed was not saved and stands below it", what)
	}
	if d.EditedBy != "" {
		return tr(ctx, "This draft was changed meanwhile by %s. Nothing of yours was saved: it stands in the form, below what the draft says now",
			persona.Isolate(d.EditedBy))
	}
	return tr(ctx, "This draft was drafted anew meanwhile. Nothing of yours was saved: it stands in the form, below what the draft says now")
}

// NextDraft says what became of the draft before, on the page of the one that follows,
// or of the list where none does.
func NextDraft(ctx context.Context, of lead.Lead, state lead.DraftState) *Receipt {
	if state == lead.DraftApproved {
		return &Receipt{Title: tr(ctx, "The reply to %s was approved", persona.Isolate(of.Name()))}
	}
	return &Receipt{Title: tr(ctx, "The reply to %s was rejected", persona.Isolate(of.Name()))}
}
