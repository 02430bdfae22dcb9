package api

import (
	"context"

	"github.com/google/uuid"

	"personae/internal/drafting"
	"personae/internal/persona"
	"personae/internal/postgres"
	"personae/views"
)

// TryPersonas says whom to try, and on which message.
type TryPersonas struct {
	PersonaIDs Optional[[]uuid.UUID]     `json:"personaIds" maxItems:"2" description:"One or two; the default, if it is not sent, or the settings, where there is no persona"`
	Message    Optional[string]          `json:"message" description:"What a lead wrote; either this or messageId"`
	MessageID  uuid.NullUUID             `json:"messageId" required:"false" nullable:"false" description:"A message that came in, with its lead and channel"`
	Channel    Optional[persona.Channel] `json:"channel" description:"How the answer travels; email or the message’s own, if it is not sent"`
	FirstName  Optional[string]          `json:"firstName" nullable:"true" description:"Of the lead"`
	LastName   Optional[string]          `json:"lastName" nullable:"true"`
	Company    Optional[string]          `json:"company" nullable:"true"`
}

// Preview is what one persona would answer.
type Preview struct {
	PersonaID   uuid.NullUUID `json:"personaId" description:"null: the settings speak"`
	Name        *string       `json:"name" description:"Of the persona"`
	PersonaName string        `json:"personaName" description:"What leads see"`
	Text        string        `json:"text"`
	Segments    int           `json:"segments" description:"Parts of an SMS; 0 for another channel"`
	By          string        `json:"by" enum:"model,composer" description:"What wrote it"`
	Problem     *string       `json:"problem" description:"Why it was not the model, as a sentence"`
}

// tryPersonas tries one or two personas on a message. Nothing of it is stored,
// unless an Idempotency-Key asks that the answer be kept.
func (a *API) tryPersonas(ctx context.Context, access postgres.Access, r TryPersonas) ([]Preview, error) {
	var all []Preview
	err := a.asOnce(ctx, access, &all, func() error {
		previews, err := a.previews(ctx, access, r)
		if err != nil {
			return err
		}
		all = make([]Preview, len(previews))
		if !a.Drafter.Model() {
			for i, p := range previews {
				all[i] = previewOf(p, p.Composed())
			}
			return nil
		}
		StepAside(ctx)
		return a.Turns.Do(ctx, access, func() error {
			a.Drafter.Try(ctx, previews, nil, func(i int, t drafting.Tried) {
				if t.Err != nil && ctx.Err() == nil {
					a.Log.WarnContext(ctx, "the model wrote no preview", "error", t.Err)
				}
				all[i] = previewOf(previews[i], t)
			})
			return ctx.Err()
		})
	})
	return all, err
}

func previewOf(p drafting.Preview, t drafting.Tried) Preview {
	of := Preview{PersonaID: p.Answer.PersonaID, PersonaName: p.Answer.Voice.DisplayName, Text: t.Text,
		Segments: t.Segments, By: "composer"}
	if of.PersonaID.Valid {
		of.Name = &p.Answer.PersonaName
	}
	if t.Err != nil {
		of.Problem = textOrNull(views.NotByModel(t.Err).String())
	} else if t.ByModel {
		of.By = "model"
	}
	return of
}

// previews reads whom to try, and on which message.
func (a *API) previews(ctx context.Context, access postgres.Access, r TryPersonas) ([]drafting.Preview, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, RequestTime)
	defer cancel()
	t, err := a.DB.PreviewData(ctx, access, r.MessageID, persona.Offer{},
		each(r.PersonaIDs.Value, func(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: true} })...)
	if err != nil {
		return nil, err
	}
	channel := persona.Email
	sample := drafting.Sample{Lead: persona.Recipient{FirstName: r.FirstName.Value, LastName: r.LastName.Value,
		Company: r.Company.Value}, Message: r.Message.Value}
	if t.Message != nil {
		channel, sample.Lead, sample.Message = t.Message.Channel, t.Message.Lead.Recipient, t.Message.Body
	}
	if r.Channel.Value != "" {
		channel = r.Channel.Value
	}
	if wrong := sample.Check(); len(wrong) > 0 {
		return nil, &persona.InvalidError{Fields: wrong}
	}
	chosen := []string{""}
	if ids := r.PersonaIDs.Value; len(ids) > 0 {
		chosen = each(ids, uuid.UUID.String)
		if len(t.Personas) == 0 {
			return nil, persona.ErrNotFound
		}
	}
	return drafting.Speakers{Workspace: access.Name(), Personas: t.Personas, Settings: t.Settings}.Previews(chosen,
		channel, sample)
}

func (r TryPersonas) check() error {
	switch {
	case len(r.PersonaIDs.Value) > 2:
		return invalid("personaIds", "personaIds must name one persona or two")
	case r.Message.Sent == r.MessageID.Valid:
		return invalid("message", "Send message, which is what the lead wrote, or messageId, which is one of its messages")
	case r.MessageID.Valid && (r.FirstName.Sent || r.LastName.Sent || r.Company.Sent):
		return invalid("messageId", "firstName, lastName and company are those of the message’s lead. Send them with message only")
	}
	return checkChannel(r.Channel.Value)
}
