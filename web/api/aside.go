package api

import "context"

type asideKey struct{}

// WithStepAside returns a context in which StepAside gives back, by giveBack, the
// request's place among those under way.
func WithStepAside(ctx context.Context, giveBack func()) context.Context {
	return context.WithValue(ctx, asideKey{}, giveBack)
}

// StepAside gives back the request's place, so that nobody waits behind one that waits
// for a model.
func StepAside(ctx context.Context) {
	if giveBack, ok := ctx.Value(asideKey{}).(func()); ok {
		giveBack()
	}
}
