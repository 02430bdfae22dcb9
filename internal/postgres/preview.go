package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/lead"
	"personae/internal/persona"
)

// PreviewData is what the page that previews replies shows.
type PreviewData struct {
	Personas []persona.Persona // the default first: those that are chosen, and others as Offer says
	Offer    persona.Offer
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

// selectExamples wants a workspace, how many characters of each message, and
// which messages.
var selectExamples = `select m.id, m.channel, left(m.body, $2), m.sent_at,
		(select c.persona_id from campaigns c where c.workspace_id = m.workspace_id and c.id = m.campaign_id), ` + leadColumns + `
	from messages m cross join lateral (select * from leads l where l.workspace_id = m.workspace_id and l.id = m.lead_id offset 0) l
	where m.workspace_id = $1 `

var selectRecentMessages = selectExamples + `order by m.sent_at desc, m.id desc limit $3`

// PreviewData returns what a preview takes, with the message named, if it is
// valid, the personas chosen, and who answers for the message. It fails with persona.ErrNotFound
// when the workspace has no such message.
func (db *DB) PreviewData(
	ctx context.Context, a Access, message uuid.NullUUID, offer persona.Offer, chosen ...uuid.NullUUID,
) (PreviewData, error) {
	d := PreviewData{Offer: offer}
	batch := &pgx.Batch{}
	queueChoicesInFull(batch, a.workspace, &d.Offer, &d.Personas, keptIDs+` || array(select c.persona_id from messages m
		join campaigns c on c.workspace_id = m.workspace_id and c.id = m.campaign_id where m.workspace_id = $1 and m.id = $4)`, chosen, message)
	queueVoice(batch, a.workspace, &d.Settings)
	collect(batch.Queue(selectRecentMessages, a.workspace, recentBeginning, recentMessages), &d.Recent, scanExample)
	if message.Valid {
		d.Message = &lead.Example{}
		collectOne(batch.Queue(selectExamples+`and m.id = $3`, a.workspace, lead.BodyLimit, message), d.Message, scanExample)
	}
	return d, db.readAll(ctx, a, batch)
}

func scanExample(row pgx.CollectableRow) (lead.Example, error) {
	var m lead.Example
	err := row.Scan(append([]any{&m.ID, &m.Channel, &m.Body, &m.SentAt, &m.Persona}, leadTargets(&m.Lead)...)...)
	return m, err
}
