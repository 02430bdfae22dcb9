package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/i18n"
	"personae/internal/lead"
	"personae/internal/persona"
)

// conversationLength is how many of the last messages a page shows, and
// scoresShown how many scores.
const (
	conversationLength = 50
	scoresShown        = 5
)

// leadColumns and leadTargets go together. They need leads as l.
var leadColumns = `l.id, l.external_id, l.first_name, l.last_name, l.company, l.email,
	coalesce((select c.name from ` + campaignByID("l.workspace_id", "l.campaign_id") + ` c), ''),
	l.blacklisted, l.opted_out, l.unsubscribed, l.bounced, l.contact_asked_at is not null, l.score_asked_at is not null,
	l.score_problem`

func leadTargets(l *lead.Lead) []any {
	return []any{&l.ID, &l.ExternalID, &l.FirstName, &l.LastName, &l.Company, &l.Email, &l.Campaign,
		&l.Blacklisted, &l.OptedOut, &l.Unsubscribed, &l.Bounced, &l.ContactAsked, &l.Scoring, &l.ScoreProblem}
}

// messageColumns and scanMessage go together.
const messageColumns = `m.id, m.external_id, m.channel, m.subject, m.body, m.sent_at, coalesce(c.name, ''),
	case when m.campaign_id is null then m.campaign_named else '' end, m.answered_elsewhere, m.kind, ` + draftColumns

var (
	selectMessages = `
		select ` + messageColumns + `
		from messages m left join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		left join lateral ` + campaignByID("m.workspace_id", "m.campaign_id") + ` c on true
		where m.workspace_id = $1 and m.lead_id = $2 and ` + notAfter("$4") + `
		order by m.sent_at desc, m.id desc limit $3`
	selectDraftVersions = `
		select v.draft_id, v.version, v.body, coalesce(u.name, ''), v.recorded_at
		from (select * from messages m where workspace_id = $1 and lead_id = $2 and ` + notAfter("$5") + `
			order by sent_at desc, id desc limit $3) m
		join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		cross join lateral (select * from draft_versions v
			where v.workspace_id = d.workspace_id and v.draft_id = d.id and v.version < d.version
			order by v.version desc limit $4) v
		left join users u on u.id = v.edited_by
		order by v.version desc`
	selectScores = `
		select s.fit, s.intent, s.overall, s.reason, s.scored_by, s.settings_version, s.created_at, ` + scoreOutdated + `
		from scores s left join workspace_settings n on n.workspace_id = s.workspace_id
		left join ` + settingsVersion("s.workspace_id", "s.settings_version") + ` v on true
		where s.workspace_id = $1 and s.lead_id = $2
		order by s.created_at desc limit $3`
	// scoreOutdated is whether the settings n say something else of whom to look
	// for than v did, by which the score was made.
	scoreOutdated = `(coalesce(n.ideal_customer_profile, ''), coalesce(n.service_description, ''),
			coalesce(n.qualification_questions, ''))
		is distinct from (coalesce(v.ideal_customer_profile, ''), coalesce(v.service_description, ''),
			coalesce(v.qualification_questions, ''))`
)

// notAfter holds for a lead's messages m until the one with an id; null: for all.
func notAfter(id string) string {
	return `(` + id + `::uuid is null or (m.sent_at, m.id) <= (select u.sent_at, u.id from messages u
		where u.workspace_id = $1 and u.id = ` + id + `))`
}

// Conversation returns a lead with its last messages, their drafts with no more than
// so many earlier versions of each, and its last scores, or persona.ErrNotFound.
func (db *DB) Conversation(ctx context.Context, a Access, leadID uuid.UUID, versions int) (lead.Conversation, error) {
	return db.conversation(ctx, a, leadID, uuid.NullUUID{}, versions)
}

