package postgres_test

import (
	"strings"
	"testing"

	"personae/internal/postgres"
)

func TestAPasswordLeavesEveryFormOfADatabaseURL(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"postgres://ada:se%40cret@db:5432/personae?sslmode=disable": "postgres://ada@db:5432/personae?sslmode=disable",
		"postgresql://db/personae?user=ada&password=se%40cret":      "postgresql://db/personae?user=ada",
		"host=db user=ada password=secret dbname=personae":          "host=db user=ada  dbname=personae",
		`host=db user=ada password = 'se cret' sslmode=disable`:     "host=db user=ada  sslmode=disable",
		"postgres://ada@db/personae":                                "postgres://ada@db/personae",
	} {
		bare, password, err := postgres.WithoutPassword(given)
		if err != nil || strings.Contains(given, "cret") != strings.Contains(password, "cret") {
			t.Errorf("%s: %q, %v", given, password, err)
		}
		if bare != want {
			t.Errorf("%s becomes %s, not %s", given, bare, want)
		}
	}
}
