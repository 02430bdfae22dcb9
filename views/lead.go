package views

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/lead"
	"personae/internal/persona"
)

// Lead is one lead with what it wrote, its drafts and scores, and what was typed
// into the form of one of the drafts.
type Lead struct {
	lead.Conversation
	Typed TypedDraft
}

// typed returns what was typed into the form of d.
func (m Lead) typed(d lead.Draft) TypedDraft {
	if m.Typed.Draft != d.ID {
		return TypedDraft{}
	}
	return m.Typed
}

// facts lists what is known of a lead.
func (m Lead) facts() []fact {
	list := []fact{{"Company", m.Lead.Company}, {"Email", m.Lead.Email}, {"Campaign", m.Lead.Campaign}}
	return slices.DeleteFunc(list, func(f fact) bool { return f.Value == "" })
}

// badge stands beside the name; empty: there is no score.
func (m Lead) badge() string {
	if len(m.Scores) == 0 {
		return ""
	}
	return fmt.Sprintf("Score %d of 4", m.Scores[0].Overall)
}

// contactWarning says why a lead may not be written to; "" where it may.
func contactWarning(l lead.Lead) string {
	var reasons []string
	for _, flag := range []struct {
		set   bool
		words string
	}{
		{l.Blacklisted, "is blacklisted"}, {l.OptedOut, "has opted out"}, {l.Unsubscribed, "has unsubscribed"},
		{l.Bounced, "cannot be reached: mail bounced"},
	} {
		if flag.set {
			reasons = append(reasons, flag.words)
		}
	}
	if len(reasons) == 0 {
		return ""
	}
	return capital(list(reasons)) + ". No draft of theirs is approved, and no sender gets one."
}

// last returns the message that a new draft would answer; nil: there is none.
func (m Lead) last() *lead.Message {
	if len(m.Messages) == 0 {
		return nil
	}
	return &m.Messages[len(m.Messages)-1]
}

// draftButton returns what asks for a draft that answers the last message; "" where
// there is nothing to ask for.
func (m Lead) draftButton() string {
	switch last := m.last(); {
	case last == nil:
		return ""
	case last.Draft == nil:
		return "Draft a reply"
	case slices.Contains([]lead.DraftState{lead.DraftFailed, lead.DraftRejected, lead.DraftWithdrawn}, last.Draft.State):
		return "Draft another reply"
	}
	return ""
}

// noDraft says why no reply to a message is drafted by itself, and how to have one;
// "" where one is, or where what is known of the lead says why.
func (m Lead) noDraft(s Shell, message lead.Message) string {
	why := map[lead.Kind]string{
		lead.Refusal:   "This reads as a refusal",
		lead.OptOut:    "This asks for no more messages",
		lead.Automatic: "This reads as an automatic reply",
		lead.Passed:    "The system that this came over from drafted no answer to it",
	}[message.Kind]
	if message.Answered {
		why = "This was answered in the system that it came over from"
	}
	switch {
	case why == "":
		return ""
	case message.Draft != nil || message.ID != m.last().ID:
		return why + "."
	case s.MayWrite:
		return why + ", so no reply is drafted automatically. To get one anyway, press “" + m.draftButton() + "”."
	}
	return why + ", so no reply is drafted automatically."
}

// noScore says that none came; one that came before stands below it.
func (m Lead) noScore() string {
	if len(m.Scores) > 0 {
		return "No new score could be made."
	}
	return "No score could be made."
}

func (m Lead) scoreButton() string {
	if len(m.Scores) > 0 {
		return "Score again"
	}
	return "Score"
}

// messageName says within a sentence how and when a message came.
func messageName(ctx context.Context, m lead.Message) string {
	return cameBy(m.Channel) + " of " + moment(ctx, m.SentAt)
}

// cameBy names a message by its channel.
func cameBy(channel persona.Channel) string {
	switch channel {
	case persona.Email:
		return "email"
	case persona.SMS:
		return "SMS"
	case persona.LinkedIn:
		return "LinkedIn message"
	}
	return "message"
}

// draftSpeaks says whose voice a draft has, and who changed it.
func draftSpeaks(d lead.Draft) string {
	who := "the workspace settings"
	if d.Source != persona.FromSettings {
		who = cmp.Or(persona.Isolate(d.PersonaName), "a persona that no longer exists") +
			fmt.Sprintf(" (version %d)", d.PersonaAt)
		who += ", " + voiceRole(d)
	}
	words := "Drafted in the voice of " + who + "."
	if d.Language != "" {
		words += " It greets and signs in " + d.Language.Name() + ", as the message is."
	}
	if d.EditedBy != "" {
		words += " Changed by " + persona.Isolate(d.EditedBy) + "."
	}
	return words
}

// voiceRole says why a persona spoke.
func voiceRole(d lead.Draft) string {
	if d.Source == persona.FromCampaign {
		return "the campaign’s persona"
	}
	return "the default persona"
}

