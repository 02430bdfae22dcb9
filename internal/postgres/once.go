package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
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

// Sender gives whose request it is: a token, or a person. It is not valid for
// the command line.
func (a Access) Sender() uuid.NullUUID {
	if a.token.Valid {
		return a.token
	}
	return a.user
}

// found gives a request its result where it was done before, and tells so. A
// write holds the workspace's lock, so a request with the same key that is
// under way is over by then.
func (o *Once) found(ctx context.Context, q querier, a Access, into any) (bool, error) {
	switch {
	case o == nil:
		return false, nil
	case o.spent || !a.Sender().Valid || into == nil:
		return false, errors.New("only one request of a token or a person, which names its result, can be done once")
	}
	var request, result []byte
	err := q.QueryRow(ctx, `select request_hash, result from idempotency_keys
		where workspace_id = $1 and sender_id = $2 and key_hash = $3 and created_at > clock_timestamp() - interval '24 hours'`,
		a.workspace, a.Sender(), o.Key).Scan(&request, &result)
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
	return true, json.Unmarshal(result, into)
}

// keep records what was given, with the event of what was written, if anything
// was, and forgets what is too old.
func (o *Once) keep(ctx context.Context, tx pgx.Tx, a Access, result any, event uuid.NullUUID) error {
	if o == nil {
		return nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`delete from idempotency_keys where workspace_id = $1 and created_at <= clock_timestamp() - interval '24 hours'`, a.workspace)
	batch.Queue(`insert into idempotency_keys (workspace_id, sender_id, key_hash, request_hash, event_id, result) values ($1, $2, $3, $4, $5, $6)`,
		a.workspace, a.Sender(), o.Key, o.Request, event, string(text))
	return tx.SendBatch(ctx, batch).Close()
}

// done spends the key: a request that writes twice has no single result.
func (o *Once) done() {
	if o != nil {
		o.spent = true
	}
}

// Answered tells whether a request that changes nothing, made by Once, was
// answered before, and then reads what it was given into answer. It fails with
// persona.ErrKeyReused when the key was used for something else.
func (db *DB) Answered(ctx context.Context, a Access, answer any) (bool, error) {
	if !a.May(access.Read) {
		return false, persona.ErrNotFound
	}
	found, err := a.once.found(ctx, db.reads, a, answer)
	return found, explain(err)
}

// KeepAnswer keeps what such a request is given; nothing, where it is not made
// by Once. Where the same one was answered meanwhile, that is read into answer.
func (db *DB) KeepAnswer(ctx context.Context, a Access, answer any) error {
	if a.once == nil {
		return nil
	}
	return db.write(ctx, a, access.Read, &event{action: "answered", result: answer}, func(pgx.Tx) error { return errNothingToWrite })
}
