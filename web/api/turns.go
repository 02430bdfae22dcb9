package api

import (
	"context"

	"personae/internal/drafting"
	"personae/internal/postgres"
)

// previewsAtOnce is how many previews one process has a model write at the same time.
const previewsAtOnce = 8

// Turns lets a model write only so many previews at once: in one process, and in all that
// have the database for one workspace and for one person or program. Make one with NewTurns.
type Turns struct {
	db     *postgres.DB
	places chan struct{}
}

// NewTurns returns the turns of a process.
func NewTurns(db *postgres.DB) *Turns {
	return &Turns{db: db, places: make(chan struct{}, previewsAtOnce)}
}

// Do has ask put its questions to the model for whoever has the access, or fails with
// drafting.ErrBusy. They must have ended after drafting.TryTime: then the turn is over.
func (t *Turns) Do(ctx context.Context, access postgres.Access, ask func() error) error {
	select {
	case t.places <- struct{}{}:
		defer func() { <-t.places }()
	default:
		return drafting.ErrBusy
	}
	taking, cancel := context.WithTimeout(ctx, RequestTime)
	defer cancel()
	giveBack, err := t.db.TakeTurn(taking, access, drafting.TryTime)
	if err != nil {
		return err
	}
	if giveBack == nil {
		return drafting.ErrBusy
	}
	defer giveBack()
	return ask()
}
