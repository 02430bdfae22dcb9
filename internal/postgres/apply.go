package postgres

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// selectRevision finds the last event that changed what files hold. Drafts and leads, which
// change all day, count up the workspace's order too.
const selectRevision = `select coalesce((select rev from audit_events where workspace_id = $1
	and split_part(action, '.', 1) in ('persona', 'campaign', 'settings', 'workspace', 'import', 'demo')
	order by rev desc limit 1), 0)`

// The state at the revision $2. What a program with plain SQL did has no place in the order
// and is told by its time.
var (
	asOf = `left join audit_events e on e.workspace_id = v.workspace_id and e.id = v.event_id
		where v.workspace_id = $1 and coalesce(e.rev <= $2, v.recorded_at <= (select at from audit_events where workspace_id = $1 and rev = $2))`
	selectPersonasThen = `select ` + contentColumns.words("v") + `, v.is_default, v.persona_id from (
		select distinct on (v.persona_id) v.* from persona_versions v ` + asOf + ` order by v.persona_id, v.version desc) v where not v.deleted`
	selectSettingsThen = `select ` + settingsWords("v") + `, v.version from workspace_settings_versions v ` + asOf + ` order by v.version desc limit 1`
)

// What campaigns were at the revision $2, where they were changed after it: who answered, as
// the first change since tells, and their names. An import does not say whose campaigns it
// gave to whom.
const (
	selectAnsweredThen = `with later as materialized (
		select rev, action, persona_id, campaign_id, details from audit_events where workspace_id = $1 and rev > $2
			and split_part(action, '.', 1) in ('persona', 'campaign')
	), moves as (
		select rev, campaign_id as id, (details->>'from')::uuid as was from later
		where action = 'campaign.assigned' or action = 'campaign.edited' and details ?| '{from,to}'
		union all
		select rev, x.id::uuid, case when action = 'persona.deleted' then persona_id when action = 'persona.restored' then null
			when details ? 'were' then (details->'were'->>(x.n - 1)::integer)::uuid else (details->>'from')::uuid end
		from later, jsonb_array_elements_text(details->'campaigns') with ordinality x (id, n)
	) select distinct on (id) id, was from moves order by id, rev`
	selectCampaignNamesThen = `select distinct on (v.campaign_id) v.campaign_id, v.name from campaign_versions v
		left join audit_events e on e.workspace_id = v.workspace_id and e.id = v.event_id
		where v.workspace_id = $1 and coalesce(e.rev > $2, v.recorded_at > (select at from audit_events where workspace_id = $1 and rev = $2))
		order by v.campaign_id, v.version`
	// Of what happened before the last event that is still needed, not all is there.
	isKnown = `select exists (select from audit_events where workspace_id = $1 and rev = $2
		and rev >= coalesce((select max(but) from workspace_revisions r, unnest(r.removed_but) but where r.workspace_id = $1), 0))`
	importedSince = `select exists (select from audit_events where workspace_id = $1 and rev > $2 and action = 'import.brought_over')`
)

// present is what decides what applying files does.
type present struct {
	persona.Present
	keys map[string]string
}

// queuePresent reads what is there.
func queuePresent(batch *pgx.Batch, a Access, d persona.Declared, into *present) {
	*into = present{keys: map[string]string{}}
	into.Then, into.Gone = map[uuid.UUID]persona.Persona{}, map[uuid.UUID]bool{}
	into.Answered, into.Called = map[uuid.UUID]uuid.NullUUID{}, map[uuid.UUID]string{}
	into.Keys = func(name string) string { return into.keys[name] }
	collect(batch.Queue(selectPersonasBySeq, a.workspace), &into.Personas, scanPersona)
	collect(batch.Queue(`select `+campaignColumns+` from campaigns c where c.workspace_id = $1 and c.external_id is not null
		order by c.name collate "und-x-icu", c.id`, a.workspace), &into.Campaigns, scanCampaign)
	queueSettings(batch, a.workspace, &into.Settings)
	scanRow(batch.Queue(selectRevision, a.workspace), &into.Revision)
	scanRow(batch.Queue(selectTwo, a.workspace), &into.Two)
	scanRow(batch.Queue(`select count(*) from campaigns where workspace_id = $1 and external_id is null`, a.workspace), &into.Unnamed)

	ids, names := []uuid.UUID{}, []string{d.Default}
	for _, p := range d.Personas {
		names = append(names, p.Name)
		if p.ID.Valid {
			ids = append(ids, p.ID.UUID)
		}
	}
	for _, c := range d.Campaigns {
		names = append(names, c.Persona)
	}
	slices.Sort(names)
	var name, key string
	collectEach(batch.Queue(`select name, name_key(name) from unnest($2::text[]) f (name)
		union select name, name_key(name) from personas where workspace_id = $1`, a.workspace, slices.Compact(names)),
		[]any{&name, &key}, func() { into.keys[name] = key })
	var id uuid.UUID
	collectEach(batch.Queue(`select distinct persona_id from persona_versions v where workspace_id = $1 and persona_id = any($2)
		and not exists (select from personas p where p.workspace_id = $1 and p.id = v.persona_id)`, a.workspace, ids),
		[]any{&id}, func() { into.Gone[id] = true })
	queueThen(batch, a, d, into)
}

