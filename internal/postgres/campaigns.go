package postgres

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

const campaignColumns = `c.id, coalesce(c.external_id, ''), c.name, c.persona_id`

const selectCampaign = `select ` + campaignColumns + ` from campaigns c where c.workspace_id = $1 and c.id = $2`

func scanCampaign(row pgx.CollectableRow) (persona.Campaign, error) {
	var c persona.Campaign
	err := row.Scan(&c.ID, &c.ExternalID, &c.Name, &c.PersonaID)
	return c, err
}

const selectCampaigns = `select ` + campaignColumns + ` from campaigns c where c.workspace_id = $1
	order by c.name collate "und-x-icu", c.id`

// Campaigns returns all campaigns of a workspace by name, all personas, the
// default first, and what the settings say.
func (db *DB) Campaigns(ctx context.Context, a Access) (
	campaigns []persona.Campaign, personas []persona.Persona, settings persona.Voice, err error,
) {
	batch := &pgx.Batch{}
	collect(batch.Queue(selectCampaigns, a.workspace), &campaigns, scanCampaign)
	queuePersonas(batch, a, &personas)
	queueVoice(batch, a.workspace, &settings)
	err = db.readAll(ctx, a, batch)
	return campaigns, personas, settings, err
}

// CampaignsPart returns a part of the campaigns of a workspace by name, and
// whether more follow.
func (db *DB) CampaignsPart(ctx context.Context, a Access, r Rows) (list []persona.Campaign, more bool, err error) {
	batch := &pgx.Batch{}
	limit, offset := r.arguments()
	collect(batch.Queue(selectCampaigns+` limit $2 offset $3`, a.workspace, limit, offset), &list, scanCampaign)
	err = db.readAll(ctx, a, batch)
	list, more = part(list, r)
	return list, more, err
}

// CampaignsPageSize is how many campaigns a page of the list holds.
const CampaignsPageSize = 50

// campaignMatches is true of a campaign c of the workspace $1 whose name
// contains $2.
var campaignMatches = `c.workspace_id = $1 and ` + holds("c.name", "$2")

var (
	selectCampaignPage = `select ` + campaignColumns + ` from campaigns c
		left join personas p on p.workspace_id = c.workspace_id
			and (p.id = c.persona_id or c.persona_id is null and p.is_default)
		where ` + campaignMatches + `
		order by case when $3 then p.name end collate "und-x-icu", c.name collate "und-x-icu", c.id
		limit $4 offset $5`
	countCampaigns = `select count(*), count(*) filter (where ` + campaignMatches + `)
		from campaigns c where c.workspace_id = $1`
)

// CampaignList returns a page of the campaigns.
func (db *DB) CampaignList(ctx context.Context, a Access, f persona.CampaignFilter) (persona.CampaignList, error) {
	var list persona.CampaignList
	batch := &pgx.Batch{}
	collect(batch.Queue(selectCampaignPage,
		a.workspace, f.Search, f.ByPersona, CampaignsPageSize, (f.Page-1)*CampaignsPageSize),
		&list.Campaigns, scanCampaign)
	scanRow(batch.Queue(countCampaigns, a.workspace, f.Search), &list.Total, &list.Matching)
	queuePersonas(batch, a, &list.Personas)
	return list, db.readAll(ctx, a, batch)
}

// Assign gives a campaign its own persona, or the workspace default when chosen
// is not valid. Where it is answered so already, nothing is written. It fails with
// persona.ErrNotFound for a campaign or a persona that this workspace does not have.
func (db *DB) Assign(
	ctx context.Context, a Access, campaign uuid.UUID, chosen uuid.NullUUID,
) (persona.Assignment, error) {
	do := func(c *change) (done persona.Assignment, err error) {
		done.Campaign, err = queryOne(ctx, c, scanCampaign, selectCampaign, a.workspace, campaign)
		if err != nil {
			return done, err
		}
		was := done.Campaign.PersonaID
		if was.Valid {
			if done.Before, err = queryFirst(ctx, c, scanPersona, selectPersona, a.workspace, was); err != nil {
				return done, err
			}
		}
		if done.Persona, err = chosenPersona(ctx, c, a, chosen); err != nil {
			return done, err
		}
		if was == chosen {
			c.unchanged = true
			return done, nil
		}
		c.campaign = valid(campaign)
		c.details.From, c.details.To = was, chosen
		done.Campaign.PersonaID, done.Event = chosen, c.id
		_, err = c.Exec(ctx, `update campaigns set persona_id = $3 where workspace_id = $1 and id = $2`,
			a.workspace, campaign, chosen)
		return done, err
	}
	return write(ctx, db, a, access.Write, audit.CampaignAssigned, do)
}

