package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/i18n"
	"personae/internal/persona"
)

// campaignColumns and scanCampaign go together. They need campaigns as c.
const campaignColumns = `c.id, coalesce(c.external_id, ''), c.name, c.persona_id, c.version, c.created_at, c.archived_at`

const selectCampaign = `select ` + campaignColumns + ` from campaigns c where c.workspace_id = $1 and c.id = $2`

func scanCampaign(row pgx.CollectableRow) (persona.Campaign, error) {
	var c persona.Campaign
	var archived *time.Time
	err := row.Scan(&c.ID, &c.ExternalID, &c.Name, &c.PersonaID, &c.Version, &c.CreatedAt, &archived)
	set(&c.ArchivedAt, archived)
	return c, err
}

const selectCampaigns = `select ` + campaignColumns + ` from campaigns c
	where c.workspace_id = $1 and c.archived_at is null order by c.name collate "und-x-icu", c.id`

// campaignByID is the campaign of a workspace with an id, perhaps none. It is looked up by its id alone: by its workspace as
// well, PostgreSQL goes through an index of all names of the workspace, which it takes to have few.
func campaignByID(workspace, id string) string {
	return `(select * from (select * from campaigns where id = ` + id + ` offset 0) found where found.workspace_id = ` + workspace + `)`
}

// Campaigns returns all campaigns of a workspace by name, but archived ones, all
// personas, the default first, and what the settings say.
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

func selectCampaignsPart(f persona.CampaignFilter, externalID string) string {
	found, from := ``, campaignsFor(f.Search)
	if hasParts(f.Search) && externalID == "" {
		found, from = foundCampaigns(f, "coalesce($7::integer, 1000000) + $8::integer"), "found c"
	}
	return found + `select ` + campaignColumns + ` from ` + from + `
		where ` + campaignMatches(f) + ` and ` + asked(externalID != "", `c.external_id = $6`, `$6 = ''`) + `
		order by c.name collate "und-x-icu", c.id limit $7 offset $8`
}

// CampaignsPart returns a part of the campaigns of a workspace by name that a filter
// lets through, only the one with an external id unless that is empty, and whether
// more follow.
func (db *DB) CampaignsPart(
	ctx context.Context, a Access, f persona.CampaignFilter, externalID string, r Rows,
) (list []persona.Campaign, more bool, err error) {
	batch := &pgx.Batch{}
	limit, offset := r.arguments()
	collect(batch.Queue(selectCampaignsPart(f, externalID), append(matchArguments(a, f), externalName(externalID), limit, offset)...), &list,
		scanCampaign)
	err = db.readAll(ctx, a, batch)
	list, more = part(list, r)
	return list, more, err
}

// CampaignsPageSize is how many campaigns a page of the list holds.
const CampaignsPageSize = 50

// campaignMatches is true of a campaign c that a filter lets through; matchArguments
// returns its parameters. It says only what is asked for, so that PostgreSQL knows how few are left.
func campaignMatches(f persona.CampaignFilter) string {
	return `c.workspace_id = $1 and ` + asked(f.Search != "", `strpos(search_key(c.name), (select search_key($2))) > 0`, `$2 = ''`) +
		` and ` + asked(f.Persona.Valid, `c.persona_id = $3`, `$3::uuid is null`) + ` and ` + asked(f.Default, `c.persona_id is null and $4`, `not $4`) +
		` and ` + asked(f.Archived, `c.archived_at is not null and $5`, `c.archived_at is null and not $5`)
}

// likelyCampaigns are those c that the index of names finds for $2, and campaignsFor those
// among which campaignMatches is to find what is searched for.
var likelyCampaigns = likely("campaigns", "workspace_id", "search_key(name)", "$1", "$2") + " c"

func campaignsFor(search string) string {
	if hasParts(search) {
		return likelyCampaigns
	}
	return "campaigns c"
}

func matchArguments(a Access, f persona.CampaignFilter) []any {
	return []any{a.workspace, f.Search, f.Persona, f.Default, f.Archived}
}

const byCampaignName = `order by c.name collate "und-x-icu", c.id`

func selectCampaignPage(f persona.CampaignFilter) string {
	if f.ByPersona {
		return selectCampaignsByPersona(f)
	}
	if !hasParts(f.Search) {
		return `select ` + campaignColumns + ` from campaigns c where ` + campaignMatches(f) + ` ` + byCampaignName + ` limit $6 offset $7`
	}
	return foundCampaigns(f, "$6::integer + $7::integer") + `select ` + campaignColumns + ` from found c ` + byCampaignName + ` limit $6 offset $7`
}