// queueThen reads what there was at the revision that files were made from.
func queueThen(batch *pgx.Batch, a Access, d persona.Declared, into *present) {
	var id uuid.UUID
	var name string
	scanRow(batch.Queue(isKnown, a.workspace, d.Revision), &into.Known)
	var then persona.Persona
	collectEach(batch.Queue(selectPersonasThen, a.workspace, d.Revision), append(contentTargets(&then.Content), &then.IsDefault, &then.ID),
		func() { into.Then[then.ID] = then })
	collectAny(batch.Queue(selectSettingsThen, a.workspace, d.Revision), &into.Was, scanSettings)
	var was uuid.NullUUID
	collectEach(batch.Queue(selectAnsweredThen, a.workspace, d.Revision), []any{&id, &was}, func() { into.Answered[id] = was })
	collectEach(batch.Queue(selectCampaignNamesThen, a.workspace, d.Revision), []any{&id, &name}, func() { into.Called[id] = name })
	scanRow(batch.Queue(importedSince, a.workspace, d.Revision), &into.Imported)
}

// Present returns what a workspace holds that files may hold, beside what they say.
func (db *DB) Present(ctx context.Context, a Access, d persona.Declared) (persona.Present, error) {
	now := &present{}
	batch := &pgx.Batch{}
	queuePresent(batch, a, d, now)
	return now.Present, db.readAll(ctx, a, batch)
}

// PlanApply returns what Apply would do, and does nothing.
func (db *DB) PlanApply(ctx context.Context, a Access, d persona.Declared) (persona.ApplyPlan, error) {
	var now present
	batch := &pgx.Batch{}
	queuePresent(batch, a, d, &now)
	if err := db.readAll(ctx, a, batch); err != nil {
		return persona.ApplyPlan{}, err
	}
	return persona.PlanApply(d, now.Present)
}

// Apply makes a workspace hold what files say: all of the plan, or nothing. mark is that of
// the plan that was shown; another one fails with an ApplyChangedError. It fails with an
// OvertakenError where it would take back what was changed since the files were made,
// unless over says so, and with an InvalidError about files that cannot be applied. What a
// second person has to approve is proposed, which the result says; nil: nothing is.
func (db *DB) Apply(ctx context.Context, a Access, d persona.Declared, over bool, mark string) (*persona.Proposal, error) {
	var now present
	return writer[*persona.Proposal]{
		action: audit.PersonaApplied, admit: admit(a, access.Write),
		look: func(batch *pgx.Batch) { queuePresent(batch, a, d, &now) },
		do: func(c *change) (*persona.Proposal, error) {
			plan, err := persona.PlanApply(d, now.Present)
			if err != nil {
				return nil, err
			}
			if what := plan.Overtaken(); len(what) > 0 && !over {
				return nil, &persona.OvertakenError{What: what}
			}
			if plan.Mark() != mark {
				return nil, &persona.ApplyChangedError{}
			}
			if c.unchanged = len(plan.Steps) == 0; c.unchanged {
				return nil, nil
			}
			heir, err := apply(ctx, c, a, plan, now)
			if err != nil {
				return nil, err
			}
			return proposeApplied(ctx, c, a, plan, heir)
		},
	}.write(ctx, db, a)
}

// proposeApplied proposes what of a plan a second person has to approve; nil: nothing.
func proposeApplied(
	ctx context.Context, c *change, a Access, plan persona.ApplyPlan, heir uuid.NullUUID,
) (*persona.Proposal, error) {
	step := plan.Proposes()
	if step == nil {
		return nil, nil
	}
	s := switchTo(heir.UUID)
	if step.Kind == persona.ApplyPersona {
		now, err := queryPersona(ctx, c, a, step.Persona.ID)
		if err != nil {
			return nil, err
		}
		s = editOf(now.ID, now.Version, step.Content)
	}
	return proposeRest(ctx, c, a, s, plan.Does())
}

