package views

import (
	"context"
	"slices"
	"strconv"

	"personae/internal/webhook"
)

// Webhook is one webhook with a page of its deliveries, the newest first, and the
// form that changes it.
type Webhook struct {
	Listing
	Webhook    webhook.Webhook
	Form       WebhookForm
	Deliveries []webhook.Delivery
}

// WebhookSaved says that the webhook to a host was saved, and what becomes of what
// waits. changed lists the form fields that differ.
func WebhookSaved(host string, changed []string) *Receipt {
	r := &Receipt{Title: "The webhook to " + host + " was saved"}
	if slices.Contains(changed, "url") {
		r.Lines = append(r.Lines, "Pending deliveries go to the new address. The secret is the same as before.")
	}
	if slices.Contains(changed, "events") {
		r.Lines = append(r.Lines, "What is sent is as you chose for all that happens from now on.")
	}
	if slices.Contains(changed, "shape") {
		r.Lines = append(r.Lines, "What is sent from now on reads as you chose, pending deliveries too.")
	}
	if len(changed) == 0 {
		r.Lines = []string{"It already read like this, so nothing changed."}
	}
	return r
}

// WebhookSecretMade says that there is a new secret and shows it.
func WebhookSecretMade(text string) *Receipt {
	return &Receipt{Title: "The webhook has a new secret", Copy: text, Lines: []string{
		"The next try is signed with it already, and the one before is no longer used. What the receiver refuses meanwhile is tried again.",
		"It cannot be shown again. If it gets lost, make a new one."}}
}

// WebhookPaused says what a pause means.
func WebhookPaused() *Receipt {
	return &Receipt{Title: "The webhook is paused", Lines: []string{
		"Nothing is sent until you resume it, and what happens meanwhile is not kept for it.",
		"What waited for another try is stopped; you can send it again later."}}
}

// WebhookResumed says that a pause is over.
func WebhookResumed() *Receipt {
	return &Receipt{Title: "The webhook is on again", Lines: []string{"What happens from now on is sent."}}
}

// WebhookTested says that a test was sent.
func WebhookTested() *Receipt {
	return &Receipt{Title: "A test is on its way", Lines: []string{
		"How it went stands below, usually within seconds: load this page again."}}
}

// WebhookSentAgain says that another round of tries began.
func WebhookSentAgain() *Receipt {
	return &Receipt{Title: "It is being sent again", Lines: []string{
		"It has the same number as before, so a receiver that had it can tell. How it went stands below: load this page again."}}
}

// WebhookDeleted says that a webhook is gone.
func WebhookDeleted() *Receipt {
	return &Receipt{Title: "The webhook was deleted", Lines: []string{"Nothing more is sent there."}}
}

// deliveryHow returns how far a delivery is.
func deliveryHow(d webhook.Delivery) string {
	switch d.State {
	case webhook.Delivered:
		return "Delivered."
	case webhook.DeliveryFailed:
		return "Not delivered."
	case webhook.DeliveryStopped:
		return "Stopped: the webhook was paused before this arrived."
	}
	if len(d.Tries) == 0 {
		return "On its way."
	}
	return "Not delivered yet."
}

// lastTry returns how the last try went; "" where there was none.
func lastTry(d webhook.Delivery) string {
	if len(d.Tries) == 0 {
		return ""
	}
	return tryWords(d.Tries[len(d.Tries)-1])
}

// tryWords returns how a try went.
func tryWords(t webhook.Try) string {
	if t.Problem == "" {
		return "It answered " + strconv.Itoa(t.Status) + "."
	}
	return t.Problem
}

func triesWords(d webhook.Delivery) string {
	if len(d.Tries) == 1 {
		return "1 try"
	}
	return strconv.Itoa(len(d.Tries)) + " tries"
}

// deliveryName tells a delivery from others, in words.
func deliveryName(ctx context.Context, d webhook.Delivery) string {
	return eventWords(d.Event) + ", " + moment(ctx, d.At)
}