// selectCampaignsByPersona selects a page of the campaigns in the order of who answers for them. Of all that
// are not archived, no more are looked at than those of the default, and of the first of the others, that may be on it.
func selectCampaignsByPersona(f persona.CampaignFilter) string {
	if f.Search != "" || f.Persona.Valid || f.Default || f.Archived {
		return `select ` + campaignColumns + ` from ` + campaignsFor(f.Search) + ` left join personas p on p.workspace_id = c.workspace_id
				and p.id = coalesce(c.persona_id, (select id from personas where workspace_id = $1 and is_default))
			where ` + campaignMatches(f) + ` order by p.name collate "und-x-icu", c.name collate "und-x-icu", c.id limit $6 offset $7`
	}
	// Each of the default's two kinds is found in its order, and so are the others' by their personas.
	first := func(of string) string {
		return `(select * from campaigns c where c.workspace_id = $1 and c.archived_at is null and c.persona_id ` + of + ` ` +
			byCampaignName + ` limit $6::integer + $7::integer)`
	}
	return `select ` + campaignColumns + ` from (
		(select c.*, p.name as persona, p.seq from (values (1)) one left join personas p on p.workspace_id = $1 and p.is_default
			cross join lateral (` + first(`= p.id`) + ` union all ` + first(`is null`) + `) c)
		union all
		(select c.*, p.name, p.seq from personas p cross join lateral (
				select * from campaigns c where c.workspace_id = $1 and c.archived_at is null and c.persona_id = p.id offset 0) c
			where p.workspace_id = $1 and not p.is_default
			order by p.name collate "und-x-icu", p.seq, c.name collate "und-x-icu", c.id limit $6::integer + $7::integer)) c
		where $2 = '' and $3::uuid is null and not $4 and not $5
		order by c.persona collate "und-x-icu", c.seq, c.name collate "und-x-icu", c.id limit $6 offset $7`
}

// foundCampaigns is a lookup of the campaigns c that a filter lets through, by name.
func foundCampaigns(f persona.CampaignFilter, enough string) string {
	return lookup{
		columns: `c.*`,
		first: func(limit string) string {
			return `(select c.* from campaigns c where c.workspace_id = $1 ` + byCampaignName + limit + `) c where ` + campaignMatches(f)
		},
		order: byCampaignName,
		all:   likelyCampaigns + ` where ` + campaignMatches(f),
		large: longerThanUsual("campaigns"),
	}.found(enough)
}

// countCampaigns counts all campaigns that are archived, or all others, those that a filter lets
// through, to $6, and the archived ones.
func countCampaigns(f persona.CampaignFilter) string {
	all := `campaigns where workspace_id = $1 and archived_at is null`
	if f.Archived {
		all = archivedCampaigns
	}
	found, matching := ``, countTo("$6::integer", `campaigns c where `+campaignMatches(f))
	if hasParts(f.Search) {
		found = foundCampaigns(f, strconv.Itoa(CampaignsPageSize))
		matching = `(select case when open then ` + matching + ` else least(n, $6::integer + 1) end from counted)`
	}
	return found + `select ` + countTo(persona.CountLimit, all) + `, ` + matching + `, ` + countTo(persona.CountLimit, archivedCampaigns)
}

const archivedCampaigns = `campaigns where workspace_id = $1 and archived_at is not null`

// CampaignList returns a page of the campaigns.
func (db *DB) CampaignList(ctx context.Context, a Access, f persona.CampaignFilter) (persona.CampaignList, error) {
	var list persona.CampaignList
	batch := &pgx.Batch{}
	matches := matchArguments(a, f)
	collect(batch.Queue(selectCampaignPage(f), slices.Concat(matches, []any{CampaignsPageSize, (f.Page - 1) * CampaignsPageSize})...),
		&list.Campaigns, scanCampaign)
	scanRow(batch.Queue(countCampaigns(f), append(slices.Clone(matches), persona.CountedTo(f.Page, CampaignsPageSize))...), &list.Total, &list.Matching, &list.Archived)
	list.Offer.Find = f.Find
	queueChoices(batch, a.workspace, &list.Offer, &list.Personas, keptIDs, defaultFirst, []uuid.NullUUID{f.Persona})
	err := db.readAll(ctx, a, batch)
	if err != nil || !list.Offer.Some() {
		return list, err
	}
	kept := []uuid.NullUUID{f.Persona} // and who answers for one of the page, of whom not all were read
	for _, c := range list.Campaigns {
		kept = append(kept, c.PersonaID)
	}
	batch = &pgx.Batch{}
	queueChoices(batch, a.workspace, &list.Offer, &list.Personas, keptIDs, defaultFirst, kept)
	return list, db.readAll(ctx, a, batch)
}

