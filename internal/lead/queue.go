package lead

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// DraftFilter says which drafts a list holds, and in which order.
type DraftFilter struct {
	State    DraftState
	Persona  uuid.NullUUID   // in whose voice they are; not valid: anybody's
	Campaign uuid.NullUUID   // not valid: any
	Channel  persona.Channel // empty: any
	Newest   bool            // the newest first, else the oldest
}

// QueuedDraft is a draft of a list, with the message that it answers.
type QueuedDraft struct {
	Draft
	Lead     Lead // its names, address and campaign's name: that of the message
	Channel  persona.Channel
	Campaign string    // its name; empty: none
	Overall  int       // the lead's last score; 0: none
	Since    time.Time // when it came into its state
}

// DraftList is a page of a list of drafts.
type DraftList struct {
	Drafts    []QueuedDraft
	More      bool            // another page follows
	Personas  []persona.Named // to filter by
	Outdated  Outdated        // of all that wait
	Campaigns []persona.Named // likewise

	OfPersonas, OfCampaigns persona.Offer // which ones these are
}

// Place is where a draft stands in a list of drafts. Counts end at persona.CountLimit + 1,
// which means more.
type Place struct {
	Number   int // from 1; 0: it is not in the list
	Of       int
	Previous uuid.NullUUID // not valid: there is none
	Next     uuid.NullUUID // likewise
}

// DraftPage is one draft beside the conversation that it is part of, as far as the
// message that it answers.
type DraftPage struct {
	Conversation
	Draft uuid.UUID
	Since bool // the lead wrote again after that message
	Place Place
}
