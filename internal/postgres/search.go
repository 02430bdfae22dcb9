package postgres

import (
	"context"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"personae/internal/lead"
	"personae/internal/persona"
)

// hitsShown is how many hits of a kind a search returns.
const hitsShown = 10

// hitsEnough is how many campaigns, or leads, of the first walkedAt must hold what is searched for, so
// that no others are looked for.
const hitsEnough = `50`

// Each finds what the list of its kind finds, so that its list has all of it, with how many were
// counted, and whether there may be more.
var searchPersonas = `with counted as materialized (select ` + countTo(persona.CountLimit, `personas p where `+personaMatches) + ` as n)
	select p.id, p.name, '', least(n, ` + strconv.Itoa(persona.CountLimit) + `), n > ` + strconv.Itoa(persona.CountLimit) + `
	from personas p, counted where ` + personaMatches + `
	order by p.name collate "und-x-icu", p.seq limit $3`

func searchLeads(search string) string {
	return foundLeads(search, "$2", hitsEnough) + `select ` + leadColumns + `, n, open from (
			select * from found order by last_at desc nulls last, id limit $3) f
		join leads l on l.workspace_id = $1 and l.id = f.id cross join counted
		order by l.last_at desc nulls last, l.id`
}

func searchCampaigns(f persona.CampaignFilter) string {
	found := `with found as materialized (select c.* from campaigns c where ` + campaignMatches(f) + ` ` + byCampaignName + ` limit ` + walkedAt + ` + 1
		), broad as (select count(*) > ` + walkedAt + ` as broad from found) `
	if hasParts(f.Search) {
		found = foundCampaigns(f, hitsEnough)
	}
	return found + `select c.id, c.name, '', (select count(*) from found), (select broad from broad) and ` + notAllWalked("campaigns") + `
		from found c ` + byCampaignName + ` limit $6`
}

// Search returns the personas, campaigns and leads of a workspace that search is
// found in, whatever its case and with or without its accents.
func (db *DB) Search(ctx context.Context, a Access, search string) (persona.Found, error) {
	var found persona.Found
	batch := &pgx.Batch{}
	arguments := []any{a.workspace, search}
	queueHits(batch, searchPersonas, arguments, &found.Personas, scanHit)
	f := persona.CampaignFilter{Search: search}
	queueHits(batch, searchCampaigns(f), matchArguments(a, f), &found.Campaigns, scanHit)
	queueHits(batch, searchLeads(search), arguments, &found.Leads, scanLeadHit)
	return found, db.readAll(ctx, a, batch)
}

// queueHits queues a search by these arguments, whose last one is how many it returns.
func queueHits(batch *pgx.Batch, query string, arguments []any, into *persona.Hits, scan scanHits) {
	collect(batch.Queue(query, append(slices.Clone(arguments), hitsShown)...), &into.First,
		func(row pgx.CollectableRow) (persona.Hit, error) { return scan(row, &into.Total, &into.Open) })
}

// scanHits scans a hit, how many there are at least, and whether there may be more.
type scanHits func(row pgx.CollectableRow, total *int, open *bool) (persona.Hit, error)

func scanHit(row pgx.CollectableRow, total *int, open *bool) (persona.Hit, error) {
	var h persona.Hit
	return h, row.Scan(&h.ID, &h.Name, &h.Note, total, open)
}

func scanLeadHit(row pgx.CollectableRow, total *int, open *bool) (persona.Hit, error) {
	var l lead.Lead
	err := row.Scan(append(leadTargets(&l), total, open)...)
	return persona.Hit{ID: l.ID, Name: l.Name(), Note: l.Company}, err
}
