package views

import (
	"context"
	"strings"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// phrase is how an action reads.
type phrase struct {
	entry   func(ctx context.Context, e audit.Entry) string // on the page Activity
	version func(v audit.Version) string                    // of who did it, in a persona's history; nil: what changed tells it
}

// phrases has a phrase for each action: the one place for what people read of it.
var phrases = map[audit.Action]phrase{
	audit.PersonaImported: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return tr(ctx, "Created %s from the workspace settings", quote(ctx, e.Persona))
		},
		version: func(audit.Version) string { return i18n.N("%s created it from the workspace settings.") },
	},
	audit.PersonaCreated: {
		entry:   created,
		version: func(audit.Version) string { return i18n.N("%s created it.") },
	},
	audit.PersonaEdited: {entry: func(ctx context.Context, e audit.Entry) string {
		name := quote(ctx, e.Persona)
		switch {
		case e.To != "":
			return tried(ctx, merged(ctx, tr(ctx, "Edited %s and made it the default", name), e.House), e.Trial)
		case len(e.Fields) == 0:
			return merged(ctx, tr(ctx, "Saved %s without a change", name), e.House)
		}
		return tried(ctx, merged(ctx, tr(ctx, "Edited %s: %s", name, fieldWords(ctx, e.Fields)), e.House), e.Trial)
	}},
	audit.HouseKept: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Kept %s as it is, beside what changed in the house persona %s", quote(ctx, e.Persona), quote(ctx, e.House))
	}},
	audit.PersonaDuplicated: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return tr(ctx, "Duplicated %s as %s", quote(ctx, e.From), quote(ctx, e.Persona))
		},
		version: func(audit.Version) string { return i18n.N("%s made it as a copy.") },
	},
	audit.PersonaLoaded: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return becameDefault(ctx, tr(ctx, "Loaded personas from a file: %s", loadedWords(ctx, e.Made, e.Rewritten)), e.To)
		},
		version: func(v audit.Version) string {
			if v.Number > 1 {
				return i18n.N("%s replaced it from a file.")
			}
			return i18n.N("%s loaded it from a file.")
		},
	},
	audit.PersonaApplied: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return becameDefault(ctx, tr(ctx, "Applied files: %s", appliedWords(ctx, e)), e.To)
		},
		version: func(v audit.Version) string {
			if v.Number > 1 {
				return i18n.N("%s applied a file.")
			}
			return i18n.N("%s created it from a file.")
		},
	},
	audit.PersonaRestored: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return becameDefault(ctx, tr(ctx, "Restored an earlier version of %s", quote(ctx, e.Persona)), e.To)
		},
		version: func(v audit.Version) string {
			if v.Number > 1 {
				return i18n.N("%s restored an earlier version.")
			}
			return ""
		},
	},
	audit.PersonaDeleted: {entry: func(ctx context.Context, e audit.Entry) string {
		done := becameDefault(ctx, tr(ctx, "Deleted %s", quote(ctx, e.Persona)), e.To)
		if e.Moved > 0 {
			done = tr(ctx, "%s; %s", done, tr(ctx, "%d campaigns went back to the default", e.Moved))
		}
		return done
	}},
	audit.DefaultSet: {entry: func(ctx context.Context, e audit.Entry) string {
		switch e.From {
		case "":
			return tr(ctx, "Made %s the default", quote(ctx, e.To))
		case e.To:
			return tr(ctx, "Pressed “Make the default” for %s, which was the default already", quote(ctx, e.To))
		}
		return tried(ctx, tr(ctx, "Made %s the default instead of %s", quote(ctx, e.To), quote(ctx, e.From)), e.Trial)
	}},
	audit.PersonaTried: {entry: func(ctx context.Context, e audit.Entry) string {
		if e.Trial == nil {
			return tr(ctx, "Tried %s on messages", quote(ctx, e.Persona))
		}
		return tr(ctx, "Tried %s on %s: %s", quote(ctx, e.Persona), i18n.Counted(e.Trial.Messages(), "message"), TrialVerdicts(ctx, *e.Trial))
	}},
	audit.DefaultUndone: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Undid the switch: %s is the default again instead of %s", quote(ctx, e.To), quote(ctx, e.From))
	}},
	audit.CampaignCreated: {entry: func(ctx context.Context, e audit.Entry) string {
		if e.To != "" {
			return tr(ctx, "Added the campaign %s with %s", quote(ctx, e.Campaign), voiceOf(ctx, e.To))
		}
		return tr(ctx, "Added the campaign %s", quote(ctx, e.Campaign))
	}},
	audit.CampaignEdited: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Changed the campaign %s: %s", quote(ctx, e.Campaign), fieldWords(ctx, e.Fields))
	}},
	audit.CampaignArchived: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Archived the campaign %s", quote(ctx, e.Campaign))
	}},
	audit.CampaignUnarchived: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Put the campaign %s back", quote(ctx, e.Campaign))
	}},
	audit.CampaignAssigned: {entry: func(ctx context.Context, e audit.Entry) string {
		if e.From == e.To {
			return tr(ctx, "Gave the campaign %s %s, as before", quote(ctx, e.Campaign), voiceOf(ctx, e.To))
		}
		return tr(ctx, "Gave the campaign %s %s instead of %s", quote(ctx, e.Campaign), voiceOf(ctx, e.To), voiceOf(ctx, e.From))
	}},
	audit.CampaignsAssigned: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Gave %s %s", i18n.Counted(e.Moved, "campaign"), voiceOf(ctx, e.To))
	}},
	audit.AssignmentUndone: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Undid an assignment: %s", i18n.Say("%d campaigns are answered as before", e.Moved))
	}},
	audit.SettingsEdited: {entry: func(ctx context.Context, e audit.Entry) string {
		if len(e.Fields) == 0 {
			return tr(ctx, "Saved the workspace settings without a change")
		}
		return tr(ctx, "Changed the workspace settings: %s", fieldWords(ctx, e.Fields))
	}},
	audit.WorkspaceRepaired: {
		entry: func(ctx context.Context, e audit.Entry) string {
			if e.Persona == "" {
				return tr(ctx, "Repaired the workspace")
			}
			return tr(ctx, "Repaired the workspace; the default is %s", quote(ctx, e.Persona))
		},
		version: func(audit.Version) string { return i18n.N("%s repaired the workspace.") },
	},
	audit.WorkspaceCreated:    always(i18n.N("Created the workspace")),
	audit.WorkspaceRenamed:    always(i18n.N("Renamed the workspace")),
	audit.WorkspaceArchived:   always(i18n.N("Archived the workspace")),
	audit.WorkspaceUnarchived: always(i18n.N("Put the workspace back")),
	audit.WorkspaceErased:     always(i18n.N("Erased the workspace")),
	audit.FactorRequired:      always(i18n.N("Required a second factor")),
	audit.FactorNotRequired:   always(i18n.N("Stopped requiring a second factor")),
	audit.TwoRequired:         always(i18n.N("Asked for a second person to approve changes of the default")),
	audit.TwoNotRequired:      always(i18n.N("Stopped asking for a second person to approve changes of the default")),
	audit.WorkspaceImported:   always(i18n.N("Imported what was new from the old system")),
	audit.DemoAdded:           always(i18n.N("Added the demo data")),
	audit.MemberInvited: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, byRole(e.NewRole, i18n.N("Invited somebody as owner"), i18n.N("Invited somebody as admin"),
			i18n.N("Invited somebody as member")))
	}},
	audit.InvitationRevoked: always(i18n.N("Revoked an invitation")),
	audit.MemberJoined: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, byRole(e.NewRole, i18n.N("Joined as owner"), i18n.N("Joined as admin"), i18n.N("Joined as member")))
	}},
	audit.RoleChanged: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, byRole(e.NewRole, i18n.N("Made %s an owner"), i18n.N("Made %s an admin"), i18n.N("Made %s a member")),
			persona.Isolate(e.User))
	}},
	audit.MemberRemoved: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Removed %s", persona.Isolate(e.User))
	}},
	audit.SupportRequested: always(i18n.N("Asked for access")),
	audit.SupportWithdrawn: always(i18n.N("Withdrew the request for access")),
	audit.SupportApproved: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Approved the request of %s", supportName(ctx, e.User))
	}},
	audit.CodeReplaced: always(i18n.N("Replaced the support code")),
	audit.SupportDeclined: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Declined the request of %s", supportName(ctx, e.User))
	}},
	audit.SupportGranted: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Gave %s access", supportName(ctx, e.User))
	}},
	audit.SupportRevoked: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Ended the access of %s", supportName(ctx, e.User))
	}},
	audit.TokenCreated:      always(i18n.N("Created an API token")),
	audit.TokenRevoked:      always(i18n.N("Revoked an API token")),
	audit.InboundSecretMade: always(i18n.N("Created a secret for inbound messages")),
	audit.WebhookAdded:      always(i18n.N("Added a webhook")),
	audit.WebhookEdited: {entry: func(ctx context.Context, e audit.Entry) string {
		if len(e.Fields) == 0 {
			return tr(ctx, "Saved a webhook without a change")
		}
		return tr(ctx, "Changed a webhook: %s", fieldWords(ctx, e.Fields))
	}},
	audit.WebhookPaused:     always(i18n.N("Paused a webhook")),
	audit.WebhookResumed:    always(i18n.N("Resumed a webhook")),
	audit.WebhookTested:     always(i18n.N("Sent a test to a webhook")),
	audit.WebhookSecretMade: always(i18n.N("Created a new secret for a webhook")),
	audit.DeliverySentAgain: always(i18n.N("Sent a delivery of a webhook again")),
	audit.WebhookDeleted:    always(i18n.N("Deleted a webhook")),
	audit.DraftAsked:        always(i18n.N("Asked for a draft")),
	audit.DraftEdited:       always(i18n.N("Saved a draft")),
	audit.DraftApproved: {entry: func(ctx context.Context, e audit.Entry) string {
		if len(e.Fields) > 0 {
			return tr(ctx, "Approved a draft, changed")
		}
		return tr(ctx, "Approved a draft")
	}},
	audit.DraftRejected: {entry: rejected},
	audit.DraftReopened: always(i18n.N("Took back what was decided about a draft")),
	audit.DraftTaken:    always(i18n.N("Took a draft to send it")),
	audit.DraftSent:     always(i18n.N("Said that a draft was sent")),
	audit.DraftFailed:   always(i18n.N("Said that a draft could not be sent")),
	audit.DraftsRedrafted: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Had %s drafted anew", i18n.Counted(e.Drafts, "draft"))
	}},
	audit.ScoreAsked:     always(i18n.N("Asked for a score")),
	audit.ContactChanged: always(i18n.N("Changed whether a lead may be written to")),
	audit.ContactKept:    always(i18n.N("Decided that a lead may be written to on")),
	audit.ProposalMade: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Proposed %s", proposalWords(ctx, e))
	}},
	audit.ProposalDeclined: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Declined the proposal of %s about %s", proposer(ctx, e), proposalSubject(ctx, e))
	}},
	audit.ProposalWithdrawn: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Withdrew the proposal about %s", proposalSubject(ctx, e))
	}},
	audit.ProposalOvertaken: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Found overtaken: the proposal of %s about %s", proposer(ctx, e), proposalSubject(ctx, e))
	}},
	audit.ScheduleMade: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Scheduled %s", proposalWords(ctx, e))
	}},
	audit.ScheduleSkipped: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Did not do what %s scheduled: %s. %s", persona.Isolate(e.User), proposalWords(ctx, e), skippedBecause(ctx, e))
	}},
	audit.ScheduleCancelled: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Cancelled what %s scheduled: %s", persona.Isolate(e.User), proposalWords(ctx, e))
	}},
	audit.LeadErased: always(i18n.N("Erased a lead, with all that was kept about them")),
	audit.LeadsForgotten: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Forgot %d leads who had been silent for as long as the settings say", e.Leads)
	}},
	audit.OutsideAdded: {entry: func(ctx context.Context, e audit.Entry) string {
		if e.To != "" {
			return tr(ctx, "Added %s as the default", quote(ctx, e.Persona))
		}
		return tr(ctx, "Added %s", quote(ctx, e.Persona))
	}},
	audit.OutsideChanged: {entry: outsideChange},
	audit.OutsideDeleted: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Deleted %s", quote(ctx, e.Persona))
	}},
	audit.OutsideSettings: {entry: func(ctx context.Context, e audit.Entry) string {
		return tr(ctx, "Changed the workspace settings: %s", fieldWords(ctx, e.Fields))
	}},
}

