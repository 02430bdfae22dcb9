package lead

import (
	"cmp"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// Limits of a lead, and of the messages that it writes, in characters.
const (
	ExternalIDLimit = 200
	NameLimit       = 120 // of each of its names
	CompanyLimit    = 200
	EmailLimit      = 254
	SubjectLimit    = 500   // of a mail
	BodyLimit       = 20000 // of a message
)

// Lead is somebody who wrote to the workspace.
type Lead struct {
	persona.Recipient
	ID                                           uuid.UUID
	ExternalID, Email, Campaign                  string // the campaign's name; empty: none
	Blacklisted, OptedOut, Unsubscribed, Bounced bool
	ContactAsked                                 bool   // a mail of it asks not to be written to, and nobody has decided yet
	Scoring                                      bool   // a score is on its way
	ScoreProblem                                 string // why the last one did not come; empty: it did
}

// Name returns what to call a lead of whom little may be known: its name, else its
// address, else what the sender of its messages calls it; without characters that
// nobody sees and that turn the text around them.
func (l Lead) Name() string {
	return cmp.Or(persona.TidyName(l.FirstName+" "+l.LastName), persona.TidyName(l.Email), l.ExternalID)
}

// Summary is one lead in the list.
type Summary struct {
	Lead
	LastAt   time.Time  // when its last message was sent; zero: none
	Answered bool       // that message was, in the system that it came over from
	Draft    DraftState // of that message; empty: none
	Overall  int        // its last score; 0: none
}

// Failure is a draft or a score that every try failed to make.
type Failure struct {
	Lead    Lead
	Draft   uuid.NullUUID // not valid: a score
	Problem string
	At      time.Time // when it was asked for; zero: not known
}

// List is a page of leads.
type List struct {
	Items  []Summary
	Total  int  // how many were counted of those on all pages
	Open   bool // there may be more of them: Total is one more than there are at least
	Failed []Failure
}
