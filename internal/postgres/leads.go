package postgres

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/lead"
	"personae/internal/persona"
)

// conversationLength is how many of the last messages a page shows, and
// scoresShown how many scores.
const (
	conversationLength = 50
	scoresShown        = 5
)

const leadColumns = `l.id, l.external_id, l.first_name, l.last_name, l.company, l.email, coalesce((select c.name from campaigns c where c.workspace_id = l.workspace_id and c.id = l.campaign_id), ''),
	l.blacklisted, l.opted_out, l.unsubscribed, l.bounced, l.score_asked_at is not null, l.score_problem`

func leadTargets(l *lead.Lead) []any {
	return []any{&l.ID, &l.ExternalID, &l.FirstName, &l.LastName, &l.Company, &l.Email, &l.Campaign,
		&l.Blacklisted, &l.OptedOut, &l.Unsubscribed, &l.Bounced, &l.Scoring, &l.ScoreProblem}
}

// draftColumns may all be null, where there is no draft. They need drafts as d.
const draftColumns = `d.id, coalesce(d.state, ''), coalesce(d.version, 0), coalesce(d.source, ''),
	d.persona_id, coalesce((select v.name from persona_versions v where v.workspace_id = d.workspace_id and v.persona_id = d.persona_id and v.version = d.persona_version), ''),
	coalesce(d.persona_version, 0), coalesce(d.prompt_key, ''), coalesce(d.body, ''),
	coalesce((select u.name from users u where u.id = d.edited_by), ''), coalesce(d.problem, ''),
	d.decided_at, coalesce((select u.name from users u where u.id = d.decided_by), '')`

