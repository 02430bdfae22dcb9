package postgres

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

// chosenPersonas finds columns of the personas p of the workspace $1 that a page offers: the first, by
// name, of those whose name holds $2, and in any case the default and those whose ids are in kept, an
// array in SQL. Each has as more whether others could be found.
func chosenPersonas(columns string, offer persona.Offer, kept, order string) string {
	return fmt.Sprintf(`with first as materialized (select %[1]s, p.is_default as first_is, p.name as first_by, p.seq
			from personas p where p.workspace_id = $1 and `+asked(offer.Find != "", holds("p.name", "$2"), `$2 = ''`)+`
			order by p.is_default desc, p.name collate "und-x-icu", p.seq limit %[2]d
		), offered as (
			(select * from first limit %[3]d)
			union select %[1]s, p.is_default, p.name, p.seq from personas p where p.workspace_id = $1 and p.is_default
			union select o.* from unnest(%[4]s) k (id), lateral (
				select %[1]s, p.is_default, p.name, p.seq from personas p where p.workspace_id = $1 and p.id = k.id offset 0) o)
		select o.*, (select count(*) > %[3]d from first) from offered o order by `+order, columns, persona.ChoicesShown+1, persona.ChoicesShown, kept)
}

// The orders of what is offered.
const (
	defaultFirst = `o.first_is desc, o.first_by collate "und-x-icu", o.seq`
	byItsName    = `o.first_by collate "und-x-icu", o.seq`
)

// keptIDs are those of the argument $3.
const keptIDs = `$3::uuid[]`

// queueChoices reads the names of the personas that a page offers, and whether there are others,
// of those in kept, which takes the arguments, in any case.
func queueChoices(
	batch *pgx.Batch, workspace uuid.UUID, offer *persona.Offer, into *[]persona.Named, kept, order string, arguments ...any,
) {
	collect(batch.Queue(chosenPersonas("p.id, p.name", *offer, kept, order), append([]any{workspace, offer.Find}, arguments...)...),
		into, func(row pgx.CollectableRow) (n persona.Named, err error) {
			return n, row.Scan(&n.ID, &n.Name, nil, nil, nil, &offer.More)
		})
}

// queueChoicesInFull is queueChoices with all words of each, the default first.
func queueChoicesInFull(
	batch *pgx.Batch, workspace uuid.UUID, offer *persona.Offer, into *[]persona.Persona, kept string, arguments ...any,
) {
	collect(batch.Queue(chosenPersonas(personaAlone, *offer, kept, defaultFirst), append([]any{workspace, offer.Find}, arguments...)...),
		into, func(row pgx.CollectableRow) (p persona.Persona, err error) {
			return p, row.Scan(append(personaTargets(&p), nil, nil, nil, &offer.More)...)
		})
}

// scanChoice scans a name to choose, and whether there are others.
func scanChoice(offer *persona.Offer) func(pgx.CollectableRow) (persona.Named, error) {
	return func(row pgx.CollectableRow) (n persona.Named, err error) {
		return n, row.Scan(&n.ID, &n.Name, &offer.More)
	}
}

// PersonaChoices returns the names of the personas that a page offers, the default first, and the
// one kept in any case. It sets whether there are others.
func (db *DB) PersonaChoices(
	ctx context.Context, a Access, offer *persona.Offer, kept uuid.NullUUID,
) (names []persona.Named, err error) {
	batch := &pgx.Batch{}
	queueChoices(batch, a.workspace, offer, &names, keptIDs, defaultFirst, []uuid.NullUUID{kept})
	return names, db.readAll(ctx, a, batch)
}

// selectChoicesEver names, by their last names, the personas that there ever were, where they are
// few, and else the first of those that there are; where $2 is searched for, those, gone or not,
// whose name holds it. The one with the id $3 is named in any case.
var selectChoicesEver = fmt.Sprintf(eachOnce("persona_versions", "persona_id")+`, few as materialized (
		select id from once where id is not null limit %[1]d
	), more as materialized (select count(*) > %[2]d as more from few
	), offered as materialized (
		select id from few, more where not more and $2 = ''
		union (select p.id from personas p, more where p.workspace_id = $1 and (more or $2 <> '') and `+holds("p.name", "$2")+`
			order by p.is_default desc, p.name collate "und-x-icu", p.seq limit %[2]d)
		union (select v.persona_id from persona_versions v where v.workspace_id = $1 and v.deleted and $2 <> '' and `+holds("v.name", "$2")+` limit %[2]d)
		union select $3::uuid
	)
	select o.id, latest.name, more from offered o cross join more, lateral (
		select v.name from persona_versions v where v.workspace_id = $1 and v.persona_id = o.id order by v.version desc limit 1) latest
	order by latest.name collate "und-x-icu", o.id`, persona.ChoicesShown+1, persona.ChoicesShown)

// queueChoicesEver is queueChoices for the personas of all times, by the last name of each.
func queueChoicesEver(
	batch *pgx.Batch, workspace uuid.UUID, offer *persona.Offer, kept uuid.NullUUID, into *[]persona.Named,
) {
	collect(batch.Queue(selectChoicesEver, workspace, offer.Find, kept), into, scanChoice(offer))
}

// queueCampaignChoices is queueChoices for campaigns, by name: the one with the id kept, archived or
// not, in any case.
func queueCampaignChoices(
	batch *pgx.Batch, workspace uuid.UUID, offer *persona.Offer, archived bool, kept uuid.NullUUID, into *[]persona.Named,
) {
	sql := fmt.Sprintf(`with first as materialized (select c.id, c.name from `+campaignsFor(offer.Find)+` where c.workspace_id = $1 and `+holds("c.name", "$2")+`
			and ($4 or c.archived_at is null) order by c.name collate "und-x-icu", c.id limit %[1]d)
		select o.id, o.name, (select count(*) > %[2]d from first) from ((select id, name from first limit %[2]d)
			union select id, name from `+campaignByID("$1", "$3")+` c) o
		order by o.name collate "und-x-icu", o.id`, persona.CampaignChoices+1, persona.CampaignChoices)
	collect(batch.Queue(sql, workspace, offer.Find, kept, archived), into, scanChoice(offer))
}
