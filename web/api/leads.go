package api

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"personae/internal/language"
	"personae/internal/lead"
	"personae/internal/leadfile"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// LeadKeys are those that every answer about a lead has.
type LeadKeys struct {
	ID           uuid.UUID `json:"id"`
	ExternalID   string    `json:"externalId" description:"As the sender of its messages calls it"`
	FirstName    *string   `json:"firstName"`
	LastName     *string   `json:"lastName"`
	Email        *string   `json:"email"`
	Company      *string   `json:"company"`
	Campaign     *string   `json:"campaign" description:"Its name"`
	Blacklisted  bool      `json:"blacklisted"`
	OptedOut     bool      `json:"optedOut"`
	Unsubscribed bool      `json:"unsubscribed"`
	Bounced      bool      `json:"bounced" description:"Mail to it came back"`
	Contact      *string   `json:"contact" description:"Why it may not be written to: unsubscribed, opted_out, bounced or blacklisted"`
	ContactAsked bool      `json:"contactAsked" description:"A mail of it asks not to be written to, and nobody has decided yet"`
	Scoring      bool      `json:"scoring" description:"A score is on its way"`
	ScoreProblem *string   `json:"scoreProblem" description:"Why the last score did not come, as a sentence"`
}

func leadKeysOf(l lead.Lead) LeadKeys {
	return LeadKeys{ID: l.ID, ExternalID: l.ExternalID, FirstName: textOrNull(l.FirstName),
		LastName: textOrNull(l.LastName), Email: textOrNull(l.Email),
		Company: textOrNull(l.Company), Campaign: textOrNull(l.Campaign), Blacklisted: l.Blacklisted, OptedOut: l.OptedOut,
		Unsubscribed: l.Unsubscribed, Bounced: l.Bounced,
		Contact: textOrNull(string(l.Contact())), ContactAsked: l.ContactAsked, Scoring: l.Scoring, ScoreProblem: textOrNull(l.ScoreProblem)}
}

// LeadSummary is one lead in the list.
type LeadSummary struct {
	LeadKeys
	LastMessageAt *time.Time `json:"lastMessageAt"`
	DraftState    *string    `json:"draftState" description:"Of the draft that answers the last message"`
	Overall       *int       `json:"overall" description:"The last score, from 1 to 4"`
}

// leadPages is how many pages of leads can be asked for.
const leadPages = 1_000_000

// ListLeads asks for a page of the leads.
type ListLeads struct {
	Search string `query:"q" json:"-" description:"Only those whose name, address or company holds this"`
	Page   int    `query:"page" json:"-" minimum:"1" maximum:"1000000" default:"1" description:"Which part of the list"`
}

func (a *API) listLeads(ctx context.Context, access postgres.Access, r ListLeads) ([]LeadSummary, url.Values, error) {
	page, search := max(r.Page, 1), persona.CleanSearch(r.Search)
	list, err := a.DB.Leads(ctx, access, search, page)
	more := list.Total > page*postgres.LeadsPageSize
	var next url.Values
	if more && page < leadPages {
		next = url.Values{"page": {strconv.Itoa(page + 1)}}
		if search != "" {
			next.Set("q", search)
		}
	}
	return each(list.Items, func(l lead.Summary) LeadSummary {
		return LeadSummary{leadKeysOf(l.Lead), timeOrNull(l.LastAt), textOrNull(string(l.Draft)), numberOrNull(l.Overall)}
	}), next, err
}

// Lead is somebody who wrote, with the last of what they wrote.
type Lead struct {
	LeadKeys
	Messages        []Message `json:"messages" description:"The oldest first"`
	EarlierMessages bool      `json:"earlierMessages" description:"There are older ones"`
	Scores          []Score   `json:"scores" description:"The newest first"`
}

// Message is what a lead wrote.
type Message struct {
	ID                uuid.UUID       `json:"id"`
	ExternalID        string          `json:"externalId" description:"As its sender calls it, such as the Message-ID of a mail"`
	Channel           persona.Channel `json:"channel"`
	Subject           *string         `json:"subject" description:"Of a mail"`
	Body              string          `json:"body"`
	SentAt            time.Time       `json:"sentAt"`
	Campaign          *string         `json:"campaign" description:"Its name"`
	AnsweredElsewhere bool            `json:"answeredElsewhere" description:"It was answered in the system that it came over from: no draft is made by itself"`
	Draft             *Draft          `json:"draft" description:"The answer to it"`
}