// Conversation gives a lead with its last messages, their drafts with no more than
// so many earlier versions of each, and its last scores, or persona.ErrNotFound.
func (db *DB) Conversation(ctx context.Context, a Access, leadID uuid.UUID, versions int) (lead.Conversation, error) {
	var c lead.Conversation
	earlier := map[uuid.UUID][]lead.DraftVersion{}
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select `+leadColumns+` from leads l where l.workspace_id = $1 and l.id = $2`, a.workspace, leadID), leadTargets(&c.Lead)...)
	collect(batch.Queue(`select m.id, m.channel, m.body, m.sent_at, coalesce(c.name, ''), case when m.campaign_id is null then m.campaign_named else '' end, m.answered_elsewhere, `+draftColumns+`
		from messages m left join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		left join campaigns c on c.workspace_id = m.workspace_id and c.id = m.campaign_id
		where m.workspace_id = $1 and m.lead_id = $2 order by m.sent_at desc, m.id desc limit $3`, a.workspace, leadID, conversationLength+1), &c.Messages, scanMessage)
	if versions > 0 {
		var of uuid.UUID
		var t lead.DraftVersion
		collectEach(batch.Queue(`select v.draft_id, v.version, v.body, coalesce(u.name, ''), v.recorded_at
			from (select * from messages where workspace_id = $1 and lead_id = $2 order by sent_at desc, id desc limit $3) m
			join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
			cross join lateral (select * from draft_versions v where v.workspace_id = d.workspace_id and v.draft_id = d.id and v.version < d.version
				order by v.version desc limit $4) v
			left join users u on u.id = v.edited_by order by v.version desc`, a.workspace, leadID, conversationLength, versions), []any{&of, &t.Version, &t.Body, &t.EditedBy, &t.At}, func() {
			earlier[of] = append(earlier[of], t)
		})
	}
	collect(batch.Queue(`select s.fit, s.intent, s.overall, s.reason, s.scored_by, s.settings_version, s.created_at, `+scoreOutdated+`
		from scores s left join workspace_settings n on n.workspace_id = s.workspace_id
		left join workspace_settings_versions v on v.workspace_id = s.workspace_id and v.version = s.settings_version
		where s.workspace_id = $1 and s.lead_id = $2 order by s.created_at desc limit $3`, a.workspace, leadID, scoresShown), &c.Scores, func(row pgx.CollectableRow) (lead.Score, error) {
		var s lead.Score
		return s, row.Scan(&s.Fit, &s.Intent, &s.Overall, &s.Reason, &s.By, &s.SettingsVersion, &s.At, &s.Outdated)
	})
	if err := db.readAll(ctx, a, batch); err != nil {
		return lead.Conversation{}, err
	}
	if len(c.Messages) > conversationLength {
		c.Messages, c.Earlier = c.Messages[:conversationLength], true
	}
	slices.Reverse(c.Messages)
	for _, m := range c.Messages {
		if m.Draft != nil {
			m.Draft.Earlier = earlier[m.Draft.ID]
		}
	}
	return c, nil
}

// scoreOutdated tells whether the settings n say something else of whom to look
// for than v did, by which the score was made.
const scoreOutdated = `(coalesce(n.ideal_customer_profile, ''), coalesce(n.service_description, ''), coalesce(n.qualification_questions, ''))
	is distinct from (coalesce(v.ideal_customer_profile, ''), coalesce(v.service_description, ''), coalesce(v.qualification_questions, ''))`

func scanMessage(row pgx.CollectableRow) (lead.Message, error) {
	var m lead.Message
	var err error
	m.Draft, err = scanDraft(row, &m.ID, &m.Channel, &m.Body, &m.SentAt, &m.Campaign, &m.Unknown, &m.Answered)
	return m, err
}

// scanDraft reads what is before draftColumns into before; nil: there is no
// draft.
func scanDraft(row pgx.CollectableRow, before ...any) (*lead.Draft, error) {
	var d lead.Draft
	var id uuid.NullUUID
	var decided *time.Time
	err := row.Scan(append(before, &id, &d.State, &d.Version, &d.Source, &d.PersonaID, &d.PersonaName, &d.PersonaAt, &d.PromptKey, &d.Body,
		&d.EditedBy, &d.Problem, &decided, &d.DecidedBy)...)
	if err != nil || !id.Valid {
		return nil, err
	}
	d.ID = id.UUID
	if decided != nil {
		d.DecidedAt = *decided
	}
	return &d, nil
}

// scoreFailed tells that every try to score a lead l failed and nobody asked
// again.
const scoreFailed = `l.score_problem <> '' and l.score_asked_at is null`

// LeadsPage is how many leads a page of the list holds, and failuresShown how
// many failures.
const (
	LeadsPage     = 50
	failuresShown = 50
)

// selectLeads finds a page of a workspace's leads. Only those are looked at
// closely: there may be any number.
var selectLeads = `select ` + leadColumns + `, m.sent_at, coalesce(m.answered_elsewhere, false), coalesce((select d.state from drafts d where d.workspace_id = l.workspace_id and d.message_id = m.id), ''),
		coalesce((select s.overall from scores s where s.workspace_id = l.workspace_id and s.lead_id = l.id order by s.created_at desc limit 1), 0)
	from (select * from leads l
		where l.workspace_id = $1 and ` + holds(`(l.first_name || ' ' || l.last_name || E'\n' || l.email || E'\n' || l.company)`, "$2") + `
		order by l.last_at desc nulls last, l.id limit $3 offset $4) l
	left join lateral (select m.id, m.sent_at, m.answered_elsewhere from messages m where m.workspace_id = l.workspace_id and m.lead_id = l.id
		order by m.sent_at desc, m.id desc limit 1) m on true
	order by l.last_at desc nulls last, l.id`

// Leads gives one page (from 1) of the leads whose name, address or company
// contains search, those who wrote last first, whether more follow, and what
// could not be made.
func (db *DB) Leads(ctx context.Context, a Access, search string, page int) (list []lead.Summary, more bool, failed []lead.Failure, err error) {
	batch := &pgx.Batch{}
	collect(batch.Queue(selectLeads, a.workspace, search, LeadsPage+1, (page-1)*LeadsPage), &list, func(row pgx.CollectableRow) (lead.Summary, error) {
		var s lead.Summary
		var last *time.Time
		err := row.Scan(append(leadTargets(&s.Lead), &last, &s.Answered, &s.Draft, &s.Overall)...)
		if last != nil {
			s.LastAt = *last
		}
		return s, err
	})
	collect(batch.Queue(`select * from (
			select `+leadColumns+`, d.id as draft, d.problem, d.asked_at from drafts d
			join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
			join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
			where d.workspace_id = $1 and d.state = 'failed'
			union all
			select `+leadColumns+`, null, l.score_problem, null from leads l where l.workspace_id = $1 and `+scoreFailed+`
		) failed order by asked_at desc nulls last, draft limit $2`, a.workspace, failuresShown), &failed, func(row pgx.CollectableRow) (lead.Failure, error) {
		var f lead.Failure
		var asked *time.Time
		err := row.Scan(append(leadTargets(&f.Lead), &f.Draft, &f.Problem, &asked)...)
		if asked != nil {
			f.At = *asked
		}
		return f, err
	})
	if err := db.readAll(ctx, a, batch); err != nil {
		return nil, false, nil, err
	}
	if len(list) > LeadsPage {
		list, more = list[:LeadsPage], true
	}
	return list, more, failed, nil
}

// AskDraft asks for the draft that answers a lead's last message, or for the
// draft named, and gives it: anew where it failed or was rejected. One that is
// being made already stays so. It fails with persona.ErrNotFound, and with a
// persona.TooLateError where there is nothing to answer or a draft is there.
func (db *DB) AskDraft(ctx context.Context, a Access, leadID uuid.UUID, draft uuid.NullUUID) (uuid.UUID, error) {
	var asked uuid.UUID
	e := &event{action: audit.DraftAsked, result: &asked}
	err := db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		if err := lockLead(ctx, tx, a, leadID); err != nil {
			return err
		}
		var message, found uuid.NullUUID
		var state lead.DraftState
		err := tx.QueryRow(ctx, `select m.id, d.id, coalesce(d.state, '') from messages m left join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
			where m.workspace_id = $1 and m.lead_id = $2 and ($3::uuid is null or d.id = $3)
			order by m.sent_at desc, m.id desc limit 1`, a.workspace, leadID, draft).Scan(&message, &found, &state)
		switch {
		case errors.Is(err, pgx.ErrNoRows) && draft.Valid:
			return err
		case errors.Is(err, pgx.ErrNoRows):
			return &persona.TooLateError{Reason: "This lead has written nothing, so there is nothing to answer."}
		case err != nil:
			return err
		case !found.Valid:
			asked, err = db.insertDraft(ctx, tx, a.workspace, message.UUID)
		case state == lead.DraftWaiting:
			return &persona.TooLateError{Reason: "A draft that answers the last message is there already: approve, change or reject it."}
		case state == lead.DraftApproved:
			return &persona.TooLateError{Reason: "The draft that answers the last message is approved already."}
		default:
			asked = found.UUID
			err = db.makeAgain(ctx, tx, DraftJob{Workspace: a.workspace, Draft: asked})
		}
		e.details.Lead, e.details.Draft = valid(leadID), valid(asked)
		return err
	})
	return asked, err
}

func (db *DB) makeAgain(ctx context.Context, tx pgx.Tx, j DraftJob) error {
	tag, err := tx.Exec(ctx, `update drafts set state = 'making', problem = '', asked_at = now(), decided_at = null, decided_by = null
		where workspace_id = $1 and id = $2 and state in ('failed', 'rejected')`, j.Workspace, j.Draft)
	if err != nil || tag.RowsAffected() == 0 {
		return err // it is being made already
	}
	_, err = db.queue.InsertTx(ctx, tx, j, nil)
	return err
}

// lockLead fails with pgx.ErrNoRows where the workspace has no such lead.
func lockLead(ctx context.Context, tx pgx.Tx, a Access, leadID uuid.UUID) error {
	var one int
	return tx.QueryRow(ctx, `select 1 from leads where workspace_id = $1 and id = $2 for no key update`, a.workspace, leadID).Scan(&one)
}

// DecideDraft stores what a draft of the lead reads now, as a new version where
// that differs, and then leaves it waiting, or approves or rejects it; nil leaves
// its words as they are, and so does a rejection without words. It was read at
// this version. It gives the draft without its earlier versions, and fails with
// persona.ErrNotFound, an InvalidError or a StaleDraftError.
func (db *DB) DecideDraft(ctx context.Context, a Access, leadID, draft uuid.UUID, version int, words *string, to lead.DraftState) (lead.Draft, error) {
	if words != nil && to == lead.DraftRejected && persona.Clean(*words) == "" {
		words = nil
	}
	if words != nil {
		body := persona.Clean(*words)
		var errs []persona.FieldError
		if body == "" {
			errs = append(errs, persona.FieldError{Field: "body", Message: "Enter the reply; to send none, reject it"})
		}
		if errs = persona.CheckText(errs, "body", "Reply", body, lead.DraftLimit, false); len(errs) > 0 {
			return lead.Draft{}, &persona.InvalidError{Fields: errs}
		}
		words = &body
	}
	var decided lead.Draft
	actions := map[lead.DraftState]audit.Action{lead.DraftWaiting: audit.DraftEdited, lead.DraftApproved: audit.DraftApproved, lead.DraftRejected: audit.DraftRejected}
	e := &event{action: actions[to], result: &decided}
	err := db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		theirs, err := draftOf(ctx, tx, a, leadID, draft)
		if err != nil {
			return err
		}
		if theirs.Version != version || theirs.State != lead.DraftWaiting {
			return &lead.StaleDraftError{Theirs: theirs}
		}
		e.details.Lead, e.details.Draft = valid(leadID), valid(draft)
		body := theirs.Body
		if words != nil {
			body = *words
		}
		if body != theirs.Body {
			e.details.Fields = []string{"body"}
		}
		_, err = tx.Exec(ctx, `update drafts set state = $3, body = $4, version = version + (body <> $4)::int,
				edited_by = case when body <> $4 then $5::uuid else edited_by end,
				decided_at = case when $6 then clock_timestamp() end, decided_by = case when $6 then $5::uuid end
			where workspace_id = $1 and id = $2`, a.workspace, draft, string(to), body, a.user, to.Decided())
		if err != nil {
			return err
		}
		decided, err = draftOf(ctx, tx, a, leadID, draft)
		return err
	})
	return decided, err
}

// draftOf gives a draft of the lead as it stands, which nobody else changes
// before the transaction ends.
func draftOf(ctx context.Context, tx pgx.Tx, a Access, leadID, draft uuid.UUID) (lead.Draft, error) {
	scan := func(row pgx.CollectableRow) (*lead.Draft, error) { return scanDraft(row) }
	d, err := queryOne(ctx, tx, scan, `select `+draftColumns+`
		from drafts d join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
		where d.workspace_id = $1 and d.id = $2 and m.lead_id = $3 for update of d`, a.workspace, draft, leadID)
	if err != nil {
		return lead.Draft{}, err
	}
	return *d, nil
}

// AskScore asks for a lead's score; one that is on its way stays so. It fails
// with persona.ErrNotFound, and with a persona.TooLateError where the lead has
// written nothing.
func (db *DB) AskScore(ctx context.Context, a Access, leadID uuid.UUID) error {
	e := &event{action: audit.ScoreAsked, result: &leadID}
	return db.write(ctx, a, access.Write, e, func(tx pgx.Tx) error {
		if err := lockLead(ctx, tx, a, leadID); err != nil {
			return err
		}
		e.details.Lead = valid(leadID)
		var wrote bool
		if err := tx.QueryRow(ctx, `select exists (select from messages where workspace_id = $1 and lead_id = $2)`, a.workspace, leadID).Scan(&wrote); err != nil {
			return err
		}
		if !wrote {
			return &persona.TooLateError{Reason: "This lead has written nothing, so there is nothing to score."}
		}
		tag, err := tx.Exec(ctx, `update leads set score_asked_at = now(), score_problem = '' where workspace_id = $1 and id = $2 and score_asked_at is null`, a.workspace, leadID)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		_, err = db.queue.InsertTx(ctx, tx, ScoreJob{Workspace: a.workspace, Lead: leadID}, nil)
		return err
	})
}
