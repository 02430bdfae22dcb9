package api

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"personae/internal/lead"
	"personae/internal/persona"
	"personae/internal/postgres"
)

// Reply is a draft with what it answers, and whom: what a sender needs.
type Reply struct {
	DraftKeys
	Cursor      string          `json:"cursor" description:"Its place: after=… lists what came into its state later"`
	StateSince  time.Time       `json:"stateSince"`
	Channel     persona.Channel `json:"channel"`
	PersonaName *string         `json:"personaName" description:"Of the version that speaks"`
	TakenAt     *time.Time      `json:"takenAt" description:"When a sender took it"`
	TakenByYou  bool            `json:"takenByYou" description:"The token that asks took it"`
	To          Addressee       `json:"to"`
	Message     Answered        `json:"message"`
}

// Addressee is the lead that a draft is for.
type Addressee struct {
	ID         uuid.UUID `json:"id"`
	ExternalID string    `json:"externalId" description:"As the sender of its messages calls it"`
	FirstName  *string   `json:"firstName"`
	LastName   *string   `json:"lastName"`
	Email      *string   `json:"email"`
	Company    *string   `json:"company"`
}

// Answered is the message that a draft answers.
type Answered struct {
	ID         uuid.UUID `json:"id"`
	ExternalID string    `json:"externalId" description:"As its sender calls it"`
	Subject    *string   `json:"subject" description:"Of a mail"`
	Body       string    `json:"body"`
	SentAt     time.Time `json:"sentAt"`
	Campaign   *string   `json:"campaign" description:"Its name"`
}

func replyOf(by postgres.Access) func(lead.Answer) Reply {
	return func(a lead.Answer) Reply {
		return Reply{DraftKeys: draftKeysOf(a.Draft), Cursor: strconv.FormatInt(a.Seq, 10), StateSince: a.StateAt.UTC(),
			Channel: a.Channel, PersonaName: textOrNull(a.PersonaName), TakenAt: timeOrNull(a.TakenAt),
			TakenByYou: a.TakenBy.Valid && a.TakenBy == by.Sender(),
			To: Addressee{a.Lead.ID, a.Lead.ExternalID, textOrNull(a.Lead.FirstName), textOrNull(a.Lead.LastName),
				textOrNull(a.Lead.Email), textOrNull(a.Lead.Company)},
			Message: Answered{a.MessageID, a.ExternalID, textOrNull(a.Subject), a.Message, a.WroteAt.UTC(),
				textOrNull(a.Campaign)}}
	}
}

// ListDrafts asks for a part of the drafts.
type ListDrafts struct {
	State lead.DraftState `query:"state" json:"-" description:"Only those in this state"`
	After string          `query:"after" json:"-" description:"Only those after the one with this cursor"`
	Limit int             `query:"limit" json:"-" minimum:"1" maximum:"100" default:"50" description:"How many at most"`
}

func (a *API) listDrafts(ctx context.Context, access postgres.Access, r ListDrafts) ([]Reply, url.Values, error) {
	var after int64
	if r.After != "" {
		var err error
		if after, err = strconv.ParseInt(r.After, 10, 64); err != nil || after < 0 {
			return nil, nil, invalid("after", "after must be the cursor of a draft")
		}
	}
	if err := known(r.State); err != nil {
		return nil, nil, err
	}
	limit := r.Limit
	if limit == 0 {
		limit = 50
	}
	found, more, err := a.DB.Answers(ctx, access, r.State, after, limit)
	list := each(found, replyOf(access))
	var next url.Values
	if more {
		next = url.Values{"after": {list[len(list)-1].Cursor}, "limit": {strconv.Itoa(limit)}}
		if r.State != "" {
			next.Set("state", string(r.State))
		}
	}
	return list, next, err
}

// known fails with an InvalidError for a state that no draft has.
func known(state lead.DraftState) error {
	if state == "" || slices.Contains(lead.DraftStates(), state) {
		return nil
	}
	return invalid("state", "state is none that a draft may have")
}

// OneDraft names a draft.
type OneDraft struct {
	Draft uuid.UUID `path:"draft" json:"-"`
}

func (a *API) readDraft(ctx context.Context, access postgres.Access, r OneDraft) (Reply, error) {
	found, err := a.DB.Answer(ctx, access, r.Draft)
	return replyOf(access)(found), err
}

func (a *API) takeDraft(ctx context.Context, access postgres.Access, r OneDraft) (Reply, error) {
	found, err := a.DB.TakeDraft(ctx, access, r.Draft)
	return replyOf(access)(found), err
}

// SentDraft says that a draft was sent.
type SentDraft struct {
	OneDraft
	ExternalID Optional[string] `json:"externalId" description:"What the sender calls what it sent, such as the Message-ID of a mail"`
	SentAt     Optional[string] `json:"sentAt" description:"When it was sent, such as 2026-03-31T12:00:00Z; now, if it is not sent"`
}

func (a *API) sentDraft(ctx context.Context, access postgres.Access, r SentDraft) (Reply, error) {
	var at time.Time
	if r.SentAt.Value != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, r.SentAt.Value); err != nil {
			return Reply{}, invalid("sentAt", "sentAt must be a time like 2026-03-31T12:00:00Z")
		}
	}
	found, err := a.DB.ReportSent(ctx, access, r.Draft, r.ExternalID.Value, at)
	return replyOf(access)(found), err
}

// FailedDraft says that a draft could not be sent.
type FailedDraft struct {
	OneDraft
	Reason Optional[string] `json:"reason" required:"true" description:"Why, as a sentence for people"`
}

func (a *API) failedDraft(ctx context.Context, access postgres.Access, r FailedDraft) (Reply, error) {
	found, err := a.DB.ReportFailed(ctx, access, r.Draft, r.Reason.Value)
	return replyOf(access)(found), err
}
