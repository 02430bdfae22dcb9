package views

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/i18n"
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
func (m Lead) facts(ctx context.Context) []fact {
	list := []fact{{tr(ctx, "Company"), m.Lead.Company}, {tr(ctx, "Email"), m.Lead.Email}, {tr(ctx, "Campaign"), m.Lead.Campaign}}
	return slices.DeleteFunc(list, func(f fact) bool { return f.Value == "" })
}

// badge stands beside the name; empty: there is no score.
func (m Lead) badge(ctx context.Context) string {
	if len(m.Scores) == 0 {
		return ""
	}
	return tr(ctx, "Score %d of 4", m.Scores[0].Overall)
}

// contactWarning says why a lead may not be written to; "" where it may.
func contactWarning(ctx context.Context, l lead.Lead) string {
	var reasons []string
	for _, flag := range []struct {
		set         bool
		first, next string
	}{
		{l.Blacklisted, i18n.N("Is blacklisted"), i18n.N("is blacklisted")},
		{l.OptedOut, i18n.N("Has opted out"), i18n.N("has opted out")},
		{l.Unsubscribed, i18n.N("Has unsubscribed"), i18n.N("has unsubscribed")},
		{l.Bounced, i18n.N("Cannot be reached: mail bounced"), i18n.N("cannot be reached: mail bounced")},
	} {
		switch {
		case !flag.set:
		case len(reasons) == 0:
			reasons = append(reasons, tr(ctx, flag.first))
		default:
			reasons = append(reasons, tr(ctx, flag.next))
		}
	}
	if len(reasons) == 0 {
		return ""
	}
	return tr(ctx, "%s. No draft of theirs is approved, and no sender gets one.", i18n.List(ctx, reasons))
}

// last returns the message that a new draft would answer; nil: there is none.
func (m Lead) last() *lead.Message {
	if len(m.Messages) == 0 {
		return nil
	}
	return &m.Messages[len(m.Messages)-1]
}

// draftButton returns what asks for a draft that answers the last message, still to be
// said; "" where there is nothing to ask for.
func (m Lead) draftButton() string {
	switch last := m.last(); {
	case last == nil:
		return ""
	case last.Draft == nil:
		return i18n.N("Draft a reply")
	case slices.Contains([]lead.DraftState{lead.DraftFailed, lead.DraftRejected, lead.DraftWithdrawn}, last.Draft.State):
		return i18n.N("Draft another reply")
	}
	return ""
}

// noDraft says why no reply to a message is drafted by itself, and how to have one;
// "" where one is, or where what is known of the lead says why.
func (m Lead) noDraft(ctx context.Context, s Shell, message lead.Message) string {
	why := map[lead.Kind]i18n.Text{
		lead.Refusal:   i18n.Say("This reads as a refusal"),
		lead.OptOut:    i18n.Say("This asks for no more messages"),
		lead.Automatic: i18n.Say("This reads as an automatic reply"),
		lead.Passed:    i18n.Say("The system that this came over from drafted no answer to it"),
	}[message.Kind]
	if message.Answered {
		why = i18n.Say("This was answered in the system that it came over from")
	}
	switch {
	case why.Empty():
		return ""
	case message.Draft != nil || message.ID != m.last().ID:
		return tr(ctx, "%s.", why)
	case s.MayWrite:
		return tr(ctx, "%s, so no reply is drafted automatically. To get one anyway, press “%s”.", why, i18n.Say(m.draftButton()))
	}
	return tr(ctx, "%s, so no reply is drafted automatically.", why)
}

// noScore says that none came; one that came before stands below it.
func (m Lead) noScore(ctx context.Context) string {
	if len(m.Scores) > 0 {
		return tr(ctx, "No new score could be made.")
	}
	return tr(ctx, "No score could be made.")
}

func (m Lead) scoreButton(ctx context.Context) string {
	if len(m.Scores) > 0 {
		return tr(ctx, "Score again")
	}
	return tr(ctx, "Score%s", "") // a verb: German has another word for it than for the noun
}

// messageName says within a sentence how and when a message came.
func messageName(ctx context.Context, m lead.Message) string { return cameBy(ctx, m.Channel, m.SentAt) }

// messageTitle is messageName as a heading.
func messageTitle(ctx context.Context, m lead.Message) string {
	return cameByTitle(ctx, m.Channel, m.SentAt)
}

