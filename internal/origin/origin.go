// Package origin reads the database of the system that personae replaces, and
// says what of it needs repair before it keeps personae's rules. It writes
// nowhere. Names of tables and columns are the origin's.
package origin

import (
	"time"

	"personae/internal/lead"
	"personae/internal/persona"
)

// Person is somebody who signs in to the origin.
type Person struct {
	ID    string
	Email string // empty: the origin's database does not have it
	Name  string
}

// Workspace is one of the origin's clients with all that is brought over.
type Workspace struct {
	ID        string
	Name      string
	Owner     string // a Person's ID; empty: none
	CreatedAt time.Time
	Settings  *persona.Settings // as they stand; nil: no row
	Personas  []Persona         // oldest first
	Campaigns []Campaign        // oldest first
	Members   []Member
	Sequences []Sequence // those that name a persona, oldest first
}

// Sequence is a follow-up sequence of a workspace. It does not come over.
type Sequence struct {
	Name    string
	Persona string // a Persona’s ID, maybe of another workspace
}

// Persona is one of a workspace's personas, with its words as they stand.
type Persona struct {
	ID string
	persona.Content
	IsDefault bool
	CreatedBy string // a Person's ID
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Campaign is one of a workspace's campaigns.
type Campaign struct {
	ID         string
	ExternalID string // what the sending service calls it; empty: nothing
	Name       string
	Persona    string // a Persona's ID, maybe of another workspace; empty: the default
	Mode       string // how the origin's programs answer, in their word; empty: as they do at first
	CreatedAt  time.Time
}

// Member is a role that somebody has in a workspace; they may have several.
type Member struct {
	Person string
	Role   string // in the word of the origin's programs; empty: one that they do not know
	Admin  bool
}

// Lead is somebody to whom a workspace of the origin writes, with words that
// personae can hold.
type Lead struct {
	Workspace                                    string // the origin's id of it
	ID                                           string
	Campaign                                     string // a Campaign's ID, of the same workspace; empty: none
	FirstName, LastName, Email, Company          string
	Blacklisted, OptedOut, Unsubscribed, Bounced bool
	Mark                                         lead.Kind // what the origin takes the last of Messages for; empty: it drafts an answer
	Status, Sentiment                            string    // as the origin's programs call them
	Score                                        *Score    // nil: none
	CreatedAt, UpdatedAt                         time.Time
	Messages                                     []Message // what it wrote, oldest first
	Outbound                                     int       // how many it was sent
	Faults                                       []Fault
	LeftOut                                      bool // it cannot come over, for the last of Faults
}

// Score is what the origin found a lead to be worth, as personae can hold it.
type Score struct {
	Fit, Intent, Overall int // from 1 to 4
	Reason               string
	At                   time.Time
}

// Message is what a lead wrote.
type Message struct {
	ID, Channel, Body  string
	html, subject      string // where there is no other word
	SentAt, ReceivedAt time.Time
	Answered           bool      // the lead was sent something afterwards
	Mark               lead.Kind // likewise
	Faults             []Fault
	LeftOut            bool // it cannot come over, for the last of Faults
}