// always is the phrase of an action that reads the same for each entry.
func always(text string) phrase {
	return phrase{entry: func(ctx context.Context, _ audit.Entry) string { return tr(ctx, text) }}
}

func created(ctx context.Context, e audit.Entry) string {
	name := quote(ctx, e.Persona)
	switch {
	case e.House != "" && e.To != "":
		return tr(ctx, "Created %s, a copy of the house persona %s, as the default", name, quote(ctx, e.House))
	case e.House != "":
		return tr(ctx, "Created %s, a copy of the house persona %s", name, quote(ctx, e.House))
	case e.To != "":
		return tr(ctx, "Created %s as the default", name)
	}
	return tr(ctx, "Created %s", name)
}

func rejected(ctx context.Context, e audit.Entry) string {
	changed := len(e.Fields) > 0
	if e.Rejected == "" {
		if changed {
			return tr(ctx, "Rejected a draft, changed")
		}
		return tr(ctx, "Rejected a draft")
	}
	why := reasonWithin(ctx, e.Rejected)
	if changed {
		return tr(ctx, "Rejected a draft, changed (%s)", why)
	}
	return tr(ctx, "Rejected a draft (%s)", why)
}

// byRole returns the text for the role that somebody has or gets.
func byRole(role access.Role, owner, admin, member string) string {
	switch role {
	case access.Owner:
		return owner
	case access.Admin:
		return admin
	}
	return member
}

