package webhook

// The events that webhooks hear of. A ping is what a person sends to try one out.
const (
	DefaultChanged = "persona.default_changed"
	PersonaUpdated = "persona.updated"
	DraftCreated   = "draft.created"
	DraftApproved  = "draft.approved"
	DraftRejected  = "draft.rejected"
	DraftSent      = "draft.sent"
	DraftFailed    = "draft.failed"
	ContactChanged = "lead.contact_changed"
	Ping           = "ping"
)

// Events lists what a webhook may ask for.
func Events() []string {
	return []string{DefaultChanged, PersonaUpdated, DraftCreated, DraftApproved, DraftRejected, DraftSent, DraftFailed,
		ContactChanged}
}
