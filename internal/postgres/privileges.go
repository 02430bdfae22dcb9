package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/secure/precis"
)

// ServerRole is the role under which the server works on a database of our own.
const ServerRole = "personae_server"

// ReaderRole is the role of programs that read the views of schema legacy, and
// nothing else. Nobody signs in as it; logins are made members of it.
const ReaderRole = "personae_legacy"

// privileges is what the server's role may do with each table besides reading
// it. Locking a row asks for the right to update one of its columns. What only
// triggers write, or nobody changes, has none.
func privileges() map[string]string {
	return map[string]string{
		"account_events":    "insert, delete",
		"api_tokens":        "insert, update (revoked_at, last_used_at)",
		"audit_events":      "insert",
		"campaigns":         "insert, update (persona_id, name, external_id, archived_at)",
		"campaign_versions": "",
		"draft_outcomes":    "",
		"draft_versions":    "",
		"drafts": "insert, update (state, version, source, persona_id, persona_version, language, prompt_key, body, edited_by, problem, " +
			"asked_at, made_at, decided_at, decided_by, taken_at, taken_by, sent_at, sent_id, reject_reason)",
		"draft_states":     "",
		"erased_leads":     "",
		"goose_db_version": "",
		"house_copies":     "insert, update (house_version, persona_version)",
		"house_personas": "insert (created_by, " + contentColumns.list() + "), " +
			"update (" + contentColumns.list() + ", withdrawn_at)",
		"house_persona_versions": "",
		"idempotency_keys":       "insert, delete",
		"inbound_secrets":        "insert, update (secret, made_at, made_by)",
		"invitations":            "insert, update (accepted_at, accepted_by, revoked_at), delete",
		"kept_forms":             "insert, delete",
		"lead_words":             "",
		"leads": "insert, update (campaign_id, first_name, last_name, email, company, blacklisted, opted_out, unsubscribed, bounced, " +
			"contact_asked_at, updated_at, score_asked_at, score_problem)",
		"members":          "insert, update (role), delete",
		"origin_questions": "",
		"origin_repairs":   "",
		"origin_rows":      "",
		"messages":         "insert",
		"model_turns":      "insert, delete",
		"notice_choices":   "insert, delete",
		"draft_reminders":  "insert, update (told_at)",
		"passkeys":         "insert, update (credential, last_used_at), delete",
		"password_resets":  "insert, update (used_at), delete",
		"persona_versions": "",
		"personas":         "insert, update, delete",
		"proposals":        "insert, update (state, decided_at, decided_by, decided_capacity, answer, overtaken_by)",
		"recovery_codes":   "insert, update (used_at), delete",
		"schedules": "insert, update (state, rev, previous_id, previous_version, start_event, end_event, closed_at, skipped_by, " +
			"cancelled_by, cancelled_as)",
		"scores":                      "insert",
		"secrets":                     "insert, update (value)",
		"sessions":                    "insert, update (last_used_at), delete",
		"sign_in_failures":            "insert, delete",
		"sign_in_steps":               "insert, delete",
		"support_grants":              "insert, update (revoked_at)",
		"support_requests":            "insert, update (decided_at, decided_by, grant_id), delete",
		"user_identities":             "insert, delete",
		"user_totp":                   "insert, update (secret, last_step, created_at), delete",
		"webhook_deliveries":          "insert, update (state, round, tries, next_try_at), delete",
		"webhook_tries":               "insert",
		"webhooks":                    "insert, update (url, events, slack, version, secret, secret_made_at, paused_at, gone), delete",
		"users":                       "insert (email, name, password_hash, password_by_link), update (email, name, password_hash, password_by_link, superadmin, support, disabled_at, removed_at, time_zone, language, mail_language)",
		"workspace_revisions":         "update (rev)",
		"workspace_settings":          "insert, update",
		"workspace_settings_versions": "",
		"workspace_erasures":          "insert",
		"workspaces":                  "insert (name), update (name, version, require_second_factor, require_second_person, archived_at, erasing_at, support_code)",
	}
}

// ownersFunctions work with the owner's rights, so that only the server may call them.
const ownersFunctions = "keep_unrecorded(uuid), keep_deletions(uuid), erase_workspace(uuid, integer), " +
	"erase_lead(uuid, uuid, timestamptz), remove_history(uuid, timestamptz, integer), set_up(text, text, text, text), new_support_code()"

// RevokeEveryone takes from every role what a dump that was restored without the roles
// of its cluster lets all do. The connection must own the schema.
func (db *DB) RevokeEveryone(ctx context.Context) error {
	_, err := db.writes.Exec(ctx, "revoke execute on function "+ownersFunctions+" from public")
	return err
}

