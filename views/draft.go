package views

import (
	"context"
	"fmt"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

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
func (m Draft) Title() string { return "Reply to " + persona.Isolate(m.Lead.Name()) }

// frame makes of s the frame of the page. Its heading takes the focus, but for who goes
// on.
func (m Draft) frame(s Shell) frame {
	return frame{Shell: s, Trail: under(s), Badge: m.place(), FocusTitle: !m.goesOn(s), ReceiptBeside: true}
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
func (m Draft) place() string {
	switch p := m.Place; {
	case p.Number == 0:
		return ""
	case p.Of > lead.CountLimit && p.Number > lead.CountLimit:
		return ""
	case p.Of > lead.CountLimit:
		return fmt.Sprintf("%s of more than %s", persona.Thousands(p.Number), persona.Thousands(lead.CountLimit))
	default:
		return fmt.Sprintf("%s of %s", persona.Thousands(p.Number), persona.Thousands(p.Of))
	}
}

// about says in a line whom the draft is for.
func (m Draft) about() string {
	var parts []string
	for _, part := range []string{m.Lead.Company, m.message().Campaign} {
		if part != "" {
			parts = append(parts, persona.Isolate(part))
		}
	}
	if len(m.Scores) > 0 {
		parts = append(parts, fmt.Sprintf("score %d of 4", m.Scores[0].Overall))
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
	Of      string            // which reply it is, where the page holds several; empty: the only one
	Queue   *lead.DraftFilter // the list that goes on after a decision; nil: none does
	GoesOn  bool              // the button that approves takes the focus
}

// which says within a sentence which reply is meant.
func (f draftForm) which() string {
	if f.Of == "" {
		return ""
	}
	return " the reply " + f.Of
}

// next names what a button does and whether the next draft follows.
func (f draftForm) next(does string) string {
	if f.Queue != nil {
		return does + " and next"
	}
	return does
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

// reasonWords says why a draft was rejected.
func reasonWords(r lead.RejectReason) string {
	switch r {
	case lead.WrongFacts:
		return "Something in it is wrong"
	case lead.WrongTone:
		return "The tone is not right"
	case lead.WrongLength:
		return "Too long or too short"
	case lead.Unneeded:
		return "No answer is needed"
	case lead.Elsewhere:
		return "Answered elsewhere"
	case lead.OtherReason:
		return "Another reason"
	}
	return ""
}

func reasonOptions() []option {
	options := []option{{"", "No reason given"}}
	for _, r := range lead.RejectReasons() {
		options = append(options, option{string(r), reasonWords(r)})
	}
	return options
}

// Overtaken says what somebody did to a draft while it was looked at.
func Overtaken(ctx context.Context, d lead.Draft) string {
	if d.State != lead.DraftWaiting {
		what := "it is being drafted anew"
		if d.State != lead.DraftMaking && d.State != lead.DraftUnmade {
			what = "it was " + strings.TrimSuffix(uncapital(draftDecided(ctx, d)), ".")
		}
		return "This draft is no longer waiting: " + what + ". What you typed was not saved and stands below it"
	}
	what := "This draft was drafted anew meanwhile"
	if d.EditedBy != "" {
		what = "This draft was changed meanwhile by " + persona.Isolate(d.EditedBy)
	}
	return what + ". Nothing of yours was saved: it stands in the form, below what the draft says now"
}

// NextDraft says what became of the draft before, on the page of the one that follows,
// or of the list where none does.
func NextDraft(of lead.Lead, state lead.DraftState) *Receipt {
	return &Receipt{Title: "The reply to " + persona.Isolate(of.Name()) + " was " + string(state)}
}
