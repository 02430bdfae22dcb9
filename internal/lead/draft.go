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
	DraftMaking   DraftState = "making"
	DraftFailed   DraftState = "failed"
	DraftWaiting  DraftState = "waiting" // for a person to decide
	DraftApproved DraftState = "approved"
	DraftRejected DraftState = "rejected"
)

// Decided reports whether a person approved or rejected it.
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
	Problem     string
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
