package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/persona"
)

// Once makes one write happen once, however often a program sends it: the write
// keeps its result beside its event, in its own transaction, and whoever sends
// the same key within 24 hours is given that result. It is for one request, by a
// token or a person.
type Once struct {
	Key      []byte // SHA-256 of what the sender calls this request
	Request  []byte // SHA-256 of what it asks for
	replayed bool
	spent    bool
}

// Replayed tells whether the write had been done before.
func (o *Once) Replayed() bool { return o != nil && o.replayed }

// Once gives the access for one write that is to happen once. The write fails
// with persona.ErrKeyReused when the key was used for something else.
func (a Access) Once(o *Once) Access {
	a.once = o
	return a
}

// sender is whose request it is.
func (a Access) sender() uuid.NullUUID {
	if a.token.Valid {
		return a.token
	}
	return a.user
}

// found gives a write its result where it was done before, and tells so. The
// workspace's lock is held, so a request with the same key that is under way
// is over by now.
func (o *Once) found(ctx context.Context, tx pgx.Tx, a Access, e *event) (bool, error) {
	switch {
	case o == nil:
		return false, nil
	case o.spent || !a.sender().Valid || e.result == nil:
		return false, fmt.Errorf("%s cannot be done once: one write by a token or a person that names its result", e.action)
	}
	var request, result []byte
	err := tx.QueryRow(ctx, `select request_hash, result from idempotency_keys
		where workspace_id = $1 and sender_id = $2 and key_hash = $3 and created_at > clock_timestamp() - interval '24 hours'`,
		a.workspace, a.sender(), o.Key).Scan(&request, &result)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !bytes.Equal(request, o.Request) {
		return false, persona.ErrKeyReused
	}
	o.replayed = true
	return true, json.Unmarshal(result, e.result)
}

// keep records what the write gave, and forgets what is too old.
func (o *Once) keep(ctx context.Context, tx pgx.Tx, a Access, e *event) error {
	if o == nil {
		return nil
	}
	result, err := json.Marshal(e.result)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`delete from idempotency_keys where workspace_id = $1 and created_at <= clock_timestamp() - interval '24 hours'`, a.workspace)
	batch.Queue(`insert into idempotency_keys (workspace_id, sender_id, key_hash, request_hash, event_id, result) values ($1, $2, $3, $4, $5, $6)`,
		a.workspace, a.sender(), o.Key, o.Request, e.id, string(result))
	return tx.SendBatch(ctx, batch).Close()
}

// done spends the key: a request that writes twice has no single result.
func (o *Once) done() {
	if o != nil {
		o.spent = true
	}
}
