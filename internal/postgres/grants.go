package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
)

// ServerRole is the role under which the server works on a database of our own.
const ServerRole = "personae_server"

// privileges is what the server's role may do with each table besides reading
// it. Locking a row asks for the right to update one of its columns. What only
// triggers write, or nobody changes, has none.
func privileges() map[string]string {
	return map[string]string{
		"api_tokens":                  "insert, update (revoked_at, last_used_at)",
		"audit_events":                "insert",
		"campaigns":                   "update (persona_id)",
		"goose_db_version":            "",
		"invitations":                 "insert, update (accepted_at, accepted_by, revoked_at)",
		"members":                     "insert, update (role), delete",
		"passkeys":                    "insert, update (credential, last_used_at), delete",
		"password_resets":             "insert, update (used_at)",
		"persona_versions":            "",
		"personas":                    "insert, update, delete",
		"recovery_codes":              "insert, update (used_at), delete",
		"secrets":                     "insert",
		"sessions":                    "insert, delete",
		"sign_in_failures":            "insert, delete",
		"sign_in_steps":               "insert, delete",
		"support_grants":              "insert, update (revoked_at)",
		"support_requests":            "insert, update (decided_at, decided_by, grant_id)",
		"user_identities":             "insert",
		"user_totp":                   "insert, update (secret, last_step, created_at), delete",
		"users":                       "insert (email, name, password_hash), update (name, password_hash)",
		"workspace_revisions":         "update (rev)",
		"workspace_settings":          "insert, update",
		"workspace_settings_versions": "",
		"workspaces":                  "update (name, require_second_factor)",
	}
}

// GrantServer gives a role exactly the privileges that the server needs, and
// makes the role where there is none. The connection must own the schema; to
// make a role it must also be allowed to.
func (db *DB) GrantServer(ctx context.Context, role string) error {
	name := pgx.Identifier{role}.Sanitize()
	return pgx.BeginFunc(ctx, db.writes, func(tx pgx.Tx) error {
		// Roles belong to the whole server: two databases may do this at once.
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtext('personae roles'))`); err != nil {
			return err
		}
		var there bool
		if err := tx.QueryRow(ctx, `select exists (select from pg_roles where rolname = $1)`, role).Scan(&there); err != nil {
			return err
		}
		statements := []string{
			"revoke all on all tables in schema public from " + name,
			"grant usage on schema public to " + name,
			"grant select on all tables in schema public to " + name,
		}
		if !there {
			statements = slices.Insert(statements, 0, "create role "+name+" login")
		}
		rights := privileges()
		for _, table := range slices.Sorted(maps.Keys(rights)) {
			if rights[table] != "" {
				statements = append(statements, "grant "+rights[table]+" on "+pgx.Identifier{table}.Sanitize()+" to "+name)
			}
		}
		for _, sql := range statements {
			if _, err := tx.Exec(ctx, sql); err != nil {
				return fmt.Errorf("giving the role %s its privileges: %w", role, err)
			}
		}
		return nil
	})
}
