package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/lead"
	"personae/internal/persona"
)

// Trial is what trying personas takes.
type Trial struct {
	Personas []persona.Persona // the default first
	Settings persona.Voice
	Message  *lead.Example  // nil: none was named
	Recent   []lead.Example // what came in last, newest first, each with only the beginning of its words
}

// recentMessages is how many of the last messages are offered, and
// recentBeginning how many characters of each.
const (
	recentMessages  = 8
	recentBeginning = 200
)

// selectTrialMessages wants a workspace, how many characters of each message, and
// which messages.
const selectTrialMessages = `select m.id, m.channel, left(m.body, $2), m.sent_at,
		(select c.persona_id from campaigns c where c.workspace_id = m.workspace_id and c.id = m.campaign_id), ` + leadColumns + `
	from messages m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
	where m.workspace_id = $1 `

const selectRecentMessages = selectTrialMessages + `order by m.sent_at desc, m.id desc limit $3`

// Trial gives what trying personas takes, with the message named, if it is
// valid. It fails with persona.ErrNotFound when the workspace has no such
// message.
func (db *DB) Trial(ctx context.Context, a Access, message uuid.NullUUID) (Trial, error) {
	var t Trial
	batch := &pgx.Batch{}
	queuePersonas(batch, a, &t.Personas)
	queueVoice(batch, a.workspace, &t.Settings)
	collect(batch.Queue(selectRecentMessages, a.workspace, recentBeginning, recentMessages), &t.Recent, scanTrialMessage)
	if message.Valid {
		t.Message = &lead.Example{}
		collectOne(batch.Queue(selectTrialMessages+`and m.id = $3`, a.workspace, lead.BodyLimit, message),
			t.Message, scanTrialMessage)
	}
	return t, db.readAll(ctx, a, batch)
}

func scanTrialMessage(row pgx.CollectableRow) (lead.Example, error) {
	var m lead.Example
	return m, row.Scan(append([]any{&m.ID, &m.Channel, &m.Body, &m.SentAt, &m.Persona}, leadTargets(&m.Lead)...)...)
}
