package main

import (
	"strings"
	"testing"

	"personae/internal/testing/dbtest"
)

func TestMigrationsAreListedAndAppliedOnce(t *testing.T) {
	t.Parallel()
	o := operator{t, dbtest.New(t)}
	o.does("correct horse\n", "user", "add", "--email", "ada@example.com", "--name", "Ada")
	if text := o.does("", "migrate", "status"); !strings.Contains(text, "00001_personas.sql\tapplied") {
		t.Error(text)
	}
	if text := o.does("", "migrate", "up"); text != "nothing to apply\n" {
		t.Error(text)
	}
}
