package main

import (
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
	"personae/internal/testing/origintest"
)

// TestADatabaseWithoutOurTablesGetsASentence runs what works on a database as it
// is on one that nobody migrated, and on one of another program.
func TestADatabaseWithoutOurTablesGetsASentence(t *testing.T) {
	t.Parallel()
	o := origintest.New(t)
	const id = "3f0e8a52-6f5b-4a1c-9c58-6d7b0b1d2c3a"
	for _, url := range []string{dbtest.Empty(t), origintest.New(t).URL} {
		for _, command := range []string{
			"import --dry-run --from " + o.URL, "doctor", "export --workspace " + id, "resolve --workspace " + id,
			"load --workspace " + id + " -",
		} {
			code, out, errs := personae(t, []string{"PERSONAE_DATABASE_URL=" + url}, `{"version": 1, "personas": []}`,
				strings.Fields(command)...)
			if code != 1 || !strings.Contains(errs, "run personae migrate up") || strings.Contains(out+errs, "SQLSTATE") {
				t.Errorf("%s: exit %d: %s%s", command, code, out, errs)
			}
		}
	}
}
