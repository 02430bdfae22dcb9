package lead

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
)

// Message is what a lead wrote.
type Message struct {
	ID       uuid.UUID
	External string // as its sender calls it
	Channel  persona.Channel
	Subject  string // of a mail; empty: there is none
	Body     string
	SentAt   time.Time
	Campaign string // its name
	Unknown  string // what the sender called a campaign that we do not have
	Answered bool   // in the system that it came over from
	Kind     Kind
	Draft    *Draft // nil: nobody asked for one
}

// Conversation is a lead, what it wrote, and how it scores.
type Conversation struct {
	Lead     Lead
	Messages []Message // oldest first
	Earlier  bool      // there are older ones
	Scores   []Score   // newest first
}

// Example is a message to try personas on, and who wrote it.
type Example struct {
	ID      uuid.UUID
	Lead    Lead
	Channel persona.Channel
	Body    string
	SentAt  time.Time
	Persona uuid.NullUUID // of its campaign; not valid: the default answers
}
