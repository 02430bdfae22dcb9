package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/lead"
	"personae/internal/leadfile"
)

// What is read of a lead as a file, each in the order of the fields of its type.
var (
	selectFileLead = `select l.id, l.external_id, nullif(l.first_name, ''), nullif(l.last_name, ''), nullif(l.email, ''),
			nullif(l.company, ''), c.name, l.blacklisted, l.opted_out, l.unsubscribed, l.bounced, l.contact_asked_at,
			nullif(l.score_problem, ''), l.origin_id, l.origin_status, l.origin_sentiment, l.created_at, l.updated_at, l.last_at
		from leads l left join lateral ` + campaignByID("l.workspace_id", "l.campaign_id") + ` c on true
		where l.workspace_id = $1 and l.id = $2`
	selectFileMessages = `select m.id, m.external_id, m.channel, nullif(m.subject, ''), m.body, m.sent_at, m.received_at, c.name,
			nullif(m.campaign_named, ''), nullif(m.kind, ''), m.answered_elsewhere, m.origin_id
		from messages m left join lateral ` + campaignByID("m.workspace_id", "m.campaign_id") + ` c on true
		where m.workspace_id = $1 and m.lead_id = $2 order by m.sent_at, m.id`
	selectFileDrafts = `select d.message_id, d.id, d.state, d.version, d.source, d.persona_id, v.name, d.persona_version, d.language, d.prompt_key,
			d.body, e.name, nullif(d.problem, ''), d.asked_at, d.made_at, d.decided_at, b.name, nullif(d.reject_reason, ''),
			d.state_at, d.taken_at, t.name, d.sent_at, d.sent_id
		from drafts d join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
		left join ` + personaVersion("d.workspace_id", "d.persona_id", "d.persona_version") + ` v on true
		left join users e on e.id = d.edited_by
		left join users b on b.id = d.decided_by
		left join api_tokens t on t.workspace_id = d.workspace_id and t.id = d.taken_by
		where d.workspace_id = $1 and m.lead_id = $2`
	selectFileVersions = `select v.draft_id, v.version, v.source, v.persona_id, v.persona_version, v.language, v.prompt_key, v.body, u.name, v.recorded_at
		from messages m join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		-- Of each draft by itself: PostgreSQL would as soon read those of all drafts.
		cross join lateral (select * from draft_versions v where v.workspace_id = d.workspace_id and v.draft_id = d.id offset 0) v
		left join users u on u.id = v.edited_by
		where m.workspace_id = $1 and m.lead_id = $2 order by v.draft_id, v.version`
	selectFileScores = `select fit, intent, overall, reason, scored_by, settings_version, created_at
		from scores where workspace_id = $1 and lead_id = $2 order by created_at, id`
	selectFileEvents = `select e.id, e.at, e.action, e.capacity, u.name, (e.details->>'draft')::uuid, e.details->>'reason'
		from audit_events e left join users u on u.id = e.actor_id
		where e.workspace_id = $1 and e.details->>'lead' = $2::text order by e.rev`
	selectFileDeliveries = `select id, webhook_id, event, occurred_at, state from webhook_deliveries
		where workspace_id = $1 and data->>'leadId' = $2::text order by occurred_at, id`
	selectFileTries = `select t.delivery_id, t.at, t.status, nullif(t.problem, '') from webhook_deliveries d
		join webhook_tries t on t.workspace_id = d.workspace_id and t.delivery_id = d.id
		where d.workspace_id = $1 and d.data->>'leadId' = $2::text order by t.seq`
)