// chosenPersona returns the persona that campaigns are given, which the event is
// then about; nil: the workspace default.
func chosenPersona(ctx context.Context, c *change, a Access, chosen uuid.NullUUID) (*persona.Persona, error) {
	if !chosen.Valid {
		return nil, nil
	}
	p, err := queryPersona(ctx, c, a, chosen.UUID)
	if err != nil {
		return nil, err
	}
	c.about(p.ID)
	c.version = p.Version
	return &p, nil
}

// AssignMany gives campaigns a persona, or the workspace default when to is not
// valid: all of them, or none. It fails with persona.ErrNotFound for a campaign
// or a persona that this workspace does not have, and with a ShownOtherError.
func (db *DB) AssignMany(
	ctx context.Context, a Access, which persona.CampaignChoice, to uuid.NullUUID,
) (persona.Assigned, error) {
	return write(ctx, db, a, access.Write, audit.CampaignsAssigned, func(c *change) (done persona.Assigned, err error) {
		if done.Persona, err = chosenPersona(ctx, c, a, to); err != nil {
			return done, err
		}
		campaigns, err := chosenCampaigns(ctx, c, a, which)
		if err != nil {
			return done, err
		}
		done.Chosen = len(campaigns)
		for _, campaign := range campaigns {
			if campaign.PersonaID != to {
				c.details.Campaigns = append(c.details.Campaigns, campaign.ID)
				c.details.Were = append(c.details.Were, campaign.PersonaID)
			}
		}
		if done.Changed = len(c.details.Campaigns); done.Changed == 0 {
			c.unchanged = true
			return done, nil
		}
		done.Event = c.id
		c.details.To = to
		_, err = c.Exec(ctx, `update campaigns set persona_id = $3 where workspace_id = $1 and id = any($2)`,
			a.workspace, c.details.Campaigns, to)
		return done, err
	})
}

// selectAssigned finds, among the events of a page, the assignment that UndoAssignment
// would take back, where it is the last thing done to any campaign. There is at most
// one.
//
// Of the events, only the last that is about campaigns is unpacked, and that once.
const selectAssigned = ` select e.id from (
		select e.id, e.workspace_id, e.rev, coalesce(d.whole->'campaigns', jsonb_build_array(e.campaign_id)) as campaigns,
			coalesce(d.whole->'were', jsonb_build_array(d.whole->'from')) as were,
			(d.whole->>'to')::uuid as became
		from (select * from found where action like 'campaign.%' order by rev desc limit 1) e,
			lateral (select e.details || '{}'::jsonb as whole offset 0) d
		where e.action in ('` + string(audit.CampaignAssigned) + `', '` + string(audit.CampaignsAssigned) + `') offset 0) e
	where not exists (select from audit_events n
		where n.workspace_id = e.workspace_id and n.rev > e.rev and n.action like 'campaign.%')
	and not exists (select from jsonb_array_elements_text(e.campaigns) i (id)
		left join campaigns c on c.workspace_id = e.workspace_id and c.id = i.id::uuid
		where c.id is null or c.persona_id is distinct from e.became)
	and not exists (select from (select distinct w::uuid as id from jsonb_array_elements_text(e.were) w) w
		left join personas p on p.workspace_id = e.workspace_id and p.id = w.id
		where w.id is not null and p.id is null)`

// UndoAssignment takes back an assignment of one campaign or of many: each has the
// persona again that it had before. All of them do, or none. It returns how many there are.
// It fails with persona.ErrNotFound for what is no such assignment of this
// workspace, and with a TooLateError when one of the campaigns was given something
// since, or had a persona that was deleted.
func (db *DB) UndoAssignment(ctx context.Context, a Access, assignment uuid.UUID) (int, error) {
	return write(ctx, db, a, access.Write, audit.AssignmentUndone, func(c *change) (int, error) {
		was, err := eventOf(ctx, c, a, assignment, audit.CampaignAssigned, audit.CampaignsAssigned)
		if err != nil {
			return 0, err
		}
		if was.campaign.Valid {
			was.Campaigns, was.Were = []uuid.UUID{was.campaign.UUID}, []uuid.NullUUID{was.From}
		}
		if err := overtaken(ctx, c, a, was.rev, was.details); err != nil {
			return 0, err
		}
		tag, err := c.Exec(ctx, `update campaigns c set persona_id = w.persona_id
			from unnest($3::uuid[], $4::uuid[]) w (id, persona_id)
			where c.workspace_id = $1 and c.id = w.id and c.persona_id is not distinct from $2`,
			a.workspace, was.To, was.Campaigns, was.Were)
		if err != nil {
			return 0, err
		}
		if tag.RowsAffected() != int64(len(was.Campaigns)) {
			return 0, &persona.TooLateError{Reason: "Not all of the campaigns are there any more."}
		}
		c.details.Campaigns, c.details.Became = was.Campaigns, was.Were
		c.details.Were = slices.Repeat([]uuid.NullUUID{was.To}, len(was.Campaigns))
		return len(was.Campaigns), nil
	})
}

