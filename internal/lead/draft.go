package lead

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/language"
	"personae/internal/persona"
)

// DraftLimit is how long a draft may be that a person changes, in characters.
const DraftLimit = 20000

// DraftState is how far a draft is.
type DraftState string

// The states of a draft.
const (
	DraftMaking    DraftState = "making"
	DraftUnmade    DraftState = "unmade"   // every try to make it failed
	DraftWaiting   DraftState = "waiting"  // for a person to decide
	DraftApproved  DraftState = "approved" // a sender may take it
	DraftSent      DraftState = "sent"
	DraftFailed    DraftState = "failed" // a sender could not send it
	DraftRejected  DraftState = "rejected"
	DraftWithdrawn DraftState = "withdrawn" // before it was sent: its lead may not be written to
)

// DraftStates lists the states, in the order in which a draft may come into them.
func DraftStates() []DraftState {
	return []DraftState{DraftMaking, DraftUnmade, DraftWaiting, DraftApproved, DraftSent, DraftFailed, DraftRejected,
		DraftWithdrawn}
}

// Decided reports whether it is what a person decides a draft to be.
func (s DraftState) Decided() bool { return s == DraftApproved || s == DraftRejected }

// Draft is the answer to one message.
type Draft struct {
	ID          uuid.UUID
	State       DraftState
	Version     int // 0: not written yet
	Source      persona.Source
	PersonaID   uuid.NullUUID
	PersonaName string       // at the version that spoke; empty: settings spoke, or it is not known
	PersonaAt   int          // that version
	Language    language.Tag // in which it greets or signs; empty: in the persona’s main one
	PromptKey   string
	Body        string
	EditedBy    string // empty: it stands as it was drafted
	Problem     string // why it could not be made, or sent, as a sentence
	StateAt     time.Time
	TakenAt     time.Time // when a sender took it; zero: none has
	SentAt      time.Time
	SentID      string // as its sender calls it; empty: it did not say
	DecidedAt   time.Time
	DecidedBy   string
	DecidedByID uuid.NullUUID
	Reason      RejectReason   // for which it was rejected
	Checks      []Check        // of one that waits
	Now         *Answering     // who would answer now, where one that waits would read otherwise; nil: it would not
	Earlier     []DraftVersion // the last versions before this one, newest first
}

// Answering is who would answer a message now.
type Answering struct {
	Name    string // empty: the workspace settings
	Version int
	Same    bool // it is who answered, with other words
}

// Outdated is how many drafts wait in a voice that would not answer now.
type Outdated struct {
	Untouched int // as they were drafted
	Edited    int // changed by a person
}

// RejectReason is why a draft was rejected; empty: nobody said.
type RejectReason string

// The reasons, as they are stored.
const (
	WrongFacts  RejectReason = "wrong"     // what it says is not right
	WrongTone   RejectReason = "tone"      // it does not sound right
	WrongLength RejectReason = "length"    // it is too long or too short
	Unneeded    RejectReason = "unneeded"  // the message needs no answer
	Elsewhere   RejectReason = "elsewhere" // it was answered elsewhere
	OtherReason RejectReason = "other"
)

// RejectReasons lists the reasons that may be given, in the order in which they are offered.
func RejectReasons() []RejectReason {
	return []RejectReason{WrongFacts, WrongTone, WrongLength, Unneeded, Elsewhere, OtherReason}
}

// Decision is what somebody decided about a draft that they read at a version.
type Decision struct {
	Lead    uuid.NullUUID // whose the draft is; not valid: anybody's of the workspace
	Draft   uuid.UUID
	Version int
	Words   *string    // what it reads now; nil: as it stands
	To      DraftState // waiting: it is only saved
	Reason  RejectReason
}

// Answer is a draft with what it answers, and whom.
type Answer struct {
	Draft
	Seq        int64         // its place among all that changed their state in the workspace
	TakenBy    uuid.NullUUID // the token of the sender that has it
	Channel    persona.Channel
	Lead       Lead
	MessageID  uuid.UUID
	ExternalID string // of the message
	Subject    string
	Message    string // what the lead wrote
	WroteAt    time.Time
	Campaign   string // of the message, by name
}

// Limits of what a sender says, in characters.
const (
	SentIDLimit = 200
	ReasonLimit = 2000
)

// DraftVersion is one version of a draft.
type DraftVersion struct {
	Version  int
	Body     string
	EditedBy string // empty: it was drafted
	At       time.Time
}

// StaleDraftError is a change of a draft that somebody else changed or decided
// meanwhile. Nothing was written.
type StaleDraftError struct {
	Theirs Draft
}

// Error says so without anybody's words.
func (*StaleDraftError) Error() string { return "the draft changed meanwhile" }