// LeadFile returns all that is kept about a lead, as it stood at one moment, or
// persona.ErrNotFound.
func (db *DB) LeadFile(ctx context.Context, a Access, leadID uuid.UUID) (leadfile.File, error) {
	f := leadfile.File{Version: leadfile.FileVersion}
	var drafts []leadfile.Draft
	var versions []leadfile.DraftVersion
	var tries []leadfile.Try
	checks, batch := newDraftChecks(), &pgx.Batch{}
	of := []any{a.workspace, leadID}
	collectOne(batch.Queue(selectFileLead, of...), &f.Lead, pgx.RowToStructByPos[leadfile.Lead])
	collect(batch.Queue(selectFileMessages, of...), &f.Messages, pgx.RowToStructByPos[leadfile.Message])
	collect(batch.Queue(selectFileDrafts, of...), &drafts, pgx.RowToStructByPos[leadfile.Draft])
	collect(batch.Queue(selectFileVersions, of...), &versions, pgx.RowToStructByPos[leadfile.DraftVersion])
	collect(batch.Queue(selectFileScores, of...), &f.Scores, pgx.RowToStructByPos[leadfile.Score])
	collect(batch.Queue(selectFileEvents, a.workspace, leadID.String()), &f.Events, pgx.RowToStructByPos[leadfile.Event])
	collect(batch.Queue(selectFileDeliveries, a.workspace, leadID.String()), &f.Deliveries, pgx.RowToStructByPos[leadfile.Delivery])
	collect(batch.Queue(selectFileTries, a.workspace, leadID.String()), &tries, pgx.RowToStructByPos[leadfile.Try])
	checks.queue(batch, a, `m.lead_id = $2`, leadID)
	if err := db.readLeads(ctx, a, batch); err != nil {
		return leadfile.File{}, err
	}
	fileDrafts(&f, drafts, versions, checks)
	fileTries(&f, tries)
	utc(&f.Lead.CreatedAt, &f.Lead.UpdatedAt, f.Lead.LastMessageAt, f.Lead.ContactAskedAt)
	for i := range f.Scores {
		utc(&f.Scores[i].At)
	}
	for i := range f.Events {
		utc(&f.Events[i].At)
	}
	return f, nil
}

// fileDrafts puts each draft with its message, and its versions and checks with it.
func fileDrafts(f *leadfile.File, drafts []leadfile.Draft, versions []leadfile.DraftVersion, checks draftChecks) {
	byID, byMessage := map[uuid.UUID]*leadfile.Draft{}, map[uuid.UUID]*leadfile.Draft{}
	for i := range drafts {
		d := &drafts[i]
		byID[d.ID], byMessage[d.MessageID] = d, d
		d.Checks, d.Versions = []leadfile.Check{}, []leadfile.DraftVersion{}
		utc(&d.AskedAt, d.MadeAt, d.DecidedAt, &d.StateSince, d.TakenAt, d.SentAt)
		if d.Body == nil {
			continue
		}
		checked := lead.Draft{ID: d.ID, Body: *d.Body}
		checks.note(&checked)
		for _, c := range checked.Checks {
			d.Checks = append(d.Checks, leadfile.Check{Kind: c.Kind, Text: c.Text})
		}
	}
	for _, v := range versions {
		utc(&v.At)
		byID[v.DraftID].Versions = append(byID[v.DraftID].Versions, v)
	}
	for i := range f.Messages {
		m := &f.Messages[i]
		utc(&m.SentAt, &m.ReceivedAt)
		m.Draft = byMessage[m.ID]
	}
}

// fileTries puts each try with its delivery.
func fileTries(f *leadfile.File, tries []leadfile.Try) {
	byID := map[uuid.UUID]*leadfile.Delivery{}
	for i := range f.Deliveries {
		d := &f.Deliveries[i]
		byID[d.ID], d.Tries = d, []leadfile.Try{}
		utc(&d.At)
	}
	for _, t := range tries {
		utc(&t.At)
		byID[t.DeliveryID].Tries = append(byID[t.DeliveryID].Tries, t)
	}
}

// utc has times said in UTC; nil: there is none.
func utc(times ...*time.Time) {
	for _, t := range times {
		if t != nil {
			*t = t.UTC()
		}
	}
}