// Campaign returns a campaign, be it archived or not, or fails with persona.ErrNotFound.
func (db *DB) Campaign(ctx context.Context, a Access, id uuid.UUID) (campaign persona.Campaign, err error) {
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectCampaign, a.workspace, id), &campaign, scanCampaign)
	return campaign, db.readAll(ctx, a, batch)
}

// CampaignWithChoices is Campaign with who may be chosen for it, the default first. It sets
// whether there are others.
func (db *DB) CampaignWithChoices(
	ctx context.Context, a Access, id uuid.UUID, offer *persona.Offer,
) (campaign persona.Campaign, personas []persona.Named, err error) {
	batch := &pgx.Batch{}
	collectOne(batch.Queue(selectCampaign, a.workspace, id), &campaign, scanCampaign)
	queueChoices(batch, a.workspace, offer, &personas, `array(select c.persona_id from campaigns c where c.workspace_id = $1 and c.id = $3)`, defaultFirst, id)
	return campaign, personas, db.readAll(ctx, a, batch)
}

// AddCampaign adds a campaign, with its own persona or, where chosen is not valid, the
// workspace default. It fails with an InvalidError, with an ExternalIDTakenError, and
// with persona.ErrNotFound for a persona that this workspace does not have.
func (db *DB) AddCampaign(
	ctx context.Context, a Access, content persona.CampaignContent, chosen uuid.NullUUID,
) (persona.Campaign, error) {
	content, err := content.Validate()
	if err != nil {
		return persona.Campaign{}, err
	}
	return write(ctx, db, a, access.Write, audit.CampaignCreated, func(c *change) (persona.Campaign, error) {
		if _, err := chosenPersona(ctx, c, a, chosen); err != nil {
			return persona.Campaign{}, err
		}
		if err := externalIDFree(ctx, c, a, content.ExternalID, uuid.Nil); err != nil {
			return persona.Campaign{}, err
		}
		c.details.To = chosen
		return insertCampaign(ctx, c, a, content, chosen)
	})
}

// insertCampaign adds a campaign where the workspace has room for one.
func insertCampaign(
	ctx context.Context, c *change, a Access, content persona.CampaignContent, chosen uuid.NullUUID,
) (persona.Campaign, error) {
	var has int
	err := c.QueryRow(ctx, `select count(*) from campaigns where workspace_id = $1`, a.workspace).Scan(&has)
	if err == nil {
		err = persona.RoomForCampaign(has)
	}
	if err != nil {
		return persona.Campaign{}, err
	}
	made, err := queryOne(ctx, c, scanCampaign, `insert into campaigns as c (workspace_id, external_id, name, persona_id)
		values ($1, nullif($2, ''), $3, $4) returning `+campaignColumns,
		a.workspace, content.ExternalID, content.Name, chosen)
	c.campaign = valid(made.ID)
	return made, asExternalIDTaken(err)
}

// externalIDFree fails with an ExternalIDTakenError where a campaign other than except
// has an external id.
func externalIDFree(ctx context.Context, tx pgx.Tx, a Access, externalID string, except uuid.UUID) error {
	var taken persona.ExternalIDTakenError
	err := tx.QueryRow(ctx, `select name, archived_at is not null from campaigns
		where workspace_id = $1 and external_id = $2 and id <> $3`, a.workspace, externalID, except).
		Scan(&taken.Name, &taken.Archived)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return &taken
}

// asExternalIDTaken returns an ExternalIDTakenError where err says that a program with
// plain SQL took the external id meanwhile, and else err.
func asExternalIDTaken(err error) error {
	if _, constraint := sqlState(err); constraint == "campaigns_workspace_id_external_id_key" {
		return &persona.ExternalIDTakenError{}
	}
	return err
}