// overtaken fails with a TooLateError when what an event did to campaigns is no
// longer the last thing that was done to each of them, or cannot be taken back.
func overtaken(ctx context.Context, tx pgx.Tx, a Access, rev int, was details) error {
	var campaign, gone *string
	err := tx.QueryRow(ctx, `
		with later as (
			select n.* from audit_events n where n.workspace_id = $1 and n.rev > $2
				and (n.action like 'campaign.%' or n.action = 'persona.deleted')
		), touched as (
			select campaign_id as id from later where campaign_id is not null union select jsonb_array_elements_text(details->'campaigns')::uuid from later
		)
		select (select name from campaigns where workspace_id = $1 and id = any($3)
				and (persona_id is distinct from $4 or id in (select id from touched))
				order by name collate "und-x-icu", id limit 1),
			(select v.name from persona_versions v where v.workspace_id = $1 and v.persona_id = any($5)
				and not exists (select from personas p where p.workspace_id = $1 and p.id = v.persona_id)
				order by v.version desc limit 1)`,
		a.workspace, rev, was.Campaigns, was.To, was.Were).Scan(&campaign, &gone)
	switch {
	case err != nil:
		return err
	case campaign != nil:
		return &persona.TooLateError{Reason: fmt.Sprintf(
			"Somebody chose since who answers for “%s”. Assign the campaigns anew.", *campaign)}
	case gone != nil:
		return &persona.TooLateError{Reason: fmt.Sprintf(
			"“%s”, which answered for some of them, was deleted since. Restore it, or assign the campaigns anew.", *gone)}
	}
	return nil
}

var selectChosenCampaigns = `select ` + campaignColumns + ` from campaigns c
	where ` + campaignMatches + ` and ($3 or c.id = any($4)) order by c.name collate "und-x-icu", c.id`

func chosenCampaigns(
	ctx context.Context, tx pgx.Tx, a Access, which persona.CampaignChoice,
) ([]persona.Campaign, error) {
	search := which.Search
	if !which.All {
		search = ""
	}
	campaigns, err := queryAll(ctx, tx, scanCampaign, selectChosenCampaigns, a.workspace, search, which.All, which.IDs)
	if err != nil {
		return nil, err
	}
	if which.All {
		if which.Shown != 0 && which.Shown != len(campaigns) {
			return nil, &persona.ShownOtherError{Shown: which.Shown, Now: len(campaigns)}
		}
		return campaigns, nil
	}
	found := map[uuid.UUID]bool{}
	for _, c := range campaigns {
		found[c.ID] = true
	}
	for _, id := range which.IDs {
		if !found[id] {
			return nil, persona.ErrNotFound
		}
	}
	return campaigns, nil
}

func campaignsOf(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) ([]uuid.UUID, error) {
	return queryAll(ctx, tx, pgx.RowTo[uuid.UUID],
		`select id from campaigns where workspace_id = $1 and persona_id = $2
		order by name collate "und-x-icu", id`, a.workspace, id)
}

// ResolveInput returns all that decides which persona answers for a campaign (not
// valid: none is named), or persona.ErrNotFound when there is no such campaign.
func (db *DB) ResolveInput(
	ctx context.Context, a Access, campaign uuid.NullUUID, channel persona.Channel,
) (persona.ResolveInput, error) {
	in := persona.ResolveInput{Workspace: a.name, Channel: channel}
	batch := &pgx.Batch{}
	if campaign.Valid {
		in.Campaign = &persona.Campaign{}
		collectOne(batch.Queue(selectCampaign, a.workspace, campaign), in.Campaign, scanCampaign)
		collectFirst(batch.Queue(`select `+personaColumns+`
			from personas p join campaigns c on c.workspace_id = p.workspace_id and c.persona_id = p.id
			where c.workspace_id = $1 and c.id = $2`, a.workspace, campaign), &in.CampaignPersona, scanPersona)
	}
	queueDefault(batch, a.workspace, &in.Default)
	queueVoice(batch, a.workspace, &in.Settings)
	return in, db.readAll(ctx, a, batch)
}
