package postgres

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// ActivityPageSize is how many events a page of the audit log holds.
const ActivityPageSize = 50

// movesShown is how many of an event's campaigns a page names.
const movesShown = 50

// outsideShown is how many changes by programs with plain SQL a page shows.
const outsideShown = 20

// foundEvents returns the start of a statement, whose table found holds the events of one
// page, and its parameters. What is not asked for is not in the statement, so that one
// index finds the page, in its order.
func foundEvents(workspace uuid.UUID, f audit.Filter, limit int) (found string, arguments []any) {
	arguments = []any{workspace}
	bind := func(value any) string {
		arguments = append(arguments, value)
		return "$" + strconv.Itoa(len(arguments))
	}
	where := ` where e.workspace_id = $1`
	if f.Person.Valid {
		where += ` and e.actor_id = ` + bind(f.Person)
	}
	if f.Operator {
		where += ` and e.capacity = 'operator'`
	}
	switch f.Action {
	case "":
	case "default":
		where += ` and e.action like 'persona.%' and e.details ? 'to' and e.details->>'to' is distinct from e.details->>'from'`
	default:
		where += ` and split_part(e.action, '.', 1) = ` + bind(f.Action)
	}
	if f.From != nil {
		where += ` and e.at >= ` + bind(*f.From)
	}
	if f.To != nil {
		where += ` and e.at < ` + bind(*f.To)
	}
	if f.Before != 0 {
		before := bind(f.Before)
		where += ` and (e.at, e.rev) < (coalesce((select b.at from audit_events b where b.workspace_id = $1 and b.rev = ` +
			before + `), 'infinity'), ` + before + `)`
	}
	page := ` order by e.at desc, e.rev desc limit ` + strconv.Itoa(limit)
	if !f.Persona.Valid {
		return `with found as (select e.* from audit_events e` + where + page + `)`, arguments
	}
	// Each event of a persona is found in one of three ways, as its index says.
	id := bind(f.Persona.UUID)
	way := func(holds string) string {
		return `(select e.* from audit_events e` + where + ` and ` + holds + page + `)`
	}
	return `with found as (select e.* from (` + way(`e.persona_id = `+id) +
		` union all ` + way(`e.details->>'from' = `+id+`::text and e.details->>'from' <> coalesce(e.persona_id::text, '')`) +
		` union all ` + way(`e.details->>'to' = `+id+`::text and e.details->>'to' <> coalesce(e.persona_id::text, '')
			and e.details->>'from' is distinct from `+id+`::text`) + `) e` + page + `)`, arguments
}

// foundEvent is what else is to be read for an event that a page found.
type foundEvent struct {
	id        uuid.UUID
	action    audit.Action
	personas  [3]uuid.NullUUID // that it names: whom it is about, from whom and to whom
	version   int              // of the first of them; 0: it tells none
	told      []toldVersion
	words     bool // it changed those of a persona,
	settings  bool // those of settings,
	campaigns bool // or who answers for campaigns
}

// toldVersion is what an event tells of a persona that it names. From is missing where it
// added the persona, and To where it deleted it.
type toldVersion struct {
	ID       uuid.UUID
	From, To *int
}

// namedPersonas returns what an event tells of those that it names.
func namedPersonas(event string) string {
	return held(`d.whole`, `personas`, `jsonb_path_query_array(d.whole, '$.personas[*] ? (@.id == $a || @.id == $b || @.id == $c)',
		jsonb_build_object('a', `+event+`.persona_id, 'b', d.whole->'from', 'c', d.whole->'to'))`, `'[]'`)
}

// held returns what is made of a key of an event's details, and otherwise where they do not hold it, as those
// of most events do not: to look for what is not there takes as long.
func held(details, key, made, otherwise string) string {
	return `case when ` + details + ` ? '` + key + `' then ` + made + ` else ` + otherwise + ` end`
}

