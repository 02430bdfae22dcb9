package origin

import (
	"testing"
)

func TestPrismasParametersDoNotReachPostgreSQL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"postgresql://u:p@h:6543/d?pgbouncer=true&connection_limit=1&schema=app&sslmode=require": {"postgresql://u:p@h:6543/d?sslmode=require", "app"},
		"postgres://h/d": {"postgres://h/d", "public"},
	} {
		address, schema, err := forPgx(in)
		if err != nil || address != want[0] || schema != want[1] {
			t.Errorf("%s: %s, %s, %v", in, address, schema, err)
		}
	}
}
