package web

import (
	"context"
	"errors"
	"testing"

	"personae/web/problem"
)

func TestAShareIsGivenBackAndForgotten(t *testing.T) {
	t.Parallel()
	s := newShares(2)
	first, err := s.take(t.Context(), "person", "workspace")
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.take(t.Context(), "another", "workspace")
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.take(gone, "third", "workspace"); !errors.Is(err, problem.ErrCrowded) {
		t.Errorf("a third: %v", err)
	}
	elsewhere, err := s.take(t.Context(), "third", "other workspace")
	if err != nil {
		t.Error(err)
	}
	first()
	third, err := s.take(t.Context(), "third", "workspace")
	if err != nil {
		t.Error(err)
	}
	for _, giveBack := range []func(){second, third, elsewhere} {
		giveBack()
	}
	if len(s.taken) != 0 {
		t.Errorf("%d are remembered", len(s.taken))
	}
}

func TestNoMoreWaitThanMay(t *testing.T) {
	t.Parallel()
	s := newShares(1)
	giveBack, err := s.take(t.Context(), "person")
	if err != nil {
		t.Fatal(err)
	}
	defer giveBack()
	s.taken["person"].requests += shareQueue
	if _, err := s.take(t.Context(), "person"); !errors.Is(err, problem.ErrCrowded) {
		t.Error(err)
	}
	s.taken["person"].requests -= shareQueue
}