// Phrase returns what an entry of the audit log says was done.
func Phrase(ctx context.Context, e audit.Entry) string {
	if p, ok := phrases[e.Action]; ok {
		return p.entry(ctx, e)
	}
	// Written by a newer version of this program.
	return capital(strings.NewReplacer(".", " ", "_", " ").Replace(string(e.Action)))
}

// versionPhrase returns what a version came from, of who made it; "" where what changed
// tells it.
func versionPhrase(v audit.Version) string {
	if p := phrases[v.Action]; p.version != nil {
		return p.version(v)
	}
	return ""
}

// actor returns who did something, and in which role where that is not plain.
func actor(ctx context.Context, who string, role access.Role, grantor, reason string) string {
	who = persona.Isolate(who)
	switch role {
	case access.Operator:
		return tr(ctx, "System administrator (command line)")
	case access.ByToken:
		return tr(ctx, "A program with an API token that %s made", who)
	case access.Superadmin:
		return tr(ctx, "%s, as superadmin", who)
	case access.Support:
		if grantor != "" {
			return tr(ctx, "%s (support), let in by %s (%s)", who, persona.Isolate(grantor), quote(ctx, reason))
		}
		return tr(ctx, "%s (support)", who)
	case access.Inbound:
		return tr(ctx, "A message that named it")
	case access.System:
		return tr(ctx, "personae, as the settings say")
	case access.Outside:
		return tr(ctx, "A program outside personae")
	}
	return who
}