// counted returns how many of an event's personas fulfil a condition, as a column.
func counted(condition, column string) string {
	return held(`d.whole`, `personas`, `jsonb_array_length(jsonb_path_query_array(d.whole, '$.personas[*] ? (`+condition+`)'))`, `0`) +
		` as ` + column
}

// namedThen is a persona at a version, by which it had a name. latest is a version that
// none reaches.
type namedThen struct {
	id      uuid.UUID
	version int
}

const latest = math.MaxInt32

// then returns a persona at the version that the event tells, and at its last where it
// tells none.
func (e foundEvent) then(id uuid.UUID) namedThen {
	version := 0
	for _, t := range e.told {
		if told := cmp.Or(t.To, t.From); t.ID == id && told != nil {
			version = max(version, *told)
		}
	}
	switch {
	case version > 0:
	case e.version > 0 && e.personas[0].UUID == id:
		version = e.version
	default:
		version = latest
	}
	return namedThen{id, version}
}

// queueNames reads the names that personas had at the events, or the first one that is known
// where they are older.
func queueNames(batch *pgx.Batch, a Access, found []foundEvent, names map[namedThen]string) {
	for _, e := range found {
		for _, p := range e.personas {
			if p.Valid {
				names[e.then(p.UUID)] = ""
			}
		}
	}
	var ids []uuid.UUID
	var versions []int
	for n := range names {
		ids, versions = append(ids, n.id), append(versions, n.version)
	}
	var n namedThen
	var name string
	collectEach(batch.Queue(`select n.id, n.version, v.name
		from unnest($2::uuid[], $3::integer[]) n (id, version) cross join lateral (
			(select v.name from persona_versions v where v.workspace_id = $1 and v.persona_id = n.id and v.version <= n.version
				order by v.version desc limit 1)
			union all (select v.name from persona_versions v where v.workspace_id = $1 and v.persona_id = n.id
				order by v.version limit 1) limit 1) v`, a.workspace, ids, versions),
		[]any{&n.id, &n.version, &name}, func() { names[n] = name })
}

// idsOf returns the ids of the events for which a condition holds.
func idsOf(found []foundEvent, holds func(foundEvent) bool) []uuid.UUID {
	var ids []uuid.UUID
	for _, e := range found {
		if holds(e) {
			ids = append(ids, e.id)
		}
	}
	return ids
}

// foundByID is the start of a statement as foundEvents returns it, with the ids of events: there is a statement for
// each way to filter, so what only some events ask for is read by their ids.
const foundByID = `with found as (select e.* from audit_events e where e.workspace_id = $1 and e.id = any($2))`

// pageOfFound has of each event of found what a page shows, and more columns of its details
// d. Each is unpacked once ("offset 0" keeps that from being done again for each use): it may name 10,000
// campaigns and personas.
func pageOfFound(more string) string {
	return `, page as materialized (
	select f.id, f.workspace_id, f.rev, f.at, f.actor_id, f.capacity, f.grant_id, f.action, f.persona_id, f.campaign_id,
		f.from_version, f.to_version, d.whole - '{campaigns,were,became,personas}'::text[] as details` + more + `
	from found f, lateral (select f.details || '{}'::jsonb as whole offset 0) d)`
}

// firstOf returns the beginning of a list of an event, as a column.
func firstOf(list string) string {
	return fmt.Sprintf(`jsonb_path_query_array(d.whole, '$.%s[0 to %d]') as first_%s`, list, movesShown-1, list)
}

// nameThen returns the name that a persona had at an event e of the page, as
// foundEvent.then finds it.
func nameThen(id string) string {
	return `coalesce((select v.name from persona_versions v where v.workspace_id = e.workspace_id and v.persona_id = (` +
		id + `)::uuid
		and v.version <= coalesce((select coalesce(x.value->>'to', x.value->>'from')::integer from jsonb_array_elements(e.personas) x
				where x.value->>'id' = (` + id + `)::text order by 1 desc limit 1),
			case when e.persona_id = (` + id + `)::uuid then e.to_version end, 2147483647)
		order by v.version desc limit 1), '')`
}

