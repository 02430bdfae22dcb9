package views

import (
	"context"
	"fmt"
	"strings"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/lead"
	"personae/internal/persona"
)

// phrase is how an action reads.
type phrase struct {
	entry   func(ctx context.Context, e audit.Entry) string // on the page Activity
	version func(v audit.Version) string                    // after who did it, in a persona's history; nil: what changed tells it
}

// phrases has a phrase for each action: the one place for what people read of it.
var phrases = map[audit.Action]phrase{
	audit.PersonaImported: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return "Created " + quoted(e.Persona) + " from the workspace settings"
		},
		version: func(audit.Version) string { return "created it from the workspace settings" },
	},
	audit.PersonaCreated: {
		entry: func(ctx context.Context, e audit.Entry) string {
			done := "Created " + quoted(e.Persona)
			if e.House != "" {
				done += ", a copy of the house persona " + quoted(e.House) + ","
			}
			if e.To != "" {
				return done + " as the default"
			}
			return strings.TrimSuffix(done, ",")
		},
		version: func(audit.Version) string { return "created it" },
	},
	audit.PersonaEdited: {entry: func(ctx context.Context, e audit.Entry) string {
		merged := ""
		if e.House != "" {
			merged = ", merged with the house persona " + quoted(e.House)
		}
		switch {
		case e.To != "":
			return "Edited " + quoted(e.Persona) + " and made it the default" + merged + tried(ctx, e.Trial)
		case len(e.Fields) == 0:
			return "Saved " + quoted(e.Persona) + " without a change" + merged
		}
		return "Edited " + quoted(e.Persona) + ": " + fieldWords(ctx, e.Fields) + merged + tried(ctx, e.Trial)
	}},
	audit.HouseKept: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Kept " + quoted(e.Persona) + " as it is, beside what changed in the house persona " + quoted(e.House)
	}},
	audit.PersonaDuplicated: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return "Duplicated " + quoted(e.From) + " as " + quoted(e.Persona)
		},
		version: func(audit.Version) string { return "made it as a copy" },
	},
	audit.PersonaLoaded: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return "Loaded personas from a file: " + loadedWords(ctx, e.Made, e.Rewritten) + becameDefault(ctx, e.To)
		},
		version: func(v audit.Version) string {
			if v.Number > 1 {
				return "replaced it from a file"
			}
			return "loaded it from a file"
		},
	},
	audit.PersonaApplied: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return "Applied files: " + appliedWords(ctx, e) + becameDefault(ctx, e.To)
		},
		version: func(v audit.Version) string {
			if v.Number > 1 {
				return "applied a file"
			}
			return "created it from a file"
		},
	},
	audit.PersonaRestored: {
		entry: func(ctx context.Context, e audit.Entry) string {
			return "Restored an earlier version of " + quoted(e.Persona) + becameDefault(ctx, e.To)
		},
		version: func(v audit.Version) string {
			if v.Number > 1 {
				return "restored an earlier version"
			}
			return ""
		},
	},
	audit.PersonaDeleted: {entry: func(ctx context.Context, e audit.Entry) string {
		done := "Deleted " + quoted(e.Persona) + becameDefault(ctx, e.To)
		if e.Moved > 0 {
			done += "; " + count(e.Moved, "campaign") + " went back to the default"
		}
		return done
	}},
	audit.DefaultSet: {entry: func(ctx context.Context, e audit.Entry) string {
		switch e.From {
		case "":
			return "Made " + quoted(e.To) + " the default"
		case e.To:
			return "Pressed “Make the default” for " + quoted(e.To) + ", which was the default already"
		}
		return "Made " + quoted(e.To) + " the default instead of " + quoted(e.From) + tried(ctx, e.Trial)
	}},
	audit.PersonaTried: {entry: func(ctx context.Context, e audit.Entry) string {
		if e.Trial == nil {
			return "Tried " + quoted(e.Persona) + " on messages"
		}
		return "Tried " + quoted(e.Persona) + " on " + count(e.Trial.Messages(), "message") + ": " + TrialVerdicts(ctx, *e.Trial)
	}},
	audit.DefaultUndone: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Undid the switch: " + quoted(e.To) + " is the default again instead of " + quoted(e.From)
	}},
	audit.CampaignCreated: {entry: func(ctx context.Context, e audit.Entry) string {
		done := "Added the campaign " + quoted(e.Campaign)
		if e.To != "" {
			done += " with " + voiceOf(ctx, e.To)
		}
		return done
	}},
	audit.CampaignEdited: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Changed the campaign " + quoted(e.Campaign) + ": " + fieldWords(ctx, e.Fields)
	}},
	audit.CampaignArchived: {entry: func(ctx context.Context, e audit.Entry) string { return "Archived the campaign " + quoted(e.Campaign) }},
	audit.CampaignUnarchived: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Put the campaign " + quoted(e.Campaign) + " back"
	}},
	audit.CampaignAssigned: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Gave the campaign " + quoted(e.Campaign) + " " + voiceOf(ctx, e.To) + instead(ctx, voiceOf(ctx, e.From), voiceOf(ctx, e.To))
	}},
	audit.CampaignsAssigned: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Gave " + count(e.Moved, "campaign") + " " + voiceOf(ctx, e.To)
	}},
	audit.AssignmentUndone: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Undid an assignment: " + countedVerb(e.Moved, "campaign", "answered as before")
	}},
	audit.SettingsEdited: {entry: func(ctx context.Context, e audit.Entry) string {
		if len(e.Fields) == 0 {
			return "Saved the workspace settings without a change"
		}
		return "Changed the workspace settings: " + fieldWords(ctx, e.Fields)
	}},
	audit.WorkspaceRepaired: {
		entry: func(ctx context.Context, e audit.Entry) string {
			if e.Persona == "" {
				return "Repaired the workspace"
			}
			return "Repaired the workspace; the default is " + quoted(e.Persona)
		},
		version: func(audit.Version) string { return "repaired the workspace" },
	},
	audit.WorkspaceCreated:    always("Created the workspace"),
	audit.WorkspaceRenamed:    always("Renamed the workspace"),
	audit.WorkspaceArchived:   always("Archived the workspace"),
	audit.WorkspaceUnarchived: always("Put the workspace back"),
	audit.WorkspaceErased:     always("Erased the workspace"),
	audit.FactorRequired:      always("Required a second factor"),
	audit.FactorNotRequired:   always("Stopped requiring a second factor"),
	audit.TwoRequired:         always("Asked for a second person to approve changes of the default"),
	audit.TwoNotRequired:      always("Stopped asking for a second person to approve changes of the default"),
	audit.WorkspaceImported:   always("Imported what was new from the old system"),
	audit.DemoAdded:           always("Added the demo data"),
	audit.MemberInvited:       {entry: func(ctx context.Context, e audit.Entry) string { return "Invited somebody as " + roleWords(e.NewRole) }},
	audit.InvitationRevoked:   always("Revoked an invitation"),
	audit.MemberJoined:        {entry: func(ctx context.Context, e audit.Entry) string { return "Joined as " + roleWords(e.NewRole) }},
	audit.RoleChanged: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Made " + persona.Isolate(e.User) + " " +
			aRole(e.NewRole)
	}},
	audit.MemberRemoved:    {entry: func(ctx context.Context, e audit.Entry) string { return "Removed " + persona.Isolate(e.User) }},
	audit.SupportRequested: always("Asked for access"),
	audit.SupportWithdrawn: always("Withdrew the request for access"),
	audit.SupportApproved: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Approved the request of " + supportName(ctx, e.User)
	}},
	audit.CodeReplaced: always("Replaced the support code"),
	audit.SupportDeclined: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Declined the request of " + supportName(ctx, e.User)
	}},
	audit.SupportGranted: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Gave " + supportName(ctx, e.User) + " access"
	}},
	audit.SupportRevoked: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Ended the access of " + supportName(ctx, e.User)
	}},
	audit.TokenCreated:      always("Created an API token"),
	audit.TokenRevoked:      always("Revoked an API token"),
	audit.InboundSecretMade: always("Created a secret for inbound messages"),
	audit.WebhookAdded:      always("Added a webhook"),
	audit.WebhookEdited: {entry: func(ctx context.Context, e audit.Entry) string {
		if len(e.Fields) == 0 {
			return "Saved a webhook without a change"
		}
		return "Changed a webhook: " + fieldWords(ctx, e.Fields)
	}},
	audit.WebhookPaused:     always("Paused a webhook"),
	audit.WebhookResumed:    always("Resumed a webhook"),
	audit.WebhookTested:     always("Sent a test to a webhook"),
	audit.WebhookSecretMade: always("Created a new secret for a webhook"),
	audit.DeliverySentAgain: always("Sent a delivery of a webhook again"),
	audit.WebhookDeleted:    always("Deleted a webhook"),
	audit.DraftAsked:        always("Asked for a draft"),
	audit.DraftEdited:       always("Saved a draft"),
	audit.DraftApproved: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Approved a draft" + alsoChanged(ctx, e.Fields)
	}},
	audit.DraftRejected: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Rejected a draft" + alsoChanged(ctx, e.Fields) + because(ctx, e.Rejected)
	}},
	audit.DraftReopened: always("Took back what was decided about a draft"),
	audit.DraftTaken:    always("Took a draft to send it"),
	audit.DraftSent:     always("Said that a draft was sent"),
	audit.DraftFailed:   always("Said that a draft could not be sent"),
	audit.DraftsRedrafted: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Had " + count(e.Drafts, "draft") + " drafted anew"
	}},
	audit.ScoreAsked:       always("Asked for a score"),
	audit.ContactChanged:   always("Changed whether a lead may be written to"),
	audit.ContactKept:      always("Decided that a lead may be written to on"),
	audit.ProposalMade:     {entry: func(ctx context.Context, e audit.Entry) string { return "Proposed " + proposalWords(ctx, e) }},
	audit.ProposalDeclined: {entry: func(ctx context.Context, e audit.Entry) string { return "Declined " + aProposal(ctx, e) }},
	audit.ProposalWithdrawn: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Withdrew the proposal about " + proposalSubject(ctx, e)
	}},
	audit.ProposalOvertaken: {entry: func(ctx context.Context, e audit.Entry) string { return "Found overtaken: " + aProposal(ctx, e) }},
	audit.ScheduleMade:      {entry: func(ctx context.Context, e audit.Entry) string { return "Scheduled " + proposalWords(ctx, e) }},
	audit.ScheduleSkipped: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Did not do what " + persona.Isolate(e.User) + " scheduled: " + proposalWords(ctx, e) + ". " + skippedBecause(ctx, e)
	}},
	audit.ScheduleCancelled: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Cancelled what " + persona.Isolate(e.User) + " scheduled: " + proposalWords(ctx, e)
	}},
	audit.LeadErased: always("Erased a lead, with all that was kept about them"),
	audit.LeadsForgotten: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Forgot " + count(e.Leads, "lead") + " who had been silent for as long as the settings say"
	}},
	audit.OutsideAdded: {entry: func(ctx context.Context, e audit.Entry) string {
		if e.To != "" {
			return "Added " + quoted(e.Persona) + " as the default"
		}
		return "Added " + quoted(e.Persona)
	}},
	audit.OutsideChanged: {entry: outsideChange},
	audit.OutsideDeleted: {entry: func(ctx context.Context, e audit.Entry) string { return "Deleted " + quoted(e.Persona) }},
	audit.OutsideSettings: {entry: func(ctx context.Context, e audit.Entry) string {
		return "Changed the workspace settings: " + fieldWords(ctx, e.Fields)
	}},
}

