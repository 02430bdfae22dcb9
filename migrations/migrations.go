// Package migrations holds the schema of the database: goose migrations, in
// order, forward only. One that has landed is never edited.
package migrations

import (
	"embed"
	"strconv"
	"strings"
)

// FS holds the migration files.
//
//go:embed *.sql
var FS embed.FS

// Last returns the number of the newest migration.
func Last() int64 {
	files, _ := FS.ReadDir(".") // it is embedded, so it cannot fail
	number, _, _ := strings.Cut(files[len(files)-1].Name(), "_")
	last, _ := strconv.ParseInt(number, 10, 64)
	return last
}
