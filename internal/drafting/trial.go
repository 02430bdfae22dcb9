package drafting

import (
	"context"
	"sync"
	"time"
)

// Pair is the same message as two voices would answer it.
type Pair struct{ Present, Next Preview }

// Answers is what became of a Pair.
type Answers struct {
	Present, Next Reply
	Err           error // why the model did not write both, so that there is nothing to compare; nil: both are there
}

// TryTime is how long a model is asked for previews, or for a trial, in all.
const TryTime = 2 * time.Minute

// pairsAtOnce is how many pairs of a trial the model is asked for at the same time.
const pairsAtOnce = 3

// Compare writes the answers of all pairs. Each is given to done once, which several
// goroutines call at once; of those that are under way when ctx ends, or after two minutes,
// with the error. Without a model, the composer writes.
func (d *Drafter) Compare(ctx context.Context, pairs []Pair, done func(i int, a Answers)) {
	if !d.Model() {
		for i, p := range pairs {
			done(i, Answers{Present: p.Present.Composed().Reply, Next: p.Next.Composed().Reply})
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, TryTime)
	defer cancel()
	next := make(chan int)
	var all sync.WaitGroup
	for range pairsAtOnce {
		all.Go(func() {
			for i := range next {
				done(i, d.both(ctx, pairs[i]))
			}
		})
	}
	for i := range pairs {
		next <- i
	}
	close(next)
	all.Wait()
}

// both asks the model for both answers at the same time. Where one of them fails, the
// other is not waited for.
func (d *Drafter) both(ctx context.Context, p Pair) Answers {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var a Answers
	var two sync.WaitGroup
	ask := func(p Preview, into *Reply) {
		two.Go(func() {
			reply, err := d.guarded(ctx, p, nil)
			if err != nil {
				cancel(err)
			}
			*into = reply
		})
	}
	ask(p.Present, &a.Present)
	ask(p.Next, &a.Next)
	two.Wait()
	if err := context.Cause(ctx); err != nil {
		return Answers{Err: err}
	}
	return a
}