// conversation is Conversation as it was when the message until came; not valid: as it is.
func (db *DB) conversation(
	ctx context.Context, a Access, leadID uuid.UUID, until uuid.NullUUID, versions int,
) (lead.Conversation, error) {
	var c lead.Conversation
	earlier, checks := map[uuid.UUID][]lead.DraftVersion{}, newDraftChecks()
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select `+leadColumns+` from leads l where l.workspace_id = $1 and l.id = $2`,
		a.workspace, leadID), leadTargets(&c.Lead)...)
	collect(batch.Queue(selectMessages, a.workspace, leadID, conversationLength+1, until), &c.Messages, scanMessage)
	if versions > 0 {
		var draft uuid.UUID
		var v lead.DraftVersion
		collectEach(batch.Queue(selectDraftVersions, a.workspace, leadID, conversationLength, versions, until),
			[]any{&draft, &v.Version, &v.Body, &v.EditedBy, &v.At}, func() {
				earlier[draft] = append(earlier[draft], v)
			})
		checks.queue(batch, a, `m.lead_id = $2`, leadID)
	}
	collect(batch.Queue(selectScores, a.workspace, leadID, scoresShown), &c.Scores, scanScore)
	if err := db.readLeads(ctx, a, batch); err != nil {
		return lead.Conversation{}, err
	}
	if len(c.Messages) > conversationLength {
		c.Messages, c.Earlier = c.Messages[:conversationLength], true
	}
	slices.Reverse(c.Messages)
	for _, m := range c.Messages {
		if m.Draft != nil {
			m.Draft.Earlier = earlier[m.Draft.ID]
			checks.note(m.Draft)
		}
	}
	return c, nil
}

// Lead returns what is known of a lead, or persona.ErrNotFound.
func (db *DB) Lead(ctx context.Context, a Access, leadID uuid.UUID) (l lead.Lead, err error) {
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select `+leadColumns+` from leads l where l.workspace_id = $1 and l.id = $2`,
		a.workspace, leadID), leadTargets(&l)...)
	return l, db.readLeads(ctx, a, batch)
}

