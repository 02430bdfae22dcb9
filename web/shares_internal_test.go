package web

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"personae/web/problem"
)

// TestABusyWorkspaceLeavesAProcessorToOthers sends a workspace more than may be at work, and
// looks when each begins.
func TestABusyWorkspaceLeavesAProcessorToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShares(100)
		atWork := max(1, runtime.GOMAXPROCS(0)-1)
		began := make(chan struct{}, 2*atWork)
		for range 2 * atWork {
			go func() {
				giveBack, err := s.take(t.Context(), "busy")
				if err != nil {
					t.Error(err)
					return
				}
				began <- struct{}{}
				time.Sleep(turnTime - time.Millisecond)
				giveBack()
			}()
		}
		synctest.Wait()
		if len(began) != atWork {
			t.Errorf("%d are at work at once, want %d", len(began), atWork)
		}
		giveBack, err := s.take(t.Context(), "another")
		if err != nil {
			t.Fatal("another one waits:", err)
		}
		giveBack()
		time.Sleep(turnTime)
		synctest.Wait()
		if len(began) != 2*atWork {
			t.Errorf("then %d have begun, want all", len(began))
		}
		time.Sleep(turnTime)
		synctest.Wait()
		if len(s.taken) != 0 {
			t.Errorf("shares are left: %v", s.taken)
		}
	})
}

func TestNoRequestIsRefusedForWantOfATurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShares(100)
		begun := time.Now()
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				giveBack, err := s.take(t.Context(), "busy")
				if waited := time.Since(begun); err != nil || waited > shareWait {
					t.Errorf("%v after %v", err, waited)
					return
				}
				time.Sleep(time.Minute)
				giveBack()
			})
		}
		all.Wait()
	})
}

func TestAWorkspaceAloneHasAllProcessors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShares(100)
		begin := func(who string) (giveBack func()) {
			giveBack, err := s.take(t.Context(), who)
			if err != nil {
				t.Fatal(err)
			}
			return giveBack
		}
		begin("busy")()
		time.Sleep(aloneAfter + 1)
		atWork := max(1, runtime.GOMAXPROCS(0)-1)
		begun := time.Now()
		for range 2 * atWork {
			defer begin("busy")()
		}
		if waited := time.Since(begun); waited > 0 {
			t.Errorf("alone it waits for %v", waited)
		}
		begin("another")()
		for range atWork + 1 {
			defer begin("busy")()
		}
		if waited := time.Since(begun); waited != turnTime {
			t.Errorf("beside another it waits for %v", waited)
		}
	})
}

// TestARequestThatWaitsHoldsUpNoOthers has some wait for longer than a turn, until no place
// is left.
func TestARequestThatWaitsHoldsUpNoOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		most := max(1, runtime.GOMAXPROCS(0)-1) + 1
		s := newShares(most)
		begun := time.Now()
		var all []func()
		for range most {
			giveBack, err := s.take(t.Context(), "busy")
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, giveBack)
		}
		if took := time.Since(begun); took != turnTime {
			t.Errorf("the last one began after %v", took)
		}
		if _, err := s.take(t.Context(), "busy"); !errors.Is(err, problem.ErrCrowded) || time.Since(begun) != turnTime+shareWait {
			t.Errorf("without a place: %v after %v", err, time.Since(begun))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.take(gone, "busy"); !errors.Is(err, problem.ErrCrowded) {
			t.Errorf("who is gone: %v", err)
		}
		for _, giveBack := range all {
			giveBack()
		}
		if len(s.taken) != 0 {
			t.Errorf("shares are left: %v", s.taken)
		}
	})
}
