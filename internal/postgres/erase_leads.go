package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// EraseLead removes a lead for good: what it wrote, every text that was drafted for it,
// its scores, and what waits to be done or told of it. What remains is an event that
// holds none of its words. Messages of a lead that come in meanwhile go with it, or make
// a new one. It fails with persona.ErrNotFound.
func (db *DB) EraseLead(ctx context.Context, a Access, leadID uuid.UUID) error {
	_, err := write(ctx, db, a, access.Write, audit.LeadErased, func(c *change) (done struct{}, err error) {
		c.details.Lead = valid(leadID)
		found, err := eraseLead(ctx, c, a, leadID, nil)
		if err == nil && !found {
			err = persona.ErrNotFound
		}
		return done, err
	})
	return err
}

// eraseLead erases a lead and reports whether there was one; where silentSince is given,
// only one that neither wrote nor was sent anything since.
func eraseLead(ctx context.Context, tx pgx.Tx, a Access, leadID uuid.UUID, silentSince *time.Time) (found bool, err error) {
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('statement_timeout', '60s', true)`) // who wrote a hundred thousand times takes long
	scanRow(batch.Queue(`select erase_lead($1, $2, $3)`, a.workspace, leadID, silentSince), &found)
	err = tx.SendBatch(ctx, batch).Close()
	return found, err
}

const (
	// forgetBatch is how many leads one transaction forgets at most, and forgetTime how
	// long it may take before it begins no other: so long, others wait for the workspace.
	forgetBatch = 50
	forgetTime  = 300 * time.Millisecond
)

// forgetting is a workspace that wants leads forgotten, and since when they must have
// been silent. A setting counts when it has stood for a day, so that there is time to
// take it back. Archived workspaces forget too.
const forgetting = `select s.workspace_id, $1::timestamptz - make_interval(months => s.forget_leads_after_months)
	from workspace_settings s join workspaces w on w.id = s.workspace_id
	where s.forget_leads_after_months is not null and w.erasing_at is null
		and s.forget_leads_after_months = (select v.forget_leads_after_months from workspace_settings_versions v
			where v.workspace_id = s.workspace_id and v.recorded_at <= $1::timestamptz - interval '1 day'
			order by v.version desc limit 1)`

// selectSilent finds leads that wrote last before a moment, or came before it and never
// wrote, and were sent nothing since.
const selectSilent = `select l.id from (
		(select id from leads where workspace_id = $1 and last_at < $2 order by last_at nulls first)
		union all (select id from leads where workspace_id = $1 and last_at is null and created_at < $2)) l
	where not exists (select from messages m join drafts d on d.workspace_id = m.workspace_id and d.message_id = m.id
		where m.workspace_id = $1 and m.lead_id = l.id and (d.sent_at >= $2 or d.state = 'approved'))
	limit $3`

// ForgetLeads erases leads that have been silent for longer than the settings of their
// workspace say, as of now: batch by batch, each with an event that says how many, until
// none is left or ctx ends. It returns how many it erased. It fails with what went wrong
// in some workspaces after all had their turn.
func (db *DB) ForgetLeads(ctx context.Context, now time.Time) (forgotten int, err error) {
	type of struct {
		Workspace   uuid.UUID
		SilentSince time.Time
	}
	list, err := queryAll(ctx, db.reads, pgx.RowToStructByPos[of], forgetting, now)
	if err != nil {
		return 0, explain(err)
	}
	for _, w := range list {
		for ctx.Err() == nil {
			n, failed := db.forgetSome(ctx, w.Workspace, now, w.SilentSince)
			forgotten += n
			err = errors.Join(err, failed)
			if n == 0 || failed != nil {
				break
			}
		}
	}
	return forgotten, err
}

// forgetSome forgets a batch, and returns how many; 0: there are no more.
func (db *DB) forgetSome(ctx context.Context, workspace uuid.UUID, now, silentSince time.Time) (int, error) {
	found, err := queryAll(ctx, db.reads, pgx.RowTo[uuid.UUID], selectSilent, workspace, silentSince, forgetBatch)
	if err != nil || len(found) == 0 {
		return 0, explain(err)
	}
	a := Access{workspace: workspace, role: access.System, permission: access.Write}
	return writer[int]{
		action: audit.LeadsForgotten,
		always: true,
		admit:  func(*pgx.Batch) error { return nil }, // the settings say so, and are asked again
		do: func(c *change) (int, error) {
			begun, still := time.Now(), false
			if err := c.QueryRow(ctx, `select exists (`+forgetting+` and s.workspace_id = $2 and
				$1::timestamptz - make_interval(months => s.forget_leads_after_months) >= $3)`, now, workspace, silentSince).Scan(&still); err != nil {
				return 0, err
			}
			for i := 0; still && i < len(found) && time.Since(begun) < forgetTime; i++ {
				erased, err := eraseLead(ctx, c, a, found[i], &silentSince)
				if err != nil {
					return 0, err
				}
				if erased {
					c.details.Leads++
				}
			}
			c.unchanged = c.details.Leads == 0
			return c.details.Leads, nil
		},
	}.write(ctx, db, a)
}