func messageOf(m lead.Message) Message {
	of := Message{ID: m.ID, ExternalID: m.External, Channel: m.Channel, Subject: textOrNull(m.Subject), Body: m.Body, SentAt: m.SentAt.UTC(), Campaign: textOrNull(m.Campaign),
		AnsweredElsewhere: m.Answered}
	if m.Draft != nil {
		d := draftOf(*m.Draft)
		of.Draft = &d
	}
	return of
}

// Draft is the answer to one message.
type Draft struct {
	DraftKeys
}

func (d Draft) version() int { return d.Version }

// DraftKeys are those that every answer about a draft has.
type DraftKeys struct {
	ID             uuid.UUID       `json:"id"`
	State          lead.DraftState `json:"state"`
	Version        int             `json:"version" description:"0: not written yet"`
	Source         *string         `json:"source" description:"Whose words spoke: campaign, default or settings"`
	PersonaID      uuid.NullUUID   `json:"personaId"`
	PersonaVersion *int            `json:"personaVersion"`
	Language       *language.Tag   `json:"language" description:"In which it greets or signs; null: in the persona’s main one"`
	PromptKey      *string         `json:"promptKey" description:"What wrote it, for which channel, and whose voice it is"`
	Body           *string         `json:"body"`
	Problem        *string         `json:"problem" description:"Why it could not be made, or sent, as a sentence"`
	DecidedAt      *time.Time      `json:"decidedAt" description:"When it was approved or rejected"`
	RejectReason   *string         `json:"rejectReason" description:"Why it was rejected, where somebody said so"`
	SentAt         *time.Time      `json:"sentAt"`
	ExternalID     *string         `json:"externalId" description:"What its sender calls what was sent"`
}

func draftOf(d lead.Draft) Draft { return Draft{draftKeysOf(d)} }

func draftKeysOf(d lead.Draft) DraftKeys {
	return DraftKeys{ID: d.ID, State: d.State, Version: d.Version, Source: textOrNull(string(d.Source)),
		PersonaID: d.PersonaID, PersonaVersion: numberOrNull(d.PersonaAt),
		Language: tagOrNull(d.Language), PromptKey: textOrNull(d.PromptKey), Body: textOrNull(d.Body), Problem: textOrNull(d.Problem),
		DecidedAt: timeOrNull(d.DecidedAt), RejectReason: textOrNull(string(d.Reason)), SentAt: timeOrNull(d.SentAt),
		ExternalID: textOrNull(d.SentID)}
}

// Score is how well a lead fits.
type Score struct {
	Fit             int       `json:"fit"`
	Intent          int       `json:"intent"`
	Overall         int       `json:"overall" description:"Each from 1 to 4"`
	Reason          string    `json:"reason"`
	By              string    `json:"by" description:"What scored it: a model, the rules, a flag, or the system before"`
	SettingsVersion int       `json:"settingsVersion"`
	At              time.Time `json:"at"`
	Outdated        bool      `json:"outdated" description:"The settings have since changed in whom they look for"`
}

func scoreOf(s lead.Score) Score {
	return Score{Fit: s.Fit, Intent: s.Intent, Overall: s.Overall, Reason: s.Reason, By: s.By,
		SettingsVersion: s.SettingsVersion, At: s.At.UTC(), Outdated: s.Outdated}
}

// OfLead names a lead.
type OfLead struct {
	Lead uuid.UUID `path:"lead" json:"-"`
}

func (a *API) readLead(ctx context.Context, access postgres.Access, r OfLead) (Lead, error) {
	found, err := a.DB.Conversation(ctx, access, r.Lead, 0)
	return Lead{leadKeysOf(found.Lead), each(found.Messages, messageOf), found.Earlier, each(found.Scores, scoreOf)}, err
}

// ListMessages asks for a part of a conversation.
type ListMessages struct {
	OfLead
	Before uuid.NullUUID `query:"before" json:"-" description:"Only what came before the message with this id"`
	Limit  int           `query:"limit" json:"-" minimum:"1" maximum:"100" default:"50" description:"How many at most"`
}

func (a *API) listMessages(ctx context.Context, access postgres.Access, r ListMessages) ([]Message, url.Values, error) {
	limit := r.Limit
	if limit == 0 {
		limit = 50
	}
	list, more, err := a.DB.Messages(ctx, access, r.Lead, r.Before, limit)
	var next url.Values
	if more {
		next = url.Values{"before": {list[len(list)-1].ID.String()}, "limit": {strconv.Itoa(limit)}}
	}
	return each(list, messageOf), next, err
}

func (a *API) exportLead(ctx context.Context, access postgres.Access, r OfLead) (leadfile.File, error) {
	return a.DB.LeadFile(ctx, access, r.Lead)
}

