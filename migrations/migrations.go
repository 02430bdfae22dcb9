// Package migrations holds the schema of the database: goose migrations, in
// order, forward only. One that has landed is never edited.
package migrations

import "embed"

// FS holds the migration files.
//
//go:embed *.sql
var FS embed.FS