// EditCampaign changes the content of a campaign that is at version and, unless chosen
// is nil, who answers for it. It fails with an InvalidError, an ExternalIDTakenError, a
// StaleCampaignError, and with persona.ErrNotFound for a campaign or a persona that
// this workspace does not have.
func (db *DB) EditCampaign(
	ctx context.Context, a Access, id uuid.UUID, version int, content persona.CampaignContent, chosen *uuid.NullUUID,
) (persona.Campaign, error) {
	content, err := content.Validate()
	if err != nil {
		return persona.Campaign{}, err
	}
	return write(ctx, db, a, access.Write, audit.CampaignEdited, func(c *change) (persona.Campaign, error) {
		now, err := queryOne(ctx, c, scanCampaign, selectCampaign, a.workspace, id)
		if err != nil {
			return now, err
		}
		if now.Version != version {
			return now, staleCampaign(ctx, c, a, now, version, content)
		}
		if err := externalIDFree(ctx, c, a, content.ExternalID, id); err != nil {
			return now, err
		}
		becomes := now.PersonaID
		if chosen != nil && *chosen != becomes {
			becomes = *chosen
			if _, err := chosenPersona(ctx, c, a, becomes); err != nil {
				return now, err
			}
			c.details.From, c.details.To = now.PersonaID, becomes
			c.details.Fields = append(c.details.Fields, "persona_id")
		}
		if now.Name != content.Name {
			c.details.Fields = append(c.details.Fields, "name")
		}
		if now.ExternalID != content.ExternalID {
			c.details.Fields = append(c.details.Fields, "external_id")
		}
		c.campaign = valid(id)
		c.unchanged = len(c.details.Fields) == 0
		if c.unchanged {
			return now, nil
		}
		now, err = queryOne(ctx, c, scanCampaign, `update campaigns c
			set name = $3, external_id = nullif($4, ''), persona_id = $5
			where workspace_id = $1 and id = $2 returning `+campaignColumns,
			a.workspace, id, content.Name, content.ExternalID, becomes)
		return now, asExternalIDTaken(err)
	})
}