// ErasedLead is a lead that is gone.
type ErasedLead struct {
	LeadID uuid.UUID `json:"leadId"`
}

func (a *API) eraseLead(ctx context.Context, access postgres.Access, r OfLead) (ErasedLead, error) {
	return ErasedLead{r.Lead}, a.DB.EraseLead(ctx, access, r.Lead)
}

// EditLead changes whether a lead may be written to.
type EditLead struct {
	OfLead
	Contact Optional[*string] `json:"contact" required:"true" nullable:"true" description:"null: it may be written to; else unsubscribed, opted_out, bounced or blacklisted"`
}

func (a *API) editLead(ctx context.Context, access postgres.Access, r EditLead) (LeadKeys, error) {
	to := lead.MayBeWritten
	if r.Contact.Value != nil {
		to = lead.Contact(*r.Contact.Value)
	}
	if !r.Contact.Sent || r.Contact.Value != nil && (to == lead.MayBeWritten || !slices.Contains(lead.Contacts(), to)) {
		return LeadKeys{}, invalid("contact", "contact must be null, unsubscribed, opted_out, bounced or blacklisted")
	}
	now, err := a.DB.SetContact(ctx, access, r.Lead, to)
	return leadKeysOf(now), err
}

// AskDraft asks for a draft.
type AskDraft struct {
	OfLead
	DraftID uuid.NullUUID `json:"draftId" required:"false" description:"The draft of another message, to be made anew"`
}

// AskedDraft is a draft that is on its way.
type AskedDraft struct {
	LeadID  uuid.UUID `json:"leadId"`
	DraftID uuid.UUID `json:"draftId"`
}

func (d AskedDraft) location() string { return "/leads/" + d.LeadID.String() }

func (a *API) askDraft(ctx context.Context, access postgres.Access, r AskDraft) (AskedDraft, error) {
	asked, err := a.DB.AskDraft(ctx, access, r.Lead, r.DraftID)
	return AskedDraft{r.Lead, asked}, err
}

// AskedScore is a score that is on its way.
type AskedScore struct {
	LeadID uuid.UUID `json:"leadId"`
}

func (s AskedScore) location() string { return "/leads/" + s.LeadID.String() }

func (a *API) askScore(ctx context.Context, access postgres.Access, r OfLead) (AskedScore, error) {
	return AskedScore{r.Lead}, a.DB.AskScore(ctx, access, r.Lead)
}

// OfDraft names a draft.
type OfDraft struct {
	OfLead
	Draft uuid.UUID `path:"draft" json:"-"`
}

// EditDraft is what a draft reads now.
type EditDraft struct {
	OfDraft
	Body Optional[string] `json:"body" required:"true" description:"What it reads now"`
	OfVersion
}

func (a *API) editDraft(ctx context.Context, access postgres.Access, r EditDraft) (Draft, error) {
	if _, err := r.asked(); err == nil && !r.Body.Sent {
		return Draft{}, invalid("body", "Send body: what the draft reads now")
	}
	return a.decide(ctx, access, DecideDraft(r), lead.DraftWaiting, "")
}

// DecideDraft approves a draft.
type DecideDraft struct {
	OfDraft
	Body Optional[string] `json:"body" description:"What it reads now; as it is, if it is not sent"`
	OfVersion
}

func (a *API) approveDraft(ctx context.Context, access postgres.Access, r DecideDraft) (Draft, error) {
	return a.decide(ctx, access, r, lead.DraftApproved, "")
}

// RejectDraft rejects a draft.
type RejectDraft struct {
	DecideDraft
	Reason Optional[lead.RejectReason] `json:"reason" description:"Why; nobody says, if it is not sent"`
}

func (a *API) rejectDraft(ctx context.Context, access postgres.Access, r RejectDraft) (Draft, error) {
	return a.decide(ctx, access, r.DecideDraft, lead.DraftRejected, r.Reason.Value)
}

// decide keeps what is sent as the draft's words; where none are, they stay as
// they are at the version named.
func (a *API) decide(
	ctx context.Context, access postgres.Access, r DecideDraft, to lead.DraftState, why lead.RejectReason,
) (Draft, error) {
	version, err := r.asked()
	if err != nil {
		return Draft{}, err
	}
	var words *string
	if r.Body.Sent {
		words = &r.Body.Value
	}
	decided, err := a.DB.DecideDraft(ctx, access, lead.Decision{Lead: uuid.NullUUID{UUID: r.Lead, Valid: true},
		Draft: r.Draft, Version: version, Words: words, To: to, Reason: why})
	return draftOf(decided), err
}