// draftDecided says who decided about a draft, when, and what became of it.
func draftDecided(ctx context.Context, d lead.Draft) string {
	if d.State == lead.DraftWithdrawn {
		return "Withdrawn on " + moment(ctx, d.StateAt) + ", before it was sent: the lead may not be written to."
	}
	words := "Approved"
	if d.State == lead.DraftRejected {
		words = "Rejected"
	}
	if d.DecidedBy != "" {
		words += " by " + persona.Isolate(d.DecidedBy)
	}
	words += " on " + moment(ctx, d.DecidedAt)
	if d.Reason != "" {
		words += " (" + uncapital(reasonWords(d.Reason)) + ")"
	}
	words += "."
	switch {
	case d.State == lead.DraftSent:
		words += " Sent on " + moment(ctx, d.SentAt) + "."
	case d.State == lead.DraftFailed:
		words += " On " + moment(ctx, d.StateAt) + " its sender said that it could not be sent."
	case !d.TakenAt.IsZero():
		words += " A sender took it on " + moment(ctx, d.TakenAt) + "."
	}
	return words
}

// draftVersionName names an earlier version of a draft.
func draftVersionName(v lead.DraftVersion) string {
	by := "as drafted"
	if v.EditedBy != "" {
		by = "by " + persona.Isolate(v.EditedBy)
	}
	return fmt.Sprintf("Version %d, %s", v.Version, by)
}

// channelCost says what a message of a channel costs; "": nothing that depends on its words.
func channelCost(channel persona.Channel, text string) string {
	if channel != persona.SMS {
		return ""
	}
	return smsCost(text)
}

// scoredBy says what gave a score.
func scoredBy(by string) string {
	kind, _, _ := strings.Cut(by, ":")
	switch kind {
	case "model":
		return "Scored by the model"
	case "rules":
		return "Scored by the built-in rules"
	case "flag":
		return "Scored by the lead’s status"
	case lead.ByOrigin:
		return "Scored before it came over"
	}
	return ""
}

func previewPath(s Shell, message uuid.UUID) templ.SafeURL {
	return at(s, "preview") + templ.SafeURL("?message="+message.String())
}

// DraftAsked says that a reply is on its way.
func DraftAsked() *Receipt {
	return &Receipt{Title: "A reply is being drafted", Lines: []string{
		"It appears below the message that it answers, usually within seconds. Nothing is sent."}}
}

// ScoreAsked says that a score is on its way.
func ScoreAsked() *Receipt {
	return &Receipt{Title: "The lead is being scored", Lines: []string{"The score appears below, usually within seconds."}}
}

// NotAsked says why nothing was asked for.
func NotAsked(reason string) *Receipt {
	return &Receipt{Title: "Nothing was asked for", Lines: []string{reason}}
}

// DraftReopened says that a draft waits again.
func DraftReopened() *Receipt {
	return &Receipt{Title: "The decision was taken back", Lines: []string{"The draft waits again. Nothing was sent."}}
}

// DraftDecided says what became of a draft: it waits, changed, or was approved or
// rejected.
func DraftDecided(state lead.DraftState) *Receipt {
	switch state {
	case lead.DraftApproved:
		return &Receipt{Title: "The draft was approved", Lines: []string{
			"Nothing is sent from here: the text is yours to send."}}
	case lead.DraftRejected:
		return &Receipt{Title: "The draft was rejected", Lines: []string{
			"Its words are kept below. You can have a new one drafted."}}
	}
	return &Receipt{Title: "The draft was saved", Lines: []string{"What it said before is kept as an earlier version."}}
}

// LeadErased says that a lead is gone.
func LeadErased() *Receipt {
	return &Receipt{Title: "The lead was erased", Lines: []string{
		"All that was kept about them is gone. The activity says that a lead was erased, without their words."}}
}

// contactOptions are what may be said of whether a lead may be written to.
func contactOptions() []option {
	words := map[lead.Contact]string{lead.MayBeWritten: "May be written to", lead.Unsubscribed: "Unsubscribed",
		lead.OptedOut: "Opted out", lead.Bounced: "Mail bounced", lead.Blacklisted: "Blacklisted"}
	var options []option
	for _, c := range lead.Contacts() {
		options = append(options, option{string(c), words[c]})
	}
	return options
}

// ContactSet says whether a lead may be written to.
func ContactSet(l lead.Lead) *Receipt {
	if l.Contact() == lead.MayBeWritten {
		return &Receipt{Title: "The lead may be written to", Lines: []string{
			"What was withdrawn stays so. You can have a reply drafted."}}
	}
	return &Receipt{Title: "The lead is not written to any more", Lines: []string{
		"Drafts of theirs that waited or were approved are withdrawn, and no sender gets one."}}
}
