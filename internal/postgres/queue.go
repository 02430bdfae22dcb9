package postgres

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/lead"
	"personae/internal/persona"
)

// DraftsPageSize is how many drafts a page of their list holds.
const DraftsPageSize = 50

// draftQuery is a filter as SQL: what holds for drafts d, by what they are ordered, with
// their id, and since when they are in their state.
type draftQuery struct {
	where, by, since string
	newest           bool
	args             []any
}

// draftsLike returns the query of a filter, whose arguments begin with the workspace
// and those given. The state stands in the text, so that an index of that state alone
// is found.
func draftsLike(a Access, f lead.DraftFilter, more ...any) draftQuery {
	q := draftQuery{newest: f.Newest, args: append([]any{a.workspace}, more...)}
	state := f.State
	if !slices.Contains(lead.DraftStates(), state) {
		state = lead.DraftWaiting
	}
	q.where, q.by, q.since = "d.workspace_id = $1 and d.state = '"+string(state)+"'", "d.state_seq", "d.state_at"
	if state == lead.DraftWaiting { // in their order also where a decision was taken back
		q.by, q.since = "d.made_at", "d.made_at"
	}
	if f.Persona.Valid {
		q.and("d.persona_id = $%d", f.Persona)
	}
	if f.Channel != "" {
		q.and("d.channel = $%d", string(f.Channel))
	}
	if f.Campaign.Valid {
		q.and(`exists (select from messages c where c.workspace_id = d.workspace_id and c.id = d.message_id
			and c.campaign_id = $%d)`, f.Campaign)
	}
	return q
}

func (q *draftQuery) and(condition string, argument any) {
	q.args = append(q.args, argument)
	q.where += " and " + fmt.Sprintf(condition, len(q.args))
}

// order returns how the list is ordered, or the other way round.
func (q *draftQuery) order(backwards bool) string {
	if q.newest != backwards {
		return q.by + " desc, d.id desc"
	}
	return q.by + ", d.id"
}

// beside returns the condition that a draft of the list comes before the one with the
// id $2, or after it.
func (q *draftQuery) beside(before bool) string {
	sign := ">"
	if q.newest != before {
		sign = "<"
	}
	return q.where + " and (" + q.by + ", d.id) " + sign + " ((select " + q.by +
		" from drafts d where d.workspace_id = $1 and d.id = $2), $2)"
}

// Drafts returns a page (from 1) of the drafts that are like f, each without its
// earlier versions, and what the list can be filtered by, as it is to be offered.
func (db *DB) Drafts(ctx context.Context, a Access, f lead.DraftFilter, page int, offer persona.Offer) (lead.DraftList, error) {
	var list lead.DraftList
	q := draftsLike(a, f, DraftsPageSize+1, (page-1)*DraftsPageSize)
	batch := &pgx.Batch{}
	collect(batch.Queue(`select `+q.since+`, m.channel, coalesce(c.name, ''),
			coalesce((select s.overall from scores s where s.workspace_id = l.workspace_id and s.lead_id = l.id
				order by s.created_at desc limit 1), 0), `+leadColumns+`, `+draftColumns+`
		from (select * from drafts d where `+q.where+` order by `+q.order(false)+` limit $2 offset $3) d`+draftAnswers+`
		left join lateral `+campaignByID("m.workspace_id", "m.campaign_id")+` c on true
		order by `+q.order(false), q.args...), &list.Drafts, scanQueued)
	list.OfPersonas, list.OfCampaigns = offer, offer
	queueChoices(batch, a.workspace, &list.OfPersonas, &list.Personas, keptIDs, byItsName, []uuid.NullUUID{f.Persona})
	queueCampaignChoices(batch, a.workspace, &list.OfCampaigns, false, f.Campaign, &list.Campaigns)
	if err := db.readAll(ctx, a, batch); err != nil {
		return lead.DraftList{}, err
	}
	if len(list.Drafts) > DraftsPageSize {
		list.Drafts, list.More = list.Drafts[:DraftsPageSize], true
	}
	drafts := make([]*lead.Draft, len(list.Drafts))
	for i := range list.Drafts {
		drafts[i] = &list.Drafts[i].Draft
	}
	return list, db.check(ctx, a, drafts)
}

