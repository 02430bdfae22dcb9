package postgres

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/audit"
	"personae/internal/lead"
	"personae/internal/origin"
)

// importLeads imports the leads of the workspaces, which are here by now, and
// what they wrote. A lead or message that was imported before stays as it is, or
// stays deleted, but for two things that never go back: that a lead may not be
// written to, and that a message was answered.
func (imp *Importer) importLeads(
	ctx context.Context, tx pgx.Tx, source *origin.Source, list []origin.Workspace,
	here *existing, done *Imported, progress func(Imported),
) error {
	tally := origin.Tally{}
	if err := source.Leads(ctx, list, func(leads []origin.Lead) error {
		err := imp.importSome(ctx, tx, leads, here, tally, done)
		progress(*done)
		return err
	}); err != nil {
		return err
	}
	done.Repairs = append(done.Repairs, tally.Repairs(list)...)
	return nil
}

// leadChanges are the rows that an import of leads adds and changes.
type leadChanges struct {
	added, followed   leadRows
	written, answered messageRows
	scored            scoreRows
	erased            int
}

func (imp *Importer) importSome(
	ctx context.Context, tx pgx.Tx, leads []origin.Lead, here *existing, tally origin.Tally, done *Imported,
) error {
	before, err := lookUpLeads(ctx, tx, leads, here)
	if err != nil {
		return err
	}
	var rows leadChanges
	for i, l := range leads {
		done.LeadsSeen++
		done.MessagesSeen += len(l.Messages)
		w := here.workspace(l.Workspace)
		if !rows.addLead(w, l, before.leads[i], tally) {
			continue
		}
		if before.leads[i] == nil {
			done.Outbound += l.Outbound
		}
		for j, m := range l.Messages {
			rows.addMessage(w, l, m, before.messages[[2]int{i, j}], tally)
		}
	}
	done.Leads += len(rows.added.ids)
	done.Erased += rows.erased
	done.Messages += len(rows.written.ids)
	done.Followed += len(rows.followed.ids) + len(rows.answered.ids)
	if imp.conn == nil {
		return nil
	}
	batch := &pgx.Batch{}
	rows.added.queue(batch, insertLeads)
	rows.followed.queue(batch, followLeads)
	rows.scored.queue(batch)
	rows.written.queue(batch, insertMessages)
	rows.answered.queue(batch, followMessages)
	for _, w := range append(rows.added.of, rows.written.of...) {
		if w.recorded {
			continue
		}
		w.recorded = true
		if err := here.record(batch, w.id, &event{id: uuid.New(), action: audit.WorkspaceImported}); err != nil {
			return err
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	return tx.SendBatch(ctx, batch).Close()
}

// addLead adds a lead, or what became of one that was imported before, and reports
// whether what it wrote is looked at.
func (r *leadChanges) addLead(w *existingWorkspace, l origin.Lead, before *knownLead, tally origin.Tally) bool {
	switch {
	case l.LeftOut:
		tally.Add(l.Workspace, l.ID, l.Faults...)
		return false
	case before == nil:
		tally.Add(l.Workspace, l.ID, l.Faults...)
		r.added.add(w, l)
		r.scored.add(w, l)
	case before.erased:
		r.erased++
		return false
	case before.gone:
		return false
	case l.Status != before.status || l.Sentiment != before.sentiment || l.Score != nil && l.Score.At.After(before.scored):
		r.followed.add(w, l)
		r.scored.add(w, l)
	case l.Blacklisted && !before.blacklisted || l.OptedOut && !before.optedOut ||
		l.Unsubscribed && !before.unsubscribed || l.Bounced && !before.bounced:
		r.followed.add(w, l)
	}
	return true
}

// addMessage adds a message, or what became of one that was imported before; before
// is what personae knows of it, nil where it has no such message.
func (r *leadChanges) addMessage(
	w *existingWorkspace, l origin.Lead, m origin.Message, before *knownMessage, tally origin.Tally,
) {
	switch {
	case before == nil:
		tally.Add(l.Workspace, m.ID, m.Faults...)
		if !m.LeftOut {
			r.written.add(w, l, m)
		}
	case m.Answered && !before.answered, m.Mark != "" && before.kind == "" && !before.gone:
		r.answered.add(w, l, m)
	}
}

// knownLead is a lead that was imported before, or was here.
type knownLead struct {
	erased                                       bool // for good
	gone                                         bool // it was deleted here
	blacklisted, optedOut, unsubscribed, bounced bool
	status, sentiment                            string
	scored                                       time.Time // zero: never
}

// knownMessage is a message that was imported before. One that was deleted counts as
// answered.
type knownMessage struct {
	gone, answered bool
	kind           lead.Kind
}

// knownLeads are those of some leads, by their place among them, that were imported
// before, and those of their messages, by both places.
type knownLeads struct {
	leads    map[int]*knownLead
	messages map[[2]int]*knownMessage
}

func lookUpLeads(ctx context.Context, tx pgx.Tx, leads []origin.Lead, here *existing) (knownLeads, error) {
	known := knownLeads{map[int]*knownLead{}, map[[2]int]*knownMessage{}}
	var workspaces, messageWorkspaces []uuid.UUID
	var ids, messages []string
	var places []int
	var messagePlaces [][2]int
	for i, l := range leads {
		w := here.workspace(l.Workspace)
		if !w.Here || l.LeftOut {
			continue
		}
		workspaces, ids, places = append(workspaces, w.id), append(ids, l.ID), append(places, i)
		for j, m := range l.Messages {
			messageWorkspaces, messages = append(messageWorkspaces, w.id), append(messages, m.ID)
			messagePlaces = append(messagePlaces, [2]int{i, j})
		}
	}
	if len(ids) == 0 {
		return known, nil
	}
	batch := &pgx.Batch{}
	var n int
	var l knownLead
	collectEach(batch.Queue(`select i.n, o.id is null, l.id is null, coalesce(l.blacklisted, false), coalesce(l.opted_out, false),
			coalesce(l.unsubscribed, false), coalesce(l.bounced, false),
			coalesce(l.origin_status, ''), coalesce(l.origin_sentiment, ''),
			coalesce((select max(s.created_at) from scores s where s.workspace_id = l.workspace_id and s.lead_id = l.id),
				'0001-01-01T00:00:00Z')
		from unnest($1::uuid[], $2::text[]) with ordinality i (workspace_id, id, n)
		left join origin_rows o on o.workspace_id = i.workspace_id and o.kind = 'lead' and o.origin_id = i.id
		left join leads l on l.workspace_id = o.workspace_id and l.id = o.id
		where o.id is not null or exists (select from erased_leads e
			where e.workspace_id = i.workspace_id and e.digest = sha256(convert_to(i.workspace_id || ' ' || i.id, 'UTF8')))`, workspaces, ids),
		[]any{&n, &l.erased, &l.gone, &l.blacklisted, &l.optedOut, &l.unsubscribed, &l.bounced,
			&l.status, &l.sentiment, &l.scored},
		func() { known.leads[places[n-1]] = new(l) })
	var m knownMessage
	collectEach(batch.Queue(`select i.n, m.id is null, coalesce(m.answered_elsewhere, true), coalesce(m.kind, '')
		from unnest($1::uuid[], $2::text[]) with ordinality i (workspace_id, id, n)
		join origin_rows o on o.workspace_id = i.workspace_id and o.kind = 'message' and o.origin_id = i.id
		left join messages m on m.workspace_id = o.workspace_id and m.id = o.id`, messageWorkspaces, messages),
		[]any{&n, &m.gone, &m.answered, &m.kind}, func() { known.messages[messagePlaces[n-1]] = new(m) })
	return known, tx.SendBatch(ctx, batch).Close()
}

// leadRows are leads as columns, which one statement takes whole.
type leadRows struct {
	of                                           []*existingWorkspace
	workspaces                                   []uuid.UUID
	ids                                          []string
	campaigns                                    []*uuid.UUID
	firstNames, lastNames, emails, companies     []string
	blacklisted, optedOut, unsubscribed, bounced []bool
	statuses, sentiments                         []string
	created, updated                             []time.Time
}

func (r *leadRows) add(w *existingWorkspace, l origin.Lead) {
	var campaign *uuid.UUID // none too where the campaign was deleted here
	if id, there := w.campaigns[l.Campaign]; there {
		campaign = &id
	}
	r.of, r.workspaces = append(r.of, w), append(r.workspaces, w.id)
	r.ids, r.campaigns = append(r.ids, l.ID), append(r.campaigns, campaign)
	r.firstNames, r.lastNames = append(r.firstNames, l.FirstName), append(r.lastNames, l.LastName)
	r.emails, r.companies = append(r.emails, l.Email), append(r.companies, l.Company)
	r.blacklisted, r.optedOut = append(r.blacklisted, l.Blacklisted), append(r.optedOut, l.OptedOut)
	r.unsubscribed, r.bounced = append(r.unsubscribed, l.Unsubscribed), append(r.bounced, l.Bounced)
	r.statuses, r.sentiments = append(r.statuses, l.Status), append(r.sentiments, l.Sentiment)
	r.created, r.updated = append(r.created, l.CreatedAt), append(r.updated, l.UpdatedAt)
}

func (r *leadRows) queue(batch *pgx.Batch, sql string) {
	if len(r.ids) > 0 {
		batch.Queue(sql, r.workspaces, r.ids, r.campaigns, r.firstNames, r.lastNames, r.emails, r.companies,
			r.blacklisted, r.optedOut, r.unsubscribed, r.bounced, r.statuses, r.sentiments, r.created, r.updated)
	}
}

const fromLeadRows = ` from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
	$8::bool[], $9::bool[], $10::bool[], $11::bool[], $12::text[], $13::text[], $14::timestamptz[], $15::timestamptz[])
	i (workspace_id, id, campaign_id, first_name, last_name, email, company,
		blacklisted, opted_out, unsubscribed, bounced, status, sentiment, created_at, updated_at) `

// insertLeads adds leads under the origin's ids, by which the sender of their
// messages knows them too: one of whom it sent a message already is the same.
const insertLeads = `
	with imported as (
		insert into leads (workspace_id, external_id, origin_id, campaign_id, first_name, last_name, email, company,
			blacklisted, opted_out, unsubscribed, bounced, origin_status, origin_sentiment, created_at, updated_at)
		select workspace_id, id, id, campaign_id, first_name, last_name, email, company,
			blacklisted, opted_out, unsubscribed, bounced, nullif(status, ''), nullif(sentiment, ''),
			created_at, updated_at` + fromLeadRows + `
		on conflict (workspace_id, external_id) do update set origin_id = excluded.origin_id,
			origin_status = excluded.origin_status, origin_sentiment = excluded.origin_sentiment,
			blacklisted = leads.blacklisted or excluded.blacklisted, opted_out = leads.opted_out or excluded.opted_out,
			unsubscribed = leads.unsubscribed or excluded.unsubscribed, bounced = leads.bounced or excluded.bounced
		returning workspace_id, origin_id, id
	)
	insert into origin_rows (workspace_id, kind, origin_id, id)
	select workspace_id, 'lead', origin_id, id from imported on conflict do nothing`

const followLeads = `
	update leads l set blacklisted = l.blacklisted or i.blacklisted, opted_out = l.opted_out or i.opted_out,
		unsubscribed = l.unsubscribed or i.unsubscribed, bounced = l.bounced or i.bounced,
		origin_status = nullif(i.status, ''), origin_sentiment = nullif(i.sentiment, ''),
		updated_at = now()` + fromLeadRows + `
	where l.workspace_id = i.workspace_id and l.external_id = i.id`

// scoreRows are scores of leads as columns, likewise.
type scoreRows struct {
	workspaces             []uuid.UUID
	leads                  []string
	fits, intents, overall []int
	reasons                []string
	made                   []time.Time
}

func (r *scoreRows) add(w *existingWorkspace, l origin.Lead) {
	if l.Score == nil {
		return
	}
	r.workspaces, r.leads = append(r.workspaces, w.id), append(r.leads, l.ID)
	r.fits, r.intents = append(r.fits, l.Score.Fit), append(r.intents, l.Score.Intent)
	r.overall, r.reasons = append(r.overall, l.Score.Overall), append(r.reasons, l.Score.Reason)
	r.made = append(r.made, l.Score.At)
}

func (r *scoreRows) queue(batch *pgx.Batch) {
	if len(r.leads) > 0 {
		batch.Queue(insertScores, r.workspaces, r.leads, r.fits, r.intents, r.overall, r.reasons, r.made, lead.ByOrigin)
	}
}

// insertScores adds the scores of leads that have none so new. They count as made by
// the settings as they came over.
const insertScores = `
	insert into scores (workspace_id, lead_id, fit, intent, overall, reason, scored_by, settings_version, created_at)
	select l.workspace_id, l.id, i.fit, i.intent, i.overall, i.reason, $8,
		coalesce((select s.version from workspace_settings s where s.workspace_id = l.workspace_id), 0), i.made
	from unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::int[], $6::text[], $7::timestamptz[])
		i (workspace_id, lead, fit, intent, overall, reason, made)
	join leads l on l.workspace_id = i.workspace_id and l.external_id = i.lead
	where not exists (select from scores s
		where s.workspace_id = l.workspace_id and s.lead_id = l.id and s.created_at >= i.made)`

// messageRows are messages as columns, likewise.
type messageRows struct {
	of                           []*existingWorkspace
	workspaces                   []uuid.UUID
	leads, ids, channels, bodies []string
	sent, received               []time.Time
	answered                     []bool
	kinds                        []string
}

func (r *messageRows) add(w *existingWorkspace, l origin.Lead, m origin.Message) {
	r.of, r.workspaces = append(r.of, w), append(r.workspaces, w.id)
	r.leads, r.ids = append(r.leads, l.ID), append(r.ids, m.ID)
	r.channels, r.bodies = append(r.channels, m.Channel), append(r.bodies, m.Body)
	r.sent, r.received = append(r.sent, m.SentAt), append(r.received, m.ReceivedAt)
	r.answered, r.kinds = append(r.answered, m.Answered), append(r.kinds, string(cmp.Or(m.Mark, lead.KindOf(m.Body))))
}

func (r *messageRows) queue(batch *pgx.Batch, sql string) {
	if len(r.ids) > 0 {
		batch.Queue(sql, r.workspaces, r.leads, r.ids, r.channels, r.bodies, r.sent, r.received, r.answered, r.kinds)
	}
}

const fromMessageRows = ` from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[],
	$6::timestamptz[], $7::timestamptz[], $8::bool[], $9::text[])
	i (workspace_id, lead, id, channel, body, sent_at, received_at, answered, kind) `

// insertMessages adds messages under the origin's ids likewise.
const insertMessages = `
	with imported as (
		insert into messages (workspace_id, lead_id, campaign_id, channel, external_id, origin_id, body,
			sent_at, received_at, answered_elsewhere, kind)
		select l.workspace_id, l.id, l.campaign_id, i.channel, i.id, i.id, i.body,
			i.sent_at, i.received_at, i.answered, i.kind` + fromMessageRows + `
		join leads l on l.workspace_id = i.workspace_id and l.external_id = i.lead
		on conflict (workspace_id, channel, external_id) do update
			set origin_id = excluded.origin_id,
				answered_elsewhere = messages.answered_elsewhere or excluded.answered_elsewhere
		returning workspace_id, external_id, id
	)
	insert into origin_rows (workspace_id, kind, origin_id, id)
	select workspace_id, 'message', external_id, id from imported on conflict do nothing`

const followMessages = `
	update messages m set answered_elsewhere = m.answered_elsewhere or i.answered,
		kind = coalesce(nullif(m.kind, ''), i.kind)` + fromMessageRows + `
	where m.workspace_id = i.workspace_id and m.channel = i.channel and m.external_id = i.id`
