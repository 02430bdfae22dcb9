package webhook

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Choice is what a person says of a webhook.
type Choice struct {
	URL    string
	Events []string
	// Slack says that a sentence is sent, in the shape that Slack and its like take.
	Slack bool
}

// Is reports whether c says the same as other.
func (c Choice) Is(other Choice) bool {
	return c.URL == other.URL && c.Slack == other.Slack && slices.Equal(c.Events, other.Events)
}

// Webhook is where another program hears what happened.
type Webhook struct {
	Choice
	ID           uuid.UUID
	Version      int       // of its choice
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
