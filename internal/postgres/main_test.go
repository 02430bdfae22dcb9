package postgres_test

import (
	"flag"
	"os"
	"strconv"
	"testing"

	"personae/internal/testing/dbtest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(workSchedules); url != "" {
		workOn(url)
	}
	// Only the sequences here are rapid's. What the command line says wins.
	for name, value := range map[string]string{
		"rapid.checks": strconv.Itoa(dbtest.Times(1_000, 100_000) / sequences), "rapid.steps": "12",
		"rapid.shrinktime": "3s", "rapid.nofailfile": "true",
	} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	dbtest.Main(m)
}