// selectActivity reads the events found, but the names of personas; ids is the list of the
// campaigns of each, of its details d.
func selectActivity(ids string) string {
	return pageOfFound(`, d.whole ? 'campaigns' as moved, `+namedPersonas("f")+` as told,
		`+ids+` as ids, coalesce(jsonb_array_length(d.whole->'campaigns'), 0) as campaigns,
		`+counted(`!exists(@.from)`, `made`)+`, `+counted(`exists(@.from) && exists(@.to)`, `rewritten`)+`,
		`+counted(`!exists(@.to)`, `removed`)) + `
	select e.id, e.rev, e.at, coalesce(u.name, ''), e.capacity, coalesce(gb.name, ''), coalesce(g.reason, ''), e.action,
		coalesce(c.name, ''),
		coalesce(` + held(`e.details`, `user`, `(select x.name from users x where x.id = (e.details->>'user')::uuid)`, `null`) + `, ''),
		coalesce(e.details->>'role', ''),
		coalesce(e.details->'fields', '[]'), e.campaigns, e.ids, e.made, e.rewritten, e.removed,
		coalesce(e.from_version, 0), coalesce(e.to_version, 0), e.persona_id, e.campaign_id, e.grant_id,
		coalesce((e.details->'settings'->>'from')::integer, 0), l.id, coalesce(l.first_name, ''), coalesce(l.last_name, ''),
		coalesce(l.email, ''), coalesce(l.external_id, ''), coalesce(e.details->>'reason', ''),
		coalesce((e.details->>'drafts')::integer, 0), coalesce((e.details->>'leads')::integer, 0),
		coalesce((e.details->>'added')::integer, 0), (e.details->>'proposal')::uuid, (e.details->>'proposed')::uuid, (e.details->>'schedule')::uuid,
		coalesce(` + held(`e.details`, `house`, `(select h.name from house_personas h where h.id = (e.details->>'house')::uuid)`, `null`) +
		`, ''), (e.details->>'from')::uuid, (e.details->>'to')::uuid, e.told, coalesce(e.from_version <> e.to_version, false),
		e.details ? 'settings', e.moved, ` + trialColumns + `
	from page e
	` + trialTables + `
	left join users u on u.id = e.actor_id
	left join support_grants g on g.workspace_id = e.workspace_id and g.id = e.grant_id
	left join users gb on gb.id = g.granted_by
	left join lateral ` + campaignByID("e.workspace_id", "e.campaign_id") + ` c on true
	left join leads l on l.workspace_id = e.workspace_id and l.id = (e.details->>'lead')::uuid
	order by e.at desc, e.rev desc`
}

// The ids of the campaigns of an event: a page shows none, and a file has those of all.
var (
	noIDs  = `'{}'::uuid[]`
	allIDs = held(`d.whole`, `campaigns`, `array(select jsonb_array_elements_text(d.whole->'campaigns')::uuid)`, `'{}'`)
)

// scannedEntry is what targets point to: a row of selectActivity.
type scannedEntry struct {
	entry audit.Entry
	found foundEvent
	trial scannedTrial
}

func (s *scannedEntry) targets() []any {
	x, f := &s.entry, &s.found
	return append([]any{&x.ID, &x.Rev, &x.At, &x.Who, &x.Role, &x.Grantor, &x.Reason, &x.Action, &x.Campaign,
		&x.User, &x.NewRole, &x.Fields, &x.Moved, &x.Campaigns, &x.Made, &x.Rewritten, &x.Removed, &x.Versions[0],
		&x.Versions[1], &x.PersonaID,
		&x.CampaignID, &x.GrantID,
		&x.Settings, &x.LeadID, &x.Lead.FirstName, &x.Lead.LastName, &x.Lead.Email, &x.Lead.ExternalID,
		&x.Rejected, &x.Drafts, &x.Leads, &x.Added, &x.ProposalID, &x.ProposedID, &x.ScheduleID, &x.House,
		&f.personas[1], &f.personas[2], &f.told, &f.words, &f.settings, &f.campaigns}, s.trial.targets()...)
}

