package persona

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/i18n"
)

// Limits of proposals: how long a note may be, in characters, and how many may wait in a
// workspace.
const (
	NoteLimit    = 500
	MaxProposals = 200
)

// ProposalKind is what a proposal would do.
type ProposalKind string

// The kinds.
const (
	ProposedSwitch     ProposalKind = "switch"     // make a persona the default
	ProposedEdit       ProposalKind = "edit"       // change a persona's words
	ProposedAssignment ProposalKind = "assignment" // give a campaign a persona, or the workspace default
	// ProposedAlone lets one person change the default again, where that takes two.
	ProposedAlone ProposalKind = "second_person_off"
)

// ProposalKinds lists the kinds.
func ProposalKinds() []ProposalKind {
	return []ProposalKind{ProposedSwitch, ProposedEdit, ProposedAssignment, ProposedAlone}
}

// ProposalState is what became of a proposal.
type ProposalState string

// The states. All but the first are final.
const (
	ProposalWaiting   ProposalState = "waiting"
	ProposalApproved  ProposalState = "approved"
	ProposalDeclined  ProposalState = "declined"
	ProposalWithdrawn ProposalState = "withdrawn" // by whoever made it
	ProposalOvertaken ProposalState = "overtaken" // something newer happened to what it is about
)

// ProposalStates lists the states.
func ProposalStates() []ProposalState {
	return []ProposalState{ProposalWaiting, ProposalApproved, ProposalDeclined, ProposalWithdrawn, ProposalOvertaken}
}

// Overtaking is what happened since a proposal was made, so that it cannot be approved.
type Overtaking string

// What may happen.
const (
	OvertakenDeleted  Overtaking = "persona_deleted"
	OvertakenArchived Overtaking = "campaign_archived"
	OvertakenMoved    Overtaking = "default_moved"
	OvertakenChanged  Overtaking = "persona_changed"
	OvertakenDefault  Overtaking = "default_changed"
	OvertakenAssigned Overtaking = "campaign_assigned"
	OvertakenAlone    Overtaking = "second_person_off"
	OvertakenByTime   Overtaking = "moment_over"
)

// Suggestion is what somebody proposes.
type Suggestion struct {
	Kind     ProposalKind
	Persona  uuid.NullUUID // not valid: the workspace default, for a campaign
	Version  int           // of the persona that an edit was made from
	Campaign uuid.UUID     // of an assignment
	Content  Content       // of an edit
	House    int           // version of its house persona that an edit merges a copy with; 0: it merges nothing
	Start    time.Time     // when a switch is to happen; zero: once it is approved
	End      time.Time     // when it is to be taken back; zero: never
	Trial    *Trial        // what was thought of the words of an edit; nil: they were not tried
	Note     string
}

// Proposal is a change that somebody proposed, with the versions that it was made from.
// Names are those of that time, but a campaign’s, which is its name now.
type Proposal struct {
	ID       uuid.UUID
	Kind     ProposalKind
	State    ProposalState
	Persona  PinnedPersona // who becomes the default, is edited or answers; its zero value: the workspace default
	Previous PinnedPersona // who is the default or answers until then; its zero value: nobody of its own
	Campaign Named         // of an assignment

	Before, Content Content // of an edit: the words it was made from, and as they are to be
	House           int     // version of its house persona that an edit merges a copy with; 0: it merges nothing

	Start time.Time // when a switch is to happen; zero: once it is approved
	End   time.Time // when it is to be taken back; zero: never

	Trial *Trial // what whoever made it thought of the words of an edit; nil: they were not tried

	Note   string
	At     time.Time
	By     Named       // its zero value: the command line
	Role   access.Role // in which they made it
	Absent bool        // whoever made it may not open the workspace any more

	DecidedAt   time.Time // zero: it waits
	DecidedBy   string
	DecidedRole access.Role
	Answer      string
	Overtaken   Overtaking // what did; of one that waits, what would be said of it now; empty: nothing
}

// PinnedPersona is a persona at a version.
type PinnedPersona struct {
	ID      uuid.NullUUID
	Version int
	Name    string // at that version
	// IsDefault reports whether it is the default at that version; only of Proposal.Persona.
	IsDefault bool
}

// Fields returns the form fields that an edit changes.
func (p Proposal) Fields() []string {
	var names []string
	if p.Before.Name != p.Content.Name {
		names = append(names, "name")
	}
	for _, c := range DiffContent(p.Before, p.Content) {
		names = append(names, c.Name)
	}
	return names
}

