package views

import (
	"context"
	"slices"

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
func WebhookSaved(ctx context.Context, host string, changed []string) *Receipt {
	r := &Receipt{Title: tr(ctx, "The webhook to %s was saved", host)}
	if slices.Contains(changed, "url") {
		r.Lines = append(r.Lines, tr(ctx, "Pending deliveries go to the new address. The secret is the same as before."))
	}
	if slices.Contains(changed, "events") {
		r.Lines = append(r.Lines, tr(ctx, "What is sent is as you chose for all that happens from now on."))
	}
	if slices.Contains(changed, "shape") {
		r.Lines = append(r.Lines, tr(ctx, "What is sent from now on reads as you chose, pending deliveries too."))
	}
	if len(changed) == 0 {
		r.Lines = []string{tr(ctx, "It already read like this, so nothing changed.")}
	}
	return r
}

// WebhookSecretMade says that there is a new secret and shows it.
func WebhookSecretMade(ctx context.Context, text string) *Receipt {
	return &Receipt{Title: tr(ctx, "The webhook has a new secret"), Copy: text, Lines: []string{
		tr(ctx, "The next try is signed with it already, and the one before is no longer used. What the receiver refuses meanwhile is tried again."),
		tr(ctx, "It cannot be shown again. If it gets lost, make a new one.")}}
}

// WebhookPaused says what a pause means.
func WebhookPaused(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "The webhook is paused"), Lines: []string{
		tr(ctx, "Nothing is sent until you resume it, and what happens meanwhile is not kept for it."),
		tr(ctx, "What waited for another try is stopped; you can send it again later.")}}
}

// WebhookResumed says that a pause is over.
func WebhookResumed(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "The webhook is on again"), Lines: []string{tr(ctx, "What happens from now on is sent.")}}
}

// WebhookTested says that a test was sent.
func WebhookTested(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "A test is on its way"), Lines: []string{
		tr(ctx, "How it went stands below, usually within seconds: load this page again.")}}
}

// WebhookSentAgain says that another round of tries began.
func WebhookSentAgain(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "It is being sent again"), Lines: []string{
		tr(ctx, "It has the same number as before, so a receiver that had it can tell. How it went stands below: load this page again.")}}
}

// WebhookDeleted says that a webhook is gone.
func WebhookDeleted(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "The webhook was deleted"), Lines: []string{tr(ctx, "Nothing more is sent there.")}}
}

// deliveryHow returns how far a delivery is.
func deliveryHow(ctx context.Context, d webhook.Delivery) string {
	switch d.State {
	case webhook.Delivered:
		return tr(ctx, "Delivered.")
	case webhook.DeliveryFailed:
		return tr(ctx, "Not delivered.")
	case webhook.DeliveryStopped:
		return tr(ctx, "Stopped: the webhook was paused before this arrived.")
	}
	if len(d.Tries) == 0 {
		return tr(ctx, "On its way.")
	}
	return tr(ctx, "Not delivered yet.")
}

// lastTry returns how the last try went; "" where there was none.
func lastTry(ctx context.Context, d webhook.Delivery) string {
	if len(d.Tries) == 0 {
		return ""
	}
	return d.Tries[len(d.Tries)-1].Words().In(ctx)
}

// deliveryName tells a delivery from others, in words.
func deliveryName(ctx context.Context, d webhook.Delivery) string {
	return tr(ctx, "%s, %s", eventWords(ctx, d.Event), moment(ctx, d.At))
}