// take returns the entry and what else is to be read for it, and makes room for the next.
func (s *scannedEntry) take() (audit.Entry, foundEvent) {
	x, f := s.entry, s.found
	f.id, f.action, f.personas[0], f.version = x.ID, x.Action, x.PersonaID, x.Versions[1]
	x.Trial = s.trial.found()
	if x.Action == audit.ScheduleSkipped {
		x.Skipped, x.Rejected = persona.Overtaking(x.Rejected), ""
	}
	*s = scannedEntry{}
	return x, f
}

// selectMoves names the first campaigns of the page's events, which were recorded in
// the order of their names, with the persona of each before and after. A delete
// leaves them with none.
var selectMoves = pageOfFound(`, d.whole ? 'became' as each_became, `+firstOf("campaigns")+`, `+firstOf("were")+`, `+firstOf("became")+`,
		`+namedPersonas("f")+` as personas`) + `
	select e.id, coalesce(c.name, ''), ` + nameThen("moved.was") + `, ` + nameThen("moved.became") + `
	from page e cross join lateral (
		select i.n, i.id, case when e.action = 'persona.deleted' then e.persona_id else i.was end as was,
			case when e.each_became then i.became when e.action <> 'persona.deleted' then (e.details->>'to')::uuid end as became
		from (select n, id::uuid, was::uuid, became::uuid from rows from (jsonb_array_elements_text(e.first_campaigns),
			jsonb_array_elements_text(e.first_were), jsonb_array_elements_text(e.first_became))
			with ordinality i (id, was, became, n)) i) moved
	left join lateral ` + campaignByID("e.workspace_id", "moved.id") + ` c on true
	order by e.id, c.name collate "und-x-icu", moved.n`

// Activities returns a page of the audit log, the latest first, and what its
// filters offer.
func (db *DB) Activities(ctx context.Context, a Access, f audit.Filter) (audit.Log, error) {
	page, err := ask(ctx, db, a, activityQuestion{f})
	log := page.Log
	if err != nil {
		return log, err
	}
	if len(log.Events) > ActivityPageSize {
		log.Events, page.found = log.Events[:ActivityPageSize], page.found[:ActivityPageSize]
		log.Older = log.Events[ActivityPageSize-1].Rev
	}
	err = db.readFound(ctx, a, page.found, &log)
	slices.SortStableFunc(log.Outside, func(x, y audit.Entry) int { return y.At.Compare(x.At) })
	log.Outside = log.Outside[:min(len(log.Outside), outsideShown)]
	return log, err
}

// ActivityAhead is what Activities begins with where nothing is filtered.
func ActivityAhead() Ahead { return readingOf(activityQuestion{}) }

type activityQuestion struct{ audit.Filter }

// activityFound is a page of the audit log before all is read that it says of its events.
type activityFound struct {
	audit.Log
	found []foundEvent // for each event of the log
}

func (q activityQuestion) queue(batch *pgx.Batch, workspace uuid.UUID, into *activityFound) {
	queueFound(batch, workspace, q.Filter, ActivityPageSize+1, noIDs, &into.Events, &into.found)
	queueUndoable(batch, workspace, &into.Undoable)
	collectAny(batch.Queue(selectUndoableDeletion, workspace, audit.PersonaDeleted), &into.DeletedDefault, pgx.RowTo[uuid.UUID])
	queueOffers(batch, workspace, q.Filter, &into.Log)
	collectAny(batch.Queue(removedBefore, workspace), &into.RemovedBefore, pgx.RowTo[time.Time])
	if q.Filter == (audit.Filter{}) {
		queueOutside(batch, workspace, &into.Log)
	}
}