// apply does what a plan says: what gives up the default and what goes, then what changes,
// then what is new, so that no statement meets a name or a default that is still taken. It
// returns who is the default then, or is to be, where that changes.
func apply(ctx context.Context, c *change, a Access, plan persona.ApplyPlan, now present) (heir uuid.NullUUID, err error) {
	order, err := plan.Order(now.Keys)
	if err != nil {
		return heir, err
	}
	if err := fallBack(ctx, c, a, plan); err != nil {
		return heir, err
	}
	batch := &pgx.Batch{}
	if plan.Moves && plan.Default != nil && !plan.Rewrites(plan.Default.ID) {
		queueClear(batch, a)
	}
	heir = plan.Heir
	marked := false
	for i, s := range order {
		switch s.Action {
		case persona.ApplyRemoves:
			batch.Queue(deletePersona, a.workspace, s.Persona.ID, s.Persona.Version)
		case persona.ApplyChanges:
			queueUpdate(batch, s.Persona, s.Content, s.BecomesDefault || s.Persona.IsDefault && !plan.Moves)
		case persona.ApplyAdds:
			if s.Persona.ID == uuid.Nil {
				order[i].Persona.ID = uuid.New()
			}
			queueInsert(batch, a, order[i].Persona.ID, s.Content, s.BecomesDefault)
		}
		if s.BecomesDefault {
			heir, marked = valid(order[i].Persona.ID), true
		}
	}
	if plan.Moves {
		c.details.From, c.details.To = idOf(plan.Default), heir
		if !marked {
			batch.Queue(markDefault, a.workspace, heir)
		}
	}
	named := namedAfter(order, now)
	if next := plan.Proposes(); next != nil && next.Kind == persona.ApplyDefault {
		heir = valid(named[now.Keys(next.Name)])
	}
	queueApplied(batch, c, a, plan, now, func(name string) uuid.NullUUID {
		id, is := named[now.Keys(name)]
		return uuid.NullUUID{UUID: id, Valid: is && name != ""}
	})
	if plan.Voice {
		queueMirror(batch, a)
	}
	return heir, asExternalIDTaken(c.SendBatch(ctx, batch).Close())
}

// fallBack notes the campaigns that lose a persona which goes, and that no step gives
// another.
func fallBack(ctx context.Context, c *change, a Access, plan persona.ApplyPlan) error {
	given := map[uuid.UUID]bool{}
	for _, s := range plan.Steps {
		given[s.Campaign.ID] = true
	}
	for _, s := range plan.Steps {
		if s.Kind != persona.ApplyPersona || s.Action != persona.ApplyRemoves || s.Approval != "" {
			continue
		}
		ids, _, err := campaignsOf(ctx, c, a, s.Persona.ID)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !given[id] {
				c.details.Campaigns = append(c.details.Campaigns, id)
				c.details.Were = append(c.details.Were, valid(s.Persona.ID))
				c.details.Became = append(c.details.Became, uuid.NullUUID{})
			}
		}
	}
	return nil
}

// namedAfter returns the ids of all personas by what their names are compared by, after the
// steps.
func namedAfter(order []persona.ApplyStep, now present) map[string]uuid.UUID {
	ids := map[uuid.UUID]string{}
	for _, p := range now.Personas {
		ids[p.ID] = p.Name
	}
	for _, s := range order {
		delete(ids, s.Persona.ID)
		if s.Action != persona.ApplyRemoves {
			ids[s.Persona.ID] = s.Content.Name
		}
	}
	named := map[string]uuid.UUID{}
	for id, name := range ids {
		named[now.Keys(name)] = id
	}
	return named
}

var deletePersona = one(`delete from personas where workspace_id = $1 and id = $2 and version = $3`)

// queueApplied queues the steps of settings and campaigns.
func queueApplied(
	batch *pgx.Batch, c *change, a Access, plan persona.ApplyPlan, now present, answers func(string) uuid.NullUUID,
) {
	for _, s := range plan.Steps {
		switch {
		case s.Kind == persona.ApplySettings:
			c.details.Fields = changedSettings(now.Settings, s.Settings)
			batch.Queue(upsertSettingsSQL, settingsArguments(a.workspace, s.Settings)...)
		case s.Kind == persona.ApplyCampaign && s.Action == persona.ApplyAdds:
			c.details.Added++
			batch.Queue(`insert into campaigns (workspace_id, external_id, name, persona_id) values ($1, $2, $3, $4)`,
				a.workspace, s.External.ExternalID, s.External.Name, answers(s.Answers))
		case s.Kind == persona.ApplyCampaign:
			becomes := answers(s.Answers)
			if s.External.Name != s.Campaign.Name {
				c.details.Added++
			}
			batch.Queue(one(`update campaigns set name = $3, persona_id = $4 where workspace_id = $1 and id = $2`),
				a.workspace, s.Campaign.ID, s.External.Name, becomes)
			if becomes != s.Campaign.PersonaID {
				c.details.Campaigns = append(c.details.Campaigns, s.Campaign.ID)
				c.details.Were = append(c.details.Were, s.Campaign.PersonaID)
				c.details.Became = append(c.details.Became, becomes)
			}
		}
	}
}