// always is the phrase of an action that reads the same for each entry.
func always(text string) phrase {
	return phrase{entry: func(context.Context, audit.Entry) string { return text }}
}

// Phrase returns what an entry of the audit log says was done.
func Phrase(ctx context.Context, e audit.Entry) string {
	if p, ok := phrases[e.Action]; ok {
		return p.entry(ctx, e)
	}
	// Written by a newer version of this program.
	return capital(strings.NewReplacer(".", " ", "_", " ").Replace(string(e.Action)))
}

// versionPhrase returns what a version came from, after who made it; "" where
// what changed tells it.
func versionPhrase(ctx context.Context, v audit.Version) string {
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
		return "System administrator (command line)"
	case access.ByToken:
		return "A program with an API token that " + who + " made"
	case access.Superadmin:
		return who + ", as superadmin"
	case access.Support:
		if grantor != "" {
			return fmt.Sprintf("%s (support), let in by %s (%s)", who, persona.Isolate(grantor), quoted(reason))
		}
		return who + " (support)"
	case access.Inbound:
		return "A message that named it"
	case access.System:
		return "personae, as the settings say"
	case access.Outside:
		return "A program outside personae"
	}
	return who
}

// actorWithin is actor within a sentence.
func actorWithin(ctx context.Context, who string, role access.Role) string {
	switch text := actor(ctx, who, role, "", ""); role {
	case access.Operator:
		return "the " + uncapital(text)
	case access.ByToken, access.Inbound:
		return uncapital(text)
	default:
		return text
	}
}

