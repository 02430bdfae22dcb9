package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/lead"
	"personae/internal/persona"
)

// outcomeKeys are the columns that drafts are grouped by; null: not by this one.
func outcomeKeys(by lead.OutcomeGroup) string {
	key := func(column, kind, name string, groups ...lead.OutcomeGroup) string {
		for _, g := range groups {
			if g == by {
				return column + " as " + name
			}
		}
		return "null::" + kind + " as " + name
	}
	return key("o.persona_id", "uuid", "of_persona", lead.ByPersona, lead.ByVersion) + ", " +
		key("o.persona_version", "integer", "of_version", lead.ByVersion) + ", " +
		key("o.campaign_id", "uuid", "of_campaign", lead.ByCampaign) + ", " +
		key("o.channel", "text", "of_channel", lead.ByChannel) + ", " +
		key("($7::timestamptz[])[width_bucket(o.made_at, $7::timestamptz[])]", "timestamptz", "of_week", lead.ByWeek)
}

// outcomesFound finds the drafts that a filter asks for.
func outcomesFound(f lead.OutcomeFilter) string {
	return `with found as (
			select o.*, ` + outcomeKeys(f.By) + ` from draft_outcomes o
			where o.workspace_id = $1 and o.made_at >= $2 and o.made_at < $3 and ($4::uuid is null or o.persona_id = $4)
				and ` + asked(f.Campaign.Valid, `o.campaign_id = $5`, `$5::uuid is null`) + ` and ($6 = '' or o.channel = $6)
		)`
}

// selectOutcomes counts them, in each group and in all.
func selectOutcomes(f lead.OutcomeFilter) string {
	return outcomesFound(f) + `, counted as (
			select grouping(f.of_persona) = 1 as of_all, f.of_persona, f.of_version, f.of_campaign, f.of_channel, f.of_week, count(*) as made,
				count(*) filter (where f.decision = 'approved' and not f.edited) as approved,
				count(*) filter (where f.edited) as edited,
				count(*) filter (where f.decision = 'rejected') as rejected,
				count(*) filter (where f.decision = 'withdrawn') as withdrawn,
				count(*) filter (where f.decision = 'replaced') as replaced,
				count(*) filter (where f.decision is null) as waiting,
				count(*) filter (where f.decision = 'approved' and f.sending = 'sent') as sent,
				count(*) filter (where f.decision = 'approved' and f.sending = 'failed') as failed,
				sum(f.words_added) as added, sum(f.words_removed) as removed,
				percentile_cont(array[0.5, 0.9]) within group (order by extract(epoch from f.decided_at - f.made_at))
					filter (where f.decision in ('approved', 'rejected')) as took
			from found f
			group by grouping sets ((f.of_persona, f.of_version, f.of_campaign, f.of_channel, f.of_week), ())
		)
		select c.of_all, c.of_persona, coalesce(c.of_version, 0), coalesce((select v.name from persona_versions v
				where v.workspace_id = $1 and v.persona_id = c.of_persona and v.version <= coalesce(c.of_version, v.version)
				order by v.version desc limit 1), ''),
			c.of_campaign, coalesce((select k.name from ` + campaignByID("$1", "c.of_campaign") + ` k), ''),
			coalesce(c.of_channel, ''), c.of_week, c.made, c.approved, c.edited, c.rejected, c.withdrawn, c.replaced, c.waiting,
			c.sent, c.failed, coalesce(c.added, 0), coalesce(c.removed, 0), coalesce(c.took[1], 0), coalesce(c.took[2], 0)
		from counted c order by c.of_all, c.of_week, c.made desc, 4, c.of_version desc, 6, c.of_channel, c.of_persona, c.of_campaign`
}

// selectReasons counts why they were rejected, likewise.
func selectReasons(f lead.OutcomeFilter) string {
	return outcomesFound(f) + `
		select grouping(f.of_persona) = 1, f.of_persona, coalesce(f.of_version, 0), f.of_campaign, coalesce(f.of_channel, ''), f.of_week,
			f.reason, count(*)
		from found f where f.decision = 'rejected'
		group by grouping sets ((f.of_persona, f.of_version, f.of_campaign, f.of_channel, f.of_week, f.reason), (f.reason))
		order by count(*) desc, f.reason`
}