// actorWithin is actor within a sentence, after “by”.
func actorWithin(ctx context.Context, who string, role access.Role) string {
	switch role {
	case access.Operator:
		return tr(ctx, "the system administrator (command line)")
	case access.ByToken:
		return tr(ctx, "a program with an API token that %s made", persona.Isolate(who))
	case access.Inbound:
		return tr(ctx, "a message that named it")
	default:
		return actor(ctx, who, role, "", "")
	}
}

// appliedWords says what files changed.
func appliedWords(ctx context.Context, e audit.Entry) string {
	var parts []string
	say := func(n int, done string, things i18n.Text) {
		if n > 0 {
			parts = append(parts, tr(ctx, done, things))
		}
	}
	say(e.Made, i18n.N("%s created"), i18n.Counted(e.Made, "persona"))
	say(e.Rewritten, i18n.N("%s changed"), i18n.Counted(e.Rewritten, "persona"))
	say(e.Removed, i18n.N("%s deleted"), i18n.Counted(e.Removed, "persona"))
	say(e.Added, i18n.N("%s added or renamed"), i18n.Counted(e.Added, "campaign"))
	say(e.Moved, i18n.N("%s given another persona"), i18n.Counted(e.Moved, "campaign"))
	if len(e.Fields) > 0 {
		parts = append(parts, tr(ctx, "settings changed (%s)", fieldWords(ctx, e.Fields)))
	}
	return strings.Join(parts, ", ")
}

