package views

import (
	"context"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// Proposals is a page of the proposals in a state, the newest first.
type Proposals struct {
	List  []persona.Proposal
	State persona.ProposalState
	Page  int
	More  bool
}

// page returns the address of another page of the list.
func (m Proposals) page(s Shell, page int) templ.SafeURL {
	q := url.Values{"state": {string(m.State)}, "page": {strconv.Itoa(page)}}
	return at(s, "proposals") + templ.SafeURL("?"+q.Encode())
}

// empty says that no proposal is in the state.
func (m Proposals) empty(ctx context.Context) string {
	switch m.State {
	case persona.ProposalWaiting:
		return tr(ctx, "No proposal waits for a decision.")
	case persona.ProposalApproved:
		return tr(ctx, "No proposal was approved.")
	case persona.ProposalDeclined:
		return tr(ctx, "No proposal was declined.")
	case persona.ProposalWithdrawn:
		return tr(ctx, "No proposal was withdrawn.")
	}
	return tr(ctx, "No proposal was overtaken.")
}

// Proposal is one proposal, and what approving it would do.
type Proposal struct {
	persona.Proposal
	Impact *persona.Impact // of a switch that waits and can be approved; nil: it is none
	Mine   bool            // whoever reads it made it
	Answer string          // as it was typed
}

// decidable reports whether s may decide on the proposal.
func (m Proposal) decidable(s Shell) bool { return s.MayWrite && m.State == persona.ProposalWaiting }

// approvable reports whether approving it would carry it out.
func (m Proposal) approvable() bool { return m.State == persona.ProposalWaiting && m.Overtaken == "" }

// barred reports whether it takes somebody else to approve it.
func (m Proposal) barred(s Shell) bool { return s.SecondPerson && m.Mine && m.NeedsTwo() }

// ProposeSwitch is the form that proposes a switch.
type ProposeSwitch struct {
	persona.Impact
	Note string // as it was typed
}

// ProposeForm is what was typed to propose who answers for a campaign.
type ProposeForm struct {
	Persona string `form:"persona"`
	Note    string `form:"note"`
}

// untilApproved says who has to approve what is proposed.
func untilApproved(ctx context.Context, s Shell) string {
	if s.SecondPerson && s.MayWrite {
		return tr(ctx, "Nothing changes until another owner or admin approves it.")
	}
	return tr(ctx, "Nothing changes until an admin approves it.")
}

// ProposalTitle says what a proposal would do.
func ProposalTitle(ctx context.Context, p persona.Proposal) string {
	switch p.Kind {
	case persona.ProposedSwitch:
		name, start := quote(ctx, p.Persona.Name), moment(ctx, p.Start)
		switch {
		case p.Start.IsZero():
			return tr(ctx, "Make %s the default", name)
		case p.End.IsZero():
			return tr(ctx, "Make %s the default on %s", name, start)
		}
		return tr(ctx, "Make %s the default on %s, until %s", name, start, moment(ctx, p.End))
	case persona.ProposedEdit:
		return tr(ctx, "Change %s: %s", quote(ctx, p.Persona.Name), fieldWords(ctx, p.Fields()))
	case persona.ProposedAlone:
		return tr(ctx, "Let one person change the default again")
	}
	return tr(ctx, "Give the campaign %s %s", quote(ctx, p.Campaign.Name), voiceOf(ctx, p.Persona.Name))
}

// insteadOf says what a proposal would end, as a sentence; "" where it ends nothing.
func insteadOf(ctx context.Context, p persona.Proposal) string {
	switch {
	case p.Kind == persona.ProposedSwitch && p.Previous.Name != "":
		return tr(ctx, "It would take over from %s.", quote(ctx, p.Previous.Name))
	case p.Kind == persona.ProposedAssignment:
		return tr(ctx, "When this was proposed, %s answered for it.", voiceOf(ctx, p.Previous.Name))
	}
	return ""
}

// proposalEnd says what became of a proposal, before when that was.
func proposalEnd(ctx context.Context, p persona.Proposal) string {
	by := actorWithin(ctx, p.DecidedBy, p.DecidedRole)
	switch p.State {
	case persona.ProposalApproved:
		return tr(ctx, "Approved by %s", by)
	case persona.ProposalDeclined:
		return tr(ctx, "Declined by %s", by)
	case persona.ProposalWithdrawn:
		return tr(ctx, "Withdrawn by %s", by)
	case persona.ProposalOvertaken:
		return tr(ctx, "Found overtaken by %s", by)
	}
	return ""
}

func proposalStateName(ctx context.Context, state persona.ProposalState) string {
	switch state {
	case persona.ProposalWaiting:
		return tr(ctx, "Waiting")
	case persona.ProposalApproved:
		return tr(ctx, "Approved")
	case persona.ProposalDeclined:
		return tr(ctx, "Declined")
	case persona.ProposalWithdrawn:
		return tr(ctx, "Withdrawn")
	}
	return tr(ctx, "Overtaken")
}

func proposalStates(ctx context.Context) []option {
	var options []option
	for _, state := range persona.ProposalStates() {
		options = append(options, option{string(state), proposalStateName(ctx, state)})
	}
	return options
}

func proposalPath(s Shell, id uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"proposals", id.String()}, action...)...)
}