// GrantServer returns a role exactly the privileges that the server needs, and
// makes the role where there is none, with this password if it is not empty. The
// connection must own the schema; to make a role it must also be allowed to, and else it
// fails with the SQL that makes one.
func (db *DB) GrantServer(ctx context.Context, role, password string) error {
	name := pgx.Identifier{role}.Sanitize()
	return pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		login := "login"
		if password != "" {
			salt := make([]byte, 16)
			if _, err := rand.Read(salt); err != nil {
				return err
			}
			verifier, err := scram(password, salt)
			if err != nil {
				return err
			}
			login += " password '" + verifier + "'"
		}
		if err := makeRole(ctx, tx, role, login); err != nil {
			return err
		}
		statements := []string{
			"revoke all on all tables in schema public from " + name,
			"grant usage on schema public to " + name,
			"grant select on all tables in schema public to " + name,
			"grant execute on function " + ownersFunctions + " to " + name,
			"grant usage on schema river to " + name,
			"grant select, insert, update, delete on all tables in schema river to " + name,
			"revoke insert, update, delete on river.river_migration from " + name,
			"grant usage on all sequences in schema river to " + name,
		}
		rights := privileges()
		for _, table := range slices.Sorted(maps.Keys(rights)) {
			if rights[table] != "" {
				statements = append(statements, "grant "+rights[table]+" on "+pgx.Identifier{table}.Sanitize()+" to "+name)
			}
		}
		return grant(ctx, tx, role, statements)
	})
}

// GrantReaders lets ReaderRole read the views of schema legacy, and makes the
// role where there is none. It reports false where there is none and the
// connection's role may not make one; then nothing is changed.
func (db *DB) GrantReaders(ctx context.Context) (bool, error) {
	return db.grantReaders(ctx, ReaderRole)
}

func (db *DB) grantReaders(ctx context.Context, role string) (bool, error) {
	can := true
	name := pgx.Identifier{role}.Sanitize()
	err := pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `select exists (select from pg_roles where rolname = $1)
			or (select rolsuper or rolcreaterole from pg_roles where rolname = current_user)`, role).Scan(&can)
		if err != nil || !can {
			return err
		}
		if err := makeRole(ctx, tx, role, "nologin"); err != nil {
			return err
		}
		return grant(ctx, tx, role, []string{
			"grant usage on schema legacy to " + name,
			"grant select on all tables in schema legacy to " + name,
		})
	})
	return can, err
}

// makeRole makes a role unless it is there. Roles belong to the whole server,
// and locks to one database: another one may make the same role meanwhile.
func makeRole(ctx context.Context, tx pgx.Tx, role, option string) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext('personae roles'))`); err != nil {
		return err
	}
	var there bool
	if err := tx.QueryRow(ctx, `select exists (select from pg_roles where rolname = $1)`,
		role).Scan(&there); err != nil || there {
		return err
	}
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "create role "+pgx.Identifier{role}.Sanitize()+" "+option)
		return err
	})
	if code, _ := sqlState(err); code == "42710" || code == "23505" {
		return nil
	}
	if Forbidden(err) {
		return fmt.Errorf("there is no role %[1]s, and this one may not make it. Whoever may runs, in psql:\n"+
			"    create role %[1]s login; \\password %[1]s\nwith the password that [database] url has; then start again",
			pgx.Identifier{role}.Sanitize())
	}
	if err != nil {
		// Without PostgreSQL's own words, which may quote the statement.
		code, _ := sqlState(err)
		return fmt.Errorf("the role %s cannot be made (SQLSTATE %s)", role, code)
	}
	return nil
}

// scram returns what PostgreSQL keeps of a password (RFC 5803), so that the password
// itself is in no statement that a server may log.
func scram(password string, salt []byte) (string, error) {
	if prepared, err := precis.OpaqueString.String(password); err == nil {
		password = prepared // as pgx does when it signs in
	}
	const rounds = 4096
	salted, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		return "", err
	}
	key := func(name string) []byte {
		mac := hmac.New(sha256.New, salted)
		mac.Write([]byte(name))
		return mac.Sum(nil)
	}
	stored := sha256.Sum256(key("Client Key"))
	text := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", rounds, text(salt), text(stored[:]), text(key("Server Key"))), nil
}

func grant(ctx context.Context, tx pgx.Tx, role string, statements []string) error {
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("giving the role %s its privileges: %w", role, err)
		}
	}
	return nil
}
