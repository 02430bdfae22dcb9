package views

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"
)

// Webhooks is the list of where other programs are told what happened, and the
// form that adds one.
type Webhooks struct {
	Items []Webhook
	Form  WebhookForm
}

// WebhookForm adds a webhook or changes one.
type WebhookForm struct {
	Version int // 0: a new one
	URL     string
	Offered []string // events to choose from
	Chosen  []string // events ticked
	Stale   bool     // somebody else changed the webhook meanwhile
}

// Webhook is one of them, without its secret.
type Webhook struct {
	ID           uuid.UUID
	URL          string
	Events       []string
	PausedAt     time.Time // zero: it is on
	Gone         bool      // paused because the receiver wants nothing more
	CreatedAt    time.Time
	CreatedBy    string
	SecretMadeAt time.Time
	Last         *Delivery // with its last try; nil: none
}

// WebhookLog is a webhook with a page of its deliveries, the newest first.
type WebhookLog struct {
	Listing
	Webhook
	Form       WebhookForm
	Deliveries []Delivery
}

// Delivery is one event that a webhook is told of.
type Delivery struct {
	ID        uuid.UUID
	Event     string
	At        time.Time
	State     string // waiting, delivered, failed or stopped
	NextTryAt time.Time
	Tries     []DeliveryTry // oldest first
}

// DeliveryTry is how one try went.
type DeliveryTry struct {
	At      time.Time
	Status  int    // 0: there was no answer
	Problem string // empty: it was taken
}

// WebhookAdded tells of a new webhook and shows its secret.
func WebhookAdded(host, text string) *Receipt {
	return &Receipt{Title: "The webhook to " + host + " was added", Copy: text, Lines: []string{
		"What happens from now on is sent there, signed with this secret. Keep it as you would keep a password.",
		"It cannot be shown again. If it gets lost, make a new one."}}
}

// WebhookSaved tells that a webhook to this host is saved, and what becomes of
// what waits. changed is the form fields that differ.
func WebhookSaved(host string, changed []string) *Receipt {
	r := &Receipt{Title: "The webhook to " + host + " was saved"}
	if slices.Contains(changed, "url") {
		r.Lines = append(r.Lines, "What waits for its next try goes to the new address too, signed with the same secret as before.")
	}
	if slices.Contains(changed, "events") {
		r.Lines = append(r.Lines, "What is sent is as you chose for all that happens from now on.")
	}
	if len(changed) == 0 {
		r.Lines = []string{"It read like this already, so nothing was changed now."}
	}
	return r
}

// WebhookSecretMade tells of a new secret and shows it.
func WebhookSecretMade(text string) *Receipt {
	return &Receipt{Title: "The webhook has a new secret", Copy: text, Lines: []string{
		"The next try is signed with it already, and the one before is no longer used. What the receiver refuses meanwhile is tried again.",
		"It cannot be shown again. If it gets lost, make a new one."}}
}

// WebhookPaused tells of a pause.
func WebhookPaused() *Receipt {
	return &Receipt{Title: "The webhook is paused", Lines: []string{"Nothing is sent until you resume it, and what happens meanwhile is not kept for it.", "What waited for another try is stopped; you can send it again later."}}
}

// WebhookResumed tells of the end of a pause.
func WebhookResumed() *Receipt {
	return &Receipt{Title: "The webhook is on again", Lines: []string{"What happens from now on is sent."}}
}

// WebhookTested tells of a test.
func WebhookTested() *Receipt {
	return &Receipt{Title: "A test is on its way", Lines: []string{"How it went stands below, mostly within seconds: load this page again."}}
}

// WebhookSentAgain tells of another round of tries.
func WebhookSentAgain() *Receipt {
	return &Receipt{Title: "It is being sent again", Lines: []string{"It has the same number as before, so a receiver that had it can tell. How it went stands below: load this page again."}}
}

// WebhookDeleted tells of the end of a webhook.
func WebhookDeleted() *Receipt {
	return &Receipt{Title: "The webhook was deleted", Lines: []string{"Nothing more is sent there."}}
}

func webhookPath(s Shell, id uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"webhooks", id.String()}, action...)...)
}

// eventWords says what an event is.
func eventWords(event string) string {
	return map[string]string{"persona.default_changed": "The default persona changed", "persona.updated": "A persona’s words changed",
		"draft.created": "A draft was made", "ping": "A test"}[event]
}

func (m WebhookForm) ticked(event string) bool { return slices.Contains(m.Chosen, event) }

// eventBox gives the id of the tick with this place in the form. The first is
// where an error leads.
func eventBox(i int) string {
	if i == 0 {
		return "events"
	}
	return "events-" + strconv.Itoa(i)
}

// how says how far a delivery is.
func (d Delivery) how() string {
	switch d.State {
	case "delivered":
		return "Delivered."
	case "failed":
		return "Not delivered."
	case "stopped":
		return "Stopped: the webhook was paused before this arrived."
	}
	if len(d.Tries) == 0 {
		return "On its way."
	}
	return "Not delivered yet."
}

// last tells of the last try.
func (d Delivery) last() string {
	if len(d.Tries) == 0 {
		return ""
	}
	return d.Tries[len(d.Tries)-1].words()
}

// words says how a try went.
func (t DeliveryTry) words() string {
	if t.Problem == "" {
		return "It answered " + strconv.Itoa(t.Status) + "."
	}
	return t.Problem
}

func (d Delivery) tries() string {
	if len(d.Tries) == 1 {
		return "1 try"
	}
	return strconv.Itoa(len(d.Tries)) + " tries"
}

// named tells a delivery from others, in words.
func (d Delivery) named() string { return eventWords(d.Event) + ", " + moment(d.At) }
