package api

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"

	"personae/internal/persona"
	"personae/internal/personafile"
	"personae/internal/postgres"
)

// Persona is a named voice.
type Persona struct {
	ID            uuid.UUID `json:"id"`
	Name          string    `json:"name"`
	IsDefault     bool      `json:"isDefault" description:"Whether it answers where a campaign names none"`
	Version       int       `json:"version" description:"Grows by one with each change"`
	CampaignCount int       `json:"campaignCount" description:"Campaigns that it answers for: those that name it and, where it is the default, those that name none. No ETag changes with it"`
	CreatedAt     time.Time `json:"createdAt"`
	UpdatedAt     time.Time `json:"updatedAt"`
	personafile.Voice
	Variants personafile.Variants `json:"variants" description:"Words in other languages, by their tags (BCP 47): the language of a message picks them, and what is null there is as above"`
}

func (p Persona) version() int     { return p.Version }
func (p Persona) location() string { return "/personas/" + p.ID.String() }

func personaOf(p persona.Persona) Persona {
	return Persona{ID: p.ID, Name: p.Name, IsDefault: p.IsDefault, Version: p.Version, CampaignCount: p.Campaigns,
		CreatedAt: p.CreatedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(), Voice: personafile.VoiceOf(p.Voice),
		Variants: personafile.VariantsOf(p.Variants)}
}

func personaOrNull(p *persona.Persona) *Persona {
	if p == nil {
		return nil
	}
	of := personaOf(*p)
	return &of
}

// Voice is the eight fields as they are sent. One that is not sent stays.
type Voice struct {
	PersonaName          Optional[string] `json:"personaName" nullable:"true"`
	Tone                 Optional[string] `json:"tone" nullable:"true"`
	Greeting             Optional[string] `json:"greeting" nullable:"true"`
	SMSGreeting          Optional[string] `json:"smsGreeting" nullable:"true"`
	Signature            Optional[string] `json:"signature" nullable:"true"`
	Goals                Optional[string] `json:"goals" nullable:"true"`
	ServiceDescription   Optional[string] `json:"serviceDescription" nullable:"true"`
	IdealCustomerProfile Optional[string] `json:"idealCustomerProfile" nullable:"true"`
}

// fields lists what was sent, in the order of persona.Fields.
func (v Voice) fields() []Optional[string] {
	return []Optional[string]{v.PersonaName, v.Tone, v.Greeting, v.SMSGreeting, v.Signature, v.Goals,
		v.ServiceDescription, v.IdealCustomerProfile}
}

// setVoice sets the fields that were sent, and returns them.
func (v Voice) setVoice(words *persona.Voice) []persona.Field {
	var sent []persona.Field
	for i, f := range persona.Fields() {
		if text := v.fields()[i]; text.Sent {
			*f.Of(words) = text.Value
			sent = append(sent, f)
		}
	}
	return sent
}

// InOtherLanguages is words in other languages as they are sent. Where they are not sent, they
// stay.
type InOtherLanguages struct {
	Variants Optional[personafile.Variants] `json:"variants" nullable:"true" description:"Words in other languages, by their tags (BCP 47). They take the place of all that there are; null takes these away"`
}

func (v InOtherLanguages) setVariants(words *persona.Variants) {
	if v.Variants.Sent {
		*words = v.Variants.Value.Words()
	}
}

// ListPersonas asks for the personas.
type ListPersonas struct {
	Search string `query:"q" json:"-" description:"Only those whose name or greeting holds this"`
	Part
}

func (a *API) listPersonas(ctx context.Context, access postgres.Access, r ListPersonas) ([]Persona, url.Values, error) {
	search := persona.CleanSearch(r.Search)
	list, more, err := a.DB.PersonasPart(ctx, access, search, r.rows())
	return each(list, personaOf), r.next(more, search), err
}

// Part is the part of a list that is asked for.
type Part struct {
	Limit int `query:"limit" json:"-" minimum:"1" maximum:"100" description:"At most so many; all of them, if it is not sent"`
	Page  int `query:"page" json:"-" minimum:"1" maximum:"1000000" description:"Which part of so many; 1, if it is not sent"`
}

