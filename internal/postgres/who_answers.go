package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

// WhoAnswersFor says what is asked of who answers.
type WhoAnswersFor struct {
	Campaign uuid.NullUUID // not valid: no campaign
	Page     int           // of all campaigns, from 1
	Offer    persona.Offer // which of the campaigns are offered to ask about
	At       time.Time     // a moment to come; zero: now
}

// WhoAnswers is what decides who answers for a campaign, and for each of a page of all.
type WhoAnswers struct {
	Campaign  *persona.Campaign // nil: none was asked about
	Campaigns []persona.Campaign
	Total     int             // how many there are on all pages, no more than one above persona.CountedTo
	Choices   []persona.Named // campaigns to ask about
	Offer     persona.Offer
	Personas  []persona.Persona // who answers for one of these, the default, and some with words in other languages
	Settings  persona.Voice
	Foreseen  persona.Foreseen // what is scheduled until then, of which all else is told
}

// WhoAnswers returns what decides. It fails with persona.ErrNotFound where the workspace has no
// such campaign.
func (db *DB) WhoAnswers(ctx context.Context, a Access, q WhoAnswersFor) (WhoAnswers, error) {
	return db.whoAnswers(ctx, a, q, true)
}

func (db *DB) whoAnswers(ctx context.Context, a Access, q WhoAnswersFor, all bool) (WhoAnswers, error) {
	w := WhoAnswers{Offer: q.Offer}
	var schedules []persona.Schedule
	batch := &pgx.Batch{}
	if q.Campaign.Valid {
		w.Campaign = &persona.Campaign{}
		collectOne(batch.Queue(selectCampaign, a.workspace, q.Campaign), w.Campaign, scanCampaign)
	}
	if all {
		f := persona.CampaignFilter{}
		collect(batch.Queue(selectCampaignPage(f), append(matchArguments(a, f), CampaignsPageSize, (q.Page-1)*CampaignsPageSize)...),
			&w.Campaigns, scanCampaign)
		scanRow(batch.Queue(`select `+countTo("$2::integer", `campaigns where workspace_id = $1 and archived_at is null`), a.workspace,
			persona.CountedTo(q.Page, CampaignsPageSize)), &w.Total)
		queueCampaignChoices(batch, a.workspace, &w.Offer, false, q.Campaign, &w.Choices)
	}
	queueVoice(batch, a.workspace, &w.Settings)
	if !q.At.IsZero() {
		collect(batch.Queue(openSchedules, a.workspace), &schedules, scanSchedule)
	}
	if err := db.readAll(ctx, a, batch); err != nil {
		return WhoAnswers{}, err
	}
	batch = &pgx.Batch{}
	collect(batch.Queue(selectAnswering, a.workspace, w.answering(schedules), persona.ChoicesShown), &w.Personas, scanPersona)
	if err := db.readAll(ctx, a, batch); err != nil {
		return WhoAnswers{}, err
	}
	if q.At.IsZero() {
		return w, nil
	}
	campaigns := w.Campaigns
	if w.Campaign != nil {
		campaigns = append(campaigns[:len(campaigns):len(campaigns)], *w.Campaign)
	}
	w.Foreseen = persona.ForeseeIn(w.Personas, campaigns, schedules, q.At)
	copy(w.Campaigns, campaigns)
	if w.Campaign != nil {
		w.Campaign = &campaigns[len(campaigns)-1]
	}
	return w, nil
}

// selectAnswering reads the default, those in $2, and no more than $3 that have words in other
// languages, which may be asked for.
var selectAnswering = `select ` + personaAlone + ` from personas p where p.workspace_id = $1 and p.id = any(array(
		select id from personas where workspace_id = $1 and is_default)
	|| $2::uuid[] || array(select id from personas where workspace_id = $1 and variants is not null limit $3))
	order by p.is_default desc, p.name collate "und-x-icu", p.seq`

// answering returns the ids of who answers for a campaign now, or may by what is scheduled.
func (w WhoAnswers) answering(schedules []persona.Schedule) []uuid.NullUUID {
	var ids []uuid.NullUUID
	for _, c := range w.Campaigns {
		ids = append(ids, c.PersonaID)
	}
	if w.Campaign != nil {
		ids = append(ids, w.Campaign.PersonaID)
	}
	for _, s := range schedules {
		ids = append(ids, s.Persona.ID, s.Previous.ID)
	}
	return ids
}
