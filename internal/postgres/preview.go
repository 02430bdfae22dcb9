package postgres

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

// Trial is what trying personas takes.
type Trial struct {
	Personas []persona.Persona // the default first
	Settings persona.Voice
	Message  *TrialMessage // nil: none was named
}

// TrialMessage is a message to try personas on, and who wrote it.
type TrialMessage struct {
	Lead    persona.Lead
	Channel persona.Channel
	Body    string
	Persona uuid.NullUUID // of its campaign; not valid: the default answers
}

// Trial gives what trying personas takes, with the message named, if it is
// valid. It fails with persona.ErrNotFound when the workspace has no such
// message.
func (db *DB) Trial(ctx context.Context, a Access, message uuid.NullUUID) (Trial, error) {
	var t Trial
	batch := &pgx.Batch{}
	batch.Queue(selectPersonasByName, a.workspace).Query(func(rows pgx.Rows) (err error) {
		t.Personas, err = pgx.CollectRows(rows, scanPersona)
		return err
	})
	batch.Queue(selectSettings, a.workspace).Query(func(rows pgx.Rows) error {
		s, err := collectSettings(rows)
		t.Settings = s.Voice
		return err
	})
	if message.Valid {
		batch.Queue(`select m.channel, m.body, l.first_name, l.last_name, l.company, c.persona_id
			from messages m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
			left join campaigns c on c.workspace_id = m.workspace_id and c.id = m.campaign_id
			where m.workspace_id = $1 and m.id = $2`, a.workspace, message).
			QueryRow(func(row pgx.Row) error {
				t.Message = &TrialMessage{}
				return row.Scan(&t.Message.Channel, &t.Message.Body, &t.Message.Lead.FirstName, &t.Message.Lead.LastName, &t.Message.Lead.Company, &t.Message.Persona)
			})
	}
	return t, db.readAll(ctx, a, batch)
}
