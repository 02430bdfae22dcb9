package webhook

import (
	"time"

	"github.com/google/uuid"
)

// Webhook is where another program hears what happened.
type Webhook struct {
	ID           uuid.UUID
	Version      int // of URL and Events
	URL          string
	Events       []string
	PausedAt     time.Time // zero: it is on
	Gone         bool      // paused because the receiver answered that it wants nothing more
	CreatedAt    time.Time
	CreatedBy    string // a person's name
	SecretMadeAt time.Time
	Last         *Delivery // with its last try; nil: none
}

// StaleError is a change of a webhook that somebody else changed meanwhile. Nothing
// was written.
type StaleError struct {
	Theirs Webhook
}

// Error says so without anybody's words.
func (*StaleError) Error() string { return "the webhook changed meanwhile" }
