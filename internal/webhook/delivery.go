package webhook

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"personae/internal/i18n"
)

// DeliveryState is how far a delivery is.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting DeliveryState = "waiting" // for its next try
	Delivered       DeliveryState = "delivered"
	DeliveryFailed  DeliveryState = "failed"  // in every try of its round
	DeliveryStopped DeliveryState = "stopped" // its webhook was paused before it arrived
)

// Delivery is one event on its way to a webhook.
type Delivery struct {
	ID        uuid.UUID
	Event     string
	At        time.Time // when it happened
	State     DeliveryState
	NextTryAt time.Time // zero: there is none
	Tries     []Try
}

// Try is how one try of a delivery went.
type Try struct {
	At      time.Time
	Status  int    // of HTTP; 0: there was no answer
	Problem string // a sentence; empty: it was taken
}

func (t Try) answered() i18n.Text { return i18n.Say("It answered %s.", strconv.Itoa(t.Status)) }

func (t Try) elsewhere() i18n.Text {
	return i18n.Say("It answered %s and sent us elsewhere, which is not followed.", strconv.Itoa(t.Status))
}

var unanswered = i18n.N("It did not answer within %s seconds.")

// Words says how the try went.
func (t Try) Words() i18n.Text {
	for _, text := range []i18n.Text{t.answered(), t.elsewhere()} {
		if t.Problem == "" || t.Problem == text.String() {
			return text
		}
	}
	before, after, _ := strings.Cut(unanswered, "%s")
	if seconds, is := strings.CutPrefix(t.Problem, before); is {
		return i18n.Say(unanswered, strings.TrimSuffix(seconds, after))
	}
	return i18n.Say(t.Problem)
}
