// Package leadfile is all that is kept about a lead as a file.
package leadfile

import (
	"time"

	"github.com/google/uuid"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/lead"
	"personae/internal/persona"
)

// FileVersion is the version of the format.
const FileVersion = 1

// File is all that is kept about a lead. What is not there is null or empty.
type File struct {
	Version    int        `json:"version" minimum:"1" maximum:"1" description:"Of the format"`
	Lead       Lead       `json:"lead"`
	Messages   []Message  `json:"messages" description:"The oldest first"`
	Scores     []Score    `json:"scores" description:"The oldest first"`
	Events     []Event    `json:"events" description:"What people and programs did about the lead, the oldest first"`
	Deliveries []Delivery `json:"deliveries" description:"What webhooks were told of the lead, the oldest first: ids, and no words"`
}

// Lead is what is known of the lead itself.
type Lead struct {
	ID              uuid.UUID  `json:"id"`
	ExternalID      string     `json:"externalId" description:"As the sender of its messages calls it"`
	FirstName       *string    `json:"firstName"`
	LastName        *string    `json:"lastName"`
	Email           *string    `json:"email"`
	Company         *string    `json:"company"`
	Campaign        *string    `json:"campaign" description:"Its name"`
	Blacklisted     bool       `json:"blacklisted"`
	OptedOut        bool       `json:"optedOut"`
	Unsubscribed    bool       `json:"unsubscribed"`
	Bounced         bool       `json:"bounced"`
	ContactAskedAt  *time.Time `json:"contactAskedAt" description:"When a mail asked not to be written to, where nobody has decided yet"`
	ScoreProblem    *string    `json:"scoreProblem" description:"Why the last score did not come"`
	OriginID        *string    `json:"originId" description:"In the system that it came over from"`
	OriginStatus    *string    `json:"originStatus" description:"Likewise"`
	OriginSentiment *string    `json:"originSentiment" description:"Likewise"`
	CreatedAt       time.Time  `json:"createdAt"`
	UpdatedAt       time.Time  `json:"updatedAt"`
	LastMessageAt   *time.Time `json:"lastMessageAt"`
}

// Message is what the lead wrote, and the answer to it.
type Message struct {
	ID                uuid.UUID       `json:"id"`
	ExternalID        string          `json:"externalId" description:"As its sender calls it"`
	Channel           persona.Channel `json:"channel"`
	Subject           *string         `json:"subject" description:"Of a mail"`
	Body              string          `json:"body"`
	SentAt            time.Time       `json:"sentAt"`
	ReceivedAt        time.Time       `json:"receivedAt"`
	Campaign          *string         `json:"campaign" description:"Its name"`
	CampaignNamed     *string         `json:"campaignNamed" description:"What its sender called the campaign"`
	Kind              *string         `json:"kind" description:"refusal, opt_out or automatic, where it reads so"`
	AnsweredElsewhere bool            `json:"answeredElsewhere" description:"In the system that it came over from"`
	OriginID          *string         `json:"originId" description:"In that system"`
	Draft             *Draft          `json:"draft" db:"-"`
}

// Draft is the answer to a message.
type Draft struct {
	MessageID      uuid.UUID       `json:"-"`
	ID             uuid.UUID       `json:"id"`
	State          lead.DraftState `json:"state"`
	Version        int             `json:"version" description:"0: not written yet"`
	Source         *string         `json:"source" description:"Whose words spoke: campaign, default or settings"`
	PersonaID      uuid.NullUUID   `json:"personaId"`
	PersonaName    *string         `json:"personaName" description:"Of the version that spoke"`
	PersonaVersion *int            `json:"personaVersion"`
	Language       *string         `json:"language" description:"In which it greets or signs; null: in the persona’s main one"`
	PromptKey      *string         `json:"promptKey"`
	Body           *string         `json:"body"`
	EditedBy       *string         `json:"editedBy" description:"Who changed it last"`
	Problem        *string         `json:"problem" description:"Why it could not be made, or sent"`
	AskedAt        time.Time       `json:"askedAt"`
	MadeAt         *time.Time      `json:"madeAt"`
	DecidedAt      *time.Time      `json:"decidedAt"`
	DecidedBy      *string         `json:"decidedBy" description:"Who approved or rejected it"`
	RejectReason   *string         `json:"rejectReason"`
	StateSince     time.Time       `json:"stateSince"`
	TakenAt        *time.Time      `json:"takenAt" description:"When a sender took it"`
	TakenBy        *string         `json:"takenBy" description:"The name of that sender’s token"`
	SentAt         *time.Time      `json:"sentAt"`
	ExternalID     *string         `json:"externalId" description:"What its sender calls what was sent"`
	Checks         []Check         `json:"checks" db:"-" description:"What to check in one that waits"`
	Versions       []DraftVersion  `json:"versions" db:"-" description:"Every text that it had, the oldest first"`
}

// Check is a part of a draft that says something which stands in none of the texts
// that it was written from.
type Check struct {
	Kind lead.CheckKind `json:"kind"`
	Text string         `json:"text"`
}

// DraftVersion is a text that a draft had.
type DraftVersion struct {
	DraftID        uuid.UUID     `json:"-"`
	Version        int           `json:"version"`
	Source         string        `json:"source"`
	PersonaID      uuid.NullUUID `json:"personaId"`
	PersonaVersion *int          `json:"personaVersion"`
	Language       *string       `json:"language"`
	PromptKey      string        `json:"promptKey"`
	Body           string        `json:"body"`
	EditedBy       *string       `json:"editedBy" description:"null: it was drafted"`
	At             time.Time     `json:"at"`
}

// Score is how well the lead fits.
type Score struct {
	Fit             int       `json:"fit"`
	Intent          int       `json:"intent"`
	Overall         int       `json:"overall" description:"Each from 1 to 4"`
	Reason          string    `json:"reason"`
	By              string    `json:"by" description:"What scored it"`
	SettingsVersion int       `json:"settingsVersion"`
	At              time.Time `json:"at"`
}

// Event is what somebody did about the lead.
type Event struct {
	ID           uuid.UUID     `json:"id"`
	At           time.Time     `json:"at"`
	Action       audit.Action  `json:"action" description:"Such as draft.approved"`
	Capacity     access.Role   `json:"capacity" description:"In which role they did it"`
	Who          *string       `json:"who" description:"Their name; for a token, that of whoever made it"`
	DraftID      uuid.NullUUID `json:"draftId"`
	RejectReason *string       `json:"rejectReason"`
}

// Delivery is what a webhook was told.
type Delivery struct {
	ID        uuid.UUID `json:"id"`
	WebhookID uuid.UUID `json:"webhookId"`
	Event     string    `json:"event"`
	At        time.Time `json:"at"`
	State     string    `json:"state" description:"waiting, delivered, failed or stopped"`
	Tries     []Try     `json:"tries" db:"-"`
}

// Try is one try to tell it.
type Try struct {
	DeliveryID uuid.UUID `json:"-"`
	At         time.Time `json:"at"`
	Status     *int      `json:"status" description:"Of the answer; null: there was none"`
	Problem    *string   `json:"problem"`
}