// queueFound reads the latest events that a filter lets through, with these ids of their campaigns, and what else is to be
// read for each.
func queueFound(
	batch *pgx.Batch, workspace uuid.UUID, f audit.Filter, limit int, ids string, events *[]audit.Entry, found *[]foundEvent,
) {
	sql, arguments := foundEvents(workspace, f, limit)
	batch.Queue(sql+selectActivity(ids), arguments...).Query(func(rows pgx.Rows) error {
		*events, *found = make([]audit.Entry, 0, limit), make([]foundEvent, 0, limit) // an entry is large, and many
		row := &scannedEntry{}
		return each(rows, row.targets(), func() {
			x, f := row.take()
			*events, *found = append(*events, x), append(*found, f)
		})
	})
}

// readFound reads what else a page says of its events. What none of them asks for is not looked for.
func (db *DB) readFound(ctx context.Context, a Access, found []foundEvent, log *audit.Log) error {
	names := map[namedThen]string{}
	batch := &pgx.Batch{}
	queueNames(batch, a, found, names)
	of := func(holds func(foundEvent) bool, sql string, collect func(*pgx.QueuedQuery)) {
		if ids := idsOf(found, holds); len(ids) > 0 {
			collect(batch.Queue(foundByID+sql, a.workspace, ids))
		}
	}
	of(func(e foundEvent) bool { return e.words }, selectWords,
		func(q *pgx.QueuedQuery) { collectWords(q, log) })
	of(func(e foundEvent) bool { return e.settings }, selectSettingsWords,
		func(q *pgx.QueuedQuery) { collectSettingsWords(q, log) })
	of(func(e foundEvent) bool { return e.campaigns }, selectMoves,
		func(q *pgx.QueuedQuery) { collectMoves(q, log) })
	of(func(e foundEvent) bool {
		return e.action == audit.CampaignAssigned || e.action == audit.CampaignsAssigned
	},
		selectAssigned, func(q *pgx.QueuedQuery) { collectAny(q, &log.Assigned, pgx.RowTo[uuid.UUID]) })
	of(func(e foundEvent) bool { return e.action == audit.PersonaDeleted }, selectStillDeleted,
		func(q *pgx.QueuedQuery) { collect(q, &log.Deleted, pgx.RowTo[uuid.UUID]) })
	err := db.readAll(ctx, a, batch)
	nameEntries(log.Events, found, names)
	return err
}

// nameEntries puts the names that personas had at the events into what was read of each.
func nameEntries(entries []audit.Entry, found []foundEvent, names map[namedThen]string) {
	for i, e := range found {
		x := &entries[i]
		for n, into := range []*string{&x.Persona, &x.From, &x.To} {
			if p := e.personas[n]; p.Valid {
				*into = names[e.then(p.UUID)]
			}
		}
	}
}

// selectStillDeleted finds, among the events of a page, the deletions of personas that
// were not restored since.
const selectStillDeleted = ` select e.id from found e join persona_versions v on v.workspace_id = e.workspace_id
		and v.persona_id = e.persona_id and v.event_id = e.id and v.deleted
	where e.action = '` + string(audit.PersonaDeleted) + `' and not exists (select from persona_versions later
		where later.workspace_id = v.workspace_id and later.persona_id = v.persona_id and later.version > v.version)`

// collectWords reads the words before and after, of all events of a page at once.
func collectWords(q *pgx.QueuedQuery, log *audit.Log) {
	var id uuid.UUID
	var before, after persona.Content
	collectEach(q,
		slices.Concat([]any{&id}, contentTargets(&before), contentTargets(&after)), func() {
			fillEntry(log, id, func(x *audit.Entry) { x.Words.Before, x.Words.After = new(before), new(after) })
		})
}

// collectSettingsWords reads those of settings.
func collectSettingsWords(q *pgx.QueuedQuery, log *audit.Log) {
	var id uuid.UUID
	var before, after persona.Settings
	collectEach(q,
		slices.Concat([]any{&id}, settingsTargets(&before), settingsTargets(&after)), func() {
			fillEntry(log, id, func(x *audit.Entry) {
				x.Words.SettingsBefore, x.Words.SettingsAfter = new(before), new(after)
			})
		})
}