// outcomeKey tells the groups apart.
type outcomeKey struct {
	all               bool
	persona, campaign uuid.NullUUID
	version           int
	channel           string
	week              time.Time
}

// Outcomes counts what became of the drafts of a filter, as it stands at one moment.
func (db *DB) Outcomes(ctx context.Context, a Access, f lead.OutcomeFilter) (lead.Outcomes, error) {
	var all lead.Outcomes
	batch := &pgx.Batch{}
	places := queueOutcomes(batch, a, f, &all)
	queueReasons(batch, a, f, func(key outcomeKey, reason lead.ReasonCount) {
		o := &all.Total
		if !key.all {
			o = &all.Rows[places[key]]
		}
		o.Reasons = append(o.Reasons, reason)
	})
	return all, db.readAll(ctx, a, batch)
}

func (a Access) outcomeArguments(f lead.OutcomeFilter) []any {
	arguments := []any{a.workspace, f.From, f.To, f.Persona, f.Campaign, string(f.Channel)}
	if f.By == lead.ByWeek {
		arguments = append(arguments, f.Weeks())
	}
	return arguments
}

// queueOutcomes reads the numbers, and returns where those of each group stand, once
// they are read.
func queueOutcomes(batch *pgx.Batch, a Access, f lead.OutcomeFilter, all *lead.Outcomes) map[outcomeKey]int {
	places := map[outcomeKey]int{}
	var o lead.Outcome
	var ofAll bool
	var week *time.Time
	var median, ninetieth float64
	collectEach(batch.Queue(selectOutcomes(f), a.outcomeArguments(f)...),
		[]any{&ofAll, &o.PersonaID, &o.PersonaVersion, &o.PersonaName, &o.CampaignID, &o.CampaignName, &o.Channel, &week,
			&o.Made, &o.Approved, &o.Edited, &o.Rejected, &o.Withdrawn, &o.Replaced, &o.Waiting, &o.Sent, &o.Failed,
			&o.WordsAdded, &o.WordsRemoved, &median, &ninetieth},
		func() {
			o.Week = weekIn(f, week)
			o.Median, o.Ninetieth = seconds(median), seconds(ninetieth)
			if ofAll {
				all.Total = o
				return
			}
			places[outcomeKey{false, o.PersonaID, o.CampaignID, o.PersonaVersion, string(o.Channel), o.Week}] = len(all.Rows)
			all.Rows = append(all.Rows, o)
		})
	return places
}

// weekIn returns when a week begins, in the zone of a filter.
func weekIn(f lead.OutcomeFilter, week *time.Time) time.Time {
	if week == nil {
		return time.Time{}
	}
	return week.In(f.From.Location())
}

func queueReasons(batch *pgx.Batch, a Access, f lead.OutcomeFilter, add func(outcomeKey, lead.ReasonCount)) {
	var key outcomeKey
	var week *time.Time
	var reason lead.ReasonCount
	collectEach(batch.Queue(selectReasons(f), a.outcomeArguments(f)...),
		[]any{&key.all, &key.persona, &key.version, &key.campaign, &key.channel, &week, &reason.Reason, &reason.Drafts},
		func() {
			key.week = weekIn(f, week)
			add(key, reason)
		})
}

func seconds(n float64) time.Duration {
	return time.Duration(n * float64(time.Second)).Round(time.Millisecond)
}

// OutcomeOffers returns what is to be offered beside what a filter names.
func (db *DB) OutcomeOffers(ctx context.Context, a Access, f lead.OutcomeFilter, offer persona.Offer) (lead.OutcomeOffers, error) {
	o := lead.OutcomeOffers{OfPersonas: offer, OfCampaigns: offer}
	batch := &pgx.Batch{}
	queueChoicesEver(batch, a.workspace, &o.OfPersonas, f.Persona, &o.Personas)
	queueCampaignChoices(batch, a.workspace, &o.OfCampaigns, true, f.Campaign, &o.Campaigns)
	return o, db.readAll(ctx, a, batch)
}
