package webhook

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"personae/internal/audit"
	"personae/internal/i18n"
)

// Told is what a sentence about an event is made of, beside its data.
type Told struct {
	Workspace string       // its name
	Action    audit.Action // that was recorded; empty: none is known
	Persona   string       // the name of the one that was created or deleted, at that moment; empty: it is kept no longer
	By        string       // who did it; empty: nobody that is known
	Operator  bool         // it was done by the command line
	Scheduled bool         // they had scheduled it
	BaseURL   string       // of the console; empty: no link is given
}

type named struct{ Name string }

// about is what of the data stands in a sentence or leads to a page. There is no word of
// a lead in it.
type about struct {
	From, To, Persona   *named
	DraftID, ProposalID uuid.UUID
	LeadID              uuid.UUID
	Campaigns           []struct{}
	Drafts              int
}

// Sentence returns p as a text for people, as Slack takes it: who did what where, and a link to
// the page where more stands, or where it can be undone. Opening that page changes nothing.
func (p Payload) Sentence(t Told) (string, error) {
	what, path, err := p.words(t)
	if err != nil {
		return "", err
	}
	text := t.Workspace + ": " + what.String() + "."
	if who := t.who(); !who.Empty() {
		text += " " + who.String()
	}
	// A name must not call everybody in the channel.
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	if t.BaseURL != "" {
		text += " " + p.link(t, path)
	}
	return text, nil
}

// Mail returns p as a mail to a person who chose to be told, in the language of ctx: as
// Sentence does, and where they choose otherwise.
func (p Payload) Mail(ctx context.Context, t Told) (subject, text string, err error) {
	what, path, err := p.words(t)
	if err != nil {
		return "", "", err
	}
	subject = i18n.T(ctx, "%s: %s", t.Workspace, what)
	text = i18n.T(ctx, "%s.", subject) + "\n"
	if who := t.who(); !who.Empty() {
		text += who.In(ctx) + "\n"
	}
	return subject, text + "\n" + p.link(t, path) + "\n\n" +
		i18n.T(ctx, "You get this mail because you chose to. To be told of less, or of more:") + "\n" + p.link(t, "/notices") + "\n", nil
}

// who says by whom it was done, where that is known.
func (t Told) who() i18n.Text {
	switch {
	case t.Operator:
		return i18n.Say("By the system administrator (command line).")
	case t.By == "":
		return i18n.Text{}
	case t.Scheduled:
		return i18n.Say("As %s scheduled it.", t.By)
	}
	return i18n.Say("By %s.", t.By)
}

// created says how a persona came.
func (t Told) created() i18n.Text {
	if t.Persona == "" {
		return i18n.Say("a persona was added or restored")
	}
	switch t.Action {
	case audit.PersonaCreated, audit.PersonaImported:
		return i18n.Say("“%s” was created", t.Persona)
	case audit.PersonaDuplicated:
		return i18n.Say("“%s” was made as a copy", t.Persona)
	case audit.PersonaLoaded:
		return i18n.Say("“%s” was loaded from a file", t.Persona)
	case audit.PersonaRestored:
		return i18n.Say("“%s” was restored", t.Persona)
	default:
		return i18n.Say("“%s” was added or restored", t.Persona)
	}
}

func (t Told) deleted() i18n.Text {
	if t.Persona == "" {
		return i18n.Say("a persona was deleted")
	}
	return i18n.Say("“%s” was deleted", t.Persona)
}

// words returns what happened, and the path below the workspace where more stands.
func (p Payload) words(t Told) (what i18n.Text, path string, err error) {
	var a about
	if err := json.Unmarshal(p.Data, &a); err != nil {
		return what, "", err
	}
	what, path = a.sentence(p.Event, t)
	return what, path, nil
}

func (p Payload) link(t Told, path string) string {
	return t.BaseURL + "/workspaces/" + p.Workspace.String() + path
}

func (a about) sentence(event string, t Told) (what i18n.Text, path string) {
	draft := "/drafts/" + a.DraftID.String()
	switch event {
	case DefaultChanged:
		return a.switched(), "/personas"
	case PersonaCreated:
		return t.created(), "/personas"
	case PersonaUpdated:
		return i18n.Say("“%s” was changed", a.Persona.name()), "/personas"
	case PersonaDeleted:
		return t.deleted(), "/personas/deleted"
	case CampaignAssigned:
		if n := len(a.Campaigns); n != 1 {
			return i18n.Say("%s campaigns are answered by another persona now", strconv.Itoa(n)), "/campaigns"
		}
		return i18n.Say("a campaign is answered by another persona now"), "/campaigns"
	case DraftCreated:
		return i18n.Say("a draft was made"), draft
	case DraftApproved:
		return i18n.Say("a draft was approved"), draft
	case DraftRejected:
		return i18n.Say("a draft was rejected"), draft
	case DraftSent:
		return i18n.Say("a draft was sent"), draft
	case DraftFailed:
		return i18n.Say("a draft could not be sent"), draft
	case DraftsWaiting:
		if a.Drafts != 1 {
			return i18n.Say("%s drafts have waited for more than a day", strconv.Itoa(a.Drafts)), "/drafts"
		}
		return i18n.Say("a draft has waited for more than a day"), "/drafts"
	case ContactChanged:
		return i18n.Say("whether a lead may be written to was changed"), "/leads/" + a.LeadID.String()
	case ProposalMade:
		return i18n.Say("a change was proposed and waits for a decision"), "/proposals/" + a.ProposalID.String()
	case ScheduleSkipped:
		return i18n.Say("what was scheduled was not done, as things are otherwise by now"), "/schedules"
	case SupportLetIn:
		return i18n.Say("support staff were let in"), "/support"
	}
	return i18n.Say("this is a test of the webhook"), "/webhooks"
}

func (a about) switched() i18n.Text {
	switch {
	case a.To == nil:
		return i18n.Say("no persona is the default any more")
	case a.From == nil:
		return i18n.Say("“%s” is the default now", a.To.Name)
	}
	return i18n.Say("“%s” is the default now, instead of “%s”", a.To.Name, a.From.Name)
}

func (n *named) name() string {
	if n == nil {
		return ""
	}
	return n.Name
}