// Messages returns a part of what a lead wrote, the newest first: what came before one
// of its messages, where one is named. It reports whether more follow, and fails with
// persona.ErrNotFound where the workspace has no such lead, and with an InvalidError
// where the lead wrote no such message.
func (db *DB) Messages(
	ctx context.Context, a Access, leadID uuid.UUID, before uuid.NullUUID, limit int,
) (list []lead.Message, more bool, err error) {
	var known bool
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select not $3 or exists (select from messages m
			where m.workspace_id = $1 and m.lead_id = $2 and m.id = $4)
		from leads l where l.workspace_id = $1 and l.id = $2`, a.workspace, leadID, before.Valid, before), &known)
	collect(batch.Queue(`select `+messageColumns+`
		from messages m left join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		left join lateral `+campaignByID("m.workspace_id", "m.campaign_id")+` c on true
		where m.workspace_id = $1 and m.lead_id = $2 and ($4::uuid is null or (m.sent_at, m.id) < (
			select u.sent_at, u.id from messages u where u.workspace_id = $1 and u.id = $4))
		order by m.sent_at desc, m.id desc limit $3`, a.workspace, leadID, limit+1, before), &list, scanMessage)
	if err := db.readLeads(ctx, a, batch); err != nil {
		return nil, false, err
	}
	if !known {
		return nil, false, &persona.InvalidError{Fields: []persona.FieldError{{Field: "before",
			Message: i18n.Say("before must be the id of a message of the lead")}}}
	}
	list, more = part(list, Rows{Limit: limit})
	return list, more, nil
}

func scanMessage(row pgx.CollectableRow) (lead.Message, error) {
	var m lead.Message
	var err error
	m.Draft, err = scanDraft(row, &m.ID, &m.External, &m.Channel, &m.Subject, &m.Body, &m.SentAt, &m.Campaign,
		&m.Unknown, &m.Answered, &m.Kind)
	return m, err
}

func scanScore(row pgx.CollectableRow) (lead.Score, error) {
	var s lead.Score
	err := row.Scan(&s.Fit, &s.Intent, &s.Overall, &s.Reason, &s.By, &s.SettingsVersion, &s.At, &s.Outdated)
	return s, err
}

// scoreFailed is whether every try to score a lead l failed and nobody asked
// again.
const scoreFailed = `l.score_problem <> '' and l.score_asked_at is null`

// LeadsPageSize is how many leads a page of the list holds, and failuresShown how
// many failures.
const (
	LeadsPageSize = 50
	failuresShown = 50
)

// leadPage selects the leads l of a page, with how many were counted. Only those are looked
// at closely: there may be any number.
func leadPage(page string) string {
	return `select ` + leadColumns + `, m.sent_at, coalesce(m.answered_elsewhere, false),
		coalesce((select d.state from drafts d where d.workspace_id = l.workspace_id and d.message_id = m.id), ''),
		coalesce((select s.overall from scores s where s.workspace_id = l.workspace_id and s.lead_id = l.id
			order by s.created_at desc limit 1), 0), (select n from counted), (select open from counted)
	from (` + page + `) l
	left join lateral (select m.id, m.sent_at, m.answered_elsewhere from messages m
		where m.workspace_id = l.workspace_id and m.lead_id = l.id
		order by m.sent_at desc, m.id desc limit 1) m on true
	order by l.last_at desc nulls last, l.id`
}

// foundLeads is a lookup of the leads of the workspace $1 whose name, address or company contains a search, those who wrote
// last first, by id. A search that is too short for the index of words goes through those of all leads in its place.
func foundLeads(search, wanted, enough string) string {
	const order = ` order by l.last_at desc nulls last, l.id`
	holds := `strpos(w.words, (select search_key(` + wanted + `))) > 0`
	first := func(limit string) string {
		return `(select l.id, l.last_at from leads l where l.workspace_id = $1` + order + limit + `) l,
			lateral (select from lead_words w where w.workspace_id = $1 and w.lead_id = l.id and ` + holds + ` offset 0) w`
	}
	words := `lead_words`
	if hasParts(search) {
		words = likely("lead_words", "workspace_id", "words", "$1", wanted)
	}
	return lookup{
		columns: `l.id, l.last_at`,
		first:   first,
		order:   order,
		// Without its offset, PostgreSQL may go through all leads of a large workspace for each that the index
		// found, as those of a usual one are few.
		all: words + ` w
			cross join lateral (select * from leads l where l.id = w.lead_id offset 0) l
			where w.workspace_id = $1 and l.workspace_id = $1 and ` + holds,
		large: longerThanUsual("leads"),
	}.found(enough)
}

// selectLeads finds a page of a workspace's leads by their index, and selectFoundLeads one of
// those that contain $4.
var selectLeads = `with counted as (select count(*) as n, count(*) > $4::integer as open
		from (select from leads where workspace_id = $1 limit $4::integer + 1) n)
	` + leadPage(`select l.* from leads l where l.workspace_id = $1
		order by l.last_at desc nulls last, l.id limit $2 offset $3`)

func selectFoundLeads(search string) string {
	return foundLeads(search, "$4", "($2::integer + $3::integer)") + leadPage(`select l.* from (select * from found order by last_at desc nulls last, id limit $2 offset $3) f
		join leads l on l.workspace_id = $1 and l.id = f.id`)
}

var selectFailures = `
	select * from (
		select ` + leadColumns + `, d.id as draft, d.problem, d.asked_at from drafts d` + draftAnswers + `
		where d.workspace_id = $1 and d.state = 'unmade'
		union all
		select ` + leadColumns + `, null, l.score_problem, null from leads l where l.workspace_id = $1 and ` + scoreFailed + `
	) failed order by asked_at desc nulls last, draft limit $2`

// Leads returns one page (from 1) of the leads whose name, address or company
// contains search, those who wrote last first, and what could not be made.
func (db *DB) Leads(ctx context.Context, a Access, search string, page int) (lead.List, error) {
	var list lead.List
	sql, arguments := selectLeads, []any{a.workspace, LeadsPageSize, (page - 1) * LeadsPageSize}
	if search == "" {
		arguments = append(arguments, persona.CountedTo(page, LeadsPageSize))
	} else {
		sql, arguments = selectFoundLeads(search), append(arguments, search)
	}
	batch := &pgx.Batch{}
	collect(batch.Queue(sql, arguments...), &list.Items, func(row pgx.CollectableRow) (lead.Summary, error) {
		return scanSummary(row, &list)
	})
	collect(batch.Queue(selectFailures, a.workspace, failuresShown), &list.Failed, scanFailure)
	if err := db.readLeads(ctx, a, batch); err != nil {
		return lead.List{}, err
	}
	if len(list.Items) == 0 && page > 1 { // behind the last
		first, err := db.Leads(ctx, a, search, 1)
		list.Total, list.Open = first.Total, first.Open
		return list, err
	}
	return list, nil
}

func scanSummary(row pgx.CollectableRow, list *lead.List) (lead.Summary, error) {
	var s lead.Summary
	var last *time.Time
	err := row.Scan(append(leadTargets(&s.Lead), &last, &s.Answered, &s.Draft, &s.Overall, &list.Total, &list.Open)...)
	set(&s.LastAt, last)
	return s, err
}

func scanFailure(row pgx.CollectableRow) (lead.Failure, error) {
	var f lead.Failure
	var asked *time.Time
	err := row.Scan(append(leadTargets(&f.Lead), &f.Draft, &f.Problem, &asked)...)
	set(&f.At, asked)
	return f, err
}
