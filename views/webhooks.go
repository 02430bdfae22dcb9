package views

import (
	"context"
	"slices"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/webhook"
)

// Webhooks is the list of where other programs are told what happened, and the
// form that adds one.
type Webhooks struct {
	Items []webhook.Webhook
	Form  WebhookForm
}

// WebhookForm is what was typed to add a webhook or to change one.
type WebhookForm struct {
	Version int // 0: a new one
	URL     string
	Chosen  []string // events ticked
	Shape   string   // JSONShape or SlackShape
	Stale   bool     // somebody else changed the webhook meanwhile
}

func (m WebhookForm) ticked(event string) bool { return slices.Contains(m.Chosen, event) }

// WebhookAdded says that a webhook was added and shows its secret.
func WebhookAdded(ctx context.Context, host, text string) *Receipt {
	return &Receipt{Title: tr(ctx, "The webhook to %s was added", host), Copy: text, Lines: []string{
		tr(ctx, "What happens from now on is sent there, signed with this secret. Keep it as you would keep a password."),
		tr(ctx, "It cannot be shown again. If it gets lost, make a new one.")}}
}

// What a webhook's messages may read like.
const (
	JSONShape  = "json"  // ids and versions
	SlackShape = "slack" // a sentence
)

// ShapeOf returns what the form shows of a webhook's shape.
func ShapeOf(c webhook.Choice) string {
	if c.Slack {
		return SlackShape
	}
	return JSONShape
}

func shapes(ctx context.Context) []option {
	return []option{{JSONShape, shapeWords(ctx, false)}, {SlackShape, shapeWords(ctx, true)}}
}

func shapeWords(ctx context.Context, slack bool) string {
	if slack {
		return tr(ctx, "A sentence for people, as Slack and its like take it")
	}
	return tr(ctx, "Ids and versions for a program, signed")
}

func webhookPath(s Shell, id uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"webhooks", id.String()}, action...)...)
}

// eventWords returns what an event is, for people.
func eventWords(ctx context.Context, event string) string {
	switch event {
	case webhook.DefaultChanged:
		return tr(ctx, "The default persona changed")
	case webhook.PersonaCreated:
		return tr(ctx, "A persona was added or restored")
	case webhook.PersonaUpdated:
		return tr(ctx, "A persona’s words changed")
	case webhook.PersonaDeleted:
		return tr(ctx, "A persona was deleted")
	case webhook.CampaignAssigned:
		return tr(ctx, "A campaign was given another persona, or the default")
	case webhook.DraftCreated:
		return tr(ctx, "A draft was made")
	case webhook.DraftApproved:
		return tr(ctx, "A draft was approved")
	case webhook.DraftRejected:
		return tr(ctx, "A draft was rejected")
	case webhook.DraftSent:
		return tr(ctx, "A draft was sent")
	case webhook.DraftFailed:
		return tr(ctx, "A draft could not be sent")
	case webhook.DraftsWaiting:
		return tr(ctx, "Drafts have waited for more than a day")
	case webhook.ContactChanged:
		return tr(ctx, "Whether a lead may be written to changed")
	case webhook.ProposalMade:
		return tr(ctx, "A change was proposed and waits for a decision")
	case webhook.ScheduleSkipped:
		return tr(ctx, "Something scheduled was not done")
	case webhook.SupportLetIn:
		return tr(ctx, "Support staff were let in")
	case webhook.Ping:
		return tr(ctx, "A test")
	}
	return ""
}

// eventBox returns the id of the tick with this place in the form. The first is
// where an error leads.
func eventBox(i int) string {
	if i == 0 {
		return "events"
	}
	return "events-" + strconv.Itoa(i)
}
