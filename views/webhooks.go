package views

import (
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
	Shape   string   // SlackShape, or signed JSON
	Stale   bool     // somebody else changed the webhook meanwhile
}

func (m WebhookForm) ticked(event string) bool { return slices.Contains(m.Chosen, event) }

// WebhookAdded says that a webhook was added and shows its secret.
func WebhookAdded(host, text string) *Receipt {
	return &Receipt{Title: "The webhook to " + host + " was added", Copy: text, Lines: []string{
		"What happens from now on is sent there, signed with this secret. Keep it as you would keep a password.",
		"It cannot be shown again. If it gets lost, make a new one."}}
}

// SlackShape is the choice of a sentence in place of JSON.
const SlackShape = "slack"

// ShapeOf returns what the form shows of a webhook's shape.
func ShapeOf(c webhook.Choice) string {
	if c.Slack {
		return SlackShape
	}
	return "json"
}

func shapes() []option {
	return []option{{"json", shapeWords(false)}, {SlackShape, shapeWords(true)}}
}

func shapeWords(slack bool) string {
	if slack {
		return "A sentence for people, as Slack and its like take it"
	}
	return "Ids and versions for a program, signed"
}

func webhookPath(s Shell, id uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"webhooks", id.String()}, action...)...)
}

// eventWords returns what an event is, for people.
func eventWords(event string) string {
	switch event {
	case webhook.DefaultChanged:
		return "The default persona changed"
	case webhook.PersonaCreated:
		return "A persona was added or restored"
	case webhook.PersonaUpdated:
		return "A persona’s words changed"
	case webhook.PersonaDeleted:
		return "A persona was deleted"
	case webhook.CampaignAssigned:
		return "A campaign was given another persona, or the default"
	case webhook.DraftCreated:
		return "A draft was made"
	case webhook.DraftApproved:
		return "A draft was approved"
	case webhook.DraftRejected:
		return "A draft was rejected"
	case webhook.DraftSent:
		return "A draft was sent"
	case webhook.DraftFailed:
		return "A draft could not be sent"
	case webhook.DraftsWaiting:
		return "Drafts have waited for more than a day"
	case webhook.ContactChanged:
		return "Whether a lead may be written to changed"
	case webhook.ProposalMade:
		return "A change was proposed and waits for a decision"
	case webhook.ScheduleSkipped:
		return "Something scheduled was not done"
	case webhook.SupportLetIn:
		return "Support staff were let in"
	case webhook.Ping:
		return "A test"
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
