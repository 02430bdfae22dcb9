package postgres

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"personae/internal/access"
	"personae/internal/audit"
	"personae/internal/persona"
)

// IdempotentRequest makes one write happen once, however often a program sends
// it: the write keeps its result beside its event, in its own transaction, and
// whoever sends the same key within 24 hours is given that result. It is for one
// request, by a token or a person.
type IdempotentRequest struct {
	KeyHash     []byte // SHA-256 of what the sender calls this request
	RequestHash []byte // SHA-256 of what it asks for
	replayed    bool
	spent       bool
}

// Replayed reports whether the write had been done before.
func (r *IdempotentRequest) Replayed() bool { return r != nil && r.replayed }

// Idempotent returns the access for one write that is to happen once. The write
// fails with persona.ErrKeyReused when the key was used for something else.
func (a Access) Idempotent(r *IdempotentRequest) Access {
	a.idempotent = r
	return a
}

// Sender returns whose request it is: a token's, or a person's. It is not valid
// for the command line.
func (a Access) Sender() uuid.NullUUID {
	if a.token.Valid {
		return a.token
	}
	return a.user
}

const selectKept = `select request_hash, result from idempotency_keys
	where workspace_id = $1 and sender_id = $2 and key_hash = $3
		and created_at > clock_timestamp() - interval '24 hours'`

// queueReplay has a batch fail with errReplayed where the request was done before, with
// its result in result. A write holds the workspace's lock, so a request with the same key
// that is under way is over by then.
func (r *IdempotentRequest) queueReplay(batch *pgx.Batch, a Access, result any) error {
	if r == nil {
		return nil
	}
	if r.spent || !a.Sender().Valid {
		return errNotOnce
	}
	batch.Queue(selectKept, a.workspace, a.Sender(), r.KeyHash).QueryRow(func(row pgx.Row) error {
		done, err := r.replay(row, result)
		if done && err == nil {
			return errReplayed
		}
		return err
	})
	return nil
}

var errNotOnce = errors.New("only one request of a token or a person can be done once")

// replay reads the result of a request that was done before into result, and
// reports whether it was.
func (r *IdempotentRequest) replay(row pgx.Row, result any) (bool, error) {
	var request, kept []byte
	err := row.Scan(&request, &kept)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !bytes.Equal(request, r.RequestHash) {
		return false, persona.ErrKeyReused
	}
	r.replayed = true
	return true, json.Unmarshal(kept, result)
}

// queueRemember keeps the result, with the event of what was written, if anything was,
// and deletes what is too old.
func (r *IdempotentRequest) queueRemember(batch *pgx.Batch, a Access, result any, event uuid.NullUUID) error {
	if r == nil {
		return nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	batch.Queue(`delete from idempotency_keys
		where workspace_id = $1 and created_at <= clock_timestamp() - interval '24 hours'`, a.workspace)
	batch.Queue(`insert into idempotency_keys (workspace_id, sender_id, key_hash, request_hash, event_id, result)
		values ($1, $2, $3, $4, $5, $6)`, a.workspace, a.Sender(), r.KeyHash, r.RequestHash, event, string(text))
	return nil
}

// done spends the key: a request that writes twice has no single result.
func (r *IdempotentRequest) done() {
	if r != nil {
		r.spent = true
	}
}

// ReplayAnswer reports whether an idempotent request that changes nothing was
// answered before, and then reads that answer into answer. It fails with
// persona.ErrKeyReused when the key was used for something else.
func (db *DB) ReplayAnswer(ctx context.Context, a Access, answer any) (bool, error) {
	if !a.May(access.Read) {
		return false, persona.ErrNotFound
	}
	r := a.idempotent
	if r == nil {
		return false, nil
	}
	if r.spent || !a.Sender().Valid {
		return false, errNotOnce
	}
	done, err := r.replay(db.reads.QueryRow(ctx, selectKept, a.workspace, a.Sender(), r.KeyHash), answer)
	return done, explain(err)
}

// RememberAnswer keeps the answer to such a request; nothing, where it is not
// idempotent. Where the same one was answered meanwhile, that is read into answer.
func (db *DB) RememberAnswer(ctx context.Context, a Access, answer any) error {
	if a.idempotent == nil {
		return nil
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	kept, err := write(ctx, db, a, access.Read, answered, func(c *change) (json.RawMessage, error) {
		c.unchanged = true
		return text, nil
	})
	if err != nil || !a.idempotent.Replayed() {
		return err
	}
	return json.Unmarshal(kept, answer)
}

// answered is the action of what is never recorded.
const answered audit.Action = "answered"
