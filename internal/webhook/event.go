package webhook

// The events that webhooks hear of. A ping is what a person sends to try one out.
const (
	DefaultChanged   = "persona.default_changed"
	PersonaCreated   = "persona.created"
	PersonaUpdated   = "persona.updated"
	PersonaDeleted   = "persona.deleted"
	CampaignAssigned = "campaign.assigned"
	DraftCreated     = "draft.created"
	DraftApproved    = "draft.approved"
	DraftRejected    = "draft.rejected"
	DraftSent        = "draft.sent"
	DraftFailed      = "draft.failed"
	DraftsWaiting    = "drafts.waiting"
	ContactChanged   = "lead.contact_changed"
	ProposalMade     = "proposal.made"
	ScheduleSkipped  = "schedule.skipped"
	SupportLetIn     = "support.let_in"
	Ping             = "ping"
)

// Events lists what a webhook may ask for.
func Events() []string {
	return []string{DefaultChanged, PersonaCreated, PersonaUpdated, PersonaDeleted, CampaignAssigned,
		DraftCreated, DraftApproved, DraftRejected, DraftSent, DraftFailed, DraftsWaiting, ContactChanged, ProposalMade,
		ScheduleSkipped, SupportLetIn}
}

// Notices lists what a member may choose to be told by mail.
func Notices() []string {
	return []string{DefaultChanged, ProposalMade, ScheduleSkipped, DraftsWaiting, SupportLetIn}
}
