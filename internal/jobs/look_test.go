package jobs_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"personae/internal/jobs"
	"personae/internal/testing/dbtest"
)

// riverWorks counts who gives out the jobs, whom River notes for as long as it works.
const riverWorks = `select count(*) from river.river_leader`

func TestRiverRestsWhereThereAreNoJobsAndWorksWhenOneComes(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	in := d.Inbox(t, d.Workspace(t, "Harbor"))
	run(t, d, nil, compose)
	d.Until(t, 0, riverWorks)
	for drafts, id := range []string{"m-1", "m-2"} {
		receive(t, d, in, dbtest.Inbound(id))
		d.Until(t, drafts+1, waiting)
		d.Until(t, 0, riverWorks)
	}
	// One that a dead process left, and one whose time has come, are somebody's too.
	for _, left := range []string{
		`state = 'running', attempt = 1, attempted_at = now() - interval '1 hour', attempted_by = '{dead}', finalized_at = null`,
		`state = 'retryable', scheduled_at = now(), finalized_at = null`,
	} {
		d.Exec(t, `update river.river_job set `+left+` where kind = 'draft'`)
		d.Until(t, 2, `select count(*) from river.river_job where kind = 'draft' and state = 'completed'`)
		d.Until(t, 0, riverWorks)
	}
}

func TestSeveralInstancesAddWhatComesByItselfOnce(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	begun := time.Now()
	var all sync.WaitGroup
	for range 4 {
		r, err := jobs.Start(t.Context(), jobs.Options{DB: d.DB, Log: slog.New(slog.DiscardHandler), Try: 10 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := r.Stop(context.Background()); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if err := jobs.AddDue(r, t.Context(), begun.Add(-time.Minute), begun); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	minutes := int(time.Now().Truncate(time.Minute).Sub(begun.Truncate(time.Minute)) / time.Minute)
	if n := d.Count(t, `select count(*) from river.river_job where kind = 'schedule'`); n < 1 || n > 1+minutes {
		t.Errorf("%d jobs of one minute for schedules, want one", n)
	}
}

// TestWhatComesByItselfIsAddedWhileRiverEndsIt ends two of these jobs in another order than they are added in.
func TestWhatComesByItselfIsAddedWhileRiverEndsIt(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	r, err := jobs.Start(t.Context(), jobs.Options{DB: d.DB, Log: slog.New(slog.DiscardHandler), Try: 10 * time.Second, Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Stop(context.Background()) })
	if next := time.Now().Truncate(time.Minute).Add(time.Minute); time.Until(next) < 5*time.Second {
		time.Sleep(time.Until(next)) // both times are to be of one minute
	}
	at := time.Now().Truncate(time.Minute)
	add := func() error { return jobs.AddDue(r, t.Context(), at.Add(-time.Second), at) }
	if err := add(); err != nil {
		t.Fatal(err)
	}
	tx, err := d.SQL.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	end := func(kind string) {
		if _, err := tx.Exec(t.Context(), `update river.river_job set state = 'completed', finalized_at = now() where kind = $1`, kind); err != nil {
			t.Fatal(err)
		}
	}
	end("sweep")
	added := make(chan error, 1)
	go func() { added <- add() }()
	d.Until(t, 1, `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
	end("schedule")
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-added; err != nil {
		t.Error(err)
	}
}
