package lead

import (
	"time"

	"github.com/google/uuid"

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
	PersonaName string // at the version that spoke; empty: settings spoke, or it is not known
	PersonaAt   int    // that version
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
	Earlier     []DraftVersion // the last versions before this one, newest first
}

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