func noteControl(name, label, hint, value string, errs []persona.FieldError) control {
	return control{Name: name, Label: label, Hint: hint, Value: value, Rows: 3, Limit: persona.NoteLimit, Error: errorFor(errs, name)}
}

// noteField asks why somebody proposes something.
func noteField(ctx context.Context, value string, errs []persona.FieldError) control {
	return noteControl("note", i18n.N("Note"), tr(ctx, "Why you propose it. Everybody in this workspace can read it. Up to %d characters.",
		persona.NoteLimit), value, errs)
}

// answerField asks why somebody decides as they do.
func answerField(ctx context.Context, value string, errs []persona.FieldError) control {
	return noteControl("answer", i18n.N("Your answer"), tr(ctx, "Everybody in this workspace can read it. Up to %d characters.",
		persona.NoteLimit), value, errs)
}

// Proposed tells that a proposal was made.
func Proposed(ctx context.Context, p persona.Proposal, second bool) *Receipt {
	who := tr(ctx, "Nothing has changed yet. An admin of this workspace decides, and you find the answer here.")
	if second && p.NeedsTwo() {
		who = tr(ctx, "Nothing has changed yet. It waits for a second person: another owner or admin of this workspace decides, "+
			"and you find the answer here.")
	}
	return &Receipt{Title: tr(ctx, "It is proposed: %s", inSentence(ctx, ProposalTitle(ctx, p))), Lines: []string{who,
		tr(ctx, "If somebody changes the same thing first, the proposal is overtaken and cannot be approved.")}}
}

// Approved tells what approving a proposal did.
func Approved(ctx context.Context, d persona.Approval) *Receipt {
	var r *Receipt
	switch {
	case d.Switch != nil:
		r = Switched(ctx, *d.Switch)
	case d.Saved != nil:
		r = Saved(ctx, *d.Saved)
	case d.Schedule != nil:
		r = Scheduled(ctx, *d.Schedule)
	case d.Assignment == nil:
		r = &Receipt{Title: tr(ctx, "One person may change the default again")}
	default:
		r = Assigned(ctx, *d.Assignment, Listing{})
	}
	r.Lines = append(r.Lines, tr(ctx, "You approved what %s proposed.", actorWithin(ctx, d.Proposal.By.Name, d.Proposal.Role)))
	return r
}

// Declined tells that a proposal was declined.
func Declined(ctx context.Context, p persona.Proposal) *Receipt {
	who := tr(ctx, "Nothing else was changed. %s finds your answer among the declined proposals.", persona.Isolate(p.By.Name))
	if p.Role == access.Operator {
		who = tr(ctx, "Nothing else was changed.")
	}
	return &Receipt{Title: tr(ctx, "You declined the proposal"), Lines: []string{who}}
}

// ProposalWithdrawn tells that a proposal was withdrawn.
func ProposalWithdrawn(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "You withdrew your proposal"), Lines: []string{tr(ctx, "Nothing else was changed.")}}
}
