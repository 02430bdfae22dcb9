package views

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"personae/internal/drafting"
	"personae/internal/persona"
)

// Leads is the list of who wrote, and of what could not be made for them.
type Leads struct {
	Listing
	Items  []LeadItem
	Failed []FailedJob
}

// LeadItem is one lead in that list.
type LeadItem struct {
	ID       uuid.UUID
	Name     string
	Company  string
	LastAt   time.Time // zero: has written nothing
	Answered bool      // the last message was, in the system that it came over from
	Draft    string    // state of the draft that answers the last message; empty: none
	Overall  int       // 0: no score
}

// FailedJob is a draft or a score that could not be made.
type FailedJob struct {
	Lead    uuid.UUID
	Name    string        // of the lead
	Draft   uuid.NullUUID // not valid: a score
	Problem string
	At      time.Time // zero: not known
}

// Lead is one lead with what it wrote, its drafts and scores.
type Lead struct {
	ID           uuid.UUID
	Name         string
	Email        string
	Company      string
	Campaign     string
	Flags        []string // such as "has opted out"
	Scoring      bool     // a score is on its way
	ScoreProblem string
	Scores       []LeadScore   // newest first
	Messages     []LeadMessage // oldest first
	Earlier      bool          // there are older ones
}

// LeadScore is how a lead scored.
type LeadScore struct {
	Fit, Intent, Overall int
	Reason, By           string
	At                   time.Time
	Outdated             bool
}

// LeadMessage is what a lead wrote, and the draft that answers it.
type LeadMessage struct {
	ID                uuid.UUID
	Channel           persona.Channel
	Body              string
	At                time.Time
	Campaign, Unknown string // its name, or what the sender called one that we do not have
	Answered          bool   // in the system that it came over from
	Draft             *LeadDraft
}

// LeadDraft is a draft.
type LeadDraft struct {
	ID        uuid.UUID
	State     string // making, failed, waiting, approved or rejected
	Version   int
	Source    persona.Source
	Persona   string // its name; empty: not known, or the settings spoke
	PersonaAt int    // its version
	Body      string
	EditedBy  string
	Problem   string
	DecidedAt time.Time
	DecidedBy string
	Earlier   []LeadText // the last ones, newest first
	Typed     string     // what was typed and is not saved; empty: nothing
	Stale     bool       // it changed since that was typed
}

// LeadText is an earlier text of a draft.
type LeadText struct {
	Version  int
	Body     string
	EditedBy string
	At       time.Time
}

// DraftAsked tells that a reply is on its way.
func DraftAsked() *Receipt {
	return &Receipt{Title: "A reply is being drafted", Lines: []string{"It appears below the message that it answers, mostly within seconds. Nothing is sent."}}
}

// ScoreAsked tells that a score is on its way.
func ScoreAsked() *Receipt {
	return &Receipt{Title: "The lead is being scored", Lines: []string{"The score appears below, mostly within seconds."}}
}

// NotAsked tells why nothing was asked for.
func NotAsked(reason string) *Receipt {
	return &Receipt{Title: "Nothing was asked for", Lines: []string{reason}}
}

// DraftDecided tells what became of a draft: waiting, approved or rejected.
func DraftDecided(state string) *Receipt {
	switch state {
	case "approved":
		return &Receipt{Title: "The draft was approved", Lines: []string{"Nothing is sent from here: the text is yours to send."}}
	case "rejected":
		return &Receipt{Title: "The draft was rejected", Lines: []string{"Its words are kept below. You can have a new one drafted."}}
	}
	return &Receipt{Title: "The draft was saved", Lines: []string{"What it said before is kept as an earlier version."}}
}

func leadPath(s Shell, lead uuid.UUID, action ...string) templ.SafeURL {
	return at(s, append([]string{"leads", lead.String()}, action...)...)
}

func previewPath(s Shell, message uuid.UUID) templ.SafeURL {
	return at(s, "preview") + templ.SafeURL("?message="+message.String())
}

