package audit

// Action names what an event did: its kind, a dot, and what was done. The names
// are stored and told to other programs, so they never change.
type Action string

// The actions. The last four are no events: they name changes that a program
// with plain SQL made.
const (
	PersonaImported   Action = "persona.imported"
	PersonaCreated    Action = "persona.created"
	PersonaEdited     Action = "persona.edited"
	PersonaDuplicated Action = "persona.duplicated"
	PersonaLoaded     Action = "persona.loaded"
	PersonaApplied    Action = "persona.applied" // files, with their campaigns and settings
	PersonaRestored   Action = "persona.restored"
	PersonaDeleted    Action = "persona.deleted"
	PersonaTried      Action = "persona.tried"      // as the default, and what somebody thought of it
	HouseKept         Action = "persona.house_kept" // as it is, beside what changed in its house persona
	DefaultSet        Action = "persona.default_set"
	DefaultUndone     Action = "persona.default_undone"
	CampaignAssigned  Action = "campaign.assigned"
	CampaignsAssigned Action = "campaign.assigned_many"
	AssignmentUndone  Action = "campaign.assignment_undone"
	SettingsEdited    Action = "settings.edited"
	WorkspaceRepaired Action = "workspace.repaired"
	FactorRequired    Action = "workspace.factor_required"
	FactorNotRequired Action = "workspace.factor_not_required"
	TwoRequired       Action = "workspace.second_person_required" // for changes of the default and of its words
	TwoNotRequired    Action = "workspace.second_person_not_required"
	WorkspaceImported Action = "import.brought_over"
	DemoAdded         Action = "demo.added"
	MemberInvited     Action = "member.invited"
	InvitationRevoked Action = "invitation.revoked"
	MemberJoined      Action = "member.joined"
	RoleChanged       Action = "member.role_changed"
	MemberRemoved     Action = "member.removed"
	SupportRequested  Action = "support.requested"
	SupportWithdrawn  Action = "support.withdrawn"
	SupportApproved   Action = "support.approved"
	SupportDeclined   Action = "support.declined"
	CodeReplaced      Action = "support.code_replaced"
	SupportGranted    Action = "support.granted"
	SupportRevoked    Action = "support.revoked"
	TokenCreated      Action = "token.created"
	TokenRevoked      Action = "token.revoked"
	InboundSecretMade Action = "inbound.secret_made"
	WebhookAdded      Action = "webhook.added"
	WebhookEdited     Action = "webhook.edited"
	WebhookPaused     Action = "webhook.paused"
	WebhookResumed    Action = "webhook.resumed"
	WebhookTested     Action = "webhook.tested"
	WebhookSecretMade Action = "webhook.secret_made"
	DeliverySentAgain Action = "webhook.sent_again"
	WebhookDeleted    Action = "webhook.deleted"
	DraftAsked        Action = "draft.asked"
	DraftEdited       Action = "draft.edited"
	DraftApproved     Action = "draft.approved"
	DraftRejected     Action = "draft.rejected"
	DraftReopened     Action = "draft.reopened"
	DraftTaken        Action = "draft.taken"
	DraftSent         Action = "draft.sent"
	DraftFailed       Action = "draft.failed"
	DraftsRedrafted   Action = "draft.redrafted"
	ScoreAsked        Action = "lead.score_asked"
	ContactChanged    Action = "lead.contact_changed"
	ContactKept       Action = "lead.contact_kept"
	OutsideAdded      Action = "outside.added"
	OutsideChanged    Action = "outside.changed"
	OutsideDeleted    Action = "outside.deleted"
	OutsideSettings   Action = "outside.settings"
)

// What is done to campaigns besides giving them a persona.
const (
	CampaignCreated    Action = "campaign.created"
	CampaignEdited     Action = "campaign.edited"
	CampaignArchived   Action = "campaign.archived"
	CampaignUnarchived Action = "campaign.unarchived"
)

// What is done to proposals. One that is approved has the event of its change.
const (
	ProposalMade      Action = "proposal.made"
	ProposalDeclined  Action = "proposal.declined"
	ProposalWithdrawn Action = "proposal.withdrawn"
	ProposalOvertaken Action = "proposal.overtaken"
)

// What is done to schedules. A step that is taken has the event of its change.
const (
	ScheduleMade      Action = "schedule.made"
	ScheduleSkipped   Action = "schedule.skipped"
	ScheduleCancelled Action = "schedule.cancelled"
)

// What is done to what is kept about leads.
const (
	LeadErased     Action = "lead.erased"
	LeadsForgotten Action = "lead.forgotten" // many, whose time was over
)

// What is done to a workspace as a whole.
const (
	WorkspaceCreated    Action = "workspace.created"
	WorkspaceRenamed    Action = "workspace.renamed"
	WorkspaceArchived   Action = "workspace.archived"
	WorkspaceUnarchived Action = "workspace.unarchived"
	WorkspaceErased     Action = "workspace.erased"
)

// Actions returns all actions, in the order in which they stand above.
func Actions() []Action {
	return []Action{
		PersonaImported, PersonaCreated, PersonaEdited, PersonaDuplicated, PersonaLoaded, PersonaApplied,
		PersonaRestored, PersonaDeleted, PersonaTried, HouseKept, DefaultSet, DefaultUndone, CampaignAssigned, CampaignsAssigned, AssignmentUndone,
		SettingsEdited, WorkspaceRepaired, FactorRequired, FactorNotRequired, TwoRequired,
		TwoNotRequired, WorkspaceImported, DemoAdded,
		MemberInvited, InvitationRevoked, MemberJoined, RoleChanged, MemberRemoved, SupportRequested,
		SupportWithdrawn, SupportApproved, SupportDeclined, CodeReplaced, SupportGranted, SupportRevoked, TokenCreated,
		TokenRevoked, InboundSecretMade, WebhookAdded, WebhookEdited, WebhookPaused, WebhookResumed,
		WebhookTested, WebhookSecretMade, DeliverySentAgain, WebhookDeleted, DraftAsked, DraftEdited,
		DraftApproved, DraftRejected, DraftReopened, DraftTaken, DraftSent, DraftFailed, DraftsRedrafted, ScoreAsked,
		ContactChanged, ContactKept, OutsideAdded, OutsideChanged, OutsideDeleted,
		OutsideSettings,
		CampaignCreated, CampaignEdited, CampaignArchived, CampaignUnarchived,
		ProposalMade, ProposalDeclined, ProposalWithdrawn, ProposalOvertaken,
		ScheduleMade, ScheduleSkipped, ScheduleCancelled,
		LeadErased, LeadsForgotten,
		WorkspaceCreated, WorkspaceRenamed, WorkspaceArchived, WorkspaceUnarchived, WorkspaceErased,
	}
}
