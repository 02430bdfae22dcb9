package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"personae/internal/i18n"
	"personae/internal/persona"
	"personae/internal/seal"
)

// sealing is how secrets are kept in columns.
type sealing struct {
	keys seal.Keys

	mu   sync.Mutex
	from *time.Time // when sealing begins; nil: not asked yet
	done time.Time  // when all secrets were last found sealed with the first key
}

// SealWith has secrets sealed with these keys, before the database is used.
func (db *DB) SealWith(keys seal.Keys) { db.sealed.keys = keys }

// Where secrets are stored, for a Seal that opens nowhere else.
func inboundRow(workspace uuid.UUID) string { return "inbound_secrets/" + workspace.String() }
func webhookRow(id uuid.UUID) string        { return "webhooks/" + id.String() }
func totpRow(user uuid.UUID) string         { return "user_totp/" + user.String() }
func secretRow(name string) string          { return "secrets/" + name }

// openSecret returns the secret that is stored in a row, or seal.ErrUnreadable.
func (db *DB) openSecret(row, stored string) (string, error) { return db.sealed.keys.Open(row, stored) }

// sealSecret returns a secret as it is to be stored in a row.
func (db *DB) sealSecret(ctx context.Context, in querier, row, secret string) (string, error) {
	if seals, err := db.seals(ctx, in); err != nil || !seals {
		return secret, err
	}
	return db.sealed.keys.Seal(row, secret), nil
}

// seals reports whether secrets are sealed by now. After an update from a version that
// sealed none they are not for an hour, since instances of that version may still run.
func (db *DB) seals(ctx context.Context, in querier) (bool, error) {
	s := &db.sealed
	if !s.keys.Any() {
		return false, nil
	}
	s.mu.Lock()
	from := s.from
	s.mu.Unlock()
	if from == nil {
		var seconds float64
		err := in.QueryRow(ctx, `select coalesce(max(extract(epoch from convert_from(value, 'UTF8')::timestamptz - now())), 0)::float8
			from secrets where name = 'clear until'`).Scan(&seconds)
		if err != nil {
			return false, err
		}
		from = new(time.Now().Add(time.Duration(seconds * float64(time.Second))))
		s.mu.Lock()
		s.from = from
		s.mu.Unlock()
	}
	return !time.Now().Before(*from), nil
}

// Secret returns the secret kept under name. Where there is none, or one that was sealed
// with a key that is not here, fresh is kept and returned; of two programs that do so at
// once, both get the same.
func (db *DB) Secret(ctx context.Context, name string, fresh []byte) ([]byte, error) {
	var value string
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		sealed, err := db.sealSecret(ctx, tx, secretRow(name), string(fresh))
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `insert into secrets (name, value) values ($1, $2) on conflict do nothing`, name,
			[]byte(sealed)); err != nil {
			return err
		}
		const read = `select value from secrets where name = $1`
		var stored []byte
		if err := tx.QueryRow(ctx, read, name).Scan(&stored); err != nil {
			return err
		}
		if value, err = db.openSecret(secretRow(name), string(stored)); err == nil {
			return nil
		}
		db.log.WarnContext(ctx, "a secret of the server cannot be read, and is made anew", "name", name)
		if _, err := tx.Exec(ctx, `update secrets set value = $3 where name = $1 and value = $2`, name, stored,
			[]byte(sealed)); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, read, name).Scan(&stored); err != nil {
			return err
		}
		value, err = db.openSecret(secretRow(name), string(stored))
		return err
	})
	return []byte(value), explain(err)
}

// sealedColumns are where secrets are, and the least value of what tells rows apart.
var sealedColumns = []struct{ table, id, column, least string }{
	{"secrets", "name", "value", ""},
	{"user_totp", "user_id", "secret", uuid.Nil.String()},
	{"inbound_secrets", "workspace_id", "secret", uuid.Nil.String()},
	{"webhooks", "id", "secret", uuid.Nil.String()},
}

const (
	sealPage  = 200
	sealAgain = time.Hour // after which it is looked whether another instance used an older key
)

// SealSecrets seals what is not sealed with the first of the keys, and returns how many
// that were. What another key sealed that is not here stays. It waits for no row: one that
// is in use is left to the next time.
func (db *DB) SealSecrets(ctx context.Context) (sealed int, err error) {
	s := &db.sealed
	s.mu.Lock()
	done := s.done
	s.mu.Unlock()
	if time.Since(done) < sealAgain {
		return 0, nil
	}
	if seals, err := db.seals(ctx, db.reads); err != nil || !seals {
		return 0, explain(err)
	}
	whole := true
	for _, c := range sealedColumns {
		for after := c.least; ; {
			some, err := db.sealSome(ctx, c.table, c.id, c.column, after)
			if sealed += some.sealed; err != nil {
				return sealed, explain(err)
			}
			whole = whole && some.busy == 0
			if some.last == "" {
				break
			}
			after = some.last
		}
	}
	if whole {
		s.mu.Lock()
		s.done = time.Now()
		s.mu.Unlock()
	}
	return sealed, nil
}