func scanQueued(row pgx.CollectableRow) (lead.QueuedDraft, error) {
	var q lead.QueuedDraft
	var since *time.Time
	d, err := scanDraft(row, append([]any{&since, &q.Channel, &q.Campaign, &q.Overall}, leadTargets(&q.Lead)...)...)
	if err != nil {
		return q, err
	}
	q.Draft = *d
	set(&q.Since, since)
	return q, nil
}

// Draft returns a draft with no more than so many of its earlier versions, in the
// conversation that ends with the message it answers, and its place among those that
// are like f, or persona.ErrNotFound.
func (db *DB) Draft(
	ctx context.Context, a Access, id uuid.UUID, f lead.DraftFilter, versions int,
) (lead.DraftPage, error) {
	p := lead.DraftPage{Draft: id}
	var leadID uuid.UUID
	var message uuid.NullUUID
	q := draftsLike(a, f, id)
	var in bool
	var before int
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select m.id, m.lead_id, exists (select from messages n where n.workspace_id = m.workspace_id
			and n.lead_id = m.lead_id and (n.sent_at, n.id) > (m.sent_at, m.id))
		from drafts d join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
		where d.workspace_id = $1 and d.id = $2`, a.workspace, id), &message, &leadID, &p.Since)
	scanRow(batch.Queue(`select exists (select from drafts d where `+q.where+` and d.id = $2),
			(select count(*) from (select from drafts d where `+q.beside(true)+limited+`) d),
			(select count(*) from (select from drafts d where `+q.where+limited+`) d)`, q.args...),
		&in, &before, &p.Place.Of)
	queueBeside(batch, q, &p.Place)
	if err := db.readAll(ctx, a, batch); err != nil {
		return lead.DraftPage{}, err
	}
	if in {
		p.Place.Number = before + 1
	}
	var err error
	p.Conversation, err = db.conversation(ctx, a, leadID, message, versions)
	return p, err
}

var limited = fmt.Sprintf(" limit %d", persona.CountLimit+1)

// queueBeside reads the neighbours of the draft $2.
func queueBeside(batch *pgx.Batch, q draftQuery, into *lead.Place) {
	collectAny(batch.Queue(`select d.id from drafts d where `+q.beside(true)+` order by `+q.order(true)+` limit 1`,
		q.args...), &into.Previous, pgx.RowTo[uuid.NullUUID])
	collectAny(batch.Queue(`select d.id from drafts d where `+q.beside(false)+` order by `+q.order(false)+` limit 1`,
		q.args...), &into.Next, pgx.RowTo[uuid.NullUUID])
}

// NextDraft returns the draft that follows the one with the id among those that are
// like f, or else the first of them; not valid: there is no other. It also returns the
// lead whom the one with the id answers, or persona.ErrNotFound.
func (db *DB) NextDraft(
	ctx context.Context, a Access, id uuid.UUID, f lead.DraftFilter,
) (next uuid.NullUUID, of lead.Lead, err error) {
	var place lead.Place
	var first uuid.NullUUID
	q := draftsLike(a, f, id)
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select `+leadColumns+` from drafts d
		join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
		join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
		where d.workspace_id = $1 and d.id = $2`, a.workspace, id), leadTargets(&of)...)
	queueBeside(batch, q, &place)
	collectAny(batch.Queue(`select d.id from drafts d where `+q.where+` and d.id <> $2 order by `+q.order(false)+` limit 1`,
		q.args...), &first, pgx.RowTo[uuid.NullUUID])
	if err := db.readAll(ctx, a, batch); err != nil {
		return uuid.NullUUID{}, of, err
	}
	if place.Next.Valid {
		return place.Next, of, nil
	}
	return first, of, nil
}
