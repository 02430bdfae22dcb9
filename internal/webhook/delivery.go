package webhook

import (
	"time"

	"github.com/google/uuid"
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