// sealedSome is what sealSome did.
type sealedSome struct {
	sealed, busy int    // rows; busy ones were left
	last         string // that it looked at; "": there are no more
}

// sealSome seals secrets of the rows of a table that come after one.
func (db *DB) sealSome(ctx context.Context, table, id, column, after string) (did sealedSome, err error) {
	type row struct {
		ID    string
		Value []byte
	}
	rows, err := queryAll(ctx, db.reads, pgx.RowToStructByPos[row],
		fmt.Sprintf(`select %[1]s::text, %[2]s from %[3]s where %[1]s > $1 order by %[1]s limit $2`, id, column, table),
		after, sealPage)
	if err != nil || len(rows) == 0 {
		return did, err
	}
	did.last = rows[len(rows)-1].ID
	batch := &pgx.Batch{}
	for _, r := range rows {
		at, stored := table+"/"+r.ID, string(r.Value)
		secret, err := db.openSecret(at, stored)
		if err != nil || db.sealed.keys.Current(stored) || at == secretRow("clear until") {
			continue
		}
		batch.Queue(fmt.Sprintf(`update %[1]s set %[2]s = $3 where %[3]s = (select %[3]s from %[1]s
			where %[3]s = $1 and %[2]s = $2 for no key update skip locked)`, table, column, id),
			r.ID, r.Value, []byte(db.sealed.keys.Seal(at, secret))).Exec(func(tag pgconn.CommandTag) error {
			did.sealed += int(tag.RowsAffected())
			return nil
		})
	}
	if batch.Len() > 0 {
		err = db.writes.SendBatch(ctx, batch).Close()
	}
	did.busy = batch.Len() - did.sealed
	return did, err
}

// withKey says of a secret that cannot be read what to do, with the key or without.
func withKey(secret, without i18n.Text) i18n.Text {
	return i18n.Say("%s cannot be read: the key that it was sealed with is not here. "+
		"Give personae that key again ([session] key, or secrets.key in the data folder), or %s", secret, without)
}

// The sealed secrets of one workspace, $1, and those of people.
const (
	selectSealed = `select w.id, w.name, '' as webhook, i.secret from inbound_secrets i
			join workspaces w on w.id = i.workspace_id where w.id = $1 and i.secret like 'sealed:%'
		union all select w.id, w.name, h.id::text, h.secret from webhooks h
			join workspaces w on w.id = h.workspace_id where w.id = $1 and h.secret like 'sealed:%' order by 2, 3`
	selectSealedApps = `select user_id, secret from user_totp where octet_length(secret) > 20`
)

// queueUnreadable finds the secrets of a workspace, or of all, that cannot be read.
func (db *DB) queueUnreadable(batch *pgx.Batch, workspace uuid.NullUUID, findings *[]persona.Finding) {
	var f persona.Finding
	var hook, stored string
	sql, arguments := checkIn(workspace, selectSealed)
	collectEach(batch.Queue(sql, arguments...), []any{&f.Workspace, &f.Name, &hook, &stored}, func() {
		at, what := "webhooks/"+hook, withKey(i18n.Say("The secret of a webhook"), i18n.Say("make a new one on the page Webhooks."))
		if hook == "" {
			at = inboundRow(f.Workspace)
			what = withKey(i18n.Say("The secret of inbound messages"), i18n.Say("make a new one on the page Tokens."))
		}
		if _, err := db.openSecret(at, stored); errors.Is(err, seal.ErrUnreadable) {
			*findings = append(*findings, persona.Finding{Workspace: f.Workspace, Name: f.Name, Rule: "secrets", Sentence: what})
		}
	})
	if workspace.Valid {
		return
	}
	batch.Queue(selectSealedApps).Query(func(rows pgx.Rows) error {
		people := 0
		for rows.Next() {
			var user uuid.UUID
			var stored []byte
			if err := rows.Scan(&user, &stored); err != nil {
				return err
			}
			if _, err := db.openSecret(totpRow(user), string(stored)); err != nil {
				people++
			}
		}
		if people > 0 {
			*findings = append(*findings, persona.Finding{Rule: "secrets", Sentence: withKey(
				i18n.Say("The secret of an authenticator app, of %s people,", strconv.Itoa(people)),
				i18n.Say("run personae user reset --second-factor for each. Until then they sign in with a passkey "+
					"or a recovery code."))})
		}
		return rows.Err()
	})
}

// UnreadableSecrets returns where secrets are that cannot be read.
func (db *DB) UnreadableSecrets(ctx context.Context) (findings []persona.Finding, err error) {
	batch := &pgx.Batch{}
	db.queueUnreadable(batch, uuid.NullUUID{}, &findings)
	return findings, explain(db.reads.SendBatch(ctx, batch).Close())
}