// proposalWords says what was proposed.
func proposalWords(ctx context.Context, e audit.Entry) string {
	switch {
	case e.CampaignID.Valid:
		return tr(ctx, "that %s answers for the campaign %s", answererOf(ctx, e.Persona), quote(ctx, e.Campaign))
	case len(e.Fields) > 0:
		return tr(ctx, "a change of %s: %s", quote(ctx, e.Persona), fieldWords(ctx, e.Fields))
	case e.Persona == "":
		return tr(ctx, "that one person may change the default again")
	}
	return tr(ctx, "%s as the default", quote(ctx, e.Persona))
}

// proposalSubject names what a proposal is about.
func proposalSubject(ctx context.Context, e audit.Entry) string {
	if e.CampaignID.Valid {
		return tr(ctx, "the campaign %s", quote(ctx, e.Campaign))
	}
	if e.Persona == "" {
		return tr(ctx, "whether a second person has to approve")
	}
	return quote(ctx, e.Persona)
}

// skippedBecause says why a step of a schedule was not taken.
func skippedBecause(ctx context.Context, e audit.Entry) string {
	s := persona.Schedule{Kind: persona.ProposedSwitch, Persona: persona.PinnedPersona{Name: e.Persona}, By: persona.Named{Name: e.User},
		Skipped: e.Skipped}
	if e.CampaignID.Valid {
		s.Kind = persona.ProposedAssignment
	}
	return s.SkippedBecause().In(ctx)
}

// supportName names one of the support staff.
func supportName(ctx context.Context, who string) string {
	return tr(ctx, "%s (support)", persona.Isolate(who))
}

// becameDefault adds to what was done who became the default by it; "": nobody did.
func becameDefault(ctx context.Context, done, name string) string {
	if name == "" {
		return done
	}
	return tr(ctx, "%s; %s became the default", done, quote(ctx, name))
}

// merged adds to what was done with which house persona it merged a copy; "": with none.
func merged(ctx context.Context, done, house string) string {
	if house == "" {
		return done
	}
	return tr(ctx, "%s, merged with the house persona %s", done, quote(ctx, house))
}

// voiceOf names who answers, as who does something; "": the workspace default.
func voiceOf(ctx context.Context, name string) string {
	if name == "" {
		return answererOf(ctx, name)
	}
	return tr(ctx, "the persona %s", quote(ctx, name))
}

// outsideChange is the phrase of a change that a program with plain SQL made.
func outsideChange(ctx context.Context, e audit.Entry) string {
	name := quote(ctx, e.Persona)
	var done []string
	do := func(first, then string, args ...any) {
		if len(done) > 0 {
			first = then
		}
		done = append(done, tr(ctx, first, args...))
	}
	if len(e.Fields) > 0 {
		do(i18n.N("Changed %s: %s"), "", name, fieldWords(ctx, e.Fields))
	}
	if e.To != "" {
		do(i18n.N("Made %s the default"), i18n.N("made %s the default"), name)
	}
	if e.From != "" {
		do(i18n.N("Took the default from %s"), i18n.N("took the default from %s"), name)
	}
	if len(done) == 0 {
		do(i18n.N("Wrote %s again"), "", name)
	}
	return strings.Join(done, "; ")
}
