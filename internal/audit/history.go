package audit

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/persona"
)

// Version is a persona as it stood from one change to the next.
type Version struct {
	persona.Content
	Number    int
	IsDefault bool
	Deleted   bool // it was deleted with these words
	At        time.Time
	Who       string      // empty: a program with plain SQL, or nobody who is known
	Role      access.Role // empty: likewise
	Action    Action      // of the event; empty: likewise
}

// HistoryPageSize is how many versions a page of a history holds.
const HistoryPageSize = 50

// History is a persona's versions, newest first.
type History struct {
	ID        uuid.UUID
	Versions  []Version       // at most HistoryPageSize and the one before them, which the oldest is compared with
	Now       int             // version of the persona; 0: it is deleted
	Reads     persona.Content // its words now
	IsDefault bool            // it is the default, or becomes it when it is restored
	Settings  persona.Voice
	First     int // number of the first version that is kept
}

// Older returns the number of the version before which older ones begin; 0 if the
// history holds them all.
func (h History) Older() int {
	if len(h.Versions) <= HistoryPageSize {
		return 0
	}
	return h.Versions[HistoryPageSize-1].Number
}

// Removed reports whether versions are kept no longer that came before one of these.
func (h History) Removed() bool {
	for i, v := range h.Versions[:min(len(h.Versions), HistoryPageSize)] {
		if i+1 < len(h.Versions) && h.Versions[i+1].Number != v.Number-1 || i+1 == len(h.Versions) && v.Number > 1 {
			return true
		}
	}
	return false
}

// Comparison is two versions of a persona.
type Comparison struct {
	From, To Version
}

// Restorable is a deleted persona that can be restored.
type Restorable struct {
	ID      uuid.UUID
	Name    string
	Version int // that it was deleted as, with its last words
	At      time.Time
	Who     string // who deleted it; empty: nobody is known
	Lost    bool   // its place as the default, or campaigns that named it
}

// Restoration is what restoring a deleted persona can bring back.
type Restoration struct {
	Restorable
	Greeting   string
	WasDefault bool // another was made the default when it was deleted
	Default    *persona.Persona
	Mark       string             // as an Impact's
	Campaigns  []persona.Campaign // that named it, and name none now
	Given      int                // campaigns that named it and were given another since, or are gone
}
