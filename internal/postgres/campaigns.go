package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

const campaignColumns = `id, coalesce(external_id, ''), name, persona_id`

func scanCampaign(row pgx.CollectableRow) (persona.Campaign, error) {
	var c persona.Campaign
	err := row.Scan(&c.ID, &c.ExternalID, &c.Name, &c.PersonaID)
	return c, err
}

// Campaigns gives all campaigns of a workspace by name, all personas, the
// default first, and what the settings say.
func (db *DB) Campaigns(ctx context.Context, a Access) (campaigns []persona.Campaign, personas []persona.Persona, settings persona.Voice, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`select `+campaignColumns+` from campaigns where workspace_id = $1 order by name collate "und-x-icu", id`, a.workspace).
		Query(func(rows pgx.Rows) (err error) {
			campaigns, err = pgx.CollectRows(rows, scanCampaign)
			return err
		})
	batch.Queue(`select `+personaColumns+` from personas p where p.workspace_id = $1
		order by p.is_default desc, p.name collate "und-x-icu", p.seq`, a.workspace).
		Query(func(rows pgx.Rows) (err error) {
			personas, err = pgx.CollectRows(rows, scanPersona)
			return err
		})
	batch.Queue(selectSettings, a.workspace).Query(func(rows pgx.Rows) error {
		s, err := collectSettings(rows)
		settings = s.Voice
		return err
	})
	err = db.readAll(ctx, a, batch)
	return campaigns, personas, settings, err
}

// Assign gives a campaign its own persona, or the workspace default when chosen
// is not valid. It gives the campaign and its persona, nil for the default. It
// fails with persona.ErrNotFound for a campaign or a persona that this workspace
// does not have.
func (db *DB) Assign(ctx context.Context, a Access, campaign uuid.UUID, chosen uuid.NullUUID) (persona.Campaign, *persona.Persona, error) {
	var c persona.Campaign
	var p *persona.Persona
	e := &event{action: "campaign.assigned", campaign: uuid.NullUUID{UUID: campaign, Valid: true}}
	err := db.write(ctx, a, Write, e, func(tx pgx.Tx) error {
		c, p = persona.Campaign{}, nil
		rows, err := tx.Query(ctx, `select `+campaignColumns+` from campaigns where workspace_id = $1 and id = $2`, a.workspace, campaign)
		if err != nil {
			return err
		}
		if c, err = pgx.CollectExactlyOneRow(rows, scanCampaign); err != nil {
			return err
		}
		if chosen.Valid {
			found, err := queryOne(ctx, tx, a, chosen.UUID)
			if err != nil {
				return err
			}
			p = &found
			e.about(p.ID)
			e.version = p.Version
		}
		e.details.From, e.details.To = c.PersonaID, chosen
		c.PersonaID = chosen
		_, err = tx.Exec(ctx, `update campaigns set persona_id = $3 where workspace_id = $1 and id = $2`, a.workspace, campaign, chosen)
		return err
	})
	return c, p, err
}

func campaignsOf(ctx context.Context, tx pgx.Tx, a Access, id uuid.UUID) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `select id from campaigns where workspace_id = $1 and persona_id = $2 order by id`, a.workspace, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// Question gives all that decides which persona answers for a campaign (not
// valid: none is named), or persona.ErrNotFound when there is no such campaign.
func (db *DB) Question(ctx context.Context, a Access, campaign uuid.NullUUID, channel persona.Channel) (persona.Question, error) {
	q := persona.Question{Workspace: a.name, Channel: channel}
	batch := &pgx.Batch{}
	if campaign.Valid {
		batch.Queue(`select `+campaignColumns+` from campaigns where workspace_id = $1 and id = $2`, a.workspace, campaign).
			Query(func(rows pgx.Rows) error {
				c, err := pgx.CollectExactlyOneRow(rows, scanCampaign)
				q.Campaign = &c
				return err
			})
		batch.Queue(`select `+personaColumns+` from personas p join campaigns c on c.workspace_id = p.workspace_id and c.persona_id = p.id
			where c.workspace_id = $1 and c.id = $2`, a.workspace, campaign).
			Query(func(rows pgx.Rows) (err error) {
				q.CampaignPersona, err = first(pgx.CollectRows(rows, scanPersona))
				return err
			})
	}
	batch.Queue(selectDefault, a.workspace).Query(func(rows pgx.Rows) (err error) {
		q.Default, err = first(pgx.CollectRows(rows, scanPersona))
		return err
	})
	batch.Queue(selectSettings, a.workspace).Query(func(rows pgx.Rows) error {
		s, err := collectSettings(rows)
		q.Settings = s.Voice
		return err
	})
	return q, db.readAll(ctx, a, batch)
}