// cameBy names a message by its channel and its time.
func cameBy(ctx context.Context, channel persona.Channel, at time.Time) string {
	switch when := moment(ctx, at); channel {
	case persona.Email:
		return tr(ctx, "email of %s", when)
	case persona.SMS:
		return tr(ctx, "SMS of %s", when)
	case persona.LinkedIn:
		return tr(ctx, "LinkedIn message of %s", when)
	default:
		return tr(ctx, "message of %s", when)
	}
}

func cameByTitle(ctx context.Context, channel persona.Channel, at time.Time) string {
	switch when := moment(ctx, at); channel {
	case persona.Email:
		return tr(ctx, "Email of %s", when)
	case persona.SMS, persona.LinkedIn:
		return cameBy(ctx, channel, at)
	default:
		return tr(ctx, "Message of %s", when)
	}
}

// draftSpeaks says whose voice a draft has, and who changed it.
func draftSpeaks(ctx context.Context, d lead.Draft) string {
	name, version := i18n.Say("%s", persona.Isolate(d.PersonaName)), strconv.Itoa(d.PersonaAt)
	if d.PersonaName == "" {
		name = i18n.Say("a persona that no longer exists")
	}
	voice := tr(ctx, "Drafted in the voice of %s (version %s), the default persona.", name, version)
	switch d.Source {
	case persona.FromSettings:
		voice = tr(ctx, "Drafted in the voice of the workspace settings.")
	case persona.FromCampaign:
		voice = tr(ctx, "Drafted in the voice of %s (version %s), the campaign’s persona.", name, version)
	}
	return strings.Join(append([]string{voice}, draftBy(ctx, d)...), " ")
}

// draftBy says in which language a draft is, where it is not the usual one, and who
// changed it.
func draftBy(ctx context.Context, d lead.Draft) (sentences []string) {
	if d.Language != "" {
		sentences = append(sentences, tr(ctx, "It greets or signs in %s, as the message is.", i18n.Say(d.Language.Name())))
	}
	if d.EditedBy != "" {
		sentences = append(sentences, tr(ctx, "Changed by %s.", persona.Isolate(d.EditedBy)))
	}
	return sentences
}

// draftDecided says who decided about a draft, when, and what became of it.
func draftDecided(ctx context.Context, d lead.Draft) string {
	who, when, why := persona.Isolate(d.DecidedBy), moment(ctx, d.DecidedAt), reasonWithin(ctx, d.Reason)
	var words string
	switch rejected := d.State == lead.DraftRejected; {
	case d.State == lead.DraftWithdrawn:
		return tr(ctx, "Withdrawn on %s, before it was sent: the lead may not be written to.", moment(ctx, d.StateAt))
	case rejected && who != "" && why != "":
		words = tr(ctx, "Rejected by %s on %s (%s).", who, when, why)
	case rejected && why != "":
		words = tr(ctx, "Rejected on %s (%s).", when, why)
	case rejected && who != "":
		words = tr(ctx, "Rejected by %s on %s.", who, when)
	case rejected:
		words = tr(ctx, "Rejected on %s.", when)
	case who != "":
		words = tr(ctx, "Approved by %s on %s.", who, when)
	default:
		words = tr(ctx, "Approved on %s.", when)
	}
	if since := draftSince(ctx, d); since != "" {
		words += " " + since + "."
	}
	return words
}

// decidedWithin says within a sentence who decided about a draft, and when.
func decidedWithin(ctx context.Context, d lead.Draft) string {
	who, when, why := persona.Isolate(d.DecidedBy), moment(ctx, d.DecidedAt), reasonWithin(ctx, d.Reason)
	switch rejected := d.State == lead.DraftRejected; {
	case d.State == lead.DraftWithdrawn:
		return tr(ctx, "it was withdrawn on %s, before it was sent: the lead may not be written to", moment(ctx, d.StateAt))
	case rejected && who != "" && why != "":
		return tr(ctx, "it was rejected by %s on %s (%s)", who, when, why)
	case rejected && why != "":
		return tr(ctx, "it was rejected on %s (%s)", when, why)
	case rejected && who != "":
		return tr(ctx, "it was rejected by %s on %s", who, when)
	case rejected:
		return tr(ctx, "it was rejected on %s", when)
	case who != "":
		return tr(ctx, "it was approved by %s on %s", who, when)
	}
	return tr(ctx, "it was approved on %s", when)
}

// draftSince says what became of a draft after it was approved; "": nothing yet.
func draftSince(ctx context.Context, d lead.Draft) string {
	switch {
	case d.State == lead.DraftSent:
		return tr(ctx, "Sent on %s", moment(ctx, d.SentAt))
	case d.State == lead.DraftFailed:
		return tr(ctx, "On %s its sender said that it could not be sent", moment(ctx, d.StateAt))
	case d.State != lead.DraftWithdrawn && !d.TakenAt.IsZero():
		return tr(ctx, "A sender took it on %s", moment(ctx, d.TakenAt))
	}
	return ""
}