var selectWords = `
	select e.id, ` + contentColumns.words("was") + `, ` + contentColumns.words("v") + ` from found e
	join ` + personaVersion("e.workspace_id", "e.persona_id", "e.from_version") + ` was on true
	join ` + personaVersion("e.workspace_id", "e.persona_id", "e.to_version") + ` v on true
	where e.from_version <> e.to_version`

var selectSettingsWords = `
	select e.id, ` + settingsWords("was") + `, ` + settingsWords("v") + ` from found e
	join ` + settingsVersion("e.workspace_id", "(e.details->'settings'->>'to')::integer") + ` v on true
	left join ` + settingsVersion("e.workspace_id", "(e.details->'settings'->>'from')::integer") + ` was on true
	where was.version is not null or e.details->'settings'->'from' is null`

// collectMoves reads what became of the campaigns of a page's events.
func collectMoves(q *pgx.QueuedQuery, log *audit.Log) {
	var id uuid.UUID
	var move audit.Move
	collectEach(q, []any{&id, &move.Campaign, &move.From, &move.To}, func() {
		fillEntry(log, id, func(x *audit.Entry) { x.Moves = append(x.Moves, move) })
	})
}

// queueOffers reads the people and the personas to filter by.
func queueOffers(batch *pgx.Batch, workspace uuid.UUID, f audit.Filter, log *audit.Log) {
	log.Offer.Find = f.Find
	named := pgx.RowToStructByPos[persona.Named]
	collect(batch.Queue(eachOnce("audit_events", "actor_id")+` select u.id, u.name
		from once join users u on u.id = once.id order by u.name collate "und-x-icu", u.id`, workspace),
		&log.People, named)
	queueChoicesEver(batch, workspace, &log.Offer, f.Persona, &log.Personas)
}

// eachOnce finds the ids in a column of a workspace's rows by one look at the
// index for each id, however many rows hold it.
func eachOnce(table, column string) string {
	next := `(select ` + column + ` from ` + table + ` where workspace_id = $1 and ` + column + ` > %s
		order by ` + column + ` limit 1)`
	return `with recursive once (id) as (` + fmt.Sprintf(next, `'00000000-0000-0000-0000-000000000000'`) + `
		union all select ` + fmt.Sprintf(next, "once.id") + ` from once where once.id is not null)`
}

// queueOutside reads the latest versions that have no event.
func queueOutside(batch *pgx.Batch, workspace uuid.UUID, log *audit.Log) {
	// Of one that was made after what is kept no longer it is not known what it changed.
	const latest = ` where workspace_id = $1 and event_id is null and recorded_at > coalesce(
		(select removed_before from workspace_revisions where workspace_id = $1), '-infinity') order by recorded_at desc limit $2`
	collectMore(batch.Queue(`select v.recorded_at, v.deleted, was.version is null or was.deleted, v.is_default,
			coalesce(was.is_default, false), `+contentColumns.words("was")+`, `+contentColumns.words("v")+`
		from (select * from persona_versions`+latest+`) v left join `+personaVersion("v.workspace_id", "v.persona_id", "v.version - 1")+` was on true`,
		workspace, outsideShown), &log.Outside, scanOutsidePersona)
	collectMore(batch.Queue(`select v.recorded_at, `+settingsWords("was")+`, `+settingsWords("v")+`
		from (select * from workspace_settings_versions`+latest+`) v left join `+settingsVersion("v.workspace_id", "v.version - 1")+` was on true`,
		workspace, outsideShown), &log.Outside, scanOutsideSettings)
}

func scanOutsideSettings(row pgx.CollectableRow) (audit.Entry, error) {
	x := audit.Entry{Action: audit.OutsideSettings, Role: access.Outside}
	var before, after persona.Settings
	err := row.Scan(slices.Concat([]any{&x.At}, settingsTargets(&before), settingsTargets(&after))...)
	x.Words.SettingsBefore, x.Words.SettingsAfter = &before, &after
	x.Fields = changedSettings(before, after)
	return x, err
}

