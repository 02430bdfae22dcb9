package views

import (
	"context"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

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
func (m Proposals) empty() string {
	switch m.State {
	case persona.ProposalWaiting:
		return "No proposal waits for a decision."
	case persona.ProposalOvertaken:
		return "No proposal was overtaken."
	}
	return "No proposal was " + string(m.State) + "."
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

// ProposalTitle says what a proposal would do.
func ProposalTitle(ctx context.Context, p persona.Proposal) string {
	switch p.Kind {
	case persona.ProposedSwitch:
		return "Make " + quoted(p.Persona.Name) + " the default"
	case persona.ProposedEdit:
		return "Change " + quoted(p.Persona.Name) + ": " + fieldWords(ctx, p.Fields())
	case persona.ProposedAlone:
		return "Let one person change the default again"
	}
	return "Give the campaign " + quoted(p.Campaign.Name) + " " + voiceOf(ctx, p.Persona.Name)
}

// insteadOf says what a proposal would end, as a sentence; "" where it ends nothing.
func insteadOf(ctx context.Context, p persona.Proposal) string {
	switch {
	case p.Kind == persona.ProposedSwitch && p.Previous.Name != "":
		return "It would take over from " + quoted(p.Previous.Name) + "."
	case p.Kind == persona.ProposedAssignment:
		return "When this was proposed, " + voiceOf(ctx, p.Previous.Name) + " answered for it."
	}
	return ""
}

// proposalEnd says what became of a proposal, before when that was.
func proposalEnd(ctx context.Context, p persona.Proposal) string {
	by := " by " + actorWithin(ctx, p.DecidedBy, p.DecidedRole)
	switch p.State {
	case persona.ProposalApproved:
		return "Approved" + by
	case persona.ProposalDeclined:
		return "Declined" + by
	case persona.ProposalWithdrawn:
		return "Withdrawn" + by
	case persona.ProposalOvertaken:
		return "Found overtaken" + by
	}
	return ""
}

func proposalStateName(ctx context.Context, state persona.ProposalState) string {
	return capital(string(state))
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

func noteControl(ctx context.Context, name, label, hint, value string, errs []persona.FieldError) control {
	return control{Name: name, Label: label, Hint: hint + " Up to " + strconv.Itoa(persona.NoteLimit) + " characters.",
		Value: value, Rows: 3, Limit: persona.NoteLimit, Error: errorFor(errs, name)}
}

// noteField asks why somebody proposes something.
func noteField(ctx context.Context, value string, errs []persona.FieldError) control {
	return noteControl(ctx, "note", "Note", "Why you propose it. Everybody in this workspace can read it.", value, errs)
}

// Proposed tells that a proposal was made.
func Proposed(ctx context.Context, p persona.Proposal, second bool) *Receipt {
	who := "An admin"
	if second && p.NeedsTwo() {
		who = "It waits for a second person: another owner or admin"
	}
	return &Receipt{Title: "It is proposed: " + uncapital(ProposalTitle(ctx, p)), Lines: []string{
		"Nothing has changed yet. " + who + " of this workspace decides, and you find the answer here.",
		"If somebody changes the same thing first, the proposal is overtaken and cannot be approved."}}
}

// Approved tells what approving a proposal did.
func Approved(ctx context.Context, d persona.Approval) *Receipt {
	var r *Receipt
	switch {
	case d.Switch != nil:
		r = Switched(*d.Switch)
	case d.Saved != nil:
		r = Saved(*d.Saved)
	case d.Assignment == nil:
		r = &Receipt{Title: "One person may change the default again"}
	default:
		r = Assigned(ctx, *d.Assignment, Listing{})
	}
	r.Lines = append(r.Lines, "You approved what "+persona.Isolate(d.Proposal.By.Name)+" proposed.")
	return r
}

// Declined tells that a proposal was declined.
func Declined(ctx context.Context, p persona.Proposal) *Receipt {
	return &Receipt{Title: "You declined the proposal", Lines: []string{
		"Nothing else was changed. " + persona.Isolate(p.By.Name) + " finds your answer among the declined proposals."}}
}

// ProposalWithdrawn tells that a proposal was withdrawn.
func ProposalWithdrawn(ctx context.Context) *Receipt {
	return &Receipt{Title: "You withdrew your proposal", Lines: []string{"Nothing else was changed."}}
}