// appliedWords says what files changed.
func appliedWords(ctx context.Context, e audit.Entry) string {
	var parts []string
	say := func(n int, things, done string) {
		if n > 0 {
			parts = append(parts, count(n, things)+" "+done)
		}
	}
	say(e.Made, "persona", "created")
	say(e.Rewritten, "persona", "changed")
	say(e.Removed, "persona", "deleted")
	say(e.Added, "campaign", "added or renamed")
	say(e.Moved, "campaign", "given another persona")
	if len(e.Fields) > 0 {
		parts = append(parts, "settings changed ("+fieldWords(ctx, e.Fields)+")")
	}
	return strings.Join(parts, ", ")
}

// proposalWords says what was proposed.
func proposalWords(ctx context.Context, e audit.Entry) string {
	switch {
	case e.CampaignID.Valid:
		return "that " + answererOf(ctx, e.Persona) + " answers for the campaign " + quoted(e.Campaign)
	case len(e.Fields) > 0:
		return "a change of " + quoted(e.Persona) + ": " + fieldWords(ctx, e.Fields)
	case e.Persona == "":
		return "that one person may change the default again"
	}
	return quoted(e.Persona) + " as the default"
}

// proposalSubject names what a proposal is about.
func proposalSubject(ctx context.Context, e audit.Entry) string {
	if e.CampaignID.Valid {
		return "the campaign " + quoted(e.Campaign)
	}
	if e.Persona == "" {
		return "whether a second person has to approve"
	}
	return quoted(e.Persona)
}