func (p Part) rows() postgres.Rows {
	return postgres.Rows{Limit: p.Limit, Skip: p.Limit * max(p.Page-1, 0)}
}

// next returns the query of the part after this one; nil: there is none.
func (p Part) next(more bool, search string) url.Values {
	if !more {
		return nil
	}
	next := url.Values{"limit": {strconv.Itoa(p.Limit)}, "page": {strconv.Itoa(max(p.Page, 1) + 1)}}
	if search != "" {
		next.Set("q", search)
	}
	return next
}

// OfPersona names a persona.
type OfPersona struct {
	Persona uuid.UUID `path:"persona" json:"-"`
}

func (a *API) readPersona(ctx context.Context, access postgres.Access, r OfPersona) (Persona, error) {
	p, err := a.DB.Persona(ctx, access, r.Persona)
	return personaOf(p), err
}

// Nothing is a request that says all by its address.
type Nothing struct{}

func (a *API) importPersona(ctx context.Context, access postgres.Access, _ Nothing) (SavedPersona, error) {
	made, err := a.DB.Import(ctx, access)
	return savedPersona(made), err
}

// CreatePersona is what a persona is made of.
type CreatePersona struct {
	Name string `json:"name" description:"Unique in the workspace; names that look the same, whatever their case, are the same"`
	Voice
	InOtherLanguages
	IsDefault Optional[bool] `json:"isDefault" description:"true makes it the default"`
}

func (a *API) createPersona(ctx context.Context, access postgres.Access, r CreatePersona) (SavedPersona, error) {
	content := persona.Content{Name: r.Name}
	r.setVoice(&content.Voice)
	r.setVariants(&content.Variants)
	saved, err := a.DB.Create(ctx, access, content, r.IsDefault.Value)
	return savedBeside(saved), err
}

// EditPersona changes the fields that are sent.
type EditPersona struct {
	OfPersona
	Name Optional[string] `json:"name" description:"Unique in the workspace; names that look the same, whatever their case, are the same"`
	Voice
	InOtherLanguages
	IsDefault Optional[bool] `json:"isDefault" description:"true makes it the default"`
	OfVersion
}

// edited returns the version that a change names, and its words with those that were sent:
// what is absent is filled in from that version, and from no other.
func (a *API) edited(
	ctx context.Context, access postgres.Access, id uuid.UUID, of OfVersion, name Optional[string], voice Voice,
	more InOtherLanguages,
) (version int, content persona.Content, err error) {
	if version, err = of.asked(); err != nil {
		return version, content, err
	}
	p, err := a.DB.Persona(ctx, access, id)
	if err == nil && version != p.Version {
		err = &persona.StaleError{Theirs: p}
	}
	content = p.Content
	name.into(&content.Name)
	voice.setVoice(&content.Voice)
	more.setVariants(&content.Variants)
	return version, content, err
}

func (a *API) editPersona(
	ctx context.Context, access postgres.Access, r EditPersona,
) (SavedPersona, *persona.Proposal, error) {
	version, content, err := a.edited(ctx, access, r.Persona, r.OfVersion, r.Name, r.Voice, r.InOtherLanguages)
	if err != nil {
		return SavedPersona{}, nil, err
	}
	choice := persona.KeepDefault
	if r.IsDefault.Sent {
		choice = persona.ClearDefault
		if r.IsDefault.Value {
			choice = persona.MakeDefault
		}
	}
	saved, err := a.DB.Edit(ctx, access, r.Persona, version, content, choice)
	return savedBeside(saved), insteadOf(saved), err
}

// savedBeside is what was saved, and what waits for a second person beside it.
func savedBeside(saved persona.Saved) SavedPersona {
	s := savedPersona(saved.Persona)
	if saved.Proposed != nil {
		s.ProposalID = idOrNull(saved.Proposed.ID)
	}
	return s
}

// insteadOf returns the proposal that was made of all of it; nil: something was saved.
func insteadOf(saved persona.Saved) *persona.Proposal {
	if saved.Waits() {
		return saved.Proposed
	}
	return nil
}

