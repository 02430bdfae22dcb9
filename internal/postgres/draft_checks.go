package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/lead"
)

// draftVoices finds for drafts d and their messages m the version v that spoke and the
// persona n that would answer now.
var draftVoices = `
	left join campaigns k on k.workspace_id = m.workspace_id and k.id = m.campaign_id
	left join personas n on n.workspace_id = d.workspace_id and n.id = coalesce(k.persona_id,
		(select p.id from personas p where p.workspace_id = $1 and p.is_default))
	left join ` + personaVersion("d.workspace_id", "d.persona_id", "d.persona_version") + ` v on true`

// draftOutdated holds where that one is another, or says something else by now, as the
// settings may where they speak. Of a version that nobody recorded nothing is known. Of the
// settings the version is taken that stood when the draft was made. Words of one version are
// not compared, which would unpack them for each draft.
var draftOutdated = `(d.persona_id is distinct from n.id or v.version <> n.version and (` + contentColumns[1:].of("v") +
	`) is distinct from (` + contentColumns[1:].of("n") + `)
	or d.source = 'settings' and n.id is null and (select (` + mirrorColumns.of("past") + `) is distinct from (` + mirrorColumns.of("today") + `)
		from workspaces w left join workspace_settings today on today.workspace_id = w.id
		left join lateral (select * from workspace_settings_versions o where o.workspace_id = w.id and o.recorded_at <= d.made_at
			order by o.version desc limit 1) past on true
		where w.id = d.workspace_id))`

// checkedMessages is how many of a lead's last messages a draft is compared with.
const checkedMessages = 20

// selectChecked reads of drafts by their ids who would answer now, and all the texts
// that they may have their facts from.
var selectChecked = `
	select d.id, coalesce(n.name, ''), coalesce(n.version, 0), n.id is not distinct from d.persona_id, ` + draftOutdated + `,
		array[concat_ws(E'\n', w.name, l.first_name, l.last_name, l.email, l.company),
			concat_ws(E'\n', v.name, ` + voiceColumns.of("v") + `,
				(select string_agg(words.value, E'\n') from jsonb_each(v.variants) l, jsonb_each_text(l.value) words)), concat_ws(E'\n', ` + settingsColumns.of("s") + `)]
			|| array(select x.body from messages x where x.workspace_id = m.workspace_id and x.lead_id = m.lead_id
			order by x.sent_at desc, x.id desc limit $3)
	from drafts d` + draftAnswers + `
	join workspaces w on w.id = d.workspace_id` + draftVoices + `
	left join workspace_settings s on s.workspace_id = d.workspace_id
	where d.workspace_id = $1 and d.state = 'waiting' and `

// draftCheck is what is found out about a draft that waits.
type draftCheck struct {
	now      lead.Answering
	outdated bool
	sources  []string // where it may have its facts from
}

// draftChecks are those of drafts, by their ids, as newDraftChecks makes them.
type draftChecks struct {
	of      map[uuid.UUID]draftCheck
	checker *lead.Checker
}

func newDraftChecks() draftChecks { return draftChecks{map[uuid.UUID]draftCheck{}, new(lead.Checker)} }

// queue reads the checks of drafts for which which holds of $2.
func (checks draftChecks) queue(batch *pgx.Batch, a Access, which string, of any) {
	var id uuid.UUID
	var c draftCheck
	collectEach(batch.Queue(selectChecked+which, a.workspace, of, checkedMessages),
		[]any{&id, &c.now.Name, &c.now.Version, &c.now.Same, &c.outdated, &c.sources}, func() {
			checks.of[id] = c
			c = draftCheck{}
		})
}

// note notes with a draft what to check in it, and who would answer now.
func (checks draftChecks) note(d *lead.Draft) {
	c, there := checks.of[d.ID]
	if !there {
		return
	}
	d.Checks = checks.checker.Checks(d.Body, c.sources...)
	if c.outdated {
		d.Now = &c.now
	}
}

// check notes with those drafts that wait what to check in them, and who would answer
// now.
func (db *DB) check(ctx context.Context, a Access, drafts []*lead.Draft) error {
	var ids []uuid.UUID
	for _, d := range drafts {
		if d.State == lead.DraftWaiting {
			ids = append(ids, d.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	checks, batch := newDraftChecks(), &pgx.Batch{}
	checks.queue(batch, a, `d.id = any($2)`, ids)
	if err := db.readAll(ctx, a, batch); err != nil {
		return err
	}
	for _, d := range drafts {
		checks.note(d)
	}
	return nil
}

// selectOutdated finds drafts that wait in a voice that would not answer now, among the
// oldest 10,000.
var selectOutdated = ` from (select * from drafts where workspace_id = $1 and state = 'waiting'
		order by made_at, id limit 10000) d
	join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id` + draftVoices + `
	where ` + draftOutdated

// OutdatedDrafts returns how many drafts wait in a voice that would not answer now.
func (db *DB) OutdatedDrafts(ctx context.Context, a Access) (lead.Outdated, error) {
	var o lead.Outdated
	batch := &pgx.Batch{}
	scanRow(batch.Queue(`select count(*) filter (where d.edited_by is null), count(*) filter (where d.edited_by is not null)`+
		selectOutdated, a.workspace), &o.Untouched, &o.Edited)
	return o, db.readAll(ctx, a, batch)
}

// defaultWaiting counts the drafts that wait in the voice of the default and would be
// answered by it.
const defaultWaiting = `select count(*) from drafts d
	join messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
	left join campaigns k on k.workspace_id = m.workspace_id and k.id = m.campaign_id
	where d.workspace_id = $1 and d.state = 'waiting' and k.persona_id is null
		and d.persona_id = (select n.id from personas n where n.workspace_id = $1 and n.is_default)`

// RedraftLimit is how many drafts are drafted anew at once.
const RedraftLimit = 500

// RedraftOutdated has the drafts drafted anew that wait in a voice that would not answer
// now, the oldest first and no more than RedraftLimit: those that nobody changed, and
// with edited those that somebody did too. It returns how many.
func (db *DB) RedraftOutdated(ctx context.Context, a Access, edited bool) (int, error) {
	return write(ctx, db, a, access.Write, audit.DraftsRedrafted, func(c *change) (int, error) {
		jobs, err := queryAll(ctx, c, pgx.RowToStructByPos[DraftJob], `
			with old as materialized (
				select d.id`+selectOutdated+` and ($2 or d.edited_by is null) order by d.made_at, d.id limit $3)
			update drafts d set state = 'making', problem = '', asked_at = now() from old
			where d.workspace_id = $1 and d.id = old.id returning d.workspace_id, d.id`, a.workspace, edited, RedraftLimit)
		if err != nil {
			return 0, err
		}
		if c.details.Drafts = len(jobs); len(jobs) == 0 {
			c.unchanged = true
			return 0, nil
		}
		add := make([]river.InsertManyParams, len(jobs))
		for i, j := range jobs {
			add[i].Args = j
		}
		_, err = db.queue.InsertManyTx(ctx, c, add)
		return len(jobs), err
	})
}