// draftVersionName names an earlier version of a draft.
func draftVersionName(ctx context.Context, v lead.DraftVersion) string {
	if v.EditedBy != "" {
		return tr(ctx, "Version %s, by %s", strconv.Itoa(v.Version), persona.Isolate(v.EditedBy))
	}
	return tr(ctx, "Version %s, as drafted", strconv.Itoa(v.Version))
}

// channelCost says what a message of a channel costs; "": nothing that depends on its words.
func channelCost(ctx context.Context, channel persona.Channel, text string) string {
	if channel != persona.SMS {
		return ""
	}
	return smsCost(ctx, text)
}

// scoredBy says what gave a score.
func scoredBy(ctx context.Context, by string) string {
	kind, _, _ := strings.Cut(by, ":")
	switch kind {
	case "model":
		return tr(ctx, "Scored by the model")
	case "rules":
		return tr(ctx, "Scored by the built-in rules")
	case "flag":
		return tr(ctx, "Scored by the lead’s status")
	case lead.ByOrigin:
		return tr(ctx, "Scored before it came over")
	}
	return ""
}

func previewPath(s Shell, message uuid.UUID) templ.SafeURL {
	return at(s, "preview") + templ.SafeURL("?message="+message.String())
}

// DraftAsked says that a reply is on its way.
func DraftAsked(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "A reply is being drafted"), Lines: []string{
		tr(ctx, "It appears below the message that it answers, usually within seconds. Nothing is sent.")}}
}

// ScoreAsked says that a score is on its way.
func ScoreAsked(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "The lead is being scored"),
		Lines: []string{tr(ctx, "The score appears below, usually within seconds.")}}
}

// NotAsked says why nothing was asked for.
func NotAsked(ctx context.Context, reason i18n.Text) *Receipt {
	return &Receipt{Title: tr(ctx, "Nothing was asked for"), Lines: []string{reason.In(ctx)}}
}

// DraftReopened says that a draft waits again.
func DraftReopened(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "The decision was taken back"), Lines: []string{tr(ctx, "The draft waits again. Nothing was sent.")}}
}

// DraftDecided says what became of a draft: it waits, changed, or was approved or
// rejected.
func DraftDecided(ctx context.Context, state lead.DraftState) *Receipt {
	switch state {
	case lead.DraftApproved:
		return &Receipt{Title: tr(ctx, "The draft was approved"), Lines: []string{
			tr(ctx, "Nothing is sent from here: the text is yours to send.")}}
	case lead.DraftRejected:
		return &Receipt{Title: tr(ctx, "The draft was rejected"), Lines: []string{
			tr(ctx, "Its words are kept below. You can have a new one drafted.")}}
	}
	return &Receipt{Title: tr(ctx, "The draft was saved"), Lines: []string{
		tr(ctx, "What it said before is kept as an earlier version.")}}
}

// LeadErased says that a lead is gone.
func LeadErased(ctx context.Context) *Receipt {
	return &Receipt{Title: tr(ctx, "The lead was erased"), Lines: []string{
		tr(ctx, "All that was kept about them is gone. The activity says that a lead was erased, without their words.")}}
}

// contactOptions are what may be said of whether a lead may be written to.
func contactOptions(ctx context.Context) []option {
	words := map[lead.Contact]string{lead.MayBeWritten: tr(ctx, "May be written to"), lead.Unsubscribed: tr(ctx, "Unsubscribed"),
		lead.OptedOut: tr(ctx, "Opted out"), lead.Bounced: tr(ctx, "Mail bounced"), lead.Blacklisted: tr(ctx, "Blacklisted")}
	var options []option
	for _, c := range lead.Contacts() {
		options = append(options, option{string(c), words[c]})
	}
	return options
}

// ContactSet says whether a lead may be written to.
func ContactSet(ctx context.Context, l lead.Lead) *Receipt {
	if l.Contact() == lead.MayBeWritten {
		return &Receipt{Title: tr(ctx, "The lead may be written to"), Lines: []string{
			tr(ctx, "What was withdrawn stays so. You can have a reply drafted.")}}
	}
	return &Receipt{Title: tr(ctx, "The lead is not written to any more"), Lines: []string{
		tr(ctx, "Drafts of theirs that waited or were approved are withdrawn, and no sender gets one.")}}
}
