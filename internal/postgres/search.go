package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"personae/internal/lead"
	"personae/internal/persona"
)

// hitsShown is how many hits of a kind a search returns.
const hitsShown = 10

// Each finds what the list of its kind finds, so that its list has all of it.
var (
	searchPersonas = `select p.id, p.name, '', count(*) over () from personas p where ` + personaMatches + `
		order by p.name collate "und-x-icu", p.seq limit $3`
	searchCampaigns = `select c.id, c.name, '', count(*) over () from ` + likelyCampaigns + ` where ` + campaignMatches + `
		order by c.name collate "und-x-icu", c.id limit $6`
	searchLeads = `with ` + foundLeads("$2") + ` select ` + leadColumns + `, (select count(*) from found) from (
			select * from found order by last_at desc nulls last, id limit $3) f
		join leads l on l.workspace_id = $1 and l.id = f.id
		order by l.last_at desc nulls last, l.id`
)

// Search returns the personas, campaigns and leads of a workspace that search is
// found in, whatever its case and with or without its accents.
func (db *DB) Search(ctx context.Context, a Access, search string) (persona.Found, error) {
	var found persona.Found
	batch := &pgx.Batch{}
	arguments := []any{a.workspace, search}
	queueHits(batch, searchPersonas, arguments, &found.Personas, scanHit)
	queueHits(batch, searchCampaigns, matchArguments(a, persona.CampaignFilter{Search: search}), &found.Campaigns, scanHit)
	queueHits(batch, searchLeads, arguments, &found.Leads, scanLeadHit)
	return found, db.readAll(ctx, a, batch)
}

// queueHits queues a search by these arguments, whose last one is how many it returns.
func queueHits(batch *pgx.Batch, query string, arguments []any, into *persona.Hits, scan scanHits) {
	collect(batch.Queue(query, append(slices.Clone(arguments), hitsShown)...), &into.First,
		func(row pgx.CollectableRow) (persona.Hit, error) { return scan(row, &into.Total) })
}

// scanHits scans a hit, and how many there are.
type scanHits func(row pgx.CollectableRow, total *int) (persona.Hit, error)

func scanHit(row pgx.CollectableRow, total *int) (persona.Hit, error) {
	var h persona.Hit
	return h, row.Scan(&h.ID, &h.Name, &h.Note, total)
}

func scanLeadHit(row pgx.CollectableRow, total *int) (persona.Hit, error) {
	var l lead.Lead
	err := row.Scan(append(leadTargets(&l), total)...)
	return persona.Hit{ID: l.ID, Name: l.Name(), Note: l.Company}, err
}