// OvertakenBy says in a sentence what overtook the proposal; empty where nothing did.
func (p Proposal) OvertakenBy() i18n.Text {
	return overtakenBy(p.Overtaken, p.Persona.Name, p.Previous.Name)
}

// overtakenBy says in a sentence what overtook a change to a persona from another; empty:
// nothing.
func overtakenBy(o Overtaking, to, from string) i18n.Text {
	switch o {
	case OvertakenDeleted:
		return i18n.Say("“%s” was deleted since.", Isolate(to))
	case OvertakenArchived:
		return i18n.Say("The campaign was archived since.")
	case OvertakenMoved:
		return i18n.Say("The default has moved since.")
	case OvertakenChanged:
		return i18n.Say("“%s” was changed since, or became or stopped being the default.", Isolate(to))
	case OvertakenDefault:
		return i18n.Say("The default, “%s”, was changed since.", Isolate(from))
	case OvertakenAssigned:
		return i18n.Say("Somebody chose since who answers for the campaign.")
	case OvertakenAlone:
		return i18n.Say("No second person is asked for any more.")
	case OvertakenByTime:
		return i18n.Say("The moment at which it was to happen is over.")
	}
	return i18n.Text{}
}

// Over returns the TooLateError of whoever decides on a proposal that waits no more.
func (p Proposal) Over() error {
	who := Isolate(p.DecidedBy)
	reasons := map[ProposalState]i18n.Text{
		ProposalApproved:  i18n.Say("%s approved this proposal meanwhile.", who),
		ProposalDeclined:  i18n.Say("%s declined this proposal meanwhile.", who),
		ProposalWithdrawn: i18n.Say("%s withdrew this proposal meanwhile.", who),
		ProposalOvertaken: i18n.Say("This proposal was overtaken. %s", p.OvertakenBy()),
	}
	return &TooLateError{Reason: reasons[p.State]}
}

// Approval is what approving a proposal did: one of the four, or nothing where the
// proposal was overtaken.
type Approval struct {
	Proposal   Proposal
	Event      uuid.UUID // that recorded it
	Switch     *Switch
	Saved      *Saved
	Assignment *Assignment
	Schedule   *Schedule
}

// NeedsTwo reports whether a second person has to approve the proposal, where the workspace
// demands one.
func (p Proposal) NeedsTwo() bool {
	return p.Kind == ProposedSwitch || p.Kind == ProposedAlone ||
		p.Kind == ProposedEdit && p.Persona.IsDefault && len(DiffContent(p.Before, p.Content)) > 0
}

// Done reports whether the change was made.
func (a Approval) Done() bool { return a.Proposal.State == ProposalApproved }

// RoomForProposal fails with an InvalidError where as many proposals wait as may.
func RoomForProposal(waiting int) error {
	if waiting < MaxProposals {
		return nil
	}
	return &InvalidError{Fields: []FieldError{{Message: i18n.Say(
		"%d proposals wait here, and no more may. Once an admin has decided on some, propose this again", MaxProposals)}}}
}

// CleanNote returns what somebody wrote to a proposal of theirs, cleaned. It fails with an
// InvalidError.
func CleanNote(note string) (string, error) { return cleanNote("note", i18n.N("Note"), note) }

// CleanAnswer is CleanNote for what somebody wrote to the proposal of another.
func CleanAnswer(answer string) (string, error) {
	return cleanNote("answer", i18n.N("Your answer"), answer)
}

func cleanNote(field, label, note string) (string, error) {
	note = Clean(note)
	if errs := CheckText(nil, field, label, note, NoteLimit, false); len(errs) > 0 {
		return note, &InvalidError{errs}
	}
	return note, nil
}

// ReadyForTwo fails with an InvalidError where a workspace cannot demand that a second person
// approves changes of its default: where so many people may approve, and where it has no
// default.
func ReadyForTwo(approvers int, hasDefault bool) error {
	message := i18n.Say("Create a persona first: there is no default whose changes somebody could approve")
	if hasDefault && approvers < 2 {
		message = i18n.Say("Fewer than two people here are owners or admins, so nobody could approve what the other proposes. " +
			"Make somebody an admin on the page Members, then ask for a second person")
	}
	if hasDefault && approvers >= 2 {
		return nil
	}
	return &InvalidError{Fields: []FieldError{{Field: "second_person", Message: message}}}
}