func scanOutsidePersona(row pgx.CollectableRow) (audit.Entry, error) {
	x := audit.Entry{Action: audit.OutsideChanged, Role: access.Outside}
	var before, after persona.Content
	var deleted, added, isDefault, wasDefault bool
	err := row.Scan(slices.Concat([]any{&x.At, &deleted, &added, &isDefault, &wasDefault}, contentTargets(&before),
		contentTargets(&after))...)
	x.Persona = after.Name
	switch {
	case deleted:
		x.Action = audit.OutsideDeleted
	case added:
		x.Action = audit.OutsideAdded
	default:
		x.Fields = changedFields(before, after)
		x.Words.Before, x.Words.After = &before, &after
		if wasDefault && !isDefault {
			x.From = after.Name
		}
	}
	if isDefault && !wasDefault && !deleted {
		x.To = after.Name
	}
	return x, err
}

// partTime is how long one part of a file may take to be read.
const partTime = 10 * time.Second

// EachActivity calls do with every event that the filter lets through, the
// latest first, page by page, so that a long log needs little memory. It calls
// do at least once. However long all of it takes, a page of it takes no longer than partTime.
func (db *DB) EachActivity(ctx context.Context, a Access, f audit.Filter, do func([]audit.Entry) error) error {
	if !a.May(access.Read) {
		return persona.ErrNotFound
	}
	const page = 1000
	for {
		events, err := db.activityPart(ctx, a, f, page)
		if err != nil {
			return err
		}
		if err := do(events); err != nil || len(events) < page {
			return err
		}
		f.Before = events[page-1].Rev
	}
}

func (db *DB) activityPart(ctx context.Context, a Access, f audit.Filter, page int) ([]audit.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, partTime)
	defer cancel()
	var found []foundEvent
	var events []audit.Entry
	names := map[namedThen]string{}
	batch := &pgx.Batch{}
	queueFound(batch, a.workspace, f, page, allIDs, &events, &found)
	if err := db.readAll(ctx, a, batch); err != nil {
		return nil, err
	}
	batch = &pgx.Batch{}
	queueNames(batch, a, found, names)
	err := db.readAll(ctx, a, batch)
	nameEntries(events, found, names)
	return events, err
}

// Events returns at most limit events with a smaller rev than before (0: the
// latest), the latest first.
func (db *DB) Events(ctx context.Context, a Access, before, limit int) ([]audit.Event, error) {
	var events []audit.Event
	batch := &pgx.Batch{}
	collect(batch.Queue(`select e.id, e.rev, e.at, e.actor_id, u.name, e.capacity, e.grant_id, e.token_id, e.action, e.persona_id, e.campaign_id,
			e.from_version, e.to_version, (e.details->>'from')::uuid, (e.details->>'to')::uuid,
			array(select jsonb_array_elements_text(e.details->'fields')), array(select jsonb_array_elements_text(e.details->'campaigns')::uuid),
			array(select jsonb_array_elements_text(e.details->'were')::uuid), array(select jsonb_array_elements_text(e.details->'became')::uuid),
			(e.details->>'user')::uuid, e.details->>'role', (e.details->>'lead')::uuid, (e.details->>'proposal')::uuid,
			(e.details->>'proposed')::uuid, (e.details->>'schedule')::uuid
		from audit_events e left join users u on u.id = e.actor_id
		where e.workspace_id = $1 and ($2 = 0 or e.rev < $2) order by e.rev desc limit $3`, a.workspace, before, limit), &events, pgx.RowToStructByPos[audit.Event])
	return events, db.readAll(ctx, a, batch)
}

// fillEntry fills in what one event did, if it is on the page.
func fillEntry(log *audit.Log, id uuid.UUID, fill func(*audit.Entry)) {
	if i := slices.IndexFunc(log.Events, func(x audit.Entry) bool { return x.ID == id }); i >= 0 {
		fill(&log.Events[i])
	}
}