// draftWords says how far the draft is that answers a lead's last message.
func draftWords(state string) string {
	return map[string]string{"making": "A reply is being drafted", "failed": "No draft could be made", "waiting": "A draft waits for you",
		"approved": "Draft approved", "rejected": "Draft rejected"}[state]
}

func (m Lead) facts() []fact {
	return slices.DeleteFunc([]fact{{"Company", m.Company}, {"Email", m.Email}, {"Campaign", m.Campaign}}, func(f fact) bool { return f.Value == "" })
}

// badge stands beside the name; empty: there is no score.
func (m Lead) badge() string {
	if len(m.Scores) == 0 {
		return ""
	}
	return fmt.Sprintf("Score %d of 4", m.Scores[0].Overall)
}

// flagWords says why a lead may not be written to.
func (m Lead) flagWords() string {
	words := list(m.Flags)
	return strings.ToUpper(words[:1]) + words[1:] + ". Before you send anything, make sure that you may write to them."
}

// last gives the message that a new draft would answer; nil: there is none.
func (m Lead) last() *LeadMessage {
	if len(m.Messages) == 0 {
		return nil
	}
	return &m.Messages[len(m.Messages)-1]
}

// draftButton gives what asks for a draft that answers the last message; empty:
// there is nothing to ask for.
func (m Lead) draftButton() string {
	switch last := m.last(); {
	case last == nil:
		return ""
	case last.Draft == nil:
		return "Draft a reply"
	case last.Draft.State == "rejected":
		return "Draft another reply"
	}
	return ""
}

// answered says that a message needs no reply of ours, and how to have one.
func (m Lead) answered(s Shell, message LeadMessage) string {
	const words = "This was answered in the system that it came over from"
	switch {
	case message.Draft != nil || message.ID != m.last().ID:
		return words + "."
	case s.MayWrite:
		return words + ", so no reply is drafted by itself. To have one all the same, press “" + m.draftButton() + "”."
	}
	return words + ", so no reply is drafted by itself."
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

// title says how and when a message came.
func (m LeadMessage) title() string {
	words := m.inWords()
	return strings.ToUpper(words[:1]) + words[1:]
}

// inWords is title within a sentence.
func (m LeadMessage) inWords() string {
	how := map[persona.Channel]string{persona.Email: "email", persona.SMS: "SMS", persona.LinkedIn: "LinkedIn message"}[m.Channel]
	return cmp.Or(how, "message") + " of " + moment(m.At)
}

// speaks says whose voice a draft has, and who changed it.
func (d LeadDraft) speaks() string {
	who := "the workspace settings"
	if d.Source != persona.FromSettings {
		who = cmp.Or(d.Persona, "a persona that is not known any more") + fmt.Sprintf(" (version %d)", d.PersonaAt)
		if d.Source == persona.FromCampaign {
			who += ", the campaign’s persona"
		} else {
			who += ", the default persona"
		}
	}
	words := "Drafted in the voice of " + who + "."
	if d.EditedBy != "" {
		words += " Changed by " + d.EditedBy + "."
	}
	return words
}

// decided says who decided and when.
func (d LeadDraft) decided() string {
	words := strings.ToUpper(d.State[:1]) + d.State[1:]
	if d.DecidedBy != "" {
		words += " by " + d.DecidedBy
	}
	return words + " on " + moment(d.DecidedAt) + "."
}

func (d LeadDraft) field() string { return "body-" + d.ID.String() }

func (d LeadDraft) shown() string { return cmp.Or(d.Typed, d.Body) }

// segments says how many parts an SMS has.
func segments(channel persona.Channel, text string) string {
	if channel != persona.SMS {
		return ""
	}
	return count(drafting.Segments(text), "SMS segment")
}

func (t LeadText) title() string {
	by := "as drafted"
	if t.EditedBy != "" {
		by = "by " + t.EditedBy
	}
	return fmt.Sprintf("Version %d, %s", t.Version, by)
}

func scoredBy(by string) string {
	kind, _, _ := strings.Cut(by, ":")
	return map[string]string{"model": "Scored by the model", "rules": "Scored by the built-in rules", "flag": "Scored by the lead’s status"}[kind]
}