// DeletePersona says who follows a default.
type DeletePersona struct {
	OfPersona
	Successor uuid.NullUUID `query:"successor" json:"successor" description:"The next default, in the address or in the body; the oldest of the others, if it is not sent"`
	OfVersion
}

// ForceRequestBody makes the document say that this has a body, though it deletes.
func (DeletePersona) ForceRequestBody() {}

// Deletion is what a delete did.
type Deletion struct {
	ID            uuid.UUID     `json:"id"`
	CampaignCount int           `json:"campaignCount" description:"Campaigns that named it"`
	Successor     *Persona      `json:"successor" description:"The new default, where it was the default"`
	Event         uuid.NullUUID `json:"event" description:"The deletion, to undo it by; null: it was not the default, and is only restored"`
}

func (a *API) deletePersona(
	ctx context.Context, access postgres.Access, r DeletePersona,
) (Deletion, *persona.Proposal, error) {
	version := r.Version.Value
	if r.Version.Sent && version == 0 {
		version = -1 // no persona is at either, and Delete takes 0 for any
	}
	done, err := a.DB.Delete(ctx, access, r.Persona, version, r.Successor)
	return Deletion{r.Persona, done.Campaigns, personaOrNull(done.Successor), idOrNull(done.Event)}, done.Proposed, err
}

// Switch is the default and what making it so did.
type Switch struct {
	Persona
	Event          uuid.NullUUID `json:"event" description:"The switch, to undo it by; null: it cannot be undone"`
	Previous       *Persona      `json:"previous" description:"The default before; null: there was none, or this one was the default already"`
	CampaignsMoved int           `json:"campaignsMoved" description:"Campaigns that it answers for since"`
}

func (a *API) setDefault(ctx context.Context, access postgres.Access, r OfPersona) (Switch, *persona.Proposal, error) {
	done, err := a.DB.SetDefault(ctx, access, r.Persona)
	return Switch{personaOf(done.To), idOrNull(done.Event), personaOrNull(done.From), done.Moved}, done.Proposed, err
}

// UndoSwitch names a switch or the deletion of a default.
type UndoSwitch struct {
	Event uuid.UUID `json:"event" description:"The switch or deletion, as its answer or the audit log has it"`
}

func (a *API) undoSwitch(ctx context.Context, access postgres.Access, r UndoSwitch) (Persona, *persona.Proposal, error) {
	if r.Event == uuid.Nil {
		return Persona{}, nil, invalid("event", "Send event: the id of the switch of the default, as the audit log has it")
	}
	done, err := a.DB.Undo(ctx, access, r.Event)
	if errors.Is(err, persona.ErrNotFound) { // it is no switch
		back, err := a.DB.UndoDelete(ctx, access, r.Event)
		return personaOf(back.Persona), insteadOf(back), err
	}
	return personaOf(done.To), done.Proposed, err
}

func (a *API) duplicatePersona(ctx context.Context, access postgres.Access, r OfPersona) (SavedPersona, error) {
	made, err := a.DB.Duplicate(ctx, access, r.Persona)
	return savedPersona(made), err
}

// Impact is what making a persona the default would change.
type Impact struct {
	Persona   Persona  `json:"persona"`
	Default   *Persona `json:"default" description:"The default now"`
	Campaigns []string `json:"campaigns" description:"Names of those that name no persona, which it would speak for"`
	Changes   []Change `json:"changes" description:"Of the settings"`
}

// Change is a field, now and then.
type Change struct {
	Field  string  `json:"field"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

func (a *API) readImpact(ctx context.Context, access postgres.Access, r OfPersona) (Impact, error) {
	i, err := a.DB.ImpactInFull(ctx, access, r.Persona)
	return Impact{personaOf(i.Target), personaOrNull(i.Default), append([]string{}, i.Campaigns...),
		each(i.Changes, changeOf)}, err
}

func changeOf(c persona.FieldChange) Change {
	return Change{Key(c.Name), textOrNull(c.Before), textOrNull(c.After)}
}
