package postgres_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"personae/internal/access"
	"personae/internal/postgres"
	"personae/internal/testing/dbtest"
)

// TestOfManyAtOnceOnlySoManyGetATurn has many ask for a turn at the same moment: one person in
// two workspaces, then many people in one.
func TestOfManyAtOnceOnlySoManyGetATurn(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	harbor, cedar := d.Workspace(t, "Harbor"), d.Workspace(t, "Cedar")
	member := func() (both [2]postgres.Access) {
		user := d.User(t, access.NewUser{Name: "Ada Morgan"})
		for i, ws := range []postgres.Access{harbor, cedar} {
			d.Member(t, ws.Workspace(), user, access.Member)
			both[i] = d.Access(t, user, ws.Workspace())
		}
		return both
	}
	taken := func(ask []postgres.Access) int {
		t.Helper()
		var got atomic.Int64
		var all sync.WaitGroup
		for _, a := range ask {
			all.Go(func() {
				giveBack, err := d.TakeTurn(t.Context(), a, time.Minute)
				if err != nil {
					t.Error(err)
				}
				if giveBack != nil {
					got.Add(1)
				}
			})
		}
		all.Wait()
		return int(got.Load())
	}
	one := member()
	same(t, "turns of one person", taken([]postgres.Access{one[0], one[1], one[0], one[1], one[0], one[1]}), 2)
	d.Exec(t, `delete from model_turns`)
	same(t, "turns of one workspace", taken([]postgres.Access{member()[0], member()[0], member()[0], member()[0], member()[0],
		member()[0], one[0], one[0], one[0]}), 4)
	same(t, "turns that last for longer than they were taken for",
		d.Count(t, `select count(*) from model_turns where ends_at > now() + interval '1 minute'`), 0)
	// Who may have taken two of the four has none left anywhere.
	giveBack := must(d.TakeTurn(t.Context(), member()[1], time.Minute))(t)
	if giveBack == nil {
		t.Fatal("another workspace has no turn")
	}
	giveBack()
	same(t, "turns in it", d.Count(t, `select count(*) from model_turns where workspace_id = $1`, cedar.Workspace()), 0)
}