// staleCampaign returns a StaleCampaignError for yours, which was made from a version.
func staleCampaign(
	ctx context.Context, tx pgx.Tx, a Access, theirs persona.Campaign, version int, yours persona.CampaignContent,
) error {
	stale := &persona.StaleCampaignError{Theirs: theirs, Yours: yours}
	err := tx.QueryRow(ctx, `select name, coalesce(external_id, '') from campaign_versions
		where workspace_id = $1 and campaign_id = $2 and version = $3`, a.workspace, theirs.ID, version).
		Scan(&stale.Original.Name, &stale.Original.ExternalID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	return stale
}

// ArchiveCampaign takes a campaign out of all lists, or puts it back. Where it is so
// already, nothing is changed or recorded. It fails with persona.ErrNotFound.
func (db *DB) ArchiveCampaign(ctx context.Context, a Access, id uuid.UUID, archive bool) (persona.Campaign, error) {
	action := audit.CampaignUnarchived
	if archive {
		action = audit.CampaignArchived
	}
	return write(ctx, db, a, access.Write, action, func(c *change) (persona.Campaign, error) {
		now, err := queryOne(ctx, c, scanCampaign, selectCampaign, a.workspace, id)
		if c.unchanged = err == nil && now.Archived() == archive; c.unchanged || err != nil {
			return now, err
		}
		c.campaign = valid(id)
		return queryOne(ctx, c, scanCampaign, `update campaigns c
			set archived_at = case when $3 then clock_timestamp() end
			where workspace_id = $1 and id = $2 returning `+campaignColumns, a.workspace, id, archive)
	})
}

// Assign gives a campaign its own persona, or the workspace default when chosen
// is not valid. Where it is answered so already, nothing is written. It fails with
// persona.ErrNotFound for a campaign or a persona that this workspace does not have.
func (db *DB) Assign(
	ctx context.Context, a Access, campaign uuid.UUID, chosen uuid.NullUUID,
) (persona.Assignment, error) {
	return write(ctx, db, a, access.Write, audit.CampaignAssigned, func(c *change) (persona.Assignment, error) {
		return assign(ctx, c, a, campaign, chosen)
	})
}

func assign(
	ctx context.Context, c *change, a Access, campaign uuid.UUID, chosen uuid.NullUUID,
) (done persona.Assignment, err error) {
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

// reassigned is true of an event n that chose who answers for campaigns.
const reassigned = `(n.action in ('campaign.assigned', 'campaign.assigned_many', 'campaign.assignment_undone')
	or n.action = 'campaign.edited' and n.details ?| '{from,to}')`

// selectAssigned finds, among the events of a page, the assignment that UndoAssignment
// would take back: the last thing done to any campaign. It is unpacked once.
const selectAssigned = ` select e.id from (
		select e.id, e.workspace_id, e.rev, coalesce(d.whole->'campaigns', jsonb_build_array(e.campaign_id)) as campaigns,
			coalesce(d.whole->'were', jsonb_build_array(d.whole->'from')) as were,
			(d.whole->>'to')::uuid as became
		from (select n.* from audit_events n where n.workspace_id = $1 and ` + reassigned + ` order by n.rev desc limit 1) e,
			lateral (select e.details || '{}'::jsonb as whole offset 0) d
		where e.action in ('` + string(audit.CampaignAssigned) + `', '` + string(audit.CampaignsAssigned) + `')
			and e.id in (select id from found) offset 0) e
	where not exists (select from jsonb_array_elements_text(e.campaigns) i (id)
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
		if err := since(ctx, c, a, was.rev); err != nil {
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
			return 0, &persona.TooLateError{Reason: i18n.Say("Not all of the campaigns are there any more.")}
		}
		c.details.Campaigns, c.details.Became = was.Campaigns, was.Were
		c.details.Were = slices.Repeat([]uuid.NullUUID{was.To}, len(was.Campaigns))
		return len(was.Campaigns), nil
	})
}

// since fails with persona.ErrNotFound for an event after which not all that happened is
// known any more.
func since(ctx context.Context, tx pgx.Tx, a Access, rev int) error {
	var known bool
	err := tx.QueryRow(ctx, isKnown, a.workspace, rev).Scan(&known)
	if err == nil && !known {
		return persona.ErrNotFound
	}
	return err
}

// overtaken fails with a TooLateError when what an event did to campaigns is no
// longer the last thing that was done to each of them, or cannot be taken back.
func overtaken(ctx context.Context, tx pgx.Tx, a Access, rev int, was details) error {
	var campaign, gone *string
	err := tx.QueryRow(ctx, `
		with later as (
			select n.* from audit_events n where n.workspace_id = $1 and n.rev > $2
				and (`+reassigned+` or n.action in ('persona.deleted', 'persona.applied'))
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
		return &persona.TooLateError{Reason: i18n.Say(
			"Somebody chose since who answers for “%s”. Assign the campaigns anew.", *campaign)}
	case gone != nil:
		return &persona.TooLateError{Reason: i18n.Say(
			"“%s”, which answered for some of them, was deleted since. Restore it, or assign the campaigns anew.", *gone)}
	}
	return nil
}

func selectChosenCampaigns(f persona.CampaignFilter) string {
	return `select ` + campaignColumns + ` from campaigns c
		where ` + campaignMatches(f) + ` and ($6 or c.id = any($7)) ` + byCampaignName
}

func chosenCampaigns(
	ctx context.Context, tx pgx.Tx, a Access, which persona.CampaignChoice,
) ([]persona.Campaign, error) {
	filter := which.Filter
	if !which.All {
		filter = persona.CampaignFilter{}
	}
	filter.Archived = false // nobody chose what is in no list
	campaigns, err := queryAll(ctx, tx, scanCampaign, selectChosenCampaigns(filter),
		append(matchArguments(a, filter), which.All, which.IDs)...)
	if err != nil {
		return nil, err
	}
	if which.All {
		many := which.Shown > persona.CountLimit && len(campaigns) >= which.Shown // as they were counted
		if which.Shown != 0 && which.Shown != len(campaigns) && !many {
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

// campaignsOf returns the campaigns that name a persona, and how many of them are not
// archived.
func campaignsOf(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) (ids []uuid.UUID, shown int, err error) {
	var campaign uuid.UUID
	var archived bool
	err = queryEach(ctx, tx, []any{&campaign, &archived}, func() {
		ids = append(ids, campaign)
		if !archived {
			shown++
		}
	}, `select id, archived_at is not null from campaigns where workspace_id = $1 and persona_id = $2
		order by name collate "und-x-icu", id`, a.workspace, id)
	return ids, shown, err
}

// CampaignIDs returns the ids of the campaigns that somebody names each by it or by what other
// programs call it; where one is both, by its id. It fails with persona.ErrNotFound where one
// names none.
func (db *DB) CampaignIDs(ctx context.Context, a Access, names ...string) ([]uuid.UUID, error) {
	known := make([]uuid.NullUUID, len(names))
	called := make([]string, len(names))
	for i, name := range names {
		known[i], called[i] = idIn(name), externalName(name)
	}
	var found []uuid.UUID
	batch := &pgx.Batch{}
	collect(batch.Queue(`select c.id from unnest($2::uuid[], $3::text[]) with ordinality n (id, name, place)
		cross join lateral (select c.id from campaigns c where c.workspace_id = $1 and (c.id = n.id or c.external_id = n.name)
			order by (c.id = n.id) is true desc limit 1) c
		order by n.place`, a.workspace, known, called), &found, pgx.RowTo[uuid.UUID])
	err := db.readAll(ctx, a, batch)
	if err == nil && len(found) < len(names) {
		err = persona.ErrNotFound
	}
	return found, err
}

// idIn returns the id that a name is; not valid: it is none.
func idIn(name string) uuid.NullUUID {
	if parsed, err := uuid.Parse(name); err == nil && strings.EqualFold(parsed.String(), name) {
		return valid(parsed)
	}
	return uuid.NullUUID{}
}

// externalName returns name as other programs may call a campaign: empty, which none is called,
// where it is no text that PostgreSQL could hold.
func externalName(name string) string {
	if !persona.Storable(name) {
		return ""
	}
	return name
}

// CampaignID returns the id of one that somebody names, as CampaignIDs does.
func (db *DB) CampaignID(ctx context.Context, a Access, name string) (uuid.UUID, error) {
	ids, err := db.CampaignIDs(ctx, a, name)
	if err != nil {
		return uuid.Nil, err
	}
	return ids[0], nil
}

// resolving asks what decides who answers for a campaign.
type resolving struct {
	campaign string // its name, as CampaignIDs takes it; empty: none is named
}

// ofNamed is true of the campaign c of the workspace $1 that is named by the id $2 or
// else by $3, what other programs call it.
const ofNamed = `c.workspace_id = $1 and c.id = (select c.id from campaigns c
	where c.workspace_id = $1 and (c.id = $2 or c.external_id = $3) order by (c.id = $2) is true desc limit 1)`

// selectNamed is that campaign, and selectOfNamed the persona that it has.
var (
	selectNamed   = `select ` + campaignColumns + ` from campaigns c where ` + ofNamed
	selectOfNamed = `select ` + personaAlone + ` from personas p
		join campaigns c on c.workspace_id = p.workspace_id and c.persona_id = p.id where ` + ofNamed
)

func (r resolving) queue(batch *pgx.Batch, workspace uuid.UUID, into *persona.ResolveInput) {
	if r.campaign != "" {
		id, called := idIn(r.campaign), externalName(r.campaign)
		collectFirst(batch.Queue(selectNamed, workspace, id, called), &into.Campaign, scanCampaign)
		collectFirst(batch.Queue(selectOfNamed, workspace, id, called), &into.CampaignPersona, scanPersona)
	}
	queueDefaultAlone(batch, workspace, &into.Default)
	queueVoice(batch, workspace, &into.Settings)
}

// ResolveInputAt is ResolveInput for a moment to come, as far as it is scheduled now: with what
// is scheduled until then, in foreseen. For the zero time it is ResolveInput.
func (db *DB) ResolveInputAt(
	ctx context.Context, a Access, campaign string, channel persona.Channel, at time.Time,
) (in persona.ResolveInput, foreseen persona.Foreseen, err error) {
	if at.IsZero() {
		in, err = db.ResolveInput(ctx, a, campaign, channel)
		return in, foreseen, err
	}
	var of uuid.NullUUID
	if campaign != "" {
		id, err := db.CampaignID(ctx, a, campaign)
		if err != nil {
			return in, foreseen, err
		}
		of = valid(id)
	}
	w, err := db.whoAnswers(ctx, a, WhoAnswersFor{Campaign: of, At: at}, false)
	if err != nil {
		return in, foreseen, err
	}
	foreseen = w.Foreseen
	return persona.NewResolveInput(a.name, w.Campaign, w.Personas, w.Settings, channel), foreseen, nil
}

// ResolveInput returns all that decides which persona answers for a campaign, which is
// named as CampaignIDs takes it (empty: none is), or persona.ErrNotFound when there is no
// such campaign.
func (db *DB) ResolveInput(
	ctx context.Context, a Access, campaign string, channel persona.Channel,
) (persona.ResolveInput, error) {
	in, err := ask(ctx, db, a, resolving{campaign})
	if err == nil && campaign != "" && in.Campaign == nil {
		err = persona.ErrNotFound
	}
	if err != nil {
		return persona.ResolveInput{}, err
	}
	in.Workspace, in.Channel = a.name, channel
	return in, nil
}
