package jobs_test

import (
	"testing"

	"personae/internal/testing/dbtest"
)

func TestWhatIsOverIsRemovedInTheBackground(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	d.Exec(t, `insert into sign_in_failures (bucket, at) values (sha256('x'), now() - interval '1 hour')`)
	d.Exec(t, `insert into river.river_job (kind, args, max_attempts, queue) values ('tidy', '{}', 1, 'default')`) // which comes by itself
	run(t, d, nil, compose)
	d.Until(t, 0, `select count(*) from sign_in_failures`)
}