// skippedBecause says why a step of a schedule was not taken.
func skippedBecause(ctx context.Context, e audit.Entry) string {
	s := persona.Schedule{Kind: persona.ProposedSwitch, Persona: persona.PinnedPersona{Name: e.Persona}, By: persona.Named{Name: e.User},
		Skipped: e.Skipped}
	if e.CampaignID.Valid {
		s.Kind = persona.ProposedAssignment
	}
	return s.SkippedBecause()
}

func aProposal(ctx context.Context, e audit.Entry) string {
	return "the proposal of " + persona.Isolate(e.User) + " about " + proposalSubject(ctx, e)
}

// supportName names one of the support staff.
func supportName(ctx context.Context, who string) string { return persona.Isolate(who) + " (support)" }

func quoted(name string) string { return "“" + persona.Isolate(name) + "”" }

func becameDefault(ctx context.Context, name string) string {
	if name == "" {
		return ""
	}
	return "; " + quoted(name) + " became the default"
}

func alsoChanged(ctx context.Context, fields []string) string {
	if len(fields) == 0 {
		return ""
	}
	return ", changed"
}

// because says why a draft was rejected.
func because(ctx context.Context, reason lead.RejectReason) string {
	if reason == "" {
		return ""
	}
	return " (" + uncapital(reasonWords(reason)) + ")"
}

func voiceOf(ctx context.Context, name string) string {
	if name == "" {
		return answererOf(ctx, name)
	}
	return "the persona " + quoted(name)
}

func instead(ctx context.Context, before, after string) string {
	if before == after {
		return ", as before"
	}
	return " instead of " + before
}

// outsideChange is the phrase of a change that a program with plain SQL made.
func outsideChange(ctx context.Context, e audit.Entry) string {
	name := quoted(e.Persona)
	var done []string
	if len(e.Fields) > 0 {
		done = append(done, "changed "+name+": "+fieldWords(ctx, e.Fields))
	}
	if e.To != "" {
		done = append(done, "made "+name+" the default")
	}
	if e.From != "" {
		done = append(done, "took the default from "+name)
	}
	if len(done) == 0 {
		done = append(done, "wrote "+name+" again")
	}
	return capital(strings.Join(done, "; "))
}
