package postgres

import (
	"context"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"personae/internal/lead"
	"personae/internal/persona"
)

// hitsShown is how many hits of a kind a search returns.
const hitsShown = 10

// hitsEnough is how many campaigns, or leads, are enough for a search to look for no others.
const hitsEnough = `50`

// Each finds what the list of its kind finds, in its order, so that its list has all of it, with how many there
// are, and whether there are more than that.
var searchPersonas = `with found as materialized (select p.id, p.name, p.is_default, p.seq from personas p
		where ` + personaMatches + ` ` + byDefaultAndName + ` limit ` + strconv.Itoa(persona.CountLimit) + ` + 1
	), counted as (select count(*) as n from found)
	select p.id, p.name, '', least(n, ` + strconv.Itoa(persona.CountLimit) + `), n > ` + strconv.Itoa(persona.CountLimit) + `
	from found p cross join counted ` + byDefaultAndName + ` limit $3`

func searchLeads(search string) string {
	return foundLeads(search, "$2", hitsEnough) + `select ` + leadColumns + `, n - open::integer, open from (
			select * from found order by last_at desc nulls last, id limit $3) f
		join leads l on l.workspace_id = $1 and l.id = f.id cross join counted
		order by l.last_at desc nulls last, l.id`
}

func searchCampaigns(f persona.CampaignFilter) string {
	found := `with found as materialized (select c.* from campaigns c where ` + campaignMatches(f) + ` ` + byCampaignName + ` limit ` + usual + ` + 1
		), counted as (select count(*) as n, count(*) > ` + usual + ` as open from found) `
	if hasParts(f.Search) {
		found = foundCampaigns(f, hitsEnough)
	}
	return found + `select c.id, c.name, '', n - open::integer, open
		from found c cross join counted ` + byCampaignName + ` limit $6`
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

// scanHits scans a hit, how many there are, and whether there are more than that.
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

// likely selects the rows of a table whose key, made by search_key, has all parts of what is
// searched for in its scope: an index of search_parts finds them among any number. A few of
// them may not hold it in one piece or be of another scope, which the statement around it has
// to leave out. Neither the parts nor the rest of the conditions are for the planner to see:
// it would think that the index has to make the parts of all that it finds anew.
func likely(table, scope, key, searched, search string) string {
	return `(select * from ` + table + ` where search_parts(` + scope + `, ` + key + `)
		@> (select search_parts(` + searched + `, search_key(` + search + `))) offset 0)`
}

// hasParts reports whether a search is long enough for an index to leave anything out.
func hasParts(search string) bool { return utf8.RuneCountInString(search) >= 3 }

// lookup is how a list finds what has the parts of a search. An index finds them all, which takes the longer the more they
// are; to look at one of the list after the other takes the longer the fewer they are. So where some of its first rows
// hold what is searched for, it looks on until it has enough, and asks the index only where it does not find them.
type lookup struct {
	columns string                    // of a row, with those of the order
	first   func(limit string) string // from the first of the list, those that hold it, in its order
	order   string
	all     string // from all that may hold it, as its index finds them, those that do
	large   string // whether the list is longer than usual
}

// usual is how long a list is at most, but in a large workspace: all that is found in it is counted.
const usual = `500`

// longerThanUsual is true of a table that has more rows of the workspace $1.
func longerThanUsual(table string) string {
	return `exists (select from ` + table + ` where workspace_id = $1 offset ` + usual + `)`
}

// found names as found what the lookup finds, of a large list perhaps no more than one above enough, and as counted how
// many that is, n, and whether there may be more, open.
func (l lookup) found(enough string) string {
	return `with sampled as materialized (
			select count(*) > 2 as often, case when count(*) > 2 then ` + l.large + ` end as large from ` + l.first(` limit 100`) + `
		), first as materialized (select ` + l.columns + ` from ` + l.first(` limit case when (select often from sampled) then 4000 else 0 end`) +
		` ` + l.order + ` limit case when (select large from sampled) then ` + enough + ` + 1 end
		), broad as materialized (select often and not large or (select count(*) from first) > ` + enough + ` as broad from sampled
		), found as materialized (select * from first where (select broad from broad)
			union all (select ` + l.columns + ` from ` + l.all + ` and (select not broad from broad))
		), counted as (select count(*) as n, (select large from sampled) and (select broad from broad) as open from found)
		`
}
